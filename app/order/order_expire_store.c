/* The SQL of closing many orders at once. Decides nothing: row counts go up. The text of a
 * statement depends on counts alone. */
#include "base/rand.h"
#include "db/db_insert.h"
#include "order/order_parts.h"
#include "outbox/outbox.h"

#define EVENT_COLS 8
#define REASON_MAX 300

/* No attempt to pay younger than the second value, none that settles later and may yet. */
#define OPEN_AT                                                                          \
    "o.due_at <= ? AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.order_id = o.id"      \
    " AND p.status = 'started' AND p.created_at > ?)"

static const char due_sql[] =
    "SELECT o.id FROM orders o WHERE " OPEN_AT " ORDER BY o.due_at, o.id LIMIT ?";
static const char oldest_sql[] =
    "SELECT o.due_at FROM orders o WHERE " OPEN_AT " ORDER BY o.due_at LIMIT 1";
static const char lock_head[] = "SELECT o.id, o.event_n"
                                " FROM orders o WHERE " OPEN_AT " AND o.id IN ";
static const char lock_tail[] = " ORDER BY o.id FOR UPDATE SKIP LOCKED";
static const char status_head[] =
    "UPDATE orders SET status = ?, payment_status = COALESCE(?, payment_status),"
    " fulfilment_status = COALESCE(?, fulfilment_status), due_at = NULL,"
    " updated_at = ?, event_n = event_n + 1 WHERE status = ? AND id IN ";
static const char event_head[] =
    "INSERT INTO order_event (id, order_id, seq, status_from, status_to, actor, reason,"
    " created_at) VALUES";
static const char holds_head[] = "SELECT id, expires_at - created_at FROM orders"
                                 " WHERE status = 'pending' AND id IN ";
static const char units_head[] = "SELECT id, product_id, sku_id, quantity FROM order_line"
                                 " WHERE order_id IN ";
static const char brief_head[] =
    "SELECT id, account_id, total, event_n, guest_hash, currency, status FROM orders"
    " WHERE id IN ";
static const char brief_tail[] = " ORDER BY id FOR UPDATE";
static const char units_tail[] = " ORDER BY sku_id, id";

