/* From MariaDB's and MySQL's error numbers to our meanings, and what of a failure may
 * stand in a log: the statement's text and the server's words, never a value. */
#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/db_priv.h"

/* Numbers that one of the two servers' headers lacks. */
enum {
    NO_CHECK_MARIADB = 4025,
    NO_CHECK_MYSQL = 3819,
    NO_TIMEOUT_MARIADB = 1969,
    NO_TIMEOUT_MYSQL = 3024,
    NO_KILLED_MARIADB = 1927,
    NO_READ_ONLY_MODE = 1836,
    NO_DISK_FULL_MARIADB = 1021,
    NO_IDLE_MYSQL = 4031
};

static const struct {
    unsigned no;
    enum err e;
    bool fatal; /* close the connection */
} meanings[] = {
    {ER_DUP_ENTRY, ERR_CONFLICT, false},
    {ER_DUP_ENTRY_WITH_KEY_NAME, ERR_CONFLICT, false},
    {ER_ROW_IS_REFERENCED, ERR_CONFLICT, false},
    {ER_ROW_IS_REFERENCED_2, ERR_CONFLICT, false},
    {ER_NO_REFERENCED_ROW, ERR_CONFLICT, false},
    {ER_NO_REFERENCED_ROW_2, ERR_CONFLICT, false},
    {NO_CHECK_MARIADB, ERR_INVALID, false},
    {NO_CHECK_MYSQL, ERR_INVALID, false},
    {ER_LOCK_DEADLOCK, ERR_BUSY, false},
    {ER_LOCK_WAIT_TIMEOUT, ERR_BUSY, false},
    {ER_CHECKREAD, ERR_BUSY, false},
    {ER_CON_COUNT_ERROR, ERR_BUSY, true},
    {ER_TOO_MANY_USER_CONNECTIONS, ERR_BUSY, true},
    {ER_USER_LIMIT_REACHED, ERR_BUSY, true},
    {NO_TIMEOUT_MARIADB, ERR_UPSTREAM, false},
    {NO_TIMEOUT_MYSQL, ERR_UPSTREAM, false},
    {ER_QUERY_INTERRUPTED, ERR_UPSTREAM, false},
    {NO_DISK_FULL_MARIADB, ERR_UPSTREAM, false},
    {ER_RECORD_FILE_FULL, ERR_UPSTREAM, false},
    /* Read-only: behind a fail-over address a new connection may reach the primary. */
    {ER_OPTION_PREVENTS_STATEMENT, ERR_UPSTREAM, true},
    {NO_READ_ONLY_MODE, ERR_UPSTREAM, true},
    /* What a Galera node outside of the primary component answers. */
    {ER_UNKNOWN_COM_ERROR, ERR_UPSTREAM, true},
    {NO_KILLED_MARIADB, ERR_UPSTREAM, true},
    {NO_IDLE_MYSQL, ERR_UPSTREAM, true},
    {ER_SERVER_SHUTDOWN, ERR_UPSTREAM, true},
    {ER_NEW_ABORTING_CONNECTION, ERR_UPSTREAM, true},
    {ER_ABORTING_CONNECTION, ERR_UPSTREAM, true},
    {ER_NET_READ_ERROR, ERR_UPSTREAM, true},
    {ER_NET_READ_INTERRUPTED, ERR_UPSTREAM, true},
    {ER_NET_ERROR_ON_WRITE, ERR_UPSTREAM, true},
    {ER_NET_WRITE_INTERRUPTED, ERR_UPSTREAM, true},
    {CR_CONNECTION_ERROR, ERR_UPSTREAM, true},
    {CR_CONN_HOST_ERROR, ERR_UPSTREAM, true},
    {CR_SERVER_GONE_ERROR, ERR_UPSTREAM, true},
    {CR_SERVER_LOST, ERR_UPSTREAM, true},
    /* The table of a "SELECT *" got other columns: a new connection prepares it anew. */
    {CR_NEW_STMT_METADATA, ERR_UPSTREAM, true},
    {CR_SERVER_LOST_EXTENDED, ERR_UPSTREAM, true},
};

