/* Redemptions in the database: which order holds which slot of a coupon. Decides nothing. */
#include "coupon/coupon_store.h"

#include "db/db_insert.h"

enum { SQL_TOP, SQL_SLOTS, SQL_RELEASED, SQL_AGAIN, SQL_MOST, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    [SQL_TOP] = "SELECT MAX(slot) FROM coupon_redemption WHERE coupon_id = ?",
    [SQL_SLOTS] = "SELECT slot FROM coupon_redemption WHERE coupon_id = ?"
                  " AND slot IS NOT NULL ORDER BY slot",
    [SQL_RELEASED] = "SELECT order_id, coupon_id, who FROM coupon_redemption"
                     " WHERE order_id = ? AND released_at IS NOT NULL",
    [SQL_AGAIN] = "UPDATE coupon_redemption SET slot = ?, who_slot = ?,"
                  " released_at = NULL WHERE order_id = ? AND released_at IS NOT NULL",
    [SQL_MOST] = "SELECT COUNT(*) FROM coupon_redemption WHERE coupon_id = ?"
                 " AND released_at IS NULL GROUP BY who ORDER BY COUNT(*) DESC LIMIT 1",
};

static const char held_head[] = "SELECT coupon_id, who_slot, who FROM coupon_redemption"
                                " WHERE released_at IS NULL AND coupon_id IN ";
static const char held_more[] = " AND who IN ";
static const char redeem_head[] =
    "INSERT INTO coupon_redemption (order_id, coupon_id, slot, who, who_slot, created_at)"
    " VALUES";
#define REDEEM_COLS 6
static const char of_orders_head[] = "SELECT order_id, coupon_id FROM coupon_redemption"
                                     " WHERE released_at IS NULL AND order_id IN ";
static const char of_orders_tail[] = " ORDER BY coupon_id, order_id";
static const char release_head[] = "UPDATE coupon_redemption SET slot = NULL,"
                                   " who_slot = NULL, released_at = ?"
                                   " WHERE released_at IS NULL AND order_id IN ";

/* "... IN (ids) AND who IN (hashes)" and its values. */
static const char *
held_sql(struct arena *a, const struct coupon_holders *h, struct db_val **v, size_t *v_n)
{
    struct db_val *ids = arena_calloc(a, h->ids_n + 1, sizeof(*ids));
    struct db_val *who = arena_calloc(a, h->who_n + 1, sizeof(*who)), *vi, *vw;
    size_t i, ids_n, who_n;
    const char *sql;

    for (i = 0; i < h->ids_n; i++)
        ids[i] = DB_I64(h->coupon_ids[i]);
    for (i = 0; i < h->who_n; i++)
        who[i] = DB_STR(h->who[i]);
    sql = db_in_list(a, held_head, ids, h->ids_n, held_more, &vi, &ids_n);
    sql = db_in_list(a, sql, who, h->who_n, "", &vw, &who_n);
    *v_n = ids_n + who_n;
    *v = arena_calloc(a, *v_n, sizeof(**v));
    for (i = 0; i < *v_n; i++)
        (*v)[i] = i < ids_n ? vi[i] : vw[i - ids_n];
    return sql;
}

enum err
coupon_store_held(struct db *db, struct arena *a, const struct coupon_holders *h,
    struct coupon_held **out, size_t *out_n)
{
    struct db_val *v;
    struct db_rows r;
    size_t v_n;
    const char *sql = held_sql(a, h, &v, &v_n);
    enum err e = db_query(db, sql, v, v_n, a, &r);

    if (e != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    *out_n = r.n;
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = (struct coupon_held){.coupon_id = db_i64(&r, i, 0),
            .who_slot = db_i64(&r, i, 1),
            .who = db_str(&r, i, 2)};
    return ERR_OK;
}

enum err
coupon_store_top(struct db *db, struct arena *a, int64_t coupon_id, int64_t *slot)
{
    const struct db_val v[] = {DB_I64(coupon_id)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sqls[SQL_TOP], v, NELEM(v), a, &r)) == ERR_OK)
        *slot = db_i64(&r, 0, 0);
    return e;
}

