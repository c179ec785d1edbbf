/* The outbox' rows. Decides nothing. */
#include "outbox/outbox_store.h"

#include "db/db_insert.h"

#define COLS 5
#define COUNT_MAX 100000

static const char insert_head[] =
    "INSERT INTO outbox (id, type, subject_id, created_at, data) VALUES";
static const char oldest_sql[] = "SELECT seq, id, type, subject_id, created_at, data"
                                 " FROM outbox ORDER BY seq LIMIT ?";
static const char drop_head[] = "DELETE FROM outbox WHERE seq IN ";
static const char trial_sql[] =
    "SELECT seq, until_seq, events, tries FROM relay_trial WHERE name = 'relay'";
static const char trial_set_sql[] = "UPDATE relay_trial SET seq = ?, until_seq = ?,"
                                    " events = ?, tries = ? WHERE name = 'relay'";
static const char trial_of_sql[] = "SELECT seq, tries FROM relay_trial WHERE name = ?";
static const char trial_put_sql[] =
    "INSERT INTO relay_trial (name, seq, until_seq, events, tries) VALUES (?, ?, ?, 1, ?)"
    " ON DUPLICATE KEY UPDATE seq = VALUES(seq), until_seq = VALUES(until_seq),"
    " tries = VALUES(tries)";
static const char count_sql[] =
    "SELECT COUNT(*) FROM (SELECT seq FROM outbox LIMIT ?) w";
static const char since_sql[] = "SELECT created_at FROM outbox ORDER BY seq LIMIT 1";

enum err
outbox_add_many(struct db *db, struct arena *a, const struct event *ev, size_t n)
{
    struct db_val *v = arena_calloc(a, n * COLS + 1, sizeof(*v)), *at = v;

    for (size_t i = 0; i < n; i++) {
        *at++ = DB_I64(ev[i].id);
        *at++ = DB_STR(ev[i].type);
        *at++ = DB_I64(ev[i].subject_id);
        *at++ = DB_I64(ev[i].at_ms);
        *at++ = DB_STRN(ev[i].data);
    }
    return db_insert_rows(db, a, insert_head, v, n, COLS);
}

enum err
outbox_add(struct db *db, int64_t id, const char *type, int64_t subject_id,
    struct str data, int64_t now)
{
    const struct event ev = {.id = id,
        .type = str_c(type),
        .subject_id = subject_id,
        .at_ms = now,
        .data = data};
    struct arena *a = arena_new(1024);
    enum err e = outbox_add_many(db, a, &ev, 1);

    arena_free(a);
    return e;
}

enum err
outbox_store_oldest(struct db *db, struct arena *a, int64_t limit, struct event **ev,
    int64_t **seq, size_t *n)
{
    const struct db_val v[] = {DB_I64(limit)};
    struct db_rows r;
    enum err e = db_query(db, oldest_sql, v, NELEM(v), a, &r);

    *n = 0;
    if (e != ERR_OK)
        return e;
    *ev = arena_calloc(a, r.n + 1, sizeof(**ev));
    *seq = arena_calloc(a, r.n + 1, sizeof(**seq));
    for (size_t i = 0; i < r.n; i++) {
        (*seq)[i] = db_i64(&r, i, 0);
        (*ev)[i] = (struct event){.id = db_i64(&r, i, 1),
            .type = db_str(&r, i, 2),
            .subject_id = db_i64(&r, i, 3),
            .at_ms = db_i64(&r, i, 4),
            .version = EVENT_VERSION,
            .data = db_str(&r, i, 5)};
    }
    *n = r.n;
    return ERR_OK;
}

enum err
outbox_store_drop(struct db *db, struct arena *a, const int64_t *seq, size_t n)
{
    struct db_val *id = arena_calloc(a, n, sizeof(*id)), *v;
    uint64_t rows = 0;
    size_t v_n;
    const char *sql;
    enum err e;

    for (size_t i = 0; i < n; i++)
        id[i] = DB_I64(seq[i]);
    sql = db_in_list(a, drop_head, id, n, "", &v, &v_n);
    if ((e = db_exec(db, sql, v, v_n, &rows)) != ERR_OK)
        return e;
    return rows == n ? ERR_OK : ERR_CONFLICT;
}

enum err
outbox_store_trial(struct db *db, struct arena *a, struct outbox_trial *out)
{
    struct db_rows r;
    enum err e = db_row(db, trial_sql, NULL, 0, a, &r);

    if (e == ERR_OK)
        *out = (struct outbox_trial){
            db_i64(&r, 0, 0), db_i64(&r, 0, 1), db_i64(&r, 0, 2), db_i64(&r, 0, 3)};
    return e;
}

enum err
outbox_store_trial_set(struct db *db, const struct outbox_trial *t)
{
    const struct db_val v[] = {
        DB_I64(t->seq), DB_I64(t->until_seq), DB_I64(t->events), DB_I64(t->tries)};

    return db_exec(db, trial_set_sql, v, NELEM(v), NULL);
}

static enum err
trial_put(struct db *db, const char *name, int64_t what, int64_t tries)
{
    const struct db_val v[] = {
        DB_STR(str_c(name)), DB_I64(what), DB_I64(what), DB_I64(tries)};

    return db_exec(db, trial_put_sql, v, NELEM(v), NULL);
}

enum err
trial_begin(
    struct db *db, struct arena *a, const char *name, int64_t what, int64_t *tries)
{
    const struct db_val v[] = {DB_STR(str_c(name))};
    struct db_rows r;
    enum err e = db_query(db, trial_of_sql, v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *tries = r.n > 0 && db_i64(&r, 0, 0) == what ? db_i64(&r, 0, 1) + 1 : 1;
    return trial_put(db, name, what, *tries);
}

enum err
trial_over(struct db *db, const char *name)
{
    return trial_put(db, name, 0, 0);
}

enum err
outbox_figures(struct db *db, struct arena *a, int64_t *waiting, int64_t *oldest_at)
{
    const struct db_val v[] = {DB_I64(COUNT_MAX)};
    struct db_rows r;
    enum err e = db_row(db, count_sql, v, NELEM(v), a, &r);

    *waiting = *oldest_at = 0;
    if (e != ERR_OK)
        return e;
    *waiting = db_i64(&r, 0, 0);
    e = db_row(db, since_sql, NULL, 0, a, &r);
    if (e == ERR_OK)
        *oldest_at = db_i64(&r, 0, 0);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}
