/* The API of an account's proofs: address, password, sessions. */
#include "account/account_http.h"
#include "account/ended.h"
#include "account/identity.h"
#include "base/clock.h"
#include "routes.h"

void
account_accepted(struct resp *rs)
{
    struct jout *j = resp_json(rs, 202);

    jout_obj(j);
    jout_kbool(j, "accepted", true);
    jout_obj_end(j);
    resp_header(rs, "Cache-Control", "no-store");
}

/* 200 and the address that is proven now; 404 for a link that is over; 409. */
static enum err
verify_post(struct req *rq, struct resp *rs)
{
    struct account acc;
    struct jout *j;
    struct db *db = NULL;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = identity_verify(
            app_of(rq), db, rq->arena, jin_str(rq->in, "token"), &acc, &rs->fault);
    if (e != ERR_OK)
        return e;
    j = resp_json(rs, 200);
    jout_obj(j);
    jout_kstr(j, "email", acc.email);
    jout_kbool(j, "email_verified", true);
    jout_obj_end(j);
    resp_header(rs, "Cache-Control", "no-store");
    return ERR_OK;
}

/* 202; 409 proven already; 429. */
static enum err
resend_post(struct req *rq, struct resp *rs)
{
    struct db *db = NULL;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = identity_send_verify(app_of(rq), db, rq->arena, rq->who.user_id, &rs->fault);
    if (e == ERR_OK)
        account_accepted(rs);
    return e == ERR_NOT_FOUND ? ERR_AUTH : e;
}

/* 202, whether or not the address has an account; 429. */
static enum err
forgot_post(struct req *rq, struct resp *rs)
{
    struct db *db = NULL;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = identity_forgot(
            app_of(rq), db, rq->arena, jin_str(rq->in, "email"), rq->ip, &rs->fault);
    if (e == ERR_OK)
        account_accepted(rs);
    return e;
}

/* 204, and every session of the account is over; 404 for a link that is over; 422. */
static enum err
reset_post(struct req *rq, struct resp *rs)
{
    enum err e = identity_reset(app_of(rq), rq->arena, jin_str(rq->in, "token"),
        jin_str(rq->in, "password"), &rs->fault);

    ended_tell(app_of(rq));
    if (e == ERR_OK)
        resp_empty(rs, 204);
    return e;
}

/* 204, and every other session is over; 422 at /current_password or /password; 429. */
static enum err
password_post(struct req *rq, struct resp *rs)
{
    enum err e = identity_set_password(app_of(rq), rq->arena, rq->who.user_id,
        rq->who.session_id, jin_str(rq->in, "current_password"),
        jin_str(rq->in, "password"), &rs->fault);

    ended_tell(app_of(rq));
    if (e == ERR_OK)
        resp_empty(rs, 204);
    return e;
}

/* 202: a link is on its way to the new address; 422; 429. */
static enum err
email_post(struct req *rq, struct resp *rs)
{
    enum err e = identity_set_email(app_of(rq), rq->arena, rq->who.user_id,
        jin_str(rq->in, "current_password"), jin_str(rq->in, "email"), &rs->fault);

    if (e == ERR_OK)
        account_accepted(rs);
    return e;
}

static void
session_jout(struct jout *j, const struct session *s, int64_t current)
{
    jout_obj(j);
    jout_kid(j, "id", s->id);
    jout_kstr(j, "user_agent", s->user_agent);
    jout_kstr(j, "ip", s->ip);
    jout_ktime(j, "created_at", s->created_at);
    jout_ktime(j, "last_used_at", s->used_at);
    jout_ktime(j, "expires_at", s->ends_at);
    jout_kbool(j, "current", s->id == current);
    jout_obj_end(j);
}

static enum err
sessions_get(struct req *rq, struct resp *rs)
{
    struct session *s = NULL;
    struct jout *j;
    struct db *db = NULL;
    size_t n = 0, i;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = session_list(db, rq->arena, rq->who.user_id, clock_ms(), &s, &n);
    if (e != ERR_OK)
        return e;
    j = resp_json(rs, 200);
    jout_obj(j);
    jout_key(j, "items");
    jout_arr(j);
    for (i = 0; i < n; i++)
        session_jout(j, &s[i], rq->who.session_id);
    jout_arr_end(j);
    jout_ki64(j, "page", 1);
    jout_ki64(j, "per_page", SESSIONS_SHOWN);
    jout_ki64(j, "total", (int64_t)n);
    jout_obj_end(j);
    resp_header(rs, "Cache-Control", "no-store");
    return ERR_OK;
}

/* 204; 404: no session of this account, or over. */
static enum err
session_delete(struct req *rq, struct resp *rs)
{
    struct db *db = NULL;
    int64_t id;
    enum err e = req_param_id(rq, 0, &id);

    if (e == ERR_OK)
        e = app_db(rq, &db);
    if (e == ERR_OK)
        e = session_end_of(db, rq->who.user_id, id);
    if (e != ERR_OK)
        return e;
    ended_tell(app_of(rq));
    if (rq->who.by_cookie && id == rq->who.session_id)
        session_cookies_clear(rq, rs);
    resp_empty(rs, 204);
    return ERR_OK;
}

