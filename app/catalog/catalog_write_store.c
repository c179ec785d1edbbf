/* Writing products: brands, categories, product rows and what hangs on them, in the
 * caller's transaction.  Decides nothing: catalog.c does. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/rand.h"
#include "catalog/catalog_store.h"
#include "catalog/slug.h"
#include "db/db_insert.h"
#include "stock/stock.h"

#define PATH_MAX_N 400
#define NAMES_MAX_N 8000

enum {
    SQL_BRAND_ID,
    SQL_BRAND_ADD,
    SQL_CATEGORY_ID,
    SQL_CATEGORY_ADD,
    SQL_UPDATE,
    SQL_STATUS,
    SQL_LOCK,
    SQL_LOCK_STOCK,
    SQL_IMAGES_DROP,
    SQL_ATTRIBUTES_DROP,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_BRAND_ID] = "SELECT id FROM brand WHERE name = ?",
    [SQL_BRAND_ADD] = "INSERT INTO brand (id, name) VALUES (?, ?)",
    [SQL_CATEGORY_ID] = "SELECT id FROM category WHERE path = ?",
    [SQL_CATEGORY_ADD] = ("INSERT INTO category (id, parent_id, name, path, names, depth)"
                          " VALUES (?, ?, ?, ?, ?, ?)"),
    [SQL_UPDATE] =
        ("UPDATE product SET slug = ?, name = ?, description = ?, brand_id = ?,"
         " category_id = ?, currency = ?, price = ?, status = ?, search_text = ?,"
         " import_hash = COALESCE(?, import_hash), version = version + 1,"
         " updated_at = ? WHERE id = ?"),
    [SQL_STATUS] = ("UPDATE product SET status = ?, version = version + 1, updated_at = ?"
                    " WHERE id = ?"),
    [SQL_LOCK] = "SELECT version, slug FROM product WHERE id = ? FOR UPDATE",
    [SQL_LOCK_STOCK] = ("SELECT available FROM stock WHERE sku_id IN"
                        " (SELECT id FROM sku WHERE product_id = ?)"
                        " ORDER BY sku_id FOR UPDATE"),
    [SQL_IMAGES_DROP] = "DELETE FROM product_image WHERE product_id = ?",
    [SQL_ATTRIBUTES_DROP] = "DELETE FROM product_attribute WHERE product_id = ?",
};

/* Heads for db_insert_rows(), with the number of their columns. */
static const char add_products[] =
    "INSERT INTO product (id, slug, name, description, brand_id, category_id, currency,"
    " price, status, version, search_text, import_hash, created_at, updated_at) VALUES";
#define PRODUCT_COLS 14
static const char add_skus[] =
    "INSERT INTO sku (id, product_id, sku, variant, options, price,"
    " position, status) VALUES";
#define SKU_COLS 8
static const char add_images[] =
    "INSERT INTO product_image (product_id, position, url, alt) VALUES";
static const char add_attributes[] =
    "INSERT INTO product_attribute (product_id, position, name, value) VALUES";
#define CHILD_COLS 4
static const char slugs_head[] = "SELECT slug FROM product WHERE slug IN ";

/* The first cell of a row, or ERR_NOT_FOUND. */
static enum err
number(struct db *db, struct arena *a, const char *sql, struct db_val key, int64_t *out)
{
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sql, &key, 1, a, &r)) == ERR_OK)
        *out = db_i64(&r, 0, 0);
    return e;
}

enum err
catalog_store_brand(struct db *db, struct arena *a, struct str name, int64_t *id)
{
    const struct db_val v[] = {DB_I64(id_next()), DB_STR(name)};
    enum err e;

    e = number(db, a, sqls[SQL_BRAND_ID], DB_STR(name), id);
    if (e != ERR_NOT_FOUND)
        return e;
    e = db_exec(db, sqls[SQL_BRAND_ADD], v, NELEM(v), NULL);
    *id = v[0].i;
    /* Somebody else was faster: theirs is the brand. */
    return e == ERR_CONFLICT ? number(db, a, sqls[SQL_BRAND_ID], DB_STR(name), id) : e;
}

/* One level; *id is its parent before and its own after. */
static enum err
category_level(struct db *db, struct arena *a, struct str name, struct str path,
    struct str names, size_t depth, int64_t *id)
{
    const struct db_val v[] = {DB_I64(id_next()), DB_ID(*id), DB_STR(name), DB_STR(path),
        DB_STR(names), DB_I64((int64_t)depth)};
    enum err e;

