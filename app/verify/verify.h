/* The sweep over the books: does the database say what an honest shop's must? Reads only.
 * All is read in one snapshot, so that it is right while the shop sells; a caller's open
 * transaction is used as it is. */
#ifndef SOUK_VERIFY_VERIFY_H
#define SOUK_VERIFY_VERIFY_H

#include "db/db.h"

/* What was found of one rule. */
struct verify_line {
    const char *name;
    int64_t looked, broken; /* things looked at, and how many of them break it */
    int64_t first_id;       /* the first of these */
    int64_t sum;
    char unit[12]; /* what the sum counts: "units", a currency; "-": several, so that the
                    * sum says nothing; "": there is none */
};

struct verify_how {
    int64_t slice_n; /* orders read at a time; 0: as many as is good */
    /* Not 0: a quick round, of what was made or had an event since this id was (see
     * id_at_ms()); rules that can only be read whole are left out. */
    int64_t since_id;
    void (*line)(void *arg, const struct verify_line *l); /* once a rule, at the end */
    /* May be NULL. Orders read so far and how many there are; false: stop here. */
    bool (*go_on)(void *arg, int64_t done, int64_t total);
    void *arg;
};

struct verify_told {
    bool all_ok;
    bool stopped;   /* by go_on: no line was told */
    bool too_many;  /* a quick round with too much to read: nothing was; do a full one */
    int64_t orders; /* that were read */
};

/* ERR_OK when all was looked at, or stopped; told->all_ok says whether all holds. The
 * connection should allow statements of minutes: the ledger is read whole. */
enum err verify_run(
    struct db *db, const struct verify_how *how, struct verify_told *told) MUST_CHECK;

#endif
