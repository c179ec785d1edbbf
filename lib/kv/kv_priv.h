/* What the files of lib/kv share and nobody else may include. */
#ifndef SOUK_KV_KV_PRIV_H
#define SOUK_KV_KV_PRIV_H

#include <hiredis.h>
#include <pthread.h>
#include <stdatomic.h>

#include "kv/kv.h"

#define KV_KEY_MAX 256 /* without the prefix */
#define KV_PREFIX_MAX 64
#define KV_VAL_MAX (16UL << 20)
#define KV_KEYS_MAX 96 /* keys and arguments of a script */
#define KV_ARGS_MAX 8
#define KV_ARGV_MAX (3 + KV_KEYS_MAX + KV_ARGS_MAX)
#define KV_SCRIPTS_MAX 16

struct breaker {
    pthread_mutex_t lock; /* guards all but `open`, which is read without it */
    atomic_bool open;
    bool probing;
    int fails; /* in a row */
    int64_t until_us;
    struct watch watch;
};

void breaker_init(struct breaker *b, struct watch watch);
void breaker_done(struct breaker *b);
/* May this call go out?  If so, exactly one of the three below must follow. */
bool breaker_allow(struct breaker *b);
void breaker_good(struct breaker *b);
void breaker_bad(struct breaker *b, const char *why);
/* The call never went out: nothing is known. */
void breaker_unused(struct breaker *b);

struct kv_script {
    char *lua;
    char sha[41];
};

struct kv_conn {
    redisContext *rc;
    struct kv_conn *next;
};

struct kv {
    char *socket, *host;
    char prefix[KV_PREFIX_MAX];
    size_t prefix_n;
    int port, size, timeout_ms;
    struct breaker breaker;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t freed;
    struct kv_conn *idle;
    int open;
    struct kv_script script[KV_SCRIPTS_MAX];
    size_t scripts_n;
};

/* Connections: kv_pool.c. NULL: none came free in time. ->rc is NULL if not connected. */
struct kv_conn *kv_conn_take(struct kv *kv);
void kv_conn_give(struct kv *kv, struct kv_conn *c);
enum err kv_conn_open(struct kv *kv, struct kv_conn *c, char *why, size_t cap);

/* The prefixed key in buf; ERR_INVALID if it is too long or empty. */
struct kv_key {
    char p[KV_PREFIX_MAX + KV_KEY_MAX];
    size_t n;
};
enum err kv_key_make(const struct kv *kv, struct str key, struct kv_key *out);

static inline struct str
kv_key_str(const struct kv_key *k)
{
    return (struct str){k->p, k->n};
}

/* One command, one reply: *out must be freed.  ERR_OK also for error replies of a kind
 * the caller must look at (out->type); those that mean "Redis cannot now" are
 * ERR_UPSTREAM. */
enum err kv_call(struct kv *kv, const struct str *argv, size_t n, redisReply **out);

/* Log a reply of a kind we have no use for: ERR_INTERNAL. */
enum err kv_odd_reply(const redisReply *r);

/* Fill in the name alone, or with a fresh token, of a lock, without taking it. */
void kv_lock_name(struct str key, struct kv_lock *out);
void kv_lock_make(struct str key, struct kv_lock *out);

#endif
