/* Looking at a backup: every byte of it is read and compared with what its manifest says,
 * before anybody relies on one. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "backup/backup_parts.h"

#define PIECE ((size_t)128 << 10)

enum err
backup_member(int fd, const char *name, struct tar_member *m)
{
    int64_t pos = 0;
    enum err e;

    while ((e = tar_next(fd, &pos, m)) == ERR_OK)
        if (strcmp(m->name, name) == 0)
            return ERR_OK;
    return e;
}

static enum err
hash(struct backup *b, int fd, const struct tar_member *m, struct str *out, int64_t *done,
    int64_t of)
{
    char *p = arena_alloc(b->a, PIECE);
    unsigned char sum[SHA256_N];
    struct sha256 *s = sha256_new();
    int64_t at = m->at, end = m->at + m->size;
    ssize_t n = 1;

    for (; n > 0 && at < end && *b->ended == 0; at += n) {
        int64_t want = end - at < (int64_t)PIECE ? end - at : (int64_t)PIECE;

        n = pread(fd, p, (size_t)want, at);
        if (n <= 0)
            break;
        sha256_add(s, p, (size_t)n);
        *done += n;
        if (b->progress != NULL)
            b->progress(b->arg, "checking", *done, of);
    }
    sha256_end(s, sum);
    *out = hex(b->a, sum, sizeof(sum));
    return at == end ? ERR_OK : ERR_BAD;
}

static enum err
bad(struct backup *b, const char *path, const char *why)
{
    return backup_fail(
        b, ERR_BAD, "%s %s: take another backup; nothing was changed", path, why);
}

static enum err
manifest_get(struct backup *b, const char *path, int fd, struct manifest *m)
{
    struct tar_member at;
    enum err e = backup_member(fd, BACKUP_MANIFEST, &at);
    char *p;

    if (e == ERR_BAD && lseek(fd, 0, SEEK_END) >= 512)
        return bad(b, path, "is cut off or altered, or no backup of a shop");
    if (e != ERR_OK || at.size > (int64_t)BACKUP_MANIFEST_MAX)
        return bad(b, path, "is no backup of a shop");
    p = arena_alloc(b->a, (size_t)at.size + 1);
    if (pread(fd, p, (size_t)at.size, at.at) != at.size)
        return bad(b, path, "cannot be read");
    e = manifest_read(b->a, (struct str){p, (size_t)at.size}, m);
    if (e == ERR_CONFLICT)
        return backup_fail(
            b, e, "%s was made by a newer program: restore it with that one", path);
    return e == ERR_OK
               ? e
               : bad(b, path, "is altered (its manifest is not as it was written)");
}

/* Every member is in the manifest, and every one of the manifest in the file. */
static enum err
check(struct backup *b, const char *path, int fd, const struct manifest *m)
{
    int64_t pos = 0, done = 0, of = lseek(fd, 0, SEEK_END);
    struct tar_member at;
    size_t n = 0;
    enum err e;

    while ((e = tar_next(fd, &pos, &at)) == ERR_OK) {
        const struct manifest_file *f = manifest_file(m, at.name);
        struct str sum;

        if (strcmp(at.name, BACKUP_MANIFEST) == 0)
            continue;
        if (f == NULL || f->size != at.size ||
            hash(b, fd, &at, &sum, &done, of) != ERR_OK || !str_eq(sum, f->sha256))
            return bad(b, path,
                *b->ended != 0 ? "was not read to its end"
                               : "is altered (a checksum is not as it was written)");
        n++;
    }
    return e == ERR_NOT_FOUND && n == m->file_n ? ERR_OK
                                                : bad(b, path, "is cut off or altered");
}

enum err
backup_open(struct backup *b, const char *path, int *fd, struct manifest *m)
{
    enum err e;

    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return backup_fail(
            b, ERR_NOT_FOUND, "%s cannot be read: %s", path, strerrordesc_np(errno));
    if ((e = manifest_get(b, path, *fd, m)) == ERR_OK)
        e = check(b, path, *fd, m);
    if (e != ERR_OK)
        (void)close(*fd);
    return e;
}
