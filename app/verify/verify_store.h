/* The rules of the sweep and the statements that run them; for verify.c alone. */
#ifndef SOUK_VERIFY_VERIFY_STORE_H
#define SOUK_VERIFY_VERIFY_STORE_H

#include "db/db.h"

struct verify_rule {
    const char *name, *sql; /* NULL: answered by the statement of the rule before */
};
extern const struct verify_rule verify_rules[];
extern const size_t verify_rules_n;

/* Once before a sweep: what a statement may need of its session. */
enum err verify_store_begin(struct db *db) MUST_CHECK;
/* Is it read in slices? */
bool verify_rule_sliced(const struct verify_rule *r);

struct verify_result {
    int64_t looked, broken, first_id, sum;
    struct str unit; /* of the sum, "-": several currencies; empty: there is none */
};
/* How many rules one statement answers at most. */
#define VERIFY_SHARED_MAX 4
/* One rule's statement over the ids above `lo` up to `hi` (a whole one ignores them); out
 * gets its own answer and those of the *n - 1 rules behind it that share it. */
enum err verify_store_run(struct db *db, struct arena *a, const struct verify_rule *r,
    int64_t lo, int64_t hi, struct verify_result out[VERIFY_SHARED_MAX],
    size_t *n) MUST_CHECK;

/* The next slice above `lo`: *to is the id of its last order, `hi` when fewer than `n` are
 * left up to it; *orders counts them. */
enum err verify_store_slice(struct db *db, struct arena *a, int64_t lo, int64_t hi,
    int64_t n, int64_t *to, int64_t *orders) MUST_CHECK;
enum err verify_store_orders(struct db *db, struct arena *a, int64_t *n) MUST_CHECK;
/* The orders made before `since` that had an event after it, at most `limit`, by id. */
enum err verify_store_touched(struct db *db, struct arena *a, int64_t since,
    int64_t limit, int64_t **ids, size_t *n) MUST_CHECK;

#endif
