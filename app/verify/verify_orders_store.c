/* The walk over orders: each table is read once, in the order of the orders its rows
 * belong to, and gathered there. Only reads by an index of the schema, one after the
 * other, and no groups: that is what makes a million orders a matter of seconds. */
#include <string.h>

#include "order/order.h"
#include "verify/verify_walk_priv.h"

enum { SQL_ORDERS, SQL_LINES, SQL_EVENTS, SQL_PAYMENTS, SQL_SHIPMENTS, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    [SQL_ORDERS] =
        "SELECT id, status, payment_status, fulfilment_status, currency, subtotal,"
        " discount, shipping, tax, total, refunded, tax_included, shipping_tax,"
        " shipping_tax_inclusive, expires_at, due_at, event_n"
        " FROM orders" VERIFY_BETWEEN("id") " LIMIT ?",
    [SQL_LINES] = "SELECT order_id, unit_price, quantity, line_total, discount, tax,"
                  " tax_inclusive, shipped, withdrawn, returned"
                  " FROM order_line" VERIFY_BETWEEN("order_id") ", line_no",
    [SQL_EVENTS] = "SELECT order_id, seq, status_from, status_to"
                   " FROM order_event" VERIFY_BETWEEN("order_id") ", seq",
    /* One row a refund, at least one a payment. */
    [SQL_PAYMENTS] =
        "SELECT STRAIGHT_JOIN p.order_id, p.id, p.status, p.amount, p.currency,"
        " p.refunded, COALESCE(r.amount, 0), COALESCE(r.status, 'succeeded')"
        " FROM payment p LEFT JOIN refund r ON r.payment_id = p.id"
        VERIFY_BETWEEN("p.order_id") ", p.id",
    [SQL_SHIPMENTS] = "SELECT order_id FROM shipment" VERIFY_BETWEEN("order_id"),
};

/* Whose row it is; NULL when that is not there. Rows come in the order of ids. */
static struct verify_order *
order_of(struct verify_walk *w, const struct db_val *id)
{
    while (w->at < w->n && w->orders[w->at].id < id->i)
        w->at++;
    return w->at < w->n && w->orders[w->at].id == id->i ? &w->orders[w->at] : NULL;
}

static enum err
an_order(void *arg, const struct db_val *v, size_t cols)
{
    struct verify_walk *w = arg;
    struct verify_order *o = &w->orders[w->n++];

    (void)cols;
    *o = (struct verify_order){.id = verify_int(v), .status = verify_status(&v[1])};
    verify_text(o->payment_status, sizeof(o->payment_status), &v[2]);
    verify_text(o->fulfilment, sizeof(o->fulfilment), &v[3]);
    verify_text(o->currency, sizeof(o->currency), &v[4]);
    o->subtotal = verify_int(&v[5]);
    o->discount = verify_int(&v[6]);
    o->shipping = verify_int(&v[7]);
    o->tax = verify_int(&v[8]);
    o->total = verify_int(&v[9]);
    o->refunded = verify_int(&v[10]);
    o->tax_included = verify_int(&v[11]);
    o->shipping_tax = verify_int(&v[12]);
    o->shipping_inclusive = verify_int(&v[13]) != 0;
    o->expires_at = verify_int(&v[14]);
    o->due = v[15].t != DBT_NULL;
    o->due_at = verify_int(&v[15]);
    o->event_n = verify_int(&v[16]);
    o->events.to = VERIFY_NOTHING;
    return ERR_OK;
}

static enum err
a_line_of_an_order(void *arg, const struct db_val *v, size_t cols)
{
    struct verify_order *o = order_of(arg, v);
    int64_t quantity = verify_int(&v[2]), total;

    (void)cols;
    if (o == NULL)
        return ERR_OK;
    o->lines.n++;
    if (__builtin_mul_overflow(verify_int(&v[1]), quantity, &total) ||
        total != verify_int(&v[3]))
        o->lines.miscounted = true;
    add_to(&o->lines.total, verify_int(&v[3]));
    add_to(&o->lines.discount, verify_int(&v[4]));
    add_to(verify_int(&v[6]) != 0 ? &o->lines.tax_included : &o->lines.tax,
        verify_int(&v[5]));
    add_to(&o->lines.shipped, verify_int(&v[7]));
    add_to(&o->lines.open, quantity);
    take_from(&o->lines.open, verify_int(&v[7]));
    take_from(&o->lines.open, verify_int(&v[8]));
    add_to(&o->lines.returned, verify_int(&v[9]));
    return ERR_OK;
}

