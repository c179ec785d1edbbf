/* SKUs that sold down to few: told once, when they come there, and again only after there were
 * more. Found by the index of few pieces, beside the sales, whose rows it never locks. */
#include "base/rand.h"
#include "db/db_insert.h"
#include "outbox/outbox.h"
#include "stock/stock.h"

#define COLS 2
#define DATA_MAX 1000

/* What was never sold did not fall. Not EXISTS: that is made a list of all SKUs that were ever
 * sold, from all of the ledger; the LIMIT keeps it a look at the few SKUs' own movements. */
static const char fallen_sql[] =
    "SELECT s.sku_id, s.available, k.sku FROM stock s JOIN sku k ON k.id = s.sku_id"
    " LEFT JOIN low_stock l ON l.sku_id = s.sku_id"
    " WHERE s.low_available <= ? AND l.sku_id IS NULL AND (SELECT m.id FROM stock_move m"
    " WHERE m.sku_id = s.sku_id AND m.kind = 'sale' LIMIT 1) IS NOT NULL LIMIT ?";
static const char risen_sql[] = "SELECT l.sku_id FROM low_stock l JOIN stock s"
                                " ON s.sku_id = l.sku_id WHERE s.available > ? LIMIT ?";
static const char forget_head[] = "DELETE FROM low_stock WHERE sku_id IN ";
static const char add_head[] = "INSERT INTO low_stock (sku_id, told_at) VALUES";

struct telling {
    struct arena *a;
    int64_t few, now, limit, n;
};

static enum err
tell_tx(struct db *db, void *arg)
{
    struct telling *t = arg;
    const struct db_val v[] = {DB_I64(t->few), DB_I64(t->limit)};
    struct db_val *add;
    struct event *ev;
    struct db_rows r;
    enum err e;

    t->n = 0;
    e = db_query(db, fallen_sql, v, NELEM(v), t->a, &r);
    if (e != ERR_OK || r.n == 0)
        return e;
    add = arena_calloc(t->a, r.n * COLS, sizeof(*add));
    ev = arena_calloc(t->a, r.n, sizeof(*ev));
    for (size_t i = 0; i < r.n; i++) {
        struct buf b;

        buf_init_arena(&b, t->a, DATA_MAX);
        buf_c(&b, "{\"sku\":\"");
        buf_json(&b, db_str(&r, i, 2));
        buf_printf(&b, "\",\"available\":%lld}", (long long)db_i64(&r, i, 1));
        add[COLS * i] = DB_I64(db_i64(&r, i, 0));
        add[COLS * i + 1] = DB_I64(t->now);
        ev[i] = (struct event){.id = id_next(),
            .type = STR("stock.low"),
            .subject_id = db_i64(&r, i, 0),
            .at_ms = t->now,
            .data = buf_view(&b)};
    }
    /* ERR_CONFLICT: somebody beside us tells them. */
    e = db_insert_rows(db, t->a, add_head, add, r.n, COLS);
    if (e == ERR_OK)
        e = outbox_add_many(db, t->a, ev, r.n);
    t->n = (int64_t)r.n;
    return e;
}

static enum err
forget_risen(struct db *db, const struct telling *t)
{
    const struct db_val own[] = {DB_I64(t->few), DB_I64(t->limit)};
    struct db_val *id, *v;
    struct db_rows r;
    const char *sql;
    size_t v_n;
    enum err e = db_query(db, risen_sql, own, NELEM(own), t->a, &r);

    if (e != ERR_OK || r.n == 0)
        return e;
    id = arena_calloc(t->a, r.n, sizeof(*id));
    for (size_t i = 0; i < r.n; i++)
        id[i] = DB_I64(db_i64(&r, i, 0));
    sql = db_in_list(t->a, forget_head, id, r.n, "", &v, &v_n);
    return db_exec(db, sql, v, v_n, NULL);
}

enum err
stock_tell_low(struct db *db, struct arena *a, int64_t few, int64_t now, int64_t limit,
    int64_t *n)
{
    struct telling t = {.a = a, .few = few, .now = now, .limit = limit};
    enum err e;

    *n = 0;
    if (few < 1)
        return ERR_OK;
    e = forget_risen(db, &t);
    if (e == ERR_OK)
        e = db_tx(db, tell_tx, &t);
    *n = e == ERR_OK ? t.n : 0;
    return e;
}
