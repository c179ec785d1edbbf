/* Reading products: whole ones by id, and the ids behind slugs and codes.  Lists and
 * search are catalog_search_store.c's. */
#include "catalog/catalog_store.h"
#include "stock/stock.h"

#include "db/db_insert.h"

enum { SQL_ID_OF_SLUG, SQL_ID_OF_SKU, SQL_IDS, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    [SQL_ID_OF_SLUG] = "SELECT id FROM product WHERE slug = ?",
    [SQL_ID_OF_SKU] = "SELECT product_id FROM sku WHERE sku = ?",
    [SQL_IDS] = ("SELECT id FROM product WHERE id > ? AND status = 'active'"
                 " ORDER BY id LIMIT ?"),
};

/* Statements with an IN list between head and tail. */
enum { PART_PRODUCTS, PART_SKUS, PART_IMAGES, PART_ATTRIBUTES, PART__MAX };

static const struct {
    const char *head, *tail;
} parts[PART__MAX] = {
    [PART_PRODUCTS] =
        {"SELECT p.id, p.slug, p.name, p.description, b.name, c.path, c.names,"
         " p.currency, p.price, p.status, p.version, p.created_at, p.updated_at"
         " FROM product p LEFT JOIN brand b ON b.id = p.brand_id"
         " LEFT JOIN category c ON c.id = p.category_id WHERE p.id IN ",
            ""},
    [PART_SKUS] =
        {"SELECT s.product_id, s.id, s.sku, s.variant, s.options, s.price, s.status,"
         " k.available, k.version FROM sku s JOIN stock k ON k.sku_id = s.id"
         " WHERE s.product_id IN ",
            " ORDER BY s.product_id, s.position, s.id"},
    [PART_IMAGES] =
        {"SELECT product_id, url, alt FROM product_image WHERE product_id IN ",
            " ORDER BY product_id, position"},
    [PART_ATTRIBUTES] =
        {"SELECT product_id, name, value FROM product_attribute WHERE product_id IN ",
            " ORDER BY product_id, position"},
};

size_t
catalog_store_names(struct str names, struct str out[CATEGORY_DEPTH_MAX])
{
    size_t n = 0;

    while (n < CATEGORY_DEPTH_MAX && str_next(&names, '\n', &out[n]))
        n++;
    return n;
}

static enum err
one_id(struct db *db, struct arena *a, const char *sql, struct str key, int64_t *id)
{
    const struct db_val v[] = {DB_STR(key)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sql, v, NELEM(v), a, &r)) == ERR_OK)
        *id = db_i64(&r, 0, 0);
    return e;
}

enum err
catalog_store_id_of_slug(struct db *db, struct arena *a, struct str slug, int64_t *id)
{
    size_t i;

    /* The column holds ASCII alone: other bytes are no slug, not a matter of collations.
     */
    for (i = 0; i < slug.n; i++)
        if ((unsigned char)slug.p[i] >= 0x80)
            return ERR_NOT_FOUND;
    return one_id(db, a, sqls[SQL_ID_OF_SLUG], slug, id);
}

enum err
catalog_store_id_of_sku(struct db *db, struct arena *a, struct str sku, int64_t *id)
{
    return one_id(db, a, sqls[SQL_ID_OF_SKU], sku, id);
}

enum err
catalog_store_ids(
    struct db *db, struct arena *a, int64_t after, size_t limit, int64_t *out, size_t *n)
{
    const struct db_val v[] = {DB_I64(after), DB_I64((int64_t)limit)};
    struct db_rows r;
    enum err e;

