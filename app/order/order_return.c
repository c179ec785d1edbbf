/* Goods that come back after they were shipped: in parts, on the shelf again or not, with
 * their money or not. */
#include "order/order_parts.h"

#include "base/rand.h"

static int64_t
out_there(const struct order_line *l)
{
    return l->shipped - l->returned;
}

/* Of the shipped units, those whose money has not gone back. */
static int64_t
paid_for(const struct order_line *l)
{
    return l->shipped - (l->refunded - l->withdrawn);
}

static enum err
refuse_return(const struct deed *d, const char *slug, const char *why)
{
    return fault_set(d->flt, ERR_CONFLICT, slug, "%s", why);
}

/* The money of what came back, which was counted already. */
static enum err
money_back(struct db *db, struct deed *d, const struct order_giving *g)
{
    struct order_refund_line *plan = arena_calloc(d->a, d->o.n + 1, sizeof(*plan));
    struct order_giving given = *g;
    enum err e = order_deed_within(d, paid_for, "not_refundable");

    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < d->o.n; i++) {
        if (d->units[i] == 0)
            continue;
        plan[i].quantity = d->units[i];
        plan[i].amount = order_line_worth(&d->o.lines[i], d->units[i]);
        given.amount += plan[i].amount;
    }
    if (given.amount == 0 || given.amount > d->o.total - d->o.refunded)
        return refuse_return(
            d, "not_refundable", "There is less left of the payment than they cost.");
    return order_deed_refund(db, d, plan, &given);
}

static enum err
rows_write(struct db *db, struct deed *d, int64_t refund_id)
{
    const struct order_return_in *in = d->how;
    struct str reason = in->reason.p != NULL ? in->reason : STR("");
    int64_t id = id_next();
    enum err e;

    e = order_store_return(db, id, d->o.id, refund_id, reason, d->in->actor, d->now);
    for (size_t i = 0; i < d->o.n && e == ERR_OK; i++) {
        if (d->units[i] == 0)
            continue;
        e = order_store_return_line(db, id, d->o.lines[i].id, d->units[i], in->restock);
        if (e == ERR_OK && in->restock)
            e = order_deed_restock(db, d, i, d->units[i], id);
    }
    return e;
}

static enum err
take_back(struct db *db, struct deed *d)
{
    const struct order_return_in *in = d->how;
    struct order_step s = {.from = d->o.status,
        .to = d->o.status,
        .what = "returned",
        .actor = d->in->actor,
        .reason = in->reason.p != NULL ? in->reason : STR(""),
        .now = d->now};
    const struct order_giving g = {.now = d->now,
        .reason = s.reason.n > 0 ? s.reason : STR("goods returned"),
        .actor = s.actor,
        .refund_id = in->refund ? id_next() : 0};
    enum err e = order_deed_within(d, out_there, "not_returnable");

    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < d->o.n; i++) {
        d->o.lines[i].returned += d->units[i];
        d->o.lines[i].restocked += in->restock ? d->units[i] : 0;
    }
    s.fulfilment = order_fulfilment_of(
        str_eq_c(d->o.fulfilment_status, "completed"), d->o.lines, d->o.n);
    if ((e = order_state_step(db, d->o.id, &s)) != ERR_OK)
        return e;
    if (in->refund && (e = money_back(db, d, &g)) != ERR_OK)
        return e;
    return rows_write(db, d, g.refund_id);
}

enum err
order_return_once(struct db *db, struct arena *a, const struct order_return_in *in,
    struct order_answer *out, struct fault *flt)
{
    struct deed d = {
        .a = a, .in = &in->deed, .how = in, .work = take_back, .out = out, .flt = flt};

    if (in->deed.n == 0)
        return fault_field(flt, "/items", "required", "what came back");
    return order_deed_do(db, &d);
}
