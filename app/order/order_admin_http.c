/* The back office's API of orders: list, look, complete, cancel. What moves goods or
 * money is order_deed_http.c's. */
#include "order/order_http.h"
#include "order/order_json.h"
#include "routes.h"

static const struct field list_query[] = {
    PAGING_FIELDS,
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
        .per_page = pg.per_page};
    struct order *os = NULL;
    int64_t total = 0;
    struct db *db;
    size_t n = 0;
    enum err e = app_db(rq, &db);

    f.walk = req_after(rq, &f.after);
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

/* 200 and the order; 409 not_completable. */
static enum err
complete(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = open_order(rq, &id, &db);

    if (e == ERR_OK)
        e = order_complete(db, rq->arena, id, app_actor(rq), &rs->fault);
    return e == ERR_OK ? answer_order(rq, rs, db, id) : e;
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
        .summary = "All orders, newest first",
        .flags = ROUTE_LIST,
        .status = 200,
        .out = &order_summary_schema},
    {.method = M_GET,
        .pattern = "/api/v1/admin/orders/{id}",
        .fn = get,
        .auth = AUTH_STAFF,
        .id = "adminGetOrder",
        .summary = "An order with its events and payments",
        .status = 200,
        .out = &order_admin_schema},
    {.method = M_POST,
        .pattern = "/api/v1/admin/orders/{id}/complete",
        .fn = complete,
        .auth = AUTH_STAFF,
        .id = "adminCompleteOrder",
        .summary = "Be done with an order that was shipped",
        .status = 200,
        .out = &order_admin_schema,
        .errors = "not_completable"},
    {.method = M_POST,
        .pattern = "/api/v1/admin/orders/{id}/cancel",
        .fn = cancel,
        .auth = AUTH_STAFF,
        .id = "adminCancelOrder",
        .summary = "Cancel an order; what was paid is given back",
        .status = 200,
        .out = &order_admin_schema,
        .errors = "not_cancellable"},
    {.pattern = NULL},
};
