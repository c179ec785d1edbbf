/* The renderer: walks the instruction trees against a stack of values.  It changes
 * nothing but the output and the scratch arena, so threads share a set.  All its state
 * is on the C stack, whose depth is bounded. */
#include "html/tmpl_int.h"

#include <string.h>

#include "base/log.h"

struct scope {
    const struct tval *v;
    const struct scope *up;
};

/* The overriding blocks of a parent tag, and what was in force where it stands. */
struct args {
    const struct node *blocks;
    const struct args *up;
};

struct env {
    const struct scope *scope;
    const struct args *args;
    struct str indent; /* of each line of the template being rendered */
};

struct render {
    const struct tmpl_set *set;
    struct arena *a;
    struct buf *out;
    enum err err;
    int depth, levels;
    uint32_t steps;
    bool mid; /* the indentation of the line that begins next is written already */
};

static void run(struct render *r, const struct node *nd, const struct env *env);

static const struct tval *
lookup(const struct env *env, const struct node *nd)
{
    const struct scope *s = env->scope;
    const struct tval *v = NULL;
    size_t i;

    if (nd->path_n == 0)
        return s->v;
    for (; s != NULL && v == NULL; s = s->up)
        v = tval_get(s->v, &nd->path[0]);
    for (i = 1; i < nd->path_n && v != NULL; i++)
        v = tval_get(v, &nd->path[i]);
    return v;
}

static struct str
joined(struct render *r, struct str a, struct str b)
{
    char *p;

    if (a.n == 0 || b.n == 0)
        return a.n == 0 ? b : a;
    p = arena_alloc(r->a, a.n + b.n);
    memcpy(p, a.p, a.n);
    memcpy(p + a.n, b.p, b.n);
    return (struct str){p, a.n + b.n};
}

static bool
begins_empty(struct str s)
{
    return str_starts(s, STR("\n")) || str_starts(s, STR("\r\n"));
}

static void
line_start(struct render *r, const struct node *nd, struct str indent)
{
    if (nd->bol) {
        if (!r->mid && !(nd->type == NODE_TEXT && begins_empty(nd->text)))
            buf_str(r->out, indent);
        r->mid = false;
    } else if (r->mid && nd->solo && nd->indent.n > 0) {
        buf_str(r->out, nd->indent);
    } else if (nd->type == NODE_VAR || nd->type == NODE_RAW) {
        r->mid = false;
    }
}

/* Text with the indentation behind each of its newlines but a last one: what begins
 * the line after that has its own mark. Empty lines stay empty. */
static void
text_out(struct render *r, struct str s, struct str indent)
{
    struct str rest = s;
    const char *nl;
    size_t n;

    if (s.n > 0)
        r->mid = false;
    while (indent.n > 0 && rest.n > 0 && (nl = memchr(rest.p, '\n', rest.n)) != NULL) {
        n = (size_t)(nl - rest.p) + 1;
        buf_put(r->out, rest.p, n);
        rest = str_sub(rest, n, rest.n);
        if (rest.n > 0 && !begins_empty(rest))
            buf_str(r->out, indent);
    }
    if (rest.n > 0)
        buf_str(r->out, rest);
}

/* Run with one more template, block or lambda open. */
static void
run_deeper(struct render *r, const struct node *nd, const struct env *env)
{
    if (r->depth == TMPL_DEPTH_MAX) {
        r->err = ERR_TOO_LARGE;
        return;
    }
    r->depth++;
    run(r, nd, env);
    r->depth--;
}

/* Compile and run what a lambda returned. */
static void
lambda_run(
    struct render *r, const struct env *env, struct str text, const struct delims *d)
{
    struct env in = {env->scope, env->args, STR("")};
    const struct node *root;
    const char *why;
    uint32_t line;

    if (text.n == 0)
        return;
    r->err = tmpl_parse(r->a, text, d, &root, &line, &why);
    if (r->err != ERR_OK) {
        log_error("html", "a lambda's text does not parse: line=%u %s", line, why);
        r->err = ERR_INTERNAL;
        return;
    }
    run_deeper(r, root, &in);
}

static struct str
lambda_value(struct render *r, const struct env *env, const struct tval *v)
{
    struct render in = *r;
    struct buf b;

    buf_init_arena(&b, r->a, r->out->max);
    in.out = &b;
    lambda_run(&in, env, v->u.lambda.fn(v->u.lambda.arg, r->a, STR_NULL), NULL);
    r->err = in.err;
    r->steps = in.steps;
    if (b.overflow && r->err == ERR_OK)
        r->err = ERR_TOO_LARGE;
    return buf_view(&b);
}

/* What a value prints as; nothing for false, null, objects and arrays. */
static struct str
value_text(struct render *r, const struct env *env, const struct tval *v)
{
    if (v == NULL)
        return STR("");
    switch (v->type) {
    case TVAL_STR:
        return v->u.s;
    case TVAL_BOOL:
        return v->truth ? STR("true") : STR("");
    case TVAL_LAMBDA:
        return lambda_value(r, env, v);
    case TVAL_NULL:
    case TVAL_OBJ:
    case TVAL_ARR:
        break;
    }
    return STR("");
}

