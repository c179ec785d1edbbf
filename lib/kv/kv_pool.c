/* Redis connections, lent to one caller at a time.  A connection that met an error or a
 * timeout is closed: a late reply on it would answer someone else's question.
 * hiredis writes with write(2): the program must ignore SIGPIPE. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kv/kv_priv.h"

static char *
copy(const char *s)
{
    char *p = s != NULL && s[0] != '\0' ? strdup(s) : NULL;

    if (p == NULL && s != NULL && s[0] != '\0')
        abort();
    return p;
}

struct kv *
kv_new(const struct kv_conf *c)
{
    struct kv *kv = calloc(1, sizeof(*kv));
    pthread_condattr_t at;

    if (kv == NULL)
        abort();
    kv->socket = copy(c->socket);
    kv->host = copy(c->host);
    kv->port = c->port;
    kv->size = c->size > 0 ? c->size : 1;
    kv->timeout_ms = c->timeout_ms > 0 ? c->timeout_ms : 50;
    if (c->prefix != NULL) {
        kv->prefix_n = strlen(c->prefix);
        if (kv->prefix_n > sizeof(kv->prefix))
            abort(); /* a constant of the program */
        memcpy(kv->prefix, c->prefix, kv->prefix_n);
    }
    breaker_init(&kv->breaker, c->watch);
    pthread_mutex_init(&kv->lock, NULL);
    pthread_condattr_init(&at);
    pthread_condattr_setclock(&at, CLOCK_MONOTONIC);
    pthread_cond_init(&kv->freed, &at);
    pthread_condattr_destroy(&at);
    return kv;
}

static void
conn_free(struct kv_conn *c)
{
    if (c->rc != NULL)
        redisFree(c->rc);
    free(c);
}

void
kv_free(struct kv *kv)
{
    struct kv_conn *c;

    if (kv == NULL)
        return;
    while ((c = kv->idle) != NULL) {
        kv->idle = c->next;
        conn_free(c);
    }
    for (size_t i = 0; i < kv->scripts_n; i++)
        free(kv->script[i].lua);
    breaker_done(&kv->breaker);
    pthread_cond_destroy(&kv->freed);
    pthread_mutex_destroy(&kv->lock);
    free(kv->socket);
    free(kv->host);
    free(kv);
}

static struct timespec
deadline(int ms)
{
    struct timespec ts;
    long ns;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    ns = ts.tv_nsec + (long)(ms % 1000) * 1000000;
    ts.tv_sec += ms / 1000 + ns / 1000000000;
    ts.tv_nsec = ns % 1000000000;
    return ts;
}

static struct kv_conn *
slot_take(struct kv *kv)
{
    struct timespec until = deadline(kv->timeout_ms);
    struct kv_conn *c = NULL;
    int rc = 0;

    pthread_mutex_lock(&kv->lock);
    while (kv->idle == NULL && kv->open >= kv->size && rc == 0)
        rc = pthread_cond_timedwait(&kv->freed, &kv->lock, &until);
    if (kv->idle != NULL) {
        c = kv->idle;
        kv->idle = c->next;
    } else if (kv->open < kv->size) {
        c = calloc(1, sizeof(*c));
        if (c == NULL)
            abort();
        kv->open++;
    }
    pthread_mutex_unlock(&kv->lock);
    return c;
}

/* An idle connection has nothing to read, unless Redis closed it. */
static bool
readable(const redisContext *rc)
{
    struct pollfd pf = {.fd = rc->fd, .events = POLLIN};

    return poll(&pf, 1, 0) != 0;
}

struct kv_conn *
kv_conn_take(struct kv *kv)
{
    struct kv_conn *c = slot_take(kv);

    if (c != NULL && c->rc != NULL && readable(c->rc)) {
        redisFree(c->rc);
        c->rc = NULL;
    }
    return c;
}

void
kv_conn_give(struct kv *kv, struct kv_conn *c)
{
    bool keep = c->rc != NULL && c->rc->err == 0;

    if (!keep)
        conn_free(c);
    pthread_mutex_lock(&kv->lock);
    if (keep) {
        c->next = kv->idle;
        kv->idle = c;
    } else {
        kv->open--;
    }
    pthread_cond_signal(&kv->freed);
    pthread_mutex_unlock(&kv->lock);
}

enum err
kv_conn_open(struct kv *kv, struct kv_conn *c, char *why, size_t cap)
{
    struct timeval tv = {kv->timeout_ms / 1000, (kv->timeout_ms % 1000) * 1000L};

    if (kv->socket != NULL)
        c->rc = redisConnectUnixWithTimeout(kv->socket, tv);
    else
        c->rc = redisConnectWithTimeout(kv->host != NULL ? kv->host : "", kv->port, tv);
    if (c->rc == NULL)
        abort(); /* out of memory */
    if (c->rc->err == 0 && redisSetTimeout(c->rc, tv) == REDIS_OK)
        return ERR_OK;
    (void)snprintf(why, cap, "connect: %s", c->rc->errstr);
    redisFree(c->rc);
    c->rc = NULL;
    return ERR_UPSTREAM;
}
