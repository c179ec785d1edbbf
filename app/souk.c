/* souk: the operator's command. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tool.h"

static const struct command {
    const char *name, *usage, *help;
    int (*run)(struct tool *t);
} commands[] = {
    {"migrate", "migrate", "bring the database to this program's version", tool_migrate},
    {"import", "import [--if-empty] [--set-stock] FILE.jsonl",
        "load products (- reads standard input)", tool_import},
    {"export", "export", "write the catalogue to standard output, a product a line",
        tool_export},
    {"admin", "admin create EMAIL [--role staff|admin] | admin password EMAIL",
        "make an admin or one of the staff, or give one a new password; prints both", tool_admin},
    {"keys", "keys rotate", "sign with a new key from now on; old tokens stay good",
        tool_keys},
    {"verify", "verify [--watch [--every S]]",
        "check that the books are right; exit 1 if one is not; again every S seconds (5)",
        tool_verify},
    {"ready", "ready [SOCKET|HOST:PORT]",
        "does the worker pool answer, and reach its database? exit 1 if not", tool_ready},
};

static void
usage(FILE *out)
{
    size_t i;

    (void)fprintf(out, "souk COMMAND [--SETTING VALUE ...]\n\n");
    for (i = 0; i < NELEM(commands); i++)
        (void)fprintf(out, "  souk %s\n        %s\n", commands[i].usage, commands[i].help);
    (void)fprintf(out, "\nThe shop is that of --state DIR (" SOUK_STATE_DIR "). Settings:\n\n");
    settings_help(out);
}

int
tool_fail(const char *fmt, ...)
{
    va_list ap;

    (void)fputs("souk: ", stderr);
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
    return EXIT_FAILURE;
}

int
tool_open(struct tool *t, unsigned parts, struct db **db, struct arena **a)
{
    *db = NULL;
    *a = NULL;
    /* The command's own word is the message: what the libraries log would say it twice. */
    if (app_open(t->app, parts | APP_DB | APP_LONG) != ERR_OK)
        return EXIT_FAILURE;
    if (db_acquire(t->app->db, db) != ERR_OK)
        return tool_fail("the database cannot be reached: is the shop of --state %s running?",
            t->app->set.state_dir);
    *a = arena_new((size_t)1 << 20);
    return EXIT_SUCCESS;
}

void
tool_close(struct tool *t, struct db *db, struct arena *a)
{
    (void)t;
    db_release(db);
    if (a != NULL)
        arena_free(a);
}

/* Our own flags stand before the settings are read, since they are none. */
static const struct command *
find(const char *name)
{
    size_t i;

    for (i = 0; i < NELEM(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

/* Commands' own switches look like settings; take them out of argv before conf sees them and
 * put them behind it, where the command finds them. Returns how many there are. */
static int
take_switches(int argc, char **argv, char **switches, int max)
{
    static const char *const known[] = {
        "--if-empty", "--set-stock", "--watch", "--every", "--role"};
    int i, kept = 0, n = 0;

    for (i = 0; i < argc; i++) {
        size_t k = 0;

        while (k < NELEM(known) && strcmp(argv[i], known[k]) != 0)
            k++;
        if (k < NELEM(known) && n < max) {
            switches[n++] = argv[i];
            if ((strcmp(argv[i], "--every") == 0 || strcmp(argv[i], "--role") == 0)
                && i + 1 < argc && n < max)
                switches[n++] = argv[++i]; /* the one that has a value */
        } else {
            argv[kept++] = argv[i];
        }
    }
    for (i = 0; i < n; i++)
        argv[kept + i] = switches[i];
    return n;
}

int
main(int argc, char **argv)
{
    struct app app = {.db = NULL};
    struct tool t = {.app = &app};
    const struct command *c;
    char *switches[4], *words[16];
    int rest_n = 0, n, i, rc;

    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("souk %s\n", PACKAGE_VERSION);
        return EXIT_SUCCESS;
    }
    if ((c = find(argv[1])) == NULL)
        return tool_fail("there is no command \"%s\"; souk --help lists them", argv[1]);
    n = take_switches(argc, argv, switches, (int)NELEM(switches));
    if (settings_load(&app.set, argc - n, argv, &rest_n) != ERR_OK)
        return EXIT_FAILURE;
    (void)signal(SIGPIPE, SIG_IGN);
    t.argv = words;
    for (i = 1; i <= rest_n && t.argc < 8; i++)
        words[t.argc++] = argv[i];
    for (i = 0; i < n; i++)
        words[t.argc++] = switches[i];
    rc = c->run(&t);
    app_close(&app);
    return rc;
}
