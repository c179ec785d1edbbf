/* Totals of lists whose tables grow without end. A count is exact up to TALLY_EXACT rows and
 * reads no more than those; above it the total is the one that was last counted for this
 * name, by tally_keep() in the background, or without a name TALLY_EXACT itself: "at least so
 * many". Nobody can tell 1,203,411 orders from 1,203,412, but everybody waits for the count. */
#ifndef SOUK_DB_TALLY_H
#define SOUK_DB_TALLY_H

#include "db/db.h"

#define TALLY_EXACT 50000

/* How many rows `from`, "FROM ... WHERE ...", has. `name` may be STR_NULL. */
enum err tally_count(struct db *db, struct arena *a, const char *from,
    const struct db_val *v, size_t n, struct str name, int64_t *total) MUST_CHECK;

/* A table that is counted by groups: kept as "name:group", their sum as "name:". */
struct tally_kind {
    const char *name;
    const char *sql; /* SELECT group, COUNT(*) ... GROUP BY */
};
/* Count it all and keep the figures: reads a whole index, so not too often. Tables of less
 * than TALLY_EXACT rows, which nobody asks it about, are kept too. */
enum err tally_keep(struct db *db, struct arena *a, const struct tally_kind *kind,
    int64_t now_ms) MUST_CHECK;

#endif
