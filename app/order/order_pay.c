/* Paying: an attempt is committed, then the provider is asked, then one transaction marks
 * the attempt succeeded and the order paid. A payment that comes after the order expired
 * takes the units again or is refused; nothing is ever paid twice. */
#include "order/order_parts.h"

#include "base/clock.h"
#include "base/crash.h"
#include "coupon/coupon.h"
#include "payment/payment.h"

struct paying {
    struct arena *a;
    const struct shopper *who;
    int64_t id, now;
    struct fault *flt;
    struct payment pm;
    bool paid_before;
    struct order_line *lines; /* taken again */
    size_t n;
};

static enum err
refuse_pay(struct fault *flt, const struct order *o)
{
    return fault_set(flt, ERR_CONFLICT, "not_payable",
        "The order cannot be paid: it is %s.", order_status_text(o->status));
}

/* ERR_OK: payable, or paid already (*paid). */
static enum err
payable(const struct order *o, bool *paid, struct fault *flt)
{
    *paid = o->status == ORDER_PAID || o->status == ORDER_SHIPPED ||
            o->status == ORDER_COMPLETED || o->status == ORDER_PARTIALLY_REFUNDED;
    if (*paid || o->status == ORDER_PENDING || o->status == ORDER_EXPIRED)
        return ERR_OK;
    return refuse_pay(flt, o);
}

static enum err
start_tx(struct db *db, void *arg)
{
    struct paying *p = arg;
    struct order o;
    enum err e;

    fault_clear(p->flt);
    if ((e = order_store_lock(db, p->a, p->who, p->id, &o)) != ERR_OK)
        return e;
    if ((e = payable(&o, &p->paid_before, p->flt)) != ERR_OK || p->paid_before)
        return e;
    return payment_start(db, p->a, o.id, o.total, o.currency, p->now, &p->pm);
}

/* The coupon and the units of an expired order once more, all or none (the caller's roll
 * back). It keeps its price; a coupon that others have used up by now is like goods gone. */
static enum err
revive(struct db *db, struct paying *p, const struct order *o)
{
    const char *actor = order_actor(p->a, p->who);
    enum err e = ERR_OK;

    if (o->coupon.n > 0)
        e = coupon_take_again(db, p->a, o->id);
    if (e == ERR_CONFLICT)
        return fault_set(p->flt, ERR_CONFLICT, "not_payable",
            "The order has expired and its coupon has been used up.");
    if (e == ERR_OK)
        e = order_store_units(db, p->a, o->id, &p->lines, &p->n);
    for (size_t i = 0; i < p->n && e == ERR_OK; i++)
        e = stock_revive(
            db, p->lines[i].sku_id, p->lines[i].quantity, p->lines[i].id, actor);
    if (e == ERR_CONFLICT)
        return fault_set(p->flt, ERR_CONFLICT, "not_payable",
            "The order has expired and its goods have been sold.");
    return e;
}

static enum err
finish_tx(struct db *db, void *arg)
{
    struct paying *p = arg;
    struct order o;
    enum err e;

    fault_clear(p->flt);
    p->n = 0;
    if ((e = order_store_lock(db, p->a, p->who, p->id, &o)) != ERR_OK)
        return e;
    if ((e = payable(&o, &p->paid_before, p->flt)) != ERR_OK)
        return e;
    if (p->paid_before) /* by an attempt beside ours, which is void then */
        return payment_decline(db, p->pm.id, p->now);
    if (p->pm.amount != o.total || !str_eq(p->pm.currency, o.currency))
        return ERR_INTERNAL;
    if (o.status == ORDER_EXPIRED && (e = revive(db, p, &o)) != ERR_OK)
        return e;
    if ((e = payment_succeed(db, p->pm.id, p->now)) != ERR_OK)
        return e == ERR_CONFLICT ? refuse_pay(p->flt, &o) : e;
    CRASH_POINT("order.pay.succeeded");
    e = order_state_change(db, o.id, o.status, ORDER_PAID, order_actor(p->a, p->who),
        p->pm.reference, p->now);
    CRASH_POINT("order.pay.before_commit");
    return e;
}

static enum err
decline_tx(struct db *db, void *arg)
{
    const struct paying *p = arg;

    return payment_decline(db, p->pm.id, p->now);
}

/* The attempt came to nothing: say so in its row, and keep the answer that led here. It may
 * deadlock with a sweep and is tried again then, as one that is left open keeps the order
 * from being closed in time. A row that cannot be written now is closed by the sweep. */
static enum err
give_up(struct db *db, struct paying *p, enum err e)
{
    if (db_tx(db, decline_tx, p) != ERR_OK && e == ERR_OK)
        return ERR_UPSTREAM;
    return e;
}

enum err
order_pay(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    bool approve, struct cache *cache, struct fault *flt)
{
    struct paying p = {.a = a, .who = who, .id = id, .now = clock_ms(), .flt = flt};
    enum err e = db_tx(db, start_tx, &p);

    if (e != ERR_OK || p.paid_before)
        return e;
    CRASH_POINT("order.pay.attempted");
    if (payment_ask(&p.pm, approve) != ERR_OK) {
        e = fault_set(flt, ERR_DECLINED, "payment_declined",
            "The payment was declined. The order can still be paid.");
        CRASH_POINT("order.pay.refused");
        return give_up(db, &p, e);
    }
    CRASH_POINT("order.pay.asked");
    e = db_tx(db, finish_tx, &p);
    CRASH_POINT("order.pay.committed");
    if (e == ERR_CONFLICT || e == ERR_BUSY)
        return give_up(db, &p, e);
    if (e == ERR_OK)
        order_products_changed(cache, p.lines, p.n);
    return e;
}
