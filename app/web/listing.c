/* Product lists with filters, without JavaScript: every state is an address. */
#include "web/listing.h"

#include "http/form.h"
#include "price/money.h"

#define PER_PAGE 24
#define ADDRESS_MAX ((size_t)8 << 10)

static const struct {
    const char *value, *label;
    enum catalog_sort sort;
} sorts[] = {
    {"relevance", "Best match", SORT_RELEVANCE},
    {"newest", "Newest", SORT_NEWEST},
    {"price", "Price, low to high", SORT_PRICE},
    {"-price", "Price, high to low", SORT_PRICE_DESC},
    {"name", "Name", SORT_NAME},
};

const struct field listing_query[] = {
    {.name = "q", .type = F_STR, .flags = FIELD_TRIM, .max = 200},
    {.name = "brand", .type = F_ANY},
    {.name = "min_price", .type = F_STR, .flags = FIELD_TRIM, .max = 20},
    {.name = "max_price", .type = F_STR, .flags = FIELD_TRIM, .max = 20},
    {.name = "in_stock", .type = F_BOOL},
    {.name = "sort", .type = F_ENUM, .choices = "relevance|newest|price|-price|name"},
    PAGE_FIELD,
    {.name = NULL},
};

static int64_t
price_of(const struct req *rq, const char *name)
{
    struct str s = jin_str(rq->query, name);
    int64_t v;

    if (s.n == 0
        || money_parse_decimal(s, str_c(app_of(rq)->set.currency), &v) != ERR_OK)
        return -1;
    return v;
}

/* brand=A&brand=B arrives as one text or as an array of texts. */
static void
brands_of(const struct jval *query, struct catalog_query *q)
{
    const struct jval *b = jin_get(query, "brand");
    size_t i;

    if (b == NULL)
        return;
    if (b->type == J_STR && b->s.n > 0)
        q->brand[q->brand_n++] = b->s;
    if (b->type != J_ARRAY)
        return;
    for (i = 0; i < b->n && q->brand_n < CATALOG_BRANDS_MAX; i++)
        if (b->v[i].type == J_STR && b->v[i].s.n > 0)
            q->brand[q->brand_n++] = b->v[i].s;
}

static enum catalog_sort
sort_of(const struct jval *query, bool words)
{
    struct str s = jin_str(query, "sort");
    size_t i;

    for (i = 0; i < NELEM(sorts); i++)
        if (str_eq_c(s, sorts[i].value) && (words || sorts[i].sort != SORT_RELEVANCE))
            return sorts[i].sort;
    return words ? SORT_RELEVANCE : SORT_NEWEST;
}

enum err
listing_load(struct req *rq, struct str category, struct str q, struct listing *out)
{
    const struct jval *in_stock = jin_get_type(rq->query, "in_stock", J_BOOL);
    struct catalog_query *cq = &out->query;
    struct db *db;
    enum err e;

    *out = (struct listing){.paging = req_paging(rq, PER_PAGE), .by_relevance = q.n > 0};
    cq->category = category;
    cq->q = q.n > 0 ? q : STR_NULL;
    cq->min_price = price_of(rq, "min_price");
    cq->max_price = price_of(rq, "max_price");
    cq->in_stock = in_stock != NULL && in_stock->b;
    cq->sort = sort_of(rq->query, q.n > 0);
    cq->page = out->paging.page;
    cq->per_page = out->paging.per_page;
    brands_of(rq->query, cq);
    out->filtered = cq->brand_n > 0 || cq->min_price >= 0 || cq->max_price >= 0
        || cq->in_stock;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = catalog_list(db, rq->arena, cq, &out->cards, &out->n, &out->total)) != ERR_OK)
        return e;
    return catalog_facets(db, rq->arena, cq, &out->facets);
}

/* What an address leaves out: nothing, one filter, or all of them. */
enum leave { LEAVE_NONE, LEAVE_BRAND, LEAVE_MIN, LEAVE_MAX, LEAVE_STOCK, LEAVE_ALL };

static void
add_pair(struct req *rq, struct buf *b, const char *name, struct str value)
{
    if (value.n > 0)
        buf_printf(b, "%s=%.*s&", name, STR_F(percent_encode(rq->arena, value)));
}

/* This list's address with its query but for page= and what is left out; ends in '?' or '&'. */
static struct str
address(struct req *rq, const struct listing *l, struct str action, enum leave leave,
    size_t brand)
{
    struct buf b;
    size_t i;

    buf_init_arena(&b, rq->arena, ADDRESS_MAX);
    buf_printf(&b, "%.*s?", STR_F(action));
    add_pair(rq, &b, "q", l->query.q);
    add_pair(rq, &b, "sort", jin_str(rq->query, "sort"));
    if (leave == LEAVE_ALL)
        return buf_view(&b);
    for (i = 0; i < l->query.brand_n; i++)
        if (leave != LEAVE_BRAND || i != brand)
            add_pair(rq, &b, "brand", l->query.brand[i]);
    if (leave != LEAVE_MIN && l->query.min_price >= 0)
        add_pair(rq, &b, "min_price", jin_str(rq->query, "min_price"));
    if (leave != LEAVE_MAX && l->query.max_price >= 0)
        add_pair(rq, &b, "max_price", jin_str(rq->query, "max_price"));
    if (leave != LEAVE_STOCK && l->query.in_stock)
        buf_c(&b, "in_stock=true&");
    return buf_view(&b);
}

