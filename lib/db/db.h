/* MariaDB / MySQL: a bounded pool of connections, prepared statements cached per
 * connection by their text, results copied into an arena, transactions with bounded
 * retry.  The only folder that includes mysql.h.  No reconnecting behind the caller's
 * back: a dead connection is closed, the call answers ERR_UPSTREAM, the next
 * db_acquire() connects anew.
 *
 * Session of every connection: utf8mb4, UTC, READ COMMITTED, strict sql_mode, statement
 * time limit and innodb_lock_wait_timeout 2 s, rows FOUND (not changed) are counted. */
#ifndef SOUK_DB_DB_H
#define SOUK_DB_DB_H

#include "base/arena.h"
#include "base/err.h"
#include "base/watch.h"

struct db;
struct db_pool;

/* What a pool tells of its work. */
enum db_told {
    DB_TOLD_STATEMENT, /* n: microseconds it took */
    DB_TOLD_COMMIT,    /* likewise */
    DB_TOLD_WAIT,      /* for a free connection, when none was: likewise */
    DB_TOLD_DEADLOCK,
    DB_TOLD_LOCK_TIMEOUT,
    DB_TOLD_RETRY,  /* a transaction is tried again */
    DB_TOLD_FAILED, /* lost, refused or timed out */
    DB_TOLD_DOWN,   /* n: 1 the server cannot be reached, -1 it can again */
};

struct db_conf {
    const char *socket; /* unix socket path, or NULL/"" for host and port */
    const char *host;
    int port;
    const char *user, *password, *name;
    int size;               /* connections at most */
    int connect_timeout_ms; /* default 1000 */
    int statement_timeout_ms; /* default 2000 */
    int wait_timeout_ms;      /* for a free connection; then ERR_BUSY. default 1000 */
    int unused_ms;            /* for db_pool_trim(). default 10000 */
    struct watch watch;       /* told of DB_TOLD_... */
};

/* No connection is made yet. */
struct db_pool *db_pool_new(const struct db_conf *c);
void db_pool_free(struct db_pool *p);
/* Could a connection be had now? ERR_UPSTREAM: the server cannot be reached, or has no room;
 * ERR_FORBIDDEN: it will not have this account, or has no such database. msg: its words. */
enum err db_probe(struct db_pool *p, char *msg, size_t msg_n) MUST_CHECK;
/* A connection, ours until db_release(). ERR_UPSTREAM: cannot connect (tried at most
 * once a second while down: others fail at once); ERR_BUSY: none came free in time. */
enum err db_acquire(struct db_pool *p, struct db **out) MUST_CHECK;
/* Give back. An open transaction is rolled back. NULL is allowed. */
void db_release(struct db *db);
/* Close what nobody has used for unused_ms and give the memory of a rush back to the system;
 * to be called now and then. Statements of dozens of rows that were not used for as long are
 * given up when their connection is given back. */
void db_pool_trim(struct db_pool *p);

enum db_type { DBT_NULL, DBT_I64, DBT_STR };
struct db_val {
    enum db_type t;
    int64_t i;
    struct str s; /* text and binary alike */
};
#define DB_I64(x) ((struct db_val){.t = DBT_I64, .i = (x)})
#define DB_STR(x) ((struct db_val){.t = DBT_STR, .s = (x)})
#define DB_NULL ((struct db_val){.t = DBT_NULL})
/* An id where 0 means none; a string where STR_NULL means none. */
#define DB_ID(x) ((struct db_val){.t = (x) != 0 ? DBT_I64 : DBT_NULL, .i = (x)})
#define DB_STRN(x) ((struct db_val){.t = (x).p != NULL ? DBT_STR : DBT_NULL, .s = (x)})

struct db_rows {
    size_t n, cols;
    struct db_val *v; /* n * cols, row by row */
};

/* Run a statement; *rows (may be NULL) gets the rows matched by its WHERE.
 * ERR_CONFLICT: a UNIQUE key (1062) or FOREIGN KEY (1451, 1452); ERR_INVALID: a CHECK
 * (4025, 3819); ERR_BUSY: 1213, 1205 (the transaction is gone for 1213), 1040;
 * ERR_UPSTREAM: connection lost, timeout, read-only; ERR_INTERNAL: a bug, logged with the
 * statement's text and server message, never its values. */
enum err db_exec(struct db *db, const char *sql, const struct db_val *v, size_t n,
    uint64_t *rows) MUST_CHECK;
/* The whole result into the arena; above DB_ROWS_MAX rows ERR_TOO_LARGE.  Integer, bool,
 * COUNT and SUM(of integers, DECIMAL without fraction) columns come as DBT_I64; all else
 * as DBT_STR (DATETIME is not used: times are BIGINT milliseconds). */
#define DB_ROWS_MAX 100000
enum err db_query(struct db *db, const char *sql, const struct db_val *v, size_t n,
    struct arena *a, struct db_rows *out) MUST_CHECK;
/* As db_query for at most one row: ERR_NOT_FOUND when there is none; the first of several. */
enum err db_row(struct db *db, const char *sql, const struct db_val *v, size_t n,
    struct arena *a, struct db_rows *out) MUST_CHECK;
/* Stream a result of any size: fn per row, its values valid during the call; an error from
 * fn stops it and is returned.  fn must not use the same connection.  The
 * statement time limit is lifted meanwhile. */
enum err db_each(struct db *db, const char *sql, const struct db_val *v, size_t n,
    enum err (*fn)(void *arg, const struct db_val *row, size_t cols), void *arg) MUST_CHECK;
/* Several statements at once, text protocol, no values from outside: migrations only.  They
 * run on a connection of their own: `db`'s transaction and session are not theirs. */
enum err db_script(struct db *db, struct str sql) MUST_CHECK;

/* Of the server: connections open now, and the most it allows. */
enum err db_server_connections(
    struct db *db, struct arena *a, int64_t *open_n, int64_t *most_n) MUST_CHECK;

/* Cells; NULL reads as 0 and STR_NULL. Out of range aborts (a programmer's error). */
int64_t db_i64(const struct db_rows *r, size_t row, size_t col);
struct str db_str(const struct db_rows *r, size_t row, size_t col);
bool db_is_null(const struct db_rows *r, size_t row, size_t col);

/* fn's work in one transaction, committed if it returns ERR_OK, rolled back otherwise.
 * ERR_BUSY from fn or COMMIT is tried again, at most twice, with a jittered pause: fn must
 * be able to run anew.  Do not nest. */
enum err db_tx(struct db *db, enum err (*fn)(struct db *db, void *arg), void *arg) MUST_CHECK;
/* fn's reading in one transaction that sees the moment it began, whatever others commit
 * meanwhile (REPEATABLE READ, read only).  Not tried again.  Do not nest. */
enum err db_snapshot(
    struct db *db, enum err (*fn)(struct db *db, void *arg), void *arg) MUST_CHECK;
/* Is a transaction open? For assertions. */
bool db_in_tx(const struct db *db);
/* "?,?,?" n times into the arena, for IN (...) lists; n >= 1. */
const char *db_marks(struct arena *a, size_t n);
/* "50%" -> "50\%%": what LIKE takes for anything that begins with `s`. */
struct str db_like_prefix(struct arena *a, struct str s);

#endif
