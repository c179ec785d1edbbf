/* Kept counts: two statements on the table tally, which migrations make. */
#include "db/tally.h"

#include "base/buf.h"

#define SQL_MAX 16384
#define GROUPS_MAX 32

static const char read_sql[] = "SELECT n FROM tally WHERE name = ?";
static const char keep_sql[] =
    "INSERT INTO tally (name, n, counted_at) VALUES (?, ?, ?)"
    " ON DUPLICATE KEY UPDATE n = VALUES(n), counted_at = VALUES(counted_at)";

static enum err
kept(struct db *db, struct arena *a, struct str name, int64_t *total)
{
    const struct db_val v[] = {DB_STR(name)};
    struct db_rows r;
    enum err e = db_row(db, read_sql, v, NELEM(v), a, &r);

    *total = e == ERR_OK ? db_i64(&r, 0, 0) : 0;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
counted(struct db *db, struct arena *a, const char *from, const struct db_val *v, size_t n,
    int64_t *total)
{
    struct db_rows r;
    struct buf sql;
    enum err e;

    buf_init_arena(&sql, a, SQL_MAX);
    buf_c(&sql, "SELECT COUNT(*) FROM (SELECT 1 ");
    buf_c(&sql, from);
    buf_c(&sql, " LIMIT ");
    buf_i64(&sql, TALLY_EXACT);
    buf_c(&sql, ") counted");
    if (sql.overflow)
        return ERR_TOO_LARGE;
    if ((e = db_row(db, buf_cstr(&sql), v, n, a, &r)) == ERR_OK)
        *total = db_i64(&r, 0, 0);
    return e;
}

enum err
tally_count(struct db *db, struct arena *a, const char *from, const struct db_val *v,
    size_t n, struct str name, int64_t *total)
{
    int64_t known = 0;
    enum err e = name.p != NULL ? kept(db, a, name, &known) : ERR_OK;

    if (e == ERR_OK && known < TALLY_EXACT)
        return counted(db, a, from, v, n, total);
    *total = known;
    return e;
}

struct groups {
    struct arena *a;
    struct str name[GROUPS_MAX];
    int64_t n[GROUPS_MAX];
    size_t used;
};

static enum err
group_add(void *arg, const struct db_val *row, size_t cols)
{
    struct groups *g = arg;

    if (cols != 2 || g->used == GROUPS_MAX)
        return ERR_INTERNAL;
    g->name[g->used] = arena_str(g->a, row[0].s);
    g->n[g->used++] = row[1].i;
    return ERR_OK;
}

static enum err
keep(struct db *db, struct arena *a, const char *name, struct str group, int64_t n,
    int64_t now_ms)
{
    const struct db_val v[] = {
        DB_STR(arena_printf(a, "%s:%.*s", name, STR_F(group))), DB_I64(n), DB_I64(now_ms)};

    return db_exec(db, keep_sql, v, NELEM(v), NULL);
}

enum err
tally_keep(
    struct db *db, struct arena *a, const struct tally_kind *kind, int64_t now_ms)
{
    struct groups g = {.a = a};
    int64_t sum = 0;
    size_t i;
    enum err e = db_each(db, kind->sql, NULL, 0, group_add, &g);

    for (i = 0; e == ERR_OK && i < g.used; i++) {
        e = keep(db, a, kind->name, g.name[i], g.n[i], now_ms);
        sum += g.n[i];
    }
    return e == ERR_OK ? keep(db, a, kind->name, STR(""), sum, now_ms) : e;
}
