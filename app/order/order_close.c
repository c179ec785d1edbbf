/* Cancelling an order, by customer or shop. Only who changed the row gives the stock back,
 * and the ledger takes each line's units back once. Expiry is order_expire.c's. */
#include "order/order_parts.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/crash.h"
#include "catalog/catalog.h"
#include "coupon/coupon.h"
#include "payment/payment.h"

const char *
order_actor(struct arena *a, const struct shopper *who)
{
    if (who == NULL)
        return "shop";
    if (who->account_id == 0)
        return "guest";
    return arena_printf(a, "user:%" PRId64, who->account_id).p;
}

enum err
order_give_back(struct db *db, struct arena *a, int64_t id, enum stock_back kind,
    const char *actor, struct order_line **lines, size_t *n)
{
    enum err e = order_store_units(db, a, id, lines, n);

    for (size_t i = 0; i < *n && e == ERR_OK; i++) {
        const struct order_line *l = &(*lines)[i];

        e = stock_give_back(db, l->sku_id, l->quantity, l->id, kind, actor);
    }
    return e;
}

void
order_products_changed(struct cache *cache, const struct order_line *lines, size_t n)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < n; i++)
        catalog_changed(cache, lines[i].product_id);
}

struct closing {
    struct arena *a;
    const struct shopper *who;
    int64_t id, now;
    const char *actor;
    struct fault *flt;
    struct order_line *lines; /* given back */
    size_t n;
    bool closed; /* by us */
};

static enum err
refuse_cancel(struct fault *flt, const struct order *o)
{
    return fault_set(flt, ERR_CONFLICT, "not_cancellable",
        "The order cannot be cancelled any more: it is %s, %.*s.",
        order_status_text(o->status), STR_F(o->fulfilment_status));
}

/* What was paid and is not given back yet goes back first. */
static enum err
money_back(struct db *db, const struct closing *c, const struct order *o,
    enum order_status *now_in)
{
    const struct order_giving g = {.amount = o->total - o->refunded,
        .now = c->now,
        .reason = STR("order cancelled"),
        .actor = c->actor};

    *now_in = o->status;
    if (o->refunded == o->total || str_eq(o->payment_status, STR("unpaid")))
        return ERR_OK;
    return order_refund_locked(db, c->a, o, &g, now_in, c->flt);
}

static enum err
cancel_tx(struct db *db, void *arg)
{
    struct closing *c = arg;
    enum order_status from;
    struct order o;
    enum err e;

    fault_clear(c->flt);
    c->closed = false;
    c->n = 0;
    if ((e = order_store_lock(db, c->a, c->who, c->id, &o)) != ERR_OK)
        return e;
    if (o.status == ORDER_CANCELLED)
        return ERR_OK;
    if (o.status == ORDER_EXPIRED || !str_eq(o.fulfilment_status, STR("unfulfilled")))
        return refuse_cancel(c->flt, &o);
    if ((e = money_back(db, c, &o, &from)) != ERR_OK)
        return e;
    CRASH_POINT("order.cancel.money");
    e = order_state_change(db, o.id, from, ORDER_CANCELLED, c->actor, STR(""), c->now);
    if (e != ERR_OK)
        return e;
    if (o.coupon.n > 0 && (e = coupon_give_back(db, c->a, &o.id, 1, c->now)) != ERR_OK)
        return e;
    c->closed = true;
    CRASH_POINT("order.cancel.status");
    e = order_give_back(db, c->a, o.id, STOCK_CANCEL, c->actor, &c->lines, &c->n);
    CRASH_POINT("order.cancel.before_commit");
    return e;
}

enum err
order_cancel(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    const char *actor, struct cache *cache, struct fault *flt)
{
    struct closing c = {.a = a,
        .who = who,
        .id = id,
        .now = clock_ms(),
        .flt = flt,
        .actor = actor != NULL ? actor : order_actor(a, who)};
    enum err e = db_tx(db, cancel_tx, &c);

    CRASH_POINT("order.cancel.committed");
    if (e == ERR_OK && c.closed)
        order_products_changed(cache, c.lines, c.n);
    return e;
}
