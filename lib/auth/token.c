/* Signing and verifying access tokens.  A token is accepted when token_open() and
 * libjwt both accept it and each claim has the type and range that we sign; all
 * refusals look alike from outside. */
#include "auth/token.h"

#include <inttypes.h>
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token_int.h"
#include "base/clock.h"
#include "base/log.h"
#include "json/jin.h"

#define EXP_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define ID_TEXT_N 24
#define VERIFY_ARENA ((size_t)16 * 1024)

static bool
claims_ok(const struct token_claims *c)
{
    size_t n = strnlen(c->role, sizeof(c->role));

    return c->user_id > 0 && c->session_id > 0 && n > 0 && n < sizeof(c->role) &&
           c->exp_ms >= 1000 && c->exp_ms / 1000 <= EXP_MAX;
}

static bool
claims_add(jwt_t *j, const struct token_keys *k, const struct token_claims *c)
{
    char sub[ID_TEXT_N], sid[ID_TEXT_N];

    (void)snprintf(sub, sizeof(sub), "%" PRId64, c->user_id);
    (void)snprintf(sid, sizeof(sid), "%" PRId64, c->session_id);
    return jwt_add_grant(j, "iss", k->iss) == 0 && jwt_add_grant(j, "aud", k->aud) == 0 &&
           jwt_add_grant(j, "sub", sub) == 0 && jwt_add_grant(j, "sid", sid) == 0 &&
           jwt_add_grant(j, "role", c->role) == 0 &&
           jwt_add_grant_int(j, "iat", clock_ms() / 1000) == 0 &&
           jwt_add_grant_int(j, "exp", c->exp_ms / 1000) == 0;
}

enum err
token_sign(const struct token_keys *k, const struct token_claims *c, struct arena *a,
    struct str *out)
{
    enum err e = ERR_INTERNAL;
    char *text = NULL;
    jwt_t *j = NULL;

    if (k->n == 0 || k->iss == NULL || k->aud == NULL || !claims_ok(c))
        goto out;
    if (jwt_new(&j) != 0 || jwt_add_header(j, "kid", k->k[0].kid) != 0)
        goto out;
    if (jwt_set_alg(j, JWT_ALG_HS256, k->k[0].key, (int)k->k[0].n) != 0 ||
        !claims_add(j, k, c))
        goto out;
    text = jwt_encode_str(j);
    if (text == NULL || strlen(text) > TOKEN_TEXT_MAX)
        goto out;
    *out = arena_str(a, str_c(text));
    e = ERR_OK;

out:
    if (e != ERR_OK)
        log_error("token", "cannot sign");
    free(text);
    jwt_free(j);
    return e;
}

static bool
id_claim(const struct jval *v, const char *name, int64_t *out)
{
    return str_i64(jin_str(v, name), out) && *out > 0;
}

static bool
seconds_claim(const struct jval *v, const char *name, int64_t *out)
{
    const struct jval *n = jin_get_type(v, name, J_INT);

    *out = n != NULL && !n->huge ? n->i : 0;
    return *out > 0 && *out <= EXP_MAX;
}

static bool
claims_read(const struct token_keys *k, const struct jval *v, int64_t now_ms,
    struct token_claims *out)
{
    struct str role = jin_str(v, "role");
    int64_t iat, exp;

    if (!str_eq_c(jin_str(v, "iss"), k->iss) || !str_eq_c(jin_str(v, "aud"), k->aud))
        return false;
    if (!id_claim(v, "sub", &out->user_id) || !id_claim(v, "sid", &out->session_id))
        return false;
    if (role.n == 0 || role.n >= sizeof(out->role))
        return false;
    if (!seconds_claim(v, "iat", &iat) || !seconds_claim(v, "exp", &exp))
        return false;
    memcpy(out->role, role.p, role.n);
    out->role[role.n] = '\0';
    out->exp_ms = exp * 1000;
    return now_ms < out->exp_ms;
}

/* libjwt's own opinion, with the key we chose and the algorithm we pinned. */
static bool
libjwt_accepts(const struct token_keys *k, size_t key, struct arena *a, struct str text)
{
    jwt_t *j = NULL;
    bool ok;

    ok = jwt_decode(&j, arena_cstr(a, text), k->k[key].key, (int)k->k[key].n) == 0 &&
         jwt_get_alg(j) == JWT_ALG_HS256;
    jwt_free(j);
    return ok;
}

enum err
token_verify(
    const struct token_keys *k, struct str jwt, int64_t now_ms, struct token_claims *out)
{
    struct token_claims c = {0};
    struct str payload;
    struct jval *v;
    struct arena *a;
    enum err e;
    size_t key;

    *out = c;
    if (jwt.n == 0 || jwt.n > TOKEN_TEXT_MAX || k->iss == NULL || k->aud == NULL)
        return ERR_AUTH;
    a = arena_new(VERIFY_ARENA);
    e = token_open(k, jwt, a, &key, &payload);
    if (e == ERR_OK && !libjwt_accepts(k, key, a, jwt))
        e = ERR_AUTH;
    if (e == ERR_OK &&
        (jin_parse(a, payload, &v, NULL) != ERR_OK || !claims_read(k, v, now_ms, &c)))
        e = ERR_AUTH;
    if (e == ERR_OK)
        *out = c;
    arena_free(a);
    return e;
}
