/* What the files of the cache share: the generation file, the memory layer, the Redis
 * layer.  Private to lib/kv. */
#ifndef SOUK_KV_CACHE_PRIV_H
#define SOUK_KV_CACHE_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "kv/cache.h"

#define CACHE_KEY_MAX 200
#define CACHE_GENS 65536U
#define CACHE_SHARDS 16

/* Mapped by every process of the machine. */
struct cache_shared {
    uint64_t magic;
    _Atomic uint64_t epoch;     /* raised by cache_drop_all() */
    _Atomic uint64_t told_not;  /* changes Redis could not be told of ... */
    _Atomic uint64_t made_good; /* ... and how many of them a flush has covered */
    _Atomic uint64_t gen[CACHE_GENS];
};

/* What the counters were: equal now means nothing changed since. */
struct cache_stamp {
    uint64_t gen, epoch;
};

struct cache_key {
    struct str s;
    uint64_t hash; /* the same in every process: picks the counter */
    uint64_t spot; /* mixed with a secret: picks shard and bucket */
    struct cache_stamp stamp;
};

/* One value, immutable but for its links. Holders count in refs, the memory layer is one.
 */
struct cache_entry {
    atomic_uint refs;
    bool absent;
    bool used;                 /* since the eviction hand last passed */
    struct cache_entry *chain; /* of the bucket */
    struct cache_entry *older, *newer;
    uint64_t spot;
    struct cache_stamp stamp;
    int64_t fresh_us,
        stale_us; /* until when it is served, and served for want of better */
    size_t key_n, n;
    char data[]; /* the key, then what Redis holds: a flag and the bytes, then a NUL */
};

enum { CACHE_VALUE = 'v', CACHE_ABSENT = 'a' };

/* A load that others wait for. */
struct cache_flight {
    struct cache_flight *next;
    struct cache_key key; /* the bytes are the loading thread's, and outlive the flight */
    int refs;
    bool landed;
    enum err e;
    struct cache_entry *entry;
    pthread_cond_t done;
};

struct cache_shard {
    pthread_mutex_t lock; /* guards the shard and its flights */
    struct cache_entry **bucket;
    struct cache_entry *oldest, *newest;
    struct cache_flight *flights;
    size_t bytes;
    int64_t hits;
};

struct cache {
    struct cache_conf conf;
    struct kv *kv;
    struct cache_shared *shared;
    uint64_t secret;
    size_t buckets, shard_max; /* of each shard */
    struct cache_shard shard[CACHE_SHARDS];
    atomic_llong hit_redis, load, absent;
};

/* cache_shared.c */
enum err shared_open(struct cache_shared **out, const char *path);
void shared_close(struct cache_shared *sh);
struct cache_stamp shared_stamp(struct cache_shared *sh, uint64_t hash);

static inline bool
stamp_eq(struct cache_stamp a, struct cache_stamp b)
{
    return a.gen == b.gen && a.epoch == b.epoch;
}

/* cache_memory.c */
void memory_init(struct cache *c);
void memory_done(struct cache *c);
struct cache_shard *memory_shard(struct cache *c, const struct cache_key *k);
/* `bytes` with its flag; one reference, the caller's. */
struct cache_entry *entry_new(
    struct cache *c, const struct cache_key *k, struct str bytes, bool absent);
/* Of a value as Redis holds it; NULL if it is not one of ours. */
struct cache_entry *entry_parse(
    struct cache *c, const struct cache_key *k, struct str held);
struct cache_entry *entry_ref(struct cache_entry *en);
void entry_unref(void *en);
struct str entry_bytes(const struct cache_entry *en);
struct str entry_held(const struct cache_entry *en);
/* Under the shard's lock: the key's entry of this stamp, one reference for the caller,
 * however old it is.  NULL if there is none. */
struct cache_entry *memory_find(
    struct cache *c, struct cache_shard *sh, const struct cache_key *k);
void memory_put(struct cache *c, const struct cache_key *k, struct cache_entry *en);

/* cache_redis.c */
enum claim {
    CLAIM_VALUE, /* *en is what Redis has */
    CLAIM_MINE,  /* ours to load, and to end with redis_store() or redis_give_up() */
    CLAIM_HELD,  /* another process loads it */
    CLAIM_AWAY   /* no Redis now */
};
struct claim_ticket {
    struct kv_lock lock;
    int64_t gen;
};
enum claim redis_claim(struct cache *c, const struct cache_key *k, struct arena *a,
    struct claim_ticket *t, struct cache_entry **en);
/* Store unless the generation changed, and let go of the lock. */
void redis_store(struct cache *c, const struct cache_key *k, const struct claim_ticket *t,
    const struct cache_entry *en);
void redis_give_up(struct cache *c, const struct claim_ticket *t);
/* Tell Redis of a change, or note in the shared file that it was not told. */
#define REDIS_DROP_MAX 32 /* at once */
void redis_drop(struct cache *c, const struct str *key, size_t n);
void redis_drop_all(struct cache *c);

#endif
