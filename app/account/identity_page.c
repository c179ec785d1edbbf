/* Pages of an account's proofs: the links that mails carry, the password, the address, and
 * where the account is signed in. A link opened shows a form: nothing happens until it is
 * sent, since mail programs open links by themselves. */
#include "account/account_http.h"

#include <inttypes.h>

#include "account/ended.h"
#include "account/identity.h"
#include "base/clock.h"
#include "routes.h"
#include "web/page.h"
#include "web/view.h"

static bool
mendable(enum err e)
{
    return e == ERR_INVALID || e == ERR_CONFLICT || e == ERR_LIMIT || e == ERR_NOT_FOUND
           || e == ERR_AUTH || e == ERR_FORBIDDEN;
}

/* --- links --- */

static enum err
verify_page(struct req *rq, struct resp *rs, int status, struct str token)
{
    static const char *const names[] = {NULL};
    struct tval *t = tval_obj(rq->arena);

    tval_set_c(rq->arena, t, "title", "Confirm your address");
    view_text(rq->arena, t, "token", token);
    tval_set_bool(rq->arena, t, "signed_in", rq->who.user_id != 0);
    view_errors(rq->arena, t, &rs->fault, names);
    resp_header(rs, "Referrer-Policy", "no-referrer");
    return page_send(rq, rs, status, "verify", t);
}

static enum err
verify_get(struct req *rq, struct resp *rs)
{
    struct str token = jin_str(rq->query, "token");
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = identity_link_ok(db, rq->arena, token, 1U << LINK_VERIFY | 1U << LINK_EMAIL);
    if (e == ERR_NOT_FOUND) {
        (void)fault_set(&rs->fault, e, "link_invalid",
            "This link was used already or is too old. Ask for a new one.");
        return verify_page(rq, rs, 404, STR_NULL);
    }
    return e == ERR_OK ? verify_page(rq, rs, 200, token) : e;
}

static enum err
verify_form(struct req *rq, struct resp *rs)
{
    struct account acc;
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = identity_verify(
            app_of(rq), db, rq->arena, jin_str(rq->in, "token"), &acc, &rs->fault);
    if (mendable(e))
        return verify_page(rq, rs, err_status(e), STR_NULL);
    if (e != ERR_OK)
        return e;
    page_flash(rq, rs, "success", "Thank you: your e-mail address is confirmed.");
    resp_redirect(rs, rq->who.user_id != 0 ? "/account" : "/login");
    return ERR_OK;
}

static enum err
forgot_page(struct req *rq, struct resp *rs, int status, bool sent)
{
    static const char *const names[] = {"email", NULL};
    struct tval *t = tval_obj(rq->arena);

    tval_set_c(rq->arena, t, "title", "A new password");
    tval_set_bool(rq->arena, t, "sent", sent);
    view_text(rq->arena, t, "email", jin_str(rq->in, "email"));
    view_errors(rq->arena, t, &rs->fault, names);
    return page_send(rq, rs, status, "forgot", t);
}

static enum err
forgot_get(struct req *rq, struct resp *rs)
{
    return forgot_page(rq, rs, 200, false);
}

/* The same page whether or not the address has an account. */
static enum err
forgot_form(struct req *rq, struct resp *rs)
{
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = identity_forgot(
            app_of(rq), db, rq->arena, jin_str(rq->in, "email"), rq->ip, &rs->fault);
    if (e == ERR_INVALID || e == ERR_LIMIT)
        return forgot_page(rq, rs, err_status(e), false);
    return e == ERR_OK ? forgot_page(rq, rs, 200, true) : e;
}

static enum err
reset_page(struct req *rq, struct resp *rs, int status, struct str token)
{
    static const char *const names[] = {"password", NULL};
    struct tval *t = tval_obj(rq->arena);

    tval_set_c(rq->arena, t, "title", "A new password");
    view_text(rq->arena, t, "token", token);
    tval_set_i64(rq->arena, t, "min_password", PASSWORD_MIN);
    view_errors(rq->arena, t, &rs->fault, names);
    resp_header(rs, "Referrer-Policy", "no-referrer");
    return page_send(rq, rs, status, "reset", t);
}

