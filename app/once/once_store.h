/* Idempotency keys in the database: the module's own. */
#ifndef SOUK_ONCE_ONCE_STORE_H
#define SOUK_ONCE_ONCE_STORE_H

#include "once/once.h"

enum err once_store_add(struct db *db, struct str scope, struct str key, struct str hash,
    int64_t subject_id, int64_t now) MUST_CHECK;
/* Claimed and answered in one. ERR_CONFLICT: it is there. */
enum err once_store_put(struct db *db, const struct once *k, const struct once_answer *an,
    int64_t now) MUST_CHECK;
enum err once_store_get(struct db *db, struct arena *a, struct str scope, struct str key,
    struct once_row *out) MUST_CHECK;
enum err once_store_answer(struct db *db, struct str scope, struct str key,
    int http_status, struct str answer) MUST_CHECK;
enum err once_store_forget(
    struct db *db, int64_t before, int64_t limit, int64_t *n) MUST_CHECK;

#endif
