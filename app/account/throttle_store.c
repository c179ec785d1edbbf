/* SQL of the counters. */
#include "account/throttle_store.h"

static const char add_sql[] =
    "INSERT INTO throttle (bucket, tries, until_ms) VALUES (?, 1, ?) ON DUPLICATE KEY UPDATE"
    " tries = CASE WHEN until_ms <= ? THEN 1 ELSE tries + 1 END,"
    " until_ms = CASE WHEN until_ms <= ? THEN ? ELSE until_ms END";
static const char get_sql[] = "SELECT tries, until_ms FROM throttle WHERE bucket = ?";
static const char sub_sql[] =
    "UPDATE throttle SET tries = tries - 1 WHERE bucket = ? AND tries > 0";
static const char drop_sql[] = "DELETE FROM throttle WHERE bucket = ?";
static const char forget_sql[] = "DELETE FROM throttle WHERE until_ms < ? LIMIT ?";

enum err
throttle_store_add(struct db *db, struct arena *a, struct str bucket, int64_t window_ms,
    int64_t now_ms, int64_t *tries, int64_t *until_ms)
{
    const struct db_val v[] = {DB_STR(bucket), DB_I64(now_ms + window_ms), DB_I64(now_ms),
        DB_I64(now_ms), DB_I64(now_ms + window_ms)};
    struct db_rows r;
    enum err e = db_exec(db, add_sql, v, NELEM(v), NULL);

    if (e == ERR_OK)
        e = db_row(db, get_sql, v, 1, a, &r);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_BUSY : e;
    *tries = db_i64(&r, 0, 0);
    *until_ms = db_i64(&r, 0, 1);
    return ERR_OK;
}

enum err
throttle_store_sub(struct db *db, struct str bucket)
{
    const struct db_val v[] = {DB_STR(bucket)};

    /* No row: its window ended meanwhile, and with it what is given back. */
    return db_exec(db, sub_sql, v, NELEM(v), NULL);
}

enum err
throttle_store_drop(struct db *db, struct str bucket)
{
    const struct db_val v[] = {DB_STR(bucket)};

    return db_exec(db, drop_sql, v, NELEM(v), NULL);
}

enum err
throttle_store_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(limit)};
    uint64_t rows = 0;
    enum err e = db_exec(db, forget_sql, v, NELEM(v), &rows);

    *n = (int64_t)rows;
    return e;
}
