/* Payments as people look at them, newest first and by key. */
#include "payment/payment.h"

enum { SQL_ALL, SQL_OF_STATUS, SQL_OF_ORDER, SQL_NEEDY, SQL_NEEDY_N, SQL_GET, SQL_REFUNDS, SQL__MAX };

#define COLS                                                                             \
    "SELECT id, order_id, amount, refunded, created_at, settles_by, provider, "          \
    "reference,"                                                                         \
    " currency, status FROM payment "

/* What nobody but a person can settle: another sum than was asked was taken, or what is to be
 * given back was refused. Few, found by the indexes of states. */
#define NEEDY                                                                            \
    "(SELECT id AS wanted FROM payment WHERE status = 'mismatch' UNION"                  \
    " SELECT payment_id FROM refund WHERE status = 'failed') w"

static const char *const sqls[SQL__MAX] = {
    [SQL_ALL] = COLS "WHERE id < ? ORDER BY id DESC LIMIT ?",
    /* In the order of payment_by_status, which is the order of time: a page costs its
     * rows. */
    [SQL_OF_STATUS] =
        (COLS "WHERE status = ? AND created_at <= ? AND (created_at < ? OR"
              " (currency, amount, refunded, id) < (?, ?, ?, ?))"
              " ORDER BY created_at DESC, currency DESC, amount DESC, refunded DESC,"
              " id DESC LIMIT ?"),
    [SQL_OF_ORDER] = COLS "WHERE order_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
    [SQL_NEEDY] = COLS "JOIN " NEEDY " ON wanted = id WHERE id < ? AND (? = 0 OR order_id = ?)"
                       " ORDER BY id DESC LIMIT ?",
    [SQL_NEEDY_N] = "SELECT COUNT(*) FROM " NEEDY,
    [SQL_GET] = COLS "WHERE id = ?",
    [SQL_REFUNDS] = "SELECT id, amount, reason, actor, created_at, status FROM refund"
                    " WHERE payment_id = ? ORDER BY id",
};

static struct payment
from_row(const struct db_rows *r, size_t i)
{
    return (struct payment){.id = db_i64(r, i, 0),
        .order_id = db_i64(r, i, 1),
        .amount = db_i64(r, i, 2),
        .refunded = db_i64(r, i, 3),
        .created_at = db_i64(r, i, 4),
        .settles_by = db_i64(r, i, 5),
        .provider = db_str(r, i, 6),
        .reference = db_str(r, i, 7),
        .currency = db_str(r, i, 8),
        .status = db_str(r, i, 9)};
}

enum err
payment_get(struct db *db, struct arena *a, int64_t id, struct payment *out)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_GET], v, NELEM(v), a, &r);

    if (e == ERR_OK)
        *out = from_row(&r, 0);
    return e;
}

/* After which row of payment_by_status the page begins. */
static enum err
of_status(
    struct db *db, struct arena *a, const struct payment_filter *f, struct db_rows *r)
{
    struct payment last = {.created_at = INT64_MAX, .currency = STR("")};
    enum err e = ERR_OK;

    if (f->after > 0)
        e = payment_get(db, a, f->after, &last);
    if (e == ERR_NOT_FOUND) {
        *r = (struct db_rows){.n = 0};
        return ERR_OK;
    }
    if (e != ERR_OK)
        return e;

    const struct db_val v[] = {DB_STR(f->status), DB_I64(last.created_at),
        DB_I64(last.created_at), DB_STR(last.currency), DB_I64(last.amount),
        DB_I64(last.refunded), DB_I64(last.id), DB_I64(f->limit)};

    return db_query(db, sqls[SQL_OF_STATUS], v, NELEM(v), a, r);
}

static enum err
of_any(struct db *db, struct arena *a, const struct payment_filter *f, struct db_rows *r)
{
    const int64_t before = f->after > 0 ? f->after : INT64_MAX;
    const struct db_val all[] = {DB_I64(before), DB_I64(f->limit)};
    const struct db_val order[] = {DB_I64(f->order_id), DB_I64(before), DB_I64(f->limit)};

    if (f->order_id != 0)
        return db_query(db, sqls[SQL_OF_ORDER], order, NELEM(order), a, r);
    return db_query(db, sqls[SQL_ALL], all, NELEM(all), a, r);
}

static enum err
needy(struct db *db, struct arena *a, const struct payment_filter *f, struct db_rows *r)
{
    const struct db_val v[] = {DB_I64(f->after > 0 ? f->after : INT64_MAX),
        DB_I64(f->order_id), DB_I64(f->order_id), DB_I64(f->limit)};

    return db_query(db, sqls[SQL_NEEDY], v, NELEM(v), a, r);
}

enum err
payment_list(struct db *db, struct arena *a, const struct payment_filter *f,
    struct payment **out, size_t *n)
{
    const bool need = str_eq_c(f->status, PAYMENT_NEEDY);
    struct db_rows r;
    enum err e;

    if (need)
        e = needy(db, a, f, &r);
    else if (f->status.n > 0 && f->order_id == 0)
        e = of_status(db, a, f, &r);
    else
        e = of_any(db, a, f, &r);
    if (e != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = *n = 0; i < r.n; i++)
        if (need || f->status.n == 0 || str_eq(db_str(&r, i, 9), f->status))
            (*out)[(*n)++] = from_row(&r, i);
    return ERR_OK;
}

enum err
payment_refunds(
    struct db *db, struct arena *a, int64_t payment_id, struct refund **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(payment_id)};
    struct db_rows r;
    enum err e = db_query(db, sqls[SQL_REFUNDS], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *n = r.n;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = (struct refund){.id = db_i64(&r, i, 0),
            .amount = db_i64(&r, i, 1),
            .reason = db_str(&r, i, 2),
            .actor = db_str(&r, i, 3),
            .created_at = db_i64(&r, i, 4),
            .status = db_str(&r, i, 5)};
    return ERR_OK;
}

enum err
payment_needy(struct db *db, struct arena *a, int64_t *n)
{
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_NEEDY_N], NULL, 0, a, &r);

    *n = e == ERR_OK ? db_i64(&r, 0, 0) : 0;
    return e;
}
