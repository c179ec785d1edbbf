/* Accounts, sign-in and sessions. */
#ifndef SOUK_ACCOUNT_ACCOUNT_H
#define SOUK_ACCOUNT_ACCOUNT_H

#include "app.h"
#include "db/tally.h"

struct account {
    int64_t id, created_at;
    struct str email, name, role;
    int64_t verified_at; /* its address is proven; 0: not yet */
    int64_t disabled_at; /* the shop has closed it; 0: open */
    int64_t version;     /* counts the shop's changes */
    bool totp;           /* signing in takes a code */
    struct str proof;    /* after account_login() alone: for account_challenge() */
};
struct token_pair {
    struct str access, refresh;
    int64_t expires_in; /* seconds of the access token */
    int64_t session_id;
};
/* Where a request comes from, as sessions remember it. */
struct client {
    struct str ip, user_agent;
};

struct account_new {
    struct str email, password, name;
    const char *role; /* "customer", "staff" or "admin" */
    bool verified;    /* the operator answers for the address: no link is sent */
};
/* ERR_CONFLICT "email_taken"; ERR_INVALID with field faults. This and account_login() take
 * their connection from the pool themselves and hold none while a password is hashed: a storm
 * of sign-ins must not keep the database from those who buy. */
enum err account_create(struct app *app, const struct account_new *in, struct arena *a,
    struct account *out, struct fault *flt) MUST_CHECK;

struct login_in {
    struct str email, password;
    struct str code;      /* of the device, or a recovery code; STR_NULL: none yet */
    struct str challenge; /* instead of address and password: account_challenge() */
    struct str ip;
};
/* ERR_AUTH in equal time whether or not the address exists; "totp_required" when all is right
 * but the code that is missing, "totp_invalid"; ERR_LIMIT after too many tries; ERR_FORBIDDEN
 * "account_disabled". */
enum err account_login(struct app *app, struct arena *a, const struct login_in *in,
    struct account *out, struct fault *flt) MUST_CHECK;
/* After "totp_required": proof for a few minutes that address and password were right, so
 * that a page need not carry a password along. */
struct str account_challenge(struct app *app, struct arena *a, const struct account *acc);
/* Is it the account's password? ERR_INVALID "bad_password" at /current_password; ERR_LIMIT.
 * Takes its own connections. */
enum err account_prove(struct app *app, struct arena *a, int64_t id, struct str password,
    struct fault *flt) MUST_CHECK;
enum err account_get(struct db *db, struct arena *a, int64_t id, struct account *out) MUST_CHECK;
/* The addresses of many at once, at most 128: out[i] of id[i], STR_NULL when there is no such
 * account. */
enum err account_emails(struct db *db, struct arena *a, const int64_t *id, size_t n,
    struct str *out) MUST_CHECK;
/* A new password for an address, by the operator; its sessions end. ERR_NOT_FOUND. */
enum err account_set_password(struct app *app, struct db *db, struct arena *a,
    struct str email, struct str password) MUST_CHECK;
enum err account_set_name(struct db *db, int64_t id, struct str name) MUST_CHECK;
/* Lock the account's row for the caller's transaction: what changes who may use it is done
 * one after the other. ERR_NOT_FOUND: none, or its owner has deleted it. */
enum err account_lock(struct db *db, struct arena *a, int64_t id, struct account *out)
    MUST_CHECK;
/* Is it the only admin? Locks the admins' rows for the caller's transaction. */
enum err account_last_admin(struct db *db, struct arena *a, int64_t id, bool *last) MUST_CHECK;
/* Take the person out of the account, in the caller's transaction: the address is free again,
 * its sessions, links, codes and two-step sign-in are gone. The row stays for its orders. */
enum err account_erase(struct db *db, int64_t id, int64_t now_ms) MUST_CHECK;
/* Tell the address of an account what was done to it, in the caller's transaction. */
enum err account_tell(struct db *db, struct arena *a, const struct account *acc,
    const char *what, int64_t now_ms) MUST_CHECK;

/* Open a session and hand out its first pair. */
enum err session_open(struct app *app, struct db *db, struct arena *a,
    const struct account *acc, const struct client *from, struct token_pair *out) MUST_CHECK;
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
/* Remove refresh tokens and sessions that ended before now_ms, at most `limit` of each;
 * *n counts them. */
enum err session_forget(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
    int64_t *n) MUST_CHECK;
/* End the session a refresh token belongs to; unknown tokens are ERR_OK. */
enum err session_end_by_token(struct db *db, struct arena *a, struct str refresh) MUST_CHECK;

struct session {
    int64_t id, created_at, used_at, ends_at;
    struct str ip, user_agent;
};
/* Those of an account that are open, the last used first; at most SESSIONS_SHOWN. */
#define SESSIONS_SHOWN 100
enum err session_list(struct db *db, struct arena *a, int64_t account_id, int64_t now_ms,
    struct session **out, size_t *n) MUST_CHECK;
/* End one of the account's. ERR_NOT_FOUND: it is not among them, or over. */
enum err session_end_of(struct db *db, int64_t account_id, int64_t session_id) MUST_CHECK;
/* End all of the account's but `but` (0: all). */
enum err session_end_all(struct db *db, int64_t account_id, int64_t but) MUST_CHECK;

/* Links, counters and unconfirmed devices that are over, at most `limit` of each. */
enum err identity_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n) MUST_CHECK;

/* How many accounts of each role there are, for the list that admins see. */
extern const struct tally_kind people_tally;

#endif
