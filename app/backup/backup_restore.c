/* The way back. The keys and books first, the database's record of its migrations last of
 * all: on what a kill leaves no program starts. Merges nothing: the place is empty, or
 * emptied. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/backup_parts.h"
#include "base/clock.h"
#include "db/migrate.h"
#include "pack/zst.h"

#define PIECE ((size_t)128 << 10)
#define OTHERS_TRIES 10
#define OTHERS_PAUSE_MS 200

struct back {
    struct backup *b;
    const char *from;
    int fd;
    struct manifest m;
};

/* --- may it be? --- */

static enum err
version_ok(struct back *r)
{
    char dir[BACKUP_PATH_N], msg[300] = "";
    size_t known = 0;

    (void)snprintf(dir, sizeof(dir), "%s/sql", r->b->app->set.share_dir);
    if (migrate_known(dir, &known, msg, sizeof(msg)) != ERR_OK)
        return backup_fail(r->b, ERR_INVALID, "share: %s", msg);
    if (r->m.migration > (int64_t)known)
        return backup_fail(r->b, ERR_CONFLICT,
            "%s is of version %.*s (migration %lld), this program knows %zu: restore it "
            "with that "
            "version or a newer one; nothing was changed",
            r->from, STR_F(r->m.program), (long long)r->m.migration, known);
    return ERR_OK;
}

/* The same bytes are there already: a secret that was put in its place beforehand. */
static bool
same(struct back *r, const struct manifest_file *f, const char *path)
{
    char text[4096];
    unsigned char sum[SHA256_N];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;

    if (fd >= 0)
        (void)close(fd);
    if (n != f->size)
        return false;
    sha256(text, (size_t)n, sum);
    explicit_bzero(text, sizeof(text));
    return str_eq(hex(r->b->a, sum, sizeof(sum)), f->sha256);
}

static enum err
files_empty(struct back *r)
{
    struct backup_file f[BACKUP_PLAIN_N];
    char books[BACKUP_PATH_N];
    const char *there = NULL;

    backup_plain(&r->b->app->set, f);
    backup_books_path(&r->b->app->set, books);
    for (size_t i = 0; i < BACKUP_PLAIN_N; i++) {
        const struct manifest_file *mf = manifest_file(&r->m, f[i].name);

        if (mf != NULL && access(f[i].path, F_OK) == 0 && !same(r, mf, f[i].path))
            there = f[i].path;
    }
    if (manifest_file(&r->m, BACKUP_BOOKS) != NULL && access(books, F_OK) == 0)
        there = books;
    return there == NULL ? ERR_OK
                         : backup_fail(r->b, ERR_CONFLICT,
                               "%s is there: restore into an empty place, or with "
                               "--force to lose what is there",
                               there);
}

/* Connections of programs that have just ended are gone in a moment. */
static enum err
others_gone(struct backup *b, int64_t *others)
{
    enum err e = ERR_OK;

    for (int i = 0; i < OTHERS_TRIES; i++) {
        e = backup_store_others(b->db, b->a, others);
        if (e != ERR_OK || *others == 0)
            return e;
        clock_sleep_ms(OTHERS_PAUSE_MS);
    }
    return e;
}

static enum err
place_ok(struct back *r, struct db_rows *tables, bool force)
{
    struct backup *b = r->b;
    int64_t others = 0;
    enum err e = others_gone(b, &others);

    if (e == ERR_OK)
        e = backup_store_tables(b->db, b->a, tables);
    if (e != ERR_OK)
        return backup_fail(b, e, "the database cannot be read; see the log above");
    if (others > 0)
        return backup_fail(b, ERR_CONFLICT,
            "%lld other connections use the database: stop the shop first; nothing was "
            "changed",
            (long long)others);
    if (force)
        return ERR_OK;
    if (tables->n > 0)
        return backup_fail(b, ERR_CONFLICT,
            "the database \"%s\" is not empty: restore into an empty one, or with "
            "--force to lose"
            " what is there",
            b->app->set.db_name);
    return files_empty(r);
}

/* --- members back to where they belong --- */

struct sink {
    int fd;
    int no; /* errno of what failed */
};

static enum err
sink_put(void *arg, const void *p, size_t n)
{
    struct sink *s = arg;
    const char *at = p;

    while (n > 0) {
        ssize_t did = write(s->fd, at, n);

        if (did < 0 && errno == EINTR)
            continue;
        if (did <= 0) {
            s->no = errno;
            return ERR_UPSTREAM;
        }
        at += did;
        n -= (size_t)did;
    }
    return ERR_OK;
}

/* The member `name`, unpacked if `packed`, into s. */
static enum err
pour(struct back *r, const char *name, bool packed, struct sink *s)
{
    struct zst *z = packed ? zst_unpack_new() : NULL;
    struct backup *b = r->b;
    struct tar_member m;
    enum err e = backup_member(r->fd, name, &m);
    char *p = arena_alloc(b->a, PIECE);

    for (int64_t done = 0; e == ERR_OK && done < m.size;) {
        int64_t left = m.size - done;
        ssize_t n = pread(r->fd, p,
            (size_t)(left < (int64_t)PIECE ? left : (int64_t)PIECE), m.at + done);

        if (n <= 0 || *b->ended != 0)
            e = backup_fail(b, ERR_UPSTREAM, "%s was not read to its end", r->from);
        else if (z != NULL)
            e = zst_add(z, p, (size_t)n, sink_put, s);
        else
            e = sink_put(s, p, (size_t)n);
        done += n > 0 ? n : 0;
        if (b->progress != NULL)
            b->progress(b->arg, name, done, m.size);
    }
    if (e == ERR_OK && z != NULL)
        e = zst_end(z, sink_put, s);
    zst_free(z);
    return e;
}

