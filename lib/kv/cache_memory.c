/* The memory layer: entries in a sharded hash table, bounded in bytes, evicted by second
 * chance (the oldest goes, unless it was used since the hand last passed).  Readers take
 * a reference, not a copy, so an entry may outlive its place in the table. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "kv/cache_priv.h"

#define BUCKET_BYTES 512 /* memory per bucket: chains stay short */
#define BUCKETS_MIN 64

static void *
must_calloc(size_t n, size_t size)
{
    void *p = calloc(n, size);

    if (p == NULL)
        abort();
    return p;
}

void
memory_init(struct cache *c)
{
    rand_bytes(&c->secret, sizeof(c->secret));
    c->secret |= 1;
    c->shard_max = c->conf.memory_max / CACHE_SHARDS;
    for (c->buckets = BUCKETS_MIN; c->buckets * BUCKET_BYTES < c->shard_max;)
        c->buckets *= 2;
    for (size_t i = 0; i < CACHE_SHARDS; i++) {
        pthread_mutex_init(&c->shard[i].lock, NULL);
        c->shard[i].bucket = must_calloc(c->buckets, sizeof(*c->shard[i].bucket));
    }
}

struct cache_shard *
memory_shard(struct cache *c, const struct cache_key *k)
{
    return &c->shard[k->spot >> 60];
}

/* The high bits are the well mixed ones of a product; the top four chose the shard. */
static struct cache_entry **
bucket_of(struct cache *c, struct cache_shard *sh, uint64_t spot)
{
    return &sh->bucket[(spot >> 28) & (c->buckets - 1)];
}

static size_t
entry_size(const struct cache_entry *en)
{
    return sizeof(*en) + en->key_n + en->n + 2;
}

static struct cache_entry *
entry_make(struct cache *c, const struct cache_key *k, char flag, struct str bytes)
{
    struct cache_entry *en = malloc(sizeof(*en) + k->s.n + bytes.n + 2);
    int64_t now_us = clock_mono_us(), ttl_ms = c->conf.memory_ttl_ms;

    if (en == NULL)
        abort();
    *en = (struct cache_entry){.absent = flag == CACHE_ABSENT,
        .spot = k->spot,
        .stamp = k->stamp,
        .key_n = k->s.n,
        .n = bytes.n};
    atomic_init(&en->refs, 1);
    if (en->absent && ttl_ms > c->conf.absent_ttl_ms)
        ttl_ms = c->conf.absent_ttl_ms;
    en->fresh_us = now_us + ttl_ms * 1000;
    en->stale_us = now_us + (en->absent ? c->conf.absent_ttl_ms : c->conf.ttl_ms) * 1000;
    memcpy(en->data, k->s.p, k->s.n);
    en->data[k->s.n] = flag;
    if (bytes.n > 0)
        memcpy(en->data + k->s.n + 1, bytes.p, bytes.n);
    en->data[k->s.n + 1 + bytes.n] = '\0';
    return en;
}

struct cache_entry *
entry_new(struct cache *c, const struct cache_key *k, struct str bytes, bool absent)
{
    return absent ? entry_make(c, k, CACHE_ABSENT, STR_NULL)
                  : entry_make(c, k, CACHE_VALUE, bytes);
}

struct cache_entry *
entry_parse(struct cache *c, const struct cache_key *k, struct str held)
{
    if (held.n == 0 || (held.p[0] != CACHE_VALUE && held.p[0] != CACHE_ABSENT))
        return NULL;
    return entry_make(c, k, held.p[0], str_sub(held, 1, held.n - 1));
}

struct cache_entry *
entry_ref(struct cache_entry *en)
{
    atomic_fetch_add_explicit(&en->refs, 1, memory_order_relaxed);
    return en;
}

void
entry_unref(void *p)
{
    struct cache_entry *en = p;

    if (en != NULL && atomic_fetch_sub_explicit(&en->refs, 1, memory_order_acq_rel) == 1)
        free(en);
}

struct str
entry_bytes(const struct cache_entry *en)
{
    return (struct str){en->data + en->key_n + 1, en->n};
}

struct str
entry_held(const struct cache_entry *en)
{
    return (struct str){en->data + en->key_n, en->n + 1};
}

static bool
is_key(const struct cache_entry *en, const struct cache_key *k)
{
    return en->spot == k->spot && en->key_n == k->s.n &&
           memcmp(en->data, k->s.p, k->s.n) == 0;
}

static void
queue_add(struct cache_shard *sh, struct cache_entry *en)
{
    en->older = sh->newest;
    en->newer = NULL;
    if (sh->newest != NULL)
        sh->newest->newer = en;
    else
        sh->oldest = en;
    sh->newest = en;
}

static void
queue_remove(struct cache_shard *sh, struct cache_entry *en)
{
    if (en->older != NULL)
        en->older->newer = en->newer;
    else
        sh->oldest = en->newer;
    if (en->newer != NULL)
        en->newer->older = en->older;
    else
        sh->newest = en->older;
}

static void
entry_remove(struct cache *c, struct cache_shard *sh, struct cache_entry *en)
{
    struct cache_entry **p = bucket_of(c, sh, en->spot);

    while (*p != en)
        p = &(*p)->chain;
    *p = en->chain;
    queue_remove(sh, en);
    sh->bytes -= entry_size(en);
    entry_unref(en);
}

static struct cache_entry *
chain_find(struct cache *c, struct cache_shard *sh, const struct cache_key *k)
{
    struct cache_entry *en = *bucket_of(c, sh, k->spot);

    while (en != NULL && !is_key(en, k))
        en = en->chain;
    return en;
}

struct cache_entry *
memory_find(struct cache *c, struct cache_shard *sh, const struct cache_key *k)
{
    struct cache_entry *en = chain_find(c, sh, k);

    if (en == NULL || !stamp_eq(en->stamp, k->stamp))
        return NULL;
    en->used = true;
    return entry_ref(en);
}

static void
make_room(struct cache *c, struct cache_shard *sh, size_t n)
{
    struct cache_entry *en;

    while (sh->bytes + n > c->shard_max && (en = sh->oldest) != NULL) {
        if (!en->used) {
            entry_remove(c, sh, en);
            continue;
        }
        en->used = false;
        queue_remove(sh, en);
        queue_add(sh, en);
    }
}

void
memory_put(struct cache *c, const struct cache_key *k, struct cache_entry *en)
{
    struct cache_shard *sh = memory_shard(c, k);
    struct cache_entry **bucket = bucket_of(c, sh, k->spot), *old;
    size_t n = entry_size(en);

    if (n > c->shard_max)
        return;
    pthread_mutex_lock(&sh->lock);
    old = chain_find(c, sh, k);
    if (old != NULL)
        entry_remove(c, sh, old);
    make_room(c, sh, n);
    en->chain = *bucket;
    *bucket = entry_ref(en);
    queue_add(sh, en);
    sh->bytes += n;
    pthread_mutex_unlock(&sh->lock);
}

void
memory_done(struct cache *c)
{
    for (size_t i = 0; i < CACHE_SHARDS; i++) {
        struct cache_shard *sh = &c->shard[i];

        for (struct cache_entry *en = sh->oldest, *next; en != NULL; en = next) {
            next = en->newer;
            entry_unref(en);
        }
        free(sh->bucket);
        pthread_mutex_destroy(&sh->lock);
    }
}
