/* Percent encoding and application/x-www-form-urlencoded (WHATWG URL, section 5), read
 * strictly: what a browser never sends (a broken escape, bytes that are no UTF-8) is
 * refused instead of repaired.  Knows no field types: field.c does. */
#include "http/form.h"

#include <string.h>

#include "base/buf.h"

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool
unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

/* The byte that %XX at s.p[i] stands for, or -1. */
static int
escape_at(struct str s, size_t i)
{
    int hi, lo;

    if (s.n - i < 3)
        return -1;
    hi = hex_value(s.p[i + 1]);
    lo = hex_value(s.p[i + 2]);
    return hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
}

bool
percent_decode(struct arena *a, struct str s, bool plus_is_space, struct str *out)
{
    char *p = arena_alloc(a, s.n + 1);
    size_t i, n = 0;
    int byte;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] == '%') {
            byte = escape_at(s, i);
            if (byte < 0)
                return false;
            p[n++] = (char)byte;
            i += 2;
        } else {
            p[n++] = plus_is_space && s.p[i] == '+' ? ' ' : s.p[i];
        }
    }
    p[n] = '\0';
    *out = (struct str){p, n};
    return str_utf8_valid(*out);
}

struct str
percent_encode(struct arena *a, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *p = arena_calloc(a, s.n + 1, 3);
    size_t i, n = 0;

    for (i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (unreserved(s.p[i])) {
            p[n++] = s.p[i];
            continue;
        }
        p[n++] = '%';
        p[n++] = hex[c >> 4];
        p[n++] = hex[c & 15];
    }
    p[n] = '\0';
    return (struct str){p, n};
}

static struct jval *
member_find(struct jval *obj, struct str name)
{
    size_t i;

    for (i = 0; i < obj->n; i++)
        if (str_eq(obj->key[i], name))
            return &obj->v[i];
    return NULL;
}

/* The name was seen before: its member becomes an array, or grows.  The array doubles
 * whenever its length is a power of two, so many repeated names cost no square. */
static void
member_repeat(struct arena *a, struct jval *m, struct str value)
{
    struct jval *v, first = *m;

    if (m->type == J_STR) {
        memset(m, 0, sizeof(*m));
        m->type = J_ARRAY;
        m->v = arena_calloc(a, 2, sizeof(*m->v));
        m->v[m->n++] = first;
    } else if ((m->n & (m->n - 1)) == 0) {
        v = arena_calloc(a, m->n * 2, sizeof(*v));
        memcpy(v, m->v, m->n * sizeof(*v));
        m->v = v;
    }
    m->v[m->n].type = J_STR;
    m->v[m->n++].s = value;
}

void
form_add(struct arena *a, struct jval *form, struct str name, struct str value)
{
    struct jval *seen = member_find(form, name);

    if (seen != NULL)
        member_repeat(a, seen, value);
    else
        jin_add_str(form, name, value);
}

/* Pairs in the text; empty ones do not count. */
static size_t
pairs_count(struct str text)
{
    struct str pair;
    size_t n = 0;

    while (n <= FORM_FIELDS_MAX && str_next(&text, '&', &pair))
        n += pair.n > 0;
    return n;
}

enum err
form_parse(struct arena *a, struct str text, struct jval **out, struct fault *flt)
{
    size_t pairs = pairs_count(text);
    struct jval *obj;
    struct str pair, name, value;

    if (pairs > FORM_FIELDS_MAX)
        return fault_set(flt, ERR_BAD, "", "More than %d fields.", FORM_FIELDS_MAX);
    obj = jin_new_object(a, pairs);
    while (str_next(&text, '&', &pair)) {
        if (pair.n == 0)
            continue;
        str_cut(pair, '=', &name, &value);
        if (!percent_decode(a, name, true, &name) ||
            !percent_decode(a, value, true, &value))
            return fault_set(flt, ERR_BAD, "",
                "A field has a broken percent escape, a NUL or invalid UTF-8.");
        form_add(a, obj, name, value);
    }
    *out = obj;
    return ERR_OK;
}
