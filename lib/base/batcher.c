/* The queue of jobs and the thread that works on it. Knows nothing of what a job is. */
#include "base/batcher.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"

struct batcher {
    size_t most;
    void (*work)(void *arg, struct batcher_job *const *job, size_t n);
    void *arg;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t more;
    struct batcher_job *head, **tail;
    bool stopping;
};

/* Under lock. */
static size_t
take(struct batcher *b, struct batcher_job **job)
{
    size_t n = 0;

    while (b->head != NULL && n < b->most) {
        job[n++] = b->head;
        b->head = b->head->next;
    }
    if (b->head == NULL)
        b->tail = &b->head;
    return n;
}

static void *
thread_main(void *arg)
{
    struct batcher_job *job[BATCHER_MOST];
    struct batcher *b = arg;
    size_t n;

    pthread_mutex_lock(&b->lock);
    while (b->head != NULL || !b->stopping) {
        if ((n = take(b, job)) == 0) {
            pthread_cond_wait(&b->more, &b->lock);
            continue;
        }
        pthread_mutex_unlock(&b->lock);
        b->work(b->arg, job, n);
        pthread_mutex_lock(&b->lock);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

struct batcher *
batcher_new(size_t most, void (*work)(void *arg, struct batcher_job *const *job, size_t n),
    void *arg)
{
    struct batcher *b = calloc(1, sizeof(*b));
    sigset_t all, before;

    assert(most >= 1 && most <= BATCHER_MOST);
    if (b == NULL)
        abort();
    b->most = most;
    b->work = work;
    b->arg = arg;
    b->tail = &b->head;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->more, NULL);
    sigfillset(&all); /* signals are for others */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&b->thread, NULL, thread_main, b) != 0)
        abort();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return b;
}

void
batcher_add(struct batcher *b, struct batcher_job *job)
{
    job->next = NULL;
    job->since_us = clock_mono_us();
    pthread_mutex_lock(&b->lock);
    if (b->head == NULL)
        pthread_cond_signal(&b->more);
    *b->tail = job;
    b->tail = &job->next;
    pthread_mutex_unlock(&b->lock);
}

void
batcher_free(struct batcher *b)
{
    if (b == NULL)
        return;
    pthread_mutex_lock(&b->lock);
    b->stopping = true;
    pthread_cond_signal(&b->more);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
    pthread_cond_destroy(&b->more);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
