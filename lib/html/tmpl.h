/* Mustache templates (the official specification with its optional modules for
 * inheritance, lambdas excepted from files, dynamic names): compiled once at start,
 * rendered from a tree of values.  {{x}} escapes & < > " ' ; {{{x}}} and {{&x}} do not. */
#ifndef SOUK_HTML_TMPL_H
#define SOUK_HTML_TMPL_H

#include "base/buf.h"
#include "base/err.h"

struct tmpl_set;

/* A value: made in an arena, linked by pointers, read-only once rendered.  Strings are
 * copied into the arena; STR_NULL and a NULL C string make a null.  False in a section:
 * null, false, "", the number 0, an empty array. */
struct tval;

struct tval *tval_obj(struct arena *a);
struct tval *tval_arr(struct arena *a);
struct tval *tval_str(struct arena *a, struct str s);
/* A lambda: called with the section's unrendered text (STR_NULL for an interpolation),
 * returns template text that is rendered in its place, in the section's delimiters. */
struct tval *tval_lambda(struct arena *a,
    struct str (*fn)(void *arg, struct arena *a, struct str text), void *arg);
/* Members; `name` is borrowed and must outlive the tree.  Return the object/array given,
 * except _obj/_arr which return the NEW child. */
void tval_set(struct arena *a, struct tval *obj, const char *name, struct tval *v);
void tval_set_str(struct arena *a, struct tval *obj, const char *name, struct str s);
void tval_set_c(struct arena *a, struct tval *obj, const char *name, const char *s);
void tval_set_i64(struct arena *a, struct tval *obj, const char *name, int64_t v);
void tval_set_bool(struct arena *a, struct tval *obj, const char *name, bool v);
void tval_set_fmt(struct arena *a, struct tval *obj, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
struct tval *tval_add_obj(struct arena *a, struct tval *obj, const char *name);
struct tval *tval_add_arr(struct arena *a, struct tval *obj, const char *name);
/* Append to an array. */
void tval_push(struct arena *a, struct tval *arr, struct tval *v);
struct tval *tval_push_obj(struct arena *a, struct tval *arr);

/* Compile every NAME.mustache of `dir` (name = NAME, at most 200 files of 256 KiB).
 * ERR_INVALID with msg "NAME.mustache:LINE: ..." on a template that does not parse or
 * names a partial that is not there (dynamic names aside). */
enum err tmpl_load(struct tmpl_set **out, const char *dir, char *msg, size_t msg_n) MUST_CHECK;
/* A set from memory, for tests: add() compiles one more. */
struct tmpl_set *tmpl_new(void);
enum err tmpl_add(struct tmpl_set *t, const char *name, struct str text, char *msg,
    size_t msg_n) MUST_CHECK;
void tmpl_free(struct tmpl_set *t);
/* Render into `out`. ERR_NOT_FOUND: no such template; ERR_TOO_LARGE: out's maximum or
 * recursion depth 64 reached.  Thread-safe on a complete set. `a` is scratch. */
enum err tmpl_render(const struct tmpl_set *t, const char *name, const struct tval *data,
    struct arena *a, struct buf *out) MUST_CHECK;
/* Append s to b, escaped for HTML text and quoted attributes. */
void html_escape(struct buf *b, struct str s);

#endif
