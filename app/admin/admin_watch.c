/* The pages of payments and of news: lists with a filter, one in full. They change
 * nothing but to let a dead letter be tried again. */
#include "admin/admin_watch.h"

#include "base/clock.h"
#include "price/money.h"
#include "routes.h"

#define PREFIX STR("/admin/")
#define PER_PAGE 50
#define JSON_MAX ((size_t)4 << 20)

static const struct watch_page *
page_of(const struct req *rq)
{
    const struct watch_kind *k = watch_kind_of(rq, PREFIX);
    const struct watch_page *p;

    for (size_t i = 0; (p = watch_page_at(i)) != NULL; i++)
        if (p->kind == k)
            return p;
    return NULL;
}

static enum err
json_of(struct arena *a, const struct watch_kind *k, const void *obj, bool whole,
    struct jval **out)
{
    struct fault flt;
    struct jout j;
    struct buf b;

    buf_init_arena(&b, a, JSON_MAX);
    jout_init(&j, &b);
    k->jout(&j, obj, whole);
    fault_clear(&flt);
    return jin_parse(a, buf_view(&b), out, &flt);
}

static void
tab(struct arena *a, struct tval *tabs, const char *label, const char *name, bool current)
{
    struct tval *t = tval_push_obj(a, tabs);

    tval_set_c(a, t, "label", label);
    tval_set_fmt(a, t, "url", "/admin/%s", name);
    view_null(a, t, "count");
    tval_set_bool(a, t, "current", current);
}

/* The lists of news, what waits to become one of them, and who is told besides. */
void
admin_news_tabs(struct arena *a, struct tval *t, const char *here)
{
    static const char *const others[][2] = {
        {"Outbox", "outbox"}, {"Endpoints", "webhook-endpoints"}};
    struct tval *tabs = tval_add_arr(a, t, "tabs");
    const struct watch_page *p;

    for (size_t i = 0; (p = watch_page_at(i)) != NULL; i++)
        if (p->news)
            tab(a, tabs, p->title, p->kind->name, str_eq_c(str_c(here), p->kind->name));
    for (size_t i = 0; i < NELEM(others); i++)
        tab(a, tabs, others[i][0], others[i][1], str_eq_c(str_c(here), others[i][1]));
}

/* `here` NULL: the outbox. */
static void
place_fill(struct arena *a, struct tval *t, const struct watch_page *here)
{
    const bool news = here == NULL || here->news;

    tval_set_bool(a, t, "in_payments", !news);
    tval_set_bool(a, t, "in_news", news);
    tval_set_bool(a, t, "has_tabs", news);
    admin_news_tabs(a, t, here != NULL ? here->kind->name : "outbox");
}

static void
cells_fill(
    struct arena *a, struct tval *row, const struct watch_page *p, const struct jval *o)
{
    struct tval *cells = tval_add_arr(a, row, "cells");

    for (const struct watch_column *col = p->columns; col->label != NULL; col++) {
        struct watch_cell cell = {.badge = NULL};
        struct tval *t = tval_push_obj(a, cells);

        col->cell(a, o, &cell);
        tval_set_bool(a, t, "first", col == p->columns);
        tval_set_c(a, t, "label", col->label);
        tval_set_bool(a, t, "num", col->num);
        view_text(a, t, "text", cell.text);
        view_text(a, t, "note", cell.note);
        view_text(a, t, "url", cell.url);
        tval_set_c(a, t, "badge", cell.badge);
    }
    if (p->retry != NULL)
        tval_set_fmt(a, row, "retry_url", "/admin/%s/%.*s/retry", p->kind->name,
            STR_F(jin_str(o, "id")));
}

static void
filter_fill(
    struct arena *a, struct tval *t, const struct watch_kind *k, struct str chosen)
{
    struct tval *list = tval_add_arr(a, t, "statuses"), *v;
    struct str rest = str_c(k->statuses), one;

