/* SQL of links. */
#ifndef SOUK_ACCOUNT_LINK_STORE_H
#define SOUK_ACCOUNT_LINK_STORE_H

#include "db/db.h"

struct link_row {
    int64_t account_id, expires_at;
    struct str kind, email;
};
/* account_id 0: of nobody. */
enum err link_store_add(struct db *db, struct str hash, int64_t account_id, const char *kind,
    struct str email, int64_t now_ms, int64_t expires_ms) MUST_CHECK;
/* ERR_NOT_FOUND. */
enum err link_store_get(struct db *db, struct arena *a, struct str hash, struct link_row *out)
    MUST_CHECK;
/* ERR_NOT_FOUND: another has used it. */
enum err link_store_use(struct db *db, struct str hash) MUST_CHECK;
/* Those of an account; of one kind, or all (NULL). */
enum err link_store_drop(struct db *db, int64_t account_id, const char *kind) MUST_CHECK;
enum err link_store_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n) MUST_CHECK;

#endif
