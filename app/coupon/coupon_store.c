/* Coupons in the database. Decides nothing. */
#include "coupon/coupon_store.h"

#include "db/db_insert.h"

#define COLS                                                                             \
    "id, code, kind, value, currency, minimum, starts_at, ends_at, limit_total,"         \
    " limit_per_account, used, active, version, created_at, updated_at"

enum {
    SQL_CODE,
    SQL_GET,
    SQL_GET_LOCK,
    SQL_LIST,
    SQL_COUNT,
    SQL_USED,
    SQL_WALK,
    SQL_ADD,
    SQL_CHANGE,
    SQL_REMOVE,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_CODE] = "SELECT " COLS " FROM coupon WHERE code = ?",
    [SQL_GET] = "SELECT " COLS " FROM coupon WHERE id = ?",
    [SQL_GET_LOCK] = "SELECT " COLS " FROM coupon WHERE id = ? FOR UPDATE",
    [SQL_LIST] = "SELECT " COLS " FROM coupon ORDER BY id DESC LIMIT ? OFFSET ?",
    [SQL_WALK] = "SELECT " COLS " FROM coupon WHERE id < ? ORDER BY id DESC LIMIT ?",
    [SQL_COUNT] = "SELECT COUNT(*) FROM coupon",
    [SQL_USED] = "UPDATE coupon SET used = used + ? WHERE id = ? AND used + ? >= 0",
    [SQL_ADD] = "INSERT INTO coupon (" COLS ")"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 1, ?, ?)",
    [SQL_CHANGE] = "UPDATE coupon SET code = ?, kind = ?, value = ?, currency = ?,"
                   " minimum = ?, starts_at = ?, ends_at = ?, limit_total = ?,"
                   " limit_per_account = ?, active = ?, version = version + 1,"
                   " updated_at = ? WHERE id = ?",
    [SQL_REMOVE] = "DELETE FROM coupon WHERE id = ?",
};

static const char ids_head[] = "SELECT id FROM coupon WHERE code IN ";
static const char lock_head[] = "SELECT " COLS " FROM coupon WHERE id IN ";
static const char lock_tail[] = " ORDER BY id FOR UPDATE";
static int64_t
time_of(const struct db_rows *r, size_t i, size_t col)
{
    return db_is_null(r, i, col) ? -1 : db_i64(r, i, col);
}

static enum coupon_kind
kind_of(struct str s)
{
    for (int k = COUPON_PERCENT; k < COUPON_FREE_SHIPPING; k++)
        if (str_eq_c(s, coupon_kind_text((enum coupon_kind)k)))
            return (enum coupon_kind)k;
    return COUPON_FREE_SHIPPING;
}

static void
from_row(const struct db_rows *r, size_t i, struct coupon *c)
{
    *c = (struct coupon){.id = db_i64(r, i, 0),
        .p = {.code = db_str(r, i, 1),
            .kind = kind_of(db_str(r, i, 2)),
            .value = db_i64(r, i, 3),
            .currency = db_str(r, i, 4),
            .minimum = db_i64(r, i, 5)},
        .starts_at = time_of(r, i, 6),
        .ends_at = time_of(r, i, 7),
        .limit_total = db_i64(r, i, 8),
        .limit_per_account = db_i64(r, i, 9),
        .used = db_i64(r, i, 10),
        .active = db_i64(r, i, 11) != 0,
        .version = db_i64(r, i, 12),
        .created_at = db_i64(r, i, 13),
        .updated_at = db_i64(r, i, 14)};
}

static enum err
one(struct db *db, struct arena *a, const char *sql, struct db_val key,
    struct coupon *out)
{
    struct db_rows r;
    enum err e = db_row(db, sql, &key, 1, a, &r);

    if (e == ERR_OK)
        from_row(&r, 0, out);
    return e;
}

enum err
coupon_store_code(struct db *db, struct arena *a, struct str code, struct coupon *out)
{
    return one(db, a, sqls[SQL_CODE], DB_STR(code), out);
}

