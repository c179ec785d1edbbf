/* May a program start? What it would otherwise only find out while it runs: the socket it
 * should listen on, the database it should work on. Says no in one line that says what to do. */
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app.h"
#include "base/clock.h"
#include "db/migrate.h"

#define TEXT_N 600
/* Whoever starts a refusing program again at once, as multiwatch does, fills no log. */
#define PAUSE_MS 500

enum err
app_refuse(const char *setting, const char *fmt, ...)
{
    char text[TEXT_N];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    text[strcspn(text, "\r\n")] = '\0';
    (void)fprintf(stderr, "souk: %s: %s\n", setting, text);
    return ERR_INVALID;
}

enum err
app_check_socket(void)
{
    socklen_t n = sizeof(int);
    int listening = 0;

    if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0
        && listening != 0)
        return ERR_OK;
    return app_refuse("descriptor 0", "it is no listening socket: start this program with"
                                      " spawn-fcgi, as scripts/run does");
}

/* Which setting says where it is, and what it says. */
static const char *
where(const struct settings *s, char text[TEXT_N])
{
    if (s->db_host[0] != '\0' && s->db_socket[0] == '\0') {
        (void)snprintf(text, TEXT_N, "%s:%lld", s->db_host, (long long)s->db_port);
        return "db_host";
    }
    if (s->db_socket[0] != '\0')
        (void)snprintf(text, TEXT_N, "%s", s->db_socket);
    else
        (void)snprintf(text, TEXT_N, "%s/run/mariadb.sock", s->state_dir);
    return "db_socket";
}

static enum err
forbidden(const struct app *app, const char *words)
{
    char at[TEXT_N];

    (void)where(&app->set, at);
    return app_refuse("db_password",
        "the database at %s refuses us (%s): mend db_user, db_password or db_name", at, words);
}

enum err
app_check_reachable(struct app *app)
{
    char at[TEXT_N], msg[400];
    const char *setting = where(&app->set, at);
    enum err e = db_probe(app->db, msg, sizeof(msg));

    if (e == ERR_FORBIDDEN)
        return forbidden(app, msg);
    if (e != ERR_OK)
        return app_refuse(setting, "no database answers at %s: start it (is the shop of --state"
                                   " %s running?), or mend %s", at, app->set.state_dir, setting);
    return ERR_OK;
}

enum err
app_check_database(struct app *app)
{
    char at[TEXT_N], msg[400] = "";
    struct db *db;
    enum err e;

    if ((e = app_check_reachable(app)) != ERR_OK)
        return e;
    if ((e = db_acquire(app->db, &db)) == ERR_OK) {
        (void)snprintf(at, sizeof(at), "%s/sql", app->set.share_dir);
        e = migrate_check(db, at, msg, sizeof(msg));
        db_release(db);
    }
    if (e == ERR_CONFLICT || e == ERR_INVALID)
        return app_refuse("database", "%s", msg);
    return e == ERR_OK
               ? e
               : app_refuse("database", "it went away while it was looked at: try again");
}

enum err
app_start_database(struct app *app)
{
    enum err e = app_check_database(app);

    if (e != ERR_OK)
        clock_sleep_ms(PAUSE_MS);
    return e;
}
