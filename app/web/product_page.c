/* The page of one product: cached ready-made under its id, dropped by catalog_changed(). */
#include "web/product_page.h"

#include "http/form.h"
#include "price/money.h"
#include "web/page.h"
#include "web/view.h"

#define RELATED 4
#define SLUG_MAX 160
#define QUANTITY_MAX 20 /* what the page offers at once; the cart takes more */

static int64_t
quantity_max(int64_t stock)
{
    if (stock < 1)
        return 1;
    return stock < QUANTITY_MAX ? stock : QUANTITY_MAX;
}

/* Stock, price and limits of one SKU, for the page itself or one of its variants. */
static void
sku_fill(struct arena *a, struct tval *t, const struct product *p, const struct sku *s)
{
    tval_set_str(a, t, "sku", s->sku);
    view_money(a, t, "price", s->price, p->currency);
    tval_set_c(a, t, "stock_level", view_stock_level(s->stock));
    tval_set_str(a, t, "stock_text", view_stock_text(a, s->stock));
    tval_set_bool(a, t, "in_stock", s->stock > 0);
    tval_set_i64(a, t, "max_quantity", quantity_max(s->stock));
}

/* Sold out, but for now: "3 pieces are held by unpaid orders". */
static void
hold_fill(struct arena *a, struct tval *t, const struct product *p)
{
    if (p->on_hold > 0)
        tval_set_fmt(a, t, "on_hold", "%lld %s held by unpaid orders and may come back.",
            (long long)p->on_hold, p->on_hold == 1 ? "piece is" : "pieces are");
    else
        view_null(a, t, "on_hold");
}

/* The SKU a page opens with: the first that can be bought, else the first. */
static size_t
first_choice(const struct product *p)
{
    size_t i;

    for (i = 0; i < p->skus_n; i++)
        if (p->skus[i].stock > 0)
            return i;
    return 0;
}

static void
variants_fill(struct arena *a, struct tval *t, const struct product *p, size_t chosen)
{
    struct tval *list = tval_add_arr(a, t, "variants");
    size_t i;

    for (i = 0; i < p->skus_n; i++) {
        struct tval *v = tval_push_obj(a, list);

        sku_fill(a, v, p, &p->skus[i]);
        tval_set_str(a, v, "label",
            p->skus[i].variant.n > 0 ? p->skus[i].variant : p->skus[i].sku);
        tval_set_bool(a, v, "checked", i == chosen);
        tval_set_i64(a, v, "n", (int64_t)i + 1);
    }
    tval_set_bool(a, t, "has_variants", p->skus_n > 1);
    view_null(a, t, "variant_name");
}

static void
images_fill(struct req *rq, struct tval *t, const struct product *p)
{
    struct tval *list = tval_add_arr(rq->arena, t, "images");
    size_t i;

    for (i = 0; i < p->images_n && i < 9; i++) {
        struct tval *m = tval_push_obj(rq->arena, list);
        struct str alt = p->images[i].alt;

        view_image(rq->arena, m, "url", app_of(rq)->assets, p->images[i].url);
        tval_set_str(rq->arena, m, "alt", alt.n > 0 ? alt : p->name);
        tval_set_i64(rq->arena, m, "n", (int64_t)i + 1);
        tval_set_bool(rq->arena, m, "first", i == 0);
    }
    tval_set_bool(rq->arena, t, "has_images", p->images_n > 0);
    tval_set_bool(rq->arena, t, "has_gallery", p->images_n > 1);
}

static void
text_fill(struct arena *a, struct tval *t, const struct product *p)
{
    struct tval *paragraphs = tval_add_arr(a, t, "description");
    struct tval *facts = tval_add_arr(a, t, "attributes");
    struct str rest = p->description, line;
    size_t i;

    while (str_next(&rest, '\n', &line))
        if (str_trim(line).n > 0)
            tval_push(a, paragraphs, tval_str(a, str_trim(line)));
    for (i = 0; i < p->attributes_n; i++) {
        struct tval *f = tval_push_obj(a, facts);

        tval_set_str(a, f, "name", p->attributes[i].name);
        tval_set_str(a, f, "value", p->attributes[i].value);
    }
}

