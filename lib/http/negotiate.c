/* Accept and CORS.  Of CORS: no credentials ever, so what another site can do with this API
 * is what a program can, with a token of its own; our cookies do not count there. */
#include "http/negotiate.h"

#include <string.h>

#define CORS_ALLOW                                                                       \
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "            \
    "X-Cart-Token, X-Request-Id"
#define CORS_EXPOSE                                                                      \
    "ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, "           \
    "Retry-After, X-Cart-Token, X-Request-Id"
#define CORS_MAX_AGE_S 600

/* "q=0", "q=0.0", "Q=0.000" among a range's parameters. */
static bool
weight_is_zero(struct str params)
{
    struct str part, key, value;
    size_t i;

    while (str_next(&params, ';', &part)) {
        str_cut(part, '=', &key, &value);
        if (!str_eq_nocase(str_trim(key), STR("q")))
            continue;
        value = str_trim(value);
        for (i = 0; i < value.n && (value.p[i] == '0' || value.p[i] == '.'); i++)
            ;
        return value.n > 0 && i == value.n;
    }
    return false;
}

/* The most exact range that fits decides. */
bool
accept_json(struct str accept)
{
    static const struct str ranges[] = {
        STR_INIT("*/*"), STR_INIT("application/*"), STR_INIT("application/json")};
    struct str item, range, params;
    size_t best = 0;
    bool ok = false;

    if (str_trim(accept).n == 0)
        return true;
    while (str_next(&accept, ',', &item)) {
        (void)str_cut(item, ';', &range, &params);
        for (size_t i = 0; i < NELEM(ranges); i++) {
            if (i + 1 < best || !str_eq_nocase(str_trim(range), ranges[i]))
                continue;
            best = i + 1;
            ok = !weight_is_zero(params);
        }
    }
    return ok;
}

static bool
origin_listed(struct str origins, struct str origin)
{
    struct str one;

    while (str_next(&origins, ' ', &one))
        if (one.n > 0 && str_eq(one, origin))
            return true;
    return false;
}

static void
put_methods(struct resp *rs, unsigned methods)
{
    struct buf b;
    unsigned m;

    buf_init_arena(&b, rs->arena, 128);
    for (m = 0; m < M_OTHER; m++)
        if ((methods & 1u << m) != 0)
            buf_printf(&b, "%s%s", b.n > 0 ? ", " : "", method_text((enum method)m));
    resp_header(rs, "Access-Control-Allow-Methods", "%s", buf_cstr(&b));
}

void
cors_put(const char *origins, const struct req *rq, struct resp *rs, unsigned methods)
{
    struct str origin = req_header(rq, "Origin");
    bool any = origins != NULL && strcmp(origins, "*") == 0;

    if (origins == NULL || origins[0] == '\0')
        return;
    if (!any)
        resp_header(rs, "Vary", "Origin");
    if (origin.n == 0 || (!any && !origin_listed(str_c(origins), origin)))
        return;
    if (any)
        resp_header(rs, "Access-Control-Allow-Origin", "*");
    else
        resp_header(rs, "Access-Control-Allow-Origin", "%.*s", STR_F(origin));
    resp_header(rs, "Access-Control-Expose-Headers", CORS_EXPOSE);
    if (rq->method != M_OPTIONS || req_header(rq, "Access-Control-Request-Method").n == 0)
        return;
    put_methods(rs, methods);
    resp_header(rs, "Access-Control-Allow-Headers", CORS_ALLOW);
    resp_header(rs, "Access-Control-Max-Age", "%d", CORS_MAX_AGE_S);
}
