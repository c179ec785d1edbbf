/* Cache-aside of finished bytes in three layers: this process's memory, Redis, a loader
 * (the database).
 *
 * Truth on one machine: a file mapped by all processes holds 64 K generation counters; a
 * key's counter is raised after each committed change, and an entry in memory counts only
 * while the counter is what it was before the entry was loaded.  So the next request on
 * this machine sees the change, and a load that began before it can never be stored as
 * fresh.  In Redis the same is done with a generation key per entry, checked by the script
 * that stores. When Redis could not be told of a change, a flag in the mapped file has the
 * next caller that reaches it empty it first.
 *
 * One rebuild at a time per key: threads of a process wait for the one that loads; between
 * processes a Redis lock (token, compare-and-delete) does it, the others poll Redis for up to
 * 500 ms and then load by themselves.  Absent is cached too, for absent_ttl_ms. */
#ifndef SOUK_KV_CACHE_H
#define SOUK_KV_CACHE_H

#include "base/watch.h"
#include "kv/kv.h"

struct cache;

/* What it tells: where an answer came from, each once a cache_get(). */
enum cache_told {
    CACHE_TOLD_MEMORY,
    CACHE_TOLD_REDIS,
    CACHE_TOLD_LOAD,
    CACHE_TOLD_WAITED, /* another thread's load was waited for */
};

struct cache_conf {
    const char *shared_path; /* generation file; NULL: private to the process */
    size_t memory_max;       /* bytes of entries kept in this process */
    int64_t memory_ttl_ms;   /* age at which memory asks Redis again: 1000 */
    int64_t ttl_ms;          /* in Redis, with +-10 % jitter: 60000 */
    int64_t absent_ttl_ms;   /* 2000 */
    struct watch watch;      /* told of CACHE_TOLD_... */
};

/* kv may be NULL: memory and loader only. */
enum err cache_new(struct cache **out, const struct cache_conf *c, struct kv *kv) MUST_CHECK;
void cache_free(struct cache *c);

/* Loads the bytes of a key; ERR_NOT_FOUND is cached as absent; any other error is passed
 * on and not cached. */
typedef enum err (*cache_load_fn)(void *arg, struct arena *a, struct str *out);

/* The bytes of `key` (1 to 200 bytes, without NUL), valid until the arena's reset; ERR_NOT_FOUND
 * when it is absent.  While another rebuilds, or when the loader answers ERR_UPSTREAM or
 * ERR_BUSY, a copy that is only too old (at most ttl_ms; no change known) is served. */
enum err cache_get(struct cache *c, struct arena *a, struct str key, cache_load_fn load,
    void *arg, struct str *out) MUST_CHECK;
/* After the COMMIT of a change: the next cache_get() on this machine loads anew. */
void cache_drop(struct cache *c, struct str key);
/* The same for many, told to Redis in few calls. */
void cache_drop_many(struct cache *c, const struct str *key, size_t n);
/* A number that every cache_drop() of the key (and now and then that of another) on this
 * machine makes another: what is kept elsewhere is true while it stays. */
uint64_t cache_generation(struct cache *c, struct str key);
/* Forget everything on this machine and in Redis. */
void cache_drop_all(struct cache *c);

struct cache_stats { int64_t hit_memory, hit_redis, load, absent; };
void cache_stats(const struct cache *c, struct cache_stats *out);

#endif
