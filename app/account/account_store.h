/* SQL of accounts and sessions. */
#ifndef SOUK_ACCOUNT_ACCOUNT_STORE_H
#define SOUK_ACCOUNT_ACCOUNT_STORE_H

#include "account/people_http.h"

/* What makes two addresses the same. */
struct str account_email_key(struct arena *a, struct str email);

struct account_row {
    struct account acc;
    struct str password_hash;
};

/* ERR_CONFLICT: the address is taken. */
enum err account_store_add(struct db *db, const struct account *acc, struct str email_key,
    struct str password_hash) MUST_CHECK;
/* ERR_NOT_FOUND. */
enum err account_store_by_email(struct db *db, struct arena *a, struct str email_key,
    struct account_row *out) MUST_CHECK;
enum err account_store_password(struct db *db, struct arena *a, int64_t id,
    struct account_row *out) MUST_CHECK;
enum err account_store_lock(struct db *db, struct arena *a, int64_t id, struct account *out)
    MUST_CHECK;
enum err account_store_get(struct db *db, struct arena *a, int64_t id, struct account *out)
    MUST_CHECK;
enum err account_store_set_name(struct db *db, int64_t id, struct str name, int64_t now_ms)
    MUST_CHECK;
/* ERR_CONFLICT: somebody has it. */
enum err account_store_set_email(struct db *db, int64_t id, struct str email,
    struct str email_key, int64_t now_ms) MUST_CHECK;
enum err account_store_verified(struct db *db, int64_t id, int64_t now_ms) MUST_CHECK;
/* `nobody`: an address that no mail goes to, unlike any other. */
enum err account_store_erase(struct db *db, int64_t id, struct str nobody, int64_t now_ms)
    MUST_CHECK;
enum err account_store_set_password(struct db *db, int64_t id, struct str password_hash,
    int64_t now_ms) MUST_CHECK;

enum err people_store_list(struct db *db, struct arena *a, const struct people_filter *f,
    struct account **out, size_t *n, int64_t *total) MUST_CHECK;
/* Locks the admins' rows: is it the only one? */
enum err people_store_last_admin(struct db *db, struct arena *a, int64_t id, bool *last)
    MUST_CHECK;
/* Role and disabled_at. */
enum err people_store_set(struct db *db, const struct account *acc, int64_t now_ms) MUST_CHECK;

/* A refresh token with its session and account. */
struct refresh_row {
    struct account acc;
    int64_t session_id;
    int64_t expires_at, used_at, revoked_at; /* 0: not */
};

/* How long a session that was ended stays in the database: longer than its access tokens. */
#define SESSION_KEPT_MS (26 * 3600 * INT64_C(1000))
enum err session_store_add(struct db *db, struct arena *a, int64_t id, int64_t account_id,
    const struct client *from, int64_t now_ms, int64_t ends_ms) MUST_CHECK;
enum err session_store_revoke(struct db *db, int64_t id, int64_t now_ms) MUST_CHECK;
/* ERR_NOT_FOUND: not the account's, or over. */
enum err session_store_revoke_of(struct db *db, int64_t id, int64_t account_id, int64_t now_ms)
    MUST_CHECK;
/* Every session of an account that has not ended, `but` excepted. */
enum err session_store_revoke_all(struct db *db, int64_t account_id, int64_t but,
    int64_t now_ms) MUST_CHECK;
/* Those that were ended since. */
struct ended_row {
    int64_t id, at_ms;
};
enum err session_store_ended(struct db *db, struct arena *a, int64_t since_ms,
    struct ended_row **out, size_t *n) MUST_CHECK;
/* Forget where an account's sessions came from. */
enum err session_store_strip(struct db *db, int64_t account_id) MUST_CHECK;
enum err session_store_touch(struct db *db, int64_t id, int64_t now_ms, int64_t ends_ms)
    MUST_CHECK;
enum err session_store_list(struct db *db, struct arena *a, int64_t account_id, int64_t now_ms,
    int64_t limit, struct session **out, size_t *n) MUST_CHECK;
/* Has the account a session, over or not, from this address of the net? */
enum err session_store_known(struct db *db, struct arena *a, int64_t account_id,
    struct str ip, bool *known) MUST_CHECK;
/* Sessions and their tokens that ended before now_ms. In a transaction of the caller. */
enum err session_store_forget(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
    int64_t *n) MUST_CHECK;
/* The text of an address as sessions hold it: "" for what is none. */
struct str session_ip(struct arena *a, struct str ip);
enum err refresh_store_add(struct db *db, struct str hash, int64_t session_id, int64_t now_ms,
    int64_t expires_ms) MUST_CHECK;
/* Remove what ended before now_ms, at most `limit` rows; *n counts them. */
enum err refresh_store_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n)
    MUST_CHECK;
/* ERR_NOT_FOUND. */
enum err refresh_store_get(struct db *db, struct arena *a, struct str hash,
    struct refresh_row *out) MUST_CHECK;
/* Mark as used; ERR_CONFLICT when another request was first. */
enum err refresh_store_use(struct db *db, struct str hash, int64_t now_ms) MUST_CHECK;

#endif
