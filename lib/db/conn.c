/* One connection to the server: opening it with the session every statement may count
 * on, seeing whether it still lives, closing it.  It never reconnects by itself: that
 * would lose the transaction, the session and its locks without a word. */
#include <errmsg.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db_priv.h"

#define IDLE_PING_US 5000000
#define IDLE_TX_S "5"
/* A connection with its prepared statements costs the server up to 20 MB: what a rush left
 * behind is closed by the server when the rush is over. One that is used again after longer
 * than IDLE_PING_US is pinged first, and so never closed under a statement. */
#define IDLE_S "30"
#define PACKET_MAX (64UL << 20)
/* Above the statement's own limit, so that the server's word on it arrives first. */
#define READ_MARGIN_S 2
#define SCRIPT_READ_S 3600

static unsigned
seconds_up(int ms)
{
    return (unsigned)(ms <= 0 ? 1 : (ms + 999) / 1000);
}

static const char *
given(const char *s)
{
    return s != NULL && s[0] != '\0' ? s : NULL;
}

static void
set_options(MYSQL *my, const struct db_conf *c, enum conn_use use)
{
    unsigned connect_s = seconds_up(c->connect_timeout_ms);
    unsigned io_s = seconds_up(c->statement_timeout_ms) + READ_MARGIN_S;
    unsigned off = 0, tcp = MYSQL_PROTOCOL_TCP;
    unsigned long packet = PACKET_MAX;

    if (use == CONN_SCRIPT)
        io_s = SCRIPT_READ_S;
    mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &io_s);
    mysql_options(my, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
    mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &off);
    mysql_options(my, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
    /* The library takes "localhost" for its own default socket otherwise. */
    if (given(c->socket) == NULL)
        mysql_options(my, MYSQL_OPT_PROTOCOL, &tcp);
}

static bool
is_mariadb(MYSQL *my)
{
    const char *v = mysql_get_server_info(my);

    return v != NULL && strstr(v, "MariaDB") != NULL;
}

/* The two servers name the isolation level and the time limit differently. */
static void
limit_text(MYSQL *my, int ms, char *out, size_t cap)
{
    if (is_mariadb(my))
        (void)snprintf(out, cap, "max_statement_time=%d.%03d", ms / 1000, ms % 1000);
    else
        (void)snprintf(out, cap, "max_execution_time=%d", ms);
}

/* A program that freezes in a transaction (a stopped process, a host that is gone) must not
 * keep what it locked for ever: MariaDB ends such a session. Between two statements of ours
 * pass microseconds. */
static const char *
idle_text(MYSQL *my)
{
    return is_mariadb(my) ? ", wait_timeout=" IDLE_S ", idle_transaction_timeout=" IDLE_TX_S
                          : ", wait_timeout=" IDLE_S;
}

static int
set_session(MYSQL *my, int limit_ms)
{
    char sql[512], limit[48];

    limit_text(my, limit_ms, limit, sizeof(limit));
    (void)snprintf(sql, sizeof(sql),
        "SET SESSION autocommit=1, time_zone='+00:00', innodb_lock_wait_timeout=2,"
        " sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
        "NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY', %s='READ-COMMITTED', %s%s",
        is_mariadb(my) ? "tx_isolation" : "transaction_isolation", limit,
        limit_ms > 0 ? idle_text(my) : "");
    return mysql_real_query(my, sql, strlen(sql));
}

MYSQL *
db_conn_open(
    const struct db_conf *c, enum conn_use use, unsigned *no, char *msg, size_t cap)
{
    unsigned long flags = CLIENT_FOUND_ROWS;
    const char *sock = given(c->socket);
    MYSQL *my = mysql_init(NULL);

    if (my == NULL) {
        *no = CR_OUT_OF_MEMORY;
        (void)snprintf(msg, cap, "out of memory");
        return NULL;
    }
    if (use == CONN_SCRIPT)
        flags |= CLIENT_MULTI_STATEMENTS;
    set_options(my, c, use);
    if (mysql_real_connect(my, sock == NULL ? c->host : NULL, c->user, given(c->password),
            given(c->name), (unsigned)c->port, sock, flags) != NULL &&
        set_session(my, use == CONN_SCRIPT ? 0 : c->statement_timeout_ms) == 0)
        return my;
    *no = mysql_errno(my);
    (void)snprintf(msg, cap, "%s", mysql_error(my));
    mysql_close(my);
    return NULL;
}

void
db_conn_close(struct db *db)
{
    if (db->my != NULL)
        mysql_close(db->my);
    db->my = NULL;
    /* After the close: each statement would else cost a message to the server. */
    db_stmts_free(db);
    db->dead = db->in_tx = db->tx_lost = false;
}

/* An idle connection has nothing to read, unless the server said good-bye. */
static bool
readable(MYSQL *my)
{
    struct pollfd pf = {.fd = (int)mysql_get_socket(my), .events = POLLIN};

    return poll(&pf, 1, 0) != 0;
}

bool
db_conn_alive(struct db *db, int64_t now_us)
{
    if (now_us - db->idle_since_us < IDLE_PING_US && !readable(db->my))
        return true;
    return mysql_ping(db->my) == 0;
}

enum err
db_command(struct db *db, const char *sql)
{
    int64_t t0 = clock_mono_us();
    enum err e = ERR_OK;

    if (db->dead)
        return ERR_UPSTREAM;
    if (mysql_real_query(db->my, sql, strlen(sql)) != 0)
        e = db_fail(db, mysql_errno(db->my), mysql_error(db->my), sql);
    trace_add(TRACE_DB, clock_mono_us() - t0);
    return e;
}

enum err
db_limit(struct db *db, int ms)
{
    char sql[96], limit[48];

    if (db->dead)
        return ERR_UPSTREAM;
    limit_text(db->my, ms, limit, sizeof(limit));
    (void)snprintf(sql, sizeof(sql), "SET SESSION %s", limit);
    return db_command(db, sql);
}
