/* Strings that carry their length.  A struct str borrows its bytes: whoever made
 * them says how long they live (usually: as long as the request's arena). */
#ifndef SOUK_BASE_STR_H
#define SOUK_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

struct str {
    const char *p;
    size_t n;
};

/* A literal as a struct str; STR_NULL is "no value", different from "". */
#define STR(lit) ((struct str){"" lit, sizeof(lit) - 1})
#define STR_INIT(lit) {"" lit, sizeof(lit) - 1}
#define STR_NULL ((struct str){NULL, 0})
/* For printf's "%.*s". */
#define STR_F(s) (int)(s).n, ((s).p != NULL ? (s).p : "")

/* Borrow a C string; NULL gives STR_NULL. */
struct str str_c(const char *s);
/* The same bytes: STR_NULL and "" count as equal here. */
bool str_eq(struct str a, struct str b);
/* Equal without regard to ASCII case. */
bool str_eq_nocase(struct str a, struct str b);
bool str_eq_c(struct str a, const char *b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* memcmp order, the shorter first. */
int str_cmp(struct str a, struct str b);
/* Without leading and trailing ASCII white space. */
struct str str_trim(struct str s);
/* From byte `from` on, at most `n` bytes; out of range is cut, never an error. */
struct str str_sub(struct str s, size_t from, size_t n);
/* Index of the first `c`, or SIZE_MAX. */
size_t str_chr(struct str s, char c);
/* Split at the first `sep`: *head before it, *tail behind it.  False, with *head
 * the whole and *tail empty, when there is none. */
bool str_cut(struct str s, char sep, struct str *head, struct str *tail);
/* The next piece of *rest up to `sep`; false when *rest is used up (p == NULL). */
bool str_next(struct str *rest, char sep, struct str *piece);
/* Strict decimal: optional '-', digits, nothing else, in range; else false. */
bool str_i64(struct str s, int64_t *out);
bool str_u64(struct str s, uint64_t *out);
/* Bytes below 0x80 alone. */
bool str_is_ascii(struct str s);
/* Well-formed UTF-8 (Unicode 15, table 3-7) and no NUL byte. */
bool str_utf8_valid(struct str s);
/* Bytes of the well-formed code point that `s` begins with; 0 if it begins with none. */
size_t str_utf8_step(struct str s);
/* Code points in valid UTF-8. */
size_t str_utf8_count(struct str s);
/* Cut to at most `max` bytes without splitting a code point. */
struct str str_utf8_cut(struct str s, size_t max);
/* FNV-1a, 64 bits: for tables in memory, never for anything an attacker gains by. */
uint64_t str_hash(struct str s);

#endif
