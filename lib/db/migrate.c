/* Applying migrations.  The server commits at every DDL statement, so a migration cannot
 * be one transaction: its row is written as 'started' before and 'done' after it, and a
 * row left at 'started' stops everything until a person has looked at the database. */
#include "db/migrate.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/migrate_priv.h"

#define LOCK_TRIES 150
#define LOCK_PAUSE_MS 200
#define ARENA_CHUNK (256 << 10)

enum {
    SQL_TABLE,
    SQL_HAS_TABLE,
    SQL_TABLES,
    SQL_LIST,
    SQL_START,
    SQL_DONE,
    SQL_UNDO,
    SQL_LOCK,
    SQL_UNLOCK,
    SQL_SHA,
    SQL__MAX
};

#define LOCK_NAME "CONCAT('migrate:', LEFT(SHA2(DATABASE(), 256), 40))"

static const char *const sqls[SQL__MAX] = {
    [SQL_TABLE] = "CREATE TABLE IF NOT EXISTS schema_migration ("
                  "version INT NOT NULL PRIMARY KEY, name VARCHAR(120) NOT NULL,"
                  " sha256 CHAR(64) NOT NULL, state VARCHAR(10) NOT NULL,"
                  " applied_at BIGINT NOT NULL)",
    [SQL_HAS_TABLE] =
        "SELECT COUNT(*) FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_name = 'schema_migration'",
    [SQL_TABLES] = "SELECT COUNT(*) FROM information_schema.tables"
                   " WHERE table_schema = DATABASE()",
    [SQL_LIST] =
        "SELECT version, name, sha256, state FROM schema_migration ORDER BY version",
    [SQL_START] =
        "INSERT INTO schema_migration (version, name, sha256, state, applied_at)"
        " VALUES (?, ?, ?, 'started', ?)",
    [SQL_DONE] = "UPDATE schema_migration SET state = 'done', applied_at = ?"
                 " WHERE version = ? AND state = 'started'",
    [SQL_UNDO] = "DELETE FROM schema_migration WHERE version = ? AND state = 'started'",
    [SQL_LOCK] = "SELECT GET_LOCK(" LOCK_NAME ", 0)",
    [SQL_UNLOCK] = "SELECT RELEASE_LOCK(" LOCK_NAME ")",
    /* The server computes it: lib/db has no hash of its own, and needs none. */
    [SQL_SHA] = "SELECT SHA2(?, 256)",
};

struct run {
    struct db *db;
    struct arena *a;
    struct migration *list;
    size_t n;
    char *msg;
    size_t msg_n;
};

/* Say why in one line, once: an earlier line knows better. */
#define SAY(r, ...)                                                                      \
    ((r)->msg[0] == '\0' ? snprintf((r)->msg, (r)->msg_n, __VA_ARGS__) : 0)

static enum err
run_open(struct run *r, struct db *db, const char *dir, char *msg, size_t msg_n)
{
    enum err e;

    *r = (struct run){.db = db, .msg = msg, .msg_n = msg_n};
    msg[0] = '\0';
    r->a = arena_new(ARENA_CHUNK);
    e = migrations_read(r->a, dir, &r->list, &r->n, msg, msg_n);
    for (size_t i = 0; e == ERR_OK && i < r->n; i++) {
        const struct db_val v[] = {DB_STR(r->list[i].text)};
        struct db_rows rows;

        e = db_row(db, sqls[SQL_SHA], v, NELEM(v), r->a, &rows);
        if (e == ERR_OK)
            r->list[i].sha256 = db_str(&rows, 0, 0);
    }
    return e;
}

static enum err
run_end(struct run *r, enum err e)
{
    if (e != ERR_OK)
        SAY(r, "the database refused a statement of the migration: the log says which");
    arena_free(r->a);
    return e;
}

/* One recorded row against the file of the same place. */
static enum err
row_check(struct run *r, const struct db_rows *rows, size_t i)
{
    int64_t version = db_i64(rows, i, 0);
    struct str name = db_str(rows, i, 1);

    if (version > (int64_t)r->n)
        SAY(r,
            "the database is at version %lld, this program knows %zu: run a newer "
            "program",
            (long long)db_i64(rows, rows->n - 1, 0), r->n);
    else if (version != (int64_t)i + 1)
        SAY(r,
            "migration %zu is missing from schema_migration, %lld is there: restore the"
            " database from a backup",
            i + 1, (long long)version);
    else if (!str_eq_c(db_str(rows, i, 3), "done"))
        SAY(r,
            "migration %lld (%.*s) was started and never finished: restore the database"
            " from a backup, or finish it by hand and set its state to 'done'",
            (long long)version, STR_F(name));
    else if (!str_eq(name, r->list[i].name) ||
             !str_eq(db_str(rows, i, 2), r->list[i].sha256))
        SAY(r,
            "migration %lld (%.*s) changed after it was applied: put its old text back"
            " and write the change as a new migration",
            (long long)version, STR_F(name));
    else
        return ERR_OK;
    return ERR_CONFLICT;
}

/* Everything recorded must be as the files say; *done counts it. */
static enum err
recorded_check(struct run *r, size_t *done)
{
    struct db_rows rows;
    enum err e = db_query(r->db, sqls[SQL_LIST], NULL, 0, r->a, &rows);

    for (size_t i = 0; e == ERR_OK && i < rows.n; i++)
        e = row_check(r, &rows, i);
    *done = rows.n;
    return e;
}

