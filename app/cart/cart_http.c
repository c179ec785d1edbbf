/* The API of carts. A guest's cart is found by its cookie or X-Cart-Token; only adding
 * makes either, so that looking costs nothing. */
#include "cart/cart_http.h"

#include "cart/cart_desk.h"
#include "cart/cart_json.h"
#include "routes.h"

static const struct field add_fields[] = {
    {.name = "sku",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 1,
        .max = 64,
        .help = "SKU of the product or variant",
        .example = "\"LAN-FEZ-S\""},
    {.name = "quantity",
        .type = F_I64,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = CART_QUANTITY_MAX,
        .help = "units to add to those in the cart"},
    {.name = NULL},
};
static const struct field set_fields[] = {
    {.name = "quantity",
        .type = F_I64,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = CART_QUANTITY_MAX,
        .help = "units from now on"},
    {.name = NULL},
};

/* --- changes, which many requests share --- */

static void
errand_done(void *arg)
{
    req_resume(arg);
}

static void
errand_start(struct req *rq, struct resp *rs)
{
    (void)rs;
    cart_desk_submit(app_of(rq)->carts, app_later(rq));
}

static enum err
change_now(struct req *rq, struct cart_change *c)
{
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e != ERR_OK)
        return e;
    cart_change(db, rq->arena, &c, 1);
    return c->e;
}

enum err
cart_http_change(struct req *rq, struct resp *rs, const struct cart_change *c,
    enum err (*finish)(struct req *rq, struct resp *rs))
{
    struct cart_errand *one = arena_calloc(rq->arena, 1, sizeof(*one));

    *one = (struct cart_errand){
        .change = *c, .a = rq->arena, .done = errand_done, .arg = rq};
    one->change.flt = &rs->fault;
    app_later_set(rq, one);
    app_db_done(rq);
    if (app_of(rq)->carts != NULL && req_answer_later(rq, errand_start, finish))
        return ERR_OK;
    one->change.e = change_now(rq, &one->change);
    return finish(rq, rs);
}

const struct cart_change *
cart_http_changed(struct req *rq)
{
    const struct cart_errand *one = app_later(rq);

    return &one->change;
}

static enum err
answer(struct req *rq, struct resp *rs, int status)
{
    const struct cart_change *c = cart_http_changed(rq);

    if (c->e == ERR_OK)
        cart_item_jout(resp_json(rs, status), &c->item);
    return c->e;
}

static enum err
added(struct req *rq, struct resp *rs)
{
    return answer(rq, rs, 201);
}

static enum err
was_set(struct req *rq, struct resp *rs)
{
    return answer(rq, rs, 200);
}

static enum err
get_cart(struct req *rq, struct resp *rs)
{
    struct cart *c = arena_calloc(rq->arena, 1, sizeof(*c));
    struct shopper who;
    struct db *db;
    enum err e = app_shopper(rq, rs, false, STR_NULL, &who);

    c->currency = str_c(app_of(rq)->set.currency);
    if (e == ERR_OK) {
        if ((e = app_db(rq, &db)) == ERR_OK)
            e = cart_get(db, rq->arena, &who, c->currency, c);
    } else if (e == ERR_NOT_FOUND) { /* a guest who never put anything in */
        e = ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    cart_jout(resp_json(rs, 200), c);
    return ERR_OK;
}

static enum err
add_item(struct req *rq, struct resp *rs)
{
    struct shopper *who = arena_calloc(rq->arena, 1, sizeof(*who));
    struct cart_change c = {.who = who,
        .sku = jin_str(rq->in, "sku"),
        .quantity = jin_i64(rq->in, "quantity", 0)};
    enum err e = app_shopper(rq, rs, true, STR_NULL, who);

    return e == ERR_OK ? cart_http_change(rq, rs, &c, added) : e;
}

static enum err
set_item(struct req *rq, struct resp *rs)
{
    struct shopper *who = arena_calloc(rq->arena, 1, sizeof(*who));
    struct cart_change c = {.who = who, .quantity = jin_i64(rq->in, "quantity", 0)};
    enum err e = req_param_id(rq, 0, &c.item_id);

    if (e == ERR_OK)
        e = app_shopper(rq, rs, false, STR_NULL, who);
    return e == ERR_OK ? cart_http_change(rq, rs, &c, was_set) : e;
}

static enum err
remove_item(struct req *rq, struct resp *rs)
{
    struct shopper who;
    int64_t item_id;
    struct db *db;
    enum err e;

    if ((e = req_param_id(rq, 0, &item_id)) != ERR_OK)
        return e;
    if ((e = app_shopper(rq, rs, false, STR_NULL, &who)) != ERR_OK)
        return e;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = cart_remove(db, &who, item_id)) == ERR_OK)
        resp_empty(rs, 204);
    return e;
}

const struct route cart_routes[] = {
    {.method = M_GET,
        .pattern = "/api/v1/cart",
        .fn = get_cart,
        .auth = AUTH_OPTIONAL,
        .id = "getCart",
        .summary = "The shopper's cart",
        .status = 200,
        .out = &cart_schema},
    {.method = M_POST,
        .pattern = "/api/v1/cart",
        .fn = add_item,
        .auth = AUTH_OPTIONAL,
        .in = add_fields,
        .id = "addCartItem",
        .summary = "Add units of a SKU to the cart",
        .about = "A guest's first item makes the cart: its token comes back as X-Cart-Token "
                 "and as a cookie.",
        .status = 201,
        .out = &cart_item_schema,
        .errors = "unknown_sku out_of_stock"},
    {.method = M_PUT,
        .pattern = "/api/v1/cart/{id}",
        .fn = set_item,
        .auth = AUTH_OPTIONAL,
        .in = set_fields,
        .id = "setCartItem",
        .summary = "Set the quantity of a line",
        .status = 200,
        .out = &cart_item_schema,
        .errors = "out_of_stock"},
    {.method = M_DELETE,
        .pattern = "/api/v1/cart/{id}",
        .fn = remove_item,
        .auth = AUTH_OPTIONAL,
        .id = "removeCartItem",
        .summary = "Take a line out",
        .status = 204},
    {.pattern = NULL},
};
