/* The SQL of what unpaid orders hold. The schema's CHECKs are the caps. */
#include "base/buf.h"
#include "db/db_insert.h"
#include "order/order_parts.h"

#define COLS 5
#define SQL_MAX ((size_t)16 << 10)

static const char add_head[] =
    "INSERT INTO hold_counter (owner, orders, units, orders_max, units_max) VALUES"
    " (?,?,?,?,?)";
static const char add_tail[] =
    " ON DUPLICATE KEY UPDATE orders = orders + VALUES(orders),"
    " units = units + VALUES(units), orders_max = VALUES(orders_max),"
    " units_max = VALUES(units_max)";
static const char lock_head[] =
    "SELECT owner, orders, units FROM hold_counter WHERE owner IN ";
static const char lock_tail[] = " ORDER BY owner FOR UPDATE";
static const char release_head[] =
    "UPDATE hold_counter h JOIN (SELECT o.hold_owner AS owner,"
    " COUNT(DISTINCT o.id) AS orders, SUM(l.quantity) AS units FROM orders o"
    " JOIN order_line l ON l.order_id = o.id WHERE o.hold_owner IS NOT NULL AND o.id IN ";
static const char release_tail[] =
    " GROUP BY o.hold_owner) t ON t.owner = h.owner"
    " SET h.orders = h.orders - t.orders, h.units = h.units - t.units";
static const char forget_sql[] = "DELETE FROM hold_counter WHERE owner LIKE 'a:%'"
                                 " AND orders = 0 AND units = 0 LIMIT ?";

/* Filled up to a power of two with rows that add nothing, so that few texts are prepared. */
enum err
hold_store_add(struct db *db, struct arena *a, const struct hold *h, size_t n)
{
    size_t i, full = 1;
    struct db_val *v, *at;
    struct buf sql;

    while (full < n)
        full *= 2;
    v = at = arena_calloc(a, full * COLS, sizeof(*v));
    buf_init_arena(&sql, a, SQL_MAX);
    buf_c(&sql, add_head);
    for (i = 0; i < full; i++) {
        const struct hold *one = &h[i < n ? i : n - 1];

        if (i > 0)
            buf_c(&sql, ",(?,?,?,?,?)");
        *at++ = DB_STR(one->owner);
        *at++ = DB_I64(i < n ? one->orders : 0);
        *at++ = DB_I64(i < n ? one->units : 0);
        *at++ = DB_I64(one->orders_max);
        *at++ = DB_I64(one->units_max);
    }
    buf_c(&sql, add_tail);
    return db_exec(db, buf_cstr(&sql), v, full * COLS, NULL);
}

enum err
hold_store_lock(struct db *db, struct arena *a, struct hold *h, size_t n)
{
    struct db_val *owner = arena_calloc(a, n, sizeof(*owner)), *v;
    struct db_rows r;
    const char *sql;
    size_t i, k, v_n;
    enum err e;

    for (i = 0; i < n; i++)
        owner[i] = DB_STR(h[i].owner);
    sql = db_in_list(a, lock_head, owner, n, lock_tail, &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    /* Both are in the order of owners. */
    for (i = k = 0; i < n && k < r.n; i++) {
        if (!str_eq(h[i].owner, db_str(&r, k, 0)))
            continue;
        h[i].orders = db_i64(&r, k, 1);
        h[i].units = db_i64(&r, k++, 2);
    }
    return ERR_OK;
}

/* How many rows that are only the orders know, so none are expected here: a figure that
 * would fall below zero is refused by the schema, a missing one found by `souk verify`. */
enum err
hold_store_release(
    struct db *db, struct arena *a, const struct order_at *o, size_t n)
{
    struct db_val *id = arena_calloc(a, n, sizeof(*id)), *v;
    const char *sql;
    size_t i, v_n;
    enum err e;

    for (i = 0; i < n; i++)
        id[i] = DB_I64(o[i].id);
    sql = db_in_list(a, release_head, id, n, release_tail, &v, &v_n);
    e = db_exec(db, sql, v, v_n, NULL);
    return e == ERR_INVALID ? ERR_INTERNAL : e;
}

enum err
hold_store_forget(struct db *db, int64_t limit, int64_t *n)
{
    const struct db_val v[] = {DB_I64(limit)};
    uint64_t rows = 0;
    enum err e = db_exec(db, forget_sql, v, NELEM(v), &rows);

    *n = (int64_t)rows;
    return e;
}
