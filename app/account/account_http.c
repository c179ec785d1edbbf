/* The API of accounts: register, login, token refresh, logout, me. */
#include "account/account_http.h"

#include "account/ended.h"
#include "account/throttle.h"
#include "base/log.h"
#include "cart/cart.h"
#include "order/order.h"
#include "routes.h"

/* What the guest of this browser had is the account's from now on: the orders, and what was in
 * the cart. If it cannot be done now (the database busy) that is no reason to refuse a sign-in:
 * it stays with the guest's cookie. */
static void
take_over(struct req *rq, struct db *db, struct sign_in *s)
{
    struct str guest = app_guest_token(rq), hash;
    enum err e;

    if (guest.p == NULL)
        return;
    hash = guest_hash(rq->arena, guest);
    e = order_claim(db, hash, s->acc.id);
    if (e == ERR_OK)
        e = cart_merge(db, rq->arena, hash, s->acc.id, &s->merged, &s->capped);
    if (e != ERR_OK)
        log_warn("account", "event=take_over_failed status=%d", err_status(e));
}

static enum err
enter(struct req *rq, struct sign_in *s)
{
    const struct client from = {rq->ip, req_header(rq, "User-Agent")};
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = session_open(app_of(rq), db, rq->arena, &s->acc, &from, &s->tp);
    if (e == ERR_OK)
        take_over(rq, db, s);
    return e;
}

enum err
account_sign_in(struct req *rq, const struct login_in *in, struct sign_in *out,
    struct fault *flt)
{
    struct login_in from = *in;
    enum err e;

    *out = (struct sign_in){.merged = 0};
    from.ip = rq->ip;
    e = account_login(app_of(rq), rq->arena, &from, &out->acc, flt);
    return e == ERR_OK ? enter(rq, out) : e;
}

enum err
account_sign_up(struct req *rq, struct str email, struct str password, struct str name,
    struct sign_in *out, struct fault *flt)
{
    const struct account_new an = {email, password, name, "customer", false};
    struct db *db;
    enum err e = app_db(rq, &db);

    *out = (struct sign_in){.merged = 0};
    if (e == ERR_OK)
        e = throttle_take(
            app_of(rq), db, rq->arena, THROTTLE_REGISTER_IP, rq->ip, flt);
    app_db_done(rq); /* not held while the password is hashed */
    if (e == ERR_OK)
        e = account_create(app_of(rq), &an, rq->arena, &out->acc, flt);
    return e == ERR_OK ? enter(rq, out) : e;
}

void
account_sessions_ended(struct req *rq)
{
    ended_tell(app_of(rq));
}

void
account_jout(struct jout *j, const struct account *acc)
{
    jout_obj(j);
    jout_kid(j, "id", acc->id);
    jout_kstr(j, "email", acc->email);
    jout_kstr(j, "name", acc->name);
    jout_kstr(j, "role", acc->role);
    jout_kbool(j, "email_verified", acc->verified_at != 0);
    jout_kbool(j, "totp", acc->totp);
    jout_ktime(j, "created_at", acc->created_at);
    jout_obj_end(j);
}

static void
tokens_answer(struct resp *rs, int status, const struct sign_in *s)
{
    struct jout *j = resp_json(rs, status);

    jout_obj(j);
    jout_key(j, "user");
    account_jout(j, &s->acc);
    jout_kstr(j, "access_token", s->tp.access);
    jout_kc(j, "token_type", "Bearer");
    jout_ki64(j, "expires_in", s->tp.expires_in);
    jout_kstr(j, "refresh_token", s->tp.refresh);
    if (s->merged > 0) {
        jout_key(j, "cart");
        jout_obj(j);
        jout_ki64(j, "merged", s->merged);
        jout_ki64(j, "capped", s->capped);
        jout_obj_end(j);
    }
    jout_obj_end(j);
}

