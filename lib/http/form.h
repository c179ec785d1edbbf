/* Parsers of what browsers send: application/x-www-form-urlencoded (WHATWG), percent
 * encoding, cookies (RFC 6265). */
#ifndef SOUK_HTTP_FORM_H
#define SOUK_HTTP_FORM_H

#include "json/jin.h"

#define FORM_FIELDS_MAX 256

/* Decode %XX; plus_is_space for forms. False on a broken escape, NUL or invalid UTF-8. */
bool percent_decode(struct arena *a, struct str s, bool plus_is_space, struct str *out);
/* Percent-encode all but unreserved characters. */
struct str percent_encode(struct arena *a, struct str s);
/* One more field: a name that is there already makes its member an array. `form` was made by
 * jin_new_object() with room for it. */
void form_add(struct arena *a, struct jval *form, struct str name, struct str value);
/* name=value pairs as an object of strings. A name seen again makes the member an array
 * of strings. ERR_BAD: broken escape, invalid UTF-8, more than FORM_FIELDS_MAX pairs. */
enum err form_parse(struct arena *a, struct str text, struct jval **out, struct fault *flt)
    MUST_CHECK;
/* The value of a cookie in a Cookie header; the first of several; STR_NULL if none. */
struct str cookie_find(struct str header, const char *name);

#endif
