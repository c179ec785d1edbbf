/* Payments and refunds in the database. The WHERE and the schema's UNIQUE keys decide;
 * row counts go up. */
#include "payment/payment_store.h"

enum { SQL_ADD, SQL_CLOSE, SQL_LOCK, SQL_TAKE_BACK, SQL_REFUND, SQL_STALE, SQL_SETTLES, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    [SQL_ADD] = "INSERT INTO payment (id, order_id, provider, reference, status, amount,"
                " currency, refunded, created_at, updated_at)"
                " VALUES (?, ?, '" PAYMENT_PROVIDER "', ?, 'started', ?, ?, 0, ?, ?)",
    [SQL_CLOSE] = "UPDATE payment SET status = ?, updated_at = ?"
                  " WHERE id = ? AND status = 'started'",
    [SQL_LOCK] = "SELECT id, order_id, amount, refunded, reference, currency, status"
                 " FROM payment WHERE paid_order_id = ? FOR UPDATE",
    [SQL_TAKE_BACK] = "UPDATE payment SET refunded = refunded + ?, updated_at = ?"
                      " WHERE id = ? AND status = 'succeeded' AND refunded + ? <= amount",
    [SQL_REFUND] =
        "INSERT INTO refund (id, payment_id, amount, reason, actor, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
    [SQL_STALE] = "UPDATE payment SET status = 'declined', updated_at = ?"
                  " WHERE status = 'started' AND created_at < ?"
                  " AND (settles_by IS NULL OR settles_by < ?)"
                  " ORDER BY created_at LIMIT ?",
    [SQL_SETTLES] =
        "UPDATE payment SET settles_by = ? WHERE id = ? AND status = 'started'",
};

enum err
payment_store_add(struct db *db, const struct payment *p, int64_t now)
{
    const struct db_val v[] = {DB_I64(p->id), DB_I64(p->order_id), DB_STR(p->reference),
        DB_I64(p->amount), DB_STR(p->currency), DB_I64(now), DB_I64(now)};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
payment_store_close(
    struct db *db, int64_t id, const char *status, int64_t now, uint64_t *rows)
{
    const struct db_val v[] = {DB_STR(str_c(status)), DB_I64(now), DB_I64(id)};

    return db_exec(db, sqls[SQL_CLOSE], v, NELEM(v), rows);
}

enum err
payment_store_lock(struct db *db, struct arena *a, int64_t order_id, struct payment *out)
{
    const struct db_val v[] = {DB_I64(order_id)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sqls[SQL_LOCK], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = (struct payment){.id = db_i64(&r, 0, 0),
        .order_id = db_i64(&r, 0, 1),
        .amount = db_i64(&r, 0, 2),
        .refunded = db_i64(&r, 0, 3),
        .reference = db_str(&r, 0, 4),
        .currency = db_str(&r, 0, 5),
        .status = db_str(&r, 0, 6)};
    return ERR_OK;
}

enum err
payment_store_take_back(
    struct db *db, int64_t id, int64_t amount, int64_t now, uint64_t *rows)
{
    const struct db_val v[] = {DB_I64(amount), DB_I64(now), DB_I64(id), DB_I64(amount)};

    return db_exec(db, sqls[SQL_TAKE_BACK], v, NELEM(v), rows);
}

enum err
payment_store_refund(struct db *db, int64_t id, int64_t payment_id, int64_t amount,
    struct str reason, const char *actor, int64_t now)
{
    const struct db_val v[] = {DB_I64(id), DB_I64(payment_id), DB_I64(amount),
        DB_STR(reason), DB_STR(str_c(actor)), DB_I64(now)};

    return db_exec(db, sqls[SQL_REFUND], v, NELEM(v), NULL);
}

enum err
payment_store_close_stale(
    struct db *db, int64_t before, int64_t now, int64_t limit, uint64_t *rows)
{
    const struct db_val v[] = {
        DB_I64(now), DB_I64(before), DB_I64(now), DB_I64(limit)};

    return db_exec(db, sqls[SQL_STALE], v, NELEM(v), rows);
}

enum err
payment_store_settles(struct db *db, int64_t id, int64_t by, uint64_t *rows)
{
    const struct db_val v[] = {DB_I64(by), DB_I64(id)};

    return db_exec(db, sqls[SQL_SETTLES], v, NELEM(v), rows);
}
