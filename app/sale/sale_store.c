/* Sales in the database. Decides nothing; row counts go up. */
#include "sale/sale_store.h"

#include "base/rand.h"
#include "db/db_insert.h"

enum {
    SQL_ADD,
    SQL_UPDATE,
    SQL_DELETE,
    SQL_CLEAR,
    SQL_ITEM,
    SQL_LIST,
    SQL_GET,
    SQL_LOCK,
    SQL_ITEMS,
    SQL_SUBTREE,
    SQL_CATEGORY,
    SQL__MAX
};

#define ITEM_COLS 4
#define LIST_MAX 1000
#define COLS                                                                             \
    "id, name, starts_at, ends_at, hold_ms, max_units, version, created_at, updated_at"

static const char *const sqls[SQL__MAX] = {
    [SQL_ADD] = "INSERT INTO sale (" COLS ") VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
    [SQL_UPDATE] = "UPDATE sale SET name = ?, starts_at = ?, ends_at = ?, hold_ms = ?,"
                   " max_units = ?, version = version + 1, updated_at = ?"
                   " WHERE id = ? AND version = ?",
    [SQL_DELETE] = "DELETE FROM sale WHERE id = ?",
    [SQL_CLEAR] = "DELETE FROM sale_item WHERE sale_id = ?",
    [SQL_ITEM] = "INSERT INTO sale_item (id, sale_id, product_id, category_id) VALUES",
    [SQL_LIST] = "SELECT " COLS " FROM sale WHERE ends_at > ? AND starts_at < ?"
                 " ORDER BY starts_at DESC, id DESC LIMIT ?",
    [SQL_GET] = "SELECT " COLS " FROM sale WHERE id = ?",
    [SQL_LOCK] = "SELECT " COLS " FROM sale WHERE id = ? FOR UPDATE",
    [SQL_ITEMS] = ("SELECT i.product_id, c.path FROM sale_item i LEFT JOIN category c"
                   " ON c.id = i.category_id WHERE i.sale_id = ? ORDER BY i.id"),
    [SQL_SUBTREE] = "SELECT id FROM category WHERE path = ? OR path LIKE CONCAT(?, '/%')",
    [SQL_CATEGORY] = "SELECT id FROM category WHERE path = ?",
};

static enum err
one_row(enum err e, uint64_t rows, enum err other)
{
    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : other;
}

enum err
sale_store_add(struct db *db, const struct sale *s)
{
    const struct db_val v[] = {DB_I64(s->id), DB_STR(s->name), DB_I64(s->starts_at),
        DB_I64(s->ends_at), DB_I64(s->hold_ms), DB_ID(s->max_units),
        DB_I64(s->created_at), DB_I64(s->created_at)};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
sale_store_update(struct db *db, const struct sale *s)
{
    const struct db_val v[] = {DB_STR(s->name), DB_I64(s->starts_at), DB_I64(s->ends_at),
        DB_I64(s->hold_ms), DB_ID(s->max_units), DB_I64(s->updated_at), DB_I64(s->id),
        DB_I64(s->version)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_UPDATE], v, NELEM(v), &rows);

    return one_row(e, rows, ERR_CONFLICT);
}

enum err
sale_store_delete(struct db *db, int64_t id)
{
    const struct db_val v[] = {DB_I64(id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_DELETE], v, NELEM(v), &rows);

    return one_row(e, rows, ERR_NOT_FOUND);
}

enum err
sale_store_items(
    struct db *db, struct arena *a, const struct sale *s, const int64_t *category_id)
{
    const struct db_val id[] = {DB_I64(s->id)};
    const size_t n = s->products_n + s->categories_n;
    struct db_val *v = arena_calloc(a, n * ITEM_COLS + 1, sizeof(*v)), *at = v;
    enum err e = db_exec(db, sqls[SQL_CLEAR], id, NELEM(id), NULL);

    for (size_t i = 0; i < n; i++) {
        const bool product = i < s->products_n;

        *at++ = DB_I64(id_next());
        *at++ = DB_I64(s->id);
        *at++ = product ? DB_I64(s->products[i]) : DB_NULL;
        *at++ = product ? DB_NULL : DB_I64(category_id[i - s->products_n]);
    }
    return e == ERR_OK ? db_insert_rows(db, a, sqls[SQL_ITEM], v, n, ITEM_COLS) : e;
}

static enum err
from_row(
    struct db *db, struct arena *a, const struct db_rows *r, size_t i, struct sale *s)
{
    const struct db_val id[] = {DB_I64(db_i64(r, i, 0))};
    struct db_rows items;
    enum err e;

    *s = (struct sale){.id = db_i64(r, i, 0),
        .name = db_str(r, i, 1),
        .starts_at = db_i64(r, i, 2),
        .ends_at = db_i64(r, i, 3),
        .hold_ms = db_i64(r, i, 4),
        .max_units = db_i64(r, i, 5),
        .version = db_i64(r, i, 6),
        .created_at = db_i64(r, i, 7),
        .updated_at = db_i64(r, i, 8)};
    if ((e = db_query(db, sqls[SQL_ITEMS], id, NELEM(id), a, &items)) != ERR_OK)
        return e;
    s->products = arena_calloc(a, items.n + 1, sizeof(*s->products));
    s->categories = arena_calloc(a, items.n + 1, sizeof(*s->categories));
    for (size_t k = 0; k < items.n; k++) {
        if (db_is_null(&items, k, 1))
            s->products[s->products_n++] = db_i64(&items, k, 0);
        else
            s->categories[s->categories_n++] = db_str(&items, k, 1);
    }
    return ERR_OK;
}

enum err
sale_store_list(struct db *db, struct arena *a, int64_t after, int64_t before,
    struct sale **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(after), DB_I64(before), DB_I64(LIST_MAX)};
    struct db_rows r;
    enum err e;

    *n = 0;
    if ((e = db_query(db, sqls[SQL_LIST], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; e == ERR_OK && i < r.n; i++)
        e = from_row(db, a, &r, i, &(*out)[i]);
    *n = r.n;
    return e;
}

enum err
sale_store_get(
    struct db *db, struct arena *a, int64_t id, bool lock, struct sale *out)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e;

    e = db_row(db, sqls[lock ? SQL_LOCK : SQL_GET], v, NELEM(v), a, &r);
    return e == ERR_OK ? from_row(db, a, &r, 0, out) : e;
}

enum err
sale_store_subtree(
    struct db *db, struct arena *a, struct str path, int64_t **out, size_t *n)
{
    const struct db_val v[] = {DB_STR(path), DB_STR(path)};
    struct db_rows r;
    enum err e;

    *n = 0;
    if ((e = db_query(db, sqls[SQL_SUBTREE], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = db_i64(&r, i, 0);
    *n = r.n;
    return ERR_OK;
}

enum err
sale_store_category(struct db *db, struct arena *a, struct str path, int64_t *id)
{
    const struct db_val v[] = {DB_STR(path)};
    struct db_rows r;
    enum err e = ERR_NOT_FOUND;

    /* The column is ASCII; the database will not compare it with what is not. */
    if (str_is_ascii(path))
        e = db_row(db, sqls[SQL_CATEGORY], v, NELEM(v), a, &r);
    if (e == ERR_OK)
        *id = db_i64(&r, 0, 0);
    return e;
}
