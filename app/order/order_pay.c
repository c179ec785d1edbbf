/* Paying: an attempt is committed, then the provider is asked, then what it said is settled.
 * Between the two transactions nothing is held, no row and no connection. An attempt whose
 * answer was lost is asked for again by the next one, under its own reference, so that a
 * second click or a second try is one payment at the provider too. */
#include "order/order_parts.h"

#include "base/clock.h"
#include "base/crash.h"

struct paying {
    struct arena *a;
    struct order_pay *p;
    struct fault *flt;
    int64_t now;
    bool can_revive;
};

static enum err
refuse_pay(struct fault *flt, const struct order *o)
{
    return fault_set(flt, ERR_CONFLICT, "not_payable",
        "The order cannot be paid: it is %s.", order_status_text(o->status));
}

static bool
paid(enum order_status s)
{
    return s == ORDER_PAID || s == ORDER_SHIPPED || s == ORDER_COMPLETED ||
           s == ORDER_PARTIALLY_REFUNDED;
}

/* Its units and its coupon once more, to see whether they can be had: nothing is taken from
 * a buyer whose goods are gone. Always ends the transaction. */
static enum err
probe(struct db *db, const struct paying *w, const struct order *o)
{
    struct order_line *lines;
    size_t n;
    enum err e = order_revive(
        db, w->a, o, order_actor(w->a, w->p->who), &lines, &n, w->flt);

    return e == ERR_OK ? ERR_PRECONDITION : e;
}

/* For as long as the order is held, or, expired, as long again as it was. */
static int64_t
page_until(const struct paying *w, const struct order *o)
{
    if (w->p->settle_ms > 0)
        return w->now + w->p->settle_ms;
    return o->status == ORDER_PENDING && o->expires_at > w->now
               ? o->expires_at
               : w->now + (o->expires_at - o->created_at);
}

static enum err
attempt(struct db *db, struct paying *w, const struct order *o)
{
    struct order_pay *p = w->p;
    struct payment_new in = {.order_id = o->id,
        .amount = o->total,
        .now = w->now,
        .currency = o->currency,
        .asked = p->asked};
    enum err e = payment_open(db, w->a, o->id, p->asked, w->now, &p->pm);

    if (e != ERR_NOT_FOUND)
        return e;
    if (p->asked == PAY_PAGE)
        in.settles_by = page_until(w, o);
    return payment_start(db, w->a, &in, &p->pm);
}

/* A second time prolongs nothing. */
static enum err
prolong(struct db *db, const struct paying *w, const struct order *o)
{
    if (o->status != ORDER_PENDING)
        return fault_set(w->flt, ERR_CONFLICT, "not_payable",
            "The order cannot be paid later: it is %s.", order_status_text(o->status));
    if (o->expires_at >= o->created_at + w->p->settle_ms)
        return ERR_OK;
    return order_store_prolong(db, o->id, w->now + w->p->settle_ms, w->now);
}

static enum err
begin_tx(struct db *db, void *arg)
{
    struct paying *w = arg;
    struct order o;
    enum err e;

    fault_clear(w->flt);
    if ((e = order_store_lock(db, w->a, w->p->who, w->p->id, &o)) != ERR_OK)
        return e;
    if (w->p->settle_ms > 0)
        e = prolong(db, w, &o);
    w->p->paid = paid(o.status);
    if (e != ERR_OK || w->p->paid)
        return e;
    if (o.status != ORDER_PENDING && o.status != ORDER_EXPIRED)
        return refuse_pay(w->flt, &o);
    if (o.status == ORDER_EXPIRED && !w->can_revive)
        return probe(db, w, &o);
    return attempt(db, w, &o);
}

enum err
order_pay_begin(struct db *db, struct arena *a, struct order_pay *p, struct fault *flt)
{
    struct paying w = {.a = a, .p = p, .flt = flt, .now = clock_ms()};
    enum err e = db_tx(db, begin_tx, &w);

    if (e == ERR_PRECONDITION) {
        w.can_revive = true;
        e = db_tx(db, begin_tx, &w);
    }
    CRASH_POINT("order.pay.attempted");
    return e;
}

