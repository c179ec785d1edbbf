/* Running the rules: what their words stand for is bound, and their answers are read. */
#include "verify/verify_store.h"

#include <string.h>

#include "base/buf.h"
#include "order/order.h"

enum { SQL_LONG, SQL_SLICE, SQL_ORDERS, SQL_TOUCHED, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    /* MySQL's default would cut the chain of an order of fifty events. */
    [SQL_LONG] = "SET SESSION group_concat_max_len = 1000000",
    [SQL_SLICE] = "SELECT COUNT(*), MAX(t.id) FROM (SELECT id FROM orders"
                  " WHERE id > ? AND id <= ? ORDER BY id LIMIT ?) t",
    [SQL_ORDERS] = "SELECT COUNT(*) FROM orders",
    [SQL_TOUCHED] = "SELECT DISTINCT order_id FROM order_event"
                    " WHERE id > ? AND order_id <= ? ORDER BY order_id LIMIT ?",
};

#define SQL_MAX ((size_t)16 << 10)
#define VALUES_MAX 256
#define ANSWER_COLS 5

struct bound {
    struct arena *a;
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

static void
bind_arrows(struct bound *b)
{
    const char *first = order_status_text(ORDER_PENDING);

    bind(b, DB_STR(arena_printf(b->a, ">%s", first)));
    for (int i = 0; i < ORDER_STATUS__MAX * ORDER_STATUS__MAX; i++) {
        enum order_status from = (enum order_status)(i / ORDER_STATUS__MAX);
        enum order_status to = (enum order_status)(i % ORDER_STATUS__MAX);

        if (!order_may_become(from, to))
            continue;
        buf_c(&b->sql, ", ");
        bind(b, DB_STR(arena_printf(b->a, "%s>%s", order_status_text(from),
                   order_status_text(to))));
    }
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
        else if (word(&sql, ":arrows"))
            bind_arrows(b);
        else
            buf_char(&b->sql, *sql++);
    }
}

enum err
verify_store_begin(struct db *db)
{
    return db_exec(db, sqls[SQL_LONG], NULL, 0, NULL);
}

bool
verify_rule_sliced(const struct verify_rule *r)
{
    return strstr(r->sql, ":lo") != NULL;
}

enum err
verify_store_run(struct db *db, struct arena *a, const struct verify_rule *rule,
    int64_t lo, int64_t hi, struct verify_result out[VERIFY_SHARED_MAX], size_t *n)
{
    struct bound *b = arena_calloc(a, 1, sizeof(*b));
    struct db_rows r;
    enum err e;

    b->a = a;
    buf_init_arena(&b->sql, a, SQL_MAX);
    compile(b, rule->sql, lo, hi);
    if (b->sql.overflow || b->n == VALUES_MAX)
        return ERR_INTERNAL;
    if ((e = db_row(db, buf_cstr(&b->sql), b->v, b->n, a, &r)) != ERR_OK)
        return e;
    *n = r.cols / ANSWER_COLS;
    if (*n > VERIFY_SHARED_MAX)
        return ERR_INTERNAL;
    for (size_t i = 0, c = 0; i < *n; i++, c += ANSWER_COLS)
        out[i] = (struct verify_result){.looked = db_i64(&r, 0, c),
            .broken = db_i64(&r, 0, c + 1),
            .first_id = db_i64(&r, 0, c + 2),
            .sum = db_i64(&r, 0, c + 3),
            .unit = db_str(&r, 0, c + 4)};
    if (*n == 0) { /* without a sum */
        *n = 1;
        out[0] = (struct verify_result){.looked = db_i64(&r, 0, 0),
            .broken = db_i64(&r, 0, 1),
            .first_id = db_i64(&r, 0, 2)};
    }
    return ERR_OK;
}

enum err
verify_store_slice(struct db *db, struct arena *a, int64_t lo, int64_t hi, int64_t n,
    int64_t *to, int64_t *orders)
{
    const struct db_val v[] = {DB_I64(lo), DB_I64(hi), DB_I64(n)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_SLICE], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *orders = db_i64(&r, 0, 0);
    *to = *orders < n ? hi : db_i64(&r, 0, 1);
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
