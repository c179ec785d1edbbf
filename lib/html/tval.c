/* The tree of values a template is rendered from.  Strings are copied into the arena,
 * so that a caller may format them in a local array; names are borrowed.  Empty text,
 * false, null, the number 0 and an empty array are false in a section. */
#include "html/tmpl_int.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TVAL_CAP_MIN 8

static struct tval *
tval_new(struct arena *a, enum tval_type type, bool truth)
{
    struct tval *v = arena_calloc(a, 1, sizeof(*v));

    v->type = type;
    v->truth = truth;
    return v;
}

struct tval *
tval_obj(struct arena *a)
{
    return tval_new(a, TVAL_OBJ, true);
}

struct tval *
tval_arr(struct arena *a)
{
    return tval_new(a, TVAL_ARR, false);
}

struct tval *
tval_str(struct arena *a, struct str s)
{
    struct tval *v;

    if (s.p == NULL)
        return tval_new(a, TVAL_NULL, false);
    v = tval_new(a, TVAL_STR, s.n > 0);
    v->u.s = arena_str(a, s);
    return v;
}

struct tval *
tval_lambda(struct arena *a,
    struct str (*fn)(void *arg, struct arena *a, struct str text), void *arg)
{
    struct tval *v = tval_new(a, TVAL_LAMBDA, true);

    v->u.lambda.fn = fn;
    v->u.lambda.arg = arg;
    return v;
}

static struct member *
member_find(const struct tval *v, const struct name *name)
{
    size_t i;

    for (i = 0; i < v->u.obj.n; i++) {
        struct member *m = &v->u.obj.m[i];

        if (m->name.hash == name->hash && str_eq(m->name.s, name->s))
            return m;
    }
    return NULL;
}

const struct tval *
tval_get(const struct tval *v, const struct name *name)
{
    const struct member *m;

    if (v->type != TVAL_OBJ)
        return NULL;
    m = member_find(v, name);
    return m != NULL ? m->v : NULL;
}

/* Room for one more of `size` bytes; a grown copy leaves the old one to the arena. */
static void *
grown(struct arena *a, void *p, size_t n, size_t *cap, size_t size)
{
    void *q;

    if (n < *cap)
        return p;
    *cap = *cap == 0 ? TVAL_CAP_MIN : *cap * 2;
    q = arena_calloc(a, *cap, size);
    if (n > 0)
        memcpy(q, p, n * size);
    return q;
}

void
tval_set(struct arena *a, struct tval *obj, const char *name, struct tval *v)
{
    struct name nm = tmpl_name(str_c(name));
    struct member *m;

    assert(obj->type == TVAL_OBJ);
    m = member_find(obj, &nm);
    if (m == NULL) {
        obj->u.obj.m = grown(a, obj->u.obj.m, obj->u.obj.n, &obj->u.obj.cap, sizeof(*m));
        m = &obj->u.obj.m[obj->u.obj.n++];
    }
    *m = (struct member){nm, v};
}

void
tval_set_str(struct arena *a, struct tval *obj, const char *name, struct str s)
{
    tval_set(a, obj, name, tval_str(a, s));
}

void
tval_set_c(struct arena *a, struct tval *obj, const char *name, const char *s)
{
    tval_set_str(a, obj, name, str_c(s));
}

void
tval_set_i64(struct arena *a, struct tval *obj, const char *name, int64_t v)
{
    struct tval *t = tval_new(a, TVAL_STR, v != 0);

    t->u.s = arena_printf(a, "%" PRId64, v);
    tval_set(a, obj, name, t);
}

void
tval_set_bool(struct arena *a, struct tval *obj, const char *name, bool v)
{
    tval_set(a, obj, name, tval_new(a, TVAL_BOOL, v));
}

void
tval_set_fmt(struct arena *a, struct tval *obj, const char *name, const char *fmt, ...)
{
    struct tval *v;
    va_list ap;
    char *p;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    p = arena_alloc(a, (size_t)n + 1);
    va_start(ap, fmt);
    (void)vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    v = tval_new(a, TVAL_STR, n > 0);
    v->u.s = (struct str){p, (size_t)n};
    tval_set(a, obj, name, v);
}

struct tval *
tval_add_obj(struct arena *a, struct tval *obj, const char *name)
{
    struct tval *v = tval_obj(a);

    tval_set(a, obj, name, v);
    return v;
}

struct tval *
tval_add_arr(struct arena *a, struct tval *obj, const char *name)
{
    struct tval *v = tval_arr(a);

    tval_set(a, obj, name, v);
    return v;
}

void
tval_push(struct arena *a, struct tval *arr, struct tval *v)
{
    assert(arr->type == TVAL_ARR);
    arr->u.arr.v = grown(a, arr->u.arr.v, arr->u.arr.n, &arr->u.arr.cap, sizeof(void *));
    arr->u.arr.v[arr->u.arr.n++] = v;
    arr->truth = true;
}

struct tval *
tval_push_obj(struct arena *a, struct tval *arr)
{
    struct tval *v = tval_obj(a);

    tval_push(a, arr, v);
    return v;
}