/* 201 and the tokens; 409 taken; 422 bad address, name or password. */
static enum err
register_post(struct req *rq, struct resp *rs)
{
    struct sign_in s;
    enum err e = account_sign_up(rq, jin_str(rq->in, "email"), jin_str(rq->in, "password"),
        jin_str(rq->in, "name"), &s, &rs->fault);

    if (e == ERR_OK)
        tokens_answer(rs, 201, &s);
    return e;
}

/* 200 and the tokens; 401, "totp_required" when only the code is missing; 429. */
static enum err
login_post(struct req *rq, struct resp *rs)
{
    const struct login_in in = {.email = jin_str(rq->in, "email"),
        .password = jin_str(rq->in, "password"),
        .code = jin_str(rq->in, "totp")};
    struct sign_in s;
    enum err e = account_sign_in(rq, &in, &s, &rs->fault);

    if (e == ERR_OK)
        tokens_answer(rs, 200, &s);
    return e;
}

/* 200 and the next pair; 401 and, for a token used twice, the end of its family. */
static enum err
refresh_post(struct req *rq, struct resp *rs)
{
    struct sign_in s = {.merged = 0};
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = session_refresh(app_of(rq), db, rq->arena, jin_str(rq->in, "refresh_token"),
            &s.acc, &s.tp);
    if (e == ERR_AUTH) {
        ended_tell(app_of(rq)); /* one that was used twice has ended its session */
        return fault_set(&rs->fault, e, "invalid_token",
            "The refresh token is not valid any more. Sign in again.");
    }
    if (e == ERR_OK)
        tokens_answer(rs, 200, &s);
    return e;
}

/* 204: the family of the caller's session, or of the refresh token in the body, is over. */
static enum err
logout_post(struct req *rq, struct resp *rs)
{
    struct str refresh = jin_str(rq->in, "refresh_token");
    struct db *db;
    enum err e;

    if (rq->who.session_id == 0 && refresh.p == NULL)
        return ERR_AUTH;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if (refresh.p != NULL)
        e = session_end_by_token(db, rq->arena, refresh);
    if (e == ERR_OK && rq->who.session_id != 0)
        e = session_end(db, rq->who.session_id);
    if (e != ERR_OK)
        return e;
    ended_tell(app_of(rq));
    if (rq->who.by_cookie)
        session_cookies_clear(rq, rs);
    resp_empty(rs, 204);
    return ERR_OK;
}

static enum err
me_answer(struct req *rq, struct resp *rs, struct db *db)
{
    struct account acc;
    enum err e = account_get(db, rq->arena, rq->who.user_id, &acc);

    /* A token outlives its account only if somebody removed the account by hand. */
    if (e == ERR_NOT_FOUND)
        return ERR_AUTH;
    if (e != ERR_OK)
        return e;
    account_jout(resp_json(rs, 200), &acc);
    return ERR_OK;
}

static enum err
me_get(struct req *rq, struct resp *rs)
{
    struct db *db;
    enum err e = app_db(rq, &db);

    return e == ERR_OK ? me_answer(rq, rs, db) : e;
}

static enum err
me_patch(struct req *rq, struct resp *rs)
{
    struct str name = jin_str(rq->in, "name");
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK && name.p != NULL)
        e = account_set_name(db, rq->who.user_id, name);
    return e == ERR_OK ? me_answer(rq, rs, db) : e;
}

static const struct field register_fields[] = {
    {.name = "email", .type = F_EMAIL, .flags = FIELD_REQUIRED | FIELD_TRIM, .max = 254},
    {.name = "password", .type = F_STR, .flags = FIELD_REQUIRED, .max = PASSWORD_MAX},
    {.name = "name", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM, .min = 1, .max = 200},
    {.name = NULL},
};
static const struct field login_fields[] = {
    {.name = "email", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM, .max = 254},
    {.name = "password", .type = F_STR, .flags = FIELD_REQUIRED, .max = PASSWORD_MAX},
    {.name = "totp", .type = F_STR, .flags = FIELD_TRIM, .max = 40},
    {.name = NULL},
};
static const struct field refresh_fields[] = {
    {.name = "refresh_token", .type = F_STR, .flags = FIELD_REQUIRED, .min = 1, .max = 200},
    {.name = NULL},
};
static const struct field logout_fields[] = {
    {.name = "refresh_token", .type = F_STR, .min = 1, .max = 200},
    {.name = NULL},
};
static const struct field me_fields[] = {
    {.name = "name", .type = F_STR, .flags = FIELD_TRIM, .min = 1, .max = 200},
    {.name = NULL},
};

