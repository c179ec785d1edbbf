/* Helpers of the programs that test lib/db; no tests here. */
#include "it_db.h"

#include <stdio.h>
#include <stdlib.h>

#include "it.h"

struct db_conf
it_conf(int size)
{
    return (struct db_conf){.socket = it_env("SOUK_DB_SOCKET"),
        .user = it_env("SOUK_DB_USER"),
        .name = it_env("SOUK_DB_NAME"),
        .size = size};
}

struct db_pool *
it_pool(int size)
{
    const struct db_conf c = it_conf(size);

    return db_pool_new(&c);
}

enum err
it_try(struct db *db, const char *sql)
{
    return db_exec(db, sql, NULL, 0, NULL);
}

void
it_sql(struct db *db, const char *sql)
{
    enum err e = it_try(db, sql);

    if (e != ERR_OK) {
        fprintf(stderr, "error %d: %s\n", (int)e, sql);
        abort();
    }
}
