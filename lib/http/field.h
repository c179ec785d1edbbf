/* Typed, bounded fields: a route lists what it takes, and handlers see only what passed.
 * The same tables validate JSON bodies, HTML forms and query strings, and describe them. */
#ifndef SOUK_HTTP_FIELD_H
#define SOUK_HTTP_FIELD_H

#include "json/jin.h"

enum field_type {
    F_STR,    /* min..max: code points; control characters but \t \n \r are refused */
    F_I64,    /* min..max: value */
    F_BOOL,
    F_ENUM,   /* choices "a|b|c" */
    F_EMAIL,  /* a plausible addr-spec of at most 254 bytes */
    F_ID,     /* a positive 63-bit integer in decimal, as a string */
    F_OBJECT, /* fields: its members; unknown ones are refused */
    F_ARRAY,  /* min..max: count; fields: of each element if objects, else item */
    F_MAP,    /* object with free names, string values; min..max: count */
    F_ANY,    /* whatever JSON; the handler looks */
    F_TIME    /* RFC 3339, as a string */
};

#define FIELD_REQUIRED 1u
#define FIELD_NULL 2u /* JSON null is accepted (and then read as missing) */
#define FIELD_TRIM 4u /* surrounding white space is dropped before the check */
#define FIELD_ZERO 16u /* F_ID: "0" too, which stands before all */
#define FIELD_OPTIONAL 8u /* in an answer: may be missing; all others are there */

struct schema;

struct field {
    const char *name; /* NULL ends a table */
    enum field_type type;
    unsigned flags;
    int64_t min, max;
    const char *choices;
    const struct field *fields;
    enum field_type item;
    const char *help;
    const struct schema *of; /* in an answer, instead of `fields`: an object with a name */
    const char *example;     /* JSON; NULL: one is made from the type */
};

/* The shape of an answer, or of a part that stands in several. Without bounds (max 0) a
 * text or number is any; required is what is not FIELD_OPTIONAL. */
struct schema {
    const char *name; /* "Order" */
    const char *help;
    const struct field *fields;
};

enum field_source { FIELD_JSON, FIELD_TEXT }; /* TEXT: numbers and bools arrive as strings */

/* Check `in` (an object) against `t`; the typed copy in *out has only known fields, numbers
 * as J_INT, bools as J_BOOL, null and (TEXT) empty optional values left out.
 * Every bad field is named in flt (pointer "/items/0/quantity"; for query strings "?page"):
 * codes required, unknown, wrong_type, out_of_range, too_short, too_long, bad_choice,
 * bad_email, bad_id, bad_text, bad_time.  ERR_INVALID then.  ignore_unknown: drop instead of refuse. */
enum err field_check(struct arena *a, const struct field *t, const struct jval *in,
    enum field_source src, const char *pointer_prefix, bool ignore_unknown,
    struct jval **out, struct fault *flt) MUST_CHECK;
/* A plausible e-mail address (the rules of F_EMAIL). */
bool field_email_ok(struct str s);

#endif
