/* The page of one order, for its buyer: where it stands, paying, cancelling. */
#include "account/account_http.h"
#include "base/clock.h"
#include "order/order_http.h"
#include "routes.h"
#include "web/order_view.h"
#include "web/page.h"

static enum err
order_own(
    struct req *rq, struct resp *rs, struct db **db, struct shopper *who, int64_t *id)
{
    enum err e = req_param_id(rq, 0, id);

    if (e == ERR_OK)
        e = app_shopper(rq, rs, false, STR_NULL, who);
    return e == ERR_OK ? app_db(rq, db) : e;
}

static void
step(struct arena *a, struct tval *list, const char *label, int64_t at_ms, bool done,
    bool current)
{
    struct tval *t = tval_push_obj(a, list);

    tval_set_c(a, t, "label", label);
    view_text(a, t, "time", at_ms > 0 ? view_time_text(a, at_ms) : STR_NULL);
    tval_set_bool(a, t, "done", done);
    tval_set_bool(a, t, "current", current);
    tval_set_bool(a, t, "bad", false);
}

/* When the order first became `status`, 0 if never. */
static int64_t
reached(const struct order_event *ev, size_t n, const char *status)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (str_eq_c(ev[i].to, status))
            return ev[i].created_at;
    return 0;
}

static void
steps_fill(struct arena *a, struct tval *t, const struct order *o,
    const struct order_event *ev, size_t n)
{
    struct tval *list = tval_add_arr(a, t, "steps");
    int64_t paid = reached(ev, n, "paid"), shipped = o->shipped_at;
    bool part = str_eq_c(o->fulfilment_status, "partially_shipped");
    const char *end = order_status_text(o->status);
    bool closed = o->status == ORDER_CANCELLED || o->status == ORDER_EXPIRED ||
                  o->status == ORDER_REFUNDED;

    step(a, list, "Placed", o->created_at, true, false);
    if (paid > 0 || !closed)
        step(a, list, "Paid", paid, paid > 0, paid == 0);
    if (shipped > 0 || !closed)
        step(a, list, part ? "Partly shipped" : "Shipped", shipped, shipped > 0 && !part,
            paid > 0 && (shipped == 0 || part));
    if (closed) {
        struct tval *v = tval_push_obj(a, list);

        tval_set_str(a, v, "label", view_label(a, str_c(end)));
        view_time(a, v, "time", reached(ev, n, end));
        tval_set_bool(a, v, "done", true);
        tval_set_bool(a, v, "current", true);
        tval_set_bool(a, v, "bad", true);
    }
}

static void
actions_fill(struct arena *a, struct tval *t, const struct order *o)
{
    char iso[TIME_RFC3339_N];
    bool pending = o->status == ORDER_PENDING;

    tval_set_bool(a, t, "can_pay", pending);
    tval_set_bool(
        a, t, "can_cancel", pending || (o->status == ORDER_PAID && o->shipped_at <= 0));
    view_text(a, t, "expires_at", pending ? view_time_text(a, o->expires_at) : STR_NULL);
    view_text(
        a, t, "expires_at_iso", arena_str(a, str_c(time_rfc3339(iso, o->expires_at))));
}

static enum err
order_show(struct req *rq, struct resp *rs, int status, struct db *db,
    const struct shopper *who, int64_t id)
{
    struct arena *a = rq->arena;
    struct tval *t = tval_obj(a);
    const struct price_rules *rules = NULL;
    struct order_event *ev = NULL;
    struct order o;
    size_t n = 0;
    enum err e = order_get(db, a, who, id, &o);

    if (e == ERR_OK)
        e = order_events(db, a, id, &ev, &n);
    if (e == ERR_OK)
        e = app_rules(rq, &rules);
    if (e != ERR_OK)
        return e;
    view_order_head(a, t, &o);
    tval_set_bool(a, t, "just_placed", jin_i64(rq->query, "placed", 0) == 1);
    steps_fill(a, t, &o, ev, n);
    view_order_lines(a, t, app_of(rq)->assets, &o, false);
    view_order_totals(a, t, &o, view_order_method(a, rules, o.address.country, &o));
    view_text(a, t, "invoice_url",
        order_has_invoice(&o) ? arena_printf(a, "/orders/%lld/invoice", (long long)id)
                              : STR_NULL);
    view_address(a, t, &o.address);
    actions_fill(a, t, &o);
    view_text(a, t, "pay_error",
        status == 402
            ? STR("The card was declined. Nothing was charged; you can try again.")
            : STR_NULL);
    view_shipments(a, t, &o);
    view_order_events(a, t, ev, n, false);
    return page_send(rq, rs, status, "order", t);
}