enum err
order_store_due(struct db *db, struct arena *a, int64_t now, int64_t tried, int64_t limit,
    int64_t **ids, size_t *n)
{
    const struct db_val v[] = {DB_I64(now), DB_I64(tried), DB_I64(limit)};
    struct db_rows r;
    enum err e;

    *n = 0;
    if ((e = db_query(db, due_sql, v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *ids = arena_calloc(a, r.n + 1, sizeof(**ids));
    for (size_t i = 0; i < r.n; i++)
        (*ids)[i] = db_i64(&r, i, 0);
    *n = r.n;
    return ERR_OK;
}

enum err
order_store_due_lag(
    struct db *db, struct arena *a, int64_t now, int64_t tried, int64_t *ms)
{
    const struct db_val v[] = {DB_I64(now), DB_I64(tried)};
    struct db_rows r;
    enum err e = db_row(db, oldest_sql, v, NELEM(v), a, &r);

    *ms = e == ERR_OK ? now - db_i64(&r, 0, 0) : 0;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* head, its own values first, then the list and tail. */
struct listed {
    const char *sql;
    struct db_val *v;
    size_t n;
};

static struct listed
listed(struct arena *a, const char *head, const struct db_val *own, size_t own_n,
    const struct db_val *ids, size_t n, const char *tail)
{
    struct listed l;
    struct db_val *in;
    size_t in_n;

    l.sql = db_in_list(a, head, ids, n, tail, &in, &in_n);
    l.n = own_n + in_n;
    l.v = arena_calloc(a, l.n, sizeof(*l.v));
    for (size_t i = 0; i < l.n; i++)
        l.v[i] = i < own_n ? own[i] : in[i - own_n];
    return l;
}

static struct db_val *
ids_of(struct arena *a, const struct order_at *o, size_t n)
{
    struct db_val *id = arena_calloc(a, n, sizeof(*id));

    for (size_t i = 0; i < n; i++)
        id[i] = DB_I64(o[i].id);
    return id;
}

enum err
order_holds(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    struct order_hold **out, size_t *out_n)
{
    struct db_val *id = arena_calloc(a, n, sizeof(*id)), *v;
    struct db_rows r;
    const char *sql;
    size_t v_n;
    enum err e;

    for (size_t i = 0; i < n; i++)
        id[i] = DB_I64(ids[i]);
    sql = db_in_list(a, holds_head, id, n, "", &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = (struct order_hold){db_i64(&r, i, 0), db_i64(&r, i, 1)};
    *out_n = r.n;
    return ERR_OK;
}

enum err
order_store_due_lock(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    int64_t now, int64_t tried, struct order_at **out, size_t *out_n)
{
    const struct db_val own[] = {DB_I64(now), DB_I64(tried)};
    struct db_val *id = arena_calloc(a, n, sizeof(*id));
    struct listed l;
    struct db_rows r;
    enum err e;

    for (size_t i = 0; i < n; i++)
        id[i] = DB_I64(ids[i]);
    l = listed(a, lock_head, own, NELEM(own), id, n, lock_tail);
    if ((e = db_query(db, l.sql, l.v, l.n, a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = (struct order_at){.id = db_i64(&r, i, 0),
            .event_n = db_i64(&r, i, 1)};
    *out_n = r.n;
    return ERR_OK;
}

enum err
order_store_status_many(struct db *db, struct arena *a, const struct order_at *o, size_t n,
    const struct order_change *c, const char *payment, const char *fulfilment)
{
    const struct db_val own[] = {DB_STR(str_c(order_status_text(c->to))),
        DB_STRN(str_c(payment)), DB_STRN(str_c(fulfilment)), DB_I64(c->now),
        DB_STR(str_c(order_status_text(c->from)))};
    struct listed l =
        listed(a, status_head, own, NELEM(own), ids_of(a, o, n), n, "");
    uint64_t rows = 0;
    enum err e = db_exec(db, l.sql, l.v, l.n, &rows);

    if (e != ERR_OK)
        return e;
    return rows == n ? ERR_OK : ERR_CONFLICT;
}

enum err
order_store_event_many(struct db *db, struct arena *a, const struct order_at *o, size_t n,
    const struct order_change *c)
{
    struct db_val *v = arena_calloc(a, n * EVENT_COLS, sizeof(*v)), *at = v;
    struct event *news = arena_calloc(a, n, sizeof(*news));
    enum err e;

    for (size_t i = 0; i < n; i++) {
        news[i] = (struct event){.id = id_next(),
            .type = str_c(order_event_type(c->to, NULL)),
            .subject_id = o[i].id,
            .at_ms = c->now};
        *at++ = DB_I64(news[i].id);
        *at++ = DB_I64(o[i].id);
        *at++ = DB_I64(o[i].event_n + 1);
        *at++ = DB_STR(str_c(order_status_text(c->from)));
        *at++ = DB_STR(str_c(order_status_text(c->to)));
        *at++ = DB_STR(str_c(o[i].actor != NULL ? o[i].actor : c->actor));
        *at++ = DB_STR(str_utf8_cut(
            o[i].actor != NULL ? o[i].reason : c->reason, REASON_MAX));
        *at++ = DB_I64(c->now);
    }
    e = db_insert_rows(db, a, event_head, v, n, EVENT_COLS);
    return e == ERR_OK ? outbox_add_many(db, a, news, n) : e;
}

enum err
order_store_units_many(struct db *db, struct arena *a, const struct order_at *o, size_t n,
    struct order_line **out, size_t *out_n)
{
    struct db_val *v;
    struct db_rows r;
    const char *sql;
    size_t v_n;
    enum err e;

    sql = db_in_list(a, units_head, ids_of(a, o, n), n, units_tail, &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++) {
        (*out)[i].id = db_i64(&r, i, 0);
        (*out)[i].product_id = db_i64(&r, i, 1);
        (*out)[i].sku_id = db_i64(&r, i, 2);
        (*out)[i].quantity = db_i64(&r, i, 3);
    }
    *out_n = r.n;
    return ERR_OK;
}

enum err
order_store_lock_many(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    struct order_brief **out, size_t *out_n)
{
    struct db_val *id = arena_calloc(a, n, sizeof(*id)), *v;
    struct db_rows r;
    const char *sql;
    size_t i, v_n;
    enum err e;

    for (i = 0; i < n; i++)
        id[i] = DB_I64(ids[i]);
    sql = db_in_list(a, brief_head, id, n, brief_tail, &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    *out_n = r.n;
    for (i = 0; i < r.n; i++) {
        (*out)[i] = (struct order_brief){.id = db_i64(&r, i, 0),
            .account_id = db_i64(&r, i, 1),
            .total = db_i64(&r, i, 2),
            .event_n = db_i64(&r, i, 3),
            .guest_hash = db_str(&r, i, 4),
            .currency = db_str(&r, i, 5)};
        if (!order_status_parse(db_str(&r, i, 6), &(*out)[i].status))
            return ERR_INTERNAL;
    }
    return ERR_OK;
}
