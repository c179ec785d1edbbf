/* Running statements and reading their results: integers as int64, everything else as
 * bytes, copied into the caller's arena. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db_priv.h"

#define RESULT_BYTES_MAX (256UL << 20)
#define EACH_CHUNK (64 << 10)

/* What a call on the statement met. A failure among the rows (a deadlock, a lock wait, a
 * lost connection) is noted by the library on the connection alone. */
static enum err
result_fail(struct db *db, struct db_stmt *s)
{
    if (mysql_stmt_errno(s->st) != 0)
        return db_fail(db, mysql_stmt_errno(s->st), mysql_stmt_error(s->st), s->sql);
    return db_fail(db, mysql_errno(db->my), mysql_error(db->my), s->sql);
}

/* Rows nobody asked for are read all the same: the statement may still fail among them.
 */
static enum err
rows_pass(struct db *db, struct db_stmt *s)
{
    if (mysql_stmt_field_count(s->st) == 0 || mysql_stmt_store_result(s->st) == 0)
        return ERR_OK;
    return result_fail(db, s);
}

static void
db_took(const struct db *db, int64_t since_us)
{
    int64_t us = clock_mono_us() - since_us;

    trace_add(TRACE_DB, us);
    db_tell(db, DB_TOLD_STATEMENT, us);
}

enum err
db_exec(struct db *db, const char *sql, const struct db_val *v, size_t n, uint64_t *rows)
{
    int64_t t0 = clock_mono_us();
    struct db_stmt *s;
    enum err e = db_stmt_run(db, sql, v, n, &s);

    if (e == ERR_OK) {
        e = rows_pass(db, s);
        if (rows != NULL)
            *rows = mysql_stmt_affected_rows(s->st);
        db_stmt_end(db, s);
    }
    db_took(db, t0);
    return e;
}

static enum db_col_kind
col_kind(const MYSQL_FIELD *f)
{
    switch ((int)f->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
        return COL_INT;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
        return f->decimals == 0 ? COL_DECIMAL : COL_BYTES;
    default:
        return COL_BYTES;
    }
}

static void
col_bind(struct db_col *c, MYSQL_BIND *b, const MYSQL_FIELD *f)
{
    c->kind = col_kind(f);
    c->is_unsigned = (f->flags & UNSIGNED_FLAG) != 0;
    c->i = 0;
    memset(b, 0, sizeof(*b));
    b->is_null = &c->null;
    b->error = &c->cut;
    b->length = &c->n;
    if (c->kind == COL_INT) {
        b->buffer_type = MYSQL_TYPE_LONGLONG;
        b->buffer = &c->i;
        b->buffer_length = sizeof(c->i);
        b->is_unsigned = c->is_unsigned;
        return;
    }
    b->buffer_type = MYSQL_TYPE_STRING;
    b->buffer = c->small;
    b->buffer_length = sizeof(c->small);
}

static struct db_col *
col_at(const struct db *db, size_t i)
{
    return &db->col[i / DB_COLS][i % DB_COLS];
}

static void
cols_reserve(struct db *db, size_t n)
{
    while (db->col_cap < n) {
        size_t blocks = db->col_cap / DB_COLS;

        db->col = db_realloc(db->col, blocks + 1, sizeof(*db->col));
        db->col[blocks] = db_realloc(NULL, DB_COLS, sizeof(*db->col[blocks]));
        db->col_cap += DB_COLS;
        db->res = db_realloc(db->res, db->col_cap, sizeof(*db->res));
    }
}

/* At each run: the server may have prepared the statement anew over a changed table. */
static enum err
cols_bind(struct db *db, struct db_stmt *s, size_t *cols)
{
    MYSQL_RES *meta = mysql_stmt_result_metadata(s->st);
    size_t n = mysql_stmt_field_count(s->st);

    if (meta == NULL || n == 0) {
        if (meta != NULL)
            mysql_free_result(meta);
        log_error("db", "no result: statement=\"%.600s\"", s->sql);
        return ERR_INTERNAL;
    }
    cols_reserve(db, n);
    for (size_t i = 0; i < n; i++)
        col_bind(col_at(db, i), &db->res[i], mysql_fetch_field_direct(meta, (unsigned)i));
    mysql_free_result(meta);
    *cols = n;
    if (mysql_stmt_bind_result(s->st, db->res) != 0)
        return result_fail(db, s);
    return ERR_OK;
}

