/* The invoice of an order, for printing. It shows what the order has stored, told apart by
 * price.h's functions: nothing is priced or rounded anew. */
#include "base/clock.h"
#include "order/order_http.h"
#include "web/order_view.h"
#include "web/page.h"

#define PARTS_MAX (ORDER_LINES_MAX + 1) /* the lines and the delivery */

bool
order_has_invoice(const struct order *o)
{
    return !str_eq_c(o->payment_status, "unpaid");
}

static struct price_part
shipping_part(const struct order *o)
{
    return (struct price_part){.amount = o->shipping,
        .tax = o->shipping_tax,
        .tax_ppm = o->shipping_tax_ppm,
        .tax_inclusive = o->shipping_tax_inclusive};
}

static void
part_fill(struct arena *a, struct tval *t, const struct price_part *p, struct str currency)
{
    view_money(a, t, "net", price_net(p), currency);
    tval_set_str(a, t, "rate", view_rate(a, p->tax_ppm));
    view_money(a, t, "tax", p->tax, currency);
    view_money(a, t, "gross", price_gross(p), currency);
}

static void
lines_fill(struct arena *a, struct tval *t, const struct order *o)
{
    struct tval *list = tval_add_arr(a, t, "lines");

    for (size_t i = 0; i < o->n; i++) {
        const struct order_line *l = &o->lines[i];
        const struct price_part p = order_line_part(l);
        struct tval *v = tval_push_obj(a, list);

        tval_set_str(a, v, "name", l->name);
        tval_set_str(a, v, "sku", l->sku);
        tval_set_i64(a, v, "quantity", l->quantity);
        view_money(a, v, "unit_price", l->unit_price, o->currency);
        if (l->discount > 0)
            view_money(a, v, "discount", l->discount, o->currency);
        else
            view_null(a, v, "discount");
        part_fill(a, v, &p, o->currency);
    }
}

static void
taxes_fill(struct arena *a, struct tval *t, const struct order *o)
{
    struct price_part part[PARTS_MAX];
    struct price_tax_sum sum[PARTS_MAX];
    struct tval *list = tval_add_arr(a, t, "taxes");
    size_t i, n = 0;

    for (i = 0; i < o->n && n < ORDER_LINES_MAX; i++)
        part[n++] = order_line_part(&o->lines[i]);
    if (o->shipping > 0) /* free delivery is no row of its own at its rate */
        part[n++] = shipping_part(o);
    n = price_tax_sums(part, n, sum);
    for (i = 0; i < n; i++) {
        struct tval *v = tval_push_obj(a, list);

        tval_set_str(a, v, "rate", view_rate(a, sum[i].ppm));
        tval_set_c(a, v, "how",
            sum[i].ppm == 0 ? "no tax" : sum[i].inclusive ? "included" : "added");
        view_money(a, v, "net", sum[i].net, o->currency);
        view_money(a, v, "tax", sum[i].tax, o->currency);
        view_money(a, v, "gross", sum[i].gross, o->currency);
    }
}

/* What was paid, and what went back of it. */
static enum err
money_fill(struct arena *a, struct db *db, struct tval *t, const struct order *o)
{
    struct tval *paid = tval_add_arr(a, t, "paid"), *back = tval_add_arr(a, t, "refunds");
    struct order_payment *p = NULL;
    size_t i, n = 0;
    enum err e = order_payments(db, a, o->id, &p, &n);

    if (e != ERR_OK)
        return e;
    for (i = 0; i < n; i++) {
        struct tval *v;

        if (!str_eq_c(p[i].status, "succeeded"))
            continue;
        v = tval_push_obj(a, paid);
        view_time(a, v, "time", p[i].created_at);
        view_money(a, v, "amount", p[i].amount, o->currency);
    }
    for (i = 0; i < o->history.refunds_n; i++) {
        struct tval *v = tval_push_obj(a, back);

        view_time(a, v, "time", o->history.refunds[i].created_at);
        view_money(a, v, "amount", o->history.refunds[i].amount, o->currency);
    }
    return ERR_OK;
}

enum err
order_http_invoice(struct req *rq, struct resp *rs, struct db *db,
    const struct shopper *who, int64_t id)
{
    struct arena *a = rq->arena;
    struct tval *t = tval_obj(a), *ship;
    const struct price_rules *rules = NULL;
    struct price_part delivery;
    struct order o;
    enum err e = order_get(db, a, who, id, &o);

    if (e == ERR_OK && !order_has_invoice(&o))
        return fault_set(&rs->fault, ERR_CONFLICT, "not_paid",
            "There is an invoice once the order is paid.");
    if (e == ERR_OK)
        e = app_rules(rq, &rules);
    if (e == ERR_OK)
        e = money_fill(a, db, t, &o);
    if (e != ERR_OK)
        return e;
    view_order_head(a, t, &o);
    tval_set_fmt(a, t, "title", "Invoice %.*s", STR_F(o.number));
    tval_set_fmt(a, t, "back", who != NULL ? "/orders/%lld" : "/admin/orders/%lld",
        (long long)id);
    view_address(a, t, &o.address);
    lines_fill(a, t, &o);
    ship = tval_add_obj(a, t, "delivery");
    delivery = shipping_part(&o);
    tval_set_str(
        a, ship, "method", view_order_method(a, rules, o.address.country, &o));
    part_fill(a, ship, &delivery, o.currency);
    taxes_fill(a, t, &o);
    view_order_totals(
        a, t, &o, view_order_method(a, rules, o.address.country, &o));
    return page_send(rq, rs, 200, "invoice", t);
}
