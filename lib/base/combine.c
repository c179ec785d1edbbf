/* The queue of jobs and who works on it. Knows nothing of what a job is. */
#include "base/combine.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* A caller, in its own stack frame until it returns. */
struct seat {
    void *job;
    bool done, lead;
    pthread_cond_t woken;
    struct seat *next;
};

struct combine {
    size_t most;
    long linger_us;
    void (*work)(void *arg, void *const *job, size_t n);
    void *arg;
    pthread_mutex_t lock; /* guards what follows and all seats */
    struct seat *head, **tail;
    size_t waiting;
    bool busy, company; /* the last who led was not alone */
};

struct combine *
combine_new(size_t most, long linger_us,
    void (*work)(void *arg, void *const *job, size_t n), void *arg)
{
    struct combine *c = calloc(1, sizeof(*c));

    if (c == NULL)
        abort();
    assert(most >= 1 && most <= COMBINE_MOST && linger_us >= 0 && linger_us < 1000000);
    c->most = most;
    c->linger_us = linger_us;
    c->work = work;
    c->arg = arg;
    c->tail = &c->head;
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void
combine_free(struct combine *c)
{
    if (c == NULL)
        return;
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* Those of the last batch have just had their answers: without this pause the next would be
 * gone before they come again, and batches stay small. Under lock, left open meanwhile. */
static void
linger(struct combine *c)
{
    const struct timespec ts = {.tv_nsec = c->linger_us * 1000};

    if (c->linger_us == 0 || !c->company || c->waiting >= c->most)
        return;
    pthread_mutex_unlock(&c->lock);
    (void)nanosleep(&ts, NULL);
    pthread_mutex_lock(&c->lock);
}

/* Work on what waits, the leader's own job first among it. Under lock, which is left open
 * during the work; then the next one leads. */
static void
lead(struct combine *c)
{
    struct seat *taken[COMBINE_MOST];
    void *job[COMBINE_MOST];
    size_t n = 0;

    linger(c);
    while (c->head != NULL && n < c->most) {
        taken[n] = c->head;
        job[n++] = c->head->job;
        c->head = c->head->next;
    }
    if (c->head == NULL)
        c->tail = &c->head;
    c->waiting -= n;
    c->company = n > 1;
    pthread_mutex_unlock(&c->lock);
    c->work(c->arg, job, n);
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < n; i++) {
        taken[i]->done = true;
        pthread_cond_signal(&taken[i]->woken);
    }
    c->busy = c->head != NULL;
    if (c->busy) {
        c->head->lead = true;
        pthread_cond_signal(&c->head->woken);
    }
}

void
combine_run(struct combine *c, void *job)
{
    struct seat s = {.job = job, .woken = PTHREAD_COND_INITIALIZER};

    pthread_mutex_lock(&c->lock);
    *c->tail = &s;
    /* cppcheck-suppress autoVariables ; gone from there when it is done */
    c->tail = &s.next;
    c->waiting++;
    if (!c->busy)
        c->busy = s.lead = true;
    while (!s.done) {
        if (s.lead)
            lead(c);
        else
            pthread_cond_wait(&s.woken, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    pthread_cond_destroy(&s.woken);
}
