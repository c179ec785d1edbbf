/* Delimiters are looked for, not remembered: a line that is "--boundary" and nothing else
 * ends a part, one that only begins like it is content. Knows nothing of fields and their
 * types. */
#include "http/multipart.h"

#include <string.h>

#define BOUNDARY_MAX 70
#define HEADERS_MAX 16
#define HEADER_MAX ((size_t)2048)

static enum err
broken(struct fault *flt, const char *what)
{
    return fault_set(flt, ERR_BAD, "", "The form's parts cannot be read: %s.", what);
}

/* --- Content-Type and Content-Disposition: value; name=value; name="value" --- */

static bool
token_char(char c)
{
    return c > ' ' && c < 127 && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

static bool
is_token(struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++)
        if (!token_char(s.p[i]))
            return false;
    return s.n > 0;
}

/* "value" and what follows it. Browsers have no backslash escapes in it (see unescape()).
 */
static bool
quoted_take(struct str *rest, struct str *value)
{
    struct str inner = str_sub(*rest, 1, rest->n);
    size_t end = str_chr(inner, '"');

    if (end == SIZE_MAX)
        return false;
    *value = str_sub(inner, 0, end);
    *rest = str_trim(str_sub(inner, end + 1, inner.n));
    return true;
}

/* One more "; name=value" of a header; false at its end and when it is broken, which the
 * caller tells apart by what is left. */
static bool
param_next(struct str *rest, struct str *name, struct str *value)
{
    struct str at = str_trim(*rest), from;

    if (at.n == 0 || at.p[0] != ';')
        return false;
    from = str_trim(str_sub(at, 1, at.n));
    if (!str_cut(from, '=', name, &at) || !is_token(*name))
        return false;
    if (at.n > 0 && at.p[0] == '"') {
        if (!quoted_take(&at, value))
            return false;
    } else {
        size_t n = str_chr(at, ';');

        *value = str_trim(str_sub(at, 0, n));
        if (!is_token(*value))
            return false;
        at = n == SIZE_MAX ? STR("") : str_sub(at, n, at.n);
    }
    *rest = at;
    return true;
}

/* What stands before the first ';'. */
static struct str
head_take(struct str *rest)
{
    size_t n = str_chr(*rest, ';');
    struct str head = str_trim(str_sub(*rest, 0, n));

    *rest = n == SIZE_MAX ? STR("") : str_sub(*rest, n, rest->n);
    return head;
}

static bool
boundary_ok(struct str b)
{
    static const char others[] = "'()+_,-./:=? ";
    size_t i;

    for (i = 0; i < b.n; i++)
        if (!(b.p[i] >= '0' && b.p[i] <= '9') && !(b.p[i] >= 'a' && b.p[i] <= 'z') &&
            !(b.p[i] >= 'A' && b.p[i] <= 'Z') &&
            (b.p[i] == '\0' || strchr(others, b.p[i]) == NULL))
            return false;
    return b.n >= 1 && b.n <= BOUNDARY_MAX && b.p[b.n - 1] != ' ';
}

bool
multipart_boundary(struct str content_type, struct str *boundary)
{
    struct str rest = content_type, name, value;

    *boundary = STR_NULL;
    if (!str_eq_nocase(head_take(&rest), STR("multipart/form-data")))
        return false;
    while (param_next(&rest, &name, &value))
        if (boundary->p == NULL && str_eq_nocase(name, STR("boundary")))
            *boundary = value;
    return str_trim(rest).n == 0 && boundary->p != NULL && boundary_ok(*boundary);
}

/* A name as it was before a browser wrote it between quotes: %22, %0D and %0A stand for
 * the three characters that cannot (WHATWG HTML, multipart/form-data encoding algorithm).
 */
static struct str
unescape(struct arena *a, struct str s)
{
    static const struct {
        struct str code;
        char c;
    } known[] = {
        {STR_INIT("%22"), '"'}, {STR_INIT("%0D"), '\r'}, {STR_INIT("%0A"), '\n'}};
    char *p = arena_alloc(a, s.n + 1);
    size_t i, k, n = 0;

    for (i = 0; i < s.n; i++) {
        p[n] = s.p[i];
        for (k = 0; s.p[i] == '%' && k < NELEM(known); k++)
            if (str_starts(str_sub(s, i, s.n), known[k].code)) {
                p[n] = known[k].c;
                i += known[k].code.n - 1;
                break;
            }
        n++;
    }
    p[n] = '\0';
    return (struct str){p, n};
}

static enum err
disposition(struct arena *a, struct str value, struct part *p, struct fault *flt)
{
    struct str rest = value, key, text;

    if (!str_eq_nocase(head_take(&rest), STR("form-data")))
        return broken(flt, "a part is no form-data");
    while (param_next(&rest, &key, &text)) {
        if (!str_utf8_valid(text))
            return broken(flt, "a name is no UTF-8");
        if (p->name.p == NULL && str_eq_nocase(key, STR("name")))
            p->name = unescape(a, text);
        else if (p->filename.p == NULL && str_eq_nocase(key, STR("filename")))
            p->filename = unescape(a, text);
    }
    if (str_trim(rest).n > 0)
        return broken(flt, "a Content-Disposition is malformed");
    return p->name.n > 0 ? ERR_OK : broken(flt, "a part has no name");
}

