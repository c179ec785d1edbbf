/* Configuration from one table and four sources.  Refuses unknown names, except in the
 * environment, which belongs to others too. */
#include "base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/conf_value.h"

#define FILE_MAX ((size_t)64 * 1024)
#define NAME_MAX_N 128

/* The whole of a file that cannot be large, malloc'ed; false with errno. */
static bool
read_all(const char *path, char **text, size_t *n)
{
    FILE *f = fopen(path, "re");
    char *p;

    if (f == NULL)
        return false;
    p = malloc(FILE_MAX + 1);
    if (p == NULL)
        abort();
    errno = 0;
    *n = fread(p, 1, FILE_MAX + 1, f);
    if (ferror(f) || *n > FILE_MAX) {
        int saved = ferror(f) ? errno : EFBIG;

        free(p);
        (void)fclose(f);
        errno = saved;
        return false;
    }
    (void)fclose(f);
    *text = p;
    return true;
}

/* What everybody on this machine may read is no secret. Only the container itself reads what
 * its engine mounts below /run/secrets, whatever the mode there. */
static bool
for_others(const char *path)
{
    struct stat st;

    return strncmp(path, "/run/secrets/", 13) != 0 && stat(path, &st) == 0
           && (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0;
}

/* A secret's value stands in the file `path`, but for the line end behind it. */
static enum err
set_from_file(const struct conf_loader *l, const struct conf_def *d, struct str path,
    struct conf_origin o)
{
    char *name = strndup(path.p, path.n);
    char *text = NULL, why[128];
    enum err e;
    size_t n;

    if (name == NULL)
        abort();
    if (!read_all(name, &text, &n)) {
        e = conf_refuse(l, "%s_file: \"%s\" in %s cannot be read: %s", d->name, name,
            o.where, strerror_r(errno, why, sizeof(why)));
        free(name);
        return e;
    }
    if (for_others(name))
        e = conf_refuse(l, "%s_file: \"%s\" in %s may be read or written by others: chmod 600 it",
            d->name, name, o.where);
    else if (str_trim((struct str){text, n}).n == 0)
        e = conf_refuse(l, "%s_file: \"%s\" in %s is empty: put the secret into it", d->name,
            name, o.where);
    else
        e = conf_set(l, d, str_trim((struct str){text, n}), o);
    free(name);
    explicit_bzero(text, n);
    free(text);
    return e;
}

static bool
same_name(struct str given, const char *name, bool dashes)
{
    size_t i;

    if (given.n != strlen(name))
        return false;
    for (i = 0; i < given.n; i++)
        if (given.p[i] != name[i] && !(dashes && given.p[i] == '-' && name[i] == '_'))
            return false;
    return true;
}

/* Set what `given` names: a setting, or a secret's NAME_file. */
static enum err
set_named(const struct conf_loader *l, struct str given, struct str v,
    struct conf_origin o, bool dashes)
{
    char with_file[NAME_MAX_N];
    size_t i;

    for (i = 0; i < l->n; i++) {
        const struct conf_def *d = &l->defs[i];

        if (same_name(given, d->name, dashes))
            return conf_set(l, d, v, o);
        (void)snprintf(with_file, sizeof(with_file), "%s_file", d->name);
        if (d->secret && same_name(given, with_file, dashes))
            return set_from_file(l, d, v, o);
    }
    given = str_utf8_cut(given, 80);
    return conf_refuse(
        l, "%.*s: there is no such setting (in %s)", STR_F(given), o.where);
}

static enum err
load_defaults(const struct conf_loader *l)
{
    size_t i;

    for (i = 0; i < l->n; i++) {
        const struct conf_def *d = &l->defs[i];

        if (d->type == CONF_STR || d->type == CONF_ENUM)
            *conf_text(l, d) = NULL;
    }
    for (i = 0; i < l->n; i++) {
        const struct conf_def *d = &l->defs[i];
        struct str def = str_c(d->def != NULL ? d->def : "");
        enum err e = ERR_OK;

        /* An empty default below the minimum says "must be given": load_end() looks. */
        if (d->type == CONF_STR)
            conf_set_text(l, d, def);
        else
            e = conf_set(l, d, def, (struct conf_origin){"the defaults", 0});
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static enum err
load_line(const struct conf_loader *l, struct str line, struct conf_origin o)
{
    struct str name, value;

    line = str_trim(line);
    if (line.n == 0 || line.p[0] == '#')
        return ERR_OK;
    if (!str_cut(line, '=', &name, &value))
        return conf_refuse(l, "%.*s: no \"=\" in %s line %zu",
            STR_F(str_utf8_cut(line, 40)), o.where, o.line);
    return set_named(l, str_trim(name), str_trim(value), o, false);
}

static enum err
load_file(const struct conf_loader *l, const char *path)
{
    struct conf_origin o = {path, 0};
    struct str rest, line;
    enum err e = ERR_OK;
    char *text, why[128];
    size_t n;

    if (!read_all(path, &text, &n))
        return conf_refuse(l, "configuration file \"%s\" cannot be read: %s", path,
            strerror_r(errno, why, sizeof(why)));
    rest = (struct str){text, n};
    while (e == ERR_OK && str_next(&rest, '\n', &line)) {
        o.line++;
        e = load_line(l, line, o);
    }
    explicit_bzero(text, n);
    free(text);
    return e;
}

/* PREFIX_NAME, or PREFIX_NAME_FILE. */
static void
env_name(char out[NAME_MAX_N], const char *prefix, const char *name, const char *suffix)
{
    char *p;

    (void)snprintf(out, NAME_MAX_N, "%s_%s%s", prefix, name, suffix);
    for (p = out; *p != '\0'; p++)
        *p = (char)toupper((unsigned char)*p);
}

/* At the start, before there are threads that getenv() could disturb. */
static enum err
load_env(const struct conf_loader *l)
{
    char name[NAME_MAX_N];
    enum err e = ERR_OK;
    const char *v;
    size_t i;

    for (i = 0; e == ERR_OK && i < l->n; i++) {
        const struct conf_def *d = &l->defs[i];
        struct conf_origin o = {name, 0};

        env_name(name, l->prefix, d->name, "");
        if ((v = getenv(name)) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
            e = conf_set(l, d, str_c(v), o);
            continue;
        }
        env_name(name, l->prefix, d->name, "_FILE");
        v = d->secret ? getenv(name) : NULL; /* NOLINT(concurrency-mt-unsafe) */
        if (v != NULL)
            e = set_from_file(l, d, str_c(v), o);
    }
    return e;
}

/* Take the flags; words that are none move to the front of argv. */
static enum err
load_flags(const struct conf_loader *l, int argc, char **argv, int *rest_n)
{
    const struct conf_origin o = {"the flags", 0};
    struct str name, value;
    enum err e = ERR_OK;
    int i, rest = 0;

    for (i = 1; e == ERR_OK && i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (strncmp(argv[i], "--", 2) != 0) {
            argv[++rest] = argv[i];
            continue;
        }
        if (!str_cut(str_c(argv[i] + 2), '=', &name, &value)) {
            if (i + 1 >= argc)
                return conf_refuse(l, "%s: the flag has no value", argv[i] + 2);
            value = str_c(argv[++i]);
        }
        e = set_named(l, name, value, o, true);
    }
    for (; e == ERR_OK && i < argc; i++)
        argv[++rest] = argv[i];
    *rest_n = rest;
    return e;
}

static enum err
load_end(const struct conf_loader *l)
{
    size_t i;

    for (i = 0; i < l->n; i++) {
        const struct conf_def *d = &l->defs[i];

        if (d->type == CONF_STR && (int64_t)strlen(*conf_text(l, d)) < d->min)
            return conf_refuse(l, "%s: must be given (%s)", d->name, d->help);
    }
    return ERR_OK;
}

/* Four sources and a message take ten arguments. */
enum err /* NOLINTNEXTLINE(readability-function-size) */
conf_load(const struct conf_def *defs, size_t n, void *base, const char *prefix,
    const char *file, int argc, char **argv, int *rest_n, char *msg, size_t msg_n)
{
    const struct conf_loader l = {defs, n, base, prefix, msg, msg_n};
    enum err e = load_defaults(&l);

    *rest_n = 0;
    if (e == ERR_OK && file != NULL)
        e = load_file(&l, file);
    if (e == ERR_OK)
        e = load_env(&l);
    if (e == ERR_OK)
        e = load_flags(&l, argc, argv, rest_n);
    if (e == ERR_OK)
        e = load_end(&l);
    if (e != ERR_OK)
        conf_free(defs, n, base);
    return e;
}

void
conf_free(const struct conf_def *defs, size_t n, void *base)
{
    size_t i;

    for (i = 0; i < n; i++) {
        char **field = (char **)(void *)((char *)base + defs[i].offset);

        if (defs[i].type != CONF_STR && defs[i].type != CONF_ENUM)
            continue;
        if (*field != NULL && defs[i].secret)
            explicit_bzero(*field, strlen(*field));
        free(*field);
        *field = NULL;
    }
}

static void
help_allowed(const struct conf_def *d, FILE *out)
{
    if (d->type == CONF_INT)
        (void)fprintf(out, ", %" PRId64 "..%" PRId64, d->min, d->max);
    else if (d->type == CONF_BOOL)
        (void)fprintf(out, ", true|false");
    else if (d->type == CONF_ENUM)
        (void)fprintf(out, ", %s", d->choices);
}

void
conf_help(const struct conf_def *defs, size_t n, const char *prefix, FILE *out)
{
    char env[NAME_MAX_N];
    size_t i;

    for (i = 0; i < n; i++) {
        const struct conf_def *d = &defs[i];

        env_name(env, prefix, d->name, "");
        (void)fprintf(out, "  --%-18s %s\n  %-20s %s, default \"%s\"", d->name, d->help,
            "", env, d->def != NULL ? d->def : "");
        help_allowed(d, out);
        if (d->secret)
            (void)fprintf(out, ", or the file %s_FILE", env);
        (void)fputc('\n', out);
    }
}

/* What a value may be, in words. */
static void
markdown_allowed(const struct conf_def *d, FILE *out)
{
    struct str rest = str_c(d->choices), one;
    const char *between = "";

    if (d->type == CONF_BOOL)
        (void)fputs("`true`, `false`", out);
    else if (d->type == CONF_INT)
        (void)fprintf(out, "%" PRId64 " to %" PRId64, d->min, d->max);
    else if (d->type == CONF_STR)
        (void)fprintf(out, "%" PRId64 " to %" PRId64 " bytes", d->min, d->max);
    while (d->type == CONF_ENUM && str_next(&rest, '|', &one)) {
        (void)fprintf(out, "%s`%.*s`", between, STR_F(one));
        between = ", ";
    }
}

void
conf_markdown(const struct conf_def *defs, size_t n, FILE *out)
{
    (void)fputs("| setting | default | may be | is |\n| --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < n; i++) {
        const struct conf_def *d = &defs[i];
        const char *def = d->def != NULL ? d->def : "";

        /* A path of the machine it was built on says nothing. */
        if (def[0] == '/')
            (void)fprintf(out, "| `%s` | as installed | ", d->name);
        else if (def[0] == '\0')
            (void)fprintf(out, "| `%s` | | ", d->name);
        else
            (void)fprintf(out, "| `%s` | `%s` | ", d->name, def);
        markdown_allowed(d, out);
        (void)fprintf(out, " | %s", d->help);
        if (d->secret)
            (void)fprintf(out, " (a secret: `%s_file` names a file with it)", d->name);
        (void)fputs(" |\n", out);
    }
}
