/* Paying by a method that settles later (a transfer): the attempt stays open and its order is
 * exempt from the ordinary deadline until the money should have come. It is paid by the
 * ordinary way then, or expires. */
#include "order/order_parts.h"

#include "base/clock.h"
#include "payment/payment.h"

struct later {
    struct arena *a;
    const struct shopper *who;
    int64_t id, now, until;
    struct fault *flt;
};

static enum err
later_tx(struct db *db, void *arg)
{
    struct later *l = arg;
    struct payment pm;
    struct order o;
    enum err e;

    fault_clear(l->flt);
    if ((e = order_store_lock(db, l->a, l->who, l->id, &o)) != ERR_OK)
        return e;
    if (o.status != ORDER_PENDING)
        return fault_set(l->flt, ERR_CONFLICT, "not_payable",
            "The order cannot be paid later: it is %s.", order_status_text(o.status));
    /* A second time prolongs nothing. */
    if (o.expires_at >= o.created_at + (l->until - l->now))
        return ERR_OK;
    e = payment_start(db, l->a, o.id, o.total, o.currency, l->now, &pm);
    if (e == ERR_OK)
        e = payment_settles(db, pm.id, l->until);
    return e == ERR_OK ? order_store_prolong(db, o.id, l->until, l->now) : e;
}

enum err
order_pay_later(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    int64_t settle_ms, struct fault *flt)
{
    struct later l = {.a = a, .who = who, .id = id, .now = clock_ms(), .flt = flt};

    if (settle_ms <= 0)
        return fault_field(
            flt, "/outcome", "bad_choice", "no method here settles later");
    l.until = l.now + settle_ms;
    return db_tx(db, later_tx, &l);
}