static enum err
order_page_get(struct req *rq, struct resp *rs)
{
    struct shopper who;
    struct db *db;
    int64_t id;
    enum err e = order_own(rq, rs, &db, &who, &id);

    return e == ERR_OK ? order_show(rq, rs, 200, db, &who, id) : e;
}

/* 200; 404; 409 unpaid. */
static enum err
invoice_get(struct req *rq, struct resp *rs)
{
    struct shopper who;
    struct db *db;
    int64_t id;
    enum err e = order_own(rq, rs, &db, &who, &id);

    return e == ERR_OK ? order_http_invoice(rq, rs, db, &who, id) : e;
}

static enum err
pay_form(struct req *rq, struct resp *rs)
{
    struct str outcome = jin_str(rq->in, "outcome");
    struct shopper who;
    struct order_pay p = {.who = &who,
        .asked = str_eq_c(outcome, "decline") ? PAY_DECLINE : PAY_APPROVE};
    struct db *db;
    enum err e = order_own(rq, rs, &db, &who, &p.id);

    if (e == ERR_OK && str_eq_c(outcome, "page"))
        return order_http_pay_away(rq, rs, &who, p.id);
    if (e == ERR_OK)
        e = order_http_pay(rq, &p, &rs->fault);
    if (e == ERR_DECLINED && app_db(rq, &db) == ERR_OK)
        return order_show(rq, rs, err_status(e), db, &who, p.id);
    if (e != ERR_OK)
        return e;
    page_flash(rq, rs, "success", "Thank you: it is paid.");
    resp_redirect(rs, "/orders/%lld", (long long)p.id);
    return ERR_OK;
}

static enum err
cancel_form(struct req *rq, struct resp *rs)
{
    struct shopper who;
    struct db *db;
    int64_t id;
    enum err e = order_own(rq, rs, &db, &who, &id);

    if (e == ERR_OK)
        e = order_cancel(
            db, rq->arena, &who, id, app_actor(rq), app_of(rq)->cache, &rs->fault);
    if (e != ERR_OK)
        return e;
    page_flash(rq, rs, "info", "The order is cancelled.");
    resp_redirect(rs, "/orders/%lld", (long long)id);
    return ERR_OK;
}

static const struct field order_query[] = {
    {.name = "placed", .type = F_I64, .min = 0, .max = 1},
    {.name = NULL},
};
static const struct field pay_in[] = {
    {.name = "outcome", .type = F_ENUM, .choices = "approve|decline|page"},
    {.name = NULL},
};
static const struct field no_fields[] = {
    {.name = NULL},
};

const struct route order_page_routes[] = {
    {M_GET, "/orders/{id}", order_page_get, AUTH_OPTIONAL, ROUTE_PAGE, order_query, NULL,
        "orderPage", "An order"},
    {M_GET, "/orders/{id}/invoice", invoice_get, AUTH_OPTIONAL, ROUTE_PAGE, NULL, NULL,
        "invoicePage", "The invoice of a paid order"},
    {M_POST, "/orders/{id}/pay", pay_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, pay_in,
        "orderPayForm", "Pay"},
    {M_POST, "/orders/{id}/cancel", cancel_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL,
        no_fields, "orderCancelForm", "Cancel"},
    {.pattern = NULL},
};
