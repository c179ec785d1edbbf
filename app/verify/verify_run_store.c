/* Running the rules: what their words stand for is bound, and their answers are read. */
#include "verify/verify_store.h"

#include <string.h>

#include "base/buf.h"

enum { SQL_ORDERS, SQL_TOUCHED, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    [SQL_ORDERS] = "SELECT COUNT(*) FROM orders",
    [SQL_TOUCHED] = "SELECT DISTINCT order_id FROM order_event"
                    " WHERE id > ? AND order_id <= ? ORDER BY order_id LIMIT ?",
};

#define SQL_MAX ((size_t)16 << 10)
#define VALUES_MAX 16

struct bound {
    struct buf sql;
    struct db_val v[VALUES_MAX];
    size_t n;
};

static void
bind(struct bound *b, struct db_val v)
{
    if (b->n < VALUES_MAX)
        b->v[b->n++] = v;
    buf_char(&b->sql, '?');
}

static bool
word(const char **p, const char *w)
{
    if (strncmp(*p, w, strlen(w)) != 0)
        return false;
    *p += strlen(w);
    return true;
}

/* The rule's text with a mark for each word, and the marks' values. */
static void
compile(struct bound *b, const char *sql, int64_t lo, int64_t hi)
{
    while (*sql != '\0') {
        if (word(&sql, ":lo"))
            bind(b, DB_I64(lo));
        else if (word(&sql, ":hi"))
            bind(b, DB_I64(hi));
        else
            buf_char(&b->sql, *sql++);
    }
}

bool
verify_rule_sliced(const struct verify_rule *r)
{
    return r->sql != NULL && strstr(r->sql, ":lo") != NULL;
}

enum err
verify_store_run(struct db *db, struct arena *a, const struct verify_rule *rule,
    int64_t lo, int64_t hi, struct verify_result *out)
{
    struct bound *b = arena_calloc(a, 1, sizeof(*b));
    struct db_rows r;
    enum err e;

    buf_init_arena(&b->sql, a, SQL_MAX);
    compile(b, rule->sql, lo, hi);
    if (b->sql.overflow || b->n == VALUES_MAX)
        return ERR_INTERNAL;
    if ((e = db_row(db, buf_cstr(&b->sql), b->v, b->n, a, &r)) != ERR_OK)
        return e;
    *out = (struct verify_result){.looked = db_i64(&r, 0, 0),
        .broken = db_i64(&r, 0, 1),
        .first_id = db_i64(&r, 0, 2)};
    if (r.cols > 3) {
        out->sum = db_i64(&r, 0, 3);
        out->unit = db_str(&r, 0, 4);
    }
    return ERR_OK;
}

enum err
verify_store_orders(struct db *db, struct arena *a, int64_t *n)
{
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_ORDERS], NULL, 0, a, &r);

    *n = e == ERR_OK ? db_i64(&r, 0, 0) : 0;
    return e;
}

enum err
verify_store_touched(struct db *db, struct arena *a, int64_t since, int64_t limit,
    int64_t **ids, size_t *n)
{
    const struct db_val v[] = {DB_I64(since), DB_I64(since), DB_I64(limit)};
    struct db_rows r;
    enum err e = db_query(db, sqls[SQL_TOUCHED], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *n = r.n;
    *ids = arena_calloc(a, r.n + 1, sizeof(**ids));
    for (size_t i = 0; i < r.n; i++)
        (*ids)[i] = db_i64(&r, i, 0);
    return ERR_OK;
}
