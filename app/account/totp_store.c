/* SQL of two-step sign-in. */
#include "account/totp_store.h"

enum {
    SQL_PUT,
    SQL_CLEAR,
    SQL_GET,
    SQL_RESEAL,
    SQL_IDS,
    SQL_STEP,
    SQL_CONFIRM,
    SQL_DROP,
    SQL_CODES_DROP,
    SQL_CODE_ADD,
    SQL_CODE_USE,
    SQL_CODES_LEFT,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_PUT] = "INSERT INTO account_totp (account_id, secret, last_step, created_at)"
                " VALUES (?, ?, 0, ?)",
    [SQL_CLEAR] = "DELETE FROM account_totp WHERE account_id = ? AND confirmed_at IS NULL",
    [SQL_GET] =
        "SELECT secret, last_step, confirmed_at FROM account_totp WHERE account_id = ?",
    [SQL_RESEAL] = "UPDATE account_totp SET secret = ? WHERE account_id = ? AND secret = ?",
    [SQL_IDS] =
        "SELECT account_id FROM account_totp WHERE account_id > ? ORDER BY account_id LIMIT ?",
    [SQL_STEP] = "UPDATE account_totp SET last_step = ?"
                 " WHERE account_id = ? AND last_step < ?",
    [SQL_CONFIRM] = "UPDATE account_totp SET last_step = ?, confirmed_at = ?"
                    " WHERE account_id = ? AND confirmed_at IS NULL",
    [SQL_DROP] = "DELETE FROM account_totp WHERE account_id = ?",
    [SQL_CODES_DROP] = "DELETE FROM account_recovery WHERE account_id = ?",
    [SQL_CODE_ADD] = "INSERT INTO account_recovery (code_hash, account_id) VALUES (?, ?)",
    [SQL_CODE_USE] = "DELETE FROM account_recovery WHERE code_hash = ? AND account_id = ?",
    [SQL_CODES_LEFT] = "SELECT COUNT(*) FROM account_recovery WHERE account_id = ?",
};

static enum err
one_row(struct db *db, int sql, const struct db_val *v, size_t n)
{
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[sql], v, n, &rows);

    return e == ERR_OK && rows != 1 ? ERR_NOT_FOUND : e;
}

enum err
totp_store_put(struct db *db, int64_t account_id, struct str secret, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(account_id), DB_STR(secret), DB_I64(now_ms)};
    enum err e = db_exec(db, sqls[SQL_CLEAR], v, 1, NULL);

    return e == ERR_OK ? db_exec(db, sqls[SQL_PUT], v, NELEM(v), NULL) : e;
}

enum err
totp_store_get(struct db *db, struct arena *a, int64_t account_id, struct totp_row *out)
{
    const struct db_val v[] = {DB_I64(account_id)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_GET], v, NELEM(v), a, &r);

    if (e == ERR_OK)
        *out = (struct totp_row){db_str(&r, 0, 0), db_i64(&r, 0, 1), db_i64(&r, 0, 2)};
    return e;
}

enum err
totp_store_reseal(struct db *db, int64_t account_id, struct str old, struct str secret)
{
    const struct db_val v[] = {DB_STR(secret), DB_I64(account_id), DB_STR(old)};

    /* No row: somebody else did it, or it is gone. */
    return db_exec(db, sqls[SQL_RESEAL], v, NELEM(v), NULL);
}

enum err
totp_store_ids(
    struct db *db, struct arena *a, int64_t after, int64_t n, struct db_rows *out)
{
    const struct db_val v[] = {DB_I64(after), DB_I64(n)};

    return db_query(db, sqls[SQL_IDS], v, NELEM(v), a, out);
}

enum err
totp_store_step(struct db *db, int64_t account_id, int64_t step)
{
    const struct db_val v[] = {DB_I64(step), DB_I64(account_id), DB_I64(step)};

    return one_row(db, SQL_STEP, v, NELEM(v));
}

enum err
totp_store_confirm(struct db *db, int64_t account_id, int64_t step, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(step), DB_I64(now_ms), DB_I64(account_id)};

    return one_row(db, SQL_CONFIRM, v, NELEM(v));
}

enum err
totp_store_drop(struct db *db, int64_t account_id)
{
    const struct db_val v[] = {DB_I64(account_id)};
    enum err e = recovery_store_drop(db, account_id);

    return e == ERR_OK ? db_exec(db, sqls[SQL_DROP], v, NELEM(v), NULL) : e;
}

enum err
recovery_store_drop(struct db *db, int64_t account_id)
{
    const struct db_val v[] = {DB_I64(account_id)};

    return db_exec(db, sqls[SQL_CODES_DROP], v, NELEM(v), NULL);
}

enum err
recovery_store_add(struct db *db, int64_t account_id, struct str hash)
{
    const struct db_val v[] = {DB_STR(hash), DB_I64(account_id)};

    return db_exec(db, sqls[SQL_CODE_ADD], v, NELEM(v), NULL);
}

enum err
recovery_store_use(struct db *db, int64_t account_id, struct str hash)
{
    const struct db_val v[] = {DB_STR(hash), DB_I64(account_id)};

    return one_row(db, SQL_CODE_USE, v, NELEM(v));
}

enum err
recovery_store_left(struct db *db, struct arena *a, int64_t account_id, int64_t *n)
{
    const struct db_val v[] = {DB_I64(account_id)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_CODES_LEFT], v, NELEM(v), a, &r);

    if (e == ERR_OK)
        *n = db_i64(&r, 0, 0);
    return e;
}
