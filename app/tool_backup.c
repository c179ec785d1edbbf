/* souk backup, souk restore: the shop into one file, and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/backup.h"
#include "base/clock.h"
#include "tool.h"

#define ARENA_CHUNK ((size_t)1 << 20)
#define DRAW_EVERY_US 200000

static volatile sig_atomic_t ended;

static void
on_signal(int sig)
{
    (void)sig;
    ended = 1;
}

struct drawing {
    int64_t at_us;
    bool drawn;
};

static void
draw(void *arg, const char *what, int64_t done, int64_t of)
{
    struct drawing *d = arg;
    int64_t now = clock_mono_us();

    if (now - d->at_us < DRAW_EVERY_US)
        return;
    d->at_us = now;
    d->drawn = true;
    (void)fprintf(stderr, "\r%-20s %9.1f MB", what, (double)done / 1e6);
    if (of > 0)
        (void)fprintf(stderr, "  %3lld %%", (long long)(done * 100 / of));
}

/* make or restore: the one word that is no switch. */
static enum err
run(struct backup *b, const char *word, bool force, char path[BACKUP_PATH_N])
{
    struct drawing d = {.at_us = clock_mono_us()};
    enum err e;

    if (isatty(STDERR_FILENO) != 0) {
        b->progress = draw;
        /* cppcheck-suppress autoVariables ; taken back below */
        b->arg = &d;
    }
    (void)umask(S_IRWXG | S_IRWXO);
    if (path != NULL)
        e = backup_make(b, word, path);
    else
        e = backup_restore(b, word, force);
    if (d.drawn)
        (void)fprintf(stderr, "\r%50s\r", "");
    b->progress = NULL;
    b->arg = NULL;
    return e;
}

/* Opens what is needed and does it; says why not. */
static int
with_shop(struct tool *t, const char *word, bool force, char path[BACKUP_PATH_N])
{
    /* A second signal ends it at once. */
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct backup b = {.app = t->app, .ended = &ended};
    int64_t t0 = clock_mono_us();
    int rc = tool_open(t, path == NULL ? APP_KV : 0, &b.db, &b.a);

    (void)sigaction(SIGINT, &sa, NULL);
    (void)sigaction(SIGTERM, &sa, NULL);
    if (rc == EXIT_SUCCESS && run(&b, word, force, path) != ERR_OK)
        rc = tool_fail("%s", b.msg);
    else if (rc == EXIT_SUCCESS)
        (void)printf("%s %s: %lld tables, %lld rows, %.1f MB, in %.1f s\n",
            path != NULL ? "made" : "restored", path != NULL ? path : word,
            (long long)b.tables, (long long)b.rows, (double)b.bytes / 1e6,
            (double)(clock_mono_us() - t0) / 1e6);
    /* Copies of what was there before; a Redis that is away has none that count. */
    if (rc == EXIT_SUCCESS && path == NULL)
        (void)!kv_flush(t->app->kv);
    tool_close(t, b.db, b.a);
    return rc;
}

int
tool_backup(struct tool *t)
{
    char path[BACKUP_PATH_N];

    if (t->argc != 2)
        return tool_fail("usage: souk backup FILE|DIR");
    return with_shop(t, t->argv[1], false, path);
}

int
tool_restore(struct tool *t)
{
    bool force = t->argc == 3 && strcmp(t->argv[2], "--force") == 0;

    if (t->argc != 2 && !force)
        return tool_fail("usage: souk restore FILE [--force]");
    return with_shop(t, t->argv[1], force, NULL);
}
