/* The cart's page and its forms. */
#include "cart/cart_http.h"
#include "cart/cart_page.h"
#include "price/money.h"
#include "web/order_view.h"
#include "web/page.h"
#include "web/view.h"

static struct str
line_message(struct arena *a, const struct cart_item *it)
{
    if (!it->sku.active)
        return STR("This is not sold any more. Remove it to go on.");
    if (it->sku.available <= 0)
        return STR("Sold out. Remove it to go on.");
    if (it->sku.available < it->quantity)
        return arena_printf(a, "Only %lld left. Lower the quantity to go on.",
            (long long)it->sku.available);
    return STR_NULL;
}

static void
line_fill(struct req *rq, struct tval *t, const struct cart_item *it, struct str currency)
{
    struct arena *a = rq->arena;
    int64_t max =
        it->sku.available < CART_QUANTITY_MAX ? it->sku.available : CART_QUANTITY_MAX;

    tval_set_i64(a, t, "id", it->id);
    tval_set_str(a, t, "name", it->sku.name);
    tval_set_fmt(a, t, "url", "/products/%.*s", STR_F(it->sku.slug));
    view_image(a, t, "image", app_of(rq)->assets, it->sku.image);
    view_null(a, t, "variant");
    view_null(a, t, "brand");
    view_money(a, t, "unit_price", it->sku.unit_price, currency);
    tval_set_i64(a, t, "quantity", it->quantity);
    tval_set_i64(a, t, "max_quantity", max > 0 ? max : 1);
    view_money(a, t, "line_total", it->line_total, currency);
    tval_set_bool(a, t, "in_stock", it->sku.active && it->sku.available >= it->quantity);
    view_text(a, t, "message", line_message(a, it));
}

bool
cart_buyable(const struct cart *c)
{
    size_t i;

    for (i = 0; i < c->n; i++)
        if (!c->items[i].sku.active || c->items[i].sku.available < c->items[i].quantity)
            return false;
    return c->n > 0;
}

enum err
cart_of(struct req *rq, struct resp *rs, struct cart *out, struct shopper *who)
{
    struct str currency = str_c(app_of(rq)->set.currency);
    struct db *db = NULL;
    enum err e = app_shopper(rq, rs, false, STR_NULL, who);

    *out = (struct cart){.currency = currency};
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (e == ERR_OK)
        e = app_db(rq, &db);
    if (e == ERR_OK)
        e = cart_get(db, rq->arena, who, currency, out);
    if (e == ERR_OK)
        app_cart_units_set(rq, out->count);
    return e;
}

/* What it would come to in the country that was chosen; without one, or where nothing of it
 * can be told, the subtotal is all. */
static enum err
estimate_fill(struct req *rq, struct tval *t, const struct cart *c, const struct shopper *who)
{
    struct order_quote *q = arena_calloc(rq->arena, 1, sizeof(*q));
    struct order_in in = {.who = *who,
        .address = {.country = jin_str(rq->query, "country")},
        .default_currency = c->currency};
    struct fault flt;
    struct db *db;
    enum err e;

    fault_clear(&flt);
    view_countries(rq->arena, t, in.address.country);
    tval_set_bool(rq->arena, t, "estimated", false);
    view_null(rq->arena, t, "estimate_error");
    if (in.address.country.n == 0 || c->n == 0)
        return ERR_OK;
    if ((e = app_rules(rq, &in.rules)) != ERR_OK)
        return e;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    e = order_quote(db, rq->arena, &in, c, q, &flt);
    if (e == ERR_INVALID && flt.n > 0)
        tval_set_fmt(rq->arena, t, "estimate_error", "This %s.", flt.field[0].detail);
    if (e != ERR_OK)
        return e == ERR_INVALID ? ERR_OK : e;
    tval_set_bool(rq->arena, t, "estimated", true);
    view_order_totals(rq->arena, t, &q->o,
        view_order_method(rq->arena, in.rules, in.address.country, &q->o));
    return ERR_OK;
}

