/* What a provider says of a payment becomes what the books say, in one transaction, whoever
 * heard of it first: the request that pays, a message, the sweep. The provider's word is
 * final and its words may come in any order and any number: what is so already changes
 * nothing. Money that the order cannot take, because it came too late or a second time,
 * goes back by itself. */
#include "order/order_parts.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "coupon/coupon.h"
#include "json/jout.h"
#include "outbox/outbox.h"

#define DATA_MAX 1000

struct settle {
    struct arena *a;
    const struct order_settle_in *in;
    struct order_settled *out;
    struct fault *flt;
    int64_t payment_id, order_id, now;
    bool give_back; /* the order cannot be had again */
    bool gone;      /* found out just now */
    bool repeat;    /* the message was acted on before */
    struct order_line *lines; /* taken again */
    size_t n;
};

enum err
order_revive(struct db *db, struct arena *a, const struct order *o, const char *actor,
    struct order_line **lines, size_t *n, struct fault *flt)
{
    enum err e = ERR_OK;

    *n = 0;
    if (o->coupon.n > 0)
        e = coupon_take_again(db, a, o->id);
    if (e == ERR_CONFLICT)
        return fault_set(flt, ERR_CONFLICT, "not_payable",
            "The order has expired and its coupon has been used up.");
    if (e == ERR_OK)
        e = order_store_units(db, a, o->id, lines, n);
    for (size_t i = 0; i < *n && e == ERR_OK; i++)
        e = stock_revive(
            db, (*lines)[i].sku_id, (*lines)[i].quantity, (*lines)[i].id, actor);
    if (e == ERR_CONFLICT)
        return fault_set(flt, ERR_CONFLICT, "not_payable",
            "The order has expired and its goods have been sold.");
    return e;
}

/* The message's row, with what it changes. */
static enum err
note_event(struct db *db, struct settle *s)
{
    const struct pay_event *ev = s->in->event;
    enum err e = ERR_OK;

    if (ev != NULL)
        e = payment_event_seen(db, s->in->provider, ev, s->payment_id, s->now);
    s->repeat = e == ERR_CONFLICT;
    return e;
}

/* The customer is told, by whoever tells customers. */
static enum err
tell(struct db *db, struct settle *s, const struct payment *pm, int64_t refund_id)
{
    struct jout j;
    struct buf b;

    buf_init_arena(&b, s->a, DATA_MAX);
    jout_init(&j, &b);
    jout_obj(&j);
    jout_kid(&j, "payment", pm->id);
    jout_kstr(&j, "reference", pm->reference);
    jout_kid(&j, "refund", refund_id);
    jout_key(&j, "amount");
    jout_obj(&j);
    jout_ki64(&j, "amount", pm->amount);
    jout_kstr(&j, "currency", pm->currency);
    jout_obj_end(&j);
    jout_obj_end(&j);
    return outbox_add(
        db, refund_id, "payment.late_refunded", s->order_id, buf_view(&b), s->now);
}

static enum err
take_back(struct db *db, struct settle *s, const struct payment *pm)
{
    int64_t refund_id;
    enum err e = payment_late(db, pm, s->now, &refund_id);

    s->out->became = ORDER_SETTLED_LATE;
    CRASH_POINT("order.settle.late");
    if (e == ERR_OK)
        e = tell(db, s, pm, refund_id);
    if (e == ERR_OK)
        e = note_event(db, s);
    if (e == ERR_OK)
        log_warn("order", "event=late_payment order=%" PRId64 " reference=%.*s",
            s->order_id, STR_F(pm->reference));
    return e;
}

static enum err
take(struct db *db, struct settle *s, const struct order *o, const struct payment *pm)
{
    enum err e = ERR_OK;

    if (s->give_back || (o->status != ORDER_PENDING && o->status != ORDER_EXPIRED))
        return take_back(db, s, pm);
    if (o->status == ORDER_EXPIRED)
        e = order_revive(db, s->a, o, s->in->actor, &s->lines, &s->n, s->flt);
    if (e == ERR_CONFLICT)
        s->gone = true; /* roll back what was taken of it */
    if (e == ERR_OK)
        e = payment_succeed(db, pm->id, s->now);
    if (e != ERR_OK)
        return e;
    CRASH_POINT("order.pay.succeeded");
    e = order_state_change(
        db, o->id, o->status, ORDER_PAID, s->in->actor, pm->reference, s->now);
    s->out->became = ORDER_SETTLED_PAID;
    return e == ERR_OK ? note_event(db, s) : e;
}

bool
order_settle_same(const struct payment *pm, const struct pay_told *t)
{
    return pm->amount == t->amount && str_eq(pm->currency, t->currency) &&
           str_eq(pm->reference, t->reference);
}

/* Somebody's mistake, or worse: a person must look. A message changes nothing at all. */
static enum err
mismatch(struct db *db, struct settle *s, const struct payment *pm)
{
    const struct pay_told *t = s->in->told;

    log_error("order",
        "event=payment_mismatch order=%" PRId64 " reference=%.*s asked=%" PRId64
        " told=%" PRId64,
        s->order_id, STR_F(pm->reference), pm->amount, t->amount);
    s->out->became = ORDER_SETTLED_MISMATCH;
    return s->in->event == NULL ? payment_mismatch(db, pm->id, s->now) : ERR_OK;
}

