/* MariaDB's own tools, which also talk to MySQL: mariadb-dump and mariadb. The password
 * goes to them in a file in memory that only this user can open, never by arguments. */
#include <string.h>
#include <unistd.h>

#include "backup/backup_parts.h"

#define ARGS_MAX (BACKUP_TABLES_MAX + 24)
#define OPTIONS "--defaults-file=" PROC_FILE

/* NAME="VALUE", as option files want it. */
static void
option(struct buf *b, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    buf_printf(b, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            buf_c(b, "\\n");
            continue;
        }
        if (*value == '\\' || *value == '"')
            buf_char(b, '\\');
        buf_char(b, *value);
    }
    buf_c(b, "\"\n");
}

/* The option file, as a descriptor. */
static int
options(struct backup *b)
{
    const struct settings *s = &b->app->set;
    struct buf o;
    int fd;

    buf_init(&o, 8192);
    buf_c(&o, "[client]\n");
    option(&o, "user", s->db_user);
    option(&o, "password", s->db_password);
    if (s->db_host[0] != '\0' && s->db_socket[0] == '\0') {
        option(&o, "host", s->db_host);
        buf_printf(&o, "port=%lld\nprotocol=tcp\n", (long long)s->db_port);
    } else if (s->db_socket[0] != '\0') {
        option(&o, "socket", s->db_socket);
    } else {
        option(&o, "socket", arena_printf(b->a, "%s/run/mariadb.sock", s->state_dir).p);
    }
    fd = o.overflow ? -1 : proc_secret(buf_view(&o));
    explicit_bzero(o.p, o.n);
    buf_done(&o);
    return fd;
}

static enum err
start(struct backup *b, const char *const *argv, int in, int out, struct proc *p)
{
    int fd = options(b);
    enum err e = ERR_UPSTREAM;

    if (fd < 0)
        return backup_fail(b, e, "no memory for the options of %s", argv[0]);
    e = proc_start(p, argv, in, out, fd);
    (void)close(fd);
    if (e == ERR_NOT_FOUND)
        return backup_fail(b, e, "%s is not installed: install mariadb-client", argv[0]);
    return e == ERR_OK ? e : backup_fail(b, e, "%s cannot be started", argv[0]);
}

enum err
client_dump(struct backup *b, const struct db_rows *tables, int out, struct proc *p)
{
    static const char *const words[] = {"mariadb-dump", OPTIONS, "--single-transaction",
        "--quick", "--hex-blob", "--no-autocommit", "--no-tablespaces",
        "--skip-add-drop-table", "--skip-add-locks", "--skip-lock-tables",
        "--default-character-set=utf8mb4", "--max-allowed-packet=64M", "--"};
    const char *argv[ARGS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < NELEM(words); i++)
        argv[n++] = words[i];
    argv[n++] = b->app->set.db_name;
    for (size_t i = 0; i < tables->n && n < ARGS_MAX - 1; i++)
        argv[n++] = arena_cstr(b->a, db_str(tables, i, 0));
    argv[n] = NULL;
    return start(b, argv, -1, out, p);
}

enum err
client_load(struct backup *b, int in, struct proc *p)
{
    const char *const argv[] = {"mariadb", OPTIONS, "--batch", "--binary-mode",
        "--default-character-set=utf8mb4", "--max-allowed-packet=64M", "--",
        b->app->set.db_name, NULL};

    return start(b, argv, in, -1, p);
}
