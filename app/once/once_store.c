/* Idempotency keys in the database. The column order_id names the subject. */
#include "once/once_store.h"

enum { SQL_ADD, SQL_PUT, SQL_GET, SQL_ANSWER, SQL_FORGET, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    [SQL_ADD] = "INSERT INTO idempotency_key (scope, idem_key, body_hash, order_id,"
                " http_status, answer, created_at) VALUES (?, ?, ?, ?, 0, '', ?)",
    [SQL_PUT] = "INSERT INTO idempotency_key (scope, idem_key, body_hash, order_id,"
                " http_status, answer, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    [SQL_GET] = "SELECT body_hash, order_id, http_status, answer FROM idempotency_key"
                " WHERE scope = ? AND idem_key = ?",
    [SQL_ANSWER] = "UPDATE idempotency_key SET http_status = ?, answer = ?"
                   " WHERE scope = ? AND idem_key = ?",
    [SQL_FORGET] = "DELETE FROM idempotency_key WHERE created_at < ? ORDER BY created_at"
                   " LIMIT ?",
};

enum err
once_store_add(struct db *db, struct str scope, struct str key, struct str hash,
    int64_t subject_id, int64_t now)
{
    const struct db_val v[] = {
        DB_STR(scope), DB_STR(key), DB_STR(hash), DB_I64(subject_id), DB_I64(now)};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
once_store_put(
    struct db *db, const struct once *k, const struct once_answer *an, int64_t now)
{
    const struct db_val v[] = {DB_STR(k->scope), DB_STR(k->key), DB_STR(k->body_hash),
        DB_I64(an->subject_id), DB_I64(an->http_status), DB_STR(an->body), DB_I64(now)};

    return db_exec(db, sqls[SQL_PUT], v, NELEM(v), NULL);
}

enum err
once_store_get(struct db *db, struct arena *a, struct str scope, struct str key,
    struct once_row *out)
{
    const struct db_val v[] = {DB_STR(scope), DB_STR(key)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sqls[SQL_GET], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = (struct once_row){.body_hash = db_str(&r, 0, 0),
        .subject_id = db_i64(&r, 0, 1),
        .http_status = db_i64(&r, 0, 2),
        .answer = db_str(&r, 0, 3)};
    return ERR_OK;
}

enum err
once_store_answer(
    struct db *db, struct str scope, struct str key, int http_status, struct str answer)
{
    const struct db_val v[] = {
        DB_I64(http_status), DB_STR(answer), DB_STR(scope), DB_STR(key)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_ANSWER], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_INTERNAL;
}

enum err
once_store_forget(struct db *db, int64_t before, int64_t limit, int64_t *n)
{
    const struct db_val v[] = {DB_I64(before), DB_I64(limit)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_FORGET], v, NELEM(v), &rows);

    *n = e == ERR_OK ? (int64_t)rows : 0;
    return e;
}
