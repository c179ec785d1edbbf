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
        .after = jin_i64(q, "after", 0),
        .walk = jin_get(q, "after") != NULL,
    };
    cq->sort = sort_of(jin_str(q, "sort"), cq->q.n > 0);
    while (brand != NULL && cq->brand_n < brand->n && cq->brand_n < CATALOG_BRANDS_MAX) {
        cq->brand[cq->brand_n] = brand->v[cq->brand_n].s;
        cq->brand_n++;
    }
}

/* Bytes as they were sent, but for those that would end the address. */
static void
address(struct buf *b, struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"')
            buf_printf(b, "%%%02X", c);
        else
            buf_char(b, s.p[i]);
    }
}

/* Link: the same query with another `after`. */
static void
link_after(struct req *rq, struct resp *rs, int64_t after)
{
    struct str rest = rq->query_text, pair, key, value;
    struct buf b;

    buf_init_arena(&b, rq->arena, LINK_MAX);
    address(&b, rq->path);
    buf_printf(&b, "?after=%" PRId64, after);
    while (str_next(&rest, '&', &pair)) {
        (void)str_cut(pair, '=', &key, &value);
        if (pair.n == 0 || str_eq_c(key, "after") || str_eq_c(key, "page"))
            continue;
        buf_char(&b, '&');
        address(&b, pair);
    }
    if (!b.overflow)
        resp_header(rs, "Link", "<%s>; rel=\"next\"", buf_cstr(&b));
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

enum err
product_list_send(struct req *rq, struct resp *rs, bool admin)
{
    struct facets facets = {.categories_n = 0};
    struct product_card *cards;
    struct catalog_query cq;
    struct jout *j;
    struct db *db;
    int64_t total = 0;
    size_t i, n = 0;
    enum err e;

    query_read(rq, admin, &cq);
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = catalog_list(db, rq->arena, &cq, &cards, &n, &total)) != ERR_OK)
        return e;
    if (flag(rq->query, "facets") &&
        (e = catalog_facets(db, rq->arena, &cq, &facets)) != ERR_OK)
        return e;
    resp_header(rs, "Cache-Control", admin ? "no-store" : "no-cache");
    if (!cq.walk)
        resp_link_pages(rs, rq, (struct paging){cq.page, cq.per_page}, total);
    else if (n == (size_t)cq.per_page)
        link_after(rq, rs, cards[n - 1].id);
    j = resp_json(rs, 200);
    jout_obj(j);
    jout_key(j, "items");
    jout_arr(j);
    for (i = 0; i < n; i++)
        product_card_jout(j, &cards[i]);
    jout_arr_end(j);
    jout_ki64(j, "page", cq.page);
    jout_ki64(j, "per_page", cq.per_page);
    jout_ki64(j, "total", total);
    if (cq.walk)
        jout_kid(j, "next_after", n == (size_t)cq.per_page ? cards[n - 1].id : 0);
    if (flag(rq->query, "facets"))
        facets_jout(j, &facets);
    jout_obj_end(j);
    return ERR_OK;
}
