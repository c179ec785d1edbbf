/* The API of one's own orders. Parses, calls, answers; what is allowed is decided
 * elsewhere. */
#include "order/order_http.h"

#include <inttypes.h>

#include "cart/cart.h"
#include "order/order_json.h"
#include "price/money_json.h"
#include "routes.h"


const struct field order_item_fields[] = {
    {.name = "sku",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 1,
        .max = 64,
        .help = "SKU; each at most once"},
    {.name = "quantity",
        .type = F_I64,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = CART_QUANTITY_MAX},
    {.name = NULL},
};
#define ADDRESS_TEXT (FIELD_REQUIRED | FIELD_TRIM)
#define ADDRESS_OPTION (FIELD_NULL | FIELD_TRIM)
static const struct field address_fields[] = {
    {.name = "name", .type = F_STR, .flags = ADDRESS_TEXT, .min = 1, .max = 200},
    {.name = "line1", .type = F_STR, .flags = ADDRESS_TEXT, .min = 1, .max = 200},
    {.name = "line2", .type = F_STR, .flags = ADDRESS_OPTION, .min = 0, .max = 200},
    {.name = "city", .type = F_STR, .flags = ADDRESS_TEXT, .min = 1, .max = 120},
    {.name = "region", .type = F_STR, .flags = ADDRESS_OPTION, .min = 0, .max = 120},
    {.name = "postal_code", .type = F_STR, .flags = ADDRESS_TEXT, .min = 1, .max = 40},
    {.name = "country",
        .type = F_STR,
        .flags = ADDRESS_TEXT,
        .min = 2,
        .max = 2,
        .help = "ISO 3166-1 alpha-2"},
    {.name = NULL},
};
static const struct field place_fields[] = {
    {.name = "items",
        .type = F_ARRAY,
        .flags = FIELD_NULL,
        .min = 1,
        .max = ORDER_LINES_MAX,
        .fields = order_item_fields,
        .help = "without it the cart is ordered"},
    {.name = "shipping_address",
        .type = F_OBJECT,
        .flags = FIELD_REQUIRED,
        .fields = address_fields},
    {.name = "email",
        .type = F_EMAIL,
        .flags = FIELD_NULL | FIELD_TRIM,
        .help = "required of a guest; an account's own by default"},
    {.name = "shipping_method", .type = F_STR, .flags = FIELD_NULL, .min = 1, .max = 40},
    {.name = "coupon",
        .type = F_STR,
        .flags = FIELD_NULL | FIELD_TRIM,
        .min = 1,
        .max = 64},
    {.name = "expected_total",
        .type = F_OBJECT,
        .flags = FIELD_NULL,
        .fields = money_fields,
        .help = "refuse with cart_changed when the total is another"},
    {.name = NULL},
};
static const struct field pay_fields[] = {
    {.name = "method", .type = F_ENUM, .flags = FIELD_REQUIRED, .choices = "simulated"},
    {.name = "outcome",
        .type = F_ENUM,
        .choices = "approve|decline|later",
        .help = "what the simulated provider answers; approve by default; later: the money "
                "is on its way, the order waits for it (settle_s)"},
    {.name = NULL},
};
static const struct field list_query[] = {
    PAGING_FIELDS,
    {.name = NULL},
};

static struct str
lower(struct arena *a, struct str s)
{
    char *p = arena_cstr(a, s);

    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] - 'A' + 'a');
    return (struct str){p, s.n};
}

/* Who orders, and whose key it is. A guest without a token gets one made of address, key and
 * body, so that the repeat of a lost answer, with or without it, is the same guest's. */
static enum err
place_who(struct req *rq, struct resp *rs, struct order_in *in)
{
    struct str email = lower(rq->arena, in->email), seed;
    struct buf b;
    enum err e;

    buf_init_arena(&b, rq->arena, 2048);
    buf_str(&b, email);
    buf_char(&b, '\0');
    buf_str(&b, in->idem_key);
    seed = buf_view(&b);
    if ((e = app_shopper(rq, rs, true, seed, &in->who)) != ERR_OK)
        return e;
    in->idem_scope = app_key_scope(rq, "orders");
    return ERR_OK;
}

void
order_http_wants(struct req *rq, struct order_in *in)
{
    const struct jval *items = jin_get_type(rq->in, "items", J_ARRAY);
    struct order_want *want;

    if (items == NULL)
        return;
    want = arena_calloc(rq->arena, items->n, sizeof(*want));
    for (size_t i = 0; i < items->n; i++)
        want[i] = (struct order_want){.sku = jin_str(&items->v[i], "sku"),
            .quantity = jin_i64(&items->v[i], "quantity", 0)};
    in->want = want;
    in->n = items->n;
}