enum err
order_pay_ask(
    const struct pay_desk *desk, struct arena *a, struct order_pay *p, struct fault *flt)
{
    const struct pay_provider *with = pay_find(desk, p->pm.provider);
    struct str back = arena_printf(a, "/orders/%lld/payment", (long long)p->id);
    enum err e;

    if (p->paid)
        return ERR_OK;
    e = with != NULL ? with->create(with->self, a, &p->pm, back, &p->told) : ERR_NOT_FOUND;
    CRASH_POINT("order.pay.asked");
    if (e == ERR_OK && p->told.status == PAY_DECLINED)
        CRASH_POINT("order.pay.refused");
    if (e == ERR_UPSTREAM || e == ERR_BUSY) {
        (void)fault_set(flt, ERR_UPSTREAM, "payment_unavailable",
            "The payment provider does not answer. The order can still be paid: try again "
            "in a moment.");
        flt->retry_after = 2;
        return ERR_UPSTREAM;
    }
    return e == ERR_OK ? ERR_OK : ERR_INTERNAL;
}

static enum err
answer(const struct order_settled *s, struct fault *flt)
{
    switch (s->became) {
    case ORDER_SETTLED_MISMATCH:
        return fault_set(flt, ERR_INVALID, "payment_mismatch",
            "The provider took another amount than was asked. A person will look at it.");
    case ORDER_SETTLED_DECLINED:
        return fault_set(flt, ERR_DECLINED, "payment_declined",
            "The payment was declined. The order can still be paid.");
    case ORDER_SETTLED_LATE:
        if (paid(s->was)) /* by another payment */
            return ERR_OK;
        return fault_set(flt, ERR_CONFLICT, "not_payable",
            "The order cannot be paid any more. What was paid goes back.");
    case ORDER_SETTLED_PAID:
    case ORDER_SETTLED_NOTHING:
        break;
    }
    return ERR_OK;
}

/* Nothing changed: somebody else settled this very payment. */
static enum err
settled_before(const struct order_pay *p, struct order_settled *s)
{
    if (p->told.status == PAY_DECLINED || p->told.status == PAY_CANCELLED)
        s->became = ORDER_SETTLED_DECLINED;
    else if (str_eq_c(s->payment.status, "late"))
        s->became = ORDER_SETTLED_LATE;
    return ERR_OK;
}

enum err
order_pay_end(struct db *db, struct arena *a, const struct pay_desk *desk,
    const struct order_pay *p, struct cache *cache, struct fault *flt)
{
    const struct order_settle_in in = {.provider = pay_find(desk, p->pm.provider),
        .told = &p->told,
        .payment = &p->pm,
        .actor = order_actor(a, p->who)};
    struct order_settled s;
    enum err e;

    if (p->paid)
        return ERR_OK;
    e = order_settle(db, a, cache, &in, &s, flt);
    if (e == ERR_OK && s.became == ORDER_SETTLED_NOTHING)
        e = settled_before(p, &s);
    return e == ERR_OK ? answer(&s, flt) : e;
}

enum err
order_pay(struct db *db, struct arena *a, const struct pay_desk *desk, struct order_pay *p,
    struct cache *cache, struct fault *flt)
{
    enum err e = order_pay_begin(db, a, p, flt);

    if (e == ERR_OK)
        e = order_pay_ask(desk, a, p, flt);
    return e == ERR_OK ? order_pay_end(db, a, desk, p, cache, flt) : e;
}

enum err
order_pay_open(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    struct payment **out, size_t *n)
{
    struct order o;
    enum err e = order_get(db, a, who, id, &o);

    return e == ERR_OK ? payment_open_all(db, a, o.id, out, n) : e;
}
