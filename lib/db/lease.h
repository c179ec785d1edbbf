/* A lease: work that one process should do at a time, fenced by the database. Whoever takes
 * it raises the row's version; a holder that was away past its time finds another version and
 * its transaction must not be committed. Row of job_lease by name: migrations make it. */
#ifndef SOUK_DB_LEASE_H
#define SOUK_DB_LEASE_H

#include "db/db.h"

struct lease {
    struct str name;
    int64_t ttl_ms;
    int64_t version; /* 0: not held */
};

/* ERR_BUSY: another holds it and its time is not over. Own statements, no transaction. */
enum err lease_take(struct db *db, struct arena *a, struct lease *l) MUST_CHECK;
/* In the holder's transaction, as its last statement: prolongs it and keeps its row until
 * COMMIT. ERR_CONFLICT: it has passed to another, roll back. */
enum err lease_keep(struct db *db, const struct lease *l) MUST_CHECK;
/* Let the next one have it at once. */
void lease_give(struct db *db, struct lease *l);

#endif
