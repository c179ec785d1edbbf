/* What is settled before an order is queued. Who answers for it while it is unpaid: an
 * account, or for a guest, who may have as many tokens as he likes, the address he comes
 * from, as nginx tells it; what is stored is a keyed hash. Which sales run. And whether it is
 * worth asking the database at all. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "order/order_hint.h"
#include "order/order_http.h"
#include "sale/sale.h"

#define HASH_N 16 /* of the 32 bytes: enough to tell addresses apart */

/* The bytes that name a customer's line: all of IPv4, the network of IPv6. False for this
 * machine's own and for what is no address. */
static bool
address_bytes(struct arena *a, struct str ip, struct str *out)
{
    static const unsigned char own[16] = {[15] = 1};
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    unsigned char b[16];

    if (ip.p == NULL)
        return false;
    if (inet_pton(AF_INET, arena_cstr(a, ip), b) == 1) {
        *out = arena_str(a, (struct str){(const char *)b, 4});
        return b[0] != 127;
    }
    if (inet_pton(AF_INET6, arena_cstr(a, ip), b) != 1 || memcmp(b, own, 16) == 0)
        return false;
    if (memcmp(b, mapped, 12) == 0) {
        *out = arena_str(a, (struct str){(const char *)b + 12, 4});
        return b[12] != 127;
    }
    *out = arena_str(a, (struct str){(const char *)b, 8});
    return true;
}

static int64_t
or_any(int64_t most)
{
    return most > 0 ? most : INT64_C(1000000000000);
}

static void
cap(struct req *rq, struct order_cap *out)
{
    const struct settings *s = &app_of(rq)->set;
    const bool guest = rq->who.user_id == 0;
    const int64_t orders = guest ? s->guest_pending_orders : s->pending_orders;
    const int64_t units = guest ? s->guest_pending_units : s->pending_units;
    unsigned char mac[SHA256_N];
    struct str ip;

    *out = (struct order_cap){.orders = or_any(orders), .units = or_any(units)};
    if (orders == 0 && units == 0)
        return;
    if (!guest)
        out->owner = arena_printf(rq->arena, "u:%" PRId64, rq->who.user_id);
    else if (address_bytes(rq->arena, rq->ip, &ip)) {
        token_mac(&app_of(rq)->keys, "address", ip, mac);
        out->owner =
            arena_printf(rq->arena, "a:%.*s", STR_F(b64url(rq->arena, mac, HASH_N)));
    }
}

static enum err
open_db(void *arg, struct db **db)
{
    return app_db(arg, db);
}

enum err
order_http_prepare(struct req *rq, struct order_in *in, struct fault *flt)
{
    struct app *app = app_of(rq);
    const struct hint_source from = {.cache = app->cache, .open = open_db, .arg = rq};
    const struct sale_source sales = {.cache = app->cache, .open = open_db, .arg = rq};
    enum err e;

    if ((e = app_rules(rq, &in->rules)) != ERR_OK)
        return e;
    cap(rq, &in->cap);
    if ((e = sales_running(&sales, rq->arena, &in->sales)) != ERR_OK)
        return e;
    in->hints = app->hints;
    if (app->hints == NULL || app->cache == NULL)
        return ERR_OK;
    return order_hints_refuse(app->hints, rq->arena, &from, in, flt);
}
