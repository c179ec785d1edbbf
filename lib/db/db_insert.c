/* Texts of statements whose length depends on how many values there are.  Only marks are
 * generated, never a value. */
#include "db/db_insert.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"

/* Values one statement binds at most; the server takes 65,535. Rows of many columns may bring
 * more, up to ROWS_WIDE rows. */
#define VALUES_MAX 2048
#define VALUES_WIDE 8192
#define ROWS_WIDE 128
#define SQL_MAX ((size_t)64 << 10)

/* The largest power of two that is not above `n`. */
static size_t
power_below(size_t n)
{
    size_t p = 1;

    while (p <= n / 2)
        p *= 2;
    return p;
}

/* To begin a statement costs the server as much as a dozen rows, and each number of rows is
 * a text that it keeps prepared: so there are few numbers, the closer the smaller they are. */
size_t
db_insert_step(size_t rows)
{
    if (rows <= 16)
        return rows;
    return rows < 64 ? rows - rows % 8 : rows - rows % 16;
}

static size_t
rows_max(size_t cols)
{
    size_t n = power_below(VALUES_MAX / cols), wide = power_below(VALUES_WIDE / cols);

    if (wide > ROWS_WIDE)
        wide = ROWS_WIDE;
    return n > wide ? n : wide;
}

static const char *
insert_sql(struct arena *a, const char *head, const char *tail, size_t rows, size_t cols)
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
    buf_c(&b, tail);
    assert(!b.overflow);
    return buf_cstr(&b);
}

enum err
db_upsert_rows(struct db *db, struct arena *a, const char *head, const char *tail,
    const struct db_val *v, size_t rows, size_t cols, uint64_t *changed)
{
    size_t at, step, last = 0, most = rows_max(cols);
    const char *sql = "";
    uint64_t done;
    enum err e;

    *changed = 0;
    for (at = 0; at < rows; at += step) {
        step = db_insert_step(rows - at < most ? rows - at : most);
        if (step != last)
            sql = insert_sql(a, head, tail, step, cols);
        last = step;
        if ((e = db_exec(db, sql, v + at * cols, step * cols, &done)) != ERR_OK)
            return e;
        *changed += done;
    }
    return ERR_OK;
}

enum err
db_insert_rows(struct db *db, struct arena *a, const char *head, const struct db_val *v,
    size_t rows, size_t cols)
{
    uint64_t done;
    enum err e = db_upsert_rows(db, a, head, "", v, rows, cols, &done);

    return e == ERR_OK && done != rows ? ERR_INTERNAL : e;
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
