/* Lists of products over HTTP: from the validated query to a catalog_query, and the
 * answer with its links. */
#include <inttypes.h>

#include "catalog/catalog_http.h"
#include "catalog/catalog_json.h"
#include "catalog/slug.h"

#define PER_PAGE_DEFAULT 20
#define LINK_MAX 8192

/* A path or names, each part made a slug: "Audio/Head phones" and "audio/head-phones". */
static struct str
category_path(struct arena *a, struct str s)
{
    struct str part;
    struct buf b;

    buf_init_arena(&b, a, LINK_MAX);
    while (str_next(&s, '/', &part)) {
        part = str_trim(part);
        if (part.n == 0)
            continue;
        buf_c(&b, b.n > 0 ? "/" : "");
        buf_str(&b, slug_category(a, part));
    }
    return b.n > 0 ? buf_view(&b) : STR_NULL;
}

static enum catalog_sort
sort_of(struct str s, bool searching)
{
    static const struct {
        const char *name;
        enum catalog_sort sort;
    } t[] = {{"relevance", SORT_RELEVANCE}, {"newest", SORT_NEWEST},
        {"price", SORT_PRICE}, {"-price", SORT_PRICE_DESC}, {"name", SORT_NAME}};
    size_t i;

    for (i = 0; i < NELEM(t); i++)
        if (str_eq_c(s, t[i].name))
            return t[i].sort;
    return searching ? SORT_RELEVANCE : SORT_NEWEST;
}

static bool
flag(const struct jval *q, const char *name)
{
    const struct jval *v = jin_get_type(q, name, J_BOOL);

    return v != NULL && v->b;
}

static void
query_read(struct req *rq, bool admin, struct catalog_query *cq)
{
    const struct jval *q = rq->query, *brand = jin_get_type(q, "brand", J_ARRAY);
    struct paging pg = req_paging(rq, PER_PAGE_DEFAULT);
    struct str status = jin_str(q, "status");

    *cq = (struct catalog_query){
        .q = str_trim(jin_str(q, "q")),
        .category = category_path(rq->arena, jin_str(q, "category")),
        .min_price = jin_i64(q, "min_price", -1),
        .max_price = jin_i64(q, "max_price", -1),
        .in_stock = flag(q, "in_stock"),
        .with_archived = admin && !str_eq_c(status, "active"),
        .only_archived = admin && str_eq_c(status, "archived"),
        .page = pg.page,
        .per_page = pg.per_page,
    };
    cq->walk = req_after(rq, &cq->after);
    cq->sort = sort_of(jin_str(q, "sort"), cq->q.n > 0);
    while (brand != NULL && cq->brand_n < brand->n && cq->brand_n < CATALOG_BRANDS_MAX) {
        cq->brand[cq->brand_n] = brand->v[cq->brand_n].s;
        cq->brand_n++;
    }
}

static void
facet_list(struct jout *j, const char *name, const struct facet *f, size_t n, bool prices)
{
    size_t i;

    jout_key(j, name);
    jout_arr(j);
    for (i = 0; i < n; i++) {
        jout_obj(j);
        jout_kstr(j, "key", f[i].key);
        if (!prices)
            jout_kstr(j, "name", f[i].name);
        if (prices)
            jout_ki64(j, "from", f[i].from);
        if (prices && f[i].to >= 0)
            jout_ki64(j, "to", f[i].to);
        else if (prices)
            jout_kstr(j, "to", STR_NULL);
        jout_ki64(j, "count", f[i].count);
        jout_obj_end(j);
    }
    jout_arr_end(j);
}

static void
facets_jout(struct jout *j, const struct facets *f)
{
    jout_key(j, "facets");
    jout_obj(j);
    facet_list(j, "categories", f->categories, f->categories_n, false);
    facet_list(j, "brands", f->brands, f->brands_n, false);
    facet_list(j, "prices", f->prices, f->prices_n, true);
    jout_obj_end(j);
}

