/* Orders in the database: one row at a time. Decides nothing: row counts go up to those
 * who do. Reading whole orders and lists is order_read.c's. */
#include "order/order_parts.h"

#include "base/rand.h"
#include "outbox/outbox.h"

enum {
    SQL_LOCK,
    SQL_LOCK_OWN,
    SQL_EVENT,
    SQL_STATUS,
    SQL_UNITS,
    SQL_REFUNDED,
    SQL_PROLONG,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_LOCK] = "SELECT " ORDER_COLS " FROM orders o WHERE o.id = ? FOR UPDATE",
    [SQL_LOCK_OWN] = "SELECT " ORDER_COLS " FROM orders o WHERE o.id = ?"
                     " AND o.account_id <=> ? AND o.guest_hash <=> ? FOR UPDATE",
    [SQL_EVENT] =
        "INSERT INTO order_event (id, order_id, seq, status_from, status_to, what, actor,"
        " reason, created_at) SELECT ?, o.id, o.event_n, ?, ?, ?, ?, ?, ?"
        " FROM orders o WHERE o.id = ?",
    /* No change leads to pending, so none sets due_at. */
    [SQL_STATUS] = "UPDATE orders SET status = ?, payment_status = COALESCE(?,"
                   " payment_status), fulfilment_status = COALESCE(?, fulfilment_status),"
                   " due_at = NULL, updated_at = ?, event_n = event_n + 1"
                   " WHERE id = ? AND status = ?",
    [SQL_UNITS] = "SELECT id, product_id, sku_id, quantity - withdrawn FROM order_line"
                  " WHERE order_id = ? AND quantity > withdrawn ORDER BY sku_id",
    [SQL_REFUNDED] = "UPDATE orders SET refunded = refunded + ?, updated_at = ?"
                     " WHERE id = ? AND refunded + ? <= total",
    [SQL_PROLONG] = "UPDATE orders SET expires_at = ?, due_at = ?, updated_at = ?"
                    " WHERE id = ? AND status = 'pending'",
};

static enum err
one_row(enum err e, uint64_t rows)
{
    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_CONFLICT;
}

enum err
order_from_row(const struct db_rows *r, size_t row, bool shipment, struct order *o)
{
    *o = (struct order){.id = db_i64(r, row, 0), .number = db_str(r, row, 1)};
    o->account_id = db_i64(r, row, 2);
    o->guest_hash = db_str(r, row, 3);
    o->email = db_str(r, row, 4);
    if (!order_status_parse(db_str(r, row, 5), &o->status))
        return ERR_INTERNAL;
    o->payment_status = db_str(r, row, 6);
    o->fulfilment_status = db_str(r, row, 7);
    o->currency = db_str(r, row, 8);
    o->subtotal = db_i64(r, row, 9);
    o->discount = db_i64(r, row, 10);
    o->shipping = db_i64(r, row, 11);
    o->tax = db_i64(r, row, 12);
    o->total = db_i64(r, row, 13);
    o->refunded = db_i64(r, row, 14);
    o->shipping_method = db_str(r, row, 15);
    o->address = (struct address){.name = db_str(r, row, 16),
        .line1 = db_str(r, row, 17),
        .line2 = db_str(r, row, 18),
        .city = db_str(r, row, 19),
        .region = db_str(r, row, 20),
        .postal_code = db_str(r, row, 21),
        .country = db_str(r, row, 22)};
    o->created_at = db_i64(r, row, 23);
    o->updated_at = db_i64(r, row, 24);
    o->expires_at = db_i64(r, row, 25);
    o->coupon = db_str(r, row, 26);
    o->tax_included = db_i64(r, row, 27);
    o->shipping_tax = db_i64(r, row, 28);
    o->shipping_tax_ppm = db_i64(r, row, 29);
    o->shipping_tax_inclusive = db_i64(r, row, 30) != 0;
    if (shipment && !db_is_null(r, row, ORDER_COLS_N)) {
        o->carrier = db_str(r, row, ORDER_COLS_N);
        o->tracking = db_str(r, row, ORDER_COLS_N + 1);
        o->shipped_at = db_i64(r, row, ORDER_COLS_N + 2);
    }
    return ERR_OK;
}

enum err
order_store_lock(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    struct order *out)
{
    static const struct shopper nobody = {.account_id = 0};
    const bool own = who != NULL;
    const struct shopper *w = own ? who : &nobody;
    const struct db_val v[] = {DB_I64(id), DB_ID(w->account_id), DB_STRN(w->guest_hash)};
    struct db_rows r;
    enum err e;

    e = db_row(db, sqls[own ? SQL_LOCK_OWN : SQL_LOCK], v, own ? NELEM(v) : 1, a, &r);
    return e == ERR_OK ? order_from_row(&r, 0, false, out) : e;
}

enum err
order_store_event(struct db *db, int64_t order_id, const struct order_step *s)
{
    const int64_t id = id_next();
    const struct db_val v[] = {DB_I64(id), DB_STR(str_c(order_status_text(s->from))),
        DB_STR(str_c(order_status_text(s->to))), DB_STRN(str_c(s->what)),
        DB_STR(str_c(s->actor)), DB_STR(str_utf8_cut(s->reason, 300)), DB_I64(s->now),
        DB_I64(order_id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_EVENT], v, NELEM(v), &rows);

    if ((e = one_row(e, rows)) != ERR_OK)
        return e;
    return outbox_add(
        db, id, order_event_type(s->to, s->what), order_id, STR_NULL, s->now);
}

enum err
order_store_status(struct db *db, int64_t id, const char *from, const char *to,
    const char *payment, const char *fulfilment, int64_t now)
{
    const struct db_val v[] = {DB_STR(str_c(to)), DB_STRN(str_c(payment)),
        DB_STRN(str_c(fulfilment)), DB_I64(now), DB_I64(id), DB_STR(str_c(from))};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_STATUS], v, NELEM(v), &rows);

    return one_row(e, rows);
}

enum err
order_store_units(
    struct db *db, struct arena *a, int64_t id, struct order_line **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e;
    size_t i;

    if ((e = db_query(db, sqls[SQL_UNITS], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (i = 0; i < r.n; i++) {
        (*out)[i].id = db_i64(&r, i, 0);
        (*out)[i].product_id = db_i64(&r, i, 1);
        (*out)[i].sku_id = db_i64(&r, i, 2);
        (*out)[i].quantity = db_i64(&r, i, 3);
    }
    *n = r.n;
    return ERR_OK;
}

enum err
order_store_refunded(struct db *db, int64_t id, int64_t amount, int64_t now)
{
    const struct db_val v[] = {DB_I64(amount), DB_I64(now), DB_I64(id), DB_I64(amount)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_REFUNDED], v, NELEM(v), &rows);

    return one_row(e, rows);
}

enum err
order_store_prolong(struct db *db, int64_t id, int64_t until, int64_t now)
{
    const struct db_val v[] = {DB_I64(until), DB_I64(until), DB_I64(now), DB_I64(id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_PROLONG], v, NELEM(v), &rows);

    return one_row(e, rows);
}
