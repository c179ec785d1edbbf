/* Many rows in few statements. */
#ifndef SOUK_DB_DB_INSERT_H
#define SOUK_DB_DB_INSERT_H

#include "db/db.h"

/* Run `head` ("INSERT INTO t (a, b) VALUES") for rows * cols values, row by row, in
 * statements of db_insert_step() rows.  Errors as db_exec(); in a transaction, or a part may
 * stay. rows 0 does nothing. */
enum err db_insert_rows(struct db *db, struct arena *a, const char *head,
    const struct db_val *v, size_t rows, size_t cols) MUST_CHECK;
/* The same with `tail` behind the rows (" ON DUPLICATE KEY UPDATE ..."); *changed is what the
 * server counts then. */
enum err db_upsert_rows(struct db *db, struct arena *a, const char *head, const char *tail,
    const struct db_val *v, size_t rows, size_t cols, uint64_t *changed) MUST_CHECK;
/* How many of so many rows one statement takes: 1 to 16, 24, 32, ... 64, 80, ... A caller who
 * may choose their number spares a second statement. */
size_t db_insert_step(size_t rows);
/* head + "(?,...)" + tail for an IN list, the list filled up to a power of two by
 * repeating its last value, for the same reason; *out and *out_n are the values to bind.
 * n >= 1. */
const char *db_in_list(struct arena *a, const char *head, const struct db_val *v,
    size_t n, const char *tail, struct db_val **out, size_t *out_n);

#endif