    tval_set_bool(a, t, "has_statuses", k->statuses != NULL);
    if (k->statuses == NULL)
        return;
    v = tval_push_obj(a, list);
    tval_set_c(a, v, "value", "");
    tval_set_c(a, v, "label", "All");
    tval_set_bool(a, v, "selected", chosen.n == 0);
    while (str_next(&rest, '|', &one)) {
        v = tval_push_obj(a, list);
        tval_set_str(a, v, "value", one);
        tval_set_str(a, v, "label", view_label(a, one));
        tval_set_bool(a, v, "selected", str_eq(one, chosen));
    }
}

static void
columns_fill(struct arena *a, struct tval *t, const struct watch_page *p)
{
    struct tval *list = tval_add_arr(a, t, "columns");

    for (const struct watch_column *col = p->columns; col->label != NULL; col++) {
        struct tval *v = tval_push_obj(a, list);

        tval_set_c(a, v, "label", col->label);
        tval_set_bool(a, v, "num", col->num);
    }
}

/* Where the list goes on. */
static void
older_fill(struct arena *a, struct tval *t, const struct watch_page *p,
    const struct watch_ask *ask, const void *last)
{
    view_null(a, t, "older_url");
    if (last != NULL)
        tval_set_fmt(a, t, "older_url", "/admin/%s?status=%.*s&order_id=%.*s&after=%lld",
            p->kind->name, STR_F(ask->status),
            STR_F(ask->subject_id > 0
                      ? arena_printf(a, "%lld", (long long)ask->subject_id)
                      : STR("")),
            (long long)watch_id(p->kind, last));
}

static enum err
rows_fill(struct arena *a, struct tval *t, const struct watch_page *p, const void *objs,
    size_t n)
{
    struct tval *rows = tval_add_arr(a, t, "rows");
    enum err e = ERR_OK;

    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        struct jval *o;

        e = json_of(a, p->kind, (const char *)objs + i * p->kind->size, false, &o);
        if (e == ERR_OK)
            cells_fill(a, tval_push_obj(a, rows), p, o);
    }
    tval_set_bool(a, t, "has_rows", n > 0);
    return e;
}

static enum err
list_show(struct req *rq, struct resp *rs, int status, const struct watch_page *p)
{
    const struct watch_ask ask = watch_ask_of(rq, PER_PAGE);
    struct arena *a = rq->arena;
    struct tval *t = tval_obj(a);
    void *objs = NULL;
    struct db *db;
    size_t n = 0;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = p->kind->list(db, a, &ask, &objs, &n);
    if (e == ERR_OK)
        e = rows_fill(a, t, p, objs, n);
    if (e != ERR_OK)
        return e;
    place_fill(a, t, p);
    columns_fill(a, t, p);
    filter_fill(a, t, p->kind, ask.status);
    older_fill(a, t, p, &ask,
        n == PER_PAGE ? (const char *)objs + (n - 1) * p->kind->size : NULL);
    tval_set_c(a, t, "title", p->title);
    tval_set_c(a, t, "path", p->kind->name);
    tval_set_c(a, t, "intro", p->intro);
    tval_set_c(a, t, "none", p->none);
    tval_set_c(a, t, "retry", p->retry);
    view_text(a, t, "form_error", arena_str(a, str_c(rs->fault.detail)));
    view_text(a, t, "order_url",
        ask.subject_id == 0
            ? STR_NULL
            : arena_printf(a, "/admin/orders/%lld", (long long)ask.subject_id));
    return admin_send(rq, rs, status, "admin_watch", t);
}

static enum err
list_get(struct req *rq, struct resp *rs)
{
    return list_show(rq, rs, 200, page_of(rq));
}

/* POST /admin/dead-letters/{id}/retry: 303; 404; 409 with the list. */
static enum err
retry_form(struct req *rq, struct resp *rs)
{
    struct db *db = NULL;
    int64_t id = 0;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = req_param_id(rq, 0, &id);
    if (e == ERR_OK)
        e = dead_watch_retry(db, rq->arena, id, clock_ms(), &rs->fault);
    if (e == ERR_CONFLICT)
        return list_show(rq, rs, err_status(e), page_of(rq));
    if (e != ERR_OK)
        return e;
    page_flash(rq, rs, "success", "It is tried again.");
    resp_redirect(rs, "/admin/dead-letters");
    return ERR_OK;
}