static enum err
out_of_range(struct db_stmt *s, size_t i)
{
    log_error("db", "column %zu does not fit 64 bits: statement=\"%.600s\"", i, s->sql);
    return ERR_INTERNAL;
}

static enum err
bytes_read(struct db *db, struct db_stmt *s, size_t i, struct arena *a, struct str *out)
{
    struct db_col *c = col_at(db, i);
    char *p = arena_alloc(a, c->n + 1);
    MYSQL_BIND b = {.buffer_type = MYSQL_TYPE_STRING, .buffer = p, .buffer_length = c->n};

    if (c->n <= sizeof(c->small))
        memcpy(p, c->small, c->n);
    else if (mysql_stmt_fetch_column(s->st, &b, (unsigned)i, 0) != 0)
        return result_fail(db, s);
    p[c->n] = '\0';
    *out = (struct str){p, c->n};
    return ERR_OK;
}

static enum err
cell_read(struct db *db, struct db_stmt *s, size_t i, struct arena *a, struct db_val *v)
{
    struct db_col *c = col_at(db, i);
    enum err e;

    *v = DB_NULL;
    if (c->null)
        return ERR_OK;
    if (c->kind == COL_INT) {
        *v = DB_I64(c->i);
        return c->is_unsigned && c->i < 0 ? out_of_range(s, i) : ERR_OK;
    }
    v->t = DBT_STR;
    if ((e = bytes_read(db, s, i, a, &v->s)) != ERR_OK || c->kind == COL_BYTES)
        return e;
    v->t = DBT_I64;
    return str_i64(v->s, &v->i) ? ERR_OK : out_of_range(s, i);
}

/* The next row into row[cols]; *end instead when there is none. */
static enum err
row_next(struct db *db, struct db_stmt *s, size_t cols, struct arena *a,
    struct db_val *row, bool *end)
{
    int rc = mysql_stmt_fetch(s->st);
    enum err e;

    *end = rc == MYSQL_NO_DATA;
    if (*end)
        return ERR_OK;
    if (rc != 0 && rc != MYSQL_DATA_TRUNCATED)
        return result_fail(db, s);
    for (size_t i = 0; i < cols; i++)
        if ((e = cell_read(db, s, i, a, &row[i])) != ERR_OK)
            return e;
    return ERR_OK;
}

static void
rows_grow(struct db_rows *r, size_t *cap, struct arena *a)
{
    size_t n = *cap == 0 ? 16 : *cap * 2;
    struct db_val *v = arena_alloc(a, n * r->cols * sizeof(*v));

    if (r->n > 0)
        memcpy(v, r->v, r->n * r->cols * sizeof(*v));
    r->v = v;
    *cap = n;
}

static enum err
too_large(struct db_stmt *s)
{
    log_error("db", "result too large: statement=\"%.600s\"", s->sql);
    return ERR_TOO_LARGE;
}

/* Up to `max` rows; `whole` says that more than these are an error. */
static enum err
rows_read(struct db *db, struct db_stmt *s, size_t max, bool whole, struct arena *a,
    struct db_rows *out)
{
    size_t cap = 0, used0 = arena_used(a);
    struct db_val *over;
    bool end = false;
    enum err e;

    if ((e = cols_bind(db, s, &out->cols)) != ERR_OK)
        return e;
    while (out->n < max) {
        if (out->n == cap)
            rows_grow(out, &cap, a);
        e = row_next(db, s, out->cols, a, out->v + out->n * out->cols, &end);
        if (e != ERR_OK || end)
            return e;
        out->n++;
        if (arena_used(a) - used0 > RESULT_BYTES_MAX)
            return too_large(s);
    }
    if (!whole)
        return ERR_OK;
    over = arena_calloc(a, out->cols, sizeof(*over));
    if ((e = row_next(db, s, out->cols, a, over, &end)) != ERR_OK)
        return e;
    return end ? ERR_OK : too_large(s);
}

static enum err
select_rows(struct db *db, const char *sql, const struct db_val *v, size_t n, size_t max,
    bool whole, struct arena *a, struct db_rows *out)
{
    int64_t t0 = clock_mono_us();
    struct db_stmt *s;
    enum err e;

    memset(out, 0, sizeof(*out));
    e = db_stmt_run(db, sql, v, n, &s);
    if (e == ERR_OK) {
        e = rows_read(db, s, max, whole, a, out);
        db_stmt_end(db, s);
    }
    if (e != ERR_OK)
        out->n = 0;
    db_took(db, t0);
    return e;
}

