/* Reading JSON: json-c parses, jin_scan refuses beforehand what json-c lets pass, and the
 * tree is copied into the arena so that nothing of json-c's outlives the call.
 *
 * json-c 0.16 knows no duplicate members (the last wins) and rounds integers; so the
 * copy walks the text beside the tree, takes the digits as written, and a member that
 * the text has and the tree has not shows a duplicate. */
#include "json/jin.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include <json.h>

#include "json/jin_scan.h"

struct copy {
    struct arena *a;
    struct str text;
    size_t at;   /* the next token of the text, or white space before it */
    bool beyond; /* stopped at a number that a double cannot hold */
};

static bool copy_value(struct copy *c, struct json_object *jo, struct jval *v);

static bool
is_between(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':';
}

/* The byte at the next token; commas and colons are passed like white space, for the
 * scan has already found them in their places. */
static char
peek(struct copy *c)
{
    while (c->at < c->text.n && is_between(c->text.p[c->at]))
        c->at++;
    return c->at < c->text.n ? c->text.p[c->at] : '\0';
}

static bool
take(struct copy *c, char want)
{
    if (peek(c) != want)
        return false;
    c->at++;
    return true;
}

static struct str
take_token(struct copy *c)
{
    struct str rest = str_sub(c->text, c->at, c->text.n);
    struct str token = str_sub(rest, 0, jin_scan_token(rest));

    c->at += token.n;
    return token;
}

/* The next token is passed when it is of the kind that begins with `first`. */
static bool
pass(struct copy *c, char first)
{
    return peek(c) == first && take_token(c).n > 0;
}

static bool
copy_string(struct copy *c, const char *p, size_t n, struct str *out)
{
    *out = arena_str(c->a, (struct str){p, n});
    return pass(c, '"');
}

static bool
copy_number(struct copy *c, struct jval *v)
{
    char first = peek(c);
    struct str digits;

    if (first != '-' && (first < '0' || first > '9'))
        return false;
    digits = take_token(c);
    v->s = arena_str(c->a, digits);
    if (v->type == J_INT && !str_i64(digits, &v->i)) {
        v->huge = true;
        v->i = first == '-' ? INT64_MIN : INT64_MAX;
    }
    return true;
}

static bool
copy_array(struct copy *c, struct json_object *jo, struct jval *v)
{
    size_t i;

    if (!take(c, '['))
        return false;
    v->n = json_object_array_length(jo);
    v->v = arena_calloc(c->a, v->n, sizeof(*v->v));
    for (i = 0; i < v->n; i++)
        if (!copy_value(c, json_object_array_get_idx(jo, i), &v->v[i]))
            return false;
    return take(c, ']');
}

static bool
copy_object(struct copy *c, struct json_object *jo, struct jval *v)
{
    struct json_object_iter it;
    size_t n = (size_t)json_object_object_length(jo);

    if (!take(c, '{'))
        return false;
    v->v = arena_calloc(c->a, n, sizeof(*v->v));
    v->key = arena_calloc(c->a, n, sizeof(*v->key));
    json_object_object_foreachC (jo, it) {
        size_t i = v->n++;

        if (!copy_string(c, it.key, str_c(it.key).n, &v->key[i]) ||
            !copy_value(c, it.val, &v->v[i]))
            return false;
    }
    return take(c, '}');
}

/* False when the text and the tree part: a member name stood twice. */
static bool
copy_value(struct copy *c, struct json_object *jo, struct jval *v)
{
    switch (json_object_get_type(jo)) {
    case json_type_null:
        v->type = J_NULL;
        return pass(c, 'n');
    case json_type_boolean:
        v->type = J_BOOL;
        v->b = json_object_get_boolean(jo);
        return pass(c, v->b ? 't' : 'f');
    case json_type_int:
        v->type = J_INT;
        return copy_number(c, v);
    case json_type_double:
        v->type = J_REAL;
        v->d = json_object_get_double(jo);
        c->beyond = !isfinite(v->d);
        return !c->beyond && copy_number(c, v);
    case json_type_string:
        v->type = J_STR;
        return copy_string(
            c, json_object_get_string(jo), (size_t)json_object_get_string_len(jo), &v->s);
    case json_type_array:
        v->type = J_ARRAY;
        return copy_array(c, jo, v);
    case json_type_object:
        v->type = J_OBJECT;
        return copy_object(c, jo, v);
    }
    return false;
}

