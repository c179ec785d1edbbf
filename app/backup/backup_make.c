/* Making a backup. It is written beside its place, as NAME.part, brought to the disk, and
 * only then given its name: what a full disk or a kill leaves behind never looks whole.
 * The database first, then the provider's books: every payment the shop knows is in them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/backup_parts.h"
#include "base/clock.h"
#include "lite/lite.h"
#include "pack/zst.h"

/* A database that says nothing for so long says nothing any more. */
#define SILENCE_MS (5 * 60 * 1000)
#define PIECE ((size_t)128 << 10)
#define TELL_EVERY_US 200000

struct making {
    struct backup *b;
    struct manifest m;
    struct tar_out tar;
    struct sha256 *sum; /* of the member that is written */
    struct dump_count count;
    int64_t read, told_us;
    char piece[PIECE];
};

enum err
backup_fail(struct backup *b, enum err e, const char *fmt, ...)
{
    va_list ap;

    if (b->msg[0] != '\0')
        return e;
    va_start(ap, fmt);
    (void)vsnprintf(b->msg, sizeof(b->msg), fmt, ap);
    va_end(ap);
    return e;
}

void
backup_plain(const struct settings *s, struct backup_file f[BACKUP_PLAIN_N])
{
    static const char *const names[BACKUP_PLAIN_N] = {
        "keys", "pay.keys", "admin.json", "admin-allow.conf", "metrics-allow.conf"};

    for (size_t i = 0; i < BACKUP_PLAIN_N; i++) {
        const char *elsewhere = i == 0 ? s->key_file : i == 1 ? s->pay_key_file : "";

        f[i].name = names[i];
        if (elsewhere[0] != '\0')
            (void)snprintf(f[i].path, sizeof(f[i].path), "%s", elsewhere);
        else
            (void)snprintf(f[i].path, sizeof(f[i].path), "%s/%s", s->state_dir, names[i]);
    }
}

void
backup_books_path(const struct settings *s, char path[BACKUP_PATH_N])
{
    (void)snprintf(path, BACKUP_PATH_N, "%s/data/pay.db", s->state_dir);
}

/* --- members --- */

static enum err
unwritten(struct making *k)
{
    return backup_fail(
        k->b, ERR_UPSTREAM, "the backup cannot be written: %s", strerrordesc_np(errno));
}

static enum err
member_begin(struct making *k, const char *name)
{
    if (tar_begin(&k->tar, name) != ERR_OK)
        return unwritten(k);
    k->sum = sha256_new();
    return ERR_OK;
}

static enum err
member_add(void *arg, const void *p, size_t n)
{
    struct making *k = arg;

    sha256_add(k->sum, p, n);
    return tar_add(&k->tar, p, n) == ERR_OK ? ERR_OK : unwritten(k);
}

/* Its place in the manifest, unless e. */
static enum err
member_end(struct making *k, enum err e)
{
    struct manifest_file *f = &k->m.file[k->m.file_n];
    unsigned char sum[SHA256_N];

    sha256_end(k->sum, sum);
    if (e != ERR_OK)
        return e;
    if (tar_member_end(&k->tar, &f->size) != ERR_OK)
        return unwritten(k);
    f->name = arena_str(k->b->a, str_c(k->tar.name));
    f->sha256 = hex(k->b->a, sum, sizeof(sum));
    k->m.file_n++;
    return ERR_OK;
}

static enum err
go_on(struct making *k, const char *what, size_t n)
{
    int64_t now = clock_mono_us();

    k->read += (int64_t)n;
    if (*k->b->ended != 0)
        return backup_fail(k->b, ERR_UPSTREAM, "ended by a signal; no backup was made");
    if (k->b->progress != NULL && now - k->told_us > TELL_EVERY_US) {
        k->told_us = now;
        k->b->progress(k->b->arg, what, k->read, 0);
    }
    return ERR_OK;
}

/* The next bytes; 0: no more. -1 with errno. */
static ssize_t
next_piece(struct making *k, int fd)
{
    struct pollfd pf = {.fd = fd, .events = POLLIN};
    int rc = poll(&pf, 1, SILENCE_MS);
    ssize_t n;

    if (rc == 0)
        errno = ETIMEDOUT;
    if (rc == 0 || (rc < 0 && errno != EINTR))
        return -1;
    if (rc < 0 || (n = read(fd, k->piece, sizeof(k->piece))) < 0)
        return errno == EINTR ? next_piece(k, fd) : -1;
    return n;
}

