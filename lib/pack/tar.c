/* ustar, with GNU's form of sizes above 8 GiB. A member's head is written last, into the
 * place left for it. */
#include "pack/tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 512
#define OCTAL_MAX INT64_C(077777777777)

struct head {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100],
        magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155],
        pad[12];
};
_Static_assert(sizeof(struct head) == BLOCK, "a head is one block");

static enum err
put(int fd, const void *p, size_t n, int64_t at)
{
    const char *from = p;

    while (n > 0) {
        ssize_t did = pwrite(fd, from, n, at);

        if (did < 0 && errno == EINTR)
            continue;
        if (did <= 0)
            return ERR_UPSTREAM;
        from += did;
        at += did;
        n -= (size_t)did;
    }
    return ERR_OK;
}

static unsigned
sum_of(const struct head *h)
{
    struct head copy = *h;
    const unsigned char *p = (const unsigned char *)&copy;
    unsigned sum = 0;

    memset(copy.sum, ' ', sizeof(copy.sum));
    for (size_t i = 0; i < BLOCK; i++)
        sum += p[i];
    return sum;
}

static void
octal(char *out, size_t n, int64_t v)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%0*llo", (int)n - 1, (unsigned long long)v);
    memcpy(out, text, n);
}

static void
size_put(char out[12], int64_t v)
{
    if (v <= OCTAL_MAX) {
        octal(out, 12, v);
        return;
    }
    memset(out, 0, 12);
    out[0] = (char)0x80;
    for (int i = 11; i > 3; i--, v >>= 8)
        out[i] = (char)(v & 0xff);
}

enum err
tar_begin(struct tar_out *t, const char *name)
{
    static const char room[BLOCK];

    (void)snprintf(t->name, sizeof(t->name), "%s", name);
    t->head_at = t->at;
    t->at += BLOCK;
    return put(t->fd, room, BLOCK, t->head_at);
}

enum err
tar_add(struct tar_out *t, const void *p, size_t n)
{
    enum err e = put(t->fd, p, n, t->at);

    t->at += (int64_t)n;
    return e;
}

enum err
tar_member_end(struct tar_out *t, int64_t *size)
{
    static const char zeros[BLOCK];
    struct head h = {.type = '0'};
    char sum[8];
    enum err e;

    *size = t->at - t->head_at - BLOCK;
    memcpy(h.name, t->name, sizeof(t->name));
    octal(h.mode, sizeof(h.mode), 0600);
    octal(h.uid, sizeof(h.uid), 0);
    octal(h.gid, sizeof(h.gid), 0);
    octal(h.mtime, sizeof(h.mtime), t->now_s);
    size_put(h.size, *size);
    memcpy(h.magic, "ustar", 6);
    memcpy(h.version, "00", 2);
    octal(sum, 7, sum_of(&h));
    memcpy(h.sum, sum, 7);
    h.sum[7] = ' ';
    if ((e = put(t->fd, &h, BLOCK, t->head_at)) != ERR_OK || *size % BLOCK == 0)
        return e;
    return tar_add(t, zeros, (size_t)(BLOCK - *size % BLOCK));
}

enum err
tar_end(struct tar_out *t)
{
    static const char zeros[2 * BLOCK];

    return tar_add(t, zeros, sizeof(zeros));
}

/* --- reading --- */

static bool
octal_get(const char *p, size_t n, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < n && p[i] != '\0' && p[i] != ' '; i++) {
        if (p[i] < '0' || p[i] > '7')
            return false;
        *out = *out * 8 + (p[i] - '0');
    }
    return true;
}

static bool
size_get(const char p[12], int64_t *out)
{
    if ((unsigned char)p[0] != 0x80)
        return octal_get(p, 12, out);
    *out = 0;
    for (int i = 4; i < 12; i++)
        *out = (int64_t)((uint64_t)*out << 8 | (unsigned char)p[i]);
    return *out >= 0 && p[1] == 0 && p[2] == 0 && p[3] == 0;
}

static bool
name_ok(const struct head *h)
{
    size_t n = strnlen(h->name, sizeof(h->name));

    return n > 0 && n <= TAR_NAME_MAX && h->name[0] != '.' &&
           memchr(h->name, '/', n) == NULL && h->prefix[0] == '\0';
}

enum err
tar_next(int fd, int64_t *pos, struct tar_member *m)
{
    static const struct head zeros;
    struct head h;
    int64_t sum, end = lseek(fd, 0, SEEK_END);

    if (pread(fd, &h, BLOCK, *pos) != BLOCK)
        return ERR_BAD;
    if (memcmp(&h, &zeros, BLOCK) == 0)
        return ERR_NOT_FOUND;
    if (!octal_get(h.sum, sizeof(h.sum), &sum) || sum != (int64_t)sum_of(&h) ||
        h.type != '0' || !name_ok(&h) || !size_get(h.size, &m->size))
        return ERR_BAD;
    memcpy(m->name, h.name, sizeof(m->name));
    m->name[TAR_NAME_MAX] = '\0';
    m->at = *pos + BLOCK;
    if (m->size > end - m->at)
        return ERR_BAD;
    *pos = m->at + (m->size + BLOCK - 1) / BLOCK * BLOCK;
    return ERR_OK;
}
