/* JSON Schema 2020-12, OpenAPI 3.1's dialect, from tables of fields.  Says nothing
 * that the field checker does not do; openapi_example.c has examples of what they accept. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "http/openapi_priv.h"

#define MAP_VALUE_MAX 1000

static void put_object(
    struct openapi_doc *d, const struct field *t, enum openapi_way way);

static void
put_type(struct jout *j, const char *type, bool or_null)
{
    if (!or_null) {
        jout_kc(j, "type", type);
        return;
    }
    jout_key(j, "type");
    jout_arr(j);
    jout_str(j, str_c(type));
    jout_str(j, STR("null"));
    jout_arr_end(j);
}

static void
put_bounds(struct jout *j, const struct field *f, const char *min, const char *max,
    enum openapi_way way)
{
    if (way == WAY_OUT && f->max == 0 && f->min == 0)
        return;
    if (f->min != 0 && f->min != INT64_MIN)
        jout_ki64(j, min, f->min);
    /* Beyond 2^53 a bound is no exact number any more where documents are read. */
    if (f->max < INT64_C(1) << 53)
        jout_ki64(j, max, f->max);
}

static void
put_enum(struct jout *j, const struct field *f)
{
    struct str rest = str_c(f->choices), choice;

    jout_key(j, "enum");
    jout_arr(j);
    while (str_next(&rest, '|', &choice))
        jout_str(j, choice);
    if ((f->flags & FIELD_NULL) != 0)
        jout_null(j);
    jout_arr_end(j);
}

static void
put_text(struct jout *j, const struct field *f, enum openapi_way way)
{
    put_type(j, "string", (f->flags & FIELD_NULL) != 0);
    if (f->type == F_STR)
        put_bounds(j, f, "minLength", "maxLength", way);
    else if (f->type == F_ENUM)
        put_enum(j, f);
    else if (f->type == F_ID)
        jout_kc(j, "pattern",
            (f->flags & FIELD_ZERO) != 0 ? "^(0|[1-9][0-9]{0,18})$"
                                         : "^[1-9][0-9]{0,18}$");
    else if (f->type == F_TIME)
        jout_kc(j, "format", "date-time");
    if (f->type != F_EMAIL)
        return;
    jout_kc(j, "format", "email");
    jout_ki64(j, "maxLength", 254);
}

static void
put_number(struct jout *j, const struct field *f, enum openapi_way way)
{
    put_type(j, "integer", (f->flags & FIELD_NULL) != 0);
    jout_kc(j, "format", "int64");
    if (way != WAY_OUT && f->min == 0)
        jout_ki64(j, "minimum", 0);
    put_bounds(j, f, "minimum", "maximum", way);
}

static void
put_array(struct openapi_doc *d, const struct field *f, enum openapi_way way)
{
    const struct field item = {
        .type = f->fields != NULL || f->of != NULL ? F_OBJECT : f->item,
        .fields = f->fields,
        .of = f->of,
        .min = f->item == F_I64 ? INT64_MIN : 0,
        .max = f->item == F_I64 ? INT64_MAX : 255,
        .choices = f->choices};

    put_type(d->j, "array", (f->flags & FIELD_NULL) != 0);
    put_bounds(d->j, f, "minItems", "maxItems", way);
    jout_key(d->j, "items");
    openapi_value(d, &item, way);
}

static void
put_map(struct jout *j, const struct field *f, enum openapi_way way)
{
    put_type(j, "object", (f->flags & FIELD_NULL) != 0);
    put_bounds(j, f, "minProperties", "maxProperties", way);
    jout_key(j, "additionalProperties");
    jout_obj(j);
    jout_kc(j, "type", "string");
    jout_ki64(j, "maxLength", MAP_VALUE_MAX);
    jout_obj_end(j);
}

/* A named object; beside a null it is one of two. */
static void
put_of(struct openapi_doc *d, const struct field *f)
{
    if ((f->flags & FIELD_NULL) == 0) {
        jout_kstr(d->j, "$ref",
            arena_printf(d->a, "#/components/schemas/%s", f->of->name));
        return;
    }
    jout_key(d->j, "anyOf");
    jout_arr(d->j);
    openapi_ref_schema(d, f->of);
    jout_obj(d->j);
    jout_kc(d->j, "type", "null");
    jout_obj_end(d->j);
    jout_arr_end(d->j);
}

static struct openapi_named *
name_it(struct openapi_doc *d, const struct field *fields, enum openapi_way way,
    bool list, const char *name)
{
    struct openapi_named *n;

    for (size_t i = 0; i < d->named_n; i++) {
        n = &d->named[i];
        if (n->fields == fields && n->way == way && n->list == list)
            return n;
    }
    if (d->named_n == OPENAPI_NAMES_MAX)
        return &d->named[0];
    n = &d->named[d->named_n++];
    *n = (struct openapi_named){.fields = fields, .way = way, .list = list};
    (void)snprintf(n->name, sizeof(n->name), "%s", name);
    return n;
}

