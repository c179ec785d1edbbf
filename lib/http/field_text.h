/* Rules for single texts, shared inside lib/http. */
#ifndef SOUK_HTTP_FIELD_TEXT_H
#define SOUK_HTTP_FIELD_TEXT_H

#include "http/field.h"

/* No control characters but \t \n \r; `s` is valid UTF-8. */
bool field_text_ok(struct str s);
/* Is `s` one of "a|b|c"? */
bool field_choice_ok(const char *choices, struct str s);
/* A positive 63-bit integer in its one decimal spelling. */
bool field_id_parse(struct str s, int64_t *out);

#endif