/* --- one in full --- */

static void
texts_fill(
    struct arena *a, struct tval *t, const struct watch_page *p, const struct jval *o)
{
    struct tval *list = tval_add_arr(a, t, "texts");

    for (const struct watch_text *x = p->texts; x != NULL && x->member != NULL; x++) {
        struct tval *v;

        if (jin_str(o, x->member).n == 0)
            continue;
        v = tval_push_obj(a, list);
        tval_set_c(a, v, "label", x->label);
        tval_set_str(a, v, "text", jin_str(o, x->member));
        tval_set_bool(a, v, "folded", x->folded);
    }
}

static void
refunds_fill(struct arena *a, struct tval *t, const struct jval *o)
{
    const struct jval *r = jin_get_type(o, "refunds", J_ARRAY);
    struct tval *list = tval_add_arr(a, t, "refunds");

    tval_set_bool(a, t, "has_refunds", r != NULL && r->n > 0);
    for (size_t i = 0; r != NULL && i < r->n; i++) {
        struct tval *v = tval_push_obj(a, list);
        const struct jval *m = jin_get(&r->v[i], "amount");
        struct str status = jin_str(&r->v[i], "status");

        tval_set_str(a, v, "when", watch_when(a, &r->v[i], "created_at"));
        tval_set_str(a, v, "amount",
            money_format(a, jin_i64(m, "amount", 0), jin_str(m, "currency")));
        view_text(a, v, "reason", jin_str(&r->v[i], "reason"));
        tval_set_str(a, v, "by", jin_str(&r->v[i], "by"));
        tval_set_str(a, v, "status_label", view_label(a, status));
        tval_set_c(a, v, "badge", watch_badge(status));
    }
}

static enum err
one_get(struct req *rq, struct resp *rs)
{
    const struct watch_page *p = page_of(rq);
    struct arena *a = rq->arena;
    struct tval *t = tval_obj(a);
    struct jval *o;
    struct db *db = NULL;
    void *obj;
    int64_t id = 0;
    enum err e = p != NULL ? app_db(rq, &db) : ERR_NOT_FOUND;

    if (e == ERR_OK)
        e = req_param_id(rq, 0, &id);
    if (e != ERR_OK)
        return e;
    obj = arena_calloc(a, 1, p->kind->size);
    e = p->kind->get(db, a, id, obj);
    if (e == ERR_OK)
        e = json_of(a, p->kind, obj, true, &o);
    if (e != ERR_OK)
        return e;
    place_fill(a, t, p);
    cells_fill(a, t, p, o);
    texts_fill(a, t, p, o);
    refunds_fill(a, t, o);
    tval_set_c(a, t, "title", p->one);
    tval_set_c(a, t, "list_title", p->title);
    tval_set_c(a, t, "path", p->kind->name);
    view_text(a, t, "attempts_url",
        jin_get(o, "order_id") != NULL && p->kind == &payment_watch
            ? arena_printf(
                  a, "/admin/payments?order_id=%.*s", STR_F(jin_str(o, "order_id")))
            : STR_NULL);
    return admin_send(rq, rs, 200, "admin_watched", t);
}

/* --- the outbox --- */

/* "3.2 s", "4 min" */
static struct str
age_text(struct arena *a, int64_t ms)
{
    if (ms < 60000)
        return arena_printf(
            a, "%lld.%lld s", (long long)(ms / 1000), (long long)(ms % 1000 / 100));
    if (ms < 7200000)
        return arena_printf(a, "%lld min", (long long)(ms / 60000));
    return arena_printf(a, "%lld h", (long long)(ms / 3600000));
}

static void
figure(struct arena *a, struct tval *list, const char *label, struct str value,
    struct str note)
{
    struct tval *t = tval_push_obj(a, list);

