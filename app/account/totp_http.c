/* The API of two-step sign-in. Turning it on asks for the password, all else for a code too. */
#include "account/account_http.h"
#include "account/totp.h"
#include "routes.h"

static enum err
prove(struct req *rq, struct resp *rs)
{
    return account_prove(app_of(rq), rq->arena, rq->who.user_id,
        jin_str(rq->in, "current_password"), &rs->fault);
}

/* Password and code. */
static enum err
prove_both(struct req *rq, struct resp *rs, struct db **db)
{
    enum err e = prove(rq, rs);

    if (e == ERR_OK)
        e = app_db(rq, db);
    return e == ERR_OK ? totp_use(app_of(rq), *db, rq->arena, rq->who.user_id,
                             jin_str(rq->in, "totp"), &rs->fault)
                       : e;
}

static void
codes_send(struct resp *rs, const struct str codes[RECOVERY_CODES])
{
    struct jout *j = resp_json(rs, 200);
    int i;

    jout_obj(j);
    jout_key(j, "recovery_codes");
    jout_arr(j);
    for (i = 0; i < RECOVERY_CODES; i++)
        jout_str(j, codes[i]);
    jout_arr_end(j);
    jout_obj_end(j);
    resp_header(rs, "Cache-Control", "no-store");
}

/* 201 the secret, not asked for yet; 403 unverified; 409 on already; 422; 429. */
static enum err
begin_post(struct req *rq, struct resp *rs)
{
    struct totp_setup s;
    struct jout *j;
    struct db *db = NULL;
    enum err e = prove(rq, rs);

    if (e == ERR_OK)
        e = app_db(rq, &db);
    if (e == ERR_OK)
        e = totp_begin(app_of(rq), db, rq->arena, rq->who.user_id, &s, &rs->fault);
    if (e != ERR_OK)
        return e;
    j = resp_json(rs, 201);
    jout_obj(j);
    jout_kstr(j, "secret", s.secret);
    jout_kstr(j, "uri", s.uri);
    jout_obj_end(j);
    resp_header(rs, "Cache-Control", "no-store");
    return ERR_OK;
}

/* 200 and the recovery codes: from now on a code is asked for; 401; 404; 429. */
static enum err
confirm_post(struct req *rq, struct resp *rs)
{
    struct str codes[RECOVERY_CODES];
    struct db *db = NULL;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = totp_confirm(app_of(rq), db, rq->arena, rq->who.user_id,
            jin_str(rq->in, "totp"), codes, &rs->fault);
    if (e == ERR_OK)
        codes_send(rs, codes);
    return e;
}

/* 200 and new recovery codes in the place of the old ones; 401; 422; 429. */
static enum err
codes_post(struct req *rq, struct resp *rs)
{
    struct str codes[RECOVERY_CODES];
    struct db *db = NULL;
    enum err e = prove_both(rq, rs, &db);

    if (e == ERR_OK)
        e = totp_codes(db, rq->arena, rq->who.user_id, codes);
    if (e == ERR_OK)
        codes_send(rs, codes);
    return e;
}

/* 204; 401; 422; 429. */
static enum err
disable_post(struct req *rq, struct resp *rs)
{
    struct db *db = NULL;
    enum err e = prove_both(rq, rs, &db);

    if (e == ERR_OK)
        e = totp_off(db, rq->arena, rq->who.user_id);
    if (e == ERR_OK)
        resp_empty(rs, 204);
    return e;
}

#define CURRENT_PASSWORD                                                                 \
    {                                                                                    \
        .name = "current_password", .type = F_STR, .flags = FIELD_REQUIRED,              \
        .max = PASSWORD_MAX                                                              \
    }
#define CODE                                                                             \
    {                                                                                    \
        .name = "totp", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM,             \
        .max = TOTP_CODE_MAX, .example = "\"123456\""                                    \
    }

static const struct field password_fields[] = {CURRENT_PASSWORD, {.name = NULL}};
static const struct field code_fields[] = {CODE, {.name = NULL}};
static const struct field both_fields[] = {CURRENT_PASSWORD, CODE, {.name = NULL}};

static const struct field setup_fields[] = {
    {.name = "secret", .type = F_STR, .help = "base32, for typing into the device"},
    {.name = "uri", .type = F_STR, .help = "otpauth://, for a QR code"},
    {.name = NULL},
};
static const struct schema setup_schema = {
    "TotpSetup", "What the device needs to make codes.", setup_fields};
static const struct field codes_fields[] = {
    {.name = "recovery_codes", .type = F_ARRAY, .item = F_STR, .help = "shown this once"},
    {.name = NULL},
};
static const struct schema codes_schema = {
    "RecoveryCodes", "Each signs in once without the device.", codes_fields};

const struct route totp_routes[] = {
    {M_POST, "/api/v1/me/totp", begin_post, AUTH_USER, 0, NULL, password_fields, "beginTotp",
        "A secret for two-step sign-in (RFC 6238)", .status = 201, .out = &setup_schema,
        .errors = "email_unverified totp_on too_many_tries"},
    {M_POST, "/api/v1/me/totp/confirm", confirm_post, AUTH_USER, 0, NULL, code_fields,
        "confirmTotp", "Turn two-step sign-in on by the device's first code", .status = 200,
        .out = &codes_schema, .errors = "not_found totp_invalid too_many_tries"},
    {M_POST, "/api/v1/me/totp/recovery-codes", codes_post, AUTH_USER, 0, NULL, both_fields,
        "renewRecoveryCodes", "New recovery codes; the old ones are no good any more",
        .status = 200, .out = &codes_schema, .errors = "totp_invalid too_many_tries"},
    {M_POST, "/api/v1/me/totp/disable", disable_post, AUTH_USER, 0, NULL, both_fields,
        "disableTotp", "Turn two-step sign-in off", .status = 204,
        .errors = "totp_invalid too_many_tries"},
    {.pattern = NULL},
};
