/* Prepared statements: found by their text in the connection's table, prepared once,
 * the least recently used closed when the table is full.  Values are bound, always. */
#include <mysqld_error.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/db_priv.h"

static void
stmt_close(struct db_stmt *s)
{
    mysql_stmt_close(s->st);
    free(s->sql);
}

void
db_stmts_free(struct db *db)
{
    for (size_t i = 0; i < db->stmts_n; i++)
        stmt_close(&db->stmt[i]);
    db->stmts_n = 0;
}

static struct db_stmt *
stmt_find(struct db *db, const char *sql, uint64_t hash)
{
    for (size_t i = 0; i < db->stmts_n; i++)
        if (db->stmt[i].hash == hash && strcmp(db->stmt[i].sql, sql) == 0)
            return &db->stmt[i];
    return NULL;
}

static void
stmt_forget(struct db *db, struct db_stmt *s)
{
    stmt_close(s);
    *s = db->stmt[--db->stmts_n];
}

static void
evict_oldest(struct db *db)
{
    struct db_stmt *old = &db->stmt[0];

    for (size_t i = 1; i < db->stmts_n; i++)
        if (db->stmt[i].used < old->used)
            old = &db->stmt[i];
    stmt_forget(db, old);
}

bool
db_stmts_tidy(struct db *db, int64_t now_us)
{
    const int64_t unused_us = (int64_t)db->pool->conf.unused_ms * 1000;
    size_t i = 0, before = db->stmts_n;

    if (now_us - db->tidied_us < unused_us)
        return false;
    db->tidied_us = now_us;
    while (i < db->stmts_n) {
        struct db_stmt *s = &db->stmt[i];

        if (now_us - s->used_us >= unused_us && mysql_stmt_param_count(s->st) >= DB_WIDE)
            stmt_forget(db, s);
        else
            i++;
    }
    return db->stmts_n < before;
}

static struct db_stmt *
stmt_prepare(struct db *db, const char *sql, uint64_t hash, enum err *e)
{
    MYSQL_STMT *st = mysql_stmt_init(db->my);
    struct db_stmt *s;

    if (st == NULL)
        abort(); /* out of memory */
    if (mysql_stmt_prepare(st, sql, strlen(sql)) != 0) {
        *e = db_fail(db, mysql_stmt_errno(st), mysql_stmt_error(st), sql);
        mysql_stmt_close(st);
        return NULL;
    }
    if (db->stmts_n == DB_STMTS_MAX)
        evict_oldest(db);
    s = &db->stmt[db->stmts_n++];
    *s = (struct db_stmt){.hash = hash, .sql = strdup(sql), .st = st};
    if (s->sql == NULL)
        abort();
    return s;
}

/* The statement, prepared if it is not known; NULL and *e when that fails. */
static struct db_stmt *
stmt_get(struct db *db, const char *sql, enum err *e)
{
    uint64_t hash = str_hash(str_c(sql));
    struct db_stmt *s = stmt_find(db, sql, hash);

    if (s == NULL)
        s = stmt_prepare(db, sql, hash, e);
    if (s != NULL) {
        s->used = ++db->tick;
        s->used_us = db->lent_us;
    }
    return s;
}

/* MYSQL_BIND has no const; the library only reads parameters. */
static void *
unconst(const void *p)
{
    return (void *)(uintptr_t)p;
}

static void
params_fill(struct db *db, const struct db_val *v, size_t n)
{
    if (n > db->par_cap) {
        db->par = db_realloc(db->par, n, sizeof(*db->par));
        db->par_cap = n;
    }
    if (n > 0)
        memset(db->par, 0, n * sizeof(*db->par));
    for (size_t i = 0; i < n; i++) {
        MYSQL_BIND *b = &db->par[i];

        if (v[i].t == DBT_NULL) {
            b->buffer_type = MYSQL_TYPE_NULL;
        } else if (v[i].t == DBT_I64) {
            b->buffer_type = MYSQL_TYPE_LONGLONG;
            b->buffer = unconst(&v[i].i);
        } else {
            /* As a string even for binary: a BLOB parameter would turn comparisons
             * with text columns into byte comparisons. */
            b->buffer_type = MYSQL_TYPE_STRING;
            b->buffer = unconst(v[i].s.p != NULL ? v[i].s.p : "");
            b->buffer_length = v[i].s.n;
            b->length = &b->buffer_length;
        }
    }
}

static bool
count_matches(struct db_stmt *s, size_t n)
{
    if (mysql_stmt_param_count(s->st) == n)
        return true;
    log_error("db", "%zu values for %lu marks: statement=\"%.600s\"", n,
        mysql_stmt_param_count(s->st), s->sql);
    return false;
}

/* The server forgot the statement, or its tables changed too much. */
static bool
must_prepare_anew(unsigned no)
{
    return no == ER_NEED_REPREPARE || no == ER_UNKNOWN_STMT_HANDLER;
}

static bool
execute(struct db *db, struct db_stmt *s, const struct db_val *v, size_t n)
{
    params_fill(db, v, n);
    if (n > 0 && mysql_stmt_bind_param(s->st, db->par) != 0)
        return false;
    return mysql_stmt_execute(s->st) == 0;
}

enum err
db_stmt_run(struct db *db, const char *sql, const struct db_val *v, size_t n,
    struct db_stmt **out)
{
    struct db_stmt *s;
    enum err e = ERR_INTERNAL;
    unsigned no;

    if (db->dead)
        return ERR_UPSTREAM;
    if (db->tx_lost)
        return ERR_BUSY; /* it would run outside of the transaction it belongs to */
    for (int tries = 0;; tries++) {
        if ((s = stmt_get(db, sql, &e)) == NULL)
            return e;
        if (!count_matches(s, n))
            return ERR_INTERNAL;
        if (execute(db, s, v, n)) {
            *out = s;
            return ERR_OK;
        }
        no = mysql_stmt_errno(s->st);
        if (tries > 0 || !must_prepare_anew(no))
            return db_fail(db, no, mysql_stmt_error(s->st), sql);
        stmt_forget(db, s);
    }
}

void
db_stmt_end(struct db *db, struct db_stmt *s)
{
    if (mysql_stmt_free_result(s->st) != 0)
        db->dead = true; /* what is left unread would answer the next statement */
}
