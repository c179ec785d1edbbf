/* Payments and refunds in the database. The WHERE and the schema's UNIQUE keys decide;
 * row counts go up. */
#include "payment/payment_store.h"

#include "db/db_insert.h"

enum {
    SQL_ADD,
    SQL_OPEN_AMONG,
    SQL_SUCCEED,
    SQL_OPEN,
    SQL_FIND,
    SQL_FIND_MANY,
    SQL_LOCK_ID,
    SQL_OVERDUE,
    SQL_CLOSE,
    SQL_REOPEN,
    SQL_LATE,
    SQL_LOCK,
    SQL_TAKE_BACK,
    SQL_REFUND,
    SQL_REFUNDS_DUE,
    SQL_REFUND_CLOSE,
    SQL_EVENT,
    SQL_FORGET,
    SQL__MAX
};

#define ADD_COLS 12
#define COLS                                                                             \
    "SELECT id, order_id, amount, refunded, created_at, settles_by, provider, reference," \
    " currency, status, asked FROM payment "

static const char *const sqls[SQL__MAX] = {
    [SQL_ADD] = "INSERT INTO payment (id, order_id, provider, reference, status, amount,"
                " currency, refunded, created_at, updated_at, settles_by, asked)"
                " VALUES",
    [SQL_OPEN_AMONG] =
        "SELECT order_id FROM payment WHERE status = 'started' AND order_id IN ",
    [SQL_SUCCEED] = "UPDATE payment SET status = 'succeeded', updated_at = ?"
                    " WHERE status IN ('started', 'declined') AND id IN ",
    [SQL_OPEN] = COLS "WHERE order_id = ? AND status = 'started' ORDER BY id DESC",
    [SQL_FIND] = COLS "WHERE provider = ? AND reference = ?",
    [SQL_FIND_MANY] = COLS "WHERE provider = ? AND reference IN ",
    [SQL_LOCK_ID] = COLS "WHERE id = ? FOR UPDATE",
    [SQL_OVERDUE] = COLS "WHERE status = 'started'"
                         " AND (settles_by < ? OR (settles_by IS NULL AND created_at < ?))"
                         " ORDER BY created_at LIMIT ?",
    [SQL_CLOSE] = "UPDATE payment SET status = ?, updated_at = ?"
                  " WHERE id = ? AND status = 'started'",
    [SQL_REOPEN] = "UPDATE payment SET status = ?, updated_at = ?"
                   " WHERE id = ? AND status IN ('started', 'declined')",
    [SQL_LATE] = "UPDATE payment SET status = 'late', refunded = amount, updated_at = ?"
                 " WHERE id = ? AND status IN ('started', 'declined')",
    [SQL_LOCK] = COLS "WHERE paid_order_id = ? FOR UPDATE",
    [SQL_TAKE_BACK] = "UPDATE payment SET refunded = refunded + ?, updated_at = ?"
                      " WHERE id = ? AND status = 'succeeded' AND refunded + ? <= amount",
    [SQL_REFUND] =
        "INSERT INTO refund (id, payment_id, amount, reason, actor, created_at, status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
    [SQL_REFUNDS_DUE] = "SELECT r.id, r.amount, p.provider, p.reference, p.currency"
                        " FROM refund r JOIN payment p ON p.id = r.payment_id"
                        " WHERE r.status = 'started' ORDER BY r.id LIMIT ?",
    [SQL_REFUND_CLOSE] =
        "UPDATE refund SET status = ? WHERE id = ? AND status = 'started'",
    [SQL_EVENT] = "INSERT INTO payment_event (provider, event_id, type, payment_id,"
                  " received_at) VALUES (?, ?, ?, ?, ?)",
    [SQL_FORGET] = "DELETE FROM payment_event WHERE received_at < ? LIMIT ?",
};

static const char *const asked[] = {
    [PAY_PAGE] = NULL, [PAY_APPROVE] = "approve", [PAY_DECLINE] = "decline"};

static enum pay_asked
asked_parse(struct str s)
{
    if (str_eq_c(s, "approve"))
        return PAY_APPROVE;
    return str_eq_c(s, "decline") ? PAY_DECLINE : PAY_PAGE;
}

