/* SQL of accounts as admins see them. */
#include "account/account_store.h"

#define WHERE                                                                            \
    " WHERE erased_at IS NULL AND (? = '' OR role = ?)"                                  \
    " AND (? = '' OR LEFT(email_key, CHAR_LENGTH(?)) = ?)"
#define WHERE_N 5

/* A walk goes on below the last id seen; without one OFFSET counts the pages before. */
static const char list_sql[] = "SELECT id, email, name, role, created_at, verified_at,"
                               " disabled_at, version, EXISTS (SELECT 1 FROM account_totp t"
                               " WHERE t.account_id = account.id AND t.confirmed_at IS NOT"
                               " NULL) FROM account" WHERE " AND id < ?"
                               " ORDER BY id DESC LIMIT ? OFFSET ?";
static const char count_sql[] = "SELECT COUNT(*) FROM account" WHERE;
static const char admins_sql[] =
    "SELECT id FROM account WHERE role = 'admin' AND disabled_at IS NULL AND erased_at IS NULL"
    " ORDER BY id FOR UPDATE";
static const char set_sql[] =
    "UPDATE account SET role = ?, disabled_at = ?, updated_at = ?, version = version + 1"
    " WHERE id = ?";

enum err
people_store_list(struct db *db, struct arena *a, const struct people_filter *f,
    struct account **out, size_t *n, int64_t *total)
{
    struct str role = f->role.p != NULL ? f->role : STR(""), q = f->q.p != NULL ? f->q : STR("");
    const struct db_val v[] = {DB_STR(role), DB_STR(role), DB_STR(q), DB_STR(q), DB_STR(q),
        DB_I64(f->walk && f->after > 0 ? f->after : INT64_MAX), DB_I64(f->per_page),
        DB_I64(f->walk ? 0 : (f->page - 1) * f->per_page)};
    struct db_rows r, count;
    size_t i;
    enum err e = db_query(db, list_sql, v, NELEM(v), a, &r);

    *total = -1;
    if (e == ERR_OK && !f->walk && (e = db_row(db, count_sql, v, WHERE_N, a, &count)) == ERR_OK)
        *total = db_i64(&count, 0, 0);
    if (e != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (i = 0; i < r.n; i++)
        (*out)[i] = (struct account){
            .id = db_i64(&r, i, 0),
            .email = db_str(&r, i, 1),
            .name = db_str(&r, i, 2),
            .role = db_str(&r, i, 3),
            .created_at = db_i64(&r, i, 4),
            .verified_at = db_i64(&r, i, 5),
            .disabled_at = db_i64(&r, i, 6),
            .version = db_i64(&r, i, 7),
            .totp = db_i64(&r, i, 8) != 0,
        };
    *n = r.n;
    return ERR_OK;
}

enum err
people_store_last_admin(struct db *db, struct arena *a, int64_t id, bool *last)
{
    struct db_rows r;
    enum err e = db_query(db, admins_sql, NULL, 0, a, &r);

    if (e == ERR_OK)
        *last = r.n == 1 && db_i64(&r, 0, 0) == id;
    return e;
}

enum err
people_store_set(struct db *db, const struct account *acc, int64_t now_ms)
{
    const struct db_val v[] = {
        DB_STR(acc->role), DB_ID(acc->disabled_at), DB_I64(now_ms), DB_I64(acc->id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, set_sql, v, NELEM(v), &rows);

    return e == ERR_OK && rows != 1 ? ERR_NOT_FOUND : e;
}
