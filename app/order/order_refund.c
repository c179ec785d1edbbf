/* Giving money back. A refund locks the order, then its payment, and the payment's own
 * UPDATE has the last word on what is left. */
#include "order/order_parts.h"

#include "base/buf.h"
#include "base/clock.h"
#include "order/order_json.h"
#include "payment/payment.h"

#define ANSWER_MAX ((size_t)1 << 20)

static enum err
refuse_refund(struct fault *flt, const char *why)
{
    return fault_set(flt, ERR_CONFLICT, "not_refundable", "%s", why);
}

enum err
order_refund_locked(struct db *db, struct arena *a, const struct order *o,
    const struct order_giving *g, enum order_status *now_in, struct fault *flt)
{
    struct payment pm;
    enum err e = payment_lock(db, a, o->id, &pm);

    if (e == ERR_NOT_FOUND)
        return refuse_refund(flt, "The order has not been paid.");
    if (e != ERR_OK)
        return e;
    e = payment_refund(db, pm.id, g->amount, g->reason, g->actor, g->now);
    if (e == ERR_OK)
        e = order_store_refunded(db, o->id, g->amount, g->now);
    if (e == ERR_CONFLICT)
        return refuse_refund(flt, "That is more than is left of the payment.");
    if (e != ERR_OK)
        return e;
    *now_in = ORDER_PARTIALLY_REFUNDED;
    if (o->refunded + g->amount == o->total)
        *now_in = ORDER_REFUNDED;
    return order_state_change(db, o->id, o->status, *now_in, g->actor, g->reason, g->now);
}

struct refunding {
    struct arena *a;
    const struct order_refund_in *in;
    struct order_answer *out;
    struct fault *flt;
};

/* Give back what is asked, or all that is left. */
static enum err
give(struct db *db, const struct refunding *rf)
{
    struct order_giving g = {.amount = rf->in->amount,
        .now = clock_ms(),
        .reason = rf->in->reason.p != NULL ? rf->in->reason : STR(""),
        .actor = rf->in->actor};
    enum order_status now_in;
    struct order o;
    int64_t left;
    enum err e;

    if ((e = order_store_lock(db, rf->a, NULL, rf->in->id, &o)) != ERR_OK)
        return e;
    left = o.total - o.refunded;
    if (str_eq(o.payment_status, STR("unpaid")) || left == 0)
        return refuse_refund(rf->flt, "There is nothing left to give back.");
    if (g.amount == -1)
        g.amount = left;
    if (g.amount > left) {
        (void)fault_field(rf->flt, "/amount", "out_of_range", "more than is left");
        fault_extra_i64(rf->flt, "left", left);
        return refuse_refund(rf->flt, "That is more than is left of the payment.");
    }
    return order_refund_locked(db, rf->a, &o, &g, &now_in, rf->flt);
}

static enum err
answer(struct db *db, const struct refunding *rf)
{
    struct order_full f;
    struct jout j;
    struct buf b;
    enum err e = order_get_full(db, rf->a, rf->in->id, &f);

    if (e != ERR_OK)
        return e;
    buf_init_arena(&b, rf->a, ANSWER_MAX);
    jout_init(&j, &b);
    order_admin_jout(&j, &f);
    if (b.overflow)
        return ERR_TOO_LARGE;
    *rf->out = (struct order_answer){
        .order_id = rf->in->id, .http_status = 200, .body = buf_view(&b)};
    return order_idem_answer(db, &rf->in->once, rf->out);
}

static enum err
refund_tx(struct db *db, void *arg)
{
    const struct refunding *rf = arg;
    enum err e;

    fault_clear(rf->flt);
    e = order_idem_claim(db, rf->a, &rf->in->once, rf->in->id, rf->out, rf->flt);
    if (e != ERR_OK || rf->out->replayed)
        return e;
    e = give(db, rf);
    return e == ERR_OK ? answer(db, rf) : e;
}

enum err
order_refund_once(struct db *db, struct arena *a, const struct order_refund_in *in,
    struct order_answer *out, struct fault *flt)
{
    struct refunding rf = {.a = a, .in = in, .out = out, .flt = flt};

    if (in->amount != -1 && in->amount < 1)
        return fault_field(flt, "/amount/amount", "out_of_range", "must be above 0");
    return db_tx(db, refund_tx, &rf);
}

enum err
order_refund(struct db *db, struct arena *a, int64_t id, int64_t amount,
    struct str reason, const char *actor, struct fault *flt)
{
    const struct order_refund_in in = {
        .id = id, .amount = amount, .reason = reason, .actor = actor};
    struct order_answer unused;

    return order_refund_once(db, a, &in, &unused, flt);
}
