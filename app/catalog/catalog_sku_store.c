/* SKUs: what cart and order read of them, and the rows themselves for the catalogue's own
 * changes.  Stock figures are changed by stock/ alone. */
#include <string.h>

#include "base/buf.h"
#include "catalog/catalog_sku.h"
#include "catalog/catalog_store.h"
#include "db/db_insert.h"

#define SKUS_ASKED_MAX 100

enum { SQL_OF_PRODUCT, SQL_ADD, SQL_UPDATE, SQL__MAX };

#define ROW_COLUMNS "id, product_id, price, position, sku, variant, options, status"

static const char *const sqls[SQL__MAX] = {
    [SQL_OF_PRODUCT] = "SELECT " ROW_COLUMNS " FROM sku WHERE product_id = ? ORDER BY id",
    [SQL_ADD] = "INSERT INTO sku (" ROW_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_UPDATE] = ("UPDATE sku SET price = ?, position = ?, sku = ?, variant = ?,"
                    " options = ?, status = ? WHERE id = ? AND product_id = ?"),
};

static const char sql_named[] = "SELECT " ROW_COLUMNS " FROM sku WHERE sku IN ";

static const char by_code[] = "SELECT STRAIGHT_JOIN " CATALOG_SKU_COLUMNS(
    "NULL") " FROM sku s" CATALOG_SKU_JOINS " WHERE s.sku IN ";
static const char by_id[] = "SELECT STRAIGHT_JOIN " CATALOG_SKU_COLUMNS(
    CATALOG_SKU_IMAGE) " FROM sku s" CATALOG_SKU_JOINS CATALOG_SKU_IMAGE_JOIN
                       " WHERE s.id IN ";

void
catalog_sku_read(struct arena *a, const struct db_rows *r, size_t i, struct sku_info *s)
{
    struct str variant = db_str(r, i, 6);

    s->sku_id = db_i64(r, i, 0);
    s->product_id = db_i64(r, i, 1);
    s->unit_price = db_i64(r, i, 2);
    s->available = db_i64(r, i, 3);
    s->sku = db_str(r, i, 4);
    s->name = db_str(r, i, 5);
    if (variant.n > 0)
        s->name = arena_printf(a, "%.*s – %.*s", STR_F(s->name), STR_F(variant));
    s->currency = db_str(r, i, 7);
    s->slug = db_str(r, i, 8);
    s->image = db_str(r, i, 9);
    s->active =
        str_eq_c(db_str(r, i, 10), "active") && str_eq_c(db_str(r, i, 11), "active");
    s->category_id = db_i64(r, i, 12);
}

enum err
catalog_skus(struct db *db, struct arena *a, const struct str *skus, size_t n,
    struct sku_info *out)
{
    struct db_val asked[SKUS_ASKED_MAX], *v;
    struct db_rows r;
    const char *sql;
    size_t i, k, v_n;
    enum err e;

    if (n > SKUS_ASKED_MAX)
        return ERR_TOO_LARGE;
    if (n == 0)
        return ERR_OK;
    for (i = 0; i < n; i++) {
        asked[i] = DB_STR(skus[i]);
        out[i] = (struct sku_info){.sku_id = 0};
    }
    sql = db_in_list(a, by_code, asked, n, "", &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    for (i = 0; i < n; i++)
        for (k = 0; k < r.n; k++)
            if (str_eq(skus[i], db_str(&r, k, 4)))
                catalog_sku_read(a, &r, k, &out[i]);
    return ERR_OK;
}

enum err
catalog_skus_by_id(
    struct db *db, struct arena *a, const int64_t *ids, size_t n, struct sku_info *out)
{
    struct db_val asked[SKUS_ASKED_MAX], *v;
    struct db_rows r;
    const char *sql;
    size_t i, k, v_n;
    enum err e;

    if (n > SKUS_ASKED_MAX)
        return ERR_TOO_LARGE;
    if (n == 0)
        return ERR_OK;
    for (i = 0; i < n; i++) {
        asked[i] = DB_I64(ids[i]);
        out[i] = (struct sku_info){.sku_id = 0};
    }
    sql = db_in_list(a, by_id, asked, n, "", &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    for (i = 0; i < n; i++)
        for (k = 0; k < r.n; k++)
            if (ids[i] == db_i64(&r, k, 0))
                catalog_sku_read(a, &r, k, &out[i]);
    return ERR_OK;
}

static struct sku_row *
rows_read(struct arena *a, const struct db_rows *r)
{
    struct sku_row *s = arena_calloc(a, r->n, sizeof(*s));
    size_t i;

    for (i = 0; i < r->n; i++) {
        s[i].id = db_i64(r, i, 0);
        s[i].product_id = db_i64(r, i, 1);
        s[i].price = db_i64(r, i, 2);
        s[i].position = db_i64(r, i, 3);
        s[i].sku = db_str(r, i, 4);
        s[i].variant = db_str(r, i, 5);
        s[i].options = db_str(r, i, 6);
        s[i].archived = str_eq_c(db_str(r, i, 7), "archived");
    }
    return s;
}

enum err
catalog_store_skus_of(
    struct db *db, struct arena *a, int64_t product_id, struct sku_row **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(product_id)};
    struct db_rows r;
    enum err e;

    if ((e = db_query(db, sqls[SQL_OF_PRODUCT], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = rows_read(a, &r);
    *n = r.n;
    return ERR_OK;
}

enum err
catalog_store_skus_named(struct db *db, struct arena *a, const struct str *codes,
    size_t n, struct sku_row **out, size_t *out_n)
{
    struct db_val *asked = arena_calloc(a, n, sizeof(*asked)), *v;
    struct db_rows r;
    const char *sql;
    size_t i, v_n;
    enum err e;

    *out_n = 0;
    if (n == 0)
        return ERR_OK;
    for (i = 0; i < n; i++)
        asked[i] = DB_STR(codes[i]);
    sql = db_in_list(a, sql_named, asked, n, "", &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    *out = rows_read(a, &r);
    *out_n = r.n;
    return ERR_OK;
}

static struct db_val
status_value(bool archived)
{
    return DB_STR(archived ? STR("archived") : STR("active"));
}

enum err
catalog_store_sku_add(struct db *db, const struct sku_row *s)
{
    const struct db_val v[] = {DB_I64(s->id), DB_I64(s->product_id), DB_I64(s->price),
        DB_I64(s->position), DB_STR(s->sku), DB_STR(s->variant), DB_STR(s->options),
        status_value(s->archived)};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
catalog_store_sku_update(struct db *db, const struct sku_row *s)
{
    const struct db_val v[] = {DB_I64(s->price), DB_I64(s->position), DB_STR(s->sku),
        DB_STR(s->variant), DB_STR(s->options), status_value(s->archived), DB_I64(s->id),
        DB_I64(s->product_id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_UPDATE], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_INTERNAL;
}
