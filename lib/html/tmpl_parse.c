/* The compiler: template text to an instruction tree, in one pass over the tags with a
 * stack of what is open.  It knows the rules of standalone lines; it never looks at
 * data and never at other templates. */
#include "html/tmpl_int.h"

#include <string.h>

#include "html/tmpl_tag.h"

struct frame {
    struct node *node;  /* what is open; NULL: the template itself */
    struct node **tail; /* where the next instruction of its body goes */
    struct node *lead;  /* PARENT: the white space in front of the tag, if any */
    size_t body;        /* where its source begins */
    bool before;        /* nothing but white space stood in front of the tag */
    struct str own;     /* that white space; STR_NULL if something else stood there */
};

struct parser {
    struct arena *a;
    struct str src;
    size_t pos;
    const struct delims *d;
    size_t line_pos; /* `line` is the line of this place */
    uint32_t line;
    const char *why;
    size_t depth;
    struct frame st[TMPL_NEST_MAX + 1];
};

static enum err
fail(struct parser *p, size_t at, const char *why)
{
    for (; p->line_pos < at; p->line_pos++)
        p->line += p->src.p[p->line_pos] == '\n';
    p->why = why;
    return ERR_INVALID;
}

static struct frame *
top(struct parser *p)
{
    return &p->st[p->depth];
}

/* In the body of a parent tag all but the blocks is ignored. */
static bool
in_parent(const struct frame *f)
{
    return f->node != NULL && f->node->type == NODE_PARENT;
}

static struct node *
node_add(struct parser *p, enum node_type type, size_t at)
{
    struct frame *f = top(p);
    struct node *nd = arena_calloc(p->a, 1, sizeof(*nd));

    for (; p->line_pos < at; p->line_pos++)
        p->line += p->src.p[p->line_pos] == '\n';
    nd->type = type;
    nd->line = p->line;
    nd->delims = p->d;
    if (in_parent(f) && type != NODE_BLOCK)
        return nd;
    *f->tail = nd;
    f->tail = &nd->next;
    return nd;
}

static struct node *
text_add(struct parser *p, size_t from, size_t to)
{
    struct node *nd;

    if (to == from)
        return NULL;
    nd = node_add(p, NODE_TEXT, from);
    nd->text = str_sub(p->src, from, to - from);
    nd->bol = tag_at_bol(p->src, from);
    return nd;
}

/* A tag that leaves no instruction may begin a line: its indentation needs one. */
static void
bol_mark(struct parser *p, size_t at)
{
    if (tag_at_bol(p->src, at))
        node_add(p, NODE_TEXT, at)->bol = true;
}

static enum err
path_parse(struct parser *p, const struct tag *t, struct node *nd)
{
    struct str rest = t->content, part;

    if (str_eq_c(t->content, "."))
        return ERR_OK;
    nd->path = arena_calloc(p->a, TMPL_PATH_MAX, sizeof(*nd->path));
    while (str_next(&rest, '.', &part)) {
        if (part.n == 0)
            return fail(p, t->start, "a name has an empty part");
        if (nd->path_n == TMPL_PATH_MAX)
            return fail(p, t->start, "a name has too many parts");
        nd->path[nd->path_n++] = tmpl_name(part);
    }
    return ERR_OK;
}

static enum err
name_parse(struct parser *p, struct tag *t, struct node *nd)
{
    bool plain = strchr("><$", t->kind) != NULL;

    if (strchr("><", t->kind) != NULL && t->content.n > 0 && t->content.p[0] == '*') {
        t->dynamic = nd->dynamic = true;
        t->content = str_trim(str_sub(t->content, 1, t->content.n));
        plain = false;
    }
    if (t->content.n == 0)
        return fail(p, t->start, "the tag names nothing");
    if (tag_has_space(t->content))
        return fail(p, t->start, "a name has white space in it");
    nd->text = t->content;
    if (!plain)
        return path_parse(p, t, nd);
    nd->path = arena_calloc(p->a, 1, sizeof(*nd->path));
    nd->path[nd->path_n++] = tmpl_name(t->content);
    return ERR_OK;
}

static enum err
delims_set(struct parser *p, const struct tag *t)
{
    struct delims *d = arena_calloc(p->a, 1, sizeof(*d));
    size_t i = 0;

    while (i < t->content.n && !tag_has_space(str_sub(t->content, i, 1)))
        i++;
    d->open = str_sub(t->content, 0, i);
    d->close = str_trim(str_sub(t->content, i, t->content.n));
    if (d->open.n == 0 || d->open.n > TMPL_DELIM_MAX || d->close.n == 0 ||
        d->close.n > TMPL_DELIM_MAX || tag_has_space(d->close) ||
        str_chr(t->content, '=') != SIZE_MAX)
        return fail(p, t->start, "the delimiters are not valid");
    p->d = d;
    return ERR_OK;
}

static enum err
push(struct parser *p, const struct tag *t, struct node *nd)
{
    struct frame *f;

    if (p->depth == TMPL_NEST_MAX)
        return fail(p, t->start, "too many sections inside each other");
    p->depth++;
    f = top(p);
    *f = (struct frame){
        .node = nd, .tail = &nd->body, .body = p->pos, .before = t->before};
    if (t->before)
        f->own = str_sub(p->src, t->line_start, t->start - t->line_start);
    return ERR_OK;
}

/* Section, inverted section, block. */
static enum err
open_body(struct parser *p, struct tag *t)
{
    bool arg = in_parent(top(p));
    bool alone = t->after && t->line_end > t->end && (t->before || arg);
    struct node *nd;
    enum err e;

    if (t->kind != '$')
        alone = t->before && t->after;
    text_add(p, p->pos, alone ? t->line_start : t->start);
    nd = node_add(p,
        t->kind == '$' ? NODE_BLOCK : (t->kind == '#' ? NODE_SECTION : NODE_INVERTED),
        t->start);
    nd->bol = !alone && tag_at_bol(p->src, t->start);
    nd->solo = alone;
    p->pos = alone ? t->line_end : t->end;
    e = name_parse(p, t, nd);
    return e == ERR_OK ? push(p, t, nd) : e;
}

