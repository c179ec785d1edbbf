/* What the programs that test lib/db share. */
#ifndef SOUK_TESTS_IT_DB_H
#define SOUK_TESTS_IT_DB_H

#include "db/db.h"

/* The runner's server. */
struct db_conf it_conf(int size);
struct db_pool *it_pool(int size);
/* A statement that must succeed; one that need not. */
void it_sql(struct db *db, const char *sql);
enum err it_try(struct db *db, const char *sql);

#endif
