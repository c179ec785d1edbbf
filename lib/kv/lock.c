/* The lock: SET NX with a time to live and a token only its holder knows; released by
 * comparing the token.  It saves doing work twice and guards nothing: it may expire under
 * its holder, and vanish with Redis. */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/rand.h"
#include "kv/kv_priv.h"

#define TOKEN_BYTES 16
#define KEY_KEPT 96

static const char lua_take[] =
    "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end\n"
    "return 0\n";
static const char lua_give[] =
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\n"
    "return redis.call('DEL', KEYS[1])\n";

void
kv_lock_name(struct str key, struct kv_lock *out)
{
    /* A long key keeps its head and a hash: two that meet only wait for each other. */
    if (key.n <= KEY_KEPT)
        (void)snprintf(out->key, sizeof(out->key), "l:%.*s", STR_F(key));
    else
        (void)snprintf(out->key, sizeof(out->key), "l:%.*s#%016" PRIx64, KEY_KEPT, key.p,
            str_hash(key));
}

void
kv_lock_make(struct str key, struct kv_lock *out)
{
    kv_lock_name(key, out);
    rand_token(out->token, sizeof(out->token), TOKEN_BYTES);
}

enum err
kv_lock(struct kv *kv, struct str key, int64_t ttl_ms, struct kv_lock *out)
{
    char ttl[24];
    int64_t got = 0;
    enum err e;

    kv_lock_make(key, out);
    (void)snprintf(ttl, sizeof(ttl), "%" PRId64, ttl_ms > 0 ? ttl_ms : 1);
    const struct str k = str_c(out->key);
    const struct str args[] = {str_c(out->token), str_c(ttl)};
    e = kv_eval(kv, lua_take, &k, 1, args, NELEM(args), &got);
    return e == ERR_OK && got != 1 ? ERR_BUSY : e;
}

void
kv_unlock(struct kv *kv, const struct kv_lock *l)
{
    const struct str k = str_c(l->key), token = str_c(l->token);
    int64_t gone;

    /* If Redis cannot be told, the time to live ends the lock. */
    if (kv_eval(kv, lua_give, &k, 1, &token, 1, &gone) != ERR_OK)
        log_debug("kv", "lock left to expire");
}
