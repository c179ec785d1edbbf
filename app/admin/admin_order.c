/* One order for the shop's people: what was bought, the money, and the three things that
 * can be done with it. */
#include "admin/admin_page.h"
#include "admin/admin_store.h"
#include "auth/token.h"
#include "order/order.h"
#include "price/money.h"
#include "web/order_view.h"

static void
payment_row(struct arena *a, struct tval *list, const struct order_payment *p,
    struct str currency)
{
    struct tval *t = tval_push_obj(a, list);

    admin_time(a, t, "time", p->created_at);
    tval_set_c(a, t, "kind_label", "Payment");
    tval_set_str(a, t, "provider", p->provider);
    tval_set_str(a, t, "reference", p->reference);
    view_money(a, t, "amount", p->amount, currency);
    tval_set_str(a, t, "status_label", view_label(a, p->status));
    tval_set_bool(a, t, "ok", str_eq_c(p->status, "succeeded"));
}

static void
refund_row(
    struct arena *a, struct tval *list, const struct admin_refund *r, struct str currency)
{
    struct tval *t = tval_push_obj(a, list);

    admin_time(a, t, "time", r->created_at);
    tval_set_c(a, t, "kind_label", "Refund");
    tval_set_str(a, t, "provider", r->provider);
    tval_set_str(a, t, "reference", r->reference);
    tval_set_fmt(a, t, "amount", "−%.*s", STR_F(money_format(a, r->amount, currency)));
    tval_set_c(a, t, "status_label", "Given back");
    tval_set_bool(a, t, "ok", true);
}

static enum err
payments_fill(struct arena *a, struct db *db, struct tval *t, const struct order *o)
{
    struct tval *list = tval_add_arr(a, t, "payments");
    struct admin_refund *refunds = NULL;
    struct order_payment *paid;
    size_t i, paid_n, refunds_n = 0;
    enum err e = order_payments(db, a, o->id, &paid, &paid_n);

    if (e == ERR_OK)
        e = admin_store_refunds(db, a, o->id, &refunds, &refunds_n);
    if (e != ERR_OK)
        return e;
    for (i = 0; i < paid_n; i++)
        payment_row(a, list, &paid[i], o->currency);
    for (i = 0; i < refunds_n; i++)
        refund_row(a, list, &refunds[i], o->currency);
    tval_set_bool(a, t, "has_payments", paid_n > 0);
    return ERR_OK;
}

static void
refund_fill(
    struct req *rq, struct tval *data, const struct order *o, const struct fault *flt)
{
    struct arena *a = rq->arena;
    int64_t left = o->total - o->refunded;
    struct str typed = jin_str(rq->in, "amount");
    struct tval *t;

    if (left <= 0 || str_eq_c(o->payment_status, "unpaid") || !admin_may_change(rq)) {
        view_null(a, data, "refund");
        return;
    }
    t = tval_add_obj(a, data, "refund");
    view_money(a, t, "max", left, o->currency);
    tval_set_str(
        a, t, "amount", typed.n > 0 ? typed : money_decimal(a, left, o->currency));
    tval_set_str(a, t, "currency", o->currency);
    tval_set_str(a, t, "key", admin_form_key(rq));
    view_text(a, t, "error", admin_sentence(a, view_fault(flt, "amount")));
}

static void
actions_fill(
    struct req *rq, struct tval *data, const struct order *o, const struct fault *flt)
{
    struct arena *a = rq->arena;
    bool here = str_eq_c(o->fulfilment_status, "unfulfilled");
    bool open = o->status != ORDER_CANCELLED && o->status != ORDER_EXPIRED;
    struct tval *t = tval_add_obj(a, data, "ship");

    tval_set_bool(
        a, data, "can_ship", here && order_may_become(o->status, ORDER_SHIPPED));
    tval_set_bool(a, data, "can_cancel", here && open);
    view_text(a, t, "carrier", jin_str(rq->in, "carrier"));
    view_text(a, t, "tracking", jin_str(rq->in, "tracking"));
    view_text(a, t, "carrier_error", admin_sentence(a, view_fault(flt, "carrier")));
    view_text(a, t, "tracking_error", admin_sentence(a, view_fault(flt, "tracking")));
    refund_fill(rq, data, o, flt);
}

static enum err
order_show(struct req *rq, struct resp *rs, int status, struct db *db, int64_t id)
{
    static const char *const names[] = {"carrier", "tracking", "amount", NULL};
    struct arena *a = rq->arena;
    struct tval *t = tval_obj(a);
    struct order_event *ev = NULL;
    struct order o;
    size_t n = 0;
    enum err e = order_get(db, a, NULL, id, &o);

    if (e == ERR_OK)
        e = order_events(db, a, id, &ev, &n);
    if (e == ERR_OK)
        e = payments_fill(a, db, t, &o);
    if (e != ERR_OK)
        return e;
    view_order_head(a, t, &o);
    tval_set_str(a, t, "customer", o.address.name);
    tval_set_str(a, t, "payment_label", view_label(a, o.payment_status));
    tval_set_str(a, t, "fulfilment_label", view_label(a, o.fulfilment_status));
    view_text(a, t, "expires_at",
        o.status == ORDER_PENDING ? view_time_text(a, o.expires_at) : STR_NULL);
    view_order_lines(a, t, app_of(rq)->assets, &o, true);
    view_order_totals(a, t, &o);
    view_address(a, t, &o.address);
    view_shipments(a, t, &o);
    view_order_events(a, t, ev, n, true);
    actions_fill(rq, t, &o, &rs->fault);
    view_errors(a, t, &rs->fault, names);
    return admin_send(rq, rs, status, "admin_order", t);
}

