/* The threads of a front: those that serve, and spares for those that only wait; inside
 * lib/http only. */
#ifndef SOUK_HTTP_FRONT_THREADS_H
#define SOUK_HTTP_FRONT_THREADS_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/err.h"

/* Threads and spares together. */
#define FRONT_THREADS_MAX 256

struct front_threads {
    pthread_mutex_t lock; /* guards all below; `surplus` may be read without it */
    pthread_cond_t left, released;
    pthread_t thread[FRONT_THREADS_MAX];
    int started, max;
    int running; /* started and not yet at their end */
    /* Threads that serve or are free to, beyond those there are to be.  Negative: more
     * are blocked than there were spares for. */
    atomic_int surplus;
    int parked;  /* asleep until released */
    int permits; /* of those, how many may go and have not woken yet */
    bool stopping;
    void (*serve)(void *arg);
    void *arg;
};

/* What each thread runs: serve(arg), which asks front_threads_pause() before each wait
 * for work. */
void front_threads_init(struct front_threads *t, void (*serve)(void *arg), void *arg);
void front_threads_done(struct front_threads *t);
/* False: fewer than `threads` could be started; those that were must be stopped still.
 * Of the spares none is started before it is first needed. */
bool front_threads_start(struct front_threads *t, int threads, int spares);
/* Sleep here while there are threads enough without the caller. */
void front_threads_pause(struct front_threads *t);
/* From here on no thread pauses, and none is started. */
void front_threads_stop(struct front_threads *t);
/* False: some have not come to their end within grace_ms, and none was joined. */
bool front_threads_join(struct front_threads *t, int64_t grace_ms);

#endif
