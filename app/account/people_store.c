/* SQL of accounts as admins see them. */
#include "account/account_store.h"

#define COLS                                                                             \
    "SELECT id, email, name, role, created_at, verified_at, disabled_at, version,"       \
    " EXISTS (SELECT 1 FROM account_totp t WHERE t.account_id = account.id AND"          \
    " t.confirmed_at IS NOT NULL)"

static const char admins_sql[] =
    "SELECT id FROM account WHERE role = 'admin' AND disabled_at IS NULL AND erased_at IS NULL"
    " ORDER BY id FOR UPDATE";
static const char set_sql[] =
    "UPDATE account SET role = ?, disabled_at = ?, updated_at = ?, version = version + 1"
    " WHERE id = ?";

struct where {
    struct buf sql;
    struct db_val v[8];
    size_t n;
};

/* Only what is asked for stands in the statement, so that an index can be followed. */
static void
where_make(struct where *w, struct arena *a, const struct people_filter *f)
{
    buf_init_arena(&w->sql, a, 1000);
    w->n = 0;
    buf_c(&w->sql, " FROM account WHERE erased_at IS NULL");
    if (f->role.n > 0) {
        buf_c(&w->sql, " AND role = ?");
        w->v[w->n++] = DB_STR(f->role);
    }
    if (f->q.n > 0) {
        buf_c(&w->sql, " AND LEFT(email_key, CHAR_LENGTH(?)) = ?");
        w->v[w->n++] = DB_STR(f->q);
        w->v[w->n++] = DB_STR(f->q);
    }
}

static enum err
count(struct db *db, struct arena *a, const struct where *w, int64_t *total)
{
    struct db_rows r;
    enum err e = db_row(db,
        arena_printf(a, "SELECT COUNT(*)%.*s", STR_F(buf_view(&w->sql))).p, w->v, w->n, a, &r);

    if (e == ERR_OK)
        *total = db_i64(&r, 0, 0);
    return e;
}

enum err
people_store_list(struct db *db, struct arena *a, const struct people_filter *f,
    struct account **out, size_t *n, int64_t *total)
{
    struct where w;
    struct db_rows r;
    size_t i;
    enum err e;

    *total = -1;
    where_make(&w, a, f);
    if (!f->walk && (e = count(db, a, &w, total)) != ERR_OK)
        return e;
    if (f->walk && f->after > 0) {
        buf_c(&w.sql, " AND id < ?");
        w.v[w.n++] = DB_I64(f->after);
    }
    w.v[w.n++] = DB_I64(f->per_page);
    w.v[w.n++] = DB_I64(f->walk ? 0 : (f->page - 1) * f->per_page);
    e = db_query(db,
        arena_printf(a, COLS "%.*s ORDER BY id DESC LIMIT ? OFFSET ?",
            STR_F(buf_view(&w.sql)))
            .p,
        w.v, w.n, a, &r);
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
