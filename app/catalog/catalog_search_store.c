/* Lists of products: the ids of one page in their order, then the cards of these ids. */
#include "catalog/catalog_query.h"
#include "catalog/catalog_store.h"
#include "db/db_insert.h"

const struct tally_kind catalog_tally = {
    "product", "SELECT status, COUNT(*) FROM product GROUP BY status"};

/* Of the products that match, one whose code is exactly what was typed comes first; a
 * word in the name weighs more than one in the rest. */
#define SCORE                                                                            \
    "MATCH (p.name) AGAINST (? IN BOOLEAN MODE) * 4"                                     \
    " + MATCH (p.name, p.search_text) AGAINST (? IN BOOLEAN MODE)"

#define CARDS_HEAD                                                                       \
    "SELECT p.id, p.slug, p.name, b.name, c.path, c.name, c.names, p.currency, p.price," \
    " p.version, p.updated_at, p.status,"                                                \
    " (SELECT i.url FROM product_image i WHERE i.product_id = p.id"                      \
    " ORDER BY i.position LIMIT 1) FROM product p"                                       \
    " LEFT JOIN brand b ON b.id = p.brand_id"                                            \
    " LEFT JOIN category c ON c.id = p.category_id WHERE p.id IN "

#define CARD_SKUS_HEAD                                                                   \
    "SELECT s.product_id, s.sku, s.price, k.available FROM sku s"                        \
    " JOIN stock k ON k.sku_id = s.id WHERE s.product_id IN "
#define CARD_SKUS_TAIL " AND s.status = 'active' ORDER BY s.product_id, s.position, s.id"

static void
card_fill(struct product_card *c, const struct db_rows *r, size_t i)
{
    c->id = db_i64(r, i, 0);
    c->slug = db_str(r, i, 1);
    c->name = db_str(r, i, 2);
    c->brand = db_str(r, i, 3);
    c->category_path = db_str(r, i, 4);
    c->category_name = db_str(r, i, 5);
    c->category_n = catalog_store_names(db_str(r, i, 6), c->category);
    c->currency = db_str(r, i, 7);
    c->price = db_i64(r, i, 8);
    c->price_max = c->price;
    c->version = db_i64(r, i, 9);
    c->updated_at = db_i64(r, i, 10);
    c->archived = str_eq_c(db_str(r, i, 11), "archived");
    c->image = db_str(r, i, 12);
}

static struct product_card *
card_find(struct product_card *c, size_t n, int64_t id)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (c[i].id == id)
            return &c[i];
    return NULL;
}

static void
card_add_sku(struct product_card *c, const struct db_rows *r, size_t i)
{
    if (c->skus_n++ == 0)
        c->sku = db_str(r, i, 1);
    if (db_i64(r, i, 2) > c->price_max)
        c->price_max = db_i64(r, i, 2);
    c->stock += db_i64(r, i, 3);
}

/* The cards of `ids`, in that order; one deleted meanwhile is left out. */
static enum err
cards(struct db *db, struct arena *a, const struct db_rows *ids,
    struct product_card **out, size_t *n)
{
    struct product_card *c = arena_calloc(a, ids->n, sizeof(*c)), *owner;
    struct db_rows r;
    struct db_val *v;
    const char *sql;
    size_t i, k, v_n;
    enum err e;