static const struct field account_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "email", .type = F_STR, .example = "\"amina@example.com\""},
    {.name = "name", .type = F_STR, .example = "\"Amina Idrissi\""},
    {.name = "role", .type = F_ENUM, .choices = "customer|staff|admin"},
    {.name = "email_verified", .type = F_BOOL, .help = "its owner has opened a link sent there"},
    {.name = "totp", .type = F_BOOL, .help = "signing in takes a code"},
    {.name = "created_at", .type = F_TIME},
    {.name = NULL},
};
const struct schema account_schema = {"Account", "An account.", account_fields};

static const struct field merged_fields[] = {
    {.name = "merged", .type = F_I64, .help = "lines taken over"},
    {.name = "capped", .type = F_I64, .help = "of those, cut to what is in stock"},
    {.name = NULL},
};
static const struct schema merged_schema = {
    "MergedCart", "What became of the guest's cart.", merged_fields};
static const struct field tokens_fields[] = {
    {.name = "user", .type = F_OBJECT, .of = &account_schema},
    {.name = "access_token", .type = F_STR, .help = "send it as a bearer token"},
    {.name = "token_type", .type = F_ENUM, .choices = "Bearer"},
    {.name = "expires_in", .type = F_I64, .help = "seconds", .example = "900"},
    {.name = "refresh_token", .type = F_STR, .help = "for the next pair, once"},
    {.name = "cart", .type = F_OBJECT, .flags = FIELD_OPTIONAL, .of = &merged_schema},
    {.name = NULL},
};
static const struct schema tokens_schema = {
    "SignIn", "An account and the tokens of a session.", tokens_fields};

#define PASSWORD_EXAMPLE "\"Saffron-camel-42-lantern\""

const struct route account_routes[] = {
    {M_POST, "/api/v1/register", register_post, AUTH_NONE, 0, NULL, register_fields,
        "register", "Open an account", .status = 201, .out = &tokens_schema,
        .errors = "email_taken too_many_tries",
        .example = "{\"email\":\"amina@example.com\",\"password\":" PASSWORD_EXAMPLE
                   ",\"name\":\"Amina Idrissi\"}"},
    {M_POST, "/api/v1/login", login_post, AUTH_NONE, 0, NULL, login_fields, "login",
        "Sign in", .status = 200, .out = &tokens_schema,
        .errors = "bad_credentials totp_required totp_invalid account_disabled too_many_tries",
        .example = "{\"email\":\"amina@example.com\",\"password\":" PASSWORD_EXAMPLE "}"},
    {M_POST, "/api/v1/token/refresh", refresh_post, AUTH_NONE, 0, NULL, refresh_fields,
        "refreshToken", "Exchange a refresh token for the next pair", .status = 200,
        .out = &tokens_schema, .errors = "invalid_token"},
    {M_POST, "/api/v1/logout", logout_post, AUTH_OPTIONAL, 0, NULL, logout_fields, "logout",
        "End the session", .status = 204},
    {M_GET, "/api/v1/me", me_get, AUTH_USER, 0, NULL, NULL, "getMe", "The account",
        .status = 200, .out = &account_schema},
    {M_PATCH, "/api/v1/me", me_patch, AUTH_USER, ROUTE_MERGE_PATCH, NULL, me_fields,
        "updateMe", "Change the account", .status = 200, .out = &account_schema,
        .example = "{\"name\":\"Amina I.\"}"},
    {.pattern = NULL},
};
