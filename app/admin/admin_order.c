/* One order for the shop's people: what was bought, the money, and the forms for what can
 * be done with it. What those send is admin_order_forms.c's. */
#include "admin/admin_page.h"
#include "admin/admin_store.h"
#include "order/order_http.h"
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

/* What was typed for a line in the form `form` that was refused; else `def`. */
static struct str
typed_quantity(struct req *rq, const char *form, struct str sku, int64_t def)
{
    struct str s;

    if (!str_ends(str_c(rq->route->pattern), str_c(form)))
        return def > 0 ? arena_printf(rq->arena, "%lld", (long long)def) : STR("");
    for (size_t i = 0; (s = admin_row(rq->in, "sku", i)).p != NULL; i++)
        if (str_eq(s, sku))
            return admin_row(rq->in, "quantity", i);
    return STR("");
}

/* The lines of which `left` says some are left, each with a field for how many. */
struct lines_form {
    const char *name, *path;
    int64_t (*left)(const struct order_line *l);
    bool all; /* filled in with all of them */
};

static struct tval *
lines_fill(struct req *rq, struct tval *data, const struct order *o,
    const struct lines_form *f, bool wanted)
{
    struct arena *a = rq->arena;
    struct tval *t = NULL, *rows = NULL;

    for (size_t i = 0; wanted && i < o->n; i++) {
        int64_t left = f->left(&o->lines[i]);
        struct tval *r;

        if (left <= 0)
            continue;
        if (t == NULL) {
            t = tval_add_obj(a, data, f->name);
            rows = tval_add_arr(a, t, "rows");
            tval_set_str(a, t, "key", admin_form_key(rq));
            tval_set_bool(a, t, "open",
                admin_row(rq->in, "sku", 0).p != NULL &&
                    str_ends(str_c(rq->route->pattern), str_c(f->path)));
        }
        r = tval_push_obj(a, rows);
        tval_set_i64(a, r, "no", (int64_t)i);
        tval_set_str(a, r, "sku", o->lines[i].sku);
        tval_set_str(a, r, "name", o->lines[i].name);
        tval_set_i64(a, r, "max", left);
        tval_set_str(a, r, "quantity",
            typed_quantity(rq, f->path, o->lines[i].sku, f->all ? left : 0));
    }
    if (t == NULL)
        view_null(a, data, f->name);
    return t;
}

static int64_t
out_there(const struct order_line *l)
{
    return l->shipped - l->returned;
}

static void
refund_fill(
    struct req *rq, struct tval *data, const struct order *o, const struct fault *flt)
{
    static const struct lines_form lines = {
        "refund_lines", "/refund", order_line_unrefunded, false};
    struct arena *a = rq->arena;
    int64_t left = o->total - o->refunded;
    bool may = left > 0 && !str_eq_c(o->payment_status, "unpaid") && admin_may_change(rq);
    struct str typed = jin_str(rq->in, "amount");
    struct tval *t;

    (void)lines_fill(rq, data, o, &lines, may);
    if (!may) {
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
ship_fill(
    struct req *rq, struct tval *data, const struct order *o, const struct fault *flt)
{
    static const struct lines_form lines = {"ship", "/ship", order_line_open, true};
    bool here = str_eq_c(o->fulfilment_status, "unfulfilled") ||
                str_eq_c(o->fulfilment_status, "partially_shipped");
    struct arena *a = rq->arena;
    struct tval *t = lines_fill(
        rq, data, o, &lines, here && order_may_become(o->status, ORDER_SHIPPED));

    if (t == NULL)
        return;
    view_text(a, t, "carrier", jin_str(rq->in, "carrier"));
    view_text(a, t, "tracking", jin_str(rq->in, "tracking"));
    view_text(a, t, "carrier_error", admin_sentence(a, view_fault(flt, "carrier")));
    view_text(a, t, "tracking_error", admin_sentence(a, view_fault(flt, "tracking")));
}

static void
actions_fill(
    struct req *rq, struct tval *data, const struct order *o, const struct fault *flt)
{
    static const struct lines_form back = {"take_back", "/return", out_there, false};
    bool open = o->status != ORDER_CANCELLED && o->status != ORDER_EXPIRED;
    struct tval *t;

    ship_fill(rq, data, o, flt);
    refund_fill(rq, data, o, flt);
    t = lines_fill(rq, data, o, &back, true);
    if (t != NULL) {
        tval_set_bool(
            rq->arena, t, "can_refund", admin_may_change(rq) && o->total > o->refunded);
        view_text(rq->arena, t, "reason", jin_str(rq->in, "reason"));
    }
    tval_set_bool(rq->arena, data, "can_cancel",
        open && str_eq_c(o->fulfilment_status, "unfulfilled"));
    tval_set_bool(rq->arena, data, "can_complete", order_completable(o));
}

enum err
admin_order_show(struct req *rq, struct resp *rs, int status, struct db *db, int64_t id)
{
    static const char *const names[] = {"carrier", "tracking", "amount", NULL};
    struct arena *a = rq->arena;
    struct tval *t = tval_obj(a);
    const struct price_rules *rules = NULL;
    struct order_event *ev = NULL;
    struct order o;
    size_t n = 0;
    enum err e = order_get(db, a, NULL, id, &o);

    if (e == ERR_OK)
        e = order_events(db, a, id, &ev, &n);
    if (e == ERR_OK)
        e = payments_fill(a, db, t, &o);
    if (e == ERR_OK)
        e = app_rules(rq, &rules);
    if (e != ERR_OK)
        return e;
    view_order_head(a, t, &o);
    tval_set_str(a, t, "customer", o.address.name);
    tval_set_str(a, t, "payment_label", view_label(a, o.payment_status));
    tval_set_str(a, t, "fulfilment_label", view_label(a, o.fulfilment_status));
    view_text(a, t, "expires_at",
        o.status == ORDER_PENDING ? view_time_text(a, o.expires_at) : STR_NULL);
    view_order_lines(a, t, app_of(rq)->assets, &o, true);
    view_order_totals(a, t, &o, view_order_method(a, rules, o.address.country, &o));
    view_text(a, t, "invoice_url",
        order_has_invoice(&o)
            ? arena_printf(a, "/admin/orders/%lld/invoice", (long long)id)
            : STR_NULL);
    view_address(a, t, &o.address);
    view_shipments(a, t, &o);
    view_order_events(a, t, ev, n, true);
    actions_fill(rq, t, &o, &rs->fault);
    view_errors(a, t, &rs->fault, names);
    return admin_send(rq, rs, status, "admin_order", t);
}

enum err
admin_order_open(struct req *rq, struct db **db, int64_t *id)
{
    enum err e = req_param_id(rq, 0, id);

    return e == ERR_OK ? app_db(rq, db) : e;
}

enum err
admin_order_get(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = admin_order_open(rq, &db, &id);

    return e == ERR_OK ? admin_order_show(rq, rs, 200, db, id) : e;
}

/* 200; 404; 409 unpaid. */
enum err
admin_invoice_get(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = admin_order_open(rq, &db, &id);

    return e == ERR_OK ? order_http_invoice(rq, rs, db, NULL, id) : e;
}
