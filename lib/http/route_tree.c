/* Path patterns as a tree of segments.  A static segment goes before a parameter, and a
 * parameter before "{rest*}", whatever the order of the tables; a branch that ends in
 * nothing is left for the next one.  A path and the same with a slash behind it are two
 * paths, because two addresses for one page is one too many. */
#include "http/route_tree.h"

#include <stdlib.h>
#include <string.h>

#include "http/form.h"

#define DEPTH_MAX 16

struct route_node {
    struct str name;            /* of a static segment */
    struct route_node *statics; /* first child, then its siblings in ->next */
    struct route_node *param, *rest;
    struct route_node *next;
    const struct route *route[M__MAX];
};

struct walk {
    struct str segment[DEPTH_MAX]; /* decoded */
    struct str raw[DEPTH_MAX];     /* the path from this segment on, as sent */
    size_t n;
    enum method m;
    struct arena *a;
    struct route_match *out;
};

struct route_node *
route_tree_new(void)
{
    struct route_node *node = calloc(1, sizeof(*node));

    if (node == NULL)
        abort();
    return node;
}

/* Iterative over siblings, recursive over depth, which patterns bound. */
void
route_tree_free(struct route_node *root)
{
    struct route_node *next;

    for (; root != NULL; root = next) {
        next = root->next;
        route_tree_free(root->statics);
        route_tree_free(root->param);
        route_tree_free(root->rest);
        free(root);
    }
}

static bool
is_param(struct str s)
{
    return s.n > 2 && s.p[0] == '{' && s.p[s.n - 1] == '}';
}

static bool
is_rest(struct str s)
{
    return is_param(s) && s.p[s.n - 2] == '*';
}

static struct route_node *
child_get(struct route_node **slot)
{
    if (*slot == NULL)
        *slot = route_tree_new();
    return *slot;
}

static struct route_node *
static_find(struct route_node *first, struct str name)
{
    for (; first != NULL; first = first->next)
        if (str_eq(first->name, name))
            return first;
    return NULL;
}

static struct route_node *
static_get(struct route_node *node, struct str name)
{
    struct route_node *child = static_find(node->statics, name);

    if (child == NULL) {
        child = route_tree_new();
        child->name = name;
        child->next = node->statics;
        node->statics = child;
    }
    return child;
}

/* The child for one segment of a pattern; NULL: a brace where none may be. */
static struct route_node *
segment_get(struct route_node *node, struct str segment, size_t *params)
{
    if (is_param(segment)) {
        if (++*params > REQ_PARAMS_MAX)
            return NULL;
        return child_get(is_rest(segment) ? &node->rest : &node->param);
    }
    if (str_chr(segment, '{') != SIZE_MAX || str_chr(segment, '}') != SIZE_MAX)
        return NULL;
    return static_get(node, segment);
}

bool
route_tree_add(struct route_node *root, const struct route *rt)
{
    struct str rest = str_c(rt->pattern), segment;
    size_t params = 0, depth = 0;
    bool last = false;

    if (rest.n == 0 || rest.p[0] != '/' || rt->fn == NULL || rt->id == NULL)
        return false;
    rest = str_sub(rest, 1, rest.n);
    while (str_next(&rest, '/', &segment)) {
        if (last || ++depth > DEPTH_MAX)
            return false;
        last = is_rest(segment);
        root = segment_get(root, segment, &params);
        if (root == NULL)
            return false;
    }
    if ((unsigned)rt->method >= M_OTHER || root->route[rt->method] != NULL)
        return false;
    root->route[rt->method] = rt;
    return true;
}

/* The path is known here; has it the method?  HEAD is answered by GET's route. */
static bool
node_take(struct walk *w, const struct route_node *node)
{
    size_t m;

    for (m = 0; m < M__MAX; m++) {
        if (node->route[m] == NULL)
            continue;
        w->out->methods |= 1u << m;
        w->out->any = node->route[m];
    }
    w->out->route = node->route[w->m];
    if (w->out->route == NULL && w->m == M_HEAD)
        w->out->route = node->route[M_GET];
    return w->out->route != NULL;
}

/* "{path*}" takes what is left, but neither nothing nor empty segments. */
static bool
rest_take(struct walk *w, const struct route_node *node, size_t i, size_t params)
{
    size_t k;

    if (node->rest == NULL)
        return false;
    for (k = i; k < w->n; k++)
        if (w->segment[k].n == 0)
            return false;
    if (!percent_decode(w->a, w->raw[i], false, &w->out->param[params]))
        return false;
    return node_take(w, node->rest);
}

static bool
walk_from(struct walk *w, const struct route_node *node, size_t i, size_t params)
{
    const struct route_node *child;

    if (i == w->n)
        return node_take(w, node);
    child = static_find(node->statics, w->segment[i]);
    if (child != NULL && walk_from(w, child, i + 1, params))
        return true;
    if (params == REQ_PARAMS_MAX || w->segment[i].n == 0)
        return false;
    if (node->param != NULL) {
        w->out->param[params] = w->segment[i];
        if (walk_from(w, node->param, i + 1, params + 1))
            return true;
    }
    return rest_take(w, node, i, params);
}

enum err
route_tree_match(const struct route_node *root, struct arena *a, struct str path,
    enum method m, struct route_match *out)
{
    struct str rest = str_sub(path, 1, path.n), raw, segment;
    struct walk w = {.m = m, .a = a, .out = out};

    memset(out, 0, sizeof(*out));
    for (raw = rest; str_next(&rest, '/', &segment); raw = rest) {
        if (w.n == DEPTH_MAX)
            return ERR_OK;
        w.raw[w.n] = raw;
        if (!percent_decode(a, segment, false, &w.segment[w.n]))
            return ERR_BAD;
        /* nginx resolved these before it chose a location; what is left is a trick. */
        if (str_eq_c(w.segment[w.n], ".") || str_eq_c(w.segment[w.n], ".."))
            return ERR_OK;
        w.n++;
    }
    walk_from(&w, root, 0, 0);
    return ERR_OK;
}