struct list_load {
    struct req *rq;
    const struct resp *rs;
    const struct catalog_query *cq;
};

static void
list_jout(struct jout *j, const struct catalog_query *cq, const struct product_card *cards,
    size_t n, int64_t total)
{
    size_t i;

    jout_key(j, "items");
    jout_arr(j);
    for (i = 0; i < n; i++)
        product_card_jout(j, &cards[i]);
    jout_arr_end(j);
    jout_ki64(j, "page", cq->page);
    jout_ki64(j, "per_page", cq->per_page);
    jout_key(j, "total");
    if (cq->walk)
        jout_null(j);
    else
        jout_i64(j, total);
    if (cq->walk)
        jout_kid(j, "next_after", n == (size_t)cq->per_page ? cards[n - 1].id : 0);
}

/* The list ready-made: what its Link header needs (the total, or the id to go on after) in
 * decimal, its tag and its JSON, a line feed after each. Hashing the JSON for the tag once a
 * request was a third of what a hit cost. */
static enum err
list_load(void *arg, struct arena *a, struct str *out)
{
    const struct list_load *ll = arg;
    const struct catalog_query *cq = ll->cq;
    bool facets_too = flag(ll->rq->query, "facets");
    struct facets facets = {.categories_n = 0};
    struct product_card *cards = NULL;
    struct db *db;
    struct buf b;
    struct jout j;
    int64_t total = 0;
    size_t n = 0;
    enum err e = app_db(ll->rq, &db);

    if (e == ERR_OK)
        e = catalog_list(db, a, cq, &cards, &n, &total);
    if (e == ERR_OK && facets_too)
        e = catalog_facets(db, a, cq, &facets);
    if (e != ERR_OK)
        return e;
    buf_init_arena(&b, a, RESP_BODY_MAX);
    jout_init(&j, &b);
    jout_obj(&j);
    list_jout(&j, cq, cards, n, total);
    if (facets_too)
        facets_jout(&j, &facets);
    jout_obj_end(&j);
    if (cq->walk)
        total = n == (size_t)cq->per_page ? cards[n - 1].id : 0;
    *out = arena_printf(a, "%" PRId64 "\n%s\n%.*s", total, resp_tag(ll->rs, buf_view(&b)),
        STR_F(buf_view(&b)));
    return b.overflow ? ERR_TOO_LARGE : ERR_OK;
}

/* The public's lists are kept ready-made; the shop's people always see the database. */
static enum err
list_bytes(struct req *rq, bool admin, struct list_load *ll, struct str *out)
{
    struct cache *cache = app_of(rq)->cache;
    struct str key;
    enum err e;

    if (admin)
        return list_load(ll, rq->arena, out);
    e = catalog_list_key(cache, rq->arena,
        arena_printf(rq->arena, "tag %.*s?%.*s", STR_F(rq->path), STR_F(rq->query_text)), &key);
    return e == ERR_OK ? cache_get(cache, rq->arena, key, list_load, ll, out) : e;
}

enum err
product_list_send(struct req *rq, struct resp *rs, bool admin)
{
    struct catalog_query cq;
    struct list_load ll = {rq, rs, &cq};
    struct str bytes, link, tag, body;
    int64_t n = 0;
    enum err e;

    query_read(rq, admin, &cq);
    if ((e = list_bytes(rq, admin, &ll, &bytes)) != ERR_OK)
        return e;
    if (!str_cut(bytes, '\n', &link, &bytes) || !str_i64(link, &n) ||
        !str_cut(bytes, '\n', &tag, &body))
        return ERR_INTERNAL;
    if (!cq.walk)
        resp_link_pages(rs, rq, (struct paging){cq.page, cq.per_page}, n);
    else
        resp_link_after(rs, rq, n);
    if (admin || !resp_not_modified(rs, rq, arena_cstr(rq->arena, tag)))
        resp_bytes(rs, 200, "application/json", body);
    return ERR_OK;
}