enum err
db_err_map(unsigned no)
{
    for (size_t i = 0; i < NELEM(meanings); i++)
        if (meanings[i].no == no)
            return meanings[i].e;
    return ERR_INTERNAL;
}

bool
db_err_refused(unsigned no)
{
    return no == ER_ACCESS_DENIED_ERROR || no == ER_DBACCESS_DENIED_ERROR || no == ER_BAD_DB_ERROR
           || no == ER_ACCESS_DENIED_NO_PASSWORD_ERROR || no == ER_HOST_NOT_PRIVILEGED
           || no == ER_PLUGIN_IS_NOT_LOADED || no == CR_AUTH_PLUGIN_CANNOT_LOAD;
}

bool
db_err_fatal(unsigned no)
{
    for (size_t i = 0; i < NELEM(meanings); i++)
        if (meanings[i].no == no)
            return meanings[i].fatal;
    /* The client library's own: the state of the protocol is then anyone's guess. */
    return no >= 2000 && no < 3000;
}

/* Messages whose quoted parts are names of the schema or our own statement. */
static bool
quotes_names(unsigned no)
{
    static const unsigned names[] = {ER_BAD_FIELD_ERROR, ER_PARSE_ERROR, ER_NO_SUCH_TABLE,
        ER_BAD_TABLE_ERROR, ER_BAD_DB_ERROR, ER_BAD_NULL_ERROR, ER_NO_DEFAULT_FOR_FIELD,
        ER_DATA_TOO_LONG, ER_WARN_DATA_OUT_OF_RANGE, WARN_DATA_TRUNCATED,
        ER_NON_UNIQ_ERROR, ER_TABLE_EXISTS_ERROR, ER_DUP_FIELDNAME, ER_DUP_KEYNAME,
        ER_CANT_DROP_FIELD_OR_KEY, ER_SP_DOES_NOT_EXIST, ER_WRONG_FIELD_WITH_GROUP};

    for (size_t i = 0; i < NELEM(names); i++)
        if (names[i] == no)
            return true;
    return false;
}

void
db_err_clean(unsigned no, const char *msg, char *out, size_t cap)
{
    const char *from = strchr(msg, '\''), *to = strrchr(msg, '\'');

    if (from == NULL || to == from || quotes_names(no)) {
        (void)snprintf(out, cap, "%s", msg);
        return;
    }
    /* From the first quote to the last: a value may contain quotes itself. */
    (void)snprintf(out, cap, "%.*s'...'%s", (int)(from - msg), msg, to + 1);
}

/* The key's name is the last quoted part of a duplicate's message. */
static void
debug_conflict(unsigned no, const char *msg)
{
    const char *end = strrchr(msg, '\''), *p;

    if (no != ER_DUP_ENTRY || end == NULL) {
        log_debug("db", "errno=%u", no);
        return;
    }
    for (p = end; p > msg && p[-1] != '\''; p--)
        ;
    log_debug("db", "errno=%u key=%.*s", no, (int)(end - p), p);
}

enum err
db_fail(struct db *db, unsigned no, const char *msg, const char *sql)
{
    enum err e = db_err_map(no);
    char text[512];

    if (db_err_fatal(no))
        db->dead = true;
    if (no == ER_LOCK_DEADLOCK && db->in_tx)
        db->tx_lost = true;
    if (no == ER_LOCK_DEADLOCK)
        db_tell(db, DB_TOLD_DEADLOCK, 1);
    else if (no == ER_LOCK_WAIT_TIMEOUT)
        db_tell(db, DB_TOLD_LOCK_TIMEOUT, 1);
    else if (e == ERR_UPSTREAM)
        db_tell(db, DB_TOLD_FAILED, 1);
    if (e == ERR_CONFLICT || e == ERR_INVALID || e == ERR_BUSY) {
        debug_conflict(no, msg);
        return e;
    }
    db_err_clean(no, msg, text, sizeof(text));
    log_error("db", "errno=%u message=\"%s\" statement=\"%.600s\"", no, text, sql);
    return e;
}

void *
db_realloc(void *p, size_t n, size_t size)
{
    void *q = reallocarray(p, n, size);

    if (q == NULL)
        abort();
    return q;
}
