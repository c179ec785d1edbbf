/* Archives that tar(1) reads: members written one after the other to a file, of sizes
 * that are known only when their last byte is, and found again. Plain files of one folder
 * alone: names with a slash, links and all else are refused. */
#ifndef SOUK_PACK_TAR_H
#define SOUK_PACK_TAR_H

#include <stdint.h>

#include "base/err.h"

#define TAR_NAME_MAX 99

struct tar_out {
    int fd; /* at its end; can be written to at any place */
    int64_t at, head_at;
    char name[TAR_NAME_MAX + 1];
    int64_t now_s;
};

/* All: ERR_UPSTREAM with errno when the file cannot be written. */
enum err tar_begin(struct tar_out *t, const char *name) MUST_CHECK;
enum err tar_add(struct tar_out *t, const void *p, size_t n) MUST_CHECK;
/* *size: of the member. */
enum err tar_member_end(struct tar_out *t, int64_t *size) MUST_CHECK;
enum err tar_end(struct tar_out *t) MUST_CHECK;

struct tar_member {
    char name[TAR_NAME_MAX + 1];
    int64_t at, size;
};
/* The member that begins at *pos, which is moved behind it. ERR_NOT_FOUND: the archive's
 * end; ERR_BAD: none of ours, or cut off. */
enum err tar_next(int fd, int64_t *pos, struct tar_member *m) MUST_CHECK;

#endif
