/* The storefront's pages: home, category, search. */
#include "routes.h"
#include "web/listing.h"
#include "web/product_page.h"

#define HOME_FEATURED 4
#define HOME_NEWEST 8
#define TOP_CATEGORIES 8

static void
common_head(struct req *rq, struct tval *t, struct str title, struct str canonical)
{
    tval_set_str(rq->arena, t, "title", title);
    view_null(rq->arena, t, "meta_description");
    view_text(rq->arena, t, "canonical", canonical);
    view_null(rq->arena, t, "q");
}

static void
category_link(struct req *rq, struct tval *list, const struct category *c)
{
    struct tval *t = tval_push_obj(rq->arena, list);

    tval_set_str(rq->arena, t, "name", c->name);
    tval_set_fmt(rq->arena, t, "url", "/categories/%.*s", STR_F(c->path));
    tval_set_i64(rq->arena, t, "count", c->count);
    tval_set_fmt(rq->arena, t, "count_text", c->count == 1 ? "%lld thing" : "%lld things",
        (long long)c->count);
    view_image(rq->arena, t, "image", app_of(rq)->assets, c->image);
}

/* Links to the top categories. */
static enum err
top_categories(struct req *rq, struct tval *data, const char *name)
{
    const struct category *top[TOP_CATEGORIES];
    struct tval *list = tval_add_arr(rq->arena, data, name);
    struct category *c = NULL;
    struct db *db;
    size_t i, n = 0;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = catalog_categories(db, rq->arena, &c, &n);
    if (e != ERR_OK)
        return e;
    n = category_top(c, n, top, TOP_CATEGORIES);
    for (i = 0; i < n; i++)
        category_link(rq, list, top[i]);
    return ERR_OK;
}

static enum err
shelf(struct req *rq, struct tval *data, const char *name, enum catalog_sort sort, int64_t n_max,
    size_t *shown)
{
    const struct catalog_query q = {.q = STR_NULL, .category = STR_NULL, .min_price = -1,
        .max_price = -1, .in_stock = true, .sort = sort, .page = 1, .per_page = n_max};
    struct product_card *cards;
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = catalog_list(db, rq->arena, &q, &cards, shown, NULL);
    if (e == ERR_OK)
        view_cards(rq->arena, data, name, app_of(rq)->assets, cards, *shown);
    return e;
}

static enum err
home_fill(void *arg, struct req *rq, struct tval *t)
{
    size_t featured = 0, newest = 0;
    enum err e;

    (void)arg;
    common_head(rq, t, str_c(app_of(rq)->set.shop_name), STR("/"));
    view_null(rq->arena, t, "sale");
    e = top_categories(rq, t, "categories");
    if (e == ERR_OK)
        e = shelf(rq, t, "featured", SORT_PRICE_DESC, HOME_FEATURED, &featured);
    if (e == ERR_OK)
        e = shelf(rq, t, "newest", SORT_NEWEST, HOME_NEWEST, &newest);
    tval_set_bool(rq->arena, t, "has_featured", featured > 0);
    tval_set_c(rq->arena, t, "newest_url", "/search?sort=newest");
    return e;
}

/* The category of `path` among all, its ancestors as breadcrumbs, its children as links. */
static const struct category *
category_fill(struct req *rq, struct tval *t, const struct category *c, size_t n,
    struct str path)
{
    struct tval *crumbs = tval_add_arr(rq->arena, t, "breadcrumbs");
    struct tval *subs = tval_add_arr(rq->arena, t, "subcategories");
    struct str prefix = arena_printf(rq->arena, "%.*s/", STR_F(path));
    const struct category *found = NULL;
    bool has_subs = false;
    size_t i;

