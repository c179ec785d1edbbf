/* The checks that make reading JSON strict, made before json-c sees the text. */
#ifndef SOUK_JSON_JIN_SCAN_H
#define SOUK_JSON_JIN_SCAN_H

#include "base/str.h"

/* NULL when `text` is one RFC 8259 value within our limits, else what is wrong, with
 * *at the byte where. */
const char *jin_scan(struct str text, size_t *at);
/* Length of the string, number or literal that `s` begins with; 0: none, or a bad one. */
size_t jin_scan_token(struct str s);

#endif
