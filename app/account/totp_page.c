/* The page of two-step sign-in: turn it on, see recovery codes once, renew them, turn it off.
 * A shop may ask it of whoever comes to its back office, and sends them here. */
#include "account/account_http.h"
#include "account/totp.h"
#include "html/qr.h"
#include "routes.h"
#include "web/page.h"
#include "web/view.h"

static void
codes_fill(struct req *rq, struct tval *t, const struct str *codes)
{
    struct tval *list = tval_add_arr(rq->arena, t, "codes");
    size_t i;

    for (i = 0; codes != NULL && i < RECOVERY_CODES; i++)
        tval_push(rq->arena, list, tval_str(rq->arena, codes[i]));
    tval_set_bool(rq->arena, t, "has_codes", codes != NULL);
}

/* An address too long for a code is still there as a link and to type. */
static void
setup_fill(struct req *rq, struct tval *t, const struct totp_setup *s)
{
    struct tval *v = tval_add_obj(rq->arena, t, "setup"), *code;
    struct qr qr;

    tval_set_str(rq->arena, v, "secret", s->secret);
    tval_set_str(rq->arena, v, "uri", s->uri);
    if (qr_make(rq->arena, s->uri, &qr) != ERR_OK) {
        view_null(rq->arena, v, "qr");
        return;
    }
    code = tval_add_obj(rq->arena, v, "qr");
    tval_set_i64(rq->arena, code, "size", qr.size);
    tval_set_str(rq->arena, code, "path", qr.path);
}

/* `codes` NULL: none were made just now. */
static enum err
show(struct req *rq, struct resp *rs, int status, const struct str *codes)
{
    static const char *const names[] = {"current_password", "totp", NULL};
    struct tval *t = tval_obj(rq->arena);
    struct totp_setup s;
    struct account acc;
    struct db *db = NULL;
    int64_t left = 0;
    enum err e = app_db(rq, &db), waits;

    if (e == ERR_OK)
        e = account_get(db, rq->arena, rq->who.user_id, &acc);
    if (e == ERR_OK)
        e = totp_codes_left(db, rq->arena, acc.id, &left);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_AUTH : e;
    waits = totp_waiting(app_of(rq), db, rq->arena, acc.id, &s);
    if (waits != ERR_OK && waits != ERR_NOT_FOUND)
        return waits;
    tval_set_c(rq->arena, t, "title", "Two-step sign-in");
    tval_set_bool(rq->arena, t, "on", acc.totp);
    tval_set_bool(rq->arena, t, "off", !acc.totp && waits == ERR_NOT_FOUND);
    tval_set_bool(rq->arena, t, "verified", acc.verified_at != 0);
    tval_set_i64(rq->arena, t, "codes_left", left);
    if (waits == ERR_OK)
        setup_fill(rq, t, &s);
    else
        view_null(rq->arena, t, "setup");
    codes_fill(rq, t, codes);
    view_errors(rq->arena, t, &rs->fault, names);
    resp_header(rs, "Cache-Control", "no-store");
    return page_send(rq, rs, status, "two_step", t);
}

static enum err
two_step_get(struct req *rq, struct resp *rs)
{
    return show(rq, rs, 200, NULL);
}

/* What the button says. *made: there are codes to show. */
static enum err
act(struct req *rq, struct resp *rs, struct str action, struct str *codes, bool *made)
{
    struct app *app = app_of(rq);
    struct str code = jin_str(rq->in, "totp");
    struct totp_setup s;
    struct db *db = NULL;
    int64_t id = rq->who.user_id;
    enum err e = ERR_OK;

    *made = false;
    if (!str_eq_c(action, "confirm"))
        e = account_prove(
            app, rq->arena, id, jin_str(rq->in, "current_password"), &rs->fault);
    if (e == ERR_OK)
        e = app_db(rq, &db);
    if (e != ERR_OK)
        return e;
    if (str_eq_c(action, "begin"))
        return totp_begin(app, db, rq->arena, id, &s, &rs->fault);
    if (str_eq_c(action, "confirm")) {
        e = totp_confirm(app, db, rq->arena, id, code, codes, &rs->fault);
        *made = e == ERR_OK;
        return e;
    }
    if ((e = totp_use(app, db, rq->arena, id, code, &rs->fault)) != ERR_OK)
        return e;
    *made = str_eq_c(action, "codes");
    return *made ? totp_codes(db, rq->arena, id, codes) : totp_off(db, rq->arena, id);
}

static enum err
two_step_form(struct req *rq, struct resp *rs)
{
    struct str codes[RECOVERY_CODES];
    bool made;
    enum err e = act(rq, rs, jin_str(rq->in, "action"), codes, &made);

    if (e == ERR_OK && !made) {
        resp_redirect(rs, "/account/two-step");
        return ERR_OK;
    }
    if (e == ERR_OK)
        return show(rq, rs, 200, codes);
    if (e == ERR_AUTH || e == ERR_INVALID || e == ERR_LIMIT || e == ERR_CONFLICT
        || e == ERR_FORBIDDEN || e == ERR_NOT_FOUND)
        return show(rq, rs, err_status(e), NULL);
    return e;
}

enum err
account_enter(struct req *rq, struct resp *rs, struct fault *flt)
{
    struct account acc;
    struct db *db;
    enum err e;

    if (!app_of(rq)->set.admin_totp)
        return ERR_OK;
    e = app_db(rq, &db);
    if (e == ERR_OK)
        e = account_get(db, rq->arena, rq->who.user_id, &acc);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_AUTH : e;
    if (acc.totp)
        return ERR_OK;
    if ((rq->route->flags & ROUTE_PAGE) == 0)
        return fault_set(flt, ERR_FORBIDDEN, "totp_needed",
            "This shop's back office wants two-step sign-in. Turn it on at "
            "/account/two-step or with POST /api/v1/me/totp, then try again.");
    page_flash(rq, rs, "info", "The back office wants two-step sign-in. Turn it on first.");
    resp_redirect(rs, "/account/two-step");
    return ERR_OK;
}

static const struct field two_step_in[] = {
    {.name = "action",
        .type = F_ENUM,
        .flags = FIELD_REQUIRED,
        .choices = "begin|confirm|codes|off"},
    {.name = "current_password", .type = F_STR, .max = PASSWORD_MAX},
    {.name = "totp", .type = F_STR, .flags = FIELD_TRIM, .max = TOTP_CODE_MAX},
    {.name = NULL},
};

const struct route totp_page_routes[] = {
    {M_GET, "/account/two-step", two_step_get, AUTH_USER, ROUTE_PAGE, NULL, NULL,
        "twoStepPage", "Two-step sign-in"},
    {M_POST, "/account/two-step", two_step_form, AUTH_USER, ROUTE_PAGE, NULL, two_step_in,
        "twoStepForm", "Turn two-step sign-in on or off"},
    {.pattern = NULL},
};
