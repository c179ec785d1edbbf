/* The few Redis commands the shop uses, each bounded by the connection's timeout and
 * behind the breaker.  It knows nothing of what the values mean. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "kv/kv_priv.h"

enum err
kv_key_make(const struct kv *kv, struct str key, struct kv_key *out)
{
    if (key.n == 0 || key.n > KV_KEY_MAX)
        return ERR_INVALID;
    memcpy(out->p, kv->prefix, kv->prefix_n);
    memcpy(out->p + kv->prefix_n, key.p, key.n);
    out->n = kv->prefix_n + key.n;
    return ERR_OK;
}

/* Error replies that say: this server cannot serve us now. */
static bool
cannot_now(const redisReply *r)
{
    static const char *const codes[] = {"LOADING", "BUSY", "MASTERDOWN", "READONLY",
        "OOM", "MISCONF", "NOREPLICAS", "NOAUTH", "WRONGPASS", "NOPERM", "CLUSTERDOWN"};
    struct str code, rest;

    if (r->type != REDIS_REPLY_ERROR)
        return false;
    str_cut((struct str){r->str, (size_t)r->len}, ' ', &code, &rest);
    for (size_t i = 0; i < NELEM(codes); i++)
        if (str_eq_c(code, codes[i]))
            return true;
    return false;
}

static redisReply *
exchange(struct kv_conn *c, const struct str *argv, size_t n)
{
    const char *p[KV_ARGV_MAX];
    size_t len[KV_ARGV_MAX];

    for (size_t i = 0; i < n; i++) {
        p[i] = argv[i].p != NULL ? argv[i].p : "";
        len[i] = argv[i].n;
    }
    return redisCommandArgv(c->rc, (int)n, p, len);
}

static enum err
call(struct kv *kv, struct kv_conn *c, const struct str *argv, size_t n, redisReply **out)
{
    char why[160];

    if (c->rc == NULL && kv_conn_open(kv, c, why, sizeof(why)) != ERR_OK) {
        breaker_bad(&kv->breaker, why);
        return ERR_UPSTREAM;
    }
    *out = exchange(c, argv, n);
    if (*out == NULL) {
        breaker_bad(&kv->breaker, errno == EAGAIN ? "timeout" : c->rc->errstr);
        return ERR_UPSTREAM;
    }
    if (cannot_now(*out)) {
        breaker_bad(&kv->breaker, (*out)->str);
        freeReplyObject(*out);
        *out = NULL;
        return ERR_UPSTREAM;
    }
    breaker_good(&kv->breaker);
    return ERR_OK;
}

enum err
kv_call(struct kv *kv, const struct str *argv, size_t n, redisReply **out)
{
    int64_t t0 = clock_mono_us();
    struct kv_conn *c;
    enum err e = ERR_UPSTREAM;

    *out = NULL;
    if (n == 0 || n > KV_ARGV_MAX)
        return ERR_INTERNAL;
    if (!breaker_allow(&kv->breaker))
        return ERR_UPSTREAM;
    c = kv_conn_take(kv);
    if (c == NULL) {
        breaker_unused(&kv->breaker);
    } else {
        e = call(kv, c, argv, n, out);
        kv_conn_give(kv, c);
    }
    trace_add(TRACE_CACHE, clock_mono_us() - t0);
    return e;
}

/* A reply of no type that fits: our bug, or not our database. */
enum err
kv_odd_reply(const redisReply *r)
{
    log_error("kv", "unexpected reply type=%d %.120s", r->type,
        r->type == REDIS_REPLY_ERROR ? r->str : "");
    return ERR_INTERNAL;
}

/* Run a command whose reply must be of `type`; an integer goes to *num. */
static enum err
run(struct kv *kv, const struct str *argv, size_t n, int type, int64_t *num)
{
    redisReply *r;
    enum err e = kv_call(kv, argv, n, &r);

    if (e != ERR_OK)
        return e;
    if (r->type != type)
        e = r->type == REDIS_REPLY_NIL ? ERR_NOT_FOUND : kv_odd_reply(r);
    else if (num != NULL)
        *num = r->integer;
    freeReplyObject(r);
    return e;
}

enum err
kv_get(struct kv *kv, struct arena *a, struct str key, struct str *out)
{
    struct kv_key k;
    redisReply *r;
    enum err e = kv_key_make(kv, key, &k);

    *out = STR_NULL;
    if (e != ERR_OK)
        return e;
    const struct str argv[] = {STR("GET"), kv_key_str(&k)};
    if ((e = kv_call(kv, argv, NELEM(argv), &r)) != ERR_OK)
        return e;
    if (r->type == REDIS_REPLY_STRING)
        *out = arena_str(a, (struct str){r->str, (size_t)r->len});
    else
        e = r->type == REDIS_REPLY_NIL ? ERR_NOT_FOUND : kv_odd_reply(r);
    freeReplyObject(r);
    return e;
}

enum err
kv_set(struct kv *kv, struct str key, struct str val, int64_t ttl_ms)
{
    char ttl[24];
    struct kv_key k;
    enum err e = kv_key_make(kv, key, &k);

    if (e != ERR_OK)
        return e;
    if (val.n > KV_VAL_MAX)
        return ERR_TOO_LARGE;
    (void)snprintf(ttl, sizeof(ttl), "%" PRId64, ttl_ms);
    const struct str argv[] = {STR("SET"), kv_key_str(&k), val, STR("PX"), str_c(ttl)};
    return run(kv, argv, ttl_ms > 0 ? 5 : 3, REDIS_REPLY_STATUS, NULL);
}

enum err
kv_del(struct kv *kv, struct str key)
{
    struct kv_key k;
    enum err e = kv_key_make(kv, key, &k);

    if (e != ERR_OK)
        return e;
    const struct str argv[] = {STR("DEL"), kv_key_str(&k)};
    return run(kv, argv, NELEM(argv), REDIS_REPLY_INTEGER, NULL);
}

enum err
kv_flush(struct kv *kv)
{
    /* ASYNC: emptying a large database must not outlast our timeout. */
    const struct str argv[] = {STR("FLUSHDB"), STR("ASYNC")};

    return run(kv, argv, NELEM(argv), REDIS_REPLY_STATUS, NULL);
}

enum err
kv_ping(struct kv *kv)
{
    const struct str argv[] = {STR("PING")};

    return run(kv, argv, NELEM(argv), REDIS_REPLY_STATUS, NULL);
}

bool
kv_up(const struct kv *kv)
{
    return !atomic_load(&kv->breaker.open);
}
