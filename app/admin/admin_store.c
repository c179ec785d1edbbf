/* The SQL of the back office's own figures and lists. Knows no HTTP; changes nothing but
 * the keys of the stock form. */
#include "admin/admin_store.h"

enum {
    SQL_PLACED,
    SQL_DAYS,
    SQL_WAITING,
    SQL_LOW,
    SQL_LOW_COUNT,
    SQL_REFUNDS,
    SQL_STOCK_KEY,
    SQL__MAX
};

/* low_available is set for SKUs with few pieces only, so the condition reads just them;
 * from there on row by row, whatever the optimizer thinks of the sizes of the tables. */
#define FROM_LOW                                                                         \
    " FROM stock s FORCE INDEX (stock_low)"                                              \
    " JOIN sku k FORCE INDEX (PRIMARY) ON k.id = s.sku_id AND k.status = 'active'"       \
    " JOIN product p FORCE INDEX (PRIMARY) ON p.id = k.product_id AND p.status = "       \
    "'active'"                                                                           \
    " WHERE s.low_available >= 0"

static const char *const sqls[SQL__MAX] = {
    [SQL_PLACED] = "SELECT SUM(created_at < ?), SUM(created_at >= ?) FROM orders"
                   " WHERE created_at >= ?",
    [SQL_DAYS] = "SELECT created_at DIV 86400000 AS day, COUNT(*), SUM(amount - refunded)"
                 " FROM payment WHERE status = 'succeeded' AND created_at >= ?"
                 " AND currency = ? GROUP BY day",
    [SQL_WAITING] = "SELECT COUNT(*) FROM (SELECT id FROM orders WHERE status = 'paid'"
                    " LIMIT ?) w",
    [SQL_LOW] =
        "SELECT STRAIGHT_JOIN p.id, s.low_available, k.sku, p.name, k.variant" FROM_LOW
        " ORDER BY s.low_available, s.sku_id LIMIT ?",
    [SQL_LOW_COUNT] =
        "SELECT COUNT(*) FROM (SELECT STRAIGHT_JOIN s.sku_id" FROM_LOW " LIMIT ?) w",
    [SQL_REFUNDS] = "SELECT r.amount, r.created_at, r.reason, r.actor, p.provider,"
                    " p.reference FROM payment p JOIN refund r ON r.payment_id = p.id"
                    " WHERE p.order_id = ? ORDER BY r.id",
    [SQL_STOCK_KEY] = "INSERT INTO idempotency_key (scope, idem_key, body_hash, order_id,"
                      " http_status, answer, created_at) VALUES (?, ?, ?, ?, 303, '', ?)",
};

enum err
admin_store_placed(
    struct db *db, struct arena *a, int64_t today_ms, int64_t *yesterday, int64_t *today)
{
    const struct db_val v[] = {
        DB_I64(today_ms), DB_I64(today_ms), DB_I64(today_ms - DAY_MS)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sqls[SQL_PLACED], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *yesterday = db_i64(&r, 0, 0);
    *today = db_i64(&r, 0, 1);
    return ERR_OK;
}

enum err
admin_store_days(struct db *db, struct arena *a, int64_t from_day, struct str currency,
    struct admin_day **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(from_day * DAY_MS), DB_STR(currency)};
    struct db_rows r;
    enum err e;
    size_t i;

    if ((e = db_query(db, sqls[SQL_DAYS], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n, sizeof(**out));
    *n = r.n;
    for (i = 0; i < r.n; i++)
        (*out)[i] = (struct admin_day){.day = db_i64(&r, i, 0),
            .orders = db_i64(&r, i, 1),
            .revenue = db_i64(&r, i, 2)};
    return ERR_OK;
}

static enum err
capped_count(struct db *db, struct arena *a, const char *sql, int64_t *n)
{
    const struct db_val v[] = {DB_I64(ADMIN_COUNT_MAX)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sql, v, NELEM(v), a, &r)) == ERR_OK)
        *n = db_i64(&r, 0, 0);
    return e;
}

enum err
admin_store_waiting(struct db *db, struct arena *a, int64_t *n)
{
    return capped_count(db, a, sqls[SQL_WAITING], n);
}

enum err
admin_store_low_count(struct db *db, struct arena *a, int64_t *n)
{
    return capped_count(db, a, sqls[SQL_LOW_COUNT], n);
}

enum err
admin_store_low(
    struct db *db, struct arena *a, int64_t limit, struct admin_low **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(limit)};
    struct db_rows r;
    enum err e;
    size_t i;

    if ((e = db_query(db, sqls[SQL_LOW], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n, sizeof(**out));
    *n = r.n;
    for (i = 0; i < r.n; i++)
        (*out)[i] = (struct admin_low){.product_id = db_i64(&r, i, 0),
            .available = db_i64(&r, i, 1),
            .sku = db_str(&r, i, 2),
            .name = db_str(&r, i, 3),
            .variant = db_str(&r, i, 4)};
    return ERR_OK;
}

enum err
admin_store_refunds(struct db *db, struct arena *a, int64_t order_id,
    struct admin_refund **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(order_id)};
    struct db_rows r;
    enum err e;
    size_t i;

    if ((e = db_query(db, sqls[SQL_REFUNDS], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n, sizeof(**out));
    *n = r.n;
    for (i = 0; i < r.n; i++)
        (*out)[i] = (struct admin_refund){.amount = db_i64(&r, i, 0),
            .created_at = db_i64(&r, i, 1),
            .reason = db_str(&r, i, 2),
            .actor = db_str(&r, i, 3),
            .provider = db_str(&r, i, 4),
            .reference = db_str(&r, i, 5)};
    return ERR_OK;
}

enum err
admin_store_stock_key(struct db *db, struct str scope, struct str key,
    struct str body_hash, int64_t product_id, int64_t now)
{
    const struct db_val v[] = {
        DB_STR(scope), DB_STR(key), DB_STR(body_hash), DB_I64(product_id), DB_I64(now)};

    return db_exec(db, sqls[SQL_STOCK_KEY], v, NELEM(v), NULL);
}