static enum err
step(struct db *db, struct settle *s, const struct order *o, const struct payment *pm)
{
    bool open = str_eq_c(pm->status, "started");
    enum err e;

    if (!order_settle_same(pm, s->in->told))
        return mismatch(db, s, pm);
    switch (s->in->told->status) {
    case PAY_SUCCEEDED:
        if (str_eq_c(pm->status, "succeeded") || str_eq_c(pm->status, "late"))
            return ERR_OK;
        return take(db, s, o, pm);
    case PAY_DECLINED:
    case PAY_CANCELLED:
        if (!open)
            return ERR_OK;
        s->out->became = ORDER_SETTLED_DECLINED;
        e = payment_decline(db, pm->id, s->now);
        return e == ERR_OK ? note_event(db, s) : e;
    case PAY_PENDING:
    case PAY_STATUS__MAX:
        break;
    }
    return ERR_OK;
}

/* The order's row before the payment's, as everywhere. */
static enum err
settle_tx(struct db *db, void *arg)
{
    struct settle *s = arg;
    struct payment pm;
    struct order o;
    enum err e;

    fault_clear(s->flt);
    *s->out = (struct order_settled){.order_id = s->order_id};
    s->gone = s->repeat = false;
    s->n = 0;
    if ((e = order_store_lock(db, s->a, NULL, s->order_id, &o)) != ERR_OK ||
        (e = payment_lock_id(db, s->a, s->payment_id, &pm)) != ERR_OK)
        return e;
    s->out->was = o.status;
    if ((e = step(db, s, &o, &pm)) != ERR_OK)
        return e;
    s->out->payment = pm;
    CRASH_POINT("order.pay.before_commit");
    return ERR_OK;
}

/* Most messages tell what the request that paid has heard already: those cost one read. */
static bool
known(const struct payment *pm, const struct pay_told *t)
{
    if (!order_settle_same(pm, t))
        return false;
    if (t->status == PAY_SUCCEEDED)
        return str_eq_c(pm->status, "succeeded") || str_eq_c(pm->status, "late");
    return !str_eq_c(pm->status, "started");
}

enum err
order_settle_known(struct db *db, struct arena *a, const struct pay_provider *p,
    const struct pay_event *ev, size_t n, bool *is_known)
{
    struct str *reference = arena_calloc(a, n + 1, sizeof(*reference));
    struct payment *pm = NULL;
    size_t refs = 0, found = 0;
    enum err e = ERR_OK;

    for (size_t i = 0; i < n; i++)
        if (ev[i].about)
            reference[refs++] = ev[i].told.reference;
    if (refs > 0)
        e = payment_find_many(db, a, str_c(p->name), reference, refs, &pm, &found);
    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        is_known[i] = !ev[i].about;
        for (size_t k = 0; k < found && !is_known[i]; k++)
            is_known[i] = known(&pm[k], &ev[i].told);
    }
    return e;
}

enum err
order_settle(struct db *db, struct arena *a, struct cache *cache,
    const struct order_settle_in *in, struct order_settled *out, struct fault *flt)
{
    struct settle s = {.a = a, .in = in, .out = out, .flt = flt, .now = clock_ms()};
    struct payment pm;
    enum err e = ERR_OK;

    *out = (struct order_settled){.order_id = 0};
    if (in->payment != NULL)
        pm = *in->payment;
    else
        e = payment_find(db, a, str_c(in->provider->name), in->told->reference, &pm);
    if (e != ERR_OK)
        return e;
    if (in->payment == NULL && known(&pm, in->told)) {
        *out = (struct order_settled){.order_id = pm.order_id, .payment = pm};
        return ERR_OK;
    }
    s.payment_id = pm.id;
    s.order_id = pm.order_id;
    e = db_tx(db, settle_tx, &s);
    if (e == ERR_CONFLICT && s.gone) {
        s.give_back = true;
        e = db_tx(db, settle_tx, &s);
    }
    CRASH_POINT("order.pay.committed");
    if (e == ERR_CONFLICT && s.repeat) {
        *out = (struct order_settled){.order_id = s.order_id};
        return ERR_OK;
    }
    if (e == ERR_OK && out->became == ORDER_SETTLED_PAID)
        order_products_changed(cache, s.lines, s.n);
    return e;
}

/* Ask what became of it, so that no answer can come any more that was not heard. */
static enum err
settle_one(struct db *db, struct arena *a, const struct pay_desk *desk,
    struct cache *cache, const struct payment *pm)
{
    const struct pay_provider *p = pay_find(desk, pm->provider);
    struct order_settle_in in = {.provider = p, .payment = pm, .actor = "sweep"};
    struct order_settled out;
    struct pay_told told;
    struct fault flt;
    enum err e;

    if (p == NULL)
        return ERR_OK;
    e = p->cancel(p->self, a, pm, &told);
    if (e != ERR_OK) {
        log_error("order", "event=not_settled reference=%.*s status=%d",
            STR_F(pm->reference), err_status(e));
        return e == ERR_UPSTREAM || e == ERR_BUSY ? ERR_UPSTREAM : ERR_OK;
    }
    CRASH_POINT("order.settle.asked");
    in.told = &told;
    e = order_settle(db, a, cache, &in, &out, &flt);
    if (e == ERR_OK)
        log_info("order", "event=settled reference=%.*s status=%.*s",
            STR_F(pm->reference), STR_F(out.payment.status));
    /* One that cannot be settled now holds up no other. */
    return e == ERR_UPSTREAM ? e : ERR_OK;
}

enum err
order_settle_overdue(struct db *db, struct arena *a, const struct pay_desk *desk,
    struct cache *cache, int64_t before_ms, int64_t now_ms, int64_t limit, int64_t *n)
{
    struct payment *pm;
    size_t due = 0;
    enum err e = payment_overdue(db, a, before_ms, now_ms, limit, &pm, &due);

    *n = 0;
    for (size_t i = 0; i < due && e == ERR_OK; i++) {
        e = settle_one(db, a, desk, cache, &pm[i]);
        *n += e == ERR_OK;
    }
    return e;
}