static struct payment
from_row(const struct db_rows *r, size_t row)
{
    return (struct payment){.id = db_i64(r, row, 0),
        .order_id = db_i64(r, row, 1),
        .amount = db_i64(r, row, 2),
        .refunded = db_i64(r, row, 3),
        .created_at = db_i64(r, row, 4),
        .settles_by = db_i64(r, row, 5),
        .provider = db_str(r, row, 6),
        .reference = db_str(r, row, 7),
        .currency = db_str(r, row, 8),
        .status = db_str(r, row, 9),
        .asked = asked_parse(db_str(r, row, 10))};
}

static enum err
one(struct db *db, struct arena *a, int which, const struct db_val *v, size_t n,
    struct payment *out)
{
    struct db_rows r;
    enum err e = db_row(db, sqls[which], v, n, a, &r);

    if (e == ERR_OK)
        *out = from_row(&r, 0);
    return e;
}

static enum err
many_by(struct db *db, struct arena *a, const char *sql, const struct db_val *v, size_t v_n,
    struct payment **out, size_t *n)
{
    struct db_rows r;
    enum err e = db_query(db, sql, v, v_n, a, &r);

    if (e != ERR_OK)
        return e;
    *n = r.n;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = from_row(&r, i);
    return ERR_OK;
}

static enum err
many(struct db *db, struct arena *a, int which, const struct db_val *v, size_t v_n,
    struct payment **out, size_t *n)
{
    return many_by(db, a, sqls[which], v, v_n, out, n);
}

enum err
payment_store_add_many(
    struct db *db, struct arena *a, const struct payment *p, size_t n, int64_t now)
{
    struct db_val *v = arena_calloc(a, n * ADD_COLS, sizeof(*v)), *at = v;

    for (size_t i = 0; i < n; i++) {
        *at++ = DB_I64(p[i].id);
        *at++ = DB_I64(p[i].order_id);
        *at++ = DB_STR(p[i].provider);
        *at++ = DB_STR(p[i].reference);
        *at++ = DB_STR(p[i].status);
        *at++ = DB_I64(p[i].amount);
        *at++ = DB_STR(p[i].currency);
        *at++ = DB_I64(p[i].refunded);
        *at++ = DB_I64(now);
        *at++ = DB_I64(now);
        *at++ = DB_ID(p[i].settles_by);
        *at++ = DB_STRN(str_c(asked[p[i].asked]));
    }
    return db_insert_rows(db, a, sqls[SQL_ADD], v, n, ADD_COLS);
}

static struct db_val *
ids_of(struct arena *a, const int64_t *id, size_t n)
{
    struct db_val *v = arena_calloc(a, n, sizeof(*v));

    for (size_t i = 0; i < n; i++)
        v[i] = DB_I64(id[i]);
    return v;
}

/* A list's values, one before them. */
static struct db_val *
after(struct arena *a, struct db_val first, const struct db_val *in, size_t n)
{
    struct db_val *v = arena_calloc(a, n + 1, sizeof(*v));

    v[0] = first;
    for (size_t i = 0; i < n; i++)
        v[i + 1] = in[i];
    return v;
}

enum err
payment_store_open_among(
    struct db *db, struct arena *a, const int64_t *order_id, size_t n, bool *open)
{
    struct db_val *v;
    struct db_rows r;
    size_t v_n;
    const char *sql =
        db_in_list(a, sqls[SQL_OPEN_AMONG], ids_of(a, order_id, n), n, "", &v, &v_n);
    enum err e = db_query(db, sql, v, v_n, a, &r);

    for (size_t row = 0; e == ERR_OK && row < r.n; row++)
        for (size_t i = 0; i < n; i++)
            open[i] = open[i] || order_id[i] == db_i64(&r, row, 0);
    return e;
}

enum err
payment_store_succeed(struct db *db, struct arena *a, const int64_t *id, size_t n,
    int64_t now, uint64_t *rows)
{
    struct db_val *in;
    size_t in_n;
    const char *sql = db_in_list(a, sqls[SQL_SUCCEED], ids_of(a, id, n), n, "", &in, &in_n);

    return db_exec(db, sql, after(a, DB_I64(now), in, in_n), in_n + 1, rows);
}

enum err
payment_store_open(
    struct db *db, struct arena *a, int64_t order_id, struct payment **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(order_id)};

    return many(db, a, SQL_OPEN, v, NELEM(v), out, n);
}

enum err
payment_store_find(struct db *db, struct arena *a, struct str provider,
    struct str reference, struct payment *out)
{
    const struct db_val v[] = {DB_STR(provider), DB_STR(reference)};

