/* Accounts, sign-in and sessions. */
#ifndef SOUK_ACCOUNT_ACCOUNT_H
#define SOUK_ACCOUNT_ACCOUNT_H

#include "app.h"

struct account {
    int64_t id, created_at;
    struct str email, name, role;
};
struct token_pair {
    struct str access, refresh;
    int64_t expires_in; /* seconds of the access token */
    int64_t session_id;
};

struct account_new {
    struct str email, password, name;
    const char *role; /* "customer", "staff" or "admin" */
};
/* ERR_CONFLICT "email_taken"; ERR_INVALID with field faults. This and account_login() take
 * their connection from the pool themselves and hold none while a password is hashed: a storm
 * of sign-ins must not keep the database from those who buy. */
enum err account_create(struct app *app, const struct account_new *in, struct arena *a,
    struct account *out, struct fault *flt) MUST_CHECK;
/* ERR_AUTH in equal time whether or not the address exists. */
enum err account_login(struct app *app, struct arena *a, struct str email, struct str password,
    struct account *out, struct fault *flt) MUST_CHECK;
enum err account_get(struct db *db, struct arena *a, int64_t id, struct account *out) MUST_CHECK;
/* The addresses of many at once, at most 128: out[i] of id[i], STR_NULL when there is no such
 * account. */
enum err account_emails(struct db *db, struct arena *a, const int64_t *id, size_t n,
    struct str *out) MUST_CHECK;
/* A new password for an address; its sessions end. ERR_NOT_FOUND. */
enum err account_set_password(struct app *app, struct db *db, struct arena *a,
    struct str email, struct str password) MUST_CHECK;
enum err account_set_name(struct db *db, int64_t id, struct str name) MUST_CHECK;
/* Open a session and hand out its first pair. */
enum err session_open(struct app *app, struct db *db, struct arena *a,
    const struct account *acc, struct token_pair *out) MUST_CHECK;
/* Rotate: the old token is spent, *out holds the next pair. ERR_AUTH: unknown, expired,
 * revoked, or spent before, which ends the session (RFC 9700, 4.14.2). */
enum err session_refresh(struct app *app, struct db *db, struct arena *a, struct str refresh,
    struct account *acc, struct token_pair *out) MUST_CHECK;
/* A browser opens several pages at once with the same cookie: a token spent less than
 * SESSION_OVERLAP_MS ago still names its session, but rotates nothing (tp->refresh is then
 * STR_NULL). Otherwise as session_refresh(). */
#define SESSION_OVERLAP_MS 10000
enum err session_resume(struct app *app, struct db *db, struct arena *a, struct str refresh,
    struct account *acc, struct token_pair *out) MUST_CHECK;
/* Whose it is, if session_resume() would accept it; changes nothing. */
enum err session_peek(struct db *db, struct arena *a, struct str refresh, struct account *acc)
    MUST_CHECK;
enum err session_end(struct db *db, int64_t session_id) MUST_CHECK;
/* Remove refresh tokens that ended before now_ms, at most `limit`; *n counts them. */
enum err session_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n) MUST_CHECK;
/* End the session a refresh token belongs to; unknown tokens are ERR_OK. */
enum err session_end_by_token(struct db *db, struct arena *a, struct str refresh) MUST_CHECK;

#endif
