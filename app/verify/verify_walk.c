/* A walk's slices and the values of their rows. Memory is bounded by the slice, whatever
 * hangs on what it holds. */
#include <string.h>

#include "order/order.h"
#include "verify/verify_walk_priv.h"

struct verify_walk *
verify_walk_new(struct arena *a, struct db *db, size_t n, struct verify_line *found)
{
    struct verify_walk *w = arena_calloc(a, 1, sizeof(*w));

    w->db = db;
    w->found = found;
    w->max = n;
    w->orders = arena_calloc(a, n, sizeof(*w->orders));
    w->items = arena_calloc(a, n, sizeof(*w->items));
    return w;
}

enum err
verify_slice_begin(
    struct verify_walk *w, const struct verify_reading *r, int64_t lo, int64_t hi)
{
    const struct db_val v[] = {DB_I64(lo), DB_I64(hi), DB_I64((int64_t)w->max)};

    w->n = 0;
    return db_each(w->db, r->sql, v, NELEM(v), r->row, w);
}

enum err
verify_slice_gather(struct verify_walk *w, const struct verify_reading *r, size_t n,
    int64_t lo, int64_t to)
{
    const struct db_val v[] = {DB_I64(lo), DB_I64(to)};
    enum err e = ERR_OK;

    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        w->at = 0;
        e = db_each(w->db, r[i].sql, v, NELEM(v), r[i].row, w);
    }
    return e;
}

/* --- a row's values, in the order of its columns --- */

int64_t
verify_int(const struct db_val *v)
{
    return v->t == DBT_I64 ? v->i : 0;
}

void
verify_text(char *to, size_t size, const struct db_val *v)
{
    size_t n = v->t != DBT_STR ? 0 : v->s.n < size ? v->s.n : size - 1;

    if (n > 0)
        memcpy(to, v->s.p, n);
    to[n] = '\0';
}

bool
verify_says(const struct db_val *v, const char *word)
{
    return v->t == DBT_STR && str_eq_c(v->s, word);
}

int
verify_status(const struct db_val *v)
{
    enum order_status s;

    if (v->t != DBT_STR)
        return VERIFY_UNKNOWN;
    if (v->s.n == 0)
        return VERIFY_NOTHING;
    return order_status_parse(v->s, &s) ? (int)s : VERIFY_UNKNOWN;
}