/* All of fd, compressed, as the member `name`. */
static enum err
packed(struct making *k, const char *name, int fd, bool counted)
{
    enum err e = member_begin(k, name);
    struct zst *z;
    ssize_t n = 0;

    if (e != ERR_OK)
        return e;
    z = zst_pack_new();
    while (e == ERR_OK && (n = next_piece(k, fd)) > 0) {
        if (counted)
            dump_count(&k->count, k->piece, (size_t)n);
        e = zst_add(z, k->piece, (size_t)n, member_add, k);
        if (e == ERR_OK)
            e = go_on(k, name, (size_t)n);
    }
    if (e == ERR_OK && n < 0)
        e = backup_fail(
            k->b, ERR_UPSTREAM, "%s: no more comes: %s", name, strerrordesc_np(errno));
    if (e == ERR_OK)
        e = zst_end(z, member_add, k);
    zst_free(z);
    return member_end(k, e);
}

static enum err
plain(struct making *k, const struct backup_file *f)
{
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    enum err e;
    ssize_t n;

    if (fd < 0 && errno == ENOENT)
        return ERR_OK;
    if (fd < 0)
        return backup_fail(
            k->b, ERR_UPSTREAM, "%s cannot be read: %s", f->path, strerrordesc_np(errno));
    if ((e = member_begin(k, f->name)) == ERR_OK) {
        while (e == ERR_OK && (n = read(fd, k->piece, sizeof(k->piece))) > 0)
            e = member_add(k, k->piece, (size_t)n);
        e = member_end(k, e);
    }
    (void)close(fd);
    return e;
}

/* --- parts --- */

static enum err
database(struct making *k, const struct db_rows *tables)
{
    struct proc p = {.pid = -1};
    char why[300];
    int fds[2];
    enum err e;

    if (pipe2(fds, O_CLOEXEC) != 0)
        return backup_fail(k->b, ERR_UPSTREAM, "no pipe: %s", strerrordesc_np(errno));
    k->count = (struct dump_count){.m = &k->m};
    e = client_dump(k->b, tables, fds[1], &p);
    (void)close(fds[1]);
    if (e == ERR_OK)
        e = packed(k, BACKUP_DATABASE, fds[0], true);
    (void)close(fds[0]);
    if (e != ERR_OK) {
        proc_kill(&p);
        return e;
    }
    if (proc_end(&p, why, sizeof(why)) != ERR_OK)
        return backup_fail(k->b, ERR_UPSTREAM, "mariadb-dump failed: %s", why);
    if (!k->count.whole)
        return backup_fail(k->b, ERR_UPSTREAM, "mariadb-dump ended early; try again");
    return ERR_OK;
}

