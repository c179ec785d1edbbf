/* All orders, by status, or found by number or e-mail address. */
#include "admin/admin_page.h"
#include "admin/admin_store.h"
#include "http/form.h"
#include "order/order.h"
#include "web/order_view.h"

#define PER_PAGE 25

/* The tabs; the first is all. What is paid is what has to be shipped. */
static const struct {
    const char *status, *label;
} tabs[] = {
    {"", "All"},
    {"paid", "To ship"},
    {"pending", "Unpaid"},
    {"shipped", "Shipped"},
    {"partially_refunded", "Partly refunded"},
    {"refunded", "Refunded"},
    {"cancelled", "Cancelled"},
    {"expired", "Expired"},
};

static enum err
tabs_fill(struct arena *a, struct db *db, struct tval *data, struct str chosen)
{
    struct tval *list = tval_add_arr(a, data, "tabs");
    int64_t waiting;
    size_t i;
    enum err e = admin_store_waiting(db, a, &waiting);

    for (i = 0; i < NELEM(tabs) && e == ERR_OK; i++) {
        struct tval *t = tval_push_obj(a, list);
        bool to_ship = str_eq_c(str_c(tabs[i].status), "paid");

        tval_set_c(a, t, "label", tabs[i].label);
        tval_set_fmt(
            a, t, "url", "/admin/orders%s%s", i > 0 ? "?status=" : "", tabs[i].status);
        view_text(
            a, t, "count", to_ship && waiting > 0 ? admin_capped(a, waiting) : STR_NULL);
        tval_set_bool(a, t, "current", str_eq_c(chosen, tabs[i].status));
    }
    return e;
}

static void
order_row(struct arena *a, struct tval *list, const struct order *o)
{
    struct tval *t = tval_push_obj(a, list);
    struct str status = str_c(order_status_text(o->status));

    tval_set_str(a, t, "number", o->number);
    tval_set_fmt(a, t, "url", "/admin/orders/%lld", (long long)o->id);
    admin_time(a, t, "placed_at", o->created_at);
    tval_set_str(a, t, "customer", o->address.name);
    tval_set_str(a, t, "email", o->email);
    view_money(a, t, "total", o->total, o->currency);
    tval_set_str(a, t, "status", status);
    tval_set_str(a, t, "status_label", view_label(a, status));
    tval_set_fmt(a, t, "ship_to", "%.*s, %.*s", STR_F(o->address.city),
        STR_F(view_country(o->address.country)));
}

enum err
admin_orders_get(struct req *rq, struct resp *rs)
{
    struct paging pg = req_paging(rq, PER_PAGE);
    const struct order_filter f = {.status = jin_str(rq->query, "status"),
        .q = jin_str(rq->query, "q"),
        .page = pg.page,
        .per_page = pg.per_page};
    struct tval *t = tval_obj(rq->arena), *list;
    struct order *o = NULL;
    struct db *db;
    int64_t total = 0;
    size_t i, n = 0;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = order_list(db, rq->arena, &f, &o, &n, &total);
    if (e == ERR_OK)
        e = tabs_fill(rq->arena, db, t, f.status);
    if (e != ERR_OK)
        return e;
    tval_set_c(rq->arena, t, "title", "Orders");
    view_text(rq->arena, t, "status", f.status);
    view_text(rq->arena, t, "q", f.q);
    tval_set_str(
        rq->arena, t, "total_text", admin_count(rq->arena, total, "order", "orders"));
    list = tval_add_arr(rq->arena, t, "orders");
    for (i = 0; i < n; i++)
        order_row(rq->arena, list, &o[i]);
    tval_set_bool(rq->arena, t, "has_orders", n > 0);
    view_pager(rq->arena, t,
        arena_printf(rq->arena, "/admin/orders?status=%.*s&q=%.*s&", STR_F(f.status),
            STR_F(percent_encode(rq->arena, f.q))),
        pg, total);
    return admin_send(rq, rs, 200, "admin_orders", t);
}

const struct field admin_orders_query[] = {
    {.name = "status",
        .type = F_ENUM,
        .choices = "pending|paid|shipped|completed|cancelled|expired|refunded|"
                   "partially_refunded"},
    {.name = "q", .type = F_STR, .flags = FIELD_TRIM, .max = 254},
    PAGE_FIELD,
    {.name = NULL},
};
