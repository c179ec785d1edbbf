/* A growing byte buffer that never passes its maximum.  One byte behind the content is
 * always kept, so that a NUL can follow it.  Out of memory aborts, as in the arena. */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 256
#define I64_N 20 /* "-9223372036854775808" */

void
buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void
buf_init_arena(struct buf *b, struct arena *a, size_t max)
{
    *b = (struct buf){.max = max, .arena = a};
}

void
buf_done(struct buf *b)
{
    if (b->arena == NULL)
        free(b->p);
    *b = (struct buf){.max = b->max, .arena = b->arena};
}

void
buf_clear(struct buf *b)
{
    b->n = 0;
    b->overflow = false;
}

/* Make room for `n` more bytes and a NUL; false, and overflow, above the maximum. */
static bool
reserve(struct buf *b, size_t n)
{
    size_t need, cap;
    char *p;

    if (n > b->max - b->n) {
        b->overflow = true;
        return false;
    }
    need = b->n + n + 1;
    if (need <= b->cap)
        return true;
    cap = b->cap > 0 ? b->cap : BUF_FIRST;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > b->max)
        cap = b->max + 1;
    if (b->arena != NULL) {
        p = arena_alloc(b->arena, cap);
        if (b->n > 0)
            memcpy(p, b->p, b->n);
    } else {
        p = realloc(b->p, cap);
        if (p == NULL)
            abort();
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
    if (n == 0 || !reserve(b, n))
        return;
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

void
buf_str(struct buf *b, struct str s)
{
    buf_put(b, s.p, s.n);
}

void
buf_c(struct buf *b, const char *s)
{
    buf_str(b, str_c(s));
}

void
buf_char(struct buf *b, char c)
{
    if (reserve(b, 1))
        b->p[b->n++] = c;
}

/* By hand: numbers are a large part of what is written, and a format is slow. */
void
buf_i64(struct buf *b, int64_t v)
{
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    char digits[I64_N];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + u % 10);
        u /= 10;
    } while (u > 0);
    if (v < 0)
        digits[--at] = '-';
    buf_put(b, digits + at, sizeof(digits) - at);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    size_t room;
    int n;

    va_copy(again, ap);
    room = b->cap - b->n;
    n = vsnprintf(room > 0 ? b->p + b->n : NULL, room, fmt, ap);
    if (n < 0)
        abort();
    /* Cut off is not in: only a text that fits whole moves the end. */
    if (n > 0 && reserve(b, (size_t)n)) {
        if ((size_t)n >= room && vsnprintf(b->p + b->n, b->cap - b->n, fmt, again) != n)
            abort();
        b->n += (size_t)n;
    }
    va_end(again);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

static void
json_special(struct buf *b, unsigned char c)
{
    static const char *const named[0x20] = {
        ['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t"};

    if (c == '"')
        buf_c(b, "\\\"");
    else if (c == '\\')
        buf_c(b, "\\\\");
    else if (c >= NELEM(named))
        buf_c(b, "\xEF\xBF\xBD"); /* no UTF-8: U+FFFD */
    else if (named[c] != NULL)
        buf_c(b, named[c]);
    else
        buf_printf(b, "\\u%04x", (unsigned)c);
}

void
buf_json(struct buf *b, struct str s)
{
    size_t i = 0, plain = 0, step;

    while (i < s.n) {
        unsigned char c = (unsigned char)s.p[i];
        bool special = c < 0x20 || c == '"' || c == '\\';

        if (c < 0x80 && !special) {
            i++;
            continue;
        }
        step = str_utf8_step((struct str){s.p + i, s.n - i});
        if (step == 0 || special) {
            buf_put(b, s.p + plain, i - plain);
            json_special(b, c);
            step = 1;
            plain = i + 1;
        }
        i += step;
    }
    buf_put(b, s.p != NULL ? s.p + plain : NULL, s.n - plain);
}

struct str
buf_view(const struct buf *b)
{
    return (struct str){b->p != NULL ? b->p : "", b->n};
}

const char *
buf_cstr(struct buf *b)
{
    if (!reserve(b, 0))
        return "";
    b->p[b->n] = '\0';
    return b->p;
}