void
openapi_value(struct openapi_doc *d, const struct field *f, enum openapi_way way)
{
    jout_obj(d->j);
    switch (f->type) {
    case F_STR:
    case F_ENUM:
    case F_EMAIL:
    case F_ID:
    case F_TIME:
        put_text(d->j, f, way);
        break;
    case F_I64:
        put_number(d->j, f, way);
        break;
    case F_BOOL:
        put_type(d->j, "boolean", (f->flags & FIELD_NULL) != 0);
        break;
    case F_OBJECT:
        if (f->of != NULL) {
            openapi_name(d, f->of);
            put_of(d, f);
        } else {
            put_type(d->j, "object", (f->flags & FIELD_NULL) != 0);
            put_object(d, f->fields, way == WAY_PATCH ? WAY_IN : way);
        }
        break;
    case F_ARRAY:
        put_array(d, f, way);
        break;
    case F_MAP:
        put_map(d->j, f, way);
        break;
    case F_ANY:
        break;
    }
    if (f->help != NULL)
        jout_kc(d->j, "description", f->help);
    if (f->example != NULL) {
        jout_key(d->j, "examples");
        jout_arr(d->j);
        jout_raw(d->j, str_c(f->example));
        jout_arr_end(d->j);
    }
    jout_obj_end(d->j);
}

bool
openapi_is_required(const struct field *f, enum openapi_way way)
{
    if (way == WAY_OUT)
        return (f->flags & FIELD_OPTIONAL) == 0;
    return way == WAY_IN && (f->flags & FIELD_REQUIRED) != 0;
}

/* The members of an object schema, without its type. */
static void
put_object(struct openapi_doc *d, const struct field *t, enum openapi_way way)
{
    bool any = false;

    jout_key(d->j, "properties");
    jout_obj(d->j);
    for (const struct field *f = t; f->name != NULL; f++) {
        any = any || openapi_is_required(f, way);
        jout_key(d->j, f->name);
        openapi_value(d, f, way);
    }
    jout_obj_end(d->j);
    if (any) {
        jout_key(d->j, "required");
        jout_arr(d->j);
        for (const struct field *f = t; f->name != NULL; f++)
            if (openapi_is_required(f, way))
                jout_str(d->j, str_c(f->name));
        jout_arr_end(d->j);
    }
    if (way != WAY_OUT) {
        jout_key(d->j, "additionalProperties");
        jout_bool(d->j, false);
    }
}

static void
put_ref(struct openapi_doc *d, const char *name)
{
    jout_obj(d->j);
    jout_kstr(d->j, "$ref", arena_printf(d->a, "#/components/schemas/%s", name));
    jout_obj_end(d->j);
}

void
openapi_name(struct openapi_doc *d, const struct schema *s)
{
    name_it(d, s->fields, WAY_OUT, false, s->name)->help = s->help;
}

void
openapi_ref_schema(struct openapi_doc *d, const struct schema *s)
{
    openapi_name(d, s);
    put_ref(d, s->name);
}

bool
openapi_is_list(const struct schema *s)
{
    for (const struct field *f = s->fields; f->name != NULL; f++)
        if (strcmp(f->name, "items") == 0 && f->type == F_ARRAY)
            return true;
    return false;
}

void
openapi_ref_list(struct openapi_doc *d, const struct schema *item)
{
    const char *name = arena_printf(d->a, "%sList", item->name).p;
    struct openapi_named *n = name_it(d, item->fields, WAY_OUT, true, name);

    (void)snprintf(n->item, sizeof(n->item), "%s",
        name_it(d, item->fields, WAY_OUT, false, item->name)->name);
    n->help = "A page of a list.";
    put_ref(d, name);
}

void
openapi_ref_body(struct openapi_doc *d, const struct route *rt)
{
    bool patch = (rt->flags & ROUTE_MERGE_PATCH) != 0;
    char *name = arena_cstr(d->a, arena_printf(d->a, "%sBody", rt->id));

    if (name[0] >= 'a' && name[0] <= 'z')
        name[0] = (char)(name[0] - 'a' + 'A');
    put_ref(d, name_it(d, rt->in, patch ? WAY_PATCH : WAY_IN, false, name)->name);
}

static void
put_list(struct openapi_doc *d, const struct openapi_named *n)
{
    const struct schema item = {n->item, NULL, n->fields};
    const struct field t[] = {
        {.name = "items", .type = F_ARRAY, .of = &item},
        {.name = "page", .type = F_I64, .help = "the page, from 1"},
        {.name = "per_page", .type = F_I64},
        {.name = "total", .type = F_I64, .flags = FIELD_NULL,
            .help = "items on all pages together, exact up to 50000; null in a walk, which does"
                    " not count"},
        {.name = "next_after", .type = F_ID, .flags = FIELD_NULL | FIELD_OPTIONAL,
            .help = "when walking by `after`: what to ask for next; null at the end"},
        {.name = NULL},
    };

    put_object(d, t, WAY_OUT);
}

void
openapi_schemas(struct openapi_doc *d)
{
    /* Writing one may name more. */
    for (size_t i = 0; i < d->named_n; i++) {
        struct openapi_named n = d->named[i];

        jout_key(d->j, n.name);
        jout_obj(d->j);
        jout_kc(d->j, "type", "object");
        if (n.help != NULL)
            jout_kc(d->j, "description", n.help);
        if (n.list)
            put_list(d, &n);
        else
            put_object(d, n.fields, n.way);
        jout_obj_end(d->j);
    }
}