    return one(db, a, SQL_FIND, v, NELEM(v), out);
}

enum err
payment_store_find_many(struct db *db, struct arena *a, struct str provider,
    const struct str *reference, size_t refs, struct payment **out, size_t *n)
{
    struct db_val *in = arena_calloc(a, refs, sizeof(*in)), *v;
    size_t v_n;
    const char *sql;

    for (size_t i = 0; i < refs; i++)
        in[i] = DB_STR(reference[i]);
    sql = db_in_list(a, sqls[SQL_FIND_MANY], in, refs, "", &in, &v_n);
    v = after(a, DB_STR(provider), in, v_n);
    return many_by(db, a, sql, v, v_n + 1, out, n);
}

enum err
payment_store_lock_id(struct db *db, struct arena *a, int64_t id, struct payment *out)
{
    const struct db_val v[] = {DB_I64(id)};

    return one(db, a, SQL_LOCK_ID, v, NELEM(v), out);
}

enum err
payment_store_overdue(struct db *db, struct arena *a, int64_t before, int64_t now,
    int64_t limit, struct payment **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(now), DB_I64(before), DB_I64(limit)};

    return many(db, a, SQL_OVERDUE, v, NELEM(v), out, n);
}

enum err
payment_store_close(struct db *db, int64_t id, const char *status, bool reopen,
    int64_t now, uint64_t *rows)
{
    const struct db_val v[] = {DB_STR(str_c(status)), DB_I64(now), DB_I64(id)};

    return db_exec(db, sqls[reopen ? SQL_REOPEN : SQL_CLOSE], v, NELEM(v), rows);
}

enum err
payment_store_late(struct db *db, int64_t id, int64_t now, uint64_t *rows)
{
    const struct db_val v[] = {DB_I64(now), DB_I64(id)};

    return db_exec(db, sqls[SQL_LATE], v, NELEM(v), rows);
}

enum err
payment_store_lock(
    struct db *db, struct arena *a, int64_t order_id, struct payment *out)
{
    const struct db_val v[] = {DB_I64(order_id)};

    return one(db, a, SQL_LOCK, v, NELEM(v), out);
}

enum err
payment_store_take_back(
    struct db *db, int64_t id, int64_t amount, int64_t now, uint64_t *rows)
{
    const struct db_val v[] = {DB_I64(amount), DB_I64(now), DB_I64(id), DB_I64(amount)};

    return db_exec(db, sqls[SQL_TAKE_BACK], v, NELEM(v), rows);
}

enum err
payment_store_refund(struct db *db, const struct refund_row *r)
{
    const struct db_val v[] = {DB_I64(r->id), DB_I64(r->payment_id), DB_I64(r->amount),
        DB_STR(r->reason), DB_STR(str_c(r->actor)), DB_I64(r->now),
        DB_STR(str_c(r->status))};

    return db_exec(db, sqls[SQL_REFUND], v, NELEM(v), NULL);
}

enum err
payment_store_refunds_due(struct db *db, struct arena *a, int64_t limit,
    struct refund_due **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(limit)};
    struct db_rows r;
    enum err e = db_query(db, sqls[SQL_REFUNDS_DUE], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *n = r.n;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = (struct refund_due){.id = db_i64(&r, i, 0),
            .amount = db_i64(&r, i, 1),
            .provider = db_str(&r, i, 2),
            .reference = db_str(&r, i, 3),
            .currency = db_str(&r, i, 4)};
    return ERR_OK;
}

enum err
payment_store_refund_close(struct db *db, int64_t id, const char *status)
{
    const struct db_val v[] = {DB_STR(str_c(status)), DB_I64(id)};

    return db_exec(db, sqls[SQL_REFUND_CLOSE], v, NELEM(v), NULL);
}

enum err
payment_store_event(struct db *db, struct str provider, struct str event_id,
    struct str type, int64_t payment_id, int64_t now)
{
    const struct db_val v[] = {DB_STR(provider), DB_STR(event_id), DB_STR(type),
        DB_I64(payment_id), DB_I64(now)};

    return db_exec(db, sqls[SQL_EVENT], v, NELEM(v), NULL);
}

enum err
payment_store_forget(struct db *db, int64_t before, int64_t limit, uint64_t *rows)
{
    const struct db_val v[] = {DB_I64(before), DB_I64(limit)};

    return db_exec(db, sqls[SQL_FORGET], v, NELEM(v), rows);
}
