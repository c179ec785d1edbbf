/* A growing byte buffer with a maximum.  What would exceed the maximum is dropped
 * whole and `overflow` stays set, so callers check once, at the end. */
#ifndef SOUK_BASE_BUF_H
#define SOUK_BASE_BUF_H

#include <stdarg.h>

#include "base/arena.h"
#include "base/str.h"

struct buf {
    char *p;
    size_t n, cap, max;
    struct arena *arena; /* NULL: malloc'ed, buf_done() frees */
    bool overflow;
};

void buf_init(struct buf *b, size_t max);
void buf_init_arena(struct buf *b, struct arena *a, size_t max);
void buf_done(struct buf *b);
/* Empty again, memory kept. */
void buf_clear(struct buf *b);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_c(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The inside of a JSON string: escaped, invalid UTF-8 as U+FFFD, no quotes around it. */
void buf_json(struct buf *b, struct str s);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* What is in it, borrowed until the next change. */
struct str buf_view(const struct buf *b);
/* NUL-terminated view; the NUL does not count. */
const char *buf_cstr(struct buf *b);

#endif