enum err
coupon_get(struct db *db, struct arena *a, int64_t id, bool lock, struct coupon *out)
{
    return one(db, a, sqls[lock ? SQL_GET_LOCK : SQL_GET], DB_I64(id), out);
}

static enum err
rows_get(struct db *db, struct arena *a, const char *sql, const struct db_val v[2],
    struct coupon **out, size_t *n)
{
    struct db_rows r;
    enum err e = db_query(db, sql, v, 2, a, &r);

    if (e != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    *n = r.n;
    for (size_t i = 0; i < r.n; i++)
        from_row(&r, i, &(*out)[i]);
    return ERR_OK;
}

enum err
coupon_walk(struct db *db, struct arena *a, int64_t limit, int64_t after,
    struct coupon **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(after > 0 ? after : INT64_MAX), DB_I64(limit)};

    return rows_get(db, a, sqls[SQL_WALK], v, out, n);
}

enum err
coupon_list(struct db *db, struct arena *a, int64_t limit, int64_t skip,
    struct coupon **out, size_t *n, int64_t *total)
{
    const struct db_val v[] = {DB_I64(limit), DB_I64(skip)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sqls[SQL_COUNT], NULL, 0, a, &r)) != ERR_OK)
        return e;
    *total = db_i64(&r, 0, 0);
    return rows_get(db, a, sqls[SQL_LIST], v, out, n);
}

/* By their ids, which the codes give first: so that all lock in the same order, whatever
 * way the server finds the codes. */
enum err
coupon_store_lock(struct db *db, struct arena *a, const struct str *codes, size_t n,
    struct coupon **out, size_t *out_n)
{
    struct db_val *asked = arena_calloc(a, n + 1, sizeof(*asked)), *v;
    struct db_rows r;
    const char *sql;
    size_t i, v_n;
    enum err e;

    *out_n = 0;
    for (i = 0; i < n; i++)
        asked[i] = DB_STR(codes[i]);
    sql = db_in_list(a, ids_head, asked, n, "", &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK || r.n == 0)
        return e;
    for (i = 0; i < r.n; i++)
        asked[i] = DB_I64(db_i64(&r, i, 0));
    sql = db_in_list(a, lock_head, asked, r.n, lock_tail, &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    *out_n = r.n;
    for (i = 0; i < r.n; i++)
        from_row(&r, i, &(*out)[i]);
    return ERR_OK;
}

enum err
coupon_store_used(struct db *db, int64_t id, int64_t more)
{
    const struct db_val v[] = {DB_I64(more), DB_I64(id), DB_I64(more)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_USED], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e == ERR_INVALID ? ERR_INTERNAL : e;
    return rows == 1 ? ERR_OK : ERR_INTERNAL;
}

#define TIME(x) ((x) >= 0 ? DB_I64(x) : DB_NULL)

enum err
coupon_store_add(struct db *db, const struct coupon *c)
{
    const struct db_val v[] = {DB_I64(c->id), DB_STR(c->p.code),
        DB_STR(str_c(coupon_kind_text(c->p.kind))), DB_I64(c->p.value),
        DB_STRN(c->p.currency), DB_I64(c->p.minimum), TIME(c->starts_at),
        TIME(c->ends_at), DB_ID(c->limit_total), DB_ID(c->limit_per_account),
        DB_I64(c->active), DB_I64(c->created_at), DB_I64(c->updated_at)};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
coupon_store_change(struct db *db, const struct coupon *c)
{
    const struct db_val v[] = {DB_STR(c->p.code),
        DB_STR(str_c(coupon_kind_text(c->p.kind))), DB_I64(c->p.value),
        DB_STRN(c->p.currency), DB_I64(c->p.minimum), TIME(c->starts_at),
        TIME(c->ends_at), DB_ID(c->limit_total), DB_ID(c->limit_per_account),
        DB_I64(c->active), DB_I64(c->updated_at), DB_I64(c->id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_CHANGE], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_NOT_FOUND;
}

enum err
coupon_store_remove(struct db *db, int64_t id)
{
    const struct db_val v[] = {DB_I64(id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_REMOVE], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_NOT_FOUND;
}
