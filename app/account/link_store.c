/* SQL of links. */
#include "account/link_store.h"

static const char add_sql[] =
    "INSERT INTO account_link (token_hash, account_id, kind, email, created_at, expires_at)"
    " VALUES (?, ?, ?, ?, ?, ?)";
static const char get_sql[] =
    "SELECT account_id, expires_at, kind, email FROM account_link WHERE token_hash = ?";
static const char use_sql[] = "DELETE FROM account_link WHERE token_hash = ?";
static const char drop_sql[] = "DELETE FROM account_link WHERE account_id = ? AND kind = ?";
static const char drop_all_sql[] = "DELETE FROM account_link WHERE account_id = ?";
static const char forget_sql[] = "DELETE FROM account_link WHERE expires_at < ? LIMIT ?";

enum err
link_store_add(struct db *db, struct str hash, int64_t account_id, const char *kind,
    struct str email, int64_t now_ms, int64_t expires_ms)
{
    const struct db_val v[] = {DB_STR(hash), DB_ID(account_id), DB_STR(str_c(kind)),
        DB_STR(email), DB_I64(now_ms), DB_I64(expires_ms)};

    return db_exec(db, add_sql, v, NELEM(v), NULL);
}

enum err
link_store_get(struct db *db, struct arena *a, struct str hash, struct link_row *out)
{
    const struct db_val v[] = {DB_STR(hash)};
    struct db_rows r;
    enum err e = db_row(db, get_sql, v, NELEM(v), a, &r);

    if (e == ERR_OK)
        *out = (struct link_row){.account_id = db_i64(&r, 0, 0),
            .expires_at = db_i64(&r, 0, 1),
            .kind = db_str(&r, 0, 2),
            .email = db_str(&r, 0, 3)};
    return e;
}

enum err
link_store_use(struct db *db, struct str hash)
{
    const struct db_val v[] = {DB_STR(hash)};
    uint64_t rows = 0;
    enum err e = db_exec(db, use_sql, v, NELEM(v), &rows);

    return e == ERR_OK && rows != 1 ? ERR_NOT_FOUND : e;
}

enum err
link_store_drop(struct db *db, int64_t account_id, const char *kind)
{
    const struct db_val v[] = {DB_I64(account_id), DB_STR(str_c(kind))};

    if (kind == NULL)
        return db_exec(db, drop_all_sql, v, 1, NULL);
    return db_exec(db, drop_sql, v, NELEM(v), NULL);
}

enum err
link_store_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(limit)};
    uint64_t rows = 0;
    enum err e = db_exec(db, forget_sql, v, NELEM(v), &rows);

    *n = (int64_t)rows;
    return e;
}
