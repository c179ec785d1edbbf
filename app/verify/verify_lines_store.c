/* The walk over order lines: what the ledger, parcels, returns and refunds say of each is
 * read once, in the order of the lines, and gathered there. */
#include "verify/verify_walk_priv.h"

enum { SQL_LINES, SQL_MOVES, SQL_PARCELS, SQL_RETURNS, SQL_REFUNDS, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    [SQL_LINES] =
        "SELECT STRAIGHT_JOIN l.id, l.sku_id, l.quantity, l.line_total, l.discount,"
        " l.tax, l.tax_inclusive, l.shipped, l.withdrawn, l.returned, l.restocked,"
        " l.refunded, l.refunded_amount, o.status, o.currency"
        " FROM order_line l LEFT JOIN orders o ON o.id = l.order_id"
        VERIFY_BETWEEN("l.id") " LIMIT ?",
    [SQL_MOVES] = "SELECT order_line_id, id, kind, sku_id, quantity"
                  " FROM stock_move" VERIFY_BETWEEN("order_line_id"),
    [SQL_PARCELS] = "SELECT order_line_id, quantity"
                    " FROM shipment_line" VERIFY_BETWEEN("order_line_id"),
    [SQL_RETURNS] = "SELECT order_line_id, quantity, restock"
                    " FROM order_return_line" VERIFY_BETWEEN("order_line_id"),
    [SQL_REFUNDS] = "SELECT order_line_id, quantity, amount, withdrawn, restocked"
                    " FROM refund_line" VERIFY_BETWEEN("order_line_id"),
};

/* Whose row it is; NULL when that is not there. Rows come in the order of ids. */
static struct verify_item *
item_of(struct verify_walk *w, const struct db_val *id)
{
    while (w->at < w->n && w->items[w->at].id < id->i)
        w->at++;
    return w->at < w->n && w->items[w->at].id == id->i ? &w->items[w->at] : NULL;
}

static enum err
a_line(void *arg, const struct db_val *v, size_t cols)
{
    struct verify_walk *w = arg;
    struct verify_item *l = &w->items[w->n++];

    (void)cols;
    *l = (struct verify_item){.id = verify_int(v),
        .sku_id = verify_int(&v[1]),
        .quantity = verify_int(&v[2]),
        .line_total = verify_int(&v[3]),
        .discount = verify_int(&v[4]),
        .tax = verify_int(&v[5]),
        .tax_inclusive = verify_int(&v[6]) != 0,
        .shipped = verify_int(&v[7]),
        .withdrawn = verify_int(&v[8]),
        .returned = verify_int(&v[9]),
        .restocked = verify_int(&v[10]),
        .refunded = verify_int(&v[11]),
        .refunded_amount = verify_int(&v[12]),
        .ordered = v[13].t != DBT_NULL,
        .status = verify_status(&v[13])};
    verify_text(l->currency, sizeof(l->currency), &v[14]);
    return ERR_OK;
}

static enum err
a_move(void *arg, const struct db_val *v, size_t cols)
{
    struct verify_walk *w = arg;
    struct verify_item *l = item_of(w, v);
    int64_t quantity = verify_int(&v[4]);

    (void)cols;
    verify_judge_move(w->found, verify_int(&v[1]), l != NULL);
    if (l == NULL)
        return ERR_OK;
    add_to(&l->moves.net, quantity);
    if (verify_says(&v[2], "sale")) {
        l->moves.sales++;
        take_from(&l->moves.sold, quantity);
    } else if (verify_says(&v[2], "return")) {
        add_to(&l->moves.returned, quantity);
    }
    if (verify_int(&v[3]) != l->sku_id)
        l->moves.other_sku = true;
    return ERR_OK;
}

static enum err
a_parcel(void *arg, const struct db_val *v, size_t cols)
{
    struct verify_item *l = item_of(arg, v);

    (void)cols;
    if (l != NULL)
        add_to(&l->by_parts.shipped, verify_int(&v[1]));
    return ERR_OK;
}

static enum err
a_return(void *arg, const struct db_val *v, size_t cols)
{
    struct verify_item *l = item_of(arg, v);

    (void)cols;
    if (l == NULL)
        return ERR_OK;
    add_to(&l->by_parts.returned, verify_int(&v[1]));
    if (verify_int(&v[2]) != 0)
        add_to(&l->by_parts.returned_restocked, verify_int(&v[1]));
    return ERR_OK;
}

static enum err
a_refund(void *arg, const struct db_val *v, size_t cols)
{
    struct verify_item *l = item_of(arg, v);

    (void)cols;
    if (l == NULL)
        return ERR_OK;
    add_to(&l->by_parts.refunded, verify_int(&v[1]));
    add_to(&l->by_parts.refunded_amount, verify_int(&v[2]));
    add_to(&l->by_parts.withdrawn, verify_int(&v[3]));
    add_to(&l->by_parts.restocked, verify_int(&v[4]));
    return ERR_OK;
}

enum err
verify_walk_lines(struct verify_walk *w, int64_t lo, int64_t hi)
{
    const struct verify_reading own = {sqls[SQL_LINES], a_line};
    const struct verify_reading others[] = {
        {sqls[SQL_MOVES], a_move},
        {sqls[SQL_PARCELS], a_parcel},
        {sqls[SQL_RETURNS], a_return},
        {sqls[SQL_REFUNDS], a_refund},
    };
    enum err e = ERR_OK;
    int64_t to;

    for (; lo < hi && e == ERR_OK; lo = to) {
        if ((e = verify_slice_begin(w, &own, lo, hi)) != ERR_OK)
            return e;
        to = w->n < w->max ? hi : w->items[w->n - 1].id;
        e = verify_slice_gather(w, others, NELEM(others), lo, to);
        for (size_t i = 0; i < w->n && e == ERR_OK; i++)
            verify_judge_item(w->found, &w->items[i]);
    }
    return e;
}