static void
active(struct req *rq, struct tval *list, struct str label, struct str url)
{
    struct tval *t = tval_push_obj(rq->arena, list);

    tval_set_str(rq->arena, t, "label", label);
    tval_set_str(rq->arena, t, "remove_url", url);
}

static void
fill_active(struct req *rq, const struct listing *l, struct str action, struct tval *data)
{
    struct tval *list = tval_add_arr(rq->arena, data, "active");
    const struct catalog_query *q = &l->query;
    struct str currency = str_c(app_of(rq)->set.currency);
    struct arena *a = rq->arena;
    size_t i;

    for (i = 0; i < q->brand_n; i++)
        active(rq, list, arena_printf(a, "Maker: %.*s", STR_F(q->brand[i])),
            address(rq, l, action, LEAVE_BRAND, i));
    if (q->min_price >= 0)
        active(rq, list,
            arena_printf(a, "From %.*s", STR_F(money_format(a, q->min_price, currency))),
            address(rq, l, action, LEAVE_MIN, 0));
    if (q->max_price >= 0)
        active(rq, list,
            arena_printf(a, "Up to %.*s", STR_F(money_format(a, q->max_price, currency))),
            address(rq, l, action, LEAVE_MAX, 0));
    if (q->in_stock)
        active(rq, list, STR("In stock"), address(rq, l, action, LEAVE_STOCK, 0));
}

static bool
chosen(const struct catalog_query *q, struct str brand)
{
    size_t i;

    for (i = 0; i < q->brand_n; i++)
        if (str_eq(q->brand[i], brand))
            return true;
    return false;
}

static void
fill_brands(struct req *rq, const struct listing *l, struct tval *filters)
{
    struct tval *list = tval_add_arr(rq->arena, filters, "brands");
    size_t i;

    for (i = 0; i < l->facets.brands_n; i++) {
        const struct facet *f = &l->facets.brands[i];
        struct tval *t = tval_push_obj(rq->arena, list);

        tval_set_str(rq->arena, t, "value", f->name);
        tval_set_str(rq->arena, t, "name", f->name);
        tval_set_i64(rq->arena, t, "count", f->count);
        tval_set_bool(rq->arena, t, "checked", chosen(&l->query, f->name));
    }
    tval_set_bool(rq->arena, filters, "has_brands", l->facets.brands_n > 0);
}

static void
fill_filters(struct req *rq, const struct listing *l, struct tval *data)
{
    struct tval *f = tval_add_obj(rq->arena, data, "filters"), *list;
    size_t i;

    fill_brands(rq, l, f);
    view_text(rq->arena, f, "min_price", jin_str(rq->query, "min_price"));
    view_text(rq->arena, f, "max_price", jin_str(rq->query, "max_price"));
    tval_set_c(rq->arena, f, "currency", app_of(rq)->set.currency);
    tval_set_bool(rq->arena, f, "in_stock", l->query.in_stock);
    list = tval_add_arr(rq->arena, f, "sorts");
    for (i = 0; i < NELEM(sorts); i++) {
        struct tval *t;

        if (sorts[i].sort == SORT_RELEVANCE && !l->by_relevance)
            continue;
        t = tval_push_obj(rq->arena, list);
        tval_set_c(rq->arena, t, "value", sorts[i].value);
        tval_set_c(rq->arena, t, "label", sorts[i].label);
        tval_set_bool(rq->arena, t, "selected", sorts[i].sort == l->query.sort);
    }
}

void
listing_fill(struct req *rq, const struct listing *l, struct str action, struct tval *data)
{
    struct tval *hidden = tval_add_arr(rq->arena, data, "hidden");

    if (l->query.q.n > 0) {
        struct tval *t = tval_push_obj(rq->arena, hidden);

        tval_set_c(rq->arena, t, "name", "q");
        tval_set_str(rq->arena, t, "value", l->query.q);
    }
    tval_set_str(rq->arena, data, "form_action", action);
    tval_set_fmt(rq->arena, data, "total_text", l->total == 1 ? "%lld thing" : "%lld things",
        (long long)l->total);
    view_cards(rq->arena, data, "products", app_of(rq)->assets, l->cards, l->n);
    tval_set_bool(rq->arena, data, "has_products", l->n > 0);
    tval_set_str(rq->arena, data, "clear_url", address(rq, l, action, LEAVE_ALL, 0));
    tval_set_bool(rq->arena, data, "filtered", l->filtered);
    fill_active(rq, l, action, data);
    fill_filters(rq, l, data);
    view_pager(rq->arena, data, address(rq, l, action, LEAVE_NONE, 0), l->paging, l->total);
}