    e = number(db, a, sqls[SQL_CATEGORY_ID], DB_STR(path), id);
    if (e != ERR_NOT_FOUND)
        return e;
    e = db_exec(db, sqls[SQL_CATEGORY_ADD], v, NELEM(v), NULL);
    *id = v[0].i;
    return e == ERR_CONFLICT ? number(db, a, sqls[SQL_CATEGORY_ID], DB_STR(path), id) : e;
}

enum err
catalog_store_category(
    struct db *db, struct arena *a, const struct str *names, size_t n, int64_t *id)
{
    struct buf path, all;
    enum err e = ERR_OK;
    size_t i;

    *id = 0;
    buf_init_arena(&path, a, PATH_MAX_N);
    buf_init_arena(&all, a, NAMES_MAX_N);
    for (i = 0; i < n && e == ERR_OK; i++) {
        if (i > 0) {
            buf_char(&path, '/');
            buf_char(&all, '\n');
        }
        buf_str(&path, slug_category(a, names[i]));
        buf_str(&all, names[i]);
        e = path.overflow || all.overflow
                ? ERR_INVALID
                : category_level(
                      db, a, names[i], buf_view(&path), buf_view(&all), i + 1, id);
    }
    return e;
}

enum err
catalog_store_slugs_taken(struct db *db, struct arena *a, const struct str *slugs,
    size_t n, int64_t except, bool *taken)
{
    struct db_val *asked = arena_calloc(a, n + 1, sizeof(*asked)), *v;
    const char *sql;
    struct db_rows r;
    size_t i, k, v_n;
    enum err e;

    if (n == 0)
        return ERR_OK;
    for (i = 0; i < n; i++) {
        asked[i] = DB_STR(slugs[i]);
        taken[i] = false;
    }
    sql = db_in_list(a, slugs_head, asked, n, " AND id <> ?", &v, &v_n);
    asked = arena_calloc(a, v_n + 1, sizeof(*asked));
    for (i = 0; i < v_n; i++)
        asked[i] = v[i];
    asked[v_n] = DB_I64(except);
    if ((e = db_query(db, sql, asked, v_n + 1, a, &r)) != ERR_OK)
        return e;
    for (i = 0; i < r.n; i++)
        for (k = 0; k < n; k++)
            taken[k] = taken[k] || str_eq(slugs[k], db_str(&r, i, 0));
    return ERR_OK;
}

static struct db_val
status_value(bool archived)
{
    return DB_STR(archived ? STR("archived") : STR("active"));
}

static void
product_values(const struct product_write *w, int64_t now, struct db_val v[PRODUCT_COLS])
{
    const struct product *p = &w->d->p;

    v[0] = DB_I64(w->id);
    v[1] = DB_STR(w->slug);
    v[2] = DB_STR(p->name);
    v[3] = DB_STR(p->description);
    v[4] = DB_ID(w->brand_id);
    v[5] = DB_ID(w->category_id);
    v[6] = DB_STR(p->currency);
    v[7] = DB_I64(w->price);
    v[8] = status_value(p->archived);
    v[9] = DB_I64(1);
    v[10] = DB_STR(w->search_text);
    v[11] = DB_STRN(w->d->import_hash);
    v[12] = DB_I64(now);
    v[13] = DB_I64(now);
}

/* New SKUs of several products and their stock. */
static enum err
skus_add(struct db *db, struct arena *a, const struct product_write *w, size_t n,
    const char *actor)
{
    size_t i, k, all = 0, at = 0;
    int64_t *ids, *stock;
    struct db_val *v;
    enum err e;

    for (i = 0; i < n; i++)
        all += w[i].d->p.skus_n;
    v = arena_calloc(a, all, SKU_COLS * sizeof(*v));
    ids = arena_calloc(a, all, sizeof(*ids));
    stock = arena_calloc(a, all, sizeof(*stock));
    for (i = 0; i < n; i++) {
        for (k = 0; k < w[i].d->p.skus_n; k++, at++) {
            const struct sku *s = &w[i].d->p.skus[k];
            struct db_val *row = v + at * SKU_COLS;

            ids[at] = id_next();
            stock[at] = s->stock > 0 ? s->stock : 0;
            row[0] = DB_I64(ids[at]);
            row[1] = DB_I64(w[i].id);
            row[2] = DB_STR(s->sku);
            row[3] = DB_STR(s->variant);
            row[4] = DB_STR(s->options);
            row[5] = DB_I64(s->price);
            row[6] = DB_I64((int64_t)k);
            row[7] = status_value(false);
        }
    }
    if ((e = db_insert_rows(db, a, add_skus, v, all, SKU_COLS)) != ERR_OK)
        return e;
    return stock_create_many(db, a, ids, stock, all, actor, STR("first stock"));
}

