/* The sweep over the books: does the database say what an honest shop's must? Reads only.
 * Each invariant is one set-based statement, so that it sees one moment of a running
 * shop. */
#ifndef SOUK_VERIFY_VERIFY_H
#define SOUK_VERIFY_VERIFY_H

#include "db/db.h"

/* Called once an invariant: how many things it looked at, how many of them break it, and
 * which one first (its id, empty when all hold). */
typedef void (*verify_line_fn)(
    void *arg, const char *name, int64_t figure, int64_t broken, const char *detail);

/* ERR_OK when all were looked at; *all_ok says whether all hold. `a` is scratch. The
 * connection should allow statements of minutes: the ledger is read whole. */
enum err verify_run(struct db *db, struct arena *a, verify_line_fn line, void *arg,
    bool *all_ok) MUST_CHECK;

#endif