static enum err
reset_get(struct req *rq, struct resp *rs)
{
    struct str token = jin_str(rq->query, "token");
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = identity_link_ok(db, rq->arena, token, 1U << LINK_RESET);
    if (e == ERR_NOT_FOUND) {
        (void)fault_set(&rs->fault, e, "link_invalid",
            "This link was used already or is too old. Ask for a new one.");
        return reset_page(rq, rs, 404, STR_NULL);
    }
    return e == ERR_OK ? reset_page(rq, rs, 200, token) : e;
}

static enum err
reset_form(struct req *rq, struct resp *rs)
{
    struct str token = jin_str(rq->in, "token");
    enum err e = identity_reset(
        app_of(rq), rq->arena, token, jin_str(rq->in, "password"), &rs->fault);

    ended_tell(app_of(rq));
    if (e == ERR_INVALID)
        return reset_page(rq, rs, 422, token);
    if (mendable(e))
        return reset_page(rq, rs, err_status(e), STR_NULL);
    if (e != ERR_OK)
        return e;
    session_cookies_clear(rq, rs);
    page_flash(rq, rs, "success", "Your new password is set. Sign in with it.");
    resp_redirect(rs, "/login");
    return ERR_OK;
}

/* --- the account's security --- */

static void
session_fill(struct req *rq, struct tval *list, const struct session *s)
{
    struct tval *t = tval_push_obj(rq->arena, list);

    tval_set_fmt(rq->arena, t, "id", "%" PRId64, s->id);
    tval_set_str(rq->arena, t, "device",
        s->user_agent.n > 0 ? str_utf8_cut(s->user_agent, 120) : STR("Unknown device"));
    tval_set_str(rq->arena, t, "ip", s->ip.n > 0 ? s->ip : STR("unknown"));
    view_time(rq->arena, t, "used_at", s->used_at);
    view_time(rq->arena, t, "since", s->created_at);
    tval_set_bool(rq->arena, t, "current", s->id == rq->who.session_id);
}

static enum err
security_page(struct req *rq, struct resp *rs, int status)
{
    static const char *const names[] = {"current_password", "password", "email", NULL};
    struct tval *t = tval_obj(rq->arena), *list = tval_add_arr(rq->arena, t, "sessions");
    struct session *s = NULL;
    struct account acc;
    struct db *db;
    size_t n = 0, i;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = account_get(db, rq->arena, rq->who.user_id, &acc);
    if (e == ERR_OK)
        e = session_list(db, rq->arena, acc.id, clock_ms(), &s, &n);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_AUTH : e;
    tval_set_c(rq->arena, t, "title", "Sign-in and security");
    tval_set_str(rq->arena, t, "account_email", acc.email);
    tval_set_bool(rq->arena, t, "verified", acc.verified_at != 0);
    tval_set_bool(rq->arena, t, "totp", acc.totp);
    view_text(rq->arena, t, "email", jin_str(rq->in, "email"));
    tval_set_i64(rq->arena, t, "min_password", PASSWORD_MIN);
    for (i = 0; i < n; i++)
        session_fill(rq, list, &s[i]);
    tval_set_bool(rq->arena, t, "has_others", n > 1);
    view_errors(rq->arena, t, &rs->fault, names);
    return page_send(rq, rs, status, "security", t);
}

static enum err
security_get(struct req *rq, struct resp *rs)
{
    return security_page(rq, rs, 200);
}

/* Back to the page with a word about what was done, or the page with what was refused. */
static enum err
done(struct req *rq, struct resp *rs, enum err e, const char *said)
{
    if (mendable(e))
        return security_page(rq, rs, err_status(e));
    if (e != ERR_OK)
        return e;
    page_flash(rq, rs, "success", "%s", said);
    resp_redirect(rs, "/account/security");
    return ERR_OK;
}

static enum err
password_form(struct req *rq, struct resp *rs)
{
    enum err e = identity_set_password(app_of(rq), rq->arena, rq->who.user_id,
        rq->who.session_id, jin_str(rq->in, "current_password"),
        jin_str(rq->in, "password"), &rs->fault);

    ended_tell(app_of(rq));
    return done(rq, rs, e, "Your password is changed; other devices are signed out.");
}