static void
child_values(
    int64_t product_id, size_t position, struct str x, struct str y, struct db_val *v)
{
    v[0] = DB_I64(product_id);
    v[1] = DB_I64((int64_t)position);
    v[2] = DB_STR(x);
    v[3] = DB_STR(y);
}

static enum err
images_add(struct db *db, struct arena *a, const struct product_write *w, size_t n)
{
    size_t i, k, at = 0, all = 0;
    struct db_val *v;

    for (i = 0; i < n; i++)
        all += w[i].d->p.images_n;
    v = arena_calloc(a, all, CHILD_COLS * sizeof(*v));
    for (i = 0; i < n; i++)
        for (k = 0; k < w[i].d->p.images_n; k++)
            child_values(w[i].id, k, w[i].d->p.images[k].url, w[i].d->p.images[k].alt,
                v + CHILD_COLS * at++);
    return db_insert_rows(db, a, add_images, v, all, CHILD_COLS);
}

static enum err
attributes_add(struct db *db, struct arena *a, const struct product_write *w, size_t n)
{
    size_t i, k, at = 0, all = 0;
    struct db_val *v;

    for (i = 0; i < n; i++)
        all += w[i].d->p.attributes_n;
    v = arena_calloc(a, all, CHILD_COLS * sizeof(*v));
    for (i = 0; i < n; i++)
        for (k = 0; k < w[i].d->p.attributes_n; k++)
            child_values(w[i].id, k, w[i].d->p.attributes[k].name,
                w[i].d->p.attributes[k].value, v + CHILD_COLS * at++);
    return db_insert_rows(db, a, add_attributes, v, all, CHILD_COLS);
}

enum err
catalog_store_add(struct db *db, struct arena *a, const struct product_write *w, size_t n,
    const char *actor)
{
    struct db_val *v = arena_calloc(a, n, PRODUCT_COLS * sizeof(*v));
    int64_t now = clock_ms();
    size_t i;
    enum err e;

    for (i = 0; i < n; i++)
        product_values(&w[i], now, v + i * PRODUCT_COLS);
    e = db_insert_rows(db, a, add_products, v, n, PRODUCT_COLS);
    /* The slug was free when looked up: somebody took it since; the next try sees that.
     */
    if (e == ERR_CONFLICT)
        return ERR_BUSY;
    if (e == ERR_OK)
        e = skus_add(db, a, w, n, actor);
    if (e == ERR_OK)
        e = images_add(db, a, w, n);
    if (e == ERR_OK)
        e = attributes_add(db, a, w, n);
    return e;
}

enum err
catalog_store_update(struct db *db, struct arena *a, const struct product_write *w)
{
    const struct product *p = &w->d->p;
    const struct db_val v[] = {DB_STR(w->slug), DB_STR(p->name), DB_STR(p->description),
        DB_ID(w->brand_id), DB_ID(w->category_id), DB_STR(p->currency), DB_I64(w->price),
        status_value(p->archived), DB_STR(w->search_text), DB_STRN(w->d->import_hash),
        DB_I64(clock_ms()), DB_I64(w->id)};
    const struct db_val id = DB_I64(w->id);
    uint64_t rows = 0;
    enum err e;

    e = db_exec(db, sqls[SQL_UPDATE], v, NELEM(v), &rows);
    if (e != ERR_OK)
        return e == ERR_CONFLICT ? ERR_BUSY : e; /* the slug, as in catalog_store_add() */
    if (rows != 1)
        return ERR_INTERNAL;
    /* How many there were does not matter. */
    e = db_exec(db, sqls[SQL_IMAGES_DROP], &id, 1, NULL);
    if (e == ERR_OK)
        e = db_exec(db, sqls[SQL_ATTRIBUTES_DROP], &id, 1, NULL);
    if (e == ERR_OK)
        e = images_add(db, a, w, 1);
    return e == ERR_OK ? attributes_add(db, a, w, 1) : e;
}

enum err
catalog_store_set_status(struct db *db, int64_t id, bool archived)
{
    const struct db_val v[] = {status_value(archived), DB_I64(clock_ms()), DB_I64(id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_STATUS], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_NOT_FOUND;
}

enum err
catalog_store_lock(
    struct db *db, struct arena *a, int64_t id, int64_t *version, struct str *slug)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sqls[SQL_LOCK], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *version = db_i64(&r, 0, 0);
    *slug = db_str(&r, 0, 1);
    return ERR_OK;
}

enum err
catalog_store_lock_stock(struct db *db, struct arena *a, int64_t id)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;

    return db_query(db, sqls[SQL_LOCK_STOCK], v, NELEM(v), a, &r);
}
