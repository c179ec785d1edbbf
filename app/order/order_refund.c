/* Giving money back, for lines or as an amount. A refund locks the order, then its
 * payment, and the payment's own UPDATE has the last word on what is left. */
#include "order/order_parts.h"

#include "base/crash.h"
#include "base/rand.h"
#include "payment/payment.h"

static enum err
refuse_refund(struct fault *flt, const char *why)
{
    return fault_set(flt, ERR_CONFLICT, "not_refundable", "%s", why);
}

enum err
order_refund_locked(struct db *db, struct arena *a, const struct order *o,
    const struct order_giving *g, enum order_status *now_in, struct fault *flt)
{
    struct order_step s = {.from = o->status,
        .to = ORDER_PARTIALLY_REFUNDED,
        .fulfilment = g->fulfilment,
        .actor = g->actor,
        .reason = g->reason,
        .now = g->now};
    struct payment pm;
    enum err e = payment_lock(db, a, o->id, &pm);

    if (e == ERR_NOT_FOUND)
        return refuse_refund(flt, "The order has not been paid.");
    if (e != ERR_OK)
        return e;
    e = payment_refund(db, &pm, g->refund_id != 0 ? g->refund_id : id_next(), g->amount,
        g->reason, g->actor, g->now);
    CRASH_POINT("order.refund.payment");
    if (e == ERR_OK)
        e = order_store_refunded(db, o->id, g->amount, g->now);
    if (e == ERR_CONFLICT)
        return refuse_refund(flt, "That is more than is left of the payment.");
    if (e != ERR_OK)
        return e;
    if (o->refunded + g->amount == o->total)
        s.to = ORDER_REFUNDED;
    if (s.from == s.to)
        s.what = "part_refunded";
    *now_in = s.to;
    return order_state_step(db, o->id, &s);
}

enum err
order_deed_refund(struct db *db, struct deed *d, const struct order_refund_line *plan,
    const struct order_giving *g)
{
    struct order_giving given = *g;
    enum order_status now_in = d->o.status;
    enum err e;
    size_t i;

    if (given.refund_id == 0)
        given.refund_id = id_next();
    for (i = 0; i < d->o.n; i++) {
        d->o.lines[i].refunded += plan[i].quantity;
        d->o.lines[i].refunded_amount += plan[i].amount;
        d->o.lines[i].withdrawn += plan[i].withdrawn;
        d->o.lines[i].restocked += plan[i].restocked;
    }
    given.fulfilment = order_fulfilment_of(
        str_eq_c(d->o.fulfilment_status, "completed"), d->o.lines, d->o.n);
    e = order_refund_locked(db, d->a, &d->o, &given, &now_in, d->flt);
    for (i = 0; i < d->o.n && e == ERR_OK; i++) {
        if (plan[i].quantity == 0)
            continue;
        e = order_store_refund_line(db, given.refund_id, d->o.lines[i].id, &plan[i]);
        if (e == ERR_OK)
            e = order_deed_restock(db, d, i, plan[i].restocked, given.refund_id);
    }
    if (e == ERR_OK)
        d->o.status = now_in;
    return e;
}

/* What the items ask as a plan for their lines, and the sum of it. */
static enum err
plan_items(
    const struct deed *d, bool restock, struct order_refund_line *plan, int64_t *sum)
{
    enum err e = order_deed_within(d, order_line_unrefunded, "not_refundable");

    *sum = 0;
    for (size_t i = 0; i < d->o.n && e == ERR_OK; i++) {
        const struct order_line *l = &d->o.lines[i];
        int64_t left = order_line_paid(l) - l->refunded_amount;
        int64_t open = order_line_open(l), units = d->units[i];

        if (units == 0)
            continue;
        plan[i].quantity = units;
        plan[i].amount = d->amount[i] >= 0 ? d->amount[i] : order_line_worth(l, units);
        plan[i].withdrawn = units < open ? units : open;
        plan[i].restocked = restock ? plan[i].withdrawn : 0;
        *sum += plan[i].amount;
        if (plan[i].amount <= left)
            continue;
        (void)order_deed_fault(
            d, i, "amount", "out_of_range", "more than is left of what it cost", left);
        e = refuse_refund(d->flt, "That is more than is left of what a line cost.");
    }
    return e;
}

/* Of an order refunded in whole no more is sent: what is left of one sent in part would
 * otherwise be neither here nor there, for it cannot be cancelled. */
static void
plan_rest(const struct deed *d, bool restock, struct order_refund_line *plan)
{
    for (size_t i = 0; i < d->o.n; i++) {
        int64_t rest = order_line_open(&d->o.lines[i]) - plan[i].withdrawn;

        plan[i].quantity += rest;
        plan[i].withdrawn += rest;
        plan[i].restocked += restock ? rest : 0;
    }
}

/* How much: what is asked, or the items' worth, or all that is left. */
static enum err
amount_find(const struct deed *d, const struct order_refund_in *in, int64_t items,
    int64_t *amount)
{
    int64_t left = d->o.total - d->o.refunded;

    *amount = in->amount;
    if (in->amount == -1)
        *amount = d->in->n > 0 ? items : left;
    if (*amount < items)
        return fault_field(d->flt, "/amount/amount", "out_of_range",
            "less than the items are worth: give them amounts");
    if (*amount == 0)
        return fault_field(
            d->flt, "/items", "out_of_range", "nothing was paid for these");
    if (*amount <= left)
        return ERR_OK;
    (void)fault_field(d->flt, "/amount", "out_of_range", "more than is left");
    fault_extra_i64(d->flt, "left", left);
    return refuse_refund(d->flt, "That is more than is left of the payment.");
}

static enum err
refund(struct db *db, struct deed *d)
{
    const struct order_refund_in *in = d->how;
    struct order_refund_line *plan = arena_calloc(d->a, d->o.n + 1, sizeof(*plan));
    struct order_giving g = {.now = d->now,
        .reason = in->reason.p != NULL ? in->reason : STR(""),
        .actor = d->in->actor};
    int64_t items;
    enum err e;

    if (str_eq_c(d->o.payment_status, "unpaid") || d->o.total == d->o.refunded)
        return refuse_refund(d->flt, "There is nothing left to give back.");
    if ((e = plan_items(d, in->restock, plan, &items)) != ERR_OK)
        return e;
    if ((e = amount_find(d, in, items, &g.amount)) != ERR_OK)
        return e;
    if (d->o.refunded + g.amount == d->o.total &&
        str_eq_c(d->o.fulfilment_status, "partially_shipped"))
        plan_rest(d, in->restock, plan);
    return order_deed_refund(db, d, plan, &g);
}

enum err
order_refund_once(struct db *db, struct arena *a, const struct order_refund_in *in,
    struct order_answer *out, struct fault *flt)
{
    struct deed d = {
        .a = a, .in = &in->deed, .how = in, .work = refund, .out = out, .flt = flt};

    if (in->amount != -1 && in->amount < 1)
        return fault_field(flt, "/amount/amount", "out_of_range", "must be above 0");
    return order_deed_do(db, &d);
}

enum err
order_refund(struct db *db, struct arena *a, int64_t id, int64_t amount,
    struct str reason, const char *actor, struct fault *flt)
{
    const struct order_refund_in in = {.deed = {.id = id, .actor = actor},
        .amount = amount,
        .restock = true,
        .reason = reason};
    struct order_answer unused;

    return order_refund_once(db, a, &in, &unused, flt);
}