/* A parent and its closing tag count as one tag: whether that stands alone is known
 * at the closing tag, so the white space in front becomes an instruction for now. */
static enum err
open_parent(struct parser *p, struct tag *t)
{
    struct node *nd, *lead;
    enum err e;

    text_add(p, p->pos, t->line_start);
    lead = text_add(p, t->line_start, t->start);
    nd = node_add(p, NODE_PARENT, t->start);
    nd->indent = str_sub(p->src, t->line_start, t->start - t->line_start);
    nd->bol = tag_at_bol(p->src, t->start);
    p->pos = t->end;
    e = name_parse(p, t, nd);
    if (e == ERR_OK)
        e = push(p, t, nd);
    if (e == ERR_OK)
        top(p)->lead = lead;
    return e;
}

static bool
close_matches(const struct tag *t, const struct node *nd)
{
    struct str s = t->content;

    if (nd->dynamic) {
        if (s.n == 0 || s.p[0] != '*')
            return false;
        s = str_trim(str_sub(s, 1, s.n));
    }
    return str_eq(s, nd->text);
}

static void
close_parent(struct parser *p, const struct tag *t, const struct frame *f)
{
    f->node->solo = f->before && t->after;
    if (f->node->solo) {
        f->node->bol = false;
        if (f->lead != NULL)
            *f->lead = (struct node){.type = NODE_TEXT, .next = f->lead->next};
    }
    p->pos = f->node->solo ? t->line_end : t->end;
}

static void
close_body(struct parser *p, const struct tag *t, const struct frame *f, bool arg)
{
    bool alone = t->before && (t->after || arg);
    size_t to = alone ? t->line_start : t->start;

    text_add(p, p->pos, to);
    if (!alone)
        bol_mark(p, t->start);
    if (f->node->type == NODE_SECTION)
        f->node->text = str_sub(p->src, f->body, to - f->body);
    if (f->node->type == NODE_BLOCK)
        block_dedent(p->a, f->node, f->own);
    p->pos = alone && t->after ? t->line_end : t->end;
}

static enum err
close_tag(struct parser *p, const struct tag *t)
{
    const struct frame *f = top(p);

    if (f->node == NULL)
        return fail(p, t->start, "a closing tag without its opening tag");
    if (!close_matches(t, f->node))
        return fail(p, t->start, "a closing tag for another tag than the open one");
    if (in_parent(f))
        close_parent(p, t, f);
    else
        close_body(p, t, f, in_parent(f - 1));
    p->depth--;
    return ERR_OK;
}

static enum err
partial(struct parser *p, struct tag *t)
{
    bool alone = t->before && t->after;
    struct node *nd;

    text_add(p, p->pos, alone ? t->line_start : t->start);
    nd = node_add(p, NODE_PARTIAL, t->start);
    nd->solo = alone;
    nd->bol = !alone && tag_at_bol(p->src, t->start);
    if (alone)
        nd->indent = str_sub(p->src, t->line_start, t->start - t->line_start);
    p->pos = alone ? t->line_end : t->end;
    return name_parse(p, t, nd);
}

static enum err
variable(struct parser *p, struct tag *t)
{
    struct node *nd;

    text_add(p, p->pos, t->start);
    nd = node_add(p, t->kind == 'v' ? NODE_VAR : NODE_RAW, t->start);
    nd->bol = tag_at_bol(p->src, t->start);
    p->pos = t->end;
    return name_parse(p, t, nd);
}

/* A comment or a change of delimiters: nothing to render. */
static enum err
silent(struct parser *p, const struct tag *t)
{
    bool alone = t->before && t->after;

    text_add(p, p->pos, alone ? t->line_start : t->start);
    if (!alone)
        bol_mark(p, t->start);
    p->pos = alone ? t->line_end : t->end;
    return t->kind == '=' ? delims_set(p, t) : ERR_OK;
}

static enum err
tag_compile(struct parser *p, struct tag *t)
{
    switch (t->kind) {
    case '#':
    case '^':
    case '$':
        return open_body(p, t);
    case '<':
        return open_parent(p, t);
    case '/':
        return close_tag(p, t);
    case '>':
        return partial(p, t);
    case '!':
    case '=':
        return silent(p, t);
    default:
        return variable(p, t);
    }
}

enum err
tmpl_parse(struct arena *a, struct str text, const struct delims *d,
    const struct node **root, uint32_t *line, const char **why)
{
    struct node *first = NULL;
    struct parser p = {.a = a, .src = text, .d = d, .line = 1};
    struct tag t;
    enum err e = ERR_OK;
    size_t at;

    if (d == NULL)
        p.d = &tag_delims;
    p.st[0].tail = &first;
    if (text.n > TMPL_SIZE_MAX)
        e = fail(&p, 0, "the template is too large");
    while (e == ERR_OK && p.pos < text.n) {
        at = tag_find(text, p.pos, p.d->open);
        if (at == SIZE_MAX)
            break;
        if (tag_read(text, p.d, at, &t))
            e = tag_compile(&p, &t);
        else
            e = fail(&p, at, "the tag is not closed");
    }
    if (e == ERR_OK && p.depth > 0) {
        p.line = top(&p)->node->line;
        e = fail(&p, 0, "a section, parent or block is not closed");
    }
    if (e == ERR_OK)
        text_add(&p, p.pos, text.n);
    *root = first;
    *line = p.line;
    *why = p.why;
    return e;
}
