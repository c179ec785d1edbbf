/* Pages of accounts: sign in, sign up, the account with its orders, sign out. */
#include "account/account_http.h"
#include "account/ended.h"
#include "http/form.h"
#include "order/order.h"
#include "routes.h"
#include "web/page.h"
#include "web/view.h"

#define ORDERS_PER_PAGE 20

/* Where to go after signing in: a path of this shop, or the account. "//host" and "/\host"
 * are other sites to a browser. */
static struct str
next_path(const struct jval *from)
{
    struct str next = jin_str(from, "next");

    if (next.n < 1 || next.n > 500 || next.p[0] != '/'
        || (next.n > 1 && (next.p[1] == '/' || next.p[1] == '\\'))
        || str_chr(next, '\r') != SIZE_MAX || str_chr(next, '\n') != SIZE_MAX)
        return STR("/account");
    return next;
}

/* The link to the other of the two doors, carrying `next` along. */
static void
door_link(struct req *rq, struct tval *t, const char *name, const char *path, struct str next)
{
    tval_set_fmt(rq->arena, t, name, "%s?next=%.*s", path,
        STR_F(percent_encode(rq->arena, next)));
}

/* The sign-in form; after a refusal with what was typed and why it was refused. */
static enum err
login_page(struct req *rq, struct resp *rs, int status, struct str email, struct str next)
{
    static const char *const names[] = {"email", "password", NULL};
    struct tval *t = tval_obj(rq->arena);

    tval_set_c(rq->arena, t, "title", "Sign in");
    view_text(rq->arena, t, "email", email);
    tval_set_str(rq->arena, t, "next", next);
    door_link(rq, t, "register_url", "/register", next);
    view_errors(rq->arena, t, &rs->fault, names);
    return page_send(rq, rs, status, "login", t);
}

static enum err
login_get(struct req *rq, struct resp *rs)
{
    struct str next = next_path(rq->query);

    if (rq->who.user_id != 0) {
        resp_redirect(rs, "%.*s", STR_F(next));
        return ERR_OK;
    }
    return login_page(rq, rs, 200, STR_NULL, next);
}

/* A refusal the shopper can mend is the form again; anything else is an error page. */
static bool
mendable(enum err e)
{
    return e == ERR_AUTH || e == ERR_INVALID || e == ERR_CONFLICT || e == ERR_LIMIT
           || e == ERR_FORBIDDEN;
}

/* The second step of signing in: the password was right, and is not carried along. */
static enum err
code_page(struct req *rq, struct resp *rs, struct str challenge, struct str next)
{
    static const char *const names[] = {"totp", NULL};
    bool again = str_eq_c(STR("totp_invalid"), rs->fault.slug);
    struct tval *t = tval_obj(rq->arena);

    if (!again)
        fault_clear(&rs->fault); /* it asks for nothing that was refused */
    tval_set_c(rq->arena, t, "title", "One more step");
    tval_set_str(rq->arena, t, "challenge", challenge);
    tval_set_str(rq->arena, t, "next", next);
    view_errors(rq->arena, t, &rs->fault, names);
    return page_send(rq, rs, 401, "login_code", t);
}

static void
welcome(struct req *rq, struct resp *rs, const struct sign_in *s)
{
    session_cookies(app_of(rq), rq, rs, &s->tp);
    if (s->capped > 0)
        page_flash(rq, rs, "info",
            "We put what you had chosen into your cart. Of %lld there are fewer left than you"
            " wanted, so we lowered the number.",
            (long long)s->capped);
    else if (s->merged > 0)
        page_flash(rq, rs, "success", "What you had chosen is in your cart.");
}

static enum err
login_form(struct req *rq, struct resp *rs)
{
    struct str email = jin_str(rq->in, "email"), next = next_path(rq->in);
    const struct login_in in = {.email = email,
        .password = jin_str(rq->in, "password"),
        .code = jin_str(rq->in, "totp"),
        .challenge = jin_str(rq->in, "challenge")};
    struct sign_in s;
    enum err e = account_sign_in(rq, &in, &s, &rs->fault);

    if (e == ERR_AUTH && str_eq_c(STR("totp_required"), rs->fault.slug))
        return code_page(rq, rs, account_challenge(app_of(rq), rq->arena, &s.acc), next);
    if (e == ERR_AUTH && str_eq_c(STR("totp_invalid"), rs->fault.slug))
        return code_page(rq, rs, in.challenge, next);
    if (mendable(e))
        return login_page(rq, rs, err_status(e), email, next);
    if (e != ERR_OK)
        return e;
    welcome(rq, rs, &s);
    resp_redirect(rs, "%.*s", STR_F(next));
    return ERR_OK;
}

static enum err
register_page(struct req *rq, struct resp *rs, int status, const struct jval *typed,
    struct str next)
{
    static const char *const names[] = {"name", "email", "password", NULL};
    struct tval *t = tval_obj(rq->arena);

    tval_set_c(rq->arena, t, "title", "Open an account");
    view_text(rq->arena, t, "name", jin_str(typed, "name"));
    view_text(rq->arena, t, "email", jin_str(typed, "email"));
    tval_set_str(rq->arena, t, "next", next);
    tval_set_i64(rq->arena, t, "min_password", PASSWORD_MIN);
    door_link(rq, t, "login_url", "/login", next);
    view_errors(rq->arena, t, &rs->fault, names);
    return page_send(rq, rs, status, "register", t);
}

static enum err
register_get(struct req *rq, struct resp *rs)
{
    return register_page(rq, rs, 200, NULL, next_path(rq->query));
}

