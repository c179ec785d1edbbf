/* SQL of accounts and sessions. */
#ifndef SOUK_ACCOUNT_ACCOUNT_STORE_H
#define SOUK_ACCOUNT_ACCOUNT_STORE_H

#include "account/account.h"

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
enum err account_store_get(struct db *db, struct arena *a, int64_t id, struct account *out)
    MUST_CHECK;
enum err account_store_set_name(struct db *db, int64_t id, struct str name, int64_t now_ms)
    MUST_CHECK;

enum err account_store_set_password(struct db *db, int64_t id, struct str password_hash,
    int64_t now_ms) MUST_CHECK;

/* A refresh token with its session and account. */
struct refresh_row {
    struct account acc;
    int64_t session_id;
    int64_t expires_at, used_at, revoked_at; /* 0: not */
};

enum err session_store_add(struct db *db, int64_t id, int64_t account_id, int64_t now_ms)
    MUST_CHECK;
enum err session_store_revoke(struct db *db, int64_t id, int64_t now_ms) MUST_CHECK;
/* Every session of an account that has not ended. */
enum err session_store_revoke_all(struct db *db, int64_t account_id, int64_t now_ms) MUST_CHECK;
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
