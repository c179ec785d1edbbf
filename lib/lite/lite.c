/* SQLite, used by one thread at a time. Knows nothing of what is kept in it. */
#include "lite/lite.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/combine.h"
#include "base/log.h"

#define KEPT_MAX 32
#define BUSY_MS 2000
#define TOGETHER_MAX 32
#define LINGER_US 500

struct lite {
    sqlite3 *db;
    struct combine *txs;
    struct kept {
        const char *sql;
        sqlite3_stmt *st;
    } kept[KEPT_MAX];
    size_t kept_n;
};

static enum err
failed(struct lite *l, const char *what)
{
    switch (sqlite3_extended_errcode(l->db)) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID:
        return ERR_CONFLICT;
    case SQLITE_CONSTRAINT_CHECK:
        return ERR_INVALID;
    case SQLITE_BUSY:
        return ERR_BUSY;
    default:
        break;
    }
    log_error("lite", "event=failed what=\"%.120s\" why=\"%s\"", what, sqlite3_errmsg(l->db));
    return ERR_UPSTREAM;
}

static enum err
script(struct lite *l, const char *sql)
{
    return sqlite3_exec(l->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : failed(l, sql);
}

static void run_txs(void *arg, void *const *job, size_t n);

enum err
lite_open(struct lite **out, const char *path, const char *schema)
{
    struct lite *l = calloc(1, sizeof(*l));
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    enum err e;

    if (l == NULL)
        abort();
    l->txs = combine_new(TOGETHER_MAX, LINGER_US, run_txs, l);
    if (sqlite3_open_v2(path, &l->db, flags, NULL) != SQLITE_OK) {
        log_error("lite", "event=failed file=%s why=\"%s\"", path, sqlite3_errmsg(l->db));
        lite_close(l);
        return ERR_UPSTREAM;
    }
    (void)sqlite3_extended_result_codes(l->db, 1);
    (void)sqlite3_busy_timeout(l->db, BUSY_MS);
    e = script(l, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                  " PRAGMA foreign_keys = ON;");
    if (e == ERR_OK)
        e = script(l, schema);
    if (e != ERR_OK) {
        lite_close(l);
        return e;
    }
    *out = l;
    return ERR_OK;
}

void
lite_close(struct lite *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->kept_n; i++)
        (void)sqlite3_finalize(l->kept[i].st);
    (void)sqlite3_close(l->db);
    combine_free(l->txs);
    free(l);
}

enum err
lite_copy(const char *path, const char *copy)
{
    struct lite l = {.db = NULL};
    sqlite3_stmt *st = NULL;
    enum err e = ERR_NOT_FOUND;

    if (access(path, F_OK) != 0)
        return e;
    if (sqlite3_open_v2(path, &l.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)
            == SQLITE_OK
        && sqlite3_busy_timeout(l.db, BUSY_MS) == SQLITE_OK
        && sqlite3_prepare_v2(l.db, "VACUUM INTO ?", -1, &st, NULL) == SQLITE_OK
        && sqlite3_bind_text(st, 1, copy, -1, SQLITE_STATIC) == SQLITE_OK
        && sqlite3_step(st) == SQLITE_DONE)
        e = ERR_OK;
    else
        e = failed(&l, "copy");
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(l.db);
    return e;
}

static enum err
statement(struct lite *l, const char *sql, sqlite3_stmt **st)
{
    for (size_t i = 0; i < l->kept_n; i++)
        if (l->kept[i].sql == sql) {
            *st = l->kept[i].st;
            return ERR_OK;
        }
    if (l->kept_n == KEPT_MAX) /* a program has fewer statements than that */
        return ERR_INTERNAL;
    if (sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK)
        return failed(l, sql);
    l->kept[l->kept_n++] = (struct kept){sql, *st};
    return ERR_OK;
}

static enum err
bind(struct lite *l, sqlite3_stmt *st, const struct lite_val *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int at = (int)i + 1, rc;

        if (v[i].t == LITE_I64)
            rc = sqlite3_bind_int64(st, at, v[i].i);
        else if (v[i].t == LITE_STR)
            rc = sqlite3_bind_text64(
                st, at, v[i].s.p, v[i].s.n, SQLITE_STATIC, SQLITE_UTF8);
        else
            rc = sqlite3_bind_null(st, at);
        if (rc != SQLITE_OK)
            return failed(l, "bind");
    }
    return ERR_OK;
}

static struct lite_val
cell(sqlite3_stmt *st, int col, struct arena *a)
{
    switch (sqlite3_column_type(st, col)) {
    case SQLITE_NULL:
        return (struct lite_val){.t = LITE_NULL};
    case SQLITE_INTEGER:
        return LITE_INT(sqlite3_column_int64(st, col));
    default: {
        /* The text first: asking for its length then does not convert it again. */
        const unsigned char *p = sqlite3_column_text(st, col);
        struct str s = {(const char *)p, (size_t)sqlite3_column_bytes(st, col)};

        return LITE_TEXT(arena_str(a, s));
    }
    }
}

