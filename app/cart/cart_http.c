/* The API of carts. A guest's cart is found by its cookie or X-Cart-Token; only adding
 * makes either, so that looking costs nothing. */
#include "app.h"
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

static enum err
cart_read(struct req *rq, struct db *db, const struct shopper *who, struct cart **out)
{
    *out = arena_calloc(rq->arena, 1, sizeof(**out));
    return cart_get(db, rq->arena, who, str_c(app_of(rq)->set.currency), *out);
}

/* Answer with one line of the cart, as it is after the change. */
static enum err
item_answer(struct req *rq, struct resp *rs, struct db *db, const struct shopper *who,
    int64_t item_id, int status)
{
    struct cart *c;
    enum err e = cart_read(rq, db, who, &c);

    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < c->n; i++) {
        if (c->items[i].id != item_id)
            continue;
        cart_item_jout(resp_json(rs, status), &c->items[i]);
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
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
            e = cart_read(rq, db, &who, &c);
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
    struct shopper who;
    int64_t item_id;
    struct db *db;
    enum err e;

    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = app_shopper(rq, rs, true, STR_NULL, &who)) != ERR_OK)
        return e;
    e = cart_add(db, rq->arena, &who, jin_str(rq->in, "sku"),
        jin_i64(rq->in, "quantity", 0), &item_id, &rs->fault);
    return e == ERR_OK ? item_answer(rq, rs, db, &who, item_id, 201) : e;
}

static enum err
set_item(struct req *rq, struct resp *rs)
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
    e = cart_set(
        db, rq->arena, &who, item_id, jin_i64(rq->in, "quantity", 0), &rs->fault);
    return e == ERR_OK ? item_answer(rq, rs, db, &who, item_id, 200) : e;
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
