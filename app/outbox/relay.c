/* The relay's thread: looks every so often, goes on at once while there is more, and waits
 * longer after a failure. Whoever does not hold the lease waits for it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "outbox/outbox.h"

#define IDLE_MS 100
#define FAILED_MS 500
#define FAILED_MAX_MS 2000
/* After a relay that was killed nobody hands on for as long. A sink that waits longer for a broker
 * may find another relay at work: what both sent is known by its ids, and one of them drops it. */
#define LEASE_MS 3000
#define TELL_EVERY_MS 1000

struct relay {
    struct relay_conf c;
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t wake;
    atomic_bool stop;
    struct arena *arena;
    struct lease lease;
    int64_t tell_at_ms;
    size_t untold; /* handed on since */
    int64_t pause_ms;
    bool failing;
};

/* Batches until there are no more; the lease is kept from one look to the next. */
static enum err
look(struct relay *r, struct db *db, size_t *all)
{
    bool full = true;
    size_t n;
    enum err e = ERR_OK;

    if (r->lease.version == 0 && (e = lease_take(db, r->arena, &r->lease)) != ERR_OK)
        return e;
    while (full && e == ERR_OK && !r->stop) {
        e = outbox_hand_on(db, r->arena, &r->lease, &r->c.sink, &n, &full);
        *all += n;
    }
    if (e == ERR_CONFLICT)
        r->lease.version = 0;
    return e;
}

static void
tell(struct relay *r, struct db *db, enum err e, size_t n)
{
    const int64_t now = clock_ms();
    int64_t waiting = 0, oldest = 0;

    r->untold += n;
    if (r->c.told == NULL || now < r->tell_at_ms)
        return;
    r->tell_at_ms = now + TELL_EVERY_MS;
    if (outbox_figures(db, r->arena, &waiting, &oldest) == ERR_OK)
        r->c.told(
            r->c.told_arg, e, r->untold, waiting, oldest > 0 ? now - oldest : 0);
    r->untold = 0;
}

static void
round_of(struct relay *r)
{
    struct db *db = NULL;
    size_t n = 0;
    enum err e = db_acquire(r->c.pool, &db);

    if (e == ERR_OK) {
        e = look(r, db, &n);
        arena_reset(r->arena);
        tell(r, db, e, n);
    }
    db_release(db);
    arena_reset(r->arena);
    if (e == ERR_BUSY || e == ERR_CONFLICT) /* another relays, or a row is locked */
        e = ERR_OK;
    if (e != ERR_OK && !r->failing)
        log_error("relay", "event=failing status=%d (events wait in the outbox)",
            err_status(e));
    if (e == ERR_OK && r->failing)
        log_info("relay", "event=recovered");
    r->failing = e != ERR_OK;
    if (!r->failing)
        r->pause_ms = IDLE_MS;
    else if (r->pause_ms < FAILED_MS)
        r->pause_ms = FAILED_MS;
    else if (r->pause_ms < FAILED_MAX_MS)
        r->pause_ms *= 2;
}

/* CLOCK_REALTIME is what a condition waits by; a jump of it costs one pause. */
static bool
paused(struct relay *r)
{
    struct timespec until;
    bool stop;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += r->pause_ms / 1000;
    until.tv_nsec += (long)(r->pause_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&r->mu);
    if (!r->stop)
        (void)pthread_cond_timedwait(&r->wake, &r->mu, &until);
    stop = r->stop;
    pthread_mutex_unlock(&r->mu);
    return !stop;
}

static void *
relay_main(void *arg)
{
    struct relay *r = arg;
    struct db *db;

    do
        round_of(r);
    while (paused(r));
    if (r->lease.version != 0 && db_acquire(r->c.pool, &db) == ERR_OK) {
        lease_give(db, &r->lease);
        db_release(db);
    }
    return NULL;
}

struct relay *
relay_start(const struct relay_conf *c)
{
    struct relay *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return NULL;
    r->c = *c;
    r->lease = (struct lease){.name = STR("relay"), .ttl_ms = LEASE_MS};
    r->pause_ms = IDLE_MS;
    r->arena = arena_new((size_t)256 << 10);
    pthread_mutex_init(&r->mu, NULL);
    pthread_cond_init(&r->wake, NULL);
    if (pthread_create(&r->thread, NULL, relay_main, r) == 0)
        return r;
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->mu);
    arena_free(r->arena);
    free(r);
    return NULL;
}

void
relay_stop(struct relay *r)
{
    if (r == NULL)
        return;
    pthread_mutex_lock(&r->mu);
    r->stop = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->mu);
    (void)pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->mu);
    arena_free(r->arena);
    free(r);
}