static bool
may_become(int from, int to)
{
    if (from == VERIFY_NOTHING)
        return to == ORDER_PENDING;
    return from >= 0 && to >= 0 &&
           order_may_become((enum order_status)from, (enum order_status)to);
}

static enum err
an_event(void *arg, const struct db_val *v, size_t cols)
{
    struct verify_order *o = order_of(arg, v);
    int64_t seq = verify_int(&v[1]);
    int from = verify_status(&v[2]), to = verify_status(&v[3]);

    (void)cols;
    if (o == NULL)
        return ERR_OK;
    if (o->events.n++ == 0)
        o->events.first = seq;
    o->events.last = seq;
    if (from != o->events.to || !may_become(from, to))
        o->events.jumped = true;
    o->events.to = to;
    if (seq == o->event_n && to == o->status)
        o->events.led++;
    return ERR_OK;
}

/* All refunds of the payment have been read. */
static void
end_payment(struct verify_walk *w)
{
    if (w->payment.id != 0)
        verify_judge_payment(w->found, &w->payment, w->payer);
    w->payment.id = 0;
}

static bool
one_of(const struct db_val *v, const char *const *known, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (verify_says(v, known[i]))
            return true;
    return false;
}

static void
begin_payment(struct verify_walk *w, const struct db_val *v)
{
    static const char *const states[] = {
        "started", "succeeded", "declined", "late", "mismatch"};
    struct verify_payment *p = &w->payment;
    struct verify_order *o = order_of(w, v);

    *p = (struct verify_payment){.id = verify_int(&v[1]),
        .succeeded = verify_says(&v[2], "succeeded"),
        .late = verify_says(&v[2], "late"),
        .stateless = !one_of(&v[2], states, NELEM(states)),
        .amount = verify_int(&v[3]),
        .refunded = verify_int(&v[5])};
    verify_text(p->currency, sizeof(p->currency), &v[4]);
    w->payer = o;
    if (o == NULL || !p->succeeded)
        return;
    o->paid.n++;
    add_to(&o->paid.amount, p->amount);
    add_to(&o->paid.refunded, p->refunded);
    if (strcmp(p->currency, o->currency) != 0)
        o->paid.foreign = true;
}

static enum err
a_refund_of_a_payment(void *arg, const struct db_val *v, size_t cols)
{
    static const char *const states[] = {"started", "succeeded", "failed"};
    struct verify_walk *w = arg;

    (void)cols;
    if (w->payment.id != verify_int(&v[1])) {
        end_payment(w);
        begin_payment(w, v);
    }
    add_to(&w->payment.refunds, verify_int(&v[6]));
    if (!one_of(&v[7], states, NELEM(states)))
        w->payment.stateless = true;
    return ERR_OK;
}

static enum err
a_shipment(void *arg, const struct db_val *v, size_t cols)
{
    struct verify_order *o = order_of(arg, v);

    (void)cols;
    if (o != NULL)
        o->shipments++;
    return ERR_OK;
}

enum err
verify_walk_orders(
    struct verify_walk *w, int64_t lo, int64_t hi, int64_t *to, int64_t *orders)
{
    const struct verify_reading own = {sqls[SQL_ORDERS], an_order};
    const struct verify_reading others[] = {
        {sqls[SQL_LINES], a_line_of_an_order},
        {sqls[SQL_EVENTS], an_event},
        {sqls[SQL_PAYMENTS], a_refund_of_a_payment},
        {sqls[SQL_SHIPMENTS], a_shipment},
    };
    enum err e = verify_slice_begin(w, &own, lo, hi);

    if (e != ERR_OK)
        return e;
    *orders = (int64_t)w->n;
    *to = w->n < w->max ? hi : w->orders[w->n - 1].id;
    e = verify_slice_gather(w, others, NELEM(others), lo, *to);
    end_payment(w);
    for (size_t i = 0; i < w->n && e == ERR_OK; i++)
        verify_judge_order(w->found, &w->orders[i]);
    return e;
}