static struct json_object *
parse(struct str text, enum json_tokener_error *je)
{
    struct json_tokener *tok = json_tokener_new_ex(JIN_DEPTH_MAX + 2);
    struct json_object *jo;

    if (tok == NULL)
        abort();
    json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    jo = json_tokener_parse_ex(tok, text.p, (int)text.n);
    /* A number at the top ends only with the text: a NUL says so. */
    if (json_tokener_get_error(tok) == json_tokener_continue)
        jo = json_tokener_parse_ex(tok, "", 1);
    *je = json_tokener_get_error(tok);
    json_tokener_free(tok);
    return jo;
}

enum err
jin_parse(struct arena *a, struct str text, struct jval **out, struct fault *flt)
{
    struct copy c = {.a = a, .text = text};
    enum json_tokener_error je;
    struct json_object *jo;
    const char *what = NULL;
    size_t at = 0;

    if (text.n > INT_MAX)
        return fault_set(flt, ERR_BAD, NULL, "The JSON text is too long.");
    if ((what = jin_scan(text, &at)) != NULL)
        return fault_set(
            flt, ERR_BAD, NULL, "The JSON text is wrong at byte %zu: %s.", at, what);
    jo = parse(text, &je);
    if (je != json_tokener_success)
        return fault_set(flt, ERR_BAD, NULL, "The JSON text is wrong: %s.",
            json_tokener_error_desc(je));
    *out = arena_calloc(a, 1, sizeof(**out));
    if (!copy_value(&c, jo, *out))
        what = c.beyond ? "a number beyond our range" : "a member name stands twice";
    json_object_put(jo);
    if (what != NULL)
        return fault_set(
            flt, ERR_BAD, NULL, "The JSON text is wrong near byte %zu: %s.", c.at, what);
    return ERR_OK;
}

const struct jval *
jin_get(const struct jval *v, const char *name)
{
    size_t i;

    if (v == NULL || v->type != J_OBJECT)
        return NULL;
    for (i = 0; i < v->n; i++)
        if (str_eq_c(v->key[i], name))
            return &v->v[i];
    return NULL;
}

const struct jval *
jin_get_type(const struct jval *v, const char *name, enum jtype t)
{
    const struct jval *m = jin_get(v, name);

    return m != NULL && m->type == t ? m : NULL;
}

struct str
jin_str(const struct jval *v, const char *name)
{
    const struct jval *m = jin_get_type(v, name, J_STR);

    return m != NULL ? m->s : STR_NULL;
}

int64_t
jin_i64(const struct jval *v, const char *name, int64_t def)
{
    const struct jval *m = jin_get_type(v, name, J_INT);

    return m != NULL ? m->i : def;
}

struct jval *
jin_new_object(struct arena *a, size_t max_members)
{
    struct jval *v = arena_calloc(a, 1, sizeof(*v));

    v->type = J_OBJECT;
    v->v = arena_calloc(a, max_members, sizeof(*v->v));
    v->key = arena_calloc(a, max_members, sizeof(*v->key));
    v->i =
        (int64_t)max_members; /* an object has no use for it; the room, for asserting */
    return v;
}

void
jin_add(struct jval *obj, struct str name, const struct jval *v)
{
    assert(obj->type == J_OBJECT && (int64_t)obj->n < obj->i);
    obj->key[obj->n] = name;
    obj->v[obj->n++] = *v;
}

void
jin_add_str(struct jval *obj, struct str name, struct str value)
{
    jin_add(obj, name, &(struct jval){.type = J_STR, .s = value});
}
