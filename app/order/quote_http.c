/* What an order would come to: the API's answer before there is one. Changes nothing. */
#include "cart/cart_page.h"
#include "order/order_http.h"
#include "order/order_json.h"
#include "price/money_json.h"

static const struct field address_fields[] = {
    {.name = "country",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 2,
        .max = 2,
        .help = "ISO 3166-1 alpha-2"},
    {.name = NULL},
};
static const struct field quote_fields[] = {
    {.name = "items",
        .type = F_ARRAY,
        .flags = FIELD_NULL,
        .min = 1,
        .max = ORDER_LINES_MAX,
        .fields = order_item_fields,
        .help = "without it the cart is quoted"},
    {.name = "shipping_address",
        .type = F_OBJECT,
        .flags = FIELD_NULL,
        .fields = address_fields,
        .help = "without it neither tax nor delivery by zone can be told"},
    {.name = "email",
        .type = F_EMAIL,
        .flags = FIELD_NULL | FIELD_TRIM,
        .help = "a guest's, whose uses of the coupon are counted"},
    {.name = "shipping_method", .type = F_STR, .flags = FIELD_NULL, .min = 1, .max = 40},
    {.name = "coupon",
        .type = F_STR,
        .flags = FIELD_NULL | FIELD_TRIM,
        .min = 1,
        .max = 64},
    {.name = NULL},
};

static void
quote_jout(struct jout *j, const struct order_quote *q)
{
    jout_obj(j);
    jout_kstr(j, "currency", q->o.currency);
    order_sums_jout(j, &q->o);
    jout_key(j, "shipping_methods");
    jout_arr(j);
    for (size_t i = 0; i < q->methods_n; i++) {
        jout_obj(j);
        jout_kstr(j, "code", q->methods[i].code);
        jout_kstr(j, "name", q->methods[i].name);
        money_kjout(j, "charge", q->methods[i].charge, q->o.currency);
        jout_obj_end(j);
    }
    jout_arr_end(j);
    jout_obj_end(j);
}

/* 200; 422 with the faults that placing the order would meet, stock aside. */
static enum err
quote(struct req *rq, struct resp *rs)
{
    const struct jval *ad = jin_get(rq->in, "shipping_address");
    struct order_quote *q = arena_calloc(rq->arena, 1, sizeof(*q));
    struct cart *cart = arena_calloc(rq->arena, 1, sizeof(*cart));
    struct order_in in = {.default_currency = str_c(app_of(rq)->set.currency),
        .email = jin_str(rq->in, "email"),
        .address = {.country = jin_str(ad, "country")},
        .shipping_method = jin_str(rq->in, "shipping_method"),
        .coupon = jin_str(rq->in, "coupon")};
    struct db *db;
    enum err e;

    order_http_wants(rq, &in);
    if ((e = cart_of(rq, rs, cart, &in.who)) != ERR_OK)
        return e;
    if ((e = app_rules(rq, &in.rules)) != ERR_OK)
        return e;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = order_quote(db, rq->arena, &in, cart, q, &rs->fault)) != ERR_OK)
        return e;
    resp_header(rs, "Cache-Control", "no-store");
    quote_jout(resp_json(rs, 200), q);
    return ERR_OK;
}

const struct route quote_routes[] = {
    {.method = M_POST,
        .pattern = "/api/v1/quote",
        .fn = quote,
        .auth = AUTH_OPTIONAL,
        .in = quote_fields,
        .id = "quoteOrder",
        .summary = "What an order of these items, or of the cart, would come to",
        .status = 200,
        .out = &quote_schema,
        .errors = "empty_cart unknown_sku",
        .example = "{\"items\":[{\"sku\":\"LAN-FEZ-S\",\"quantity\":1}],"
                   "\"shipping_address\":{\"country\":\"MA\"}}"},
    {.pattern = NULL},
};
