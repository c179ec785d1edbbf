/* What was sent, refunded and taken back of an order, read for those who look at it. */
#include "order/order_parts.h"

enum { SQL_SHIPMENTS, SQL_REFUNDS, SQL_RETURNS, SQL__MAX };

/* One shape for all three, a row a line: id, time, two texts, amount, and of the line its
 * id, quantity, amount and whether it went back on the shelf. */
static const char *const sqls[SQL__MAX] = {
    [SQL_SHIPMENTS] = "SELECT s.id, s.created_at, s.carrier, s.tracking, 0,"
                      " x.order_line_id, x.quantity, 0, 0 FROM shipment s"
                      " LEFT JOIN shipment_line x ON x.shipment_id = s.id"
                      " WHERE s.order_id = ? ORDER BY s.id, x.order_line_id",
    [SQL_REFUNDS] = "SELECT r.id, r.created_at, r.reason, r.actor, r.amount,"
                    " x.order_line_id, x.quantity, x.amount, x.restocked > 0"
                    " FROM payment p JOIN refund r ON r.payment_id = p.id"
                    " LEFT JOIN refund_line x ON x.refund_id = r.id"
                    " WHERE p.paid_order_id = ? ORDER BY r.id, x.order_line_id",
    [SQL_RETURNS] = "SELECT t.id, t.created_at, t.reason, t.actor, 0,"
                    " x.order_line_id, x.quantity, 0, x.restock FROM order_return t"
                    " LEFT JOIN order_return_line x ON x.return_id = t.id"
                    " WHERE t.order_id = ? ORDER BY t.id, x.order_line_id",
};

static void
part_line(
    const struct order *o, const struct db_rows *r, size_t row, struct order_part *part)
{
    struct order_part_line *x = &part->lines[part->n++];

    *x = (struct order_part_line){.line_id = db_i64(r, row, 5),
        .quantity = db_i64(r, row, 6),
        .amount = db_i64(r, row, 7)};
    part->restock = part->restock || db_i64(r, row, 8) != 0;
    for (size_t i = 0; i < o->n; i++)
        if (o->lines[i].id == x->line_id) {
            x->sku = o->lines[i].sku;
            x->name = o->lines[i].name;
        }
}

static enum err
parts_get(struct db *db, struct arena *a, const struct order *o, int which,
    struct order_part **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(o->id)};
    struct order_part_line *lines;
    struct order_part *p;
    struct db_rows r;
    enum err e;

    if ((e = db_query(db, sqls[which], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = p = arena_calloc(a, r.n + 1, sizeof(*p));
    lines = arena_calloc(a, r.n + 1, sizeof(*lines));
    *n = 0;
    for (size_t i = 0; i < r.n; i++) {
        if (*n == 0 || p[*n - 1].id != db_i64(&r, i, 0))
            p[(*n)++] = (struct order_part){.id = db_i64(&r, i, 0),
                .created_at = db_i64(&r, i, 1),
                .amount = db_i64(&r, i, 4),
                .lines = lines + i};
        if (which == SQL_SHIPMENTS) {
            p[*n - 1].carrier = db_str(&r, i, 2);
            p[*n - 1].tracking = db_str(&r, i, 3);
        } else {
            p[*n - 1].reason = db_str(&r, i, 2);
            p[*n - 1].actor = db_str(&r, i, 3);
        }
        if (!db_is_null(&r, i, 5))
            part_line(o, &r, i, &p[*n - 1]);
    }
    return ERR_OK;
}

enum err
order_history_get(struct db *db, struct arena *a, struct order *o)
{
    struct order_history *h = &o->history;
    enum err e;

    *h = (struct order_history){.shipments = NULL};
    /* Most orders looked at have none of it: nothing can be sent or refunded unpaid. */
    if (str_eq_c(o->payment_status, "unpaid"))
        return ERR_OK;
    if (str_eq_c(o->payment_status, "paid") && str_eq_c(o->fulfilment_status, "unfulfilled"))
        return ERR_OK;
    e = parts_get(db, a, o, SQL_SHIPMENTS, &h->shipments, &h->shipments_n);
    if (e == ERR_OK)
        e = parts_get(db, a, o, SQL_REFUNDS, &h->refunds, &h->refunds_n);
    if (e == ERR_OK)
        e = parts_get(db, a, o, SQL_RETURNS, &h->returns, &h->returns_n);
    return e;
}