static enum err
register_form(struct req *rq, struct resp *rs)
{
    struct sign_in s;
    enum err e = account_sign_up(rq, jin_str(rq->in, "email"), jin_str(rq->in, "password"),
        jin_str(rq->in, "name"), &s, &rs->fault);

    if (mendable(e))
        return register_page(rq, rs, err_status(e), rq->in, next_path(rq->in));
    if (e != ERR_OK)
        return e;
    welcome(rq, rs, &s);
    resp_redirect(rs, "%.*s", STR_F(next_path(rq->in)));
    return ERR_OK;
}

static enum err
logout_form(struct req *rq, struct resp *rs)
{
    struct db *db;
    enum err e;

    if (rq->who.session_id != 0) {
        if ((e = app_db(rq, &db)) != ERR_OK)
            return e;
        if ((e = session_end(db, rq->who.session_id)) != ERR_OK)
            return e;
        ended_tell(app_of(rq));
    }
    session_cookies_clear(rq, rs);
    resp_redirect(rs, "/");
    return ERR_OK;
}

static void
order_row(struct req *rq, struct tval *list, const struct order *o)
{
    struct tval *t = tval_push_obj(rq->arena, list);
    struct str status = str_c(order_status_text(o->status));

    tval_set_str(rq->arena, t, "number", o->number);
    tval_set_fmt(rq->arena, t, "url", "/orders/%lld", (long long)o->id);
    view_time(rq->arena, t, "placed_at", o->created_at);
    if (o->n > 1)
        tval_set_fmt(rq->arena, t, "items_text", "%.*s and %zu more", STR_F(o->first_name),
            o->n - 1);
    else
        tval_set_str(rq->arena, t, "items_text", o->first_name);
    view_money(rq->arena, t, "total", o->total, o->currency);
    tval_set_str(rq->arena, t, "status", status);
    tval_set_str(rq->arena, t, "status_label", view_label(rq->arena, status));
    tval_set_bool(rq->arena, t, "can_pay", o->status == ORDER_PENDING);
}

static enum err
account_page(struct req *rq, struct resp *rs)
{
    struct order_filter f = {.status = STR_NULL};
    struct paging pg = req_paging(rq, ORDERS_PER_PAGE);
    struct tval *t = tval_obj(rq->arena), *acc_t, *list;
    struct shopper who;
    struct account acc;
    struct order *orders = NULL;
    struct db *db;
    int64_t total = 0;
    size_t n = 0, i;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = account_get(db, rq->arena, rq->who.user_id, &acc);
    if (e == ERR_OK)
        e = app_shopper(rq, rs, false, STR_NULL, &who);
    f.who = &who;
    f.page = pg.page;
    f.per_page = pg.per_page;
    if (e == ERR_OK)
        e = order_list(db, rq->arena, &f, &orders, &n, &total);
    if (e != ERR_OK)
        return e;
    tval_set_c(rq->arena, t, "title", "Your account");
    acc_t = tval_add_obj(rq->arena, t, "account");
    tval_set_str(rq->arena, acc_t, "name", acc.name);
    tval_set_str(rq->arena, acc_t, "email", acc.email);
    view_time(rq->arena, acc_t, "since", acc.created_at);
    list = tval_add_arr(rq->arena, t, "orders");
    for (i = 0; i < n; i++)
        order_row(rq, list, &orders[i]);
    tval_set_bool(rq->arena, t, "has_orders", n > 0);
    view_pager(rq->arena, t, STR("/account?"), pg, total);
    return page_send(rq, rs, 200, "account", t);
}

static const struct field next_query[] = {
    {.name = "next", .type = F_STR, .max = 500},
    {.name = NULL},
};
static const struct field page_query[] = {
    PAGE_FIELD,
    {.name = NULL},
};
/* What a form may hold; whether it is good is for account_create() and account_login() to
 * say, in words beside the field. */
static const struct field login_in[] = {
    {.name = "email", .type = F_STR, .flags = FIELD_TRIM, .max = 254},
    {.name = "password", .type = F_STR, .max = PASSWORD_MAX},
    {.name = "totp", .type = F_STR, .flags = FIELD_TRIM, .max = 40},
    {.name = "challenge", .type = F_STR, .max = 200},
    {.name = "next", .type = F_STR, .max = 500},
    {.name = NULL},
};
static const struct field register_in[] = {
    {.name = "email", .type = F_STR, .flags = FIELD_TRIM, .max = 254},
    {.name = "password", .type = F_STR, .max = PASSWORD_MAX},
    {.name = "name", .type = F_STR, .flags = FIELD_TRIM, .max = 200},
    {.name = "next", .type = F_STR, .max = 500},
    {.name = NULL},
};

const struct route account_page_routes[] = {
    {M_GET, "/login", login_get, AUTH_OPTIONAL, ROUTE_PAGE, next_query, NULL, "loginPage",
        "Sign in"},
    {M_POST, "/login", login_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, login_in, "loginForm",
        "Sign in"},
    {M_GET, "/register", register_get, AUTH_OPTIONAL, ROUTE_PAGE, next_query, NULL,
        "registerPage", "Open an account"},
    {M_POST, "/register", register_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, register_in,
        "registerForm", "Open an account"},
    {M_POST, "/logout", logout_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, NULL, "logoutForm",
        "Sign out"},
    {M_GET, "/account", account_page, AUTH_USER, ROUTE_PAGE, page_query, NULL, "accountPage",
        "The account and its orders"},
    {.pattern = NULL},
};