static void
keep_row(sqlite3_stmt *st, struct arena *a, struct lite_rows *r, size_t *cap)
{
    if (r->n == *cap) {
        size_t more = *cap == 0 ? 4 : *cap * 4;
        struct lite_val *v = arena_calloc(a, more * r->cols, sizeof(*v));

        if (r->n > 0)
            memcpy(v, r->v, r->n * r->cols * sizeof(*v));
        r->v = v;
        *cap = more;
    }
    for (size_t c = 0; c < r->cols; c++)
        r->v[r->n * r->cols + c] = cell(st, (int)c, a);
    r->n++;
}

/* Run it to its end; its rows when `out`. */
static enum err
run(struct lite *l, const char *sql, const struct lite_val *v, size_t n, struct arena *a,
    struct lite_rows *out)
{
    sqlite3_stmt *st;
    size_t cap = 0;
    enum err e = statement(l, sql, &st);
    int rc;

    if (e != ERR_OK)
        return e;
    if ((e = bind(l, st, v, n)) == ERR_OK) {
        if (out != NULL)
            *out = (struct lite_rows){.cols = (size_t)sqlite3_column_count(st)};
        while ((rc = sqlite3_step(st)) == SQLITE_ROW)
            if (out != NULL && out->n < LITE_ROWS_MAX)
                keep_row(st, a, out, &cap);
        if (rc != SQLITE_DONE)
            e = failed(l, sql);
    }
    (void)sqlite3_reset(st);
    (void)sqlite3_clear_bindings(st);
    return e;
}

enum err
lite_exec(struct lite *l, const char *sql, const struct lite_val *v, size_t n, int64_t *changes)
{
    enum err e = run(l, sql, v, n, NULL, NULL);

    if (changes != NULL)
        *changes = e == ERR_OK ? sqlite3_changes64(l->db) : 0;
    return e;
}

enum err
lite_query(struct lite *l, const char *sql, const struct lite_val *v, size_t n,
    struct arena *a, struct lite_rows *out)
{
    return run(l, sql, v, n, a, out);
}

/* --- transactions --- */

/* A caller's, while it waits. */
struct tx {
    enum err (*fn)(struct lite *l, void *arg);
    void *arg;
    enum err e;
};

static const char begin_sql[] = "BEGIN IMMEDIATE", commit_sql[] = "COMMIT",
                  save_sql[] = "SAVEPOINT one", keep_sql[] = "RELEASE one",
                  undo_sql[] = "ROLLBACK TO one";

static enum err
say(struct lite *l, const char *sql)
{
    return lite_exec(l, sql, NULL, 0, NULL);
}

/* One of several: what it did before it failed is undone, the others' work stays. */
static void
run_one(struct lite *l, struct tx *t)
{
    if ((t->e = say(l, save_sql)) != ERR_OK)
        return;
    t->e = t->fn(l, t->arg);
    if (t->e != ERR_OK && say(l, undo_sql) != ERR_OK)
        return;
    if (say(l, keep_sql) != ERR_OK && t->e == ERR_OK)
        t->e = ERR_UPSTREAM;
}

/* All that wait, as one: a commit costs as much as what is written in one of them. */
static void
run_txs(void *arg, void *const *job, size_t n)
{
    struct lite *l = arg;
    enum err e = say(l, begin_sql);

    for (size_t i = 0; i < n; i++) {
        struct tx *t = job[i];

        /* Some failures, a full disk, end the whole transaction by themselves. */
        if (e == ERR_OK && sqlite3_get_autocommit(l->db) != 0)
            e = ERR_UPSTREAM;
        if (e == ERR_OK && n > 1)
            run_one(l, t);
        else
            t->e = e == ERR_OK ? t->fn(l, t->arg) : e;
    }
    if (e == ERR_OK && sqlite3_get_autocommit(l->db) != 0)
        e = ERR_UPSTREAM;
    if (e == ERR_OK && (n > 1 || ((struct tx *)job[0])->e == ERR_OK))
        e = say(l, commit_sql);
    if (sqlite3_get_autocommit(l->db) == 0)
        (void)script(l, "ROLLBACK");
    for (size_t i = 0; i < n && e != ERR_OK; i++)
        if (((struct tx *)job[i])->e == ERR_OK)
            ((struct tx *)job[i])->e = e;
}

enum err
lite_tx(struct lite *l, enum err (*fn)(struct lite *l, void *arg), void *arg)
{
    struct tx t = {.fn = fn, .arg = arg};

    combine_run(l->txs, &t);
    return t.e;
}

int64_t
lite_i64(const struct lite_rows *r, size_t row, size_t col)
{
    return r->v[row * r->cols + col].i;
}

struct str
lite_str(const struct lite_rows *r, size_t row, size_t col)
{
    const struct lite_val *v = &r->v[row * r->cols + col];

    return v->t == LITE_STR ? v->s : STR_NULL;
}
