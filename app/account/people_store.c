/* SQL of accounts as admins see them. */
#include "account/account_store.h"
#include "base/buf.h"

#define SQL_MAX 1024

#define WHERE_MAX 4

const struct tally_kind people_tally = {"account",
    "SELECT role, COUNT(*) FROM account WHERE erased_at IS NULL GROUP BY role"};

static const char list_head[] = "SELECT id, email, name, role, created_at, verified_at,"
                                " disabled_at, version, EXISTS (SELECT 1 FROM account_totp t"
                                " WHERE t.account_id = account.id AND t.confirmed_at IS NOT"
                                " NULL) FROM account WHERE erased_at IS NULL";
static const char count_head[] = "FROM account WHERE erased_at IS NULL";
static const char admins_sql[] =
    "SELECT id FROM account WHERE role = 'admin' AND disabled_at IS NULL AND erased_at IS NULL"
    " ORDER BY id FOR UPDATE";
static const char set_sql[] =
    "UPDATE account SET role = ?, disabled_at = ?, updated_at = ?, version = version + 1"
    " WHERE id = ?";

/* Only what is asked for stands in the condition: one for all would have no index. */
static size_t
where_make(struct buf *sql, struct arena *a, const struct people_filter *f, struct db_val *v)
{
    size_t n = 0;

    if (f->role.n > 0) {
        buf_c(sql, " AND role = ?");
        v[n++] = DB_STR(f->role);
    }
    if (f->q.n > 0) {
        buf_c(sql, " AND email_key LIKE ?");
        v[n++] = DB_STR(db_like_prefix(a, f->q));
    }
    return n;
}

static enum err
count(struct db *db, struct arena *a, const struct people_filter *f, int64_t *total)
{
    struct db_val v[WHERE_MAX];
    struct buf sql;
    size_t n;

    buf_init_arena(&sql, a, SQL_MAX);
    buf_c(&sql, count_head);
    n = where_make(&sql, a, f, v);
    return tally_count(db, a, buf_cstr(&sql), v, n,
        f->q.n > 0 ? STR_NULL : arena_printf(a, "account:%.*s", STR_F(f->role)), total);
}

enum err
people_store_list(struct db *db, struct arena *a, const struct people_filter *f,
    struct account **out, size_t *n, int64_t *total)
{
    struct db_val v[WHERE_MAX];
    struct db_rows r;
    struct buf sql;
    size_t i, v_n;
    enum err e;

    if ((e = count(db, a, f, total)) != ERR_OK)
        return e;
    buf_init_arena(&sql, a, SQL_MAX);
    buf_c(&sql, list_head);
    v_n = where_make(&sql, a, f, v);
    buf_c(&sql, " ORDER BY id DESC LIMIT ? OFFSET ?");
    v[v_n++] = DB_I64(f->per_page);
    v[v_n++] = DB_I64((f->page - 1) * f->per_page);
    if ((e = db_query(db, buf_cstr(&sql), v, v_n, a, &r)) != ERR_OK)
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
