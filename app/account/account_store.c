/* SQL of accounts and sessions, all of it in one table. */
#include "account/account_store.h"

#include "db/db_insert.h"

#define EMAILS_ASKED_MAX 128

enum {
    SQL_ADD,
    SQL_BY_EMAIL,
    SQL_GET,
    SQL_SET_NAME,
    SQL_SET_PASSWORD,
    SQL_SESSION_ADD,
    SQL_SESSION_REVOKE,
    SQL_SESSION_REVOKE_ALL,
    SQL_REFRESH_ADD,
    SQL_REFRESH_GET,
    SQL_REFRESH_USE,
    SQL_REFRESH_FORGET,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_ADD] = "INSERT INTO account (id, email, email_key, name, password_hash, role,"
                " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_BY_EMAIL] = "SELECT id, email, name, role, created_at, password_hash FROM account"
                     " WHERE email_key = ?",
    [SQL_GET] = "SELECT id, email, name, role, created_at FROM account WHERE id = ?",
    [SQL_SET_NAME] = "UPDATE account SET name = ?, updated_at = ? WHERE id = ?",
    [SQL_SET_PASSWORD] = "UPDATE account SET password_hash = ?, updated_at = ? WHERE id = ?",
    [SQL_SESSION_ADD] = "INSERT INTO session (id, account_id, created_at) VALUES (?, ?, ?)",
    [SQL_SESSION_REVOKE] = "UPDATE session SET revoked_at = ?"
                           " WHERE id = ? AND revoked_at IS NULL",
    [SQL_SESSION_REVOKE_ALL] = "UPDATE session SET revoked_at = ?"
                               " WHERE account_id = ? AND revoked_at IS NULL",
    [SQL_REFRESH_ADD] = "INSERT INTO refresh_token (token_hash, session_id, created_at,"
                        " expires_at) VALUES (?, ?, ?, ?)",
    [SQL_REFRESH_GET] = "SELECT a.id, a.email, a.name, a.role, a.created_at, r.session_id,"
                        " r.expires_at, r.used_at, s.revoked_at FROM refresh_token r"
                        " JOIN session s ON s.id = r.session_id"
                        " JOIN account a ON a.id = s.account_id WHERE r.token_hash = ?",
    [SQL_REFRESH_USE] = "UPDATE refresh_token SET used_at = ?"
                        " WHERE token_hash = ? AND used_at IS NULL",
    [SQL_REFRESH_FORGET] = "DELETE FROM refresh_token WHERE expires_at < ? LIMIT ?",
};

/* The five columns every account query starts with. */
static struct account
account_of(const struct db_rows *r)
{
    return (struct account){
        .id = db_i64(r, 0, 0),
        .email = db_str(r, 0, 1),
        .name = db_str(r, 0, 2),
        .role = db_str(r, 0, 3),
        .created_at = db_i64(r, 0, 4),
    };
}

enum err
account_store_add(struct db *db, const struct account *acc, struct str email_key,
    struct str password_hash)
{
    const struct db_val v[] = {DB_I64(acc->id), DB_STR(acc->email), DB_STR(email_key),
        DB_STR(acc->name), DB_STR(password_hash), DB_STR(acc->role),
        DB_I64(acc->created_at), DB_I64(acc->created_at)};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
account_store_by_email(struct db *db, struct arena *a, struct str email_key,
    struct account_row *out)
{
    const struct db_val v[] = {DB_STR(email_key)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_BY_EMAIL], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    out->acc = account_of(&r);
    out->password_hash = db_str(&r, 0, 5);
    return ERR_OK;
}

enum err
account_store_get(struct db *db, struct arena *a, int64_t id, struct account *out)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_GET], v, NELEM(v), a, &r);

    if (e == ERR_OK)
        *out = account_of(&r);
    return e;
}

/* Set one text of an account. */
enum err
account_emails(struct db *db, struct arena *a, const int64_t *id, size_t n, struct str *out)
{
    struct db_val asked[EMAILS_ASKED_MAX], *v;
    struct db_rows r;
    const char *sql;
    size_t i, k, v_n;
    enum err e;

    if (n > EMAILS_ASKED_MAX)
        return ERR_TOO_LARGE;
    if (n == 0)
        return ERR_OK;
    for (i = 0; i < n; i++)
        asked[i] = DB_I64(id[i]);
    sql = db_in_list(a, "SELECT id, email FROM account WHERE id IN ", asked, n, "", &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    for (i = 0; i < n; i++) {
        out[i] = STR_NULL;
        for (k = 0; k < r.n && out[i].p == NULL; k++)
            if (db_i64(&r, k, 0) == id[i])
                out[i] = db_str(&r, k, 1);
    }
    return ERR_OK;
}

static enum err
set_text(struct db *db, const char *sql, int64_t id, struct str text, int64_t now_ms)
{
    const struct db_val v[] = {DB_STR(text), DB_I64(now_ms), DB_I64(id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sql, v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_NOT_FOUND;
}

enum err
account_store_set_name(struct db *db, int64_t id, struct str name, int64_t now_ms)
{
    return set_text(db, sqls[SQL_SET_NAME], id, name, now_ms);
}

enum err
account_store_set_password(struct db *db, int64_t id, struct str password_hash, int64_t now_ms)
{
    return set_text(db, sqls[SQL_SET_PASSWORD], id, password_hash, now_ms);
}

enum err
session_store_add(struct db *db, int64_t id, int64_t account_id, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(id), DB_I64(account_id), DB_I64(now_ms)};

    return db_exec(db, sqls[SQL_SESSION_ADD], v, NELEM(v), NULL);
}

enum err
session_store_revoke(struct db *db, int64_t id, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(id)};

    /* No row: it had ended already, which is what the caller wants. */
    return db_exec(db, sqls[SQL_SESSION_REVOKE], v, NELEM(v), NULL);
}

enum err
session_store_revoke_all(struct db *db, int64_t account_id, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(account_id)};

    return db_exec(db, sqls[SQL_SESSION_REVOKE_ALL], v, NELEM(v), NULL);
}

enum err
refresh_store_add(struct db *db, struct str hash, int64_t session_id, int64_t now_ms,
    int64_t expires_ms)
{
    const struct db_val v[] = {DB_STR(hash), DB_I64(session_id), DB_I64(now_ms),
        DB_I64(expires_ms)};

    return db_exec(db, sqls[SQL_REFRESH_ADD], v, NELEM(v), NULL);
}

enum err
refresh_store_get(struct db *db, struct arena *a, struct str hash, struct refresh_row *out)
{
    const struct db_val v[] = {DB_STR(hash)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_REFRESH_GET], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    out->acc = account_of(&r);
    out->session_id = db_i64(&r, 0, 5);
    out->expires_at = db_i64(&r, 0, 6);
    out->used_at = db_i64(&r, 0, 7);
    out->revoked_at = db_i64(&r, 0, 8);
    return ERR_OK;
}

enum err
refresh_store_use(struct db *db, struct str hash, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_STR(hash)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_REFRESH_USE], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_CONFLICT;
}

enum err
refresh_store_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(limit)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_REFRESH_FORGET], v, NELEM(v), &rows);

    *n = (int64_t)rows;
    return e;
}
