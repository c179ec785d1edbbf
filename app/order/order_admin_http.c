/* The back office's API of orders: list, look, ship, refund, cancel. Refunds move money
 * and are the admin's alone. */
#include <inttypes.h>

#include "order/order_http.h"
#include "order/order_json.h"
#include "price/money_json.h"
#include "routes.h"

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
    {.name = NULL},
};
static const struct field refund_fields[] = {
    {.name = "amount",
        .type = F_OBJECT,
        .flags = FIELD_NULL,
        .fields = money_fields,
        .help = "all that is left by default"},
    {.name = "reason",
        .type = F_STR,
        .flags = FIELD_NULL | FIELD_TRIM,
        .min = 1,
        .max = 300},
    {.name = NULL},
};
static const struct field list_query[] = {
    {.name = "page", .type = F_I64, .min = 1, .max = 10000},
    {.name = "per_page", .type = F_I64, .min = 1, .max = 100},
    {.name = "after", .type = F_ID, .help = "id of the last order seen"},
    {.name = "status",
        .type = F_ENUM,
        .choices = "pending|paid|shipped|completed|cancelled|expired|refunded|"
                   "partially_refunded"},
    {.name = "q",
        .type = F_STR,
        .flags = FIELD_TRIM,
        .min = 1,
        .max = 254,
        .help = "an order's number, or the beginning of an e-mail address"},
    {.name = NULL},
};

static enum err
list(struct req *rq, struct resp *rs)
{
    struct paging pg = req_paging(rq, 20);
    struct order_filter f = {.status = jin_str(rq->query, "status"),
        .q = jin_str(rq->query, "q"),
        .page = pg.page,
        .per_page = pg.per_page,
        .after = order_http_after(rq)};
    struct order *os = NULL;
    int64_t total = 0;
    struct db *db;
    size_t n = 0;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = order_list(db, rq->arena, &f, &os, &n, &total);
    if (e == ERR_OK)
        order_http_list(rq, rs, os, n, pg, total);
    return e;
}

static enum err
open_order(struct req *rq, int64_t *id, struct db **db)
{
    enum err e = req_param_id(rq, 0, id);

    return e == ERR_OK ? app_db(rq, db) : e;
}

static enum err
answer_order(struct req *rq, struct resp *rs, struct db *db, int64_t id)
{
    struct order_full f;
    enum err e = order_get_full(db, rq->arena, id, &f);

    if (e != ERR_OK)
        return e;
    resp_header(rs, "Cache-Control", "no-store");
    order_admin_jout(resp_json(rs, 200), &f);
    return ERR_OK;
}

static enum err
get(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = open_order(rq, &id, &db);

    return e == ERR_OK ? answer_order(rq, rs, db, id) : e;
}

static enum err
ship(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = open_order(rq, &id, &db);

    if (e == ERR_OK)
        e = order_ship(db, rq->arena, id, jin_str(rq->in, "carrier"),
            jin_str(rq->in, "tracking"), app_actor(rq), &rs->fault);
    return e == ERR_OK ? answer_order(rq, rs, db, id) : e;
}

/* An amount in another currency than the order's is no amount of it. */
static enum err
refund_currency(struct req *rq, struct db *db, int64_t id, const struct jval *amount,
    struct fault *flt)
{
    struct order o;
    enum err e;

    if (amount == NULL)
        return ERR_OK;
    if ((e = order_get(db, rq->arena, NULL, id, &o)) != ERR_OK)
        return e;
    if (str_eq(jin_str(amount, "currency"), o.currency))
        return ERR_OK;
    return fault_field(flt, "/amount/currency", "currency_mismatch",
        "the order is in %.*s", STR_F(o.currency));
}

/* The key is the person's, for refunds; what was sent with it is the order and the body.
 */
static struct order_idem
refund_once(struct req *rq, struct str key)
{
    unsigned char *hash = arena_alloc(rq->arena, SHA256_N);
    struct str sent =
        arena_printf(rq->arena, "%.*s %.*s", STR_F(rq->param[0]), STR_F(rq->body));

    sha256(sent.p, sent.n, hash);
    return (struct order_idem){
        .scope = arena_printf(rq->arena, "u:%" PRId64 ":refund", rq->who.user_id),
        .key = key,
        .body_hash = {(const char *)hash, SHA256_N}};
}

/* 200 and the order; 409 not_refundable. With an Idempotency-Key a repeat gives back
 * nothing more and gets the first answer's bytes. */
static enum err
refund(struct req *rq, struct resp *rs)
{
    const struct jval *amount = jin_get_type(rq->in, "amount", J_OBJECT);
    struct order_refund_in in = {.amount = jin_i64(amount, "amount", -1),
        .reason = jin_str(rq->in, "reason"),
        .actor = app_actor(rq)};
    struct order_answer an;
    struct str key;
    struct db *db;
    enum err e;

    if ((e = order_http_key(rq, false, &key, &rs->fault)) != ERR_OK)
        return e;
    if ((e = open_order(rq, &in.id, &db)) != ERR_OK)
        return e;
    if ((e = refund_currency(rq, db, in.id, amount, &rs->fault)) != ERR_OK)
        return e;
    in.once = refund_once(rq, key);
    if ((e = order_refund_once(db, rq->arena, &in, &an, &rs->fault)) != ERR_OK)
        return e;
    order_http_answer(rs, &an);
    return ERR_OK;
}

static enum err
cancel(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = open_order(rq, &id, &db);

    if (e == ERR_OK)
        e = order_cancel(
            db, rq->arena, NULL, id, app_actor(rq), app_of(rq)->cache, &rs->fault);
    return e == ERR_OK ? answer_order(rq, rs, db, id) : e;
}

const struct route order_admin_routes[] = {
    {.method = M_GET,
        .pattern = "/api/v1/admin/orders",
        .fn = list,
        .auth = AUTH_STAFF,
        .query = list_query,
        .id = "adminListOrders",
        .summary = "All orders, newest first"},
    {.method = M_GET,
        .pattern = "/api/v1/admin/orders/{id}",
        .fn = get,
        .auth = AUTH_STAFF,
        .id = "adminGetOrder",
        .summary = "An order with its events and payments"},
    {.method = M_POST,
        .pattern = "/api/v1/admin/orders/{id}/ship",
        .fn = ship,
        .auth = AUTH_STAFF,
        .in = ship_fields,
        .id = "adminShipOrder",
        .summary = "Record that a paid order was handed to a carrier"},
    {.method = M_POST,
        .pattern = "/api/v1/admin/orders/{id}/refund",
        .fn = refund,
        .auth = AUTH_ADMIN,
        .in = refund_fields,
        .id = "adminRefundOrder",
        .summary = "Give back part or all of what was paid"},
    {.method = M_POST,
        .pattern = "/api/v1/admin/orders/{id}/cancel",
        .fn = cancel,
        .auth = AUTH_STAFF,
        .id = "adminCancelOrder",
        .summary = "Cancel an order; what was paid is given back"},
    {.pattern = NULL},
};
