/* HTML escaping for text and for attribute values in either kind of quotes.  It makes
 * no URL, script or style safe: templates put no outside value there. */
#include "html/tmpl.h"

static struct str
entity(char c)
{
    switch (c) {
    case '&':
        return STR("&amp;");
    case '<':
        return STR("&lt;");
    case '>':
        return STR("&gt;");
    case '"':
        return STR("&quot;");
    case '\'':
        return STR("&#39;");
    default:
        return STR_NULL;
    }
}

void
html_escape(struct buf *b, struct str s)
{
    size_t i, from = 0;

    for (i = 0; i < s.n; i++) {
        struct str e = entity(s.p[i]);

        if (e.p == NULL)
            continue;
        buf_put(b, s.p + from, i - from);
        buf_str(b, e);
        from = i + 1;
    }
    if (from < s.n)
        buf_put(b, s.p + from, s.n - from);
}
