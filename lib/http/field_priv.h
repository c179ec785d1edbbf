/* Between the router and the field checker only. */
#ifndef SOUK_HTTP_FIELD_PRIV_H
#define SOUK_HTTP_FIELD_PRIV_H

#include "http/field.h"

#define FIELD_IGNORE_UNKNOWN 1u
/* Merge patch (RFC 7396): an allowed null stays, as a J_NULL member, and of the body's own
 * members none is required: what is not said stays as it is. */
#define FIELD_KEEP_NULL 2u

/* field_check() with flags. */
enum err field_check_mode(struct arena *a, const struct field *t, const struct jval *in,
    enum field_source src, const char *pointer_prefix, unsigned mode, struct jval **out,
    struct fault *flt) MUST_CHECK;
/* Does a table have a required field?  NULL: no. */
bool field_any_required(const struct field *t);

#endif
