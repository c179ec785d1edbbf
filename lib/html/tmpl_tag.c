/* Finding the tags in a template's text, and what stands around them in their lines.
 * What a tag means is not known here. */
#include "html/tmpl_tag.h"

#include <string.h>

const struct delims tag_delims = {STR_INIT("{{"), STR_INIT("}}")};

size_t
tag_find(struct str s, size_t from, struct str what)
{
    const char *q = memmem(s.p + from, s.n - from, what.p, what.n);

    return q != NULL ? (size_t)(q - s.p) : SIZE_MAX;
}

bool
tag_at_bol(struct str src, size_t at)
{
    return at == 0 || src.p[at - 1] == '\n';
}

bool
tag_has_space(struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] != '\0' && strchr(" \t\r\n\v\f", s.p[i]) != NULL)
            return true;
    }
    return false;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void
surroundings(struct str src, struct tag *t)
{
    size_t i = t->start, end = t->end;

    while (i > 0 && is_blank(src.p[i - 1]))
        i--;
    t->before = tag_at_bol(src, i);
    t->line_start = t->before ? i : t->start;
    while (end < src.n && is_blank(src.p[end]))
        end++;
    if (end + 1 < src.n && src.p[end] == '\r' && src.p[end + 1] == '\n')
        end++;
    t->after = end == src.n || src.p[end] == '\n';
    if (t->after && end < src.n)
        end++;
    t->line_end = t->after ? end : t->end;
}

/* The end of the content from `from` on, or SIZE_MAX.  `last` is what must come right
 * before the closing delimiter: the second equals sign, or nothing (NUL). */
static size_t
content_end(struct str src, size_t from, struct str close, char last)
{
    size_t to = tag_find(src, from, close);

    while (last != '\0' && to != SIZE_MAX && (to == from || src.p[to - 1] != last))
        to = tag_find(src, to + 1, close);
    return to;
}

bool
tag_read(struct str src, const struct delims *d, size_t start, struct tag *t)
{
    size_t from = start + d->open.n, to;
    struct str close = d->close;
    char c = from < src.n ? src.p[from] : '\0';

    *t = (struct tag){.kind = 'v', .start = start};
    if (c == '{' && str_eq(d->open, tag_delims.open))
        close = STR("}}}");
    if (c != '\0' && strchr("#^/><$!=&{", c) != NULL) {
        t->kind = c == '&' ? '{' : c;
        from++;
    }
    to = content_end(src, from, close, c == '=' ? '=' : '\0');
    if (to == SIZE_MAX)
        return false;
    t->content = str_trim(str_sub(src, from, to - from - (c == '=' ? 1 : 0)));
    t->end = to + close.n;
    surroundings(src, t);
    return true;
}
