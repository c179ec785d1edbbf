/* Examples of what a table of fields accepts, for those who read the API's description and
 * for the tests that send them.  A field's own example comes first; made up is only what
 * its type and bounds allow. */
#include "http/openapi_priv.h"

#define EXAMPLE_DEPTH_MAX 5

static void
text_example(struct openapi_doc *d, const struct field *f, enum openapi_way way)
{
    struct str first, rest;
    int64_t n = 4;

    switch (f->type) {
    case F_ENUM:
        (void)str_cut(str_c(f->choices), '|', &first, &rest);
        jout_str(d->j, first);
        return;
    case F_EMAIL:
        jout_str(d->j, STR("amina@example.com"));
        return;
    case F_ID:
        jout_str(d->j, STR("7241937510412289"));
        return;
    case F_TIME:
        jout_str(d->j, STR("2026-11-23T12:00:00.000Z"));
        return;
    case F_STR:
    case F_I64:
    case F_BOOL:
    case F_OBJECT:
    case F_ARRAY:
    case F_MAP:
    case F_ANY:
        break;
    }
    if (way != WAY_OUT || f->max > 0)
        n = f->min > n ? f->min : f->max < n ? f->max : n;
    first = STR("");
    while ((int64_t)first.n < n)
        first = arena_printf(d->a, "%.*s%c", STR_F(first), "text"[first.n % 4]);
    jout_str(d->j, first);
}

static int64_t
number_example(const struct field *f, enum openapi_way way)
{
    if (way == WAY_OUT && f->max == 0 && f->min == 0)
        return 1;
    return f->min > 1 ? f->min : f->max < 1 ? f->max : 1;
}

static void
value_example(
    struct openapi_doc *d, const struct field *f, enum openapi_way way, int depth)
{
    const struct field *t = f->of != NULL ? f->of->fields : f->fields;
    const struct field item = {.type = f->item, .choices = f->choices};

    if (f->example != NULL) {
        jout_raw(d->j, str_c(f->example));
    } else if (f->type == F_I64) {
        jout_i64(d->j, number_example(f, way));
    } else if (f->type == F_BOOL) {
        jout_bool(d->j, true);
    } else if (f->type == F_OBJECT) {
        openapi_example(d, t, way, depth);
    } else if (f->type == F_ARRAY) {
        jout_arr(d->j);
        if (depth < EXAMPLE_DEPTH_MAX && t != NULL)
            openapi_example(d, t, way, depth);
        else if (t == NULL)
            value_example(d, &item, WAY_OUT, depth + 1);
        jout_arr_end(d->j);
    } else if (f->type == F_MAP) {
        jout_raw(d->j, STR("{\"Size\":\"L\"}"));
    } else if (f->type == F_ANY) {
        jout_null(d->j);
    } else {
        text_example(d, f, way);
    }
}

/* Of what may be left out only what has an example is shown. */
void
openapi_example(
    struct openapi_doc *d, const struct field *t, enum openapi_way way, int depth)
{
    jout_obj(d->j);
    for (const struct field *f = t; f != NULL && f->name != NULL; f++) {
        if (!openapi_is_required(f, way) && f->example == NULL)
            continue;
        jout_key(d->j, f->name);
        if (depth >= EXAMPLE_DEPTH_MAX && (f->flags & FIELD_NULL) != 0)
            jout_null(d->j);
        else
            value_example(d, f, way == WAY_PATCH ? WAY_IN : way, depth + 1);
    }
    jout_obj_end(d->j);
}
