/* Numbered forward migrations: files NNNN_name.sql of one folder, in order, each once,
 * recorded in schema_migration with the SHA-256 of its text; one migrator at a time
 * (GET_LOCK). A recorded file whose text changed, a gap, or a database of a newer version
 * is refused with one line that says what to do. */
#ifndef SOUK_DB_MIGRATE_H
#define SOUK_DB_MIGRATE_H

#include "db/db.h"

/* Apply what is missing; *applied counts it. Each applied file is told to `say` (may be NULL). */
enum err migrate_run(struct db *db, const char *dir, int *applied,
    void (*say)(const char *line), char *msg, size_t msg_n) MUST_CHECK;
/* ERR_OK if the database is exactly at the version of `dir`; ERR_CONFLICT and msg if not. */
enum err migrate_check(struct db *db, const char *dir, char *msg, size_t msg_n) MUST_CHECK;
/* How many migrations `dir` has. */
enum err migrate_known(const char *dir, size_t *n, char *msg, size_t msg_n) MUST_CHECK;

#endif
