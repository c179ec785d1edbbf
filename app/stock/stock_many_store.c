/* The SQL of stock for many SKUs in one statement. The text depends on counts alone. */
#include "stock/stock_store.h"

#include "base/buf.h"
#include "db/db_insert.h"

#define STEP 128
#define SQL_MAX ((size_t)16 << 10)

static const char lock_head[] = "SELECT sku_id, available FROM stock WHERE sku_id IN ";
static const char lock_tail[] = " ORDER BY sku_id FOR UPDATE";
static const char lock_free_tail[] = " ORDER BY sku_id FOR UPDATE SKIP LOCKED";
static const char take_head[] = "UPDATE stock SET available = available - CASE sku_id";
static const char take_middle[] = " END, version = version + 1 WHERE sku_id IN (";
static const char take_tail[] = ") AND available >= CASE sku_id";

static enum err
lock_some(struct db *db, struct arena *a, const int64_t *sku_id, size_t n, bool wait,
    int64_t *left)
{
    struct db_val *id = arena_calloc(a, n, sizeof(*id)), *v;
    struct db_rows r;
    const char *sql;
    size_t i, k, v_n;
    enum err e;

    for (i = 0; i < n; i++) {
        id[i] = DB_I64(sku_id[i]);
        left[i] = wait ? 0 : STOCK_LOCKED;
    }
    sql = db_in_list(a, lock_head, id, n, wait ? lock_tail : lock_free_tail, &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    /* Both are in sku_id order. */
    for (i = k = 0; i < n && k < r.n; i++)
        if (db_i64(&r, k, 0) == sku_id[i])
            left[i] = db_i64(&r, k++, 1);
    return ERR_OK;
}

enum err
stock_store_lock_many(struct db *db, struct arena *a, const int64_t *sku_id, size_t n,
    bool wait, int64_t *left)
{
    size_t at, step;
    enum err e;

    for (at = 0; at < n; at += step) {
        step = n - at < STEP ? n - at : STEP;
        if ((e = lock_some(db, a, sku_id + at, step, wait, left + at)) != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static const char *
take_sql(struct arena *a, size_t n)
{
    struct buf b;
    size_t i;

    buf_init_arena(&b, a, SQL_MAX);
    buf_c(&b, take_head);
    for (i = 0; i < n; i++)
        buf_c(&b, " WHEN ? THEN ?");
    buf_c(&b, take_middle);
    buf_c(&b, db_marks(a, n));
    buf_c(&b, take_tail);
    for (i = 0; i < n; i++)
        buf_c(&b, " WHEN ? THEN ?");
    buf_c(&b, " END");
    return buf_cstr(&b);
}

/* Filled up to a power of two by repeating the last SKU, of which the first WHEN counts. */
static enum err
take_some(struct db *db, struct arena *a, const int64_t *sku_id, const int64_t *units,
    size_t n)
{
    struct db_val *v;
    size_t i, full = 1;
    uint64_t rows = 0;
    enum err e;

    while (full < n)
        full *= 2;
    v = arena_calloc(a, 5 * full, sizeof(*v));
    for (i = 0; i < full; i++) {
        size_t k = i < n ? i : n - 1;

        v[2 * i] = v[2 * full + i] = v[3 * full + 2 * i] = DB_I64(sku_id[k]);
        v[2 * i + 1] = v[3 * full + 2 * i + 1] = DB_I64(units[k]);
    }
    if ((e = db_exec(db, take_sql(a, full), v, 5 * full, &rows)) != ERR_OK)
        return e;
    return rows == n ? ERR_OK : ERR_CONFLICT;
}

enum err
stock_store_take_many(struct db *db, struct arena *a, const int64_t *sku_id,
    const int64_t *units, size_t n)
{
    size_t at, step;
    enum err e;

    for (at = 0; at < n; at += step) {
        step = n - at < STEP ? n - at : STEP;
        if ((e = take_some(db, a, sku_id + at, units + at, step)) != ERR_OK)
            return e;
    }
    return ERR_OK;
}
