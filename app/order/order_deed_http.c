/* The back office's API of what moves goods and money: ship, refund, take back. Money is
 * the admin's alone. With an Idempotency-Key a repeat does nothing more and gets the
 * first answer's bytes. */
#include <stdio.h>
#include <string.h>

#include "cart/cart.h"
#include "order/order_http.h"
#include "order/order_json.h"
#include "price/money_json.h"
#include "routes.h"

#define SKU                                                                              \
    {                                                                                    \
        .name = "sku", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM, .min = 1,    \
        .max = 64, .help = "of a line of this order; each at most once"                  \
    }
#define QUANTITY                                                                         \
    {                                                                                    \
        .name = "quantity", .type = F_I64, .flags = FIELD_REQUIRED, .min = 1,            \
        .max = CART_QUANTITY_MAX                                                         \
    }
#define REASON                                                                           \
    {                                                                                    \
        .name = "reason", .type = F_STR, .flags = FIELD_NULL | FIELD_TRIM, .min = 1,     \
        .max = 300                                                                       \
    }
static const struct field item_fields[] = {SKU, QUANTITY, {.name = NULL}};
static const struct field refund_item_fields[] = {
    SKU,
    QUANTITY,
    {.name = "amount",
        .type = F_OBJECT,
        .flags = FIELD_NULL,
        .fields = money_fields,
        .help = "what was paid for them by default"},
    {.name = NULL},
};
static const struct field ship_fields[] = {
    {.name = "carrier",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 1,
        .max = 80},
    {.name = "tracking",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 1,
        .max = 120},
    {.name = "items",
        .type = F_ARRAY,
        .flags = FIELD_NULL,
        .min = 1,
        .max = ORDER_LINES_MAX,
        .fields = item_fields,
        .help = "what is in the parcel; all that is left to send by default"},
    {.name = NULL},
};
static const struct field refund_fields[] = {
    {.name = "amount",
        .type = F_OBJECT,
        .flags = FIELD_NULL,
        .fields = money_fields,
        .help = "what the items are worth by default; without items all that is left"},
    {.name = "items",
        .type = F_ARRAY,
        .flags = FIELD_NULL,
        .min = 1,
        .max = ORDER_LINES_MAX,
        .fields = refund_item_fields,
        .help = "units not sent yet are refunded first, and are not sent then"},
    {.name = "restock",
        .type = F_BOOL,
        .flags = FIELD_NULL,
        .help = "units that are not sent go back on the shelf; true by default"},
    REASON,
    {.name = NULL},
};
static const struct field return_fields[] = {
    {.name = "items",
        .type = F_ARRAY,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = ORDER_LINES_MAX,
        .fields = item_fields,
        .help = "what came back"},
    {.name = "restock",
        .type = F_BOOL,
        .flags = FIELD_REQUIRED,
        .help = "does it go back on the shelf?"},
    {.name = "refund",
        .type = F_BOOL,
        .flags = FIELD_NULL,
        .help = "give back what was paid for it; false by default"},
    REASON,
    {.name = NULL},
};

/* Key, order, items: the same for all three. */
static enum err
deed_open(struct req *rq, struct resp *rs, const char *call, struct order_deed *d,
    struct db **db)
{
    const struct jval *items = jin_get_type(rq->in, "items", J_ARRAY);
    struct order_item *it;
    struct str key;
    enum err e;

    *d = (struct order_deed){.actor = app_actor(rq), .cache = app_of(rq)->cache};
    if ((e = once_http_key(rq, false, &key, &rs->fault)) != ERR_OK)
        return e;
    if ((e = req_param_id(rq, 0, &d->id)) != ERR_OK)
        return e;
    d->once = once_http_of(rq, call, key);
    if (items != NULL) {
        d->n = items->n;
        d->items = it = arena_calloc(rq->arena, d->n, sizeof(*it));
        for (size_t i = 0; i < d->n; i++)
            it[i] = (struct order_item){.sku = jin_str(&items->v[i], "sku"),
                .quantity = jin_i64(&items->v[i], "quantity", 0),
                .amount = jin_i64(
                    jin_get_type(&items->v[i], "amount", J_OBJECT), "amount", -1)};
    }
    return app_db(rq, db);
}

static bool
flag(const struct jval *in, const char *name, bool def)
{
    const struct jval *v = jin_get_type(in, name, J_BOOL);

    return v != NULL ? v->b : def;
}

static enum err
ship(struct req *rq, struct resp *rs)
{
    struct order_ship_in in = {
        .carrier = jin_str(rq->in, "carrier"), .tracking = jin_str(rq->in, "tracking")};
    struct order_answer an;
    struct db *db;
    enum err e = deed_open(rq, rs, "ship", &in.deed, &db);

    if (e == ERR_OK)
        e = order_ship_once(db, rq->arena, &in, &an, &rs->fault);
    if (e == ERR_OK)
        order_http_answer(rs, &an);
    return e;
}