static enum err
file_back(struct back *r, const char *name, bool packed, const char *path)
{
    char part[BACKUP_PATH_N + 8];
    struct sink s = {.fd = -1};
    enum err e;

    (void)snprintf(part, sizeof(part), "%s.part", path);
    s.fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    e = s.fd < 0 ? ERR_UPSTREAM : pour(r, name, packed, &s);
    if (e == ERR_OK && (fsync(s.fd) != 0 || rename(part, path) != 0))
        e = ERR_UPSTREAM;
    if (e != ERR_OK) {
        (void)backup_fail(r->b, e, "%s cannot be written: %s", path,
            strerrordesc_np(s.no != 0 ? s.no : errno));
        (void)unlink(part);
    }
    if (s.fd >= 0)
        (void)close(s.fd);
    return e;
}

static enum err
files_back(struct back *r)
{
    struct backup_file f[BACKUP_PLAIN_N];
    const struct settings *s = &r->b->app->set;
    char path[BACKUP_PATH_N], log[BACKUP_PATH_N + 8];
    enum err e = ERR_OK;

    backup_plain(s, f);
    for (size_t i = 0; e == ERR_OK && i < BACKUP_PLAIN_N; i++) {
        const struct manifest_file *mf = manifest_file(&r->m, f[i].name);

        if (mf != NULL && !same(r, mf, f[i].path))
            e = file_back(r, f[i].name, false, f[i].path);
    }
    if (e != ERR_OK || manifest_file(&r->m, BACKUP_BOOKS) == NULL)
        return e;
    (void)snprintf(path, sizeof(path), "%s/data", s->state_dir);
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
        return backup_fail(
            r->b, ERR_UPSTREAM, "%s cannot be made: %s", path, strerrordesc_np(errno));
    backup_books_path(s, path);
    /* What an old file left beside it is no part of the new one. */
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(log, sizeof(log), "%s-%s", path, i == 0 ? "wal" : "shm");
        (void)unlink(log);
    }
    return file_back(r, BACKUP_BOOKS, true, path);
}

static enum err
half_done(struct back *r, const char *why)
{
    return backup_fail(r->b, ERR_UPSTREAM,
        "the database took only a part of it (%s): mend that, then restore again with "
        "--force",
        why);
}

static enum err
database_back(struct back *r)
{
    struct proc p = {.pid = -1};
    char why[300] = "";
    struct sink s;
    int fds[2];
    enum err e, ended;

    if (pipe2(fds, O_CLOEXEC) != 0)
        return backup_fail(r->b, ERR_UPSTREAM, "no pipe: %s", strerrordesc_np(errno));
    s = (struct sink){.fd = fds[1]};
    e = client_load(r->b, fds[0], &p);
    (void)close(fds[0]);
    if (e == ERR_OK)
        e = pour(r, BACKUP_DATABASE, true, &s);
    (void)close(fds[1]);
    if (p.pid <= 0)
        return e;
    /* A client that gave up says why; that is worth more than our broken pipe. */
    ended = proc_end(&p, why, sizeof(why));
    if (ended != ERR_OK || e != ERR_OK)
        return half_done(r, why[0] != '\0' ? why : "it was cut short");
    return ERR_OK;
}

static enum err
compare(struct back *r)
{
    struct backup *b = r->b;

    for (size_t i = 0; i < r->m.table_n; i++) {
        const struct manifest_table *t = &r->m.table[i];
        int64_t n = 0;
        char why[200];

        if (t->rows < 0)
            continue;
        if (backup_store_count(b->db, b->a, t->name, &n) == ERR_OK && n == t->rows) {
            b->rows += n;
            continue;
        }
        (void)snprintf(why, sizeof(why), "%.*s has %lld rows instead of %lld",
            STR_F(t->name), (long long)n, (long long)t->rows);
        return half_done(r, why);
    }
    b->tables = (int64_t)r->m.table_n;
    return ERR_OK;
}

enum err
backup_restore(struct backup *b, const char *path, bool force)
{
    struct back *r = arena_calloc(b->a, 1, sizeof(*r));
    struct db_rows tables;
    enum err e;

    r->b = b;
    r->from = path;
    if ((e = backup_open(b, path, &r->fd, &r->m)) != ERR_OK)
        return e;
    e = version_ok(r);
    if (e == ERR_OK)
        e = place_ok(r, &tables, force);
    if (e == ERR_OK && force && backup_store_drop(b->db, b->a, &tables) != ERR_OK)
        e = backup_fail(
            b, ERR_UPSTREAM, "the database cannot be emptied; see the log above");
    if (e == ERR_OK)
        e = files_back(r);
    if (e == ERR_OK)
        e = database_back(r);
    if (e == ERR_OK)
        e = compare(r);
    b->bytes = lseek(r->fd, 0, SEEK_END);
    (void)close(r->fd);
    return e;
}
