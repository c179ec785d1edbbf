/* SQL of two-step sign-in. */
#ifndef SOUK_ACCOUNT_TOTP_STORE_H
#define SOUK_ACCOUNT_TOTP_STORE_H

#include "db/db.h"

struct totp_row {
    struct str secret; /* sealed */
    int64_t last_step, confirmed_at; /* 0: not yet */
};
/* A new secret that is not confirmed; ERR_CONFLICT: a confirmed one is there. */
enum err totp_store_put(struct db *db, int64_t account_id, struct str secret, int64_t now_ms)
    MUST_CHECK;
/* ERR_NOT_FOUND. */
enum err totp_store_get(struct db *db, struct arena *a, int64_t account_id,
    struct totp_row *out) MUST_CHECK;
/* The same secret, sealed with another key. */
enum err totp_store_reseal(struct db *db, int64_t account_id, struct str old,
    struct str secret) MUST_CHECK;
/* Up to `n` accounts above `after` that have one. */
enum err totp_store_ids(struct db *db, struct arena *a, int64_t after, int64_t n,
    struct db_rows *out) MUST_CHECK;
/* A code of this step is used. ERR_NOT_FOUND: it, or a later one, was. */
enum err totp_store_step(struct db *db, int64_t account_id, int64_t step) MUST_CHECK;
enum err totp_store_confirm(struct db *db, int64_t account_id, int64_t step, int64_t now_ms)
    MUST_CHECK;
/* The secret and all recovery codes. */
enum err totp_store_drop(struct db *db, int64_t account_id) MUST_CHECK;
enum err recovery_store_drop(struct db *db, int64_t account_id) MUST_CHECK;
enum err recovery_store_add(struct db *db, int64_t account_id, struct str hash) MUST_CHECK;
/* ERR_NOT_FOUND: none of the account's, or used. */
enum err recovery_store_use(struct db *db, int64_t account_id, struct str hash) MUST_CHECK;
enum err recovery_store_left(struct db *db, struct arena *a, int64_t account_id, int64_t *n)
    MUST_CHECK;

#endif