static enum err
order_open(struct req *rq, struct db **db, int64_t *id)
{
    enum err e = req_param_id(rq, 0, id);

    return e == ERR_OK ? app_db(rq, db) : e;
}

enum err
admin_order_get(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = order_open(rq, &db, &id);

    return e == ERR_OK ? order_show(rq, rs, 200, db, id) : e;
}

/* Back to the order with a message, or the order with what is wrong. */
static enum err
order_done(struct req *rq, struct resp *rs, struct db *db, int64_t id, enum err e,
    const char *message)
{
    if (e == ERR_INVALID || e == ERR_CONFLICT)
        return order_show(rq, rs, err_status(e), db, id);
    if (e != ERR_OK)
        return e;
    page_flash(rq, rs, "success", "%s", message);
    resp_redirect(rs, "/admin/orders/%lld", (long long)id);
    return ERR_OK;
}

/* POST /admin/orders/{id}/ship: 303; 409 not paid, or shipped before; 422. */
enum err
admin_ship_form(struct req *rq, struct resp *rs)
{
    struct str tracking = jin_str(rq->in, "tracking");
    struct db *db;
    int64_t id;
    enum err e = order_open(rq, &db, &id);

    if (e != ERR_OK)
        return e;
    e = order_ship(db, rq->arena, id, jin_str(rq->in, "carrier"),
        tracking.p != NULL ? tracking : STR(""), app_actor(rq), &rs->fault);
    return order_done(rq, rs, db, id, e, "It is marked as shipped.");
}

/* The form's key makes a second click give back nothing more. */
static struct order_idem
refund_once(struct req *rq)
{
    unsigned char *hash = arena_alloc(rq->arena, SHA256_N);
    struct str sent =
        arena_printf(rq->arena, "%.*s %.*s", STR_F(rq->param[0]), STR_F(rq->body));

    sha256(sent.p, sent.n, hash);
    return (struct order_idem){
        .scope = arena_printf(rq->arena, "u:%lld:refund", (long long)rq->who.user_id),
        .key = jin_str(rq->in, "idempotency_key"),
        .body_hash = {(const char *)hash, SHA256_N}};
}

static enum err
refund(struct req *rq, struct resp *rs, struct db *db, int64_t id)
{
    struct order_refund_in in = {.id = id,
        .reason = STR("by the shop"),
        .actor = app_actor(rq),
        .once = refund_once(rq)};
    struct order_answer an;
    struct order o;
    enum err e = order_get(db, rq->arena, NULL, id, &o);

    if (e != ERR_OK)
        return e;
    if (money_parse_decimal(jin_str(rq->in, "amount"), o.currency, &in.amount) != ERR_OK)
        return fault_field(&rs->fault, "/amount", "bad_price",
            "Not an amount in %.*s: write it as 1999.00", STR_F(o.currency));
    e = order_refund_once(db, rq->arena, &in, &an, &rs->fault);
    if (e == ERR_INVALID && str_eq_c(str_c(rs->fault.slug), "idempotency_key_reused"))
        return fault_set(&rs->fault, e, "",
            "This form was sent before, with another amount: look below at what it did.");
    return e;
}

/* POST /admin/orders/{id}/refund: 303, also when it was sent before; 409 more than is
 * left; 422. */
enum err
admin_refund_form(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = order_open(rq, &db, &id);

    if (e != ERR_OK)
        return e;
    return order_done(rq, rs, db, id, refund(rq, rs, db, id), "The money is given back.");
}

/* POST /admin/orders/{id}/cancel: 303; 409 shipped, or over. */
enum err
admin_cancel_form(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = order_open(rq, &db, &id);

    if (e != ERR_OK)
        return e;
    e = order_cancel(
        db, rq->arena, NULL, id, app_actor(rq), app_of(rq)->cache, &rs->fault);
    return order_done(rq, rs, db, id, e, "The order is cancelled.");
}

/* What is good is for order_ship() and order_refund() to say; here only sizes. */
const struct field admin_ship_in[] = {
    {.name = "carrier", .type = F_STR, .flags = FIELD_TRIM, .max = 400},
    {.name = "tracking", .type = F_STR, .flags = FIELD_TRIM, .max = 400},
    {.name = NULL},
};
const struct field admin_refund_in[] = {
    {.name = "idempotency_key",
        .type = F_STR,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = 64},
    {.name = "amount", .type = F_STR, .flags = FIELD_TRIM, .max = 100},
    {.name = NULL},
};
const struct field admin_cancel_in[] = {
    {.name = NULL},
};