static enum err
email_form(struct req *rq, struct resp *rs)
{
    enum err e = identity_set_email(app_of(rq), rq->arena, rq->who.user_id,
        jin_str(rq->in, "current_password"), jin_str(rq->in, "email"), &rs->fault);

    return done(rq, rs, e, "Open the link in the mail to the new address, then it counts.");
}

static enum err
resend_form(struct req *rq, struct resp *rs)
{
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = identity_send_verify(app_of(rq), db, rq->arena, rq->who.user_id, &rs->fault);
    return done(rq, rs, e, "The mail is on its way. Its link works for a day.");
}

/* One session by its id, or without one every other. */
static enum err
sessions_form(struct req *rq, struct resp *rs)
{
    int64_t id = req_in_id(rq, "id");
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = id != 0 ? session_end_of(db, rq->who.user_id, id)
                    : session_end_all(db, rq->who.user_id, rq->who.session_id);
    ended_tell(app_of(rq));
    if (e == ERR_NOT_FOUND)
        e = ERR_OK; /* over already: what was asked for */
    if (e == ERR_OK && id == rq->who.session_id) {
        session_cookies_clear(rq, rs);
        resp_redirect(rs, "/");
        return ERR_OK;
    }
    return done(rq, rs, e, id != 0 ? "That device is signed out." : "All others are signed out.");
}

static const struct field token_query[] = {
    {.name = "token", .type = F_STR, .max = 64},
    {.name = NULL},
};
static const struct field email_in[] = {
    {.name = "email", .type = F_STR, .flags = FIELD_TRIM, .max = 254},
    {.name = NULL},
};
static const struct field reset_in[] = {
    {.name = "token", .type = F_STR, .max = 64},
    {.name = "password", .type = F_STR, .max = PASSWORD_MAX},
    {.name = NULL},
};
static const struct field password_in[] = {
    {.name = "current_password", .type = F_STR, .max = PASSWORD_MAX},
    {.name = "password", .type = F_STR, .max = PASSWORD_MAX},
    {.name = NULL},
};
static const struct field new_email_in[] = {
    {.name = "current_password", .type = F_STR, .max = PASSWORD_MAX},
    {.name = "email", .type = F_STR, .flags = FIELD_TRIM, .max = 254},
    {.name = NULL},
};
static const struct field session_in[] = {
    {.name = "id", .type = F_ID},
    {.name = NULL},
};

const struct route identity_page_routes[] = {
    {M_GET, "/verify", verify_get, AUTH_OPTIONAL, ROUTE_PAGE, token_query, NULL, "verifyPage",
        "Confirm an e-mail address"},
    {M_POST, "/verify", verify_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, token_query,
        "verifyForm", "Confirm an e-mail address"},
    {M_GET, "/forgot", forgot_get, AUTH_OPTIONAL, ROUTE_PAGE, NULL, NULL, "forgotPage",
        "Ask for a new password"},
    {M_POST, "/forgot", forgot_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, email_in, "forgotForm",
        "Ask for a new password"},
    {M_GET, "/reset", reset_get, AUTH_OPTIONAL, ROUTE_PAGE, token_query, NULL, "resetPage",
        "Set a new password"},
    {M_POST, "/reset", reset_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, reset_in, "resetForm",
        "Set a new password"},
    {M_GET, "/account/security", security_get, AUTH_USER, ROUTE_PAGE, NULL, NULL,
        "securityPage", "Password, address and sessions"},
    {M_POST, "/account/password", password_form, AUTH_USER, ROUTE_PAGE, NULL, password_in,
        "passwordForm", "Change the password"},
    {M_POST, "/account/email", email_form, AUTH_USER, ROUTE_PAGE, NULL, new_email_in,
        "emailForm", "Change the e-mail address"},
    {M_POST, "/account/verification", resend_form, AUTH_USER, ROUTE_PAGE, NULL, NULL,
        "verificationForm", "Send the link again"},
    {M_POST, "/account/sessions", sessions_form, AUTH_USER, ROUTE_PAGE, NULL, session_in,
        "sessionsForm", "Sign out elsewhere"},
    {.pattern = NULL},
};
