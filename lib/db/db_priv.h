/* What the files of lib/db share and nobody else may include. */
#ifndef SOUK_DB_DB_PRIV_H
#define SOUK_DB_DB_PRIV_H

#include <mysql.h>
#include <pthread.h>

#include "db/db.h"

/* MySQL's own library has had no my_bool since 8.0, and no call for its socket. */
#ifndef MARIADB_BASE_VERSION
typedef bool my_bool;
#define mysql_get_socket(my) ((my)->net.fd)
#endif

#define DB_STMTS_MAX 256
#define DB_COLS 16     /* columns of a block */
#define DB_SMALL_N 240 /* longer text is fetched straight into the arena */
/* A statement of so many marks (rows by the dozen in one INSERT) takes half a kilobyte a mark
 * here and another at the server: one that was not used for unused_ms is given up. */
#define DB_WIDE 128

struct db_stmt {
    uint64_t hash; /* of the text */
    uint64_t used; /* tick of the last use: the smallest is evicted */
    int64_t used_us; /* when its connection was lent for that */
    char *sql;
    MYSQL_STMT *st;
};

enum db_col_kind { COL_INT, COL_DECIMAL, COL_BYTES };

struct db_col {
    enum db_col_kind kind;
    bool is_unsigned;
    my_bool null, cut;
    unsigned long n;
    int64_t i;
    char small[DB_SMALL_N];
};

struct db {
    struct db_pool *pool;
    struct db *next; /* in the list of the idle */
    MYSQL *my;
    bool dead;    /* the connection is of no more use: every call fails */
    bool in_tx;   /* between START TRANSACTION and its end */
    bool tx_lost; /* the server rolled the open transaction back */
    int64_t idle_since_us, lent_us, tidied_us;
    uint64_t tick;
    size_t stmts_n;
    struct db_stmt stmt[DB_STMTS_MAX];
    MYSQL_BIND *par; /* parameters of the statement that runs */
    size_t par_cap;
    /* And its result columns, in blocks that never move: MySQL's own library writes to those
     * that a statement had the last time when it executes it anew. */
    struct db_col **col;
    MYSQL_BIND *res;
    size_t col_cap;
};

struct db_pool {
    struct db_conf conf;  /* strings are ours */
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t freed;
    struct db *idle;
    int open; /* idle and lent */
    bool down;
    bool given_up;       /* memory since the last db_pool_trim() */
    int64_t retry_at_us; /* while down: nobody connects before */
};

static inline void
db_tell(const struct db *db, enum db_told what, int64_t n)
{
    watch_tell(&db->pool->conf.watch, what, n);
}

/* realloc that aborts when out of memory. */
void *db_realloc(void *p, size_t n, size_t size);

/* What a server or client error number means to us. */
enum err db_err_map(unsigned no);
/* Is the connection of no more use after it? */
bool db_err_fatal(unsigned no);
/* The server is there, and will not have us. */
bool db_err_refused(unsigned no);
/* The message without the values it may quote. */
void db_err_clean(unsigned no, const char *msg, char *out, size_t cap);
/* Note a failure on the connection, log it if nobody expects it, and map it. */
enum err db_fail(struct db *db, unsigned no, const char *msg, const char *sql);

enum conn_use {
    CONN_SERVE, /* short limits on everything */
    CONN_SCRIPT /* several statements a call, no limit on their time */
};
/* Connect and set the session. NULL: *no and msg say why. */
MYSQL *db_conn_open(
    const struct db_conf *c, enum conn_use use, unsigned *no, char *msg, size_t cap);
/* Close the connection and forget its statements. */
void db_conn_close(struct db *db);
/* Does an idle connection still live? */
bool db_conn_alive(struct db *db, int64_t now_us);
/* A statement of ours without values or rows. */
enum err db_command(struct db *db, const char *sql);
/* Session statement time limit; 0 lifts it. */
enum err db_limit(struct db *db, int ms);

/* Prepare (or find), bind and execute. */
enum err db_stmt_run(struct db *db, const char *sql, const struct db_val *v, size_t n,
    struct db_stmt **out);
void db_stmts_free(struct db *db);
/* Give up wide ones that have not been used for a while; was there any? */
bool db_stmts_tidy(struct db *db, int64_t now_us);
/* End the result of a statement, reading what is left of it. */
void db_stmt_end(struct db *db, struct db_stmt *s);

/* db_script(), telling which statement failed (0 = the first) and how: *server is
 * true when the server refused it, false when the connection was lost. */
enum err db_script_run(
    struct db *db, struct str sql, unsigned *at, bool *server, char *msg, size_t cap);

#endif
