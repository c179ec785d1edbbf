/* Sets of compiled templates: filled once, from a directory or by tests, then only
 * read.  Nothing is loaded again while the program runs. */
#include "html/tmpl_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".mustache"

struct name
tmpl_name(struct str s)
{
    return (struct name){s, str_hash(s)};
}

/* The slot where the name is or would go; the table is never full. */
static size_t
slot_of(const struct tmpl_set *t, const struct name *name)
{
    size_t i = (size_t)name->hash & (TMPL_SLOTS - 1);

    while (t->slot[i] != 0 && !str_eq(t->t[t->slot[i] - 1].name.s, name->s))
        i = (i + 1) & (TMPL_SLOTS - 1);
    return i;
}

const struct tmpl *
tmpl_find(const struct tmpl_set *t, const struct name *name)
{
    size_t i = slot_of(t, name);

    return t->slot[i] != 0 ? &t->t[t->slot[i] - 1] : NULL;
}

struct tmpl_set *
tmpl_new(void)
{
    struct tmpl_set *t = calloc(1, sizeof(*t));

    if (t == NULL)
        abort();
    t->arena = arena_new((size_t)64 * 1024);
    return t;
}

void
tmpl_free(struct tmpl_set *t)
{
    if (t == NULL)
        return;
    arena_free(t->arena);
    free(t);
}

static enum err
refuse(char *msg, size_t msg_n, const char *name, uint32_t line, const char *why)
{
    (void)snprintf(msg, msg_n, "%s" SUFFIX ":%u: %s", name, line, why);
    return ERR_INVALID;
}

enum err
tmpl_add(struct tmpl_set *t, const char *name, struct str text, char *msg, size_t msg_n)
{
    struct name nm = tmpl_name(arena_str(t->arena, str_c(name)));
    size_t slot = slot_of(t, &nm);
    const struct node *root;
    const char *why;
    uint32_t line;

    if (nm.s.n == 0 || nm.s.n > TMPL_NAME_MAX)
        return refuse(msg, msg_n, name, 1, "not a usable name");
    if (t->slot[slot] != 0)
        return refuse(msg, msg_n, name, 1, "there is one of this name already");
    if (t->n == TMPL_FILES_MAX)
        return refuse(msg, msg_n, name, 1, "too many templates");
    if (tmpl_parse(t->arena, arena_str(t->arena, text), NULL, &root, &line, &why) !=
        ERR_OK)
        return refuse(msg, msg_n, name, line, why);
    t->t[t->n] = (struct tmpl){nm, root};
    t->slot[slot] = (uint16_t)++t->n;
    return ERR_OK;
}

/* The first instruction that includes a template which is not there, or NULL. */
static const struct node *
missing(const struct tmpl_set *t, const struct node *nd)
{
    const struct node *found = NULL;

    for (; nd != NULL && found == NULL; nd = nd->next) {
        bool includes = nd->type == NODE_PARTIAL || nd->type == NODE_PARENT;

        if (includes && !nd->dynamic && tmpl_find(t, &nd->path[0]) == NULL)
            return nd;
        found = missing(t, nd->body);
    }
    return found;
}

static enum err
check_includes(const struct tmpl_set *t, char *msg, size_t msg_n)
{
    const struct node *nd;
    char why[TMPL_NAME_MAX + 64];
    size_t i;

    for (i = 0; i < t->n; i++) {
        nd = missing(t, t->t[i].root);
        if (nd == NULL)
            continue;
        (void)snprintf(why, sizeof(why), "includes \"%.*s\", which is not there",
            (int)str_utf8_cut(nd->text, TMPL_NAME_MAX).n, nd->text.p);
        return refuse(msg, msg_n, t->t[i].name.s.p, nd->line, why);
    }
    return ERR_OK;
}

/* Read the file into p[TMPL_SIZE_MAX + 1]; the number of bytes, or -1 with errno. */
static ssize_t
file_read(int dir, const char *file, char *p)
{
    size_t n = 0;
    ssize_t got = 1;
    int saved, fd = openat(dir, file, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    while (n <= TMPL_SIZE_MAX && got > 0) {
        got = read(fd, p + n, TMPL_SIZE_MAX + 1 - n);
        if (got > 0)
            n += (size_t)got;
    }
    saved = errno;
    (void)close(fd);
    errno = saved;
    return got < 0 ? -1 : (ssize_t)n;
}

static enum err
load_file(struct tmpl_set *t, int dir, const char *file, char *p, char *msg, size_t msg_n)
{
    struct str stem = str_sub(str_c(file), 0, strlen(file) - strlen(SUFFIX));
    char name[TMPL_NAME_MAX + 1];
    ssize_t n;

    if (stem.n > TMPL_NAME_MAX) {
        (void)snprintf(msg, msg_n, "%s: the name is too long", file);
        return ERR_INVALID;
    }
    (void)snprintf(name, sizeof(name), "%.*s", STR_F(stem));
    n = file_read(dir, file, p);
    if (n < 0) {
        (void)snprintf(msg, msg_n, "%s: %s", file, strerrordesc_np(errno));
        return ERR_INTERNAL;
    }
    return tmpl_add(t, name, (struct str){p, (size_t)n}, msg, msg_n);
}

static const struct dirent *
next_entry(DIR *d)
{
    /* glibc locks the stream, and nobody else has it. */
    return readdir(d); /* NOLINT(concurrency-mt-unsafe) */
}

static enum err
load_dir(struct tmpl_set *t, DIR *d, char *msg, size_t msg_n)
{
    char *p = malloc(TMPL_SIZE_MAX + 1);
    const struct dirent *de;
    enum err e = ERR_OK;

    if (p == NULL)
        abort();
    while (e == ERR_OK && (de = next_entry(d)) != NULL) {
        if (str_ends(str_c(de->d_name), STR(SUFFIX)) && de->d_name[0] != '.')
            e = load_file(t, dirfd(d), de->d_name, p, msg, msg_n);
    }
    free(p);
    return e == ERR_OK ? check_includes(t, msg, msg_n) : e;
}

enum err
tmpl_load(struct tmpl_set **out, const char *dir, char *msg, size_t msg_n)
{
    DIR *d = opendir(dir);
    struct tmpl_set *t;
    enum err e;

    *out = NULL;
    if (d == NULL) {
        (void)snprintf(msg, msg_n, "%s: %s", dir, strerrordesc_np(errno));
        return ERR_INTERNAL;
    }
    t = tmpl_new();
    e = load_dir(t, d, msg, msg_n);
    (void)closedir(d);
    if (e == ERR_OK)
        *out = t;
    else
        tmpl_free(t);
    return e;
}
