/* One SQLite file, for a program that keeps its own books: one connection,
 * statements prepared once, each use a transaction; those that come together are one commit. WAL, synchronous NORMAL: what was
 * committed survives the end of the process, however it comes. The only folder that
 * includes sqlite3.h. */
#ifndef SOUK_LITE_LITE_H
#define SOUK_LITE_LITE_H

#include "base/arena.h"
#include "base/err.h"

struct lite;

struct lite_val {
    enum { LITE_NULL, LITE_I64, LITE_STR } t;
    int64_t i;
    struct str s;
};
#define LITE_INT(x) ((struct lite_val){.t = LITE_I64, .i = (x)})
#define LITE_TEXT(x) ((struct lite_val){.t = (x).p != NULL ? LITE_STR : LITE_NULL, .s = (x)})

struct lite_rows {
    size_t n, cols;
    struct lite_val *v; /* n * cols, row by row */
};
#define LITE_ROWS_MAX 10000

/* Open `path`, made (0600) if missing, and run `schema` (IF NOT EXISTS throughout).
 * ERR_UPSTREAM with one line in the log: it cannot be. */
enum err lite_open(struct lite **out, const char *path, const char *schema) MUST_CHECK;
void lite_close(struct lite *l);
/* A copy of the file as of one moment, while others write to it: to `copy`, which must not
 * be there. ERR_NOT_FOUND: there is no such file. */
enum err lite_copy(const char *path, const char *copy) MUST_CHECK;
/* fn's work alone on the connection, in one transaction: committed when it returns ERR_OK,
 * else rolled back. Another caller's thread may run it while this one waits. Do not nest. */
enum err lite_tx(
    struct lite *l, enum err (*fn)(struct lite *l, void *arg), void *arg) MUST_CHECK;
/* Within fn. `sql` is a literal: statements are kept by its address. *changes may be NULL.
 * ERR_CONFLICT: a UNIQUE or PRIMARY KEY; ERR_INVALID: a CHECK. */
enum err lite_exec(struct lite *l, const char *sql, const struct lite_val *v, size_t n,
    int64_t *changes) MUST_CHECK;
enum err lite_query(struct lite *l, const char *sql, const struct lite_val *v, size_t n,
    struct arena *a, struct lite_rows *out) MUST_CHECK;
/* Cells; NULL reads as 0 and STR_NULL. */
int64_t lite_i64(const struct lite_rows *r, size_t row, size_t col);
struct str lite_str(const struct lite_rows *r, size_t row, size_t col);

#endif
