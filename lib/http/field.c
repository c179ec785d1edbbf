/* Checking input against field tables.  One pass over the table copies what passes, one
 * over the input finds what no table knows; every bad field is reported, not the first
 * only.  Decides nothing that needs the database. */
#include "http/field.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "http/field_priv.h"
#include "http/field_text.h"

/* Bounds of what has no bounds of its own in a table: elements of arrays of strings,
 * names and values of maps, all in code points. */
#define ITEM_MAX 255
#define MAP_NAME_MAX 100
#define MAP_VALUE_MAX 1000

/* The pointer to a field; it grows and is cut back along the recursion. */
struct pointer {
    char s[96];
    size_t n;
};

struct check {
    struct arena *a;
    enum field_source src;
    unsigned mode;
    struct fault *flt;
    struct pointer at;
    int depth; /* 1: the members of the whole */
    bool bad; /* flt drops fields above its maximum: do not count there */
};

static bool check_value(
    struct check *c, const struct field *f, const struct jval *in, struct jval *out);
static void check_object(
    struct check *c, const struct field *t, const struct jval *in, struct jval *out);

static void
pointer_put(struct pointer *p, const char *s, size_t n)
{
    if (p->n + n >= sizeof(p->s))
        n = sizeof(p->s) - 1 - p->n;
    memcpy(p->s + p->n, s, n);
    p->n += n;
    p->s[p->n] = '\0';
}

/* Append a reference token (RFC 6901); "?" prefixes take the bare name. */
static size_t
pointer_enter(struct pointer *p, struct str name)
{
    size_t i, before = p->n;

    if (!(p->n == 1 && p->s[0] == '?'))
        pointer_put(p, "/", 1);
    for (i = 0; i < name.n; i++) {
        if (name.p[i] == '~')
            pointer_put(p, "~0", 2);
        else if (name.p[i] == '/')
            pointer_put(p, "~1", 2);
        else
            pointer_put(p, name.p + i, 1);
    }
    return before;
}

static size_t
pointer_enter_index(struct pointer *p, size_t i)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%zu", i);

    return pointer_enter(p, (struct str){text, (size_t)n});
}

static void
pointer_leave(struct pointer *p, size_t before)
{
    p->n = before;
    p->s[before] = '\0';
}

/* Report the field at hand; always false, for `return refuse(...)`. */
static bool __attribute__((format(printf, 3, 4)))
refuse(struct check *c, const char *code, const char *fmt, ...)
{
    char detail[128];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(detail, sizeof(detail), fmt, ap);
    va_end(ap);
    c->bad = fault_field(c->flt, c->at.s, code, "%s", detail) != ERR_OK;
    return false;
}

static bool
length_ok(struct check *c, size_t n, int64_t min, int64_t max, const char *unit)
{
    if ((int64_t)n < min)
        return refuse(c, "too_short", "At least %" PRId64 " %s.", min, unit);
    if ((int64_t)n > max)
        return refuse(c, "too_long", "At most %" PRId64 " %s.", max, unit);
    return true;
}

static bool
check_str(struct check *c, const struct field *f, struct str s)
{
    if (!field_text_ok(s))
        return refuse(c, "bad_text", "Control characters are not allowed.");
    return length_ok(c, str_utf8_count(s), f->min, f->max, "characters");
}