    if ((e = db_query(db, sqls[SQL_IDS], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    for (*n = 0; *n < r.n; (*n)++)
        out[*n] = db_i64(&r, *n, 0);
    return ERR_OK;
}

static enum err
part_query(struct db *db, struct arena *a, size_t part, const struct db_val *ids,
    size_t n, struct db_rows *r)
{
    struct db_val *v;
    const char *sql;

    sql = db_in_list(a, parts[part].head, ids, n, parts[part].tail, &v, &n);
    return db_query(db, sql, v, n, a, r);
}

static struct product *
product_find(struct product *p, size_t n, int64_t id)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (p[i].id == id)
            return &p[i];
    return NULL;
}

static void
product_fill(struct product *p, const struct db_rows *r, size_t i)
{
    p->id = db_i64(r, i, 0);
    p->slug = db_str(r, i, 1);
    p->name = db_str(r, i, 2);
    p->description = db_str(r, i, 3);
    p->brand = db_str(r, i, 4);
    p->category_path = db_str(r, i, 5);
    p->category_n = catalog_store_names(db_str(r, i, 6), p->category);
    p->currency = db_str(r, i, 7);
    p->price = db_i64(r, i, 8);
    p->archived = str_eq_c(db_str(r, i, 9), "archived");
    p->version = db_i64(r, i, 10);
    p->revision = p->version;
    p->created_at = db_i64(r, i, 11);
    p->updated_at = db_i64(r, i, 12);
}

/* Rows of one product stand together: the end of the group that begins at `i`. */
static size_t
group_end(const struct db_rows *r, size_t i)
{
    int64_t id = db_i64(r, i, 0);

    while (i < r->n && db_i64(r, i, 0) == id)
        i++;
    return i;
}

static void
skus_fill(
    struct arena *a, struct product *p, const struct db_rows *r, size_t i, size_t end)
{
    p->skus = arena_calloc(a, end - i, sizeof(*p->skus));
    for (; i < end; i++) {
        struct sku *s = &p->skus[p->skus_n];

        /* Archived ones count too, so that the sum never falls. */
        p->revision += db_i64(r, i, 8);
        if (str_eq_c(db_str(r, i, 6), "archived"))
            continue;
        s->id = db_i64(r, i, 1);
        s->sku = db_str(r, i, 2);
        s->variant = db_str(r, i, 3);
        s->options = db_str(r, i, 4);
        s->price = db_i64(r, i, 5);
        s->stock = db_i64(r, i, 7);
        p->skus_n++;
    }
}

static void
images_fill(
    struct arena *a, struct product *p, const struct db_rows *r, size_t i, size_t end)
{
    p->images = arena_calloc(a, end - i, sizeof(*p->images));
    for (; i < end; i++)
        p->images[p->images_n++] = (struct image){db_str(r, i, 1), db_str(r, i, 2)};
}

static void
attributes_fill(
    struct arena *a, struct product *p, const struct db_rows *r, size_t i, size_t end)
{
    p->attributes = arena_calloc(a, end - i, sizeof(*p->attributes));
    for (; i < end; i++)
        p->attributes[p->attributes_n++] =
            (struct attribute){db_str(r, i, 1), db_str(r, i, 2)};
}

/* What hangs on the products, part by part; fill() gets each product's rows. */
static enum err
children(struct db *db, struct arena *a, const struct db_val *ids, size_t part,
    struct product *p, size_t n,
    void (*fill)(
        struct arena *, struct product *, const struct db_rows *, size_t, size_t))
{
    struct product *owner;
    struct db_rows r;
    size_t i, end;
    enum err e;

    if ((e = part_query(db, a, part, ids, n, &r)) != ERR_OK)
        return e;
    for (i = 0; i < r.n; i = end) {
        end = group_end(&r, i);
        owner = product_find(p, n, db_i64(&r, i, 0));
        if (owner != NULL)
            fill(a, owner, &r, i, end);
    }
    return ERR_OK;
}

static size_t
id_index(const int64_t *ids, size_t n, int64_t id)
{
    size_t i;

    for (i = 0; i < n && ids[i] != id; i++)
        ;
    return i;
}

enum err
catalog_store_products(
    struct db *db, struct arena *a, const int64_t *ids, size_t n, struct product *out)
{
    struct db_val *v;
    struct db_rows r;
    size_t i;
    enum err e;

    if (n == 0)
        return ERR_OK;
    v = arena_calloc(a, n, sizeof(*v));
    for (i = 0; i < n; i++) {
        v[i] = DB_I64(ids[i]);
        out[i] = (struct product){.id = 0};
    }
    if ((e = part_query(db, a, PART_PRODUCTS, v, n, &r)) != ERR_OK)
        return e;
    for (i = 0; i < r.n; i++)
        product_fill(&out[id_index(ids, n, db_i64(&r, i, 0))], &r, i);
    if (r.n == 0)
        return ERR_OK;
    e = children(db, a, v, PART_SKUS, out, n, skus_fill);
    if (e == ERR_OK)
        e = children(db, a, v, PART_IMAGES, out, n, images_fill);
    if (e == ERR_OK)
        e = children(db, a, v, PART_ATTRIBUTES, out, n, attributes_fill);
    return e;
}

enum err
catalog_get(struct db *db, struct arena *a, int64_t id, struct product *out)
{
    enum err e = catalog_store_products(db, a, &id, 1, out);
    int64_t left = 0;

    if (e != ERR_OK)
        return e;
    if (out->id == 0)
        return ERR_NOT_FOUND;
    for (size_t i = 0; i < out->skus_n; i++)
        left += out->skus[i].stock;
    return left > 0 ? ERR_OK : stock_held(db, a, id, &out->on_hold);
}

enum err
catalog_get_slug(struct db *db, struct arena *a, struct str slug, struct product *out)
{
    int64_t id = 0;
    enum err e = catalog_store_id_of_slug(db, a, slug, &id);

    return e == ERR_OK ? catalog_get(db, a, id, out) : e;
}
