/* What becomes of an order's lines, in the database: their counters and the rows of
 * parcels, refunds and returns that the counters add up. Decides nothing. */
#include "order/order_parts.h"

enum {
    SQL_LINES,
    SQL_SAVE,
    SQL_SHIP,
    SQL_SHIP_LINE,
    SQL_REFUND_LINE,
    SQL_RETURN,
    SQL_RETURN_LINE,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_LINES] =
        "SELECT " ORDER_LINE_COLS " FROM order_line WHERE order_id = ? ORDER BY sku_id",
    /* Only from what was read: a second writer finds it changed. */
    [SQL_SAVE] = "UPDATE order_line SET shipped = ?, withdrawn = ?, returned = ?,"
                 " restocked = ?, refunded = ?, refunded_amount = ? WHERE id = ?"
                 " AND shipped = ? AND withdrawn = ? AND returned = ?"
                 " AND restocked = ? AND refunded = ? AND refunded_amount = ?",
    [SQL_SHIP] = "INSERT INTO shipment (id, order_id, carrier, tracking, created_at)"
                 " VALUES (?, ?, ?, ?, ?)",
    [SQL_SHIP_LINE] = "INSERT INTO shipment_line (shipment_id, order_line_id, quantity)"
                      " VALUES (?, ?, ?)",
    [SQL_REFUND_LINE] = "INSERT INTO refund_line (refund_id, order_line_id, quantity,"
                        " amount, withdrawn, restocked) VALUES (?, ?, ?, ?, ?, ?)",
    [SQL_RETURN] = "INSERT INTO order_return (id, order_id, refund_id, reason, actor,"
                   " created_at) VALUES (?, ?, ?, ?, ?, ?)",
    [SQL_RETURN_LINE] = "INSERT INTO order_return_line (return_id, order_line_id,"
                        " quantity, restock) VALUES (?, ?, ?, ?)",
};

struct order_line
order_line_from_row(const struct db_rows *r, size_t row)
{
    return (struct order_line){.id = db_i64(r, row, 0),
        .product_id = db_i64(r, row, 1),
        .sku_id = db_i64(r, row, 2),
        .unit_price = db_i64(r, row, 3),
        .quantity = db_i64(r, row, 4),
        .line_total = db_i64(r, row, 5),
        .sku = db_str(r, row, 6),
        .name = db_str(r, row, 7),
        .shipped = db_i64(r, row, 8),
        .withdrawn = db_i64(r, row, 9),
        .returned = db_i64(r, row, 10),
        .restocked = db_i64(r, row, 11),
        .refunded = db_i64(r, row, 12),
        .refunded_amount = db_i64(r, row, 13),
        .discount = db_i64(r, row, 14),
        .tax = db_i64(r, row, 15),
        .tax_ppm = db_i64(r, row, 16),
        .tax_inclusive = db_i64(r, row, 17) != 0};
}

enum err
order_store_lines(
    struct db *db, struct arena *a, int64_t id, struct order_line **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e;

    if ((e = db_query(db, sqls[SQL_LINES], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    *n = r.n;
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = order_line_from_row(&r, i);
    return ERR_OK;
}

enum err
order_store_line_save(
    struct db *db, const struct order_line *was, const struct order_line *is)
{
    const struct db_val v[] = {DB_I64(is->shipped), DB_I64(is->withdrawn),
        DB_I64(is->returned), DB_I64(is->restocked), DB_I64(is->refunded),
        DB_I64(is->refunded_amount), DB_I64(is->id), DB_I64(was->shipped),
        DB_I64(was->withdrawn), DB_I64(was->returned), DB_I64(was->restocked),
        DB_I64(was->refunded), DB_I64(was->refunded_amount)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_SAVE], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_BUSY;
}

enum err
order_store_ship(struct db *db, int64_t shipment_id, int64_t order_id, struct str carrier,
    struct str tracking, int64_t now)
{
    const struct db_val v[] = {DB_I64(shipment_id), DB_I64(order_id), DB_STR(carrier),
        DB_STR(tracking), DB_I64(now)};

    return db_exec(db, sqls[SQL_SHIP], v, NELEM(v), NULL);
}

enum err
order_store_ship_line(
    struct db *db, int64_t shipment_id, int64_t line_id, int64_t quantity)
{
    const struct db_val v[] = {DB_I64(shipment_id), DB_I64(line_id), DB_I64(quantity)};

    return db_exec(db, sqls[SQL_SHIP_LINE], v, NELEM(v), NULL);
}

enum err
order_store_refund_line(
    struct db *db, int64_t refund_id, int64_t line_id, const struct order_refund_line *r)
{
    const struct db_val v[] = {DB_I64(refund_id), DB_I64(line_id), DB_I64(r->quantity),
        DB_I64(r->amount), DB_I64(r->withdrawn), DB_I64(r->restocked)};

    return db_exec(db, sqls[SQL_REFUND_LINE], v, NELEM(v), NULL);
}

enum err
order_store_return(struct db *db, int64_t return_id, int64_t order_id, int64_t refund_id,
    struct str reason, const char *actor, int64_t now)
{
    const struct db_val v[] = {DB_I64(return_id), DB_I64(order_id), DB_ID(refund_id),
        DB_STR(str_utf8_cut(reason, 300)), DB_STR(str_c(actor)), DB_I64(now)};

    return db_exec(db, sqls[SQL_RETURN], v, NELEM(v), NULL);
}

enum err
order_store_return_line(
    struct db *db, int64_t return_id, int64_t line_id, int64_t quantity, bool restock)
{
    const struct db_val v[] = {
        DB_I64(return_id), DB_I64(line_id), DB_I64(quantity), DB_I64(restock)};

    return db_exec(db, sqls[SQL_RETURN_LINE], v, NELEM(v), NULL);
}
