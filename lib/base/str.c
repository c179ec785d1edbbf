/* Strings that carry their length: comparing, cutting, strict numbers, UTF-8.
 * Nothing here allocates, writes to the bytes, or depends on the locale. */
#include "base/str.h"

#include <string.h>

struct str
str_c(const char *s)
{
    return (struct str){s, s != NULL ? strlen(s) : 0};
}

bool
str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static unsigned char
ascii_lower(char c)
{
    unsigned char u = (unsigned char)c;

    return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

bool
str_eq_nocase(struct str a, struct str b)
{
    size_t i;

    if (a.n != b.n)
        return false;
    for (i = 0; i < a.n; i++)
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
            return false;
    return true;
}

bool
str_eq_c(struct str a, const char *b)
{
    return str_eq(a, str_c(b));
}

bool
str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq((struct str){s.p, prefix.n}, prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_sub(s, s.n - suffix.n, suffix.n), suffix);
}

int
str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

    if (c != 0)
        return c;
    return (a.n > b.n) - (a.n < b.n);
}

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str
str_trim(struct str s)
{
    while (s.n > 0 && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str
str_sub(struct str s, size_t from, size_t n)
{
    if (s.p == NULL)
        return s;
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return (struct str){s.p + from, n};
}

size_t
str_chr(struct str s, char c)
{
    const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

    return at != NULL ? (size_t)(at - s.p) : SIZE_MAX;
}

bool
str_cut(struct str s, char sep, struct str *head, struct str *tail)
{
    size_t at = str_chr(s, sep);

    if (at == SIZE_MAX) {
        *head = s;
        *tail = str_sub(s, s.n, 0);
        return false;
    }
    *head = str_sub(s, 0, at);
    *tail = str_sub(s, at + 1, s.n);
    return true;
}

bool
str_next(struct str *rest, char sep, struct str *piece)
{
    if (rest->p == NULL)
        return false;
    if (!str_cut(*rest, sep, piece, rest))
        *rest = STR_NULL;
    return true;
}

bool
str_u64(struct str s, uint64_t *out)
{
    uint64_t v = 0;
    size_t i;

    if (s.n == 0)
        return false;
    for (i = 0; i < s.n; i++) {
        uint64_t digit = (uint64_t)(unsigned char)s.p[i] - '0';

        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

bool
str_i64(struct str s, int64_t *out)
{
    bool minus = s.n > 0 && s.p[0] == '-';
    uint64_t v;

    if (!str_u64(minus ? str_sub(s, 1, s.n) : s, &v))
        return false;
    if (minus && v == (uint64_t)INT64_MAX + 1) {
        *out = INT64_MIN;
        return true;
    }
    if (v > INT64_MAX)
        return false;
    *out = minus ? -(int64_t)v : (int64_t)v;
    return true;
}

/* Length of the sequence that `first` opens and the bounds of its second byte: the
 * rows of table 3-7, which exclude overlong forms, surrogates and all above U+10FFFF. */
static size_t
utf8_row(unsigned char first, unsigned char *low, unsigned char *high)
{
    *low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    *high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

size_t
str_utf8_step(struct str s)
{
    unsigned char low, high, c;
    size_t n, i;

    if (s.n == 0)
        return 0;
    n = utf8_row((unsigned char)s.p[0], &low, &high);
    if (n > s.n)
        return 0;
    for (i = 1; i < n; i++) {
        c = (unsigned char)s.p[i];
        if (c < low || c > high)
            return 0;
        low = 0x80;
        high = 0xBF;
    }
    return n;
}

bool
str_is_ascii(struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

bool
str_utf8_valid(struct str s)
{
    size_t i = 0, step;

    while (i < s.n) {
        if (s.p[i] == '\0')
            return false;
        if ((unsigned char)s.p[i] < 0x80) {
            i++;
            continue;
        }
        step = str_utf8_step((struct str){s.p + i, s.n - i});
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

static bool
is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

size_t
str_utf8_count(struct str s)
{
    size_t i, count = 0;

    for (i = 0; i < s.n; i++)
        count += !is_continuation(s.p[i]);
    return count;
}

struct str
str_utf8_cut(struct str s, size_t max)
{
    if (s.n <= max)
        return s;
    while (max > 0 && is_continuation(s.p[max]))
        max--;
    s.n = max;
    return s;
}

uint64_t
str_hash(struct str s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    size_t i;

    for (i = 0; i < s.n; i++) {
        h ^= (unsigned char)s.p[i];
        h *= UINT64_C(0x100000001b3);
    }
    return h;
}
