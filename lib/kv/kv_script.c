/* Lua scripts by their hash, which Redis is asked for once a script.  A Redis that does
 * not know the hash any more (restarted, flushed) is sent the text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kv/kv_priv.h"

#define SHA_N 40

static bool
sha_known(struct kv *kv, const char *lua, char sha[SHA_N + 1])
{
    size_t i;

    pthread_mutex_lock(&kv->lock);
    for (i = 0; i < kv->scripts_n && strcmp(kv->script[i].lua, lua) != 0; i++)
        ;
    if (i < kv->scripts_n)
        memcpy(sha, kv->script[i].sha, SHA_N + 1);
    i = i < kv->scripts_n;
    pthread_mutex_unlock(&kv->lock);
    return i != 0;
}

static void
sha_keep(struct kv *kv, const char *lua, const char sha[SHA_N + 1])
{
    char *copy = strdup(lua);

    if (copy == NULL)
        abort();
    pthread_mutex_lock(&kv->lock);
    if (kv->scripts_n < KV_SCRIPTS_MAX) { /* the same one twice does no harm */
        kv->script[kv->scripts_n].lua = copy;
        memcpy(kv->script[kv->scripts_n++].sha, sha, SHA_N + 1);
        copy = NULL;
    }
    pthread_mutex_unlock(&kv->lock);
    free(copy);
}

static enum err
sha_get(struct kv *kv, const char *lua, char sha[SHA_N + 1])
{
    const struct str argv[] = {STR("SCRIPT"), STR("LOAD"), str_c(lua)};
    redisReply *r;
    enum err e;

    if (sha_known(kv, lua, sha))
        return ERR_OK;
    if ((e = kv_call(kv, argv, NELEM(argv), &r)) != ERR_OK)
        return e;
    if (r->type == REDIS_REPLY_STRING && r->len == SHA_N) {
        memcpy(sha, r->str, SHA_N);
        sha[SHA_N] = '\0';
        sha_keep(kv, lua, sha);
    } else {
        e = kv_odd_reply(r);
    }
    freeReplyObject(r);
    return e;
}

static bool
no_script(const redisReply *r)
{
    return r->type == REDIS_REPLY_ERROR && strncmp(r->str, "NOSCRIPT", 8) == 0;
}

/* argv[0] and argv[1] are filled in here. */
static enum err
eval_call(struct kv *kv, const char *lua, struct str *argv, size_t n, redisReply **out)
{
    char sha[SHA_N + 1];
    enum err e;

    if ((e = sha_get(kv, lua, sha)) != ERR_OK)
        return e;
    argv[0] = STR("EVALSHA");
    argv[1] = (struct str){sha, SHA_N};
    e = kv_call(kv, argv, n, out);
    argv[0] = STR("EVAL");
    argv[1] = str_c(lua);
    if (e != ERR_OK || !no_script(*out))
        return e;
    freeReplyObject(*out);
    return kv_call(kv, argv, n, out);
}

enum err
kv_eval(struct kv *kv, const char *lua, const struct str *keys, size_t keys_n,
    const struct str *args, size_t args_n, int64_t *out)
{
    struct kv_key k[KV_KEYS_MAX];
    struct str argv[KV_ARGV_MAX];
    char count[24];
    redisReply *r;
    enum err e;

    if (keys_n > KV_KEYS_MAX || args_n > KV_ARGS_MAX)
        return ERR_INTERNAL;
    (void)snprintf(count, sizeof(count), "%zu", keys_n);
    argv[2] = str_c(count);
    for (size_t i = 0; i < keys_n; i++) {
        if ((e = kv_key_make(kv, keys[i], &k[i])) != ERR_OK)
            return e;
        argv[3 + i] = kv_key_str(&k[i]);
    }
    for (size_t i = 0; i < args_n; i++) {
        if (args[i].n > KV_VAL_MAX)
            return ERR_TOO_LARGE;
        argv[3 + keys_n + i] = args[i];
    }
    if ((e = eval_call(kv, lua, argv, 3 + keys_n + args_n, &r)) != ERR_OK)
        return e;
    if (r->type == REDIS_REPLY_INTEGER)
        *out = r->integer;
    else
        e = kv_odd_reply(r);
    freeReplyObject(r);
    return e;
}

enum err
kv_incr(struct kv *kv, struct str key, int64_t ttl_ms, int64_t *out)
{
    static const char lua[] =
        "local v = redis.call('INCR', KEYS[1])\n"
        "if tonumber(ARGV[1]) > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end\n"
        "return v\n";
    char ttl[24];

    (void)snprintf(ttl, sizeof(ttl), "%" PRId64, ttl_ms);
    const struct str arg = str_c(ttl);
    return kv_eval(kv, lua, &key, 1, &arg, 1, out);
}