enum err
coupon_store_slots(
    struct db *db, struct arena *a, int64_t coupon_id, int64_t **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(coupon_id)};
    struct db_rows r;
    enum err e;

    if ((e = db_query(db, sqls[SQL_SLOTS], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    *n = r.n;
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = db_i64(&r, i, 0);
    return ERR_OK;
}

enum err
coupon_store_redeem(
    struct db *db, struct arena *a, const struct redemption *r, size_t n, int64_t now)
{
    struct db_val *v = arena_calloc(a, n * REDEEM_COLS, sizeof(*v)), *at = v;

    for (size_t i = 0; i < n; i++) {
        *at++ = DB_I64(r[i].order_id);
        *at++ = DB_I64(r[i].coupon_id);
        *at++ = DB_I64(r[i].slot);
        *at++ = DB_STR(r[i].who);
        *at++ = DB_ID(r[i].who_slot);
        *at++ = DB_I64(now);
    }
    return db_insert_rows(db, a, redeem_head, v, n, REDEEM_COLS);
}

enum err
coupon_store_of_orders(struct db *db, struct arena *a, const int64_t *order_ids, size_t n,
    struct redemption **out, size_t *out_n)
{
    struct db_val *asked = arena_calloc(a, n + 1, sizeof(*asked)), *v;
    struct db_rows r;
    const char *sql;
    size_t i, v_n;
    enum err e;

    for (i = 0; i < n; i++)
        asked[i] = DB_I64(order_ids[i]);
    sql = db_in_list(a, of_orders_head, asked, n, of_orders_tail, &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    *out_n = r.n;
    for (i = 0; i < r.n; i++)
        (*out)[i] = (struct redemption){
            .order_id = db_i64(&r, i, 0), .coupon_id = db_i64(&r, i, 1)};
    return ERR_OK;
}

enum err
coupon_store_release(
    struct db *db, struct arena *a, const struct redemption *r, size_t n, int64_t now)
{
    struct db_val *asked = arena_calloc(a, n + 1, sizeof(*asked)), *v, *all;
    uint64_t rows = 0;
    const char *sql;
    size_t i, v_n;
    enum err e;

    for (i = 0; i < n; i++)
        asked[i] = DB_I64(r[i].order_id);
    sql = db_in_list(a, release_head, asked, n, "", &v, &v_n);
    all = arena_calloc(a, v_n + 1, sizeof(*all));
    all[0] = DB_I64(now);
    for (i = 0; i < v_n; i++)
        all[i + 1] = v[i];
    if ((e = db_exec(db, sql, all, v_n + 1, &rows)) != ERR_OK)
        return e;
    return rows == n ? ERR_OK : ERR_INTERNAL;
}

enum err
coupon_store_released(
    struct db *db, struct arena *a, int64_t order_id, struct redemption *out)
{
    const struct db_val v[] = {DB_I64(order_id)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sqls[SQL_RELEASED], v, NELEM(v), a, &r)) == ERR_OK)
        *out = (struct redemption){.order_id = db_i64(&r, 0, 0),
            .coupon_id = db_i64(&r, 0, 1),
            .who = db_str(&r, 0, 2)};
    return e;
}

enum err
coupon_store_again(struct db *db, const struct redemption *r)
{
    const struct db_val v[] = {DB_I64(r->slot), DB_ID(r->who_slot), DB_I64(r->order_id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_AGAIN], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_INTERNAL;
}

enum err
coupon_store_most(struct db *db, struct arena *a, int64_t coupon_id, int64_t *out)
{
    const struct db_val v[] = {DB_I64(coupon_id)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_MOST], v, NELEM(v), a, &r);

    *out = e == ERR_OK ? db_i64(&r, 0, 0) : 0;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}
