/* Redis: a pool of connections with a 50 ms timeout, behind a circuit breaker: after 3
 * failures in a row it opens for 1 s, then lets one caller probe.  Opening and closing are
 * logged once each.  With the breaker open every call answers ERR_UPSTREAM at once.  The
 * only folder that includes hiredis.h.  What Redis holds may vanish at any time.
 * hiredis writes with write(2): the program must ignore SIGPIPE. */
#ifndef SOUK_KV_KV_H
#define SOUK_KV_KV_H

#include "base/arena.h"
#include "base/err.h"
#include "base/watch.h"

struct kv;

/* What it tells. */
enum kv_told { KV_TOLD_DOWN /* n: 1 the breaker opened, -1 it closed */ };

struct kv_conf {
    const char *socket; /* or NULL/"" for host and port */
    const char *host;
    int port;
    int size;       /* connections at most */
    int timeout_ms; /* default 50 */
    const char *prefix; /* before every key: "souk:" */
    struct watch watch; /* told of KV_TOLD_... */
};

struct kv *kv_new(const struct kv_conf *c);
void kv_free(struct kv *kv);
/* ERR_NOT_FOUND when there is none. */
enum err kv_get(struct kv *kv, struct arena *a, struct str key, struct str *out) MUST_CHECK;
enum err kv_set(struct kv *kv, struct str key, struct str val, int64_t ttl_ms) MUST_CHECK;
enum err kv_del(struct kv *kv, struct str key) MUST_CHECK;
enum err kv_incr(struct kv *kv, struct str key, int64_t ttl_ms, int64_t *out) MUST_CHECK;
/* A Lua script (SHA cached) with keys and arguments; *out the integer it returned. */
enum err kv_eval(struct kv *kv, const char *lua, const struct str *keys, size_t keys_n,
    const struct str *args, size_t args_n, int64_t *out) MUST_CHECK;
enum err kv_flush(struct kv *kv) MUST_CHECK; /* FLUSHDB: the database is ours alone */
enum err kv_ping(struct kv *kv) MUST_CHECK;
bool kv_up(const struct kv *kv); /* the breaker is closed */

/* A lock for work worth doing once; it never guards truth. Held until released or ttl_ms. */
struct kv_lock { char key[128]; char token[32]; };
/* ERR_BUSY: another holds it. */
enum err kv_lock(struct kv *kv, struct str key, int64_t ttl_ms, struct kv_lock *out) MUST_CHECK;
/* Compare-and-delete: someone else's lock is left alone. */
void kv_unlock(struct kv *kv, const struct kv_lock *l);

#endif