static enum err
cart_page_get(struct req *rq, struct resp *rs)
{
    struct cart *c = arena_calloc(rq->arena, 1, sizeof(*c));
    struct tval *t = tval_obj(rq->arena), *list;
    struct shopper who;
    size_t i;
    enum err e = cart_of(rq, rs, c, &who);

    if (e != ERR_OK)
        return e;
    tval_set_c(rq->arena, t, "title", "Your cart");
    tval_set_bool(rq->arena, t, "has_items", c->n > 0);
    list = tval_add_arr(rq->arena, t, "items");
    for (i = 0; i < c->n; i++)
        line_fill(rq, tval_push_obj(rq->arena, list), &c->items[i], c->currency);
    tval_set_fmt(rq->arena, t, "count_text", c->count == 1 ? "%lld piece" : "%lld pieces",
        (long long)c->count);
    view_money(rq->arena, t, "subtotal", c->subtotal, c->currency);
    if ((e = estimate_fill(rq, t, c, &who)) != ERR_OK)
        return e;
    (void)tval_add_arr(rq->arena, t, "messages");
    tval_set_bool(rq->arena, t, "can_checkout", cart_buyable(c));
    return page_send(rq, rs, 200, "cart", t);
}

/* A refusal the shopper can mend is told on the cart's page. */
static enum err
back_to_cart(struct req *rq, struct resp *rs, enum err e)
{
    const struct fault *f = &rs->fault;

    if (e == ERR_CONFLICT || e == ERR_INVALID || e == ERR_NOT_FOUND)
        page_flash(rq, rs, "error", "%s",
            f->n > 0               ? f->field[0].detail
            : f->detail[0] != '\0' ? f->detail
                                   : "That line is not in your cart any more.");
    else if (e != ERR_OK)
        return e;
    resp_redirect(rs, "/cart");
    return ERR_OK;
}

static enum err
added(struct req *rq, struct resp *rs)
{
    enum err e = cart_http_changed(rq)->e;

    if (e == ERR_OK)
        page_flash(rq, rs, "success", "It is in your cart.");
    return back_to_cart(rq, rs, e);
}

static enum err
add_form(struct req *rq, struct resp *rs)
{
    struct shopper *who = arena_calloc(rq->arena, 1, sizeof(*who));
    struct cart_change c = {.who = who,
        .sku = jin_str(rq->in, "sku"),
        .quantity = jin_i64(rq->in, "quantity", 1)};
    enum err e = app_shopper(rq, rs, true, STR_NULL, who);

    return e == ERR_OK ? cart_http_change(rq, rs, &c, added) : back_to_cart(rq, rs, e);
}

static enum err
updated(struct req *rq, struct resp *rs)
{
    return back_to_cart(rq, rs, cart_http_changed(rq)->e);
}

static enum err
update_form(struct req *rq, struct resp *rs)
{
    struct shopper *who = arena_calloc(rq->arena, 1, sizeof(*who));
    struct cart_change c = {.who = who,
        .item_id = req_in_id(rq, "item_id"),
        .quantity = jin_i64(rq->in, "quantity", 1)};
    enum err e = app_shopper(rq, rs, false, STR_NULL, who);

    return e == ERR_OK ? cart_http_change(rq, rs, &c, updated) : back_to_cart(rq, rs, e);
}

static enum err
remove_form(struct req *rq, struct resp *rs)
{
    struct shopper who;
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = app_shopper(rq, rs, false, STR_NULL, &who);
    if (e == ERR_OK)
        e = cart_remove(db, &who, req_in_id(rq, "item_id"));
    return back_to_cart(rq, rs, e == ERR_NOT_FOUND ? ERR_OK : e);
}

static const struct field add_in[] = {
    {.name = "sku", .type = F_STR, .flags = FIELD_REQUIRED, .min = 1, .max = 64},
    {.name = "quantity", .type = F_I64, .min = 1, .max = CART_QUANTITY_MAX},
    {.name = NULL},
};
static const struct field update_in[] = {
    {.name = "item_id", .type = F_ID, .flags = FIELD_REQUIRED},
    {.name = "quantity",
        .type = F_I64,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = CART_QUANTITY_MAX},
    {.name = NULL},
};
static const struct field remove_in[] = {
    {.name = "item_id", .type = F_ID, .flags = FIELD_REQUIRED},
    {.name = NULL},
};

static const struct field page_query[] = {
    {.name = "country",
        .type = F_STR,
        .flags = FIELD_TRIM,
        .max = 2,
        .help = "where to estimate delivery and tax for"},
    {.name = NULL},
};

const struct route cart_page_routes[] = {
    {M_GET, "/cart", cart_page_get, AUTH_OPTIONAL, ROUTE_PAGE, page_query, NULL, "cartPage",
        "The cart"},
    {M_POST, "/cart/add", add_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, add_in,
        "cartAddForm", "Add to the cart"},
    {M_POST, "/cart/update", update_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, update_in,
        "cartUpdateForm", "Change a quantity"},
    {M_POST, "/cart/remove", remove_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, remove_in,
        "cartRemoveForm", "Remove a line"},
    {.pattern = NULL},
};
