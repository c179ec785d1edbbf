/* SQL of accounts, all of it in one table. */
#include "account/account_store.h"

#include "db/db_insert.h"

#define EMAILS_ASKED_MAX 128

/* What every account query starts with, see account_of(). */
#define ACCOUNT_COLS                                                                     \
    "a.id, a.email, a.name, a.role, a.created_at, a.verified_at, a.disabled_at,"         \
    " a.version, EXISTS (SELECT 1 FROM account_totp t WHERE t.account_id = a.id AND"     \
    " t.confirmed_at IS NOT NULL)"
#define ACCOUNT_COLS_N 9

enum {
    SQL_ADD,
    SQL_BY_EMAIL,
    SQL_GET,
    SQL_PASSWORD,
    SQL_LOCK,
    SQL_SET_NAME,
    SQL_SET_PASSWORD,
    SQL_SET_EMAIL,
    SQL_VERIFIED,
    SQL_ERASE,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_ADD] = "INSERT INTO account (id, email, email_key, name, password_hash, role,"
                " created_at, updated_at, verified_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_BY_EMAIL] = "SELECT " ACCOUNT_COLS ", a.password_hash FROM account a"
                     " WHERE a.email_key = ?",
    [SQL_GET] = "SELECT " ACCOUNT_COLS " FROM account a"
                " WHERE a.id = ? AND a.erased_at IS NULL",
    [SQL_PASSWORD] = "SELECT " ACCOUNT_COLS ", a.password_hash FROM account a"
                     " WHERE a.id = ? AND a.erased_at IS NULL",
    [SQL_LOCK] = "SELECT id FROM account WHERE id = ? AND erased_at IS NULL FOR UPDATE",
    [SQL_SET_NAME] = "UPDATE account SET name = ?, updated_at = ?, version = version + 1"
                     " WHERE id = ?",
    [SQL_SET_PASSWORD] = "UPDATE account SET password_hash = ?, updated_at = ? WHERE id = ?",
    [SQL_SET_EMAIL] = "UPDATE account SET email = ?, email_key = ?, verified_at = ?,"
                      " updated_at = ?, version = version + 1 WHERE id = ?",
    [SQL_VERIFIED] = "UPDATE account SET verified_at = ?, updated_at = ?,"
                     " version = version + 1 WHERE id = ?",
    [SQL_ERASE] = "UPDATE account SET email = ?, email_key = ?, name = '', password_hash = '',"
                  " role = 'customer', verified_at = NULL, erased_at = ?, updated_at = ?,"
                  " version = version + 1 WHERE id = ? AND erased_at IS NULL",
};

/* ACCOUNT_COLS of a row. */
static struct account
account_of(const struct db_rows *r)
{
    return (struct account){
        .id = db_i64(r, 0, 0),
        .email = db_str(r, 0, 1),
        .name = db_str(r, 0, 2),
        .role = db_str(r, 0, 3),
        .created_at = db_i64(r, 0, 4),
        .verified_at = db_i64(r, 0, 5),
        .disabled_at = db_i64(r, 0, 6),
        .version = db_i64(r, 0, 7),
        .totp = db_i64(r, 0, 8) != 0,
    };
}

enum err
account_store_add(struct db *db, const struct account *acc, struct str email_key,
    struct str password_hash)
{
    const struct db_val v[] = {DB_I64(acc->id), DB_STR(acc->email), DB_STR(email_key),
        DB_STR(acc->name), DB_STR(password_hash), DB_STR(acc->role),
        DB_I64(acc->created_at), DB_I64(acc->created_at), DB_ID(acc->verified_at)};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

static enum err
row_get(struct db *db, struct arena *a, const char *sql, struct db_val key,
    struct account_row *out)
{
    struct db_rows r;
    enum err e = db_row(db, sql, &key, 1, a, &r);

    if (e != ERR_OK)
        return e;
    out->acc = account_of(&r);
    out->password_hash = r.cols > ACCOUNT_COLS_N ? db_str(&r, 0, ACCOUNT_COLS_N) : STR_NULL;
    return ERR_OK;
}

enum err
account_store_by_email(struct db *db, struct arena *a, struct str email_key,
    struct account_row *out)
{
    return row_get(db, a, sqls[SQL_BY_EMAIL], DB_STR(email_key), out);
}

enum err
account_store_password(struct db *db, struct arena *a, int64_t id, struct account_row *out)
{
    return row_get(db, a, sqls[SQL_PASSWORD], DB_I64(id), out);
}

enum err
account_store_get(struct db *db, struct arena *a, int64_t id, struct account *out)
{
    struct account_row row;
    enum err e = row_get(db, a, sqls[SQL_GET], DB_I64(id), &row);

    if (e == ERR_OK)
        *out = row.acc;
    return e;
}

/* Locked first and read then: what is read is what the last one has left. */
enum err
account_store_lock(struct db *db, struct arena *a, int64_t id, struct account *out)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_LOCK], v, NELEM(v), a, &r);

    return e == ERR_OK ? account_store_get(db, a, id, out) : e;
}

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
one_row(struct db *db, const char *sql, const struct db_val *v, size_t n)
{
    uint64_t rows = 0;
    enum err e = db_exec(db, sql, v, n, &rows);

    return e == ERR_OK && rows != 1 ? ERR_NOT_FOUND : e;
}

/* Set one text of an account. */
static enum err
set_text(struct db *db, const char *sql, int64_t id, struct str text, int64_t now_ms)
{
    const struct db_val v[] = {DB_STR(text), DB_I64(now_ms), DB_I64(id)};

    return one_row(db, sql, v, NELEM(v));
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
account_store_set_email(struct db *db, int64_t id, struct str email, struct str email_key,
    int64_t now_ms)
{
    const struct db_val v[] = {DB_STR(email), DB_STR(email_key), DB_I64(now_ms),
        DB_I64(now_ms), DB_I64(id)};

    return one_row(db, sqls[SQL_SET_EMAIL], v, NELEM(v));
}

enum err
account_store_verified(struct db *db, int64_t id, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(now_ms), DB_I64(id)};

    return one_row(db, sqls[SQL_VERIFIED], v, NELEM(v));
}

enum err
account_store_erase(struct db *db, int64_t id, struct str nobody, int64_t now_ms)
{
    const struct db_val v[] = {
        DB_STR(nobody), DB_STR(nobody), DB_I64(now_ms), DB_I64(now_ms), DB_I64(id)};

    return one_row(db, sqls[SQL_ERASE], v, NELEM(v));
}