static enum err
books(struct making *k, const char *part)
{
    char from[BACKUP_PATH_N], copy[BACKUP_PATH_N + 16];
    enum err e;
    int fd;

    backup_books_path(&k->b->app->set, from);
    (void)snprintf(copy, sizeof(copy), "%s.pay", part);
    (void)unlink(copy);
    if ((e = lite_copy(from, copy)) == ERR_NOT_FOUND)
        return ERR_OK; /* another provider's books are not ours */
    fd = e == ERR_OK ? open(copy, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        e = backup_fail(
            k->b, ERR_UPSTREAM, "%s cannot be copied; see the log above", from);
    else
        e = packed(k, BACKUP_BOOKS, fd, false);
    if (fd >= 0)
        (void)close(fd);
    (void)unlink(copy);
    return e;
}

static enum err
manifest(struct making *k)
{
    char now[TIME_RFC3339_N];
    struct buf text;
    enum err e;

    k->m.program = STR(PACKAGE_VERSION);
    k->m.made = str_c(time_rfc3339(now, clock_ms()));
    buf_init_arena(&text, k->b->a, BACKUP_MANIFEST_MAX);
    manifest_write(k->b->a, &k->m, &text);
    if ((e = member_begin(k, BACKUP_MANIFEST)) != ERR_OK)
        return e;
    e = member_end(k, member_add(k, text.p, text.n));
    if (e == ERR_OK && tar_end(&k->tar) != ERR_OK)
        e = unwritten(k);
    return e;
}

static enum err
all_parts(struct making *k, const char *part)
{
    struct backup_file f[BACKUP_PLAIN_N];
    struct backup *b = k->b;
    struct db_rows tables;
    enum err e = backup_store_version(b->db, b->a, &k->m.migration);

    if (e == ERR_CONFLICT)
        return backup_fail(
            b, e, "a migration is not done: let souk migrate finish first");
    if (e == ERR_NOT_FOUND)
        return backup_fail(b, e, "the database is empty: there is no shop in it");
    if (e != ERR_OK || (e = backup_store_tables(b->db, b->a, &tables)) != ERR_OK)
        return backup_fail(b, e, "the database cannot be read; see the log above");
    if (tables.n > BACKUP_TABLES_MAX)
        return backup_fail(
            b, ERR_TOO_LARGE, "the database has more than %d tables", BACKUP_TABLES_MAX);
    for (size_t i = 0; i < tables.n; i++)
        k->m.table[k->m.table_n++].name = db_str(&tables, i, 0);
    if ((e = database(k, &tables)) == ERR_OK)
        e = books(k, part);
    backup_plain(&b->app->set, f);
    for (size_t i = 0; e == ERR_OK && i < BACKUP_PLAIN_N; i++)
        e = plain(k, &f[i]);
    return e == ERR_OK ? manifest(k) : e;
}

/* --- the file --- */

static enum err
name_it(struct backup *b, const char *target, char path[BACKUP_PATH_N])
{
    char now[TIME_RFC3339_N];
    struct stat st;
    int n;

    if (stat(target, &st) == 0 && S_ISDIR(st.st_mode)) {
        (void)time_rfc3339(now, clock_ms());
        n = snprintf(path, BACKUP_PATH_N, "%s/souk-%.4s%.2s%.2sT%.2s%.2s%.2sZ.tar",
            target, now, now + 5, now + 8, now + 11, now + 14, now + 17);
    } else {
        n = snprintf(path, BACKUP_PATH_N, "%s", target);
    }
    if (n < 0 || n >= BACKUP_PATH_N - 16)
        return backup_fail(b, ERR_INVALID, "%s is too long a name", target);
    if (access(path, F_OK) == 0)
        return backup_fail(
            b, ERR_CONFLICT, "%s is there already: give another name", path);
    return ERR_OK;
}

/* To the disk, and the folder that names it. */
static enum err
appear(struct making *k, const char *part, const char *path)
{
    char *dir = arena_cstr(k->b->a, str_c(path)), *slash = strrchr(dir, '/');
    int fd;

    if (slash != NULL)
        slash[slash == dir ? 1 : 0] = '\0';
    fd = open(slash != NULL ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(k->tar.fd) != 0 || rename(part, path) != 0 || fsync(fd) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return unwritten(k);
    }
    (void)close(fd);
    return ERR_OK;
}

static void
sum_up(struct making *k)
{
    k->b->tables = (int64_t)k->m.table_n;
    k->b->bytes = k->tar.at;
    for (size_t i = 0; i < k->m.table_n; i++)
        k->b->rows += k->m.table[i].rows > 0 ? k->m.table[i].rows : 0;
}

enum err
backup_make(struct backup *b, const char *target, char path[BACKUP_PATH_N])
{
    struct making *k = arena_calloc(b->a, 1, sizeof(*k));
    char part[BACKUP_PATH_N + 8];
    enum err e = name_it(b, target, path);

    if (e != ERR_OK)
        return e;
    k->b = b;
    k->tar.now_s = clock_ms() / 1000;
    (void)snprintf(part, sizeof(part), "%s.part", path);
    k->tar.fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (k->tar.fd < 0 || fchmod(k->tar.fd, S_IRUSR | S_IWUSR) != 0)
        return backup_fail(
            b, ERR_UPSTREAM, "%s cannot be written: %s", part, strerrordesc_np(errno));
    if ((e = all_parts(k, part)) == ERR_OK)
        e = appear(k, part, path);
    (void)close(k->tar.fd);
    if (e != ERR_OK)
        (void)unlink(part);
    sum_up(k);
    return e;
}