static void
place_parse(struct req *rq, struct order_in *in)
{
    const struct jval *ad = jin_get(rq->in, "shipping_address");
    const struct jval *expected = jin_get_type(rq->in, "expected_total", J_OBJECT);

    in->address = (struct address){.name = jin_str(ad, "name"),
        .line1 = jin_str(ad, "line1"),
        .line2 = jin_str(ad, "line2"),
        .city = jin_str(ad, "city"),
        .region = jin_str(ad, "region"),
        .postal_code = jin_str(ad, "postal_code"),
        .country = jin_str(ad, "country")};
    in->email = jin_str(rq->in, "email");
    in->shipping_method = jin_str(rq->in, "shipping_method");
    in->coupon = jin_str(rq->in, "coupon");
    in->expected_total = jin_i64(expected, "amount", -1);
    in->expected_currency = jin_str(expected, "currency");
    order_http_wants(rq, in);
}

static enum err
placed(struct req *rq, struct resp *rs)
{
    struct order_answer an;
    enum err e = order_http_placed(rq, rs, &an);

    if (e != ERR_OK)
        return e;
    resp_header(rs, "Location", "/api/v1/orders/%" PRId64, an.order_id);
    order_http_answer(rs, &an);
    return ERR_OK;
}

/* 201 and the order; 400 without a key, 409 out_of_stock, cart_changed,
 * request_in_progress, 422. A repeat gets the first answer's bytes. */
static enum err
place(struct req *rq, struct resp *rs)
{
    unsigned char *hash = arena_alloc(rq->arena, SHA256_N);
    const struct settings *set = &app_of(rq)->set;
    struct order_in *in = arena_calloc(rq->arena, 1, sizeof(*in));
    enum err e;

    in->hold_ms = set->hold_s * 1000;
    in->default_currency = str_c(set->currency);
    if ((e = once_http_key(rq, true, &in->idem_key, &rs->fault)) != ERR_OK)
        return e;
    place_parse(rq, in);
    if ((e = place_who(rq, rs, in)) != ERR_OK)
        return e;
    sha256(rq->body.p, rq->body.n, hash);
    in->body_hash = (struct str){(const char *)hash, SHA256_N};
    return order_http_place_later(rq, rs, in, placed);
}

static enum err
list(struct req *rq, struct resp *rs)
{
    struct paging pg = req_paging(rq, 20);
    struct order_filter f = {
        .page = pg.page, .per_page = pg.per_page};
    struct order *os = NULL;
    struct shopper who;
    int64_t total = 0;
    struct db *db;
    size_t n = 0;
    enum err e = app_shopper(rq, rs, false, STR_NULL, &who);

    f.who = &who;
    f.walk = req_after(rq, &f.after);
    if (e == ERR_OK) {
        if ((e = app_db(rq, &db)) == ERR_OK)
            e = order_list(db, rq->arena, &f, &os, &n, &total);
    } else if (e == ERR_NOT_FOUND) { /* a guest who never ordered */
        e = ERR_OK;
    }
    if (e == ERR_OK)
        order_http_list(rq, rs, os, n, pg, total);
    return e;
}

/* The order a path names, its shopper, and the connection. */
static enum err
open_order(
    struct req *rq, struct resp *rs, struct shopper *who, int64_t *id, struct db **db)
{
    enum err e;

    if ((e = req_param_id(rq, 0, id)) != ERR_OK)
        return e;
    if ((e = app_shopper(rq, rs, false, STR_NULL, who)) != ERR_OK)
        return e;
    return app_db(rq, db);
}

static enum err
answer_order(
    struct req *rq, struct resp *rs, struct db *db, const struct shopper *who, int64_t id)
{
    struct order o;
    enum err e = order_get_plain(db, rq->arena, who, id, &o);

    if (e != ERR_OK)
        return e;
    resp_header(rs, "Cache-Control", "no-store");
    order_jout(resp_json(rs, 200), &o);
    return ERR_OK;
}

static enum err
get(struct req *rq, struct resp *rs)
{
    struct shopper who;
    struct db *db;
    int64_t id;
    enum err e = open_order(rq, rs, &who, &id, &db);

    return e == ERR_OK ? answer_order(rq, rs, db, &who, id) : e;
}

static enum err
pay_parse(struct req *rq, struct order_pay *p, struct fault *flt)
{
    struct str outcome = jin_str(rq->in, "outcome");

    p->asked = str_eq_c(outcome, "decline") ? PAY_DECLINE : PAY_APPROVE;
    if (!str_eq_c(outcome, "later"))
        return ERR_OK;
    p->asked = PAY_PAGE;
    p->settle_ms = app_of(rq)->set.settle_s * 1000;
    if (p->settle_ms > 0)
        return ERR_OK;
    return fault_field(flt, "/outcome", "bad_choice", "no method here settles later");
}

/* Paying and cancelling are harmless to repeat by what they do, so they are done first and
 * their answer is kept then: a crash in between costs a repeat nothing but the first one's
 * bytes. A refusal leaves the key free. */
static enum err
kept(struct req *rq, struct resp *rs, const char *call,
    enum err (*now)(struct req *rq, struct resp *rs))
{
    struct once_answer an = {.http_status = 0};
    struct shopper who;
    struct once k;
    struct str key;
    struct db *db;
    int64_t id;
    enum err e;