/* --- a part's head --- */

static enum err
header(struct arena *a, struct str line, struct part *p, struct fault *flt)
{
    struct str name, value;
    size_t i;

    if (line.n > HEADER_MAX || !str_cut(line, ':', &name, &value) || !is_token(name))
        return broken(flt, "a header is malformed or too long");
    for (i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < ' ' && value.p[i] != '\t')
            return broken(flt, "a header has a control character");
    value = str_trim(value);
    if (str_eq_nocase(name, STR("Content-Disposition")))
        return p->name.p != NULL ? broken(flt, "a part has two names")
                                 : disposition(a, value, p, flt);
    if (str_eq_nocase(name, STR("Content-Type")))
        p->type = value;
    if (str_eq_nocase(name, STR("Content-Transfer-Encoding")) &&
        !str_eq_nocase(value, STR("binary")) && !str_eq_nocase(value, STR("8bit")) &&
        !str_eq_nocase(value, STR("7bit")))
        return broken(flt, "a part has a transfer encoding");
    return ERR_OK;
}

/* The headers up to the empty line; *rest is what follows it. */
static enum err
headers(struct arena *a, struct str *rest, struct part *p, struct fault *flt)
{
    const char *eol;
    struct str line;
    enum err e;
    int i;

    for (i = 0; i <= HEADERS_MAX; i++) {
        eol = rest->n > 0 ? memmem(rest->p, rest->n, "\r\n", 2) : NULL;
        if (eol == NULL)
            return broken(flt, "a part's head does not end");
        line = str_sub(*rest, 0, (size_t)(eol - rest->p));
        *rest = str_sub(*rest, line.n + 2, rest->n);
        if (line.n == 0)
            return p->name.p != NULL ? ERR_OK : broken(flt, "a part has no name");
        if ((e = header(a, line, p, flt)) != ERR_OK)
            return e;
    }
    return broken(flt, "a part has too many headers");
}

/* --- the frame --- */

/* Is this what follows "--boundary" in a delimiter? *skip its bytes, *last whether it is
 * the closing one. White space before the line's end is a transport's padding. */
static bool
delimiter_ends(struct str after, size_t *skip, bool *last)
{
    size_t i = 0;

    *last = str_starts(after, STR("--"));
    if (*last) {
        *skip = 2;
        return true;
    }
    while (i < after.n && (after.p[i] == ' ' || after.p[i] == '\t'))
        i++;
    *skip = i + 2;
    return str_starts(str_sub(after, i, after.n), STR("\r\n"));
}

/* Up to the next delimiter line: *data before it, *rest behind it. */
static bool
content_take(struct str mark, struct str *rest, struct str *data, bool *last)
{
    struct str at = *rest;
    const char *hit;
    size_t skip, n;

    while ((hit = at.n > 0 ? memmem(at.p, at.n, mark.p, mark.n) : NULL) != NULL) {
        n = (size_t)(hit - rest->p);
        at = str_sub(*rest, n + mark.n, rest->n);
        if (delimiter_ends(at, &skip, last)) {
            *data = str_sub(*rest, 0, n);
            *rest = str_sub(at, skip, at.n);
            return true;
        }
    }
    return false;
}

/* The first delimiter: at the start, or after empty lines. */
static bool
first_take(struct str mark, struct str *rest, bool *last)
{
    size_t skip;

    while (str_starts(*rest, STR("\r\n")) && !str_starts(*rest, mark))
        *rest = str_sub(*rest, 2, rest->n);
    if (str_starts(*rest, mark))
        *rest = str_sub(*rest, 2, rest->n);
    mark = str_sub(mark, 2, mark.n);
    if (!str_starts(*rest, mark))
        return false;
    *rest = str_sub(*rest, mark.n, rest->n);
    if (!delimiter_ends(*rest, &skip, last))
        return false;
    *rest = str_sub(*rest, skip, rest->n);
    return true;
}

enum err
multipart_parse(struct arena *a, struct str boundary, struct str body, struct part **out,
    size_t *n, struct fault *flt)
{
    struct part *part = arena_calloc(a, MULTIPART_PARTS_MAX, sizeof(*part));
    struct str mark = arena_printf(a, "\r\n--%.*s", STR_F(boundary));
    struct str rest = body;
    bool last = false;
    enum err e;

    *out = part;
    *n = 0;
    if (!first_take(mark, &rest, &last))
        return broken(flt, "they do not begin with their boundary");
    while (!last) {
        struct part *p = &part[*n];

        if (*n == MULTIPART_PARTS_MAX)
            return broken(flt, "there are too many");
        *p = (struct part){.name = STR_NULL};
        if ((e = headers(a, &rest, p, flt)) != ERR_OK)
            return e;
        if (!content_take(mark, &rest, &p->data, &last))
            return broken(flt, "the last one does not end");
        if (p->filename.p == NULL && !str_utf8_valid(p->data))
            return broken(flt, "a field is no UTF-8 or has a NUL");
        ++*n;
    }
    return ERR_OK;
}