/* Without a wait in the server: the statement time limit would cut it. */
static enum err
lock_take(struct run *r)
{
    struct db_rows rows;
    enum err e;

    for (int i = 0; i < LOCK_TRIES; i++) {
        if ((e = db_row(r->db, sqls[SQL_LOCK], NULL, 0, r->a, &rows)) != ERR_OK)
            return e;
        if (db_i64(&rows, 0, 0) == 1)
            return ERR_OK;
        clock_sleep_ms(LOCK_PAUSE_MS);
    }
    SAY(r, "another program is migrating this database: wait for it and try again");
    return ERR_BUSY;
}

static void
lock_give(struct run *r)
{
    struct db_rows rows;

    /* A connection that dies gives the lock back by itself. */
    if (db_row(r->db, sqls[SQL_UNLOCK], NULL, 0, r->a, &rows) != ERR_OK)
        log_warn("db", "migration lock not released");
}

static enum err
one_row(struct run *r, int sql, const struct db_val *v, size_t n)
{
    uint64_t rows;
    enum err e = db_exec(r->db, sqls[sql], v, n, &rows);

    return e == ERR_OK && rows != 1 ? ERR_INTERNAL : e;
}

static enum err
script_failed(struct run *r, const struct migration *m, enum err e, unsigned at,
    bool server, const char *text)
{
    const struct db_val v[] = {DB_I64(m->version)};

    /* Refused at its first statement nothing has happened yet: it may be run again. */
    if (at == 0 && server && one_row(r, SQL_UNDO, v, NELEM(v)) != ERR_OK)
        log_error("db", "migration %lld stays marked as started", (long long)m->version);
    SAY(r, "%.*s failed at statement %u: %s", STR_F(m->name), at + 1, text);
    return e;
}

static enum err
apply(struct run *r, const struct migration *m)
{
    const struct db_val start[] = {
        DB_I64(m->version), DB_STR(m->name), DB_STR(m->sha256), DB_I64(clock_ms())};
    char text[512];
    bool server;
    unsigned at;
    enum err e;

    if ((e = one_row(r, SQL_START, start, NELEM(start))) != ERR_OK)
        return e;
    e = db_script_run(r->db, m->text, &at, &server, text, sizeof(text));
    if (e != ERR_OK)
        return script_failed(r, m, e, at, server, text);
    const struct db_val done[] = {DB_I64(clock_ms()), DB_I64(m->version)};
    return one_row(r, SQL_DONE, done, NELEM(done));
}

/* Is there a record of migrations? Without one there must be nothing else either. */
static enum err
recorded_any(struct run *r, bool *any)
{
    struct db_rows rows;
    enum err e = db_row(r->db, sqls[SQL_HAS_TABLE], NULL, 0, r->a, &rows);

    *any = e == ERR_OK && db_i64(&rows, 0, 0) != 0;
    if (e != ERR_OK || *any)
        return e;
    e = db_row(r->db, sqls[SQL_TABLES], NULL, 0, r->a, &rows);
    if (e != ERR_OK || db_i64(&rows, 0, 0) == 0)
        return e;
    SAY(r, "the database has tables and no record of migrations: it is another program's, or"
           " was restored in part: give an empty one, or restore it whole");
    return ERR_CONFLICT;
}

static enum err
apply_missing(struct run *r, int *applied, void (*say)(const char *line))
{
    char line[160];
    size_t done = 0;
    bool any;
    enum err e = recorded_any(r, &any);

    if (e == ERR_OK && !any)
        e = db_exec(r->db, sqls[SQL_TABLE], NULL, 0, NULL);
    if (e == ERR_OK)
        e = recorded_check(r, &done);
    for (size_t i = done; e == ERR_OK && i < r->n; i++) {
        if ((e = apply(r, &r->list[i])) != ERR_OK)
            break;
        (*applied)++;
        (void)snprintf(line, sizeof(line), "migrated: %.*s", STR_F(r->list[i].name));
        if (say != NULL)
            say(line);
    }
    return e;
}

enum err
migrate_run(struct db *db, const char *dir, int *applied, void (*say)(const char *line),
    char *msg, size_t msg_n)
{
    struct run r;
    enum err e;

    *applied = 0;
    e = run_open(&r, db, dir, msg, msg_n);
    if (e == ERR_OK && (e = lock_take(&r)) == ERR_OK) {
        e = apply_missing(&r, applied, say);
        lock_give(&r);
    }
    return run_end(&r, e);
}

enum err
migrate_check(struct db *db, const char *dir, char *msg, size_t msg_n)
{
    size_t done = 0;
    bool any = false;
    struct run r;
    enum err e;

    e = run_open(&r, db, dir, msg, msg_n);
    if (e == ERR_OK)
        e = recorded_any(&r, &any);
    if (e == ERR_OK && any)
        e = recorded_check(&r, &done);
    if (e == ERR_OK && done < r.n) {
        SAY(&r,
            "the database is at version %zu, this program needs %zu: run the migrations",
            done, r.n);
        e = ERR_CONFLICT;
    }
    return run_end(&r, e);
}

enum err
migrate_known(const char *dir, size_t *n, char *msg, size_t msg_n)
{
    struct arena *a = arena_new(ARENA_CHUNK);
    struct migration *list;
    enum err e = migrations_read(a, dir, &list, n, msg, msg_n);

    arena_free(a);
    return e;
}
