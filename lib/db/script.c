/* Several statements in one text, for migrations alone.  They run on a connection of
 * their own that ends with the script: the one that serves requests never accepts more
 * than one statement a call, and keeps its time limits. */
#include "base/clock.h"
#include "base/log.h"
#include "db/db_priv.h"

/* Read every answer; the number of those that came is the index of what failed. */
static bool
answers_read(MYSQL *my, unsigned *at)
{
    MYSQL_RES *res;
    int more;

    for (*at = 0;; (*at)++) {
        res = mysql_store_result(my);
        if (res != NULL)
            mysql_free_result(res);
        else if (mysql_field_count(my) != 0)
            return false;
        more = mysql_next_result(my);
        if (more < 0)
            return true;
        if (more > 0) {
            (*at)++;
            return false;
        }
    }
}

enum err
db_script_run(
    struct db *db, struct str sql, unsigned *at, bool *server, char *msg, size_t cap)
{
    char text[256];
    unsigned no = 0;
    MYSQL *my;
    bool ok;

    *at = 0;
    *server = false;
    my = db_conn_open(&db->pool->conf, CONN_SCRIPT, &no, text, sizeof(text));
    if (my == NULL) {
        db_err_clean(no, text, msg, cap);
        return ERR_UPSTREAM;
    }
    ok = mysql_real_query(my, sql.p, sql.n) == 0 && answers_read(my, at);
    if (!ok) {
        no = mysql_errno(my);
        db_err_clean(no, mysql_error(my), msg, cap);
        *server = !db_err_fatal(no);
    }
    mysql_close(my);
    return ok ? ERR_OK : db_err_map(no);
}

enum err
db_script(struct db *db, struct str sql)
{
    int64_t t0 = clock_mono_us();
    char msg[512];
    unsigned at;
    bool server;
    enum err e = db_script_run(db, sql, &at, &server, msg, sizeof(msg));

    if (e != ERR_OK)
        log_error("db", "statement %u of a script: message=\"%s\"", at + 1, msg);
    trace_add(TRACE_DB, clock_mono_us() - t0);
    return e;
}