/* 204: all are over, with ?others=true all but this one. */
static enum err
sessions_delete(struct req *rq, struct resp *rs)
{
    const struct jval *others = jin_get_type(rq->query, "others", J_BOOL);
    bool stay = others != NULL && others->b;
    struct db *db = NULL;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = session_end_all(db, rq->who.user_id, stay ? rq->who.session_id : 0);
    if (e != ERR_OK)
        return e;
    ended_tell(app_of(rq));
    if (rq->who.by_cookie && !stay)
        session_cookies_clear(rq, rs);
    resp_empty(rs, 204);
    return ERR_OK;
}

static const struct field token_fields[] = {
    {.name = "token", .type = F_STR, .flags = FIELD_REQUIRED, .min = 1, .max = 64},
    {.name = NULL},
};
static const struct field forgot_fields[] = {
    {.name = "email", .type = F_EMAIL, .flags = FIELD_REQUIRED | FIELD_TRIM, .max = 254},
    {.name = NULL},
};
static const struct field reset_fields[] = {
    {.name = "token", .type = F_STR, .flags = FIELD_REQUIRED, .min = 1, .max = 64},
    {.name = "password", .type = F_STR, .flags = FIELD_REQUIRED, .max = PASSWORD_MAX},
    {.name = NULL},
};
static const struct field password_fields[] = {
    {.name = "current_password",
        .type = F_STR,
        .flags = FIELD_REQUIRED,
        .max = PASSWORD_MAX},
    {.name = "password", .type = F_STR, .flags = FIELD_REQUIRED, .max = PASSWORD_MAX},
    {.name = NULL},
};
static const struct field email_fields[] = {
    {.name = "current_password",
        .type = F_STR,
        .flags = FIELD_REQUIRED,
        .max = PASSWORD_MAX},
    {.name = "email", .type = F_EMAIL, .flags = FIELD_REQUIRED | FIELD_TRIM, .max = 254},
    {.name = NULL},
};
static const struct field others_query[] = {
    {.name = "others", .type = F_BOOL},
    {.name = NULL},
};

static const struct field accepted_fields[] = {
    {.name = "accepted", .type = F_BOOL},
    {.name = NULL},
};
const struct schema accepted_schema = {
    "Accepted", "It is done; more is not said.", accepted_fields};

static const struct field verified_fields[] = {
    {.name = "email", .type = F_STR, .example = "\"amina@example.com\""},
    {.name = "email_verified", .type = F_BOOL},
    {.name = NULL},
};
static const struct schema verified_schema = {
    "VerifiedEmail", "An address that is proven.", verified_fields};
static const struct field session_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "user_agent", .type = F_STR, .help = "what the device called itself"},
    {.name = "ip", .type = F_STR, .help = "where it signed in from"},
    {.name = "created_at", .type = F_TIME},
    {.name = "last_used_at", .type = F_TIME, .help = "when its tokens were last exchanged"},
    {.name = "expires_at", .type = F_TIME},
    {.name = "current", .type = F_BOOL, .help = "the one that asks"},
    {.name = NULL},
};
static const struct schema session_schema = {
    "Session", "A device that is signed in.", session_fields};

const struct route identity_routes[] = {
    {M_POST, "/api/v1/verify", verify_post, AUTH_NONE, 0, NULL, token_fields, "verifyEmail",
        "Prove an e-mail address by the token of the link that was sent to it", .status = 200, .out = &verified_schema,
        .errors = "link_invalid email_taken"},
    {M_POST, "/api/v1/password/forgot", forgot_post, AUTH_NONE, 0, NULL, forgot_fields,
        "forgotPassword", "Have a link sent that sets a new password", .status = 202, .out = &accepted_schema,
        .errors = "too_many_tries", .example = "{\"email\":\"amina@example.com\"}"},
    {M_POST, "/api/v1/password/reset", reset_post, AUTH_NONE, 0, NULL, reset_fields,
        "resetPassword", "Set a new password by the token of such a link", .status = 204, .errors = "link_invalid"},
    {M_POST, "/api/v1/me/verification", resend_post, AUTH_USER, 0, NULL, NULL,
        "resendVerification", "Have the link that proves the address sent again", .status = 202,
        .out = &accepted_schema, .errors = "already_verified too_many_tries"},
    {M_POST, "/api/v1/me/password", password_post, AUTH_USER, 0, NULL, password_fields,
        "changePassword", "Change the password; every other session ends", .status = 204,
        .errors = "too_many_tries"},
    {M_POST, "/api/v1/me/email", email_post, AUTH_USER, 0, NULL, email_fields, "changeEmail",
        "Ask for another e-mail address; it counts when its link was opened", .status = 202,
        .out = &accepted_schema, .errors = "too_many_tries"},
    {M_GET, "/api/v1/me/sessions", sessions_get, AUTH_USER, ROUTE_LIST, NULL, NULL, "listSessions",
        "Where the account is signed in", .status = 200, .out = &session_schema},
    {M_DELETE, "/api/v1/me/sessions", sessions_delete, AUTH_USER, 0, others_query, NULL,
        "endSessions", "End all sessions, or all others", .status = 204},
    {M_DELETE, "/api/v1/me/sessions/{id}", session_delete, AUTH_USER, 0, NULL, NULL,
        "endSession", "End one session", .status = 204},
    {.pattern = NULL},
};