    tval_set_c(a, t, "label", label);
    tval_set_str(a, t, "value", value);
    view_text(a, t, "note", note);
}

static void
waiting(struct arena *a, struct tval *list, const char *label, int64_t n, int64_t age_ms)
{
    figure(a, list, label, arena_printf(a, "%lld", (long long)n),
        n > 0 ? arena_printf(a, "the oldest for %.*s", STR_F(age_text(a, age_ms)))
              : STR("nothing waits"));
}

static enum err
outbox_get(struct req *rq, struct resp *rs)
{
    struct arena *a = rq->arena;
    struct tval *t = tval_obj(a), *list = tval_add_arr(a, t, "figures");
    struct outbox_watched w;
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = outbox_watch(db, a, &w);
    if (e != ERR_OK)
        return e;
    place_fill(a, t, NULL);
    tval_set_c(a, t, "title", "Outbox");
    waiting(a, list, "Events to hand on", w.waiting, w.age_ms);
    waiting(a, list, "Mails to send", w.mails_waiting, w.mail_age_ms);
    waiting(a, list, "Webhooks to send", w.deliveries_waiting, w.delivery_age_ms);
    figure(a, list, "Dead letters", arena_printf(a, "%lld", (long long)w.dead), STR_NULL);
    return admin_send(rq, rs, 200, "admin_outbox", t);
}

#define KEYSET                                                                           \
    {                                                                                    \
        .name = "after", .type = F_ID                                                    \
    }
static const struct field payments_query[] = {
    {.name = "status", .type = F_ENUM, .choices = PAYMENT_LISTS},
    {.name = "order_id", .type = F_ID},
    KEYSET,
    {.name = NULL},
};
static const struct field mails_query[] = {
    {.name = "status", .type = F_ENUM, .choices = MAIL_STATUSES},
    {.name = "order_id", .type = F_ID},
    KEYSET,
    {.name = NULL},
};
static const struct field deliveries_query[] = {
    {.name = "status", .type = F_ENUM, .choices = DELIVERY_STATUSES},
    {.name = "order_id", .type = F_ID},
    KEYSET,
    {.name = NULL},
};
static const struct field dead_query[] = {KEYSET, {.name = NULL}};

const struct route admin_watch_routes[] = {
    {M_GET, "/admin/payments", list_get, AUTH_STAFF, ROUTE_PAGE, payments_query, NULL,
        "adminPaymentsPage", "Payments"},
    {M_GET, "/admin/payments/{id}", one_get, AUTH_STAFF, ROUTE_PAGE, NULL, NULL,
        "adminPaymentPage", "One payment"},
    {M_GET, "/admin/mails", list_get, AUTH_STAFF, ROUTE_PAGE, mails_query, NULL,
        "adminMailsPage", "Mails"},
    {M_GET, "/admin/mails/{id}", one_get, AUTH_STAFF, ROUTE_PAGE, NULL, NULL,
        "adminMailPage", "One mail"},
    {M_GET, "/admin/webhook-deliveries", list_get, AUTH_STAFF, ROUTE_PAGE,
        deliveries_query, NULL, "adminWebhookDeliveriesPage", "Webhooks"},
    {M_GET, "/admin/webhook-deliveries/{id}", one_get, AUTH_STAFF, ROUTE_PAGE, NULL, NULL,
        "adminWebhookDeliveryPage", "One webhook"},
    {M_GET, "/admin/dead-letters", list_get, AUTH_STAFF, ROUTE_PAGE, dead_query, NULL,
        "adminDeadLettersPage", "What could not be done"},
    {M_POST, "/admin/dead-letters/{id}/retry", retry_form, AUTH_ADMIN, ROUTE_PAGE, NULL,
        NULL, "adminRetryForm", "Try a dead letter again"},
    {M_GET, "/admin/outbox", outbox_get, AUTH_STAFF, ROUTE_PAGE, NULL, NULL,
        "adminOutboxPage", "What waits to be handed on"},
    {.pattern = NULL},
};