static void
section(struct render *r, const struct node *nd, const struct env *env)
{
    const struct tval *v = lookup(env, nd);
    struct scope s = {v, env->scope};
    struct env in = {&s, env->args, env->indent};
    size_t i;

    if (v == NULL || !v->truth)
        return;
    if (v->type == TVAL_LAMBDA) {
        lambda_run(r, env, v->u.lambda.fn(v->u.lambda.arg, r->a, nd->text), nd->delims);
        return;
    }
    if (v->type != TVAL_ARR) {
        run(r, nd->body, &in);
        return;
    }
    for (i = 0; i < v->u.arr.n && r->err == ERR_OK; i++) {
        s.v = v->u.arr.v[i];
        run(r, nd->body, &in);
    }
}

static void
inverted(struct render *r, const struct node *nd, const struct env *env)
{
    const struct tval *v = lookup(env, nd);

    if (v == NULL || !v->truth)
        run(r, nd->body, env);
}

/* A partial, or a parent with the blocks that override.  An unknown name renders
 * nothing: for names in files tmpl_load() has refused it. */
static void
include(struct render *r, const struct node *nd, const struct env *env)
{
    struct args args = {nd->body, env->args};
    struct env in = {env->scope, nd->type == NODE_PARENT ? &args : env->args, STR("")};
    struct name nm;
    const struct tmpl *t;

    if (nd->dynamic)
        nm = tmpl_name(value_text(r, env, lookup(env, nd)));
    else
        nm = nd->path[0];
    t = tmpl_find(r->set, &nm);
    if (t == NULL)
        return;
    if (nd->solo)
        in.indent = joined(r, env->indent, nd->indent);
    run_deeper(r, t->root, &in);
}

static const struct node *
override_in(const struct args *args, const struct name *nm)
{
    const struct node *b;

    for (b = args->blocks; b != NULL; b = b->next) {
        if (b->path[0].hash == nm->hash && str_eq(b->path[0].s, nm->s))
            return b;
    }
    return NULL;
}

/* The outermost override wins.  It sees the overrides of the place it was written at,
 * not those of the templates between: their names are not its business. */
static void
block(struct render *r, const struct node *nd, const struct env *env)
{
    struct env in = {env->scope, env->args, joined(r, env->indent, nd->indent)};
    const struct node *b = nd, *found;
    const struct args *args;

    for (args = env->args; args != NULL; args = args->up) {
        found = override_in(args, &nd->path[0]);
        if (found != NULL) {
            b = found;
            in.args = args->up;
        }
    }
    if (nd->solo && !b->solo && b->body != NULL && !r->mid)
        buf_str(r->out, in.indent);
    else if (!nd->solo && b->solo)
        r->mid = true;
    run_deeper(r, b->body, &in);
    r->mid = false;
}

static void
step(struct render *r, const struct node *nd, const struct env *env)
{
    line_start(r, nd, env->indent);
    switch (nd->type) {
    case NODE_TEXT:
        text_out(r, nd->text, env->indent);
        break;
    case NODE_VAR:
        html_escape(r->out, value_text(r, env, lookup(env, nd)));
        break;
    case NODE_RAW:
        buf_str(r->out, value_text(r, env, lookup(env, nd)));
        break;
    case NODE_SECTION:
        section(r, nd, env);
        break;
    case NODE_INVERTED:
        inverted(r, nd, env);
        break;
    case NODE_PARTIAL:
    case NODE_PARENT:
        include(r, nd, env);
        break;
    case NODE_BLOCK:
        block(r, nd, env);
        break;
    }
}

static void
run(struct render *r, const struct node *nd, const struct env *env)
{
    if (r->levels == TMPL_LEVELS_MAX) {
        r->err = ERR_TOO_LARGE;
        return;
    }
    r->levels++;
    for (; nd != NULL && r->err == ERR_OK; nd = nd->next) {
        step(r, nd, env);
        if ((++r->steps == TMPL_STEPS_MAX || r->out->overflow) && r->err == ERR_OK)
            r->err = ERR_TOO_LARGE;
    }
    r->levels--;
}

enum err
tmpl_render(const struct tmpl_set *t, const char *name, const struct tval *data,
    struct arena *a, struct buf *out)
{
    struct render r = {.set = t, .a = a, .out = out};
    struct scope s = {data, NULL};
    struct env env = {&s, NULL, STR("")};
    struct name nm = tmpl_name(str_c(name));
    const struct tmpl *tm = tmpl_find(t, &nm);

    if (tm == NULL)
        return ERR_NOT_FOUND;
    run_deeper(&r, tm->root, &env);
    return r.err;
}
