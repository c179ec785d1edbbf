/* The newest rules of this process. Readers take a reference and are never held up by a
 * reading that others make, unless a change on this machine made what is here untrue. */
#include "price/rules.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"

#define KEY STR("rules")
#define FRESH_US 1000000
/* Somebody reads them anew: until then the old ones do, for at most this long. */
#define STALE_US 5000000
#define CHUNK ((size_t)16 << 10)

struct snapshot {
    struct price_rules rules;
    struct arena *a;
    atomic_uint refs; /* the book's is one */
    uint64_t generation;
    int64_t read_us;
};

struct price_book {
    struct cache *cache;
    pthread_mutex_t lock;    /* guards now and reading */
    pthread_mutex_t reading; /* held by who reads */
    struct snapshot *now;    /* NULL: none yet */
};

struct price_book *
price_book_new(struct cache *cache)
{
    struct price_book *b = calloc(1, sizeof(*b));

    if (b == NULL)
        abort();
    b->cache = cache;
    pthread_mutex_init(&b->lock, NULL);
    pthread_mutex_init(&b->reading, NULL);
    return b;
}

static void
unref(void *arg)
{
    struct snapshot *s = arg;

    if (atomic_fetch_sub(&s->refs, 1) == 1) {
        arena_free(s->a);
        free(s);
    }
}

void
price_book_free(struct price_book *b)
{
    if (b == NULL)
        return;
    if (b->now != NULL)
        unref(b->now);
    pthread_mutex_destroy(&b->lock);
    pthread_mutex_destroy(&b->reading);
    free(b);
}

static const struct price_rules *
handed_out(struct snapshot *s, struct arena *a)
{
    atomic_fetch_add(&s->refs, 1);
    arena_defer(a, unref, s);
    return &s->rules;
}

/* What is here, if it is of this generation and not older than max_us. */
static bool
look(
    struct price_book *b, struct arena *a, int64_t max_us, const struct price_rules **out)
{
    uint64_t generation = cache_generation(b->cache, KEY);
    int64_t now = clock_mono_us();
    bool good;

    pthread_mutex_lock(&b->lock);
    good = b->now != NULL && b->now->generation == generation &&
           now - b->now->read_us < max_us;
    if (good)
        *out = handed_out(b->now, a);
    pthread_mutex_unlock(&b->lock);
    return good;
}

bool
price_book_look(struct price_book *b, struct arena *a, const struct price_rules **out)
{
    if (look(b, a, FRESH_US, out))
        return true;
    if (pthread_mutex_trylock(&b->reading) == 0) {
        pthread_mutex_unlock(&b->reading);
        return false;
    }
    return look(b, a, STALE_US, out);
}

static enum err
read_anew(
    struct price_book *b, struct db *db, struct arena *a, const struct price_rules **out)
{
    struct snapshot *s = calloc(1, sizeof(*s)), *old;
    enum err e;

    if (s == NULL)
        abort();
    atomic_init(&s->refs, 1);
    s->a = arena_new(CHUNK);
    /* Before the reading: a change during it makes it old. */
    s->generation = cache_generation(b->cache, KEY);
    s->read_us = clock_mono_us();
    if ((e = price_rules_read(db, s->a, &s->rules)) != ERR_OK) {
        unref(s);
        return e;
    }
    pthread_mutex_lock(&b->lock);
    old = b->now;
    b->now = s;
    *out = handed_out(s, a);
    pthread_mutex_unlock(&b->lock);
    if (old != NULL)
        unref(old);
    return ERR_OK;
}

enum err
price_book_read(
    struct price_book *b, struct db *db, struct arena *a, const struct price_rules **out)
{
    enum err e = ERR_OK;

    pthread_mutex_lock(&b->reading);
    if (!look(b, a, FRESH_US, out)) /* else another one did while we waited */
        e = read_anew(b, db, a, out);
    pthread_mutex_unlock(&b->reading);
    return e;
}

void
price_rules_changed(struct cache *cache)
{
    if (cache != NULL)
        cache_drop(cache, KEY);
}
