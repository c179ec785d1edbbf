/* The lease's three statements: each is guarded by what it read before, so two takers at
 * once are told apart by a row count. */
#include "db/lease.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"

#define TOKEN_BYTES 16

enum { SQL_TAKE, SQL_VERSION, SQL_KEEP, SQL_GIVE, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    [SQL_TAKE] = ("UPDATE job_lease SET holder = ?, version = version + 1, until_ms = ?"
                  " WHERE name = ? AND until_ms <= ?"),
    [SQL_VERSION] = "SELECT version FROM job_lease WHERE name = ? AND holder = ?",
    [SQL_KEEP] = "UPDATE job_lease SET until_ms = ? WHERE name = ? AND version = ?",
    [SQL_GIVE] = "UPDATE job_lease SET until_ms = 0 WHERE name = ? AND version = ?",
};

enum err
lease_take(struct db *db, struct arena *a, struct lease *l)
{
    char random[RAND_TOKEN_N(TOKEN_BYTES)];
    struct str token = rand_token(random, sizeof(random), TOKEN_BYTES);
    struct str holder = arena_printf(a, "%ld:%.*s", (long)getpid(), STR_F(token));
    const int64_t now = clock_ms();
    const struct db_val take[] = {
        DB_STR(holder), DB_I64(now + l->ttl_ms), DB_STR(l->name), DB_I64(now)};
    const struct db_val mine[] = {DB_STR(l->name), DB_STR(holder)};
    struct db_rows r;
    uint64_t rows = 0;
    enum err e;

    l->version = 0;
    if ((e = db_exec(db, sqls[SQL_TAKE], take, NELEM(take), &rows)) != ERR_OK)
        return e;
    if (rows != 1)
        return ERR_BUSY;
    e = db_row(db, sqls[SQL_VERSION], mine, NELEM(mine), a, &r);
    if (e == ERR_OK)
        l->version = db_i64(&r, 0, 0);
    return e == ERR_NOT_FOUND ? ERR_BUSY : e; /* lost again between the two */
}

enum err
lease_keep(struct db *db, const struct lease *l)
{
    const struct db_val v[] = {
        DB_I64(clock_ms() + l->ttl_ms), DB_STR(l->name), DB_I64(l->version)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_KEEP], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_CONFLICT;
}

void
lease_give(struct db *db, struct lease *l)
{
    const struct db_val v[] = {DB_STR(l->name), DB_I64(l->version)};

    /* Not told, it ends by its time. */
    if (l->version != 0 && db_exec(db, sqls[SQL_GIVE], v, NELEM(v), NULL) != ERR_OK)
        log_warn("db", "event=lease_not_given");
    l->version = 0;
}