static void
crumbs_fill(struct arena *a, struct tval *t, const struct product *p)
{
    struct tval *list = tval_add_arr(a, t, "breadcrumbs");
    struct str rest = p->category_path, part;
    size_t i, end = 0;

    for (i = 0; i < p->category_n && str_next(&rest, '/', &part); i++) {
        struct tval *c = tval_push_obj(a, list);

        end += part.n + (i > 0);
        tval_set_str(a, c, "name", p->category[i]);
        tval_set_fmt(a, c, "url", "/categories/%.*s", STR_F(str_sub(p->category_path, 0, end)));
    }
}

/* Neighbours of the same category, without the product itself. */
static enum err
related_fill(struct req *rq, struct db *db, struct tval *t, const struct product *p)
{
    const struct catalog_query q = {.q = STR_NULL, .category = p->category_path,
        .min_price = -1, .max_price = -1, .in_stock = true, .sort = SORT_NEWEST, .page = 1,
        .per_page = RELATED + 1};
    struct tval *list = tval_add_arr(rq->arena, t, "related");
    struct product_card *cards;
    size_t i, n, shown = 0;
    enum err e = catalog_list(db, rq->arena, &q, &cards, &n, NULL);

    for (i = 0; e == ERR_OK && i < n && shown < RELATED; i++) {
        if (cards[i].id == p->id)
            continue;
        view_card(rq->arena, tval_push_obj(rq->arena, list), app_of(rq)->assets, &cards[i]);
        shown++;
    }
    tval_set_bool(rq->arena, t, "has_related", shown > 0);
    return e;
}

static bool
may_be_shown(const struct product *p)
{
    return !p->archived && p->skus_n > 0;
}

static enum err
product_fill(void *arg, struct req *rq, struct tval *t)
{
    const int64_t *id = arg;
    struct arena *a = rq->arena;
    struct product p;
    struct db *db;
    size_t chosen;
    enum err e = app_db(rq, &db);

    /* By the id, as the page is kept: a slug that is no longer the product's must not say of
     * the page that there is none. */
    if (e == ERR_OK)
        e = catalog_get(db, a, *id, &p);
    if (e == ERR_OK && !may_be_shown(&p))
        e = ERR_NOT_FOUND;
    if (e != ERR_OK)
        return e;
    chosen = first_choice(&p);
    tval_set_str(a, t, "title", p.name);
    view_text(a, t, "meta_description", str_utf8_cut(p.description, 160));
    tval_set_fmt(a, t, "canonical", "/products/%.*s", STR_F(p.slug));
    view_null(a, t, "q");
    view_text(a, t, "brand", p.brand);
    if (p.brand.n > 0)
        tval_set_fmt(a, t, "brand_url", "/search?brand=%.*s", STR_F(percent_encode(a, p.brand)));
    else
        view_null(a, t, "brand_url");
    view_null(a, t, "old_price");
    view_null(a, t, "sale");
    sku_fill(a, t, &p, &p.skus[chosen]);
    hold_fill(a, t, &p);
    variants_fill(a, t, &p, chosen);
    images_fill(rq, t, &p);
    text_fill(a, t, &p);
    crumbs_fill(a, t, &p);
    return related_fill(rq, db, t, &p);
}

/* The id behind a slug, as text: the page's cache key, which every change can name. */
static enum err
id_load(void *arg, struct arena *a, struct str *out)
{
    struct req *rq = arg;
    struct product p;
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = catalog_get_slug(db, rq->arena, rq->param[0], &p);
    if (e == ERR_OK && !may_be_shown(&p))
        e = ERR_NOT_FOUND;
    if (e == ERR_OK)
        *out = arena_printf(a, "%lld", (long long)p.id);
    return e;
}

enum err
product_page_get(struct req *rq, struct resp *rs)
{
    struct str slug = rq->param[0], text;
    int64_t id;
    enum err e;

    if (slug.n == 0 || slug.n > SLUG_MAX)
        return ERR_NOT_FOUND;
    e = cache_get(app_of(rq)->cache, rq->arena, arena_printf(rq->arena, "s:%.*s", STR_F(slug)),
        id_load, rq, &text);
    if (e != ERR_OK)
        return e;
    if (!str_i64(text, &id))
        return ERR_INTERNAL;
    return page_send_cached(rq, rs, arena_printf(rq->arena, "h:%.*s", STR_F(text)), "product",
        product_fill, &id);
}
