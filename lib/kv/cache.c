/* The cache's front: memory, then one load at a time per key, through Redis if it is
 * there.
 *
 * Why no stale value is ever taken for fresh: a reader notes the key's counters (its
 * stamp) before it looks anywhere.  What it finds or loads is kept under that stamp.  A
 * change is committed, Redis is told (or the shared file notes that it was not), and only
 * then the counter is raised: whoever reads the new counter finds Redis without the old
 * value, and what anyone read before is kept under the old counter, where nobody looks
 * any more.  For the same reason a reader joins only a load that began with its own
 * stamp. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/rand.h"
#include "kv/cache_priv.h"

#define WAIT_S 2           /* for another thread's load */
#define POLL_MAX_US 500000 /* for another process's */
#define POLL_MS 5
#define POLL_SPREAD_MS 16

static int64_t
or_default(int64_t v, int64_t def)
{
    return v > 0 ? v : def;
}

enum err
cache_new(struct cache **out, const struct cache_conf *conf, struct kv *kv)
{
    struct cache *c = calloc(1, sizeof(*c));
    enum err e;

    if (c == NULL)
        abort();
    *out = NULL;
    c->conf = *conf;
    c->conf.memory_ttl_ms = or_default(conf->memory_ttl_ms, 1000);
    c->conf.ttl_ms = or_default(conf->ttl_ms, 60000);
    c->conf.absent_ttl_ms = or_default(conf->absent_ttl_ms, 2000);
    c->kv = kv;
    if ((e = shared_open(&c->shared, conf->shared_path)) != ERR_OK) {
        free(c);
        return e;
    }
    memory_init(c);
    *out = c;
    return ERR_OK;
}

void
cache_free(struct cache *c)
{
    if (c == NULL)
        return;
    memory_done(c);
    shared_close(c->shared);
    free(c);
}

static struct cache_key
key_make(struct cache *c, struct str s)
{
    struct cache_key k = {.s = s, .hash = str_hash(s)};

    k.spot = (k.hash ^ (k.hash >> 32)) * c->secret;
    k.stamp = shared_stamp(c->shared, k.hash);
    return k;
}

static bool
is_current(struct cache *c, const struct cache_key *k)
{
    return stamp_eq(shared_stamp(c->shared, k->hash), k->stamp);
}

