/* The condition of lists, counts and facets, put together from fixed pieces: the same
 * pieces for all of them, so that a count always agrees with its list. */
#include <assert.h>

#include "catalog/catalog_query.h"

#define SQL_MAX 16384

/* Found in the short index on stock: low_available is NULL where much is left. */
#define SELLABLE "(k.low_available IS NULL OR k.low_available > 0)"
#define FEW "5000"

static const char many_sql[] =
    "SELECT 1 FROM stock k WHERE " SELLABLE " LIMIT 1 OFFSET " FEW;

void
query_init(struct query *q, struct arena *a, const char *head)
{
    buf_init_arena(&q->sql, a, SQL_MAX);
    buf_c(&q->sql, head);
    q->n = 0;
}

void
query_add(struct query *q, const char *piece)
{
    buf_c(&q->sql, piece);
}

void
query_value(struct query *q, struct db_val v)
{
    assert(q->n < QUERY_VALUES_MAX);
    q->v[q->n++] = v;
}

enum err
query_words(struct db *db, struct arena *a, const struct catalog_query *cq,
    struct search_words *out)
{
    struct db_rows r;
    enum err e;

    *out = (struct search_words){.like_n = 0};
    if (cq->q.n > 0)
        search_words(a, cq->q, out);
    if ((e = query_common(db, a, cq, out)) != ERR_OK || !cq->in_stock)
        return e;
    if ((e = db_query(db, many_sql, NULL, 0, a, &r)) == ERR_OK)
        out->few_in_stock = r.n == 0;
    return e;
}

void
query_regexps(struct query *q, const struct search_words *w)
{
    size_t i;

    for (i = 0; i < w->regexp_n; i++) {
        query_add(q, " AND (p.name REGEXP ? OR p.search_text REGEXP ?)");
        query_value(q, DB_STR(w->regexp[i]));
        query_value(q, DB_STR(w->regexp[i]));
    }
}

static void
where_search(struct query *q, const struct search_words *w)
{
    size_t i;

    if (w->common > 0)
        query_regexps(q, w);
    if (w->all.p != NULL && w->common == 0) {
        query_add(q, " AND MATCH (p.name, p.search_text) AGAINST (? IN BOOLEAN MODE)");
        query_value(q, DB_STR(w->all));
    }
    for (i = 0; i < w->like_n; i++) {
        query_add(q, " AND (p.name LIKE ? ESCAPE '!'"
                     " OR (SELECT 1 FROM sku s WHERE s.product_id = p.id"
                     " AND LOWER(s.sku) LIKE ? ESCAPE '!' LIMIT 1) = 1"
                     " OR p.brand_id IN (SELECT id FROM brand WHERE LOWER(name) = ?))");
        query_value(q, DB_STR(w->like[i]));
        query_value(q, DB_STR(w->like[i]));
        query_value(q, DB_STR(w->plain[i]));
    }
}

static void
where_category(struct query *q, struct arena *a, struct str path)
{
    size_t i;

    /* A path is made of slugs; anything else names no category and no collation is asked.
     */
    for (i = 0; i < path.n; i++) {
        char c = path.p[i];

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '/') {
            query_add(q, " AND 1 = 0");
            return;
        }
    }
    query_add(q, " AND p.category_id IN (SELECT id FROM category WHERE path = ?"
                 " OR path LIKE ?)");
    query_value(q, DB_STR(path));
    query_value(q, DB_STR(arena_printf(a, "%.*s/%%", STR_F(path))));
}

static void
where_brands(struct query *q, const struct catalog_query *cq)
{
    size_t i;

    /* One brand is one place in the index, which has its products in the list's order. */
    if (cq->brand_n == 1) {
        query_add(q, " AND p.brand_id = (SELECT id FROM brand WHERE name = ?)");
        query_value(q, DB_STR(cq->brand[0]));
        return;
    }
    for (i = 0; i < cq->brand_n && i < CATALOG_BRANDS_MAX; i++) {
        query_add(q,
            i == 0 ? " AND p.brand_id IN (SELECT id FROM brand WHERE name IN (?" : ",?");
        query_value(q, DB_STR(cq->brand[i]));
    }
    if (cq->brand_n > 0)
        query_add(q, "))");
}

static void
where_price(struct query *q, const struct catalog_query *cq)
{
    if (cq->min_price >= 0) {
        query_add(q, " AND p.price >= ?");
        query_value(q, DB_I64(cq->min_price));
    }
    if (cq->max_price >= 0) {
        query_add(q, " AND p.price <= ?");
        query_value(q, DB_I64(cq->max_price));
    }
}

void
query_where(struct query *q, struct arena *a, const struct catalog_query *cq,
    const struct search_words *w)
{
    if (cq->only_archived)
        query_add(q, " WHERE p.status = 'archived'");
    else
        query_add(q, cq->with_archived ? " WHERE 1 = 1" : " WHERE p.status = 'active'");
    if (cq->q.n > 0)
        where_search(q, w);
    if (cq->category.n > 0)
        where_category(q, a, cq->category);
    where_brands(q, cq);
    where_price(q, cq);
    if (cq->in_stock && w->few_in_stock)
        query_add(q, " AND p.id IN (SELECT s.product_id FROM stock k JOIN sku s"
                     " ON s.id = k.sku_id AND s.status = 'active' WHERE " SELLABLE ")");
    else if (cq->in_stock)
        /* Not EXISTS: an optimiser makes a join of it that reads every SKU for one page. */
        query_add(q, " AND (SELECT 1 FROM sku s JOIN stock k ON k.sku_id = s.id"
                     " WHERE s.product_id = p.id AND s.status = 'active'"
                     " AND k.available > 0 LIMIT 1) = 1");
}

bool
query_is_all(const struct catalog_query *cq)
{
    return cq->q.n == 0 && cq->category.n == 0 && cq->brand_n == 0 && cq->min_price < 0
           && cq->max_price < 0 && !cq->in_stock;
}

enum err
query_run(struct query *q, struct db *db, struct arena *a, struct db_rows *out)
{
    assert(!q->sql.overflow);
    return db_query(db, buf_cstr(&q->sql), q->v, q->n, a, out);
}
