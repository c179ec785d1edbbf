/* The Idempotency-Key of a request that makes something: claimed by INSERT in the
 * transaction of the work itself, so that either both are there or neither, with the answer
 * kept for repeats. Knows nothing of what is made. */
#ifndef SOUK_ONCE_ONCE_H
#define SOUK_ONCE_ONCE_H

#include "db/db.h"

/* Whose key for which call, the key, and what was sent with it (32 bytes). */
struct once {
    struct str scope, key, body_hash; /* key STR_NULL: none */
};
struct once_answer {
    int64_t subject_id; /* what was made, or what it was done to */
    int http_status;
    struct str body; /* as answered the first time */
    bool replayed;
};

/* Claim the key; without a key nothing is done. ERR_OK with out->replayed: it was answered
 * before. ERR_INVALID "idempotency_key_reused", ERR_CONFLICT "request_in_progress". */
enum err once_claim(struct db *db, struct arena *a, const struct once *k,
    int64_t subject_id, struct once_answer *out, struct fault *flt) MUST_CHECK;
/* Keep what is answered, under the key claimed in this transaction. */
enum err once_keep(
    struct db *db, const struct once *k, const struct once_answer *an) MUST_CHECK;
/* For work that repeating does no harm, whose answer alone is kept: the answer that was, or
 * ERR_NOT_FOUND; faults as once_claim()'s. And a fresh answer, in one statement; when
 * another was kept meanwhile, *an becomes that. */
enum err once_look(struct db *db, struct arena *a, const struct once *k,
    struct once_answer *out, struct fault *flt) MUST_CHECK;
enum err once_add(struct db *db, struct arena *a, const struct once *k,
    struct once_answer *an, struct fault *flt) MUST_CHECK;

/* What a stored row answers to a repeat; ERR_INVALID "idempotency_key_reused". */
struct once_row {
    struct str body_hash, answer;
    int64_t subject_id, http_status;
};
enum err once_replay(struct arena *a, const struct once *k, const struct once_row *row,
    struct once_answer *out, struct fault *flt) MUST_CHECK;

/* Remove keys older than 24 h, at most `limit`. */
enum err once_forget(
    struct db *db, int64_t now_ms, int64_t limit, int64_t *n) MUST_CHECK;

#endif