    if ((e = once_http_key(rq, false, &key, &rs->fault)) != ERR_OK)
        return e;
    if (key.p == NULL)
        return now(rq, rs);
    if ((e = open_order(rq, rs, &who, &id, &db)) != ERR_OK)
        return e;
    k = once_http_of(rq, call, key);
    if ((e = once_look(db, rq->arena, &k, &an, &rs->fault)) == ERR_NOT_FOUND) {
        if ((e = now(rq, rs)) != ERR_OK)
            return e;
        an = (struct once_answer){id, rs->status, buf_view(&rs->body), false};
        if ((e = app_db(rq, &db)) == ERR_OK)
            e = once_add(db, rq->arena, &k, &an, &rs->fault);
        if (e == ERR_BUSY || e == ERR_UPSTREAM)
            return ERR_OK; /* it is done, and says so */
    }
    if (e == ERR_OK && an.replayed)
        once_http_answer(rs, &an);
    return e;
}

static enum err
pay_now(struct req *rq, struct resp *rs)
{
    struct shopper who;
    struct order_pay p = {.who = &who, .tell = true};
    struct db *db;
    enum err e;

    if ((e = open_order(rq, rs, &who, &p.id, &db)) != ERR_OK)
        return e;
    if ((e = pay_parse(rq, &p, &rs->fault)) != ERR_OK)
        return e;
    if ((e = order_http_pay(rq, &p, &rs->fault)) != ERR_OK)
        return e;
    if (p.order.p != NULL) {
        resp_header(rs, "Cache-Control", "no-store");
        resp_bytes(rs, 200, "application/json", p.order);
        return ERR_OK;
    }
    e = app_db(rq, &db);
    return e == ERR_OK ? answer_order(rq, rs, db, &who, p.id) : e;
}

static enum err
pay(struct req *rq, struct resp *rs)
{
    return kept(rq, rs, "pay", pay_now);
}

static enum err
cancel_now(struct req *rq, struct resp *rs)
{
    struct shopper who;
    struct db *db;
    int64_t id;
    enum err e = open_order(rq, rs, &who, &id, &db);

    if (e != ERR_OK)
        return e;
    e = order_cancel(db, rq->arena, &who, id, NULL, app_of(rq)->cache, &rs->fault);
    return e == ERR_OK ? answer_order(rq, rs, db, &who, id) : e;
}

static enum err
cancel(struct req *rq, struct resp *rs)
{
    return kept(rq, rs, "cancel", cancel_now);
}

const struct route order_routes[] = {
    {.method = M_POST,
        .pattern = "/api/v1/orders",
        .fn = place,
        .auth = AUTH_OPTIONAL,
        .in = place_fields,
        .id = "placeOrder",
        .summary = "Order items, or the cart",
        .about = "All lines or none. The stock is held until expires_at. A guest gets an "
                 "X-Cart-Token, which opens the order.",
        .flags = ROUTE_KEY_NEEDED | ROUTE_CREATES,
        .status = 201,
        .out = &order_schema,
        .errors = "out_of_stock cart_changed empty_cart too_many_pending",
        .example = "{\"items\":[{\"sku\":\"LAN-FEZ-S\",\"quantity\":1}],"
                   "\"shipping_address\":{\"name\":\"Amina Idrissi\",\"line1\":"
                   "\"12 Rue des Tanneurs\",\"city\":\"Fez\",\"postal_code\":\"30110\","
                   "\"country\":\"MA\"},\"email\":\"amina@example.com\"}"},
    {.method = M_GET,
        .pattern = "/api/v1/orders",
        .fn = list,
        .auth = AUTH_OPTIONAL,
        .query = list_query,
        .id = "listOrders",
        .summary = "One's own orders, newest first",
        .flags = ROUTE_LIST,
        .status = 200,
        .out = &order_summary_schema},
    {.method = M_GET,
        .pattern = "/api/v1/orders/{id}",
        .fn = get,
        .auth = AUTH_OPTIONAL,
        .id = "getOrder",
        .summary = "One of one's own orders",
        .status = 200,
        .out = &order_schema},
    {.method = M_POST,
        .pattern = "/api/v1/orders/{id}/pay",
        .fn = pay,
        .auth = AUTH_OPTIONAL,
        .in = pay_fields,
        .id = "payOrder",
        .summary = "Pay an order (simulated provider)",
        .about = "Paying twice pays once.",
        .flags = ROUTE_KEY,
        .status = 200,
        .out = &order_schema,
        .errors = "payment_declined not_payable out_of_stock payment_unavailable "
                  "payment_mismatch"},
    {.method = M_POST,
        .pattern = "/api/v1/orders/{id}/cancel",
        .fn = cancel,
        .auth = AUTH_OPTIONAL,
        .id = "cancelOrder",
        .summary = "Cancel an order that has not been shipped",
        .flags = ROUTE_KEY,
        .status = 200,
        .out = &order_schema,
        .errors = "not_cancellable"},
    {.pattern = NULL},
};
