/* Finding and reading the migration files of a folder.  A file that ends in .sql and is
 * not named NNNN_name.sql is refused rather than passed over: someone meant it to run. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/migrate_priv.h"

#define FILES_MAX 2000
#define FILE_BYTES_MAX (4 << 20)
#define NAME_MAX_N 120

/* NNNN_name.sql, the name of small letters, digits and '_'. */
static bool
name_parse(struct str s, int64_t *version)
{
    struct str stem;

    if (s.n < 10 || s.n > NAME_MAX_N || s.p[4] != '_')
        return false;
    stem = str_sub(s, 5, s.n - 9);
    for (size_t i = 0; i < stem.n; i++)
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_", stem.p[i]) == NULL)
            return false;
    return s.p[0] != '-' && str_i64(str_sub(s, 0, 4), version);
}

static enum err
file_read(struct arena *a, int dir_fd, struct migration *m, char *msg, size_t msg_n)
{
    int fd = openat(dir_fd, m->name.p, O_RDONLY | O_CLOEXEC);
    struct stat st;
    ssize_t got = -1;
    char *p;

    if (fd < 0 || fstat(fd, &st) != 0) {
        (void)snprintf(msg, msg_n, "%s: %s", m->name.p, strerrordesc_np(errno));
    } else if (!S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > FILE_BYTES_MAX) {
        (void)snprintf(
            msg, msg_n, "%s: not a file of 1 to %d bytes", m->name.p, FILE_BYTES_MAX);
    } else {
        p = arena_alloc(a, (size_t)st.st_size);
        got = read(fd, p, (size_t)st.st_size);
        if (got != st.st_size)
            (void)snprintf(msg, msg_n, "%s: cannot be read whole", m->name.p);
        m->text = (struct str){p, (size_t)st.st_size};
        got = got == st.st_size ? got : -1;
    }
    if (fd >= 0)
        close(fd);
    return got < 0 ? ERR_INVALID : ERR_OK;
}

static int
by_version(const void *a, const void *b)
{
    const struct migration *x = a, *y = b;

    return (x->version > y->version) - (x->version < y->version);
}

/* Names and versions, in order; the caller has opened the folder. */
static enum err
names_read(
    struct arena *a, DIR *d, struct migration *m, size_t *n, char *msg, size_t msg_n)
{
    struct dirent *de;
    struct str name;

    /* One thread reads this stream. */
    while ((de = readdir(d)) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        name = str_c(de->d_name);
        if (!str_ends(name, STR(".sql")))
            continue;
        if (*n == FILES_MAX || !name_parse(name, &m[*n].version)) {
            (void)snprintf(
                msg, msg_n, "%s: not a migration's name (NNNN_name.sql)", de->d_name);
            return ERR_INVALID;
        }
        m[(*n)++].name = arena_str(a, name);
    }
    qsort(m, *n, sizeof(*m), by_version);
    for (size_t i = 0; i < *n; i++)
        if (m[i].version != (int64_t)i + 1) {
            (void)snprintf(msg, msg_n, "%s: the migration expected here is number %zu",
                m[i].name.p, i + 1);
            return ERR_INVALID;
        }
    return ERR_OK;
}

enum err
migrations_read(struct arena *a, const char *dir, struct migration **out, size_t *n,
    char *msg, size_t msg_n)
{
    DIR *d = opendir(dir);
    enum err e;

    *out = arena_calloc(a, FILES_MAX, sizeof(**out));
    *n = 0;
    if (d == NULL) {
        (void)snprintf(msg, msg_n, "%s: %s", dir, strerrordesc_np(errno));
        return ERR_INVALID;
    }
    e = names_read(a, d, *out, n, msg, msg_n);
    for (size_t i = 0; e == ERR_OK && i < *n; i++)
        e = file_read(a, dirfd(d), &(*out)[i], msg, msg_n);
    closedir(d);
    if (e == ERR_OK && *n == 0) {
        (void)snprintf(msg, msg_n, "%s: no migrations", dir);
        e = ERR_INVALID;
    }
    return e;
}
