/* One caller is one account, or without one the address that nginx tells: of IPv6 the
 * network, since a customer has all of it.  nginx has limits of its own in front of this
 * one, for floods; this one is what a program can plan by. */
#include "ops/api_rate.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "app.h"
#include "base/clock.h"
#include "base/rate.h"

#define WINDOW_S 60
#define NETWORK_N 8

static struct str
caller(struct req *rq)
{
    unsigned char b[16];

    if (rq->who.user_id != 0)
        return arena_printf(rq->arena, "u:%" PRId64, rq->who.user_id);
    if (rq->ip.p != NULL && inet_pton(AF_INET6, arena_cstr(rq->arena, rq->ip), b) == 1)
        return arena_str(rq->arena, (struct str){(const char *)b, NETWORK_N});
    return rq->ip;
}

enum err
api_rate_admit(struct req *rq, struct resp *rs)
{
    const struct app *app = app_of(rq);
    const int64_t most = app->set.api_requests;
    unsigned char mac[SHA256_N];
    struct rate_left left;
    uint64_t key;
    bool ok;

    if (most == 0 || app->rate == NULL)
        return ERR_OK;
    token_mac(&app->keys, "rate", caller(rq), mac);
    memcpy(&key, mac, sizeof(key));
    ok = rate_take(
        app->rate, key, most, WINDOW_S * INT64_C(1000000), clock_ms() * 1000, &left);
    resp_header(rs, "RateLimit-Policy", "\"api\";q=%" PRId64 ";w=%d", most, WINDOW_S);
    resp_header(
        rs, "RateLimit", "\"api\";r=%" PRId64 ";t=%" PRId64, left.left, left.full_s);
    if (ok)
        return ERR_OK;
    rs->fault.retry_after = (int)left.retry_s;
    return fault_set(&rs->fault, ERR_LIMIT, "", "At most %" PRId64 " requests a minute.", most);
}
