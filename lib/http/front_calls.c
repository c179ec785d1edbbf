/* Requests that may wait in other hands: each has its own memory and its own part of libfcgi,
 * so that the thread that read it can serve others meanwhile. Knows nothing of connections
 * being watched (front.c does) and nothing of how an answer is written (front_serve.c). */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "http/front_serve.h"

void
front_calls_init(struct front_calls *c, const struct front_conf *conf,
    void (*settled)(void *arg, int fd, int op, enum front_conn is), void *arg)
{
    pthread_condattr_t attr;

    memset(c, 0, sizeof(*c));
    c->conf = conf;
    c->settled = settled;
    c->arg = arg;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->back, &attr);
    pthread_condattr_destroy(&attr);
}

struct front_call *
front_call_take(struct front_calls *c)
{
    struct front_call *k;

    pthread_mutex_lock(&c->lock);
    k = c->unused;
    if (k != NULL) {
        c->unused = k->next;
        if (--c->unused_n < c->least_unused)
            c->least_unused = c->unused_n;
    }
    pthread_mutex_unlock(&c->lock);
    if (k != NULL)
        return k;
    if ((k = calloc(1, sizeof(*k))) == NULL)
        abort();
    k->of = c;
    k->arena = arena_new(c->conf->arena_chunk);
    buf_init(&k->out, FRONT_OUT_MAX);
    FCGX_InitRequest(&k->fcgi, -1, FCGI_FAIL_ACCEPT_ON_INTR);
    return k;
}

void
front_call_give(struct front_call *k)
{
    struct front_calls *c = k->of;

    pthread_mutex_lock(&c->lock);
    k->next = c->unused;
    c->unused = k;
    c->unused_n++;
    pthread_mutex_unlock(&c->lock);
}

static void
call_free(struct front_call *k)
{
    arena_free(k->arena);
    buf_done(&k->out);
    free(k);
}

void
front_calls_trim(struct front_calls *c)
{
    struct front_call *spare = NULL, *k;
    bool any;

    pthread_mutex_lock(&c->lock);
    for (; c->least_unused > 0; c->least_unused--, c->unused_n--) {
        k = c->unused;
        c->unused = k->next;
        k->next = spare;
        spare = k;
    }
    c->least_unused = c->unused_n;
    pthread_mutex_unlock(&c->lock);
    any = spare != NULL;
    while ((k = spare) != NULL) {
        spare = k->next;
        call_free(k);
    }
    if (any)
        (void)malloc_trim(0);
}

void
front_calls_away(struct front_calls *c, int by)
{
    pthread_mutex_lock(&c->lock);
    c->away += by;
    if (c->away == 0)
        pthread_cond_signal(&c->back);
    pthread_mutex_unlock(&c->lock);
}

bool
front_calls_wait(struct front_calls *c, int64_t grace_ms)
{
    const int64_t until_ms = clock_mono_us() / 1000 + grace_ms;
    const struct timespec until = {.tv_sec = (time_t)(until_ms / 1000),
        .tv_nsec = (long)(until_ms % 1000) * 1000000};
    bool all;

    pthread_mutex_lock(&c->lock);
    while (c->away > 0 && pthread_cond_timedwait(&c->back, &c->lock, &until) == 0)
        ;
    all = c->away == 0;
    pthread_mutex_unlock(&c->lock);
    return all;
}

void
front_calls_done(struct front_calls *c)
{
    struct front_call *k;

    while ((k = c->unused) != NULL) {
        c->unused = k->next;
        call_free(k);
    }
    pthread_cond_destroy(&c->back);
    pthread_mutex_destroy(&c->lock);
}
