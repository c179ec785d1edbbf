/* The SQL of stock and its ledger.  Knows no rule but the bounds that a statement must
 * guard itself, because between a look and a write another buyer may come. */
#include "stock/stock_store.h"

#include "base/clock.h"
#include "base/rand.h"
#include "db/db_insert.h"

enum {
    SQL_ADD,
    SQL_ADD_MANY,
    SQL_CHANGE,
    SQL_MOVE,
    SQL_MOVE_MANY,
    SQL_AVAILABLE,
    SQL_LOCK,
    SQL_MOVES,
    SQL__MAX
};

#define MOVE_COLS 9

static const char *const sqls[SQL__MAX] = {
    [SQL_ADD] = "INSERT INTO stock (sku_id, available, version) VALUES (?, ?, 1)",
    [SQL_CHANGE] = "UPDATE stock SET available = available + ?, version = version + 1"
                   " WHERE sku_id = ? AND available + ? BETWEEN 0 AND ?",
    [SQL_MOVE] =
        "INSERT INTO stock_move (id, sku_id, kind, quantity, order_line_id, reason,"
        " actor, created_at, cause_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_ADD_MANY] = "INSERT INTO stock (sku_id, available, version) VALUES",
    [SQL_MOVE_MANY] = "INSERT INTO stock_move (id, sku_id, kind, quantity, order_line_id,"
                      " reason, actor, created_at, cause_id) VALUES",
    [SQL_AVAILABLE] = "SELECT available FROM stock WHERE sku_id = ?",
    [SQL_LOCK] = "SELECT available FROM stock WHERE sku_id = ? FOR UPDATE",
    [SQL_MOVES] = "SELECT m.id, m.quantity, m.created_at, m.kind, m.reason, m.actor,"
                  " o.id, o.number FROM stock_move m"
                  " LEFT JOIN order_line l ON l.id = m.order_line_id"
                  " LEFT JOIN orders o ON o.id = l.order_id"
                  " WHERE m.sku_id = ? ORDER BY m.created_at DESC, m.id DESC LIMIT ?",
};

enum err
stock_store_add(struct db *db, int64_t sku_id, int64_t available)
{
    const struct db_val v[] = {DB_I64(sku_id), DB_I64(available)};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
stock_store_add_many(struct db *db, struct arena *a, const int64_t *sku_id,
    const int64_t *quantity, size_t n)
{
    struct db_val *v = arena_calloc(a, n, 3 * sizeof(*v));
    size_t i;

    for (i = 0; i < n; i++) {
        v[i * 3] = DB_I64(sku_id[i]);
        v[i * 3 + 1] = DB_I64(quantity[i]);
        v[i * 3 + 2] = DB_I64(1);
    }
    return db_insert_rows(db, a, sqls[SQL_ADD_MANY], v, n, 3);
}

/* The values of one ledger row, in the order of the statements. */
static void
move_values(const struct stock_entry *m, int64_t now, struct db_val v[MOVE_COLS])
{
    v[0] = DB_I64(id_next());
    v[1] = DB_I64(m->sku_id);
    v[2] = DB_STR(str_c(m->kind));
    v[3] = DB_I64(m->quantity);
    v[4] = DB_ID(m->order_line_id);
    v[5] = DB_STR(m->reason);
    v[6] = DB_STR(str_c(m->actor));
    v[7] = DB_I64(now);
    v[8] = DB_I64(m->cause_id);
}

enum err
stock_store_move_many(
    struct db *db, struct arena *a, const struct stock_entry *m, size_t n)
{
    struct db_val *v = arena_calloc(a, n, MOVE_COLS * sizeof(*v));
    int64_t now = clock_ms();
    size_t i;

    for (i = 0; i < n; i++)
        move_values(&m[i], now, v + i * MOVE_COLS);
    return db_insert_rows(db, a, sqls[SQL_MOVE_MANY], v, n, MOVE_COLS);
}

enum err
stock_store_change(struct db *db, int64_t sku_id, int64_t delta, bool *changed)
{
    const struct db_val v[] = {
        DB_I64(delta), DB_I64(sku_id), DB_I64(delta), DB_I64(STOCK_MAX)};
    uint64_t rows = 0;
    enum err e;

    e = db_exec(db, sqls[SQL_CHANGE], v, NELEM(v), &rows);
    *changed = e == ERR_OK && rows == 1;
    return e;
}

enum err
stock_store_move(struct db *db, const struct stock_entry *m)
{
    struct db_val v[MOVE_COLS];

    move_values(m, clock_ms(), v);
    return db_exec(db, sqls[SQL_MOVE], v, NELEM(v), NULL);
}

enum err
stock_store_available(
    struct db *db, struct arena *a, int64_t sku_id, bool lock, int64_t *out)
{
    const struct db_val v[] = {DB_I64(sku_id)};
    struct db_rows r;
    enum err e;

    e = db_row(db, sqls[lock ? SQL_LOCK : SQL_AVAILABLE], v, NELEM(v), a, &r);
    if (e == ERR_OK)
        *out = db_i64(&r, 0, 0);
    return e;
}

enum err
stock_moves(struct db *db, struct arena *a, int64_t sku_id, size_t limit,
    struct stock_move **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(sku_id), DB_I64((int64_t)limit)};
    struct stock_move *m;
    struct db_rows r;
    enum err e;
    size_t i;

    if ((e = db_query(db, sqls[SQL_MOVES], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    m = arena_calloc(a, r.n, sizeof(*m));
    for (i = 0; i < r.n; i++) {
        m[i].id = db_i64(&r, i, 0);
        m[i].quantity = db_i64(&r, i, 1);
        m[i].created_at = db_i64(&r, i, 2);
        m[i].kind = db_str(&r, i, 3);
        m[i].reason = db_str(&r, i, 4);
        m[i].actor = db_str(&r, i, 5);
        m[i].order_id = db_i64(&r, i, 6);
        m[i].order_number = db_str(&r, i, 7);
    }
    *out = m;
    *n = r.n;
    return ERR_OK;
}
