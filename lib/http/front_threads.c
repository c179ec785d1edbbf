/* How many threads serve.  All threads are alike; a spare is one that there is beyond the
 * number wanted.  Whoever begins a long wait calls one of them in, and after the wait the
 * first thread that comes back for work sleeps instead.  Since the one that waited comes
 * back itself, no thread has to be woken to be sent to sleep.  Knows nothing of
 * connections: front.c does. */
#include "http/front_threads.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/front.h"

/* The front whose thread this is; NULL in any other thread. */
static _Thread_local struct front_threads *own;

void
front_threads_init(struct front_threads *t, void (*serve)(void *arg), void *arg)
{
    pthread_condattr_t attr;

    memset(t, 0, sizeof(*t));
    t->serve = serve;
    t->arg = arg;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->released, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&t->left, &attr);
    pthread_condattr_destroy(&attr);
}

void
front_threads_done(struct front_threads *t)
{
    pthread_cond_destroy(&t->left);
    pthread_cond_destroy(&t->released);
    pthread_mutex_destroy(&t->lock);
}

static void *
thread_main(void *arg)
{
    const struct sched_param batch = {0};
    struct front_threads *t = arg;

    /* A thread that wakes does not push another one off its processor: with more threads
     * than processors this was worth two thirds more requests a second.  Refused (a
     * strict seccomp filter), it is only slower. */
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &batch);
    own = t;
    t->serve(t->arg);
    pthread_mutex_lock(&t->lock);
    t->running--;
    pthread_cond_signal(&t->left);
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

/* Under lock.  Threads take no signals: libfcgi gives up a request whose read was
 * interrupted. */
static bool
start_one(struct front_threads *t)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&t->thread[t->started], NULL, thread_main, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        log_error("http", "cannot start a thread: %s", strerrordesc_np(rc));
        return false;
    }
    t->started++;
    t->running++;
    return true;
}

bool
front_threads_start(struct front_threads *t, int threads, int spares)
{
    bool ok = true;

    pthread_mutex_lock(&t->lock);
    t->max = threads + spares;
    while (ok && t->started < threads)
        ok = start_one(t);
    pthread_mutex_unlock(&t->lock);
    return ok;
}

void
front_threads_pause(struct front_threads *t)
{
    /* Nearly always; a surplus that is seen late is seen by the next one to come. */
    if (atomic_load(&t->surplus) <= 0)
        return;
    pthread_mutex_lock(&t->lock);
    if (atomic_load(&t->surplus) > 0 && !t->stopping) {
        atomic_fetch_sub(&t->surplus, 1);
        t->parked++;
        while (t->permits == 0 && !t->stopping)
            pthread_cond_wait(&t->released, &t->lock);
        t->parked--;
        t->permits -= t->permits > 0;
    }
    pthread_mutex_unlock(&t->lock);
}

/* Under lock: a thread in the place of one that is about to block, if there is one. */
static bool
call_in(struct front_threads *t)
{
    if (t->stopping)
        return false; /* whoever was asleep is up */
    if (t->parked > t->permits) {
        t->permits++;
        pthread_cond_signal(&t->released);
        return true;
    }
    return t->started < t->max && start_one(t);
}

void
front_blocking_begin(void)
{
    struct front_threads *t = own;

    if (t == NULL)
        return;
    pthread_mutex_lock(&t->lock);
    /* With a surplus already, the caller's own going is what was to happen. */
    if (atomic_fetch_sub(&t->surplus, 1) <= 0 && call_in(t))
        atomic_fetch_add(&t->surplus, 1);
    pthread_mutex_unlock(&t->lock);
}

void
front_blocking_end(void)
{
    struct front_threads *t = own;

    if (t == NULL)
        return;
    pthread_mutex_lock(&t->lock);
    atomic_fetch_add(&t->surplus, 1);
    pthread_mutex_unlock(&t->lock);
}

void
front_threads_stop(struct front_threads *t)
{
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    pthread_cond_broadcast(&t->released);
    pthread_mutex_unlock(&t->lock);
}

bool
front_threads_join(struct front_threads *t, int64_t grace_ms)
{
    const int64_t until_ms = clock_mono_us() / 1000 + grace_ms;
    const struct timespec until = {.tv_sec = (time_t)(until_ms / 1000),
        .tv_nsec = (long)(until_ms % 1000) * 1000000};
    int i, running;

    pthread_mutex_lock(&t->lock);
    while (t->running > 0 && pthread_cond_timedwait(&t->left, &t->lock, &until) == 0)
        ;
    running = t->running;
    pthread_mutex_unlock(&t->lock);
    if (running > 0)
        return false;
    for (i = 0; i < t->started; i++)
        pthread_join(t->thread[i], NULL);
    return true;
}