/* `in`: what has the amount; `at`: where that is in the body. */
static enum err
amount_check(
    const struct jval *in, struct str currency, const char *at, struct fault *flt)
{
    const struct jval *amount = jin_get_type(in, "amount", J_OBJECT);
    char member[96];

    if (amount == NULL)
        return ERR_OK;
    if (!str_eq(jin_str(amount, "currency"), currency)) {
        (void)snprintf(member, sizeof(member), "%s/amount/currency", at);
        return fault_field(
            flt, member, "currency_mismatch", "the order is in %.*s", STR_F(currency));
    }
    if (jin_i64(amount, "amount", 0) > 0)
        return ERR_OK;
    (void)snprintf(member, sizeof(member), "%s/amount/amount", at);
    return fault_field(flt, member, "out_of_range", "must be above 0");
}

/* An amount in another currency than the order's is no amount of it. */
static enum err
amounts_check(struct req *rq, struct db *db, int64_t id, struct fault *flt)
{
    const struct jval *items = jin_get_type(rq->in, "items", J_ARRAY);
    struct order o;
    char at[40];
    enum err e;

    if ((e = order_get(db, rq->arena, NULL, id, &o)) != ERR_OK)
        return e;
    e = amount_check(rq->in, o.currency, "", flt);
    for (size_t i = 0; items != NULL && i < items->n && e == ERR_OK; i++) {
        (void)snprintf(at, sizeof(at), "/items/%zu", i);
        e = amount_check(&items->v[i], o.currency, at, flt);
    }
    return e;
}

/* 200 and the order; 409 not_refundable. */
static enum err
refund(struct req *rq, struct resp *rs)
{
    const struct jval *amount = jin_get_type(rq->in, "amount", J_OBJECT);
    struct order_refund_in in = {.amount = jin_i64(amount, "amount", -1),
        .restock = flag(rq->in, "restock", true),
        .reason = jin_str(rq->in, "reason")};
    struct order_answer an;
    struct db *db;
    enum err e = deed_open(rq, rs, "refund", &in.deed, &db);

    if (e == ERR_OK)
        e = amounts_check(rq, db, in.deed.id, &rs->fault);
    if (e == ERR_OK)
        e = order_refund_once(db, rq->arena, &in, &an, &rs->fault);
    if (e == ERR_OK)
        order_http_answer(rs, &an);
    return e;
}

/* 200 and the order; 403 with a refund by one who may not; 409 not_returnable,
 * not_refundable. */
static enum err
take_back(struct req *rq, struct resp *rs)
{
    struct order_return_in in = {.restock = flag(rq->in, "restock", false),
        .refund = flag(rq->in, "refund", false),
        .reason = jin_str(rq->in, "reason")};
    struct order_answer an;
    struct db *db;
    enum err e;

    if (in.refund && strcmp(rq->who.role, "admin") != 0)
        return fault_set(&rs->fault, ERR_FORBIDDEN, "", "Refunds are for admins.");
    if ((e = deed_open(rq, rs, "return", &in.deed, &db)) == ERR_OK)
        e = order_return_once(db, rq->arena, &in, &an, &rs->fault);
    if (e == ERR_OK)
        order_http_answer(rs, &an);
    return e;
}

const struct route order_deed_routes[] = {
    {.method = M_POST,
        .pattern = "/api/v1/admin/orders/{id}/ship",
        .fn = ship,
        .auth = AUTH_STAFF,
        .in = ship_fields,
        .id = "adminShipOrder",
        .summary = "Record that goods of a paid order were handed to a carrier",
        .flags = ROUTE_KEY,
        .status = 200,
        .out = &order_admin_schema,
        .errors = "not_shippable",
        .example = "{\"carrier\":\"DHL\",\"tracking\":\"JD014600003RT\"}"},
    {.method = M_POST,
        .pattern = "/api/v1/admin/orders/{id}/refund",
        .fn = refund,
        .auth = AUTH_ADMIN,
        .in = refund_fields,
        .id = "adminRefundOrder",
        .summary = "Give back part or all of what was paid",
        .flags = ROUTE_KEY,
        .status = 200,
        .out = &order_admin_schema,
        .errors = "not_refundable",
        .example = "{\"reason\":\"Broken on arrival\"}"},
    {.method = M_POST,
        .pattern = "/api/v1/admin/orders/{id}/return",
        .fn = take_back,
        .auth = AUTH_STAFF,
        .in = return_fields,
        .id = "adminReturnOrder",
        .summary = "Record that shipped goods came back",
        .flags = ROUTE_KEY,
        .status = 200,
        .out = &order_admin_schema,
        .errors = "not_returnable not_refundable",
        .example = "{\"items\":[{\"sku\":\"LAN-FEZ-S\",\"quantity\":1}],\"restock\":true}"},
    {.pattern = NULL},
};
