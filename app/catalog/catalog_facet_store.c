/* Counts over what a query matches (categories, brands, price bands), and the category
 * tree. */
#include "catalog/catalog_query.h"
#include "catalog/catalog_store.h"

#define CATEGORIES_MAX 50
#define BRANDS_MAX 20
#define BANDS_MAX 6 /* shown */
#define EDGES 37    /* 1, 2, 5, 10, ... 10^12 minor units */

/* Of more products than this nobody needs the counts exactly: they are those of so many. */
#define MATCHES_END " LIMIT ?) m"
#define MATCHES_MAX 50000
#define COMMON_MAX 1000 /* of a word that many have, each of which is read */

enum { SQL_CATEGORIES, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    /* '!' sorts before all that is in a slug, so that children follow their parent. */
    [SQL_CATEGORIES] = ("SELECT c.id, c.parent_id, c.name, c.path, c.depth,"
                        " (SELECT COUNT(*) FROM product p WHERE p.category_id = c.id"
                        " AND p.status = 'active'),"
                        " (SELECT i.url FROM product p JOIN product_image i"
                        " ON i.product_id = p.id AND i.position = 0"
                        " WHERE p.category_id = c.id AND p.status = 'active'"
                        " ORDER BY p.created_at DESC LIMIT 1)"
                        " FROM category c ORDER BY REPLACE(c.path, '/', '!')"),
};

static size_t
path_depth(struct str path)
{
    size_t i, n = path.n > 0;

    for (i = 0; i < path.n; i++)
        n += path.p[i] == '/';
    return n;
}

static void
facets_read(struct arena *a, const struct db_rows *r, struct facet **out, size_t *n)
{
    struct facet *f = arena_calloc(a, r->n, sizeof(*f));
    size_t i;

    for (i = 0; i < r->n; i++) {
        f[i].key = db_str(r, i, 0);
        f[i].name = db_str(r, i, 1);
        f[i].count = db_i64(r, i, 2);
    }
    *out = f;
    *n = r->n;
}

static enum err
facet_categories(struct db *db, struct arena *a, const struct catalog_query *cq,
    const struct search_words *w, struct facets *out)
{
    int64_t depth = (int64_t)path_depth(cq->category);
    struct db_rows r;
    struct query q;
    enum err e;

    query_init(&q, a,
        "SELECT t.path, t.name, SUM(g.n) FROM (SELECT m.category_id, COUNT(*) AS n FROM ("
        "SELECT p.category_id FROM product p");
    query_where(&q, a, cq, w);
    query_value(&q, DB_I64(w->common > 0 ? COMMON_MAX : MATCHES_MAX));
    query_add(&q, MATCHES_END
        " GROUP BY m.category_id) g JOIN category c ON c.id = g.category_id AND c.depth > ?"
        " JOIN category t ON t.path = SUBSTRING_INDEX(c.path, '/', ?)"
        " GROUP BY t.path, t.name ORDER BY 3 DESC, t.path LIMIT ?");
    query_value(&q, DB_I64(depth));
    query_value(&q, DB_I64(depth + 1));
    query_value(&q, DB_I64(CATEGORIES_MAX));
    if ((e = query_run(&q, db, a, &r)) == ERR_OK)
        facets_read(a, &r, &out->categories, &out->categories_n);
    return e;
}

static enum err
facet_brands(struct db *db, struct arena *a, const struct catalog_query *cq,
    const struct search_words *w, struct facets *out)
{
    struct db_rows r;
    struct query q;
    enum err e;

    query_init(&q, a,
        "SELECT b.name, b.name AS shown, g.n FROM (SELECT m.brand_id, COUNT(*) AS n FROM ("
        "SELECT p.brand_id FROM product p");
    query_where(&q, a, cq, w);
    query_value(&q, DB_I64(w->common > 0 ? COMMON_MAX : MATCHES_MAX));
    query_add(&q, MATCHES_END " GROUP BY m.brand_id) g JOIN brand b ON b.id = g.brand_id"
                              " ORDER BY g.n DESC, b.name LIMIT ?");
    query_value(&q, DB_I64(BRANDS_MAX));
    if ((e = query_run(&q, db, a, &r)) == ERR_OK)
        facets_read(a, &r, &out->brands, &out->brands_n);
    return e;
}

