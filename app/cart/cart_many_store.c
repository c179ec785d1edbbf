/* Many carts in few statements. */
#include "cart/cart_store.h"

#include "db/db_insert.h"

/* Whatever the statistics say of carts that were made a moment ago: what is passed over in a
 * scan is locked, too. */
static const char lock_guests[] = "SELECT id, updated_at, guest_hash FROM cart"
                                  " FORCE INDEX (cart_guest) WHERE guest_hash IN ";
static const char lock_accounts[] = "SELECT id, updated_at, account_id FROM cart"
                                    " FORCE INDEX (cart_account) WHERE account_id IN ";
static const char new_head[] =
    "INSERT INTO cart (id, account_id, guest_hash, updated_at) VALUES";
static const char lines_head[] =
    "SELECT id, cart_id, sku_id, quantity FROM cart_item FORCE INDEX (cart_item_once)"
    " WHERE cart_id IN ";
static const char put_head[] =
    "INSERT INTO cart_item (id, cart_id, sku_id, quantity) VALUES";
static const char put_tail[] = " ON DUPLICATE KEY UPDATE quantity = VALUES(quantity)";
static const char touch_head[] = "UPDATE cart SET updated_at = ? WHERE id IN ";

static bool
same(const struct cart_row *c, const struct db_rows *r, size_t i)
{
    return c->account_id != 0 ? db_i64(r, i, 2) == c->account_id
                              : str_eq(db_str(r, i, 2), c->guest_hash);
}

/* The rows of those who are accounts, or of those who are not. */
static enum err
lock_kind(struct db *db, struct arena *a, bool accounts, struct cart_row *out, size_t n)
{
    struct db_val *who = arena_calloc(a, n, sizeof(*who)), *v;
    size_t i, k, v_n, n_who = 0;
    struct db_rows r;
    const char *sql;
    enum err e;

    for (i = 0; i < n; i++)
        if ((out[i].account_id != 0) == accounts)
            who[n_who++] = accounts ? DB_I64(out[i].account_id) : DB_STR(out[i].guest_hash);
    if (n_who == 0)
        return ERR_OK;
    sql = db_in_list(a, accounts ? lock_accounts : lock_guests, who, n_who, " FOR UPDATE", &v,
        &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    for (i = 0; i < n; i++)
        for (k = 0; k < r.n; k++)
            if ((out[i].account_id != 0) == accounts && same(&out[i], &r, k)) {
                out[i].id = db_i64(&r, k, 0);
                out[i].updated_at = db_i64(&r, k, 1);
            }
    return ERR_OK;
}

enum err
cart_store_lock_many(struct db *db, struct arena *a, const struct shopper *const *who,
    size_t n, struct cart_row *out)
{
    enum err e;

    for (size_t i = 0; i < n; i++)
        out[i] = (struct cart_row){.account_id = who[i]->account_id,
            .guest_hash = who[i]->account_id != 0 ? STR_NULL : who[i]->guest_hash};
    if ((e = lock_kind(db, a, false, out, n)) != ERR_OK)
        return e;
    return lock_kind(db, a, true, out, n);
}

enum err
cart_store_new_many(struct db *db, struct arena *a, const struct cart_row *c, size_t n)
{
    enum { COLS = 4 };
    struct db_val *v = arena_calloc(a, n * COLS + 1, sizeof(*v)), *at = v;

    for (size_t i = 0; i < n; i++) {
        *at++ = DB_I64(c[i].id);
        *at++ = DB_ID(c[i].account_id);
        *at++ = DB_STRN(c[i].guest_hash);
        *at++ = DB_I64(c[i].updated_at);
    }
    return db_insert_rows(db, a, new_head, v, n, COLS);
}

enum err
cart_store_lines_many(struct db *db, struct arena *a, const int64_t *cart_id, size_t n,
    struct cart_line **out, size_t *out_n)
{
    struct db_val *id = arena_calloc(a, n + 1, sizeof(*id)), *v;
    struct db_rows r;
    const char *sql;
    size_t i, v_n;
    enum err e;

    *out_n = 0;
    if (n == 0)
        return ERR_OK;
    for (i = 0; i < n; i++)
        id[i] = DB_I64(cart_id[i]);
    sql = db_in_list(a, lines_head, id, n, " ORDER BY id + 0", &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    *out = cart_lines_read(a, &r);
    *out_n = r.n;
    return ERR_OK;
}

/* A row that changes counts two; one that is new, or stays as it was, counts one. */
enum err
cart_store_put_many(
    struct db *db, struct arena *a, const struct cart_line *l, size_t n, size_t changed)
{
    enum { COLS = 4 };
    struct db_val *v = arena_calloc(a, n * COLS + 1, sizeof(*v)), *at = v;
    uint64_t rows = 0;
    enum err e;

    for (size_t i = 0; i < n; i++) {
        *at++ = DB_I64(l[i].id);
        *at++ = DB_I64(l[i].cart_id);
        *at++ = DB_I64(l[i].sku_id);
        *at++ = DB_I64(l[i].quantity);
    }
    e = db_upsert_rows(db, a, put_head, put_tail, v, n, COLS, &rows);
    return e == ERR_OK && rows != n + changed ? ERR_BUSY : e; /* one was removed beside us */
}

enum err
cart_store_touch_many(struct db *db, struct arena *a, const int64_t *cart_id, size_t n,
    int64_t now)
{
    struct db_val *id = arena_calloc(a, n + 1, sizeof(*id)), *in, *v;
    uint64_t rows = 0;
    const char *sql;
    size_t i, in_n;
    enum err e;

    if (n == 0)
        return ERR_OK;
    for (i = 0; i < n; i++)
        id[i] = DB_I64(cart_id[i]);
    sql = db_in_list(a, touch_head, id, n, "", &in, &in_n);
    v = arena_calloc(a, in_n + 1, sizeof(*v));
    v[0] = DB_I64(now);
    for (i = 0; i < in_n; i++)
        v[i + 1] = in[i];
    e = db_exec(db, sql, v, in_n + 1, &rows);
    if (e == ERR_OK && rows != n)
        return ERR_INTERNAL;
    return e;
}
