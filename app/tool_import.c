/* souk import, souk export: the catalogue from and to JSON Lines. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "catalog/import.h"
#include "tool.h"

#define BAD_LINES_SHOWN 100

struct view {
    int64_t size;   /* of the file in bytes, 0 if it has none */
    int64_t bad;
    bool terminal;  /* stderr is one: progress is drawn */
};

static void
draw(void *arg, int64_t lines, int64_t bytes)
{
    const struct view *v = arg;

    if (!v->terminal)
        return;
    if (v->size > 0)
        (void)fprintf(stderr, "\r%3lld %%  %lld lines", (long long)(bytes * 100 / v->size),
            (long long)lines);
    else
        (void)fprintf(stderr, "\r%lld lines", (long long)lines);
}

static void
bad_line(void *arg, int64_t line, const char *reason)
{
    struct view *v = arg;

    if (v->bad++ < BAD_LINES_SHOWN)
        (void)fprintf(stderr, "%sline %lld: %s\n", v->terminal ? "\r" : "", (long long)line,
            reason);
}

static bool
switched(const struct tool *t, const char *name)
{
    int i;

    for (i = 1; i < t->argc; i++)
        if (strcmp(t->argv[i], name) == 0)
            return true;
    return false;
}

/* The one word that is no switch, or NULL. */
static const char *
file_name(const struct tool *t)
{
    const char *name = NULL;
    int i;

    for (i = 1; i < t->argc; i++) {
        if (strncmp(t->argv[i], "--", 2) == 0)
            continue;
        if (name != NULL)
            return NULL;
        name = t->argv[i];
    }
    return name;
}

static enum err
catalogue_is_empty(struct db *db, struct arena *a, bool *empty)
{
    const struct catalog_query q = {.q = STR_NULL, .category = STR_NULL, .min_price = -1,
        .max_price = -1, .with_archived = true, .sort = SORT_NEWEST, .page = 1, .per_page = 1};
    struct product_card *cards;
    int64_t total = 0;
    size_t n;
    enum err e = catalog_list(db, a, &q, &cards, &n, &total);

    *empty = total == 0;
    return e;
}

static int
import_from(struct tool *t, struct db *db, FILE *in)
{
    struct view v = {.terminal = isatty(2) == 1};
    const struct import_options o = {
        .currency = str_c(t->app->set.currency),
        .set_stock = switched(t, "--set-stock"),
        .actor = "import",
        .progress = draw,
        .bad_line = bad_line,
        .arg = &v,
    };
    struct import_report r = {.lines = 0};
    int64_t t0 = clock_mono_us();
    struct stat st;
    enum err e;

    if (fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode))
        v.size = st.st_size;
    e = import_file(db, t->app->cache, in, &o, &r);
    if (v.terminal)
        (void)fputc('\n', stderr);
    if (v.bad > BAD_LINES_SHOWN)
        (void)fprintf(stderr, "... and %lld more bad lines\n",
            (long long)(v.bad - BAD_LINES_SHOWN));
    (void)printf("%lld lines: %lld new, %lld changed, %lld unchanged, %lld bad, in %.1f s\n",
        (long long)r.lines, (long long)r.created, (long long)r.updated,
        (long long)r.unchanged, (long long)r.bad, (double)(clock_mono_us() - t0) / 1e6);
    if (e != ERR_OK)
        return tool_fail("the import broke off; running it again goes on");
    return EXIT_SUCCESS;
}

static int
import_open(struct tool *t, struct db *db, struct arena *a, const char *name)
{
    bool empty = false;
    FILE *in;
    int rc;

    if (switched(t, "--if-empty")) {
        if (catalogue_is_empty(db, a, &empty) != ERR_OK)
            return tool_fail("the catalogue cannot be read; see the log above");
        if (!empty) {
            (void)printf("there already\n");
            return EXIT_SUCCESS;
        }
    }
    if (strcmp(name, "-") == 0)
        return import_from(t, db, stdin);
    if ((in = fopen(name, "re")) == NULL)
        return tool_fail("%s: %s", name, strerrordesc_np(errno));
    rc = import_from(t, db, in);
    (void)fclose(in);
    return rc;
}

int
tool_import(struct tool *t)
{
    const char *name = file_name(t);
    struct db *db;
    struct arena *a;
    int rc;

    if (name == NULL)
        return tool_fail("usage: souk import [--if-empty] [--set-stock] FILE.jsonl");
    rc = tool_open(t, APP_KV, &db, &a);
    if (rc == EXIT_SUCCESS)
        rc = import_open(t, db, a, name);
    tool_close(t, db, a);
    return rc;
}

int
tool_export(struct tool *t)
{
    struct db *db;
    struct arena *a;
    int64_t n = 0;
    int rc = tool_open(t, 0, &db, &a);

    if (rc == EXIT_SUCCESS && (export_file(db, stdout, &n) != ERR_OK || fflush(stdout) != 0))
        rc = tool_fail("the export broke off after %lld products", (long long)n);
    tool_close(t, db, a);
    return rc;
}
