/* Reading JSON from outside (RFC 8259): parsed strictly by json-c, then copied into
 * the request's arena as a read-only tree.  Also refused: duplicate member names,
 * invalid UTF-8, NUL in strings, lone surrogates,
 * numbers beyond a double, nesting above JIN_DEPTH_MAX, anything after the value. */
#ifndef SOUK_JSON_JIN_H
#define SOUK_JSON_JIN_H

#include "base/arena.h"
#include "base/err.h"

#define JIN_DEPTH_MAX 32
#define JIN_TOKENS_MAX 200000 /* values and member names in one text */

enum jtype { J_NULL, J_BOOL, J_INT, J_REAL, J_STR, J_ARRAY, J_OBJECT };

struct jval {
    enum jtype type;
    bool b;
    bool huge;       /* J_INT beyond int64_t: i is then clamped */
    int64_t i;       /* J_INT */
    double d;        /* J_REAL */
    struct str s;    /* J_STR: the text; J_INT and J_REAL: the digits as written */
    size_t n;        /* members of J_ARRAY, J_OBJECT */
    struct jval *v;  /* their values */
    struct str *key; /* J_OBJECT: their names */
};

/* Parse all of `text` into *out.  ERR_BAD with flt->detail saying what and where. */
enum err jin_parse(struct arena *a, struct str text, struct jval **out, struct fault *flt)
    MUST_CHECK;
/* The member `name` of an object, or NULL (also when v is NULL or no object). */
const struct jval *jin_get(const struct jval *v, const char *name);
/* The same when it is of that type; else NULL. */
const struct jval *jin_get_type(const struct jval *v, const char *name, enum jtype t);
/* A string member, STR_NULL when missing, null or of another type. */
struct str jin_str(const struct jval *v, const char *name);
/* An integer member, or `def`. */
int64_t jin_i64(const struct jval *v, const char *name, int64_t def);
struct jout;
/* The value as JSON again: numbers as they were written, no white space. */
void jin_write(struct jout *j, const struct jval *v);
/* New values for building trees by hand (forms, query strings). */
struct jval *jin_new_object(struct arena *a, size_t max_members);
/* Append a member, by value, or a string; the object must have room. */
void jin_add(struct jval *obj, struct str name, const struct jval *v);
void jin_add_str(struct jval *obj, struct str name, struct str value);

#endif