    for (i = 0; i < n; i++) {
        struct str as_parent = arena_printf(rq->arena, "%.*s/", STR_F(c[i].path));

        if (str_eq(c[i].path, path)) {
            found = &c[i];
        } else if (str_starts(path, as_parent)) {
            category_link(rq, crumbs, &c[i]);
        } else if (str_starts(c[i].path, prefix) && c[i].count > 0
            && str_chr(str_sub(c[i].path, prefix.n, c[i].path.n), '/') == SIZE_MAX) {
            category_link(rq, subs, &c[i]);
            has_subs = true;
        }
    }
    tval_set_bool(rq->arena, t, "has_subcategories", has_subs);
    return found;
}

static enum err
category_page_fill(void *arg, struct req *rq, struct tval *t)
{
    const struct category *self;
    struct category *c = NULL;
    struct listing l;
    struct db *db;
    struct str action;
    size_t n = 0;
    enum err e = app_db(rq, &db);

    (void)arg;
    if (e == ERR_OK)
        e = catalog_categories(db, rq->arena, &c, &n);
    if (e != ERR_OK)
        return e;
    if ((self = category_fill(rq, t, c, n, rq->param[0])) == NULL)
        return ERR_NOT_FOUND;
    if ((e = listing_load(rq, self->path, STR_NULL, &l)) != ERR_OK)
        return e;
    action = arena_printf(rq->arena, "/categories/%.*s", STR_F(self->path));
    common_head(rq, t, self->name, action);
    view_null(rq->arena, t, "description");
    listing_fill(rq, &l, action, t);
    return ERR_OK;
}

static enum err
search_page_fill(void *arg, struct req *rq, struct tval *t)
{
    struct str q = jin_str(rq->query, "q");
    struct listing l;
    enum err e = listing_load(rq, STR_NULL, q, &l);

    (void)arg;
    if (e == ERR_OK)
        e = top_categories(rq, t, "categories");
    if (e != ERR_OK)
        return e;
    common_head(rq, t,
        q.n > 0 ? arena_printf(rq->arena, "Search: %.*s", STR_F(q)) : STR("Everything"),
        STR_NULL);
    view_text(rq->arena, t, "q", q);
    view_null(rq->arena, t, "suggestion");
    tval_set_bool(rq->arena, t, "no_results", q.n > 0 && l.total == 0 && !l.filtered);
    listing_fill(rq, &l, STR("/search"), t);
    return ERR_OK;
}

/* A list's page, ready-made under its whole address until the catalogue changes. */
static enum err
list_page_send(struct req *rq, struct resp *rs, const char *name,
    enum err (*fill)(void *arg, struct req *rq, struct tval *t))
{
    struct str key;
    enum err e = catalog_list_key(app_of(rq)->cache, rq->arena,
        arena_printf(rq->arena, "%.*s?%.*s", STR_F(rq->path), STR_F(rq->query_text)), &key);

    return e == ERR_OK ? page_send_cached(rq, rs, key, name, fill, NULL) : e;
}

static enum err
home_get(struct req *rq, struct resp *rs)
{
    return list_page_send(rq, rs, "home", home_fill);
}

static enum err
category_get(struct req *rq, struct resp *rs)
{
    return list_page_send(rq, rs, "category", category_page_fill);
}

static enum err
search_get(struct req *rq, struct resp *rs)
{
    return list_page_send(rq, rs, "search", search_page_fill);
}

const struct route store_page_routes[] = {
    {M_GET, "/", home_get, AUTH_OPTIONAL, ROUTE_PAGE, NULL, NULL, "homePage", "Home"},
    {M_GET, "/categories/{path*}", category_get, AUTH_OPTIONAL, ROUTE_PAGE, listing_query,
        NULL, "categoryPage", "A category"},
    {M_GET, "/search", search_get, AUTH_OPTIONAL, ROUTE_PAGE, listing_query, NULL,
        "searchPage", "Search"},
    {M_GET, "/products/{slug}", product_page_get, AUTH_OPTIONAL, ROUTE_PAGE, NULL, NULL,
        "productPage", "A product"},
    {.pattern = NULL},
};
