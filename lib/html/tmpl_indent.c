/* Indentation of blocks: what a block's lines share is taken off when it is compiled
 * and put back where it is rendered, so that overriding content takes the indentation
 * of the place it goes to, and default content comes out exactly as written. */
#include "html/tmpl_int.h"

#include <string.h>

static size_t
blank_run(struct str s, size_t from)
{
    size_t i = from;

    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
        i++;
    return i - from;
}

/* An empty line has no indentation to share or to lose. */
static bool
line_is_empty(struct str s, size_t from)
{
    if (from < s.n && s.p[from] == '\r')
        from++;
    return from < s.n && s.p[from] == '\n';
}

static size_t
next_line(struct str s, size_t from)
{
    const char *nl = from < s.n ? memchr(s.p + from, '\n', s.n - from) : NULL;

    return nl != NULL ? (size_t)(nl - s.p) + 1 : s.n;
}

/* Narrow *acc (p NULL: not known yet) to what it and `ws` begin with. */
static void
share(struct str *acc, struct str ws)
{
    size_t i = 0;

    if (acc->p == NULL) {
        *acc = ws.p != NULL ? ws : STR("");
        return;
    }
    while (i < acc->n && i < ws.n && acc->p[i] == ws.p[i])
        i++;
    acc->n = i;
}

static void
measure_text(const struct node *nd, struct str *acc)
{
    struct str s = nd->text;
    size_t i = nd->bol ? 0 : next_line(s, 0);

    if (nd->bol && s.n == 0)
        share(acc, STR(""));
    for (; i < s.n; i = next_line(s, i)) {
        if (!line_is_empty(s, i))
            share(acc, str_sub(s, i, blank_run(s, i)));
    }
}

/* An included template keeps the indentation of its tag; one within a line has none. */
static bool
carries_indent(const struct node *nd)
{
    return nd->type == NODE_BLOCK ? nd->solo || nd->lines : nd->solo;
}

static void
measure(const struct node *nd, struct str *acc)
{
    for (; nd != NULL; nd = nd->next) {
        if (nd->type == NODE_TEXT) {
            measure_text(nd, acc);
            continue;
        }
        if (nd->bol)
            share(acc, STR(""));
        if (nd->type == NODE_SECTION || nd->type == NODE_INVERTED)
            measure(nd->body, acc);
        else if (carries_indent(nd))
            share(acc, nd->indent);
    }
}

static struct str
strip_text(struct arena *a, const struct node *nd, size_t n)
{
    struct str s = nd->text;
    char *p = arena_alloc(a, s.n + 1);
    size_t i = 0, out = 0;
    bool bol = nd->bol;

    while (i < s.n) {
        size_t end = next_line(s, i);
        size_t ws = bol ? blank_run(s, i) : 0;

        i += ws < n ? ws : n;
        memcpy(p + out, s.p + i, end - i);
        out += end - i;
        i = end;
        bol = true;
    }
    return (struct str){p, out};
}

static void
strip(struct arena *a, struct node *nd, size_t n)
{
    for (; nd != NULL; nd = nd->next) {
        if (nd->type == NODE_TEXT)
            nd->text = strip_text(a, nd, n);
        else if (nd->type == NODE_SECTION || nd->type == NODE_INVERTED)
            strip(a, nd->body, n);
        else if (nd->indent.n > 0)
            nd->indent = str_sub(nd->indent, n, nd->indent.n);
    }
}

void
block_dedent(struct arena *a, struct node *b, struct str own)
{
    struct str acc = STR_NULL, found = STR_NULL;

    measure(b->body, &found);
    b->lines = found.p != NULL;
    if (b->lines)
        share(&acc, found);
    if (own.p != NULL && (!b->solo || !b->lines))
        share(&acc, own);
    b->indent = acc.p != NULL ? acc : STR("");
    if (b->lines && b->indent.n > 0)
        strip(a, b->body, b->indent.n);
}