enum err
db_query(struct db *db, const char *sql, const struct db_val *v, size_t n,
    struct arena *a, struct db_rows *out)
{
    return select_rows(db, sql, v, n, DB_ROWS_MAX, true, a, out);
}

enum err
db_row(struct db *db, const char *sql, const struct db_val *v, size_t n, struct arena *a,
    struct db_rows *out)
{
    enum err e = select_rows(db, sql, v, n, 1, false, a, out);

    return e == ERR_OK && out->n == 0 ? ERR_NOT_FOUND : e;
}

static enum err
stream(struct db *db, struct db_stmt *s, struct arena *a,
    enum err (*fn)(void *arg, const struct db_val *row, size_t cols), void *arg)
{
    struct db_val *row;
    bool end = false;
    size_t cols;
    enum err e;

    if ((e = cols_bind(db, s, &cols)) != ERR_OK)
        return e;
    row = db_realloc(NULL, cols, sizeof(*row));
    while (e == ERR_OK) {
        arena_reset(a);
        e = row_next(db, s, cols, a, row, &end);
        if (end)
            break;
        if (e == ERR_OK)
            e = fn(arg, row, cols);
    }
    free(row);
    return e;
}

enum err
db_each(struct db *db, const char *sql, const struct db_val *v, size_t n,
    enum err (*fn)(void *arg, const struct db_val *row, size_t cols), void *arg)
{
    int64_t t0 = clock_mono_us();
    struct db_stmt *s;
    struct arena *a;
    enum err e;

    /* The limit counts the time our reader takes as well, and it may take long. */
    if ((e = db_limit(db, 0)) != ERR_OK)
        return e;
    if ((e = db_stmt_run(db, sql, v, n, &s)) == ERR_OK) {
        a = arena_new(EACH_CHUNK);
        e = stream(db, s, a, fn, arg);
        arena_free(a);
        db_stmt_end(db, s);
    }
    if (db_limit(db, db->pool->conf.statement_timeout_ms) != ERR_OK)
        db->dead = true;
    trace_add(TRACE_DB, clock_mono_us() - t0);
    return e;
}

static const struct db_val *
cell(const struct db_rows *r, size_t row, size_t col, enum db_type t)
{
    const struct db_val *v;

    if (row >= r->n || col >= r->cols) {
        log_error("db", "cell %zu,%zu of %zu rows of %zu", row, col, r->n, r->cols);
        abort();
    }
    v = &r->v[row * r->cols + col];
    if (t != DBT_NULL && v->t != DBT_NULL && v->t != t) {
        log_error("db", "cell %zu,%zu is of the other type", row, col);
        abort();
    }
    return v;
}

int64_t
db_i64(const struct db_rows *r, size_t row, size_t col)
{
    return cell(r, row, col, DBT_I64)->i;
}

struct str
db_str(const struct db_rows *r, size_t row, size_t col)
{
    return cell(r, row, col, DBT_STR)->s;
}

bool
db_is_null(const struct db_rows *r, size_t row, size_t col)
{
    return cell(r, row, col, DBT_NULL)->t == DBT_NULL;
}

/* SHOW answers rows of a name and a text. */
static enum err
shown_number(struct db *db, struct arena *a, const char *sql, int64_t *n)
{
    struct db_rows r;
    enum err e = db_row(db, sql, NULL, 0, a, &r);

    if (e != ERR_OK)
        return e;
    if (r.cols != 2)
        return ERR_INTERNAL;
    if (r.v[1].t == DBT_I64)
        *n = r.v[1].i;
    else if (!str_i64(r.v[1].s, n))
        return ERR_INTERNAL;
    return ERR_OK;
}

enum err
db_server_connections(struct db *db, struct arena *a, int64_t *open_n, int64_t *most_n)
{
    enum err e =
        shown_number(db, a, "SHOW GLOBAL STATUS LIKE 'Threads_connected'", open_n);

    if (e == ERR_OK)
        e = shown_number(db, a, "SHOW GLOBAL VARIABLES LIKE 'max_connections'", most_n);
    return e;
}