static void
count(atomic_llong *n)
{
    atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

/* Hand an entry to the caller; its reference goes with the arena. */
static enum err
answer(struct cache *c, struct arena *a, struct cache_entry *en, struct str *out)
{
    if (en == NULL) /* of a loader that says it did and did not */
        return ERR_INTERNAL;
    if (en->absent) {
        entry_unref(en);
        count(&c->absent);
        return ERR_NOT_FOUND;
    }
    *out = entry_bytes(en);
    arena_defer(a, entry_unref, en);
    return ERR_OK;
}

/* One rebuild of a key by one thread. */
struct rebuild {
    struct cache *c;
    const struct cache_key *k;
    struct arena *a;
    cache_load_fn load;
    void *arg;
    struct cache_entry *stale; /* of the same stamp, only too old; or NULL */
};

/* Load, and keep what came unless a change went by meanwhile: then it is the answer to
 * this caller, who asked before the change was over, and to nobody after. */
static enum err
load_and_keep(struct rebuild *rb, const struct claim_ticket *t, struct cache_entry **en)
{
    struct str bytes = STR_NULL;
    bool keep;
    enum err e;

    count(&rb->c->load);
    watch_tell(&rb->c->conf.watch, CACHE_TOLD_LOAD, 1);
    e = rb->load(rb->arg, rb->a, &bytes);
    if (e == ERR_OK || e == ERR_NOT_FOUND)
        *en = entry_new(rb->c, rb->k, bytes, e == ERR_NOT_FOUND);
    keep = *en != NULL && is_current(rb->c, rb->k);
    if (t != NULL && keep)
        redis_store(rb->c, rb->k, t, *en);
    else if (t != NULL)
        redis_give_up(rb->c, t);
    if (keep)
        memory_put(rb->c, rb->k, *en);
    if (*en == NULL && (e == ERR_UPSTREAM || e == ERR_BUSY) && rb->stale != NULL)
        *en = entry_ref(rb->stale);
    return *en != NULL ? ERR_OK : e;
}

/* From Redis, or loaded; *en gets one reference. */
static enum err
produce(struct rebuild *rb, struct cache_entry **en)
{
    int64_t until_us = clock_mono_us() + POLL_MAX_US;
    struct claim_ticket t;

    for (;;) {
        switch (redis_claim(rb->c, rb->k, rb->a, &t, en)) {
        case CLAIM_VALUE:
            count(&rb->c->hit_redis);
            watch_tell(&rb->c->conf.watch, CACHE_TOLD_REDIS, 1);
            memory_put(rb->c, rb->k, *en);
            return ERR_OK;
        case CLAIM_MINE:
            return load_and_keep(rb, &t, en);
        case CLAIM_AWAY:
            return load_and_keep(rb, NULL, en);
        case CLAIM_HELD:
            if (rb->stale != NULL) {
                *en = entry_ref(rb->stale);
                return ERR_OK;
            }
            if (clock_mono_us() >= until_us)
                return load_and_keep(rb, NULL, en);
            clock_sleep_ms(POLL_MS + (int64_t)rand_below(POLL_SPREAD_MS));
        }
    }
}

static bool
flight_is(const struct cache_flight *f, const struct cache_key *k)
{
    return f->key.spot == k->spot && stamp_eq(f->key.stamp, k->stamp) &&
           str_eq(f->key.s, k->s);
}

static struct cache_flight *
flight_new(struct cache_shard *sh, const struct cache_key *k)
{
    struct cache_flight *f = calloc(1, sizeof(*f));
    pthread_condattr_t at;

    if (f == NULL)
        abort();
    f->key = *k;
    f->refs = 1;
    pthread_condattr_init(&at);
    pthread_condattr_setclock(&at, CLOCK_MONOTONIC);
    pthread_cond_init(&f->done, &at);
    pthread_condattr_destroy(&at);
    f->next = sh->flights;
    sh->flights = f;
    return f;
}

/* Under the shard's lock. */
static void
flight_unref(struct cache_flight *f)
{
    if (--f->refs > 0)
        return;
    entry_unref(f->entry);
    pthread_cond_destroy(&f->done);
    free(f);
}

static void
flight_land(
    struct cache_shard *sh, struct cache_flight *f, enum err e, struct cache_entry *en)
{
    struct cache_flight **p;

    pthread_mutex_lock(&sh->lock);
    for (p = &sh->flights; *p != f; p = &(*p)->next)
        ;
    *p = f->next;
    f->landed = true;
    f->e = e;
    f->entry = en != NULL ? entry_ref(en) : NULL;
    pthread_cond_broadcast(&f->done);
    flight_unref(f);
    pthread_mutex_unlock(&sh->lock);
}

/* Under the shard's lock: false if it took too long. */
static bool
flight_wait(
    struct cache_shard *sh, struct cache_flight *f, enum err *e, struct cache_entry **en)
{
    struct timespec until;
    bool landed;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S;
    f->refs++;
    while (!f->landed && rc == 0)
        rc = pthread_cond_timedwait(&f->done, &sh->lock, &until);
    landed = f->landed;
    *e = f->e;
    *en = f->entry != NULL ? entry_ref(f->entry) : NULL;
    flight_unref(f);
    return landed;
}

static bool
is_before(int64_t until_us)
{
    return clock_mono_us() < until_us;
}

enum step { STEP_DONE, STEP_LEAD, STEP_ALONE };

/* What is to do for a key that was not fresh in memory a moment ago: nothing any more, or
 * because another thread did it; load it for all; or load it for ourselves. */
static enum step
step_next(struct rebuild *rb, struct cache_shard *sh, struct cache_flight **own,
    enum err *e, struct cache_entry **en)
{
    enum step step = STEP_LEAD;
    struct cache_flight *f;

    *e = ERR_OK;
    pthread_mutex_lock(&sh->lock);
    *en = memory_find(rb->c, sh, rb->k);
    for (f = sh->flights; f != NULL && !flight_is(f, rb->k);)
        f = f->next;
    if (*en != NULL &&
        (is_before((*en)->fresh_us) || (f != NULL && is_before((*en)->stale_us)))) {
        step = STEP_DONE;
        sh->hits++;
        watch_tell(&rb->c->conf.watch, CACHE_TOLD_MEMORY, 1);
    } else {
        rb->stale = *en != NULL && is_before((*en)->stale_us) ? entry_ref(*en) : NULL;
        entry_unref(*en);
        *en = NULL;
        if (f == NULL)
            *own = flight_new(sh, rb->k);
        else
            step = flight_wait(sh, f, e, en) ? STEP_DONE : STEP_ALONE;
        if (step == STEP_DONE)
            watch_tell(&rb->c->conf.watch, CACHE_TOLD_WAITED, 1);
    }
    pthread_mutex_unlock(&sh->lock);
    return step;
}

static enum err
rebuild(struct rebuild *rb, struct str *out)
{
    struct cache_shard *sh = memory_shard(rb->c, rb->k);
    struct cache_flight *own = NULL;
    struct cache_entry *en;
    enum err e;

    switch (step_next(rb, sh, &own, &e, &en)) {
    case STEP_DONE:
        break;
    case STEP_LEAD:
        e = produce(rb, &en);
        flight_land(sh, own, e, en);
        break;
    case STEP_ALONE:
        e = load_and_keep(rb, NULL, &en);
        break;
    }
    entry_unref(rb->stale);
    return e == ERR_OK ? answer(rb->c, rb->a, en, out) : e;
}

enum err
cache_get(struct cache *c, struct arena *a, struct str key, cache_load_fn load, void *arg,
    struct str *out)
{
    struct cache_shard *sh;
    struct cache_entry *en;
    struct cache_key k;

    *out = STR_NULL;
    if (key.n == 0 || key.n > CACHE_KEY_MAX)
        return ERR_INVALID;
    k = key_make(c, key);
    sh = memory_shard(c, &k);
    pthread_mutex_lock(&sh->lock);
    en = memory_find(c, sh, &k);
    if (en != NULL && is_before(en->fresh_us)) {
        sh->hits++;
        pthread_mutex_unlock(&sh->lock);
        watch_tell(&c->conf.watch, CACHE_TOLD_MEMORY, 1);
        return answer(c, a, en, out);
    }
    pthread_mutex_unlock(&sh->lock);
    entry_unref(en);
    struct rebuild rb = {.c = c, .k = &k, .a = a, .load = load, .arg = arg};
    return rebuild(&rb, out);
}

void
cache_drop(struct cache *c, struct str key)
{
    cache_drop_many(c, &key, 1);
}

void
cache_drop_many(struct cache *c, const struct str *key, size_t n)
{
    struct str ok[REDIS_DROP_MAX];
    size_t i, k, ok_n;

    for (i = 0; i < n;) {
        for (ok_n = 0; i < n && ok_n < REDIS_DROP_MAX; i++)
            if (key[i].n > 0 && key[i].n <= CACHE_KEY_MAX)
                ok[ok_n++] = key[i];
        if (ok_n > 0)
            redis_drop(c, ok, ok_n);
        for (k = 0; k < ok_n; k++)
            atomic_fetch_add(&c->shared->gen[str_hash(ok[k]) % CACHE_GENS], 1);
    }
}

uint64_t
cache_generation(struct cache *c, struct str key)
{
    struct cache_stamp s = shared_stamp(c->shared, str_hash(key));

    return s.gen + s.epoch; /* both only grow */
}

void
cache_drop_all(struct cache *c)
{
    redis_drop_all(c);
    atomic_fetch_add(&c->shared->epoch, 1);
}

void
cache_stats(const struct cache *c, struct cache_stats *out)
{
    *out = (struct cache_stats){.hit_redis = atomic_load(&c->hit_redis),
        .load = atomic_load(&c->load),
        .absent = atomic_load(&c->absent)};
    for (size_t i = 0; i < CACHE_SHARDS; i++) {
        /* The lock is no part of what const promises. */
        struct cache_shard *sh = (struct cache_shard *)(uintptr_t)&c->shard[i];

        pthread_mutex_lock(&sh->lock);
        out->hit_memory += sh->hits;
        pthread_mutex_unlock(&sh->lock);
    }
}
