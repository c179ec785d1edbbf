/* The API and the page of a person's data: take it away, or have it forgotten. */
#include "account/account_http.h"
#include "address/address_json.h"
#include "base/clock.h"
#include "cart/cart_json.h"
#include "order/order_json.h"
#include "person/person.h"
#include "routes.h"
#include "web/page.h"
#include "web/view.h"

static void
sessions_jout(struct jout *j, const struct person *p)
{
    size_t i;

    jout_arr(j);
    for (i = 0; i < p->sessions_n; i++) {
        jout_obj(j);
        jout_kid(j, "id", p->sessions[i].id);
        jout_kstr(j, "user_agent", p->sessions[i].user_agent);
        jout_kstr(j, "ip", p->sessions[i].ip);
        jout_ktime(j, "created_at", p->sessions[i].created_at);
        jout_ktime(j, "last_used_at", p->sessions[i].used_at);
        jout_obj_end(j);
    }
    jout_arr_end(j);
}

static void
person_jout(struct jout *j, const struct person *p)
{
    size_t i;

    jout_obj(j);
    jout_ktime(j, "exported_at", clock_ms());
    jout_key(j, "account");
    account_jout(j, &p->acc);
    jout_key(j, "addresses");
    book_jout(j, p->book, p->book_n);
    jout_key(j, "orders");
    jout_arr(j);
    for (i = 0; i < p->orders_n; i++)
        order_jout(j, &p->orders[i]);
    jout_arr_end(j);
    jout_key(j, "cart");
    cart_jout(j, &p->cart);
    jout_key(j, "sessions");
    sessions_jout(j, p);
    jout_obj_end(j);
}

/* 200 everything, as a file; 403 while the address is not proven. */
static enum err
export_get(struct req *rq, struct resp *rs)
{
    struct person *p;
    struct db *db = NULL;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = person_read(app_of(rq), db, rq->arena, rq->who.user_id, &p, &rs->fault);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_AUTH : e;
    resp_header(rs, "Content-Disposition", "attachment; filename=\"my-data.json\"");
    resp_header(rs, "Cache-Control", "no-store");
    person_jout(resp_json(rs, 200), p);
    return ERR_OK;
}

static enum err
erase(struct req *rq, struct resp *rs)
{
    struct db *db = NULL;
    enum err e = account_prove(app_of(rq), rq->arena, rq->who.user_id,
        jin_str(rq->in, "current_password"), &rs->fault);

    if (e == ERR_OK)
        e = app_db(rq, &db);
    if (e == ERR_OK)
        e = person_erase(db, rq->arena, rq->who.user_id, &rs->fault);
    account_sessions_ended(rq);
    return e;
}

/* 204; 409 orders under way; 422 not the password; 429. */
static enum err
delete_post(struct req *rq, struct resp *rs)
{
    enum err e = erase(rq, rs);

    if (e != ERR_OK)
        return e;
    if (rq->who.by_cookie)
        session_cookies_clear(rq, rs);
    resp_empty(rs, 204);
    return ERR_OK;
}

static enum err
data_page(struct req *rq, struct resp *rs, int status)
{
    static const char *const names[] = {"current_password", NULL};
    struct tval *t = tval_obj(rq->arena);
    struct account acc;
    struct db *db = NULL;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = account_get(db, rq->arena, rq->who.user_id, &acc);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_AUTH : e;
    tval_set_c(rq->arena, t, "title", "Your data");
    tval_set_bool(rq->arena, t, "verified", acc.verified_at != 0);
    view_errors(rq->arena, t, &rs->fault, names);
    return page_send(rq, rs, status, "data", t);
}

static enum err
data_get(struct req *rq, struct resp *rs)
{
    return data_page(rq, rs, 200);
}

static enum err
delete_form(struct req *rq, struct resp *rs)
{
    enum err e = erase(rq, rs);

    if (e == ERR_INVALID || e == ERR_CONFLICT || e == ERR_LIMIT)
        return data_page(rq, rs, err_status(e));
    if (e != ERR_OK)
        return e;
    session_cookies_clear(rq, rs);
    page_flash(rq, rs, "success", "Your account is deleted. Farewell.");
    resp_redirect(rs, "/");
    return ERR_OK;
}

static const struct field password_in[] = {
    {.name = "current_password",
        .type = F_STR,
        .flags = FIELD_REQUIRED,
        .max = PASSWORD_MAX},
    {.name = NULL},
};
static const struct field form_in[] = {
    {.name = "current_password", .type = F_STR, .max = PASSWORD_MAX},
    {.name = NULL},
};
static const struct field export_fields[] = {
    {.name = "exported_at", .type = F_TIME},
    {.name = "account", .type = F_OBJECT, .of = &account_schema},
    {.name = "addresses", .type = F_ARRAY, .item = F_ANY, .help = "as /me/addresses has them"},
    {.name = "orders", .type = F_ARRAY, .item = F_ANY, .help = "as /orders has them"},
    {.name = "cart", .type = F_OBJECT, .of = &cart_schema},
    {.name = "sessions", .type = F_ARRAY, .item = F_ANY, .help = "as /me/sessions has them"},
    {.name = NULL},
};
static const struct schema export_schema = {
    "PersonalData", "All that the shop knows of a person.", export_fields};

const struct route person_routes[] = {
    {M_GET, "/api/v1/me/export", export_get, AUTH_USER, 0, NULL, NULL, "exportMe",
        "All of the account's data", .status = 200, .out = &export_schema,
        .errors = "email_unverified"},
    {M_POST, "/api/v1/me/delete", delete_post, AUTH_USER, 0, NULL, password_in, "deleteMe",
        "Delete the account; its orders stay, without the person", .status = 204,
        .errors = "orders_open last_admin too_many_tries"},
    {M_GET, "/account/data", data_get, AUTH_USER, ROUTE_PAGE, NULL, NULL, "dataPage",
        "Export and deletion"},
    {M_GET, "/account/data/export", export_get, AUTH_USER, ROUTE_PAGE, NULL, NULL,
        "dataExportPage", "All of the account's data"},
    {M_POST, "/account/delete", delete_form, AUTH_USER, ROUTE_PAGE, NULL, form_in,
        "deleteForm", "Delete the account"},
    {.pattern = NULL},
};