    *out = c;
    *n = 0;
    if (ids->n == 0)
        return ERR_OK;
    sql = db_in_list(a, CARDS_HEAD, ids->v, ids->n, "", &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    for (i = 0; i < ids->n; i++)
        for (k = 0; k < r.n; k++)
            if (db_i64(&r, k, 0) == db_i64(ids, i, 0))
                card_fill(&c[(*n)++], &r, k);
    sql = db_in_list(a, CARD_SKUS_HEAD, ids->v, ids->n, CARD_SKUS_TAIL, &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    for (i = 0; i < r.n; i++)
        if ((owner = card_find(c, *n, db_i64(&r, i, 0))) != NULL)
            card_add_sku(owner, &r, i);
    return ERR_OK;
}

/* What the shop's own count of all products is called. */
static struct str
kept_as(const struct catalog_query *cq)
{
    if (cq->only_archived)
        return STR("product:archived");
    return cq->with_archived ? STR("product:") : STR("product:active");
}

static enum err
count(struct db *db, struct arena *a, const struct catalog_query *cq,
    const struct search_words *w, int64_t *total)
{
    struct query q;

    if (w->common > 0 && !query_is_filtered(cq)) {
        *total = w->common;
        return ERR_OK;
    }
    query_init(&q, a, "FROM product p");
    query_where(&q, a, cq, w);
    return tally_count(
        db, a, buf_cstr(&q.sql), q.v, q.n, query_is_all(cq) ? kept_as(cq) : STR_NULL, total);
}

static void
order(struct query *q, const struct catalog_query *cq, const struct search_words *w,
    int64_t exact)
{
    static const char *const by[] = {
        [SORT_RELEVANCE] = " ORDER BY p.created_at DESC, p.id DESC",
        [SORT_NEWEST] = " ORDER BY p.created_at DESC, p.id DESC",
        [SORT_PRICE] = " ORDER BY p.price, p.id",
        [SORT_PRICE_DESC] = " ORDER BY p.price DESC, p.id DESC",
        [SORT_NAME] = " ORDER BY p.name, p.id",
    };

    if (cq->sort != SORT_RELEVANCE || cq->q.n == 0 || w->common > 0) {
        query_add(q, by[cq->sort]);
        return;
    }
    query_add(q, " ORDER BY p.id = ? DESC");
    query_value(q, DB_I64(exact));
    if (w->any.p != NULL) {
        query_add(q, ", " SCORE " DESC");
        query_value(q, DB_STR(w->any));
        query_value(q, DB_STR(w->any));
    }
    query_add(q, ", p.id DESC");
}

/* A word that so many have says little of any of them: the newest come first, and of the first
 * hundred those that are named so. */
static enum err
window_ids(struct db *db, struct arena *a, const struct catalog_query *cq,
    const struct search_words *w, struct db_rows *out)
{
    struct query q;

    query_init(&q, a, "SELECT m.id FROM (SELECT p.id, p.created_at, p.name REGEXP ? AS named"
                      " FROM product p");
    query_value(&q, DB_STR(w->regexp[0]));
    query_where(&q, a, cq, w);
    order(&q, cq, w, 0);
    query_add(&q, " LIMIT ?) m ORDER BY m.named DESC, m.created_at DESC, m.id DESC"
                  " LIMIT ? OFFSET ?");
    query_value(&q, DB_I64(QUERY_WINDOW / cq->per_page * cq->per_page));
    query_value(&q, DB_I64(cq->per_page));
    query_value(&q, DB_I64((cq->page - 1) * cq->per_page));
    return query_run(&q, db, a, out);
}

/* The ids of the page. */
static enum err
page_ids(struct db *db, struct arena *a, const struct catalog_query *cq,
    const struct search_words *w, int64_t exact, struct db_rows *out)
{
    bool walk = cq->walk || cq->after != 0;
    struct query q;

    if (!walk && w->common > 0 && query_in_window(cq))
        return window_ids(db, a, cq, w, out);
    query_init(&q, a, "SELECT p.id FROM product p");
    query_where(&q, a, cq, w);
    if (walk) {
        query_add(&q, " AND p.id > ? ORDER BY p.id LIMIT ?");
        query_value(&q, DB_I64(cq->after));
        query_value(&q, DB_I64(cq->per_page));
    } else {
        order(&q, cq, w, exact);
        query_add(&q, " LIMIT ? OFFSET ?");
        query_value(&q, DB_I64(cq->per_page));
        query_value(&q, DB_I64((cq->page - 1) * cq->per_page));
    }
    return query_run(&q, db, a, out);
}

enum err
catalog_list(struct db *db, struct arena *a, const struct catalog_query *q,
    struct product_card **out, size_t *n, int64_t *total)
{
    struct search_words w;
    int64_t exact = 0;
    struct db_rows ids;
    enum err e;

    if ((e = query_words(db, a, q, &w)) != ERR_OK)
        return e;
    if (q->q.n > 0) {
        e = catalog_store_id_of_sku(db, a, str_trim(q->q), &exact);
        if (e != ERR_OK && e != ERR_NOT_FOUND)
            return e;
        if (exact != 0)
            w.common = 0; /* it has a place of its own, which the index's order knows */
    }
    if (total != NULL)
        *total = -1;
    if (total != NULL && !q->walk && (e = count(db, a, q, &w, total)) != ERR_OK)
        return e;
    if ((e = page_ids(db, a, q, &w, exact, &ids)) != ERR_OK)
        return e;
    return cards(db, a, &ids, out, n);
}