/* Lower edge i of the 1-2-5 scale; 0 below the first. */
static int64_t
edge(size_t i)
{
    static const int64_t step[] = {1, 2, 5};
    int64_t v;
    size_t k;

    if (i == 0)
        return 0;
    v = step[(i - 1) % 3];
    for (k = 0; k < (i - 1) / 3; k++)
        v *= 10;
    return v;
}

/* Merge the two neighbours that hold least together, until few enough remain. */
static void
bands_merge(struct facet *f, size_t *n)
{
    size_t i, best;

    while (*n > BANDS_MAX) {
        for (best = 0, i = 1; i + 1 < *n; i++)
            if (f[i].count + f[i + 1].count < f[best].count + f[best + 1].count)
                best = i;
        f[best].count += f[best + 1].count;
        f[best].to = f[best + 1].to;
        for (i = best + 1; i + 1 < *n; i++)
            f[i] = f[i + 1];
        (*n)--;
    }
}

static void
bands_read(struct arena *a, const struct db_rows *r, struct facets *out)
{
    struct facet *f = arena_calloc(a, r->n, sizeof(*f));
    size_t i, n = r->n;

    for (i = 0; i < n; i++) {
        size_t at = (size_t)db_i64(r, i, 0);

        f[i].from = edge(at);
        f[i].to = at < EDGES ? edge(at + 1) - 1 : -1;
        f[i].count = db_i64(r, i, 1);
    }
    bands_merge(f, &n);
    for (i = 0; i < n; i++) {
        /* Bands meet, also over prices nobody asks; the last is open. */
        f[i].to = i + 1 < n ? f[i + 1].from - 1 : -1;
        f[i].key = f[i].to < 0 ? arena_printf(a, "%lld-", (long long)f[i].from)
                               : arena_printf(a, "%lld-%lld", (long long)f[i].from,
                                     (long long)f[i].to);
        f[i].name = f[i].key;
    }
    out->prices = f;
    out->prices_n = n;
}

static enum err
facet_prices(struct db *db, struct arena *a, const struct catalog_query *cq,
    const struct search_words *w, struct facets *out)
{
    struct db_rows r;
    struct query q;
    size_t i;
    enum err e;

    query_init(&q, a, "SELECT INTERVAL(m.price");
    for (i = 1; i <= EDGES; i++) {
        query_add(&q, ", ");
        buf_i64(&q.sql, edge(i));
    }
    query_add(&q, ") AS band, COUNT(*) FROM (SELECT p.price FROM product p");
    query_where(&q, a, cq, w);
    query_value(&q, DB_I64(w->common > 0 ? COMMON_MAX : MATCHES_MAX));
    query_add(&q, MATCHES_END " GROUP BY band ORDER BY band");
    if ((e = query_run(&q, db, a, &r)) == ERR_OK)
        bands_read(a, &r, out);
    return e;
}

enum err
catalog_facets(
    struct db *db, struct arena *a, const struct catalog_query *q, struct facets *out)
{
    struct search_words w;
    enum err e;

    *out = (struct facets){.categories_n = 0};
    if ((e = query_words(db, a, q, &w)) != ERR_OK)
        return e;
    if ((e = facet_categories(db, a, q, &w, out)) != ERR_OK)
        return e;
    if ((e = facet_brands(db, a, q, &w, out)) != ERR_OK)
        return e;
    return facet_prices(db, a, q, &w, out);
}

enum err
catalog_categories(struct db *db, struct arena *a, struct category **out, size_t *n)
{
    struct category *c, *parent[CATEGORY_DEPTH_MAX + 1] = {NULL};
    struct db_rows r;
    size_t i;
    int k;
    enum err e;

    if ((e = db_query(db, sqls[SQL_CATEGORIES], NULL, 0, a, &r)) != ERR_OK)
        return e;
    c = arena_calloc(a, r.n, sizeof(*c));
    for (i = 0; i < r.n; i++) {
        int64_t direct = db_i64(&r, i, 5);

        c[i].id = db_i64(&r, i, 0);
        c[i].parent_id = db_i64(&r, i, 1);
        c[i].name = db_str(&r, i, 2);
        c[i].path = db_str(&r, i, 3);
        c[i].depth = (int)db_i64(&r, i, 4);
        c[i].image = db_str(&r, i, 6);
        parent[c[i].depth] = &c[i];
        for (k = 1; k <= c[i].depth; k++) {
            parent[k]->count += direct;
            if (parent[k]->image.p == NULL)
                parent[k]->image = c[i].image;
        }
    }
    *out = c;
    *n = r.n;
    return ERR_OK;
}
