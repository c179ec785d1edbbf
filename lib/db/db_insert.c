/* Texts of statements whose length depends on how many values there are.  Only marks are
 * generated, never a value. */
#include "db/db_insert.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"

/* Values one statement binds at most; the server takes 65,535. */
#define VALUES_MAX 2048
#define SQL_MAX ((size_t)64 << 10)
#define ROWS_STEP 16

/* The largest power of two that is not above `n`. */
static size_t
power_below(size_t n)
{
    size_t p = 1;

    while (p <= n / 2)
        p *= 2;
    return p;
}

/* How many rows the next statement takes: as many as it may, else a multiple of ROWS_STEP,
 * then the rest. Any number of rows is at most two statements more than needed, and few
 * texts exist. */
static size_t
rows_step(size_t left, size_t most)
{
    if (left >= most)
        return most;
    return left > ROWS_STEP ? left - left % ROWS_STEP : left;
}

static const char *
insert_sql(struct arena *a, const char *head, size_t rows, size_t cols)
{
    const char *marks = db_marks(a, cols);
    struct buf b;
    size_t i;

    buf_init_arena(&b, a, SQL_MAX);
    buf_c(&b, head);
    for (i = 0; i < rows; i++) {
        buf_c(&b, i > 0 ? ",(" : " (");
        buf_c(&b, marks);
        buf_char(&b, ')');
    }
    assert(!b.overflow);
    return buf_cstr(&b);
}

enum err
db_insert_rows(struct db *db, struct arena *a, const char *head, const struct db_val *v,
    size_t rows, size_t cols)
{
    size_t at, step, last = 0, most = power_below(VALUES_MAX / cols);
    const char *sql = "";
    uint64_t done;
    enum err e;

    for (at = 0; at < rows; at += step) {
        step = rows_step(rows - at, most);
        if (step != last)
            sql = insert_sql(a, head, step, cols);
        last = step;
        if ((e = db_exec(db, sql, v + at * cols, step * cols, &done)) != ERR_OK)
            return e;
        if (done != step)
            return ERR_INTERNAL;
    }
    return ERR_OK;
}

const char *
db_in_list(struct arena *a, const char *head, const struct db_val *v, size_t n,
    const char *tail, struct db_val **out, size_t *out_n)
{
    size_t i, full = power_below(n);
    struct buf b;

    if (full < n)
        full *= 2;
    *out = arena_calloc(a, full, sizeof(**out));
    for (i = 0; i < full; i++)
        (*out)[i] = v[i < n ? i : n - 1];
    *out_n = full;
    buf_init_arena(&b, a, SQL_MAX);
    buf_c(&b, head);
    buf_char(&b, '(');
    buf_c(&b, db_marks(a, full));
    buf_char(&b, ')');
    buf_c(&b, tail);
    assert(!b.overflow);
    return buf_cstr(&b);
}