static bool
all_digits(struct str s)
{
    size_t i, from = s.n > 1 && s.p[0] == '-';

    for (i = from; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > from;
}

static bool
check_i64(struct check *c, const struct field *f, const struct jval *in, struct jval *out)
{
    bool huge = in->huge;
    int64_t v = in->i;

    if (in->type == J_STR && c->src == FIELD_TEXT) {
        if (!all_digits(in->s))
            return refuse(c, "wrong_type", "Must be a whole number.");
        huge = !str_i64(in->s, &v);
    } else if (in->type != J_INT) {
        return refuse(c, "wrong_type", "Must be a whole number.");
    }
    if (huge || v < f->min || v > f->max)
        return refuse(
            c, "out_of_range", "From %" PRId64 " to %" PRId64 ".", f->min, f->max);
    *out = (struct jval){.type = J_INT, .i = v, .s = in->s};
    return true;
}

static bool
check_bool(struct check *c, const struct jval *in, struct jval *out)
{
    bool text = in->type == J_STR && c->src == FIELD_TEXT;

    if (in->type == J_BOOL)
        *out = *in;
    else if (text && field_choice_ok("true|on|1", in->s))
        *out = (struct jval){.type = J_BOOL, .b = true};
    else if (text && field_choice_ok("false|off|0", in->s))
        *out = (struct jval){.type = J_BOOL};
    else
        return refuse(c, "wrong_type", "Must be true or false.");
    return true;
}

/* The types whose value is a string. */
static bool
check_text(
    struct check *c, const struct field *f, const struct jval *in, struct jval *out)
{
    int64_t number;

    if (in->type != J_STR)
        return refuse(c, "wrong_type", "Must be a string.");
    *out = (struct jval){.type = J_STR, .s = in->s};
    if ((f->flags & FIELD_TRIM) != 0)
        out->s = str_trim(in->s);
    if (f->type == F_ENUM && !field_choice_ok(f->choices, out->s))
        return refuse(c, "bad_choice", "One of %s.", f->choices);
    if (f->type == F_EMAIL && !field_email_ok(out->s))
        return refuse(c, "bad_email", "Must be an e-mail address.");
    if (f->type == F_ID && !field_id_parse(out->s, &number) &&
        !((f->flags & FIELD_ZERO) != 0 && str_eq_c(out->s, "0")))
        return refuse(c, "bad_id", "Must be an id.");
    if (f->type == F_TIME && !time_rfc3339_parse(out->s, &number))
        return refuse(c, "bad_time", "Must be a time like 2026-11-22T20:30:00Z.");
    return f->type != F_STR || check_str(c, f, out->s);
}

static bool
check_array(
    struct check *c, const struct field *f, const struct jval *in, struct jval *out)
{
    const struct field item = {.type = f->fields != NULL ? F_OBJECT : f->item,
        .fields = f->fields,
        .min = f->item == F_I64 ? INT64_MIN : 0,
        .max = f->item == F_I64 ? INT64_MAX : ITEM_MAX,
        .choices = f->choices};
    /* In a form, one value of a name that may stand often is a list of one. */
    const struct jval one = {.type = J_ARRAY, .n = 1, .v = (struct jval[]){*in}};
    size_t i, before;

    if (c->src == FIELD_TEXT && in->type == J_STR)
        in = &one;
    if (in->type != J_ARRAY)
        return refuse(c, "wrong_type", "Must be an array.");
    if (!length_ok(c, in->n, f->min, f->max, "elements"))
        return false;
    *out = (struct jval){.type = J_ARRAY, .n = in->n};
    out->v = arena_calloc(c->a, in->n, sizeof(*out->v));
    for (i = 0; i < in->n; i++) {
        before = pointer_enter_index(&c->at, i);
        check_value(c, &item, &in->v[i], &out->v[i]);
        pointer_leave(&c->at, before);
    }
    return true;
}

static bool
check_map(struct check *c, const struct field *f, const struct jval *in, struct jval *out)
{
    static const struct field value = {.type = F_STR, .max = MAP_VALUE_MAX};
    size_t i, before;

    if (in->type != J_OBJECT)
        return refuse(c, "wrong_type", "Must be an object.");
    if (!length_ok(c, in->n, f->min, f->max, "members"))
        return false;
    *out = *in;
    out->v = arena_calloc(c->a, in->n, sizeof(*out->v));
    for (i = 0; i < in->n; i++) {
        before = pointer_enter(&c->at, in->key[i]);
        if (!field_text_ok(in->key[i]))
            refuse(c, "bad_text", "Control characters are not allowed in a name.");
        else if (length_ok(c, str_utf8_count(in->key[i]), 1, MAP_NAME_MAX, "characters"))
            check_value(c, &value, &in->v[i], &out->v[i]);
        pointer_leave(&c->at, before);
    }
    return true;
}

/* False when the value was refused; what lies inside it is only counted in c->bad. */
static bool
check_value(
    struct check *c, const struct field *f, const struct jval *in, struct jval *out)
{
    switch (f->type) {
    case F_STR:
    case F_ENUM:
    case F_EMAIL:
    case F_ID:
    case F_TIME:
        return check_text(c, f, in, out);
    case F_I64:
        return check_i64(c, f, in, out);
    case F_BOOL:
        return check_bool(c, in, out);
    case F_OBJECT:
        if (in->type != J_OBJECT)
            return refuse(c, "wrong_type", "Must be an object.");
        check_object(c, f->fields, in, out);
        return true;
    case F_ARRAY:
        return check_array(c, f, in, out);
    case F_MAP:
        return check_map(c, f, in, out);
    case F_ANY:
        *out = *in;
        return true;
    }
    return refuse(c, "wrong_type", "Not understood.");
}

/* Does the value stand for "not given"? A form sends every field it shows. */
static bool
value_missing(const struct check *c, const struct field *f, const struct jval *v)
{
    if (v == NULL)
        return true;
    if (v->type == J_NULL)
        return (f->flags & FIELD_NULL) != 0;
    if (c->src != FIELD_TEXT || v->type != J_STR)
        return false;
    return ((f->flags & FIELD_TRIM) != 0 ? str_trim(v->s) : v->s).n == 0;
}

/* A merge patch says only what is to change. */
static bool
may_be_silent(const struct check *c, const struct jval *v)
{
    return v == NULL && c->depth == 1 && (c->mode & FIELD_KEEP_NULL) != 0;
}

static void
check_member(
    struct check *c, const struct field *f, const struct jval *v, struct jval *out)
{
    bool keep_null = v != NULL && v->type == J_NULL && (f->flags & FIELD_NULL) != 0 &&
                     (c->mode & FIELD_KEEP_NULL) != 0;

    if (keep_null)
        out->v[out->n].type = J_NULL;
    else if (value_missing(c, f, v)) {
        if ((f->flags & FIELD_REQUIRED) != 0 && !may_be_silent(c, v))
            refuse(c, "required", "This field is required.");
        return;
    } else if (!check_value(c, f, v, &out->v[out->n]))
        return;
    out->key[out->n++] = str_c(f->name);
}

static size_t
table_find(const struct field *t, struct str name)
{
    size_t i;

    for (i = 0; t != NULL && t[i].name != NULL; i++)
        if (str_eq_c(name, t[i].name))
            return i;
    return SIZE_MAX;
}

static size_t
table_count(const struct field *t)
{
    size_t n = 0;

    while (t != NULL && t[n].name != NULL)
        n++;
    return n;
}

static void
check_unknown(struct check *c, const struct field *t, const struct jval *in)
{
    size_t i, before;

    for (i = 0; i < in->n; i++) {
        if (table_find(t, in->key[i]) != SIZE_MAX)
            continue;
        before = pointer_enter(&c->at, in->key[i]);
        refuse(c, "unknown", "There is no such field.");
        pointer_leave(&c->at, before);
    }
}

static void
check_object(
    struct check *c, const struct field *t, const struct jval *in, struct jval *out)
{
    size_t i, before, n = table_count(t);

    *out = (struct jval){.type = J_OBJECT};
    out->v = arena_calloc(c->a, n, sizeof(*out->v));
    out->key = arena_calloc(c->a, n, sizeof(*out->key));
    c->depth++;
    for (i = 0; i < n; i++) {
        before = pointer_enter(&c->at, str_c(t[i].name));
        check_member(c, &t[i], jin_get(in, t[i].name), out);
        pointer_leave(&c->at, before);
    }
    c->depth--;
    if ((c->mode & FIELD_IGNORE_UNKNOWN) == 0)
        check_unknown(c, t, in);
}

enum err
field_check_mode(struct arena *a, const struct field *t, const struct jval *in,
    enum field_source src, const char *pointer_prefix, unsigned mode, struct jval **out,
    struct fault *flt)
{
    struct check c = {.a = a, .src = src, .mode = mode, .flt = flt};

    pointer_put(&c.at, pointer_prefix, strlen(pointer_prefix));
    *out = arena_calloc(a, 1, sizeof(**out));
    if (in == NULL || in->type != J_OBJECT)
        refuse(&c, "wrong_type", "Must be an object.");
    else
        check_object(&c, t, in, *out);
    if (c.bad)
        return fault_set(flt, ERR_INVALID, "", "Some fields are not acceptable.");
    return ERR_OK;
}

enum err
field_check(struct arena *a, const struct field *t, const struct jval *in,
    enum field_source src, const char *pointer_prefix, bool ignore_unknown,
    struct jval **out, struct fault *flt)
{
    return field_check_mode(a, t, in, src, pointer_prefix,
        ignore_unknown ? FIELD_IGNORE_UNKNOWN : 0, out, flt);
}

bool
field_any_required(const struct field *t)
{
    size_t i;

    for (i = 0; t != NULL && t[i].name != NULL; i++)
        if ((t[i].flags & FIELD_REQUIRED) != 0)
            return true;
    return false;
}
