/* Reading orders: one with its lines, a page of them, their events and payments. Writes
 * nothing. The owner stands in every WHERE: another's order is one that is not there. */
#include "order/order_parts.h"

#include "base/buf.h"
#include "catalog/catalog.h"
#include "db/db_insert.h"

#define SELECT_ORDERS "SELECT " ORDER_COLS ", s.carrier, s.tracking, s.created_at FROM "
#define WITH_SHIPMENT                                                                    \
    " LEFT JOIN shipment s ON s.id = (SELECT MAX(x.id) FROM shipment x"               \
    " WHERE x.order_id = o.id)"
#define FROM_ORDERS SELECT_ORDERS "orders o" WITH_SHIPMENT
/* The ids of a page first: what is skipped before it is read in an index alone. */
#define PAGE_HEAD SELECT_ORDERS "(SELECT o.id FROM orders o"
#define BY_ID " ORDER BY o.id DESC"
/* Of all orders: the same but for two of one millisecond, in an index that is short. */
#define BY_TIME " ORDER BY o.created_at DESC, o.id DESC"
#define PAGE_TAIL                                                                        \
    " LIMIT ? OFFSET ?) page JOIN orders o ON o.id = page.id"         \
    WITH_SHIPMENT " ORDER BY o.id DESC"
#define PAGES_MAX 10000

const struct tally_kind order_tally = {
    "order", "SELECT status, COUNT(*) FROM orders GROUP BY status"};

enum { SQL_GET, SQL_GET_OWN, SQL_LINES, SQL_EVENTS, SQL_PAYMENTS, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    [SQL_GET] = FROM_ORDERS " WHERE o.id = ?",
    [SQL_GET_OWN] = FROM_ORDERS " WHERE o.id = ? AND o.account_id <=> ?"
                                " AND o.guest_hash <=> ?",
    [SQL_LINES] =
        "SELECT " ORDER_LINE_COLS " FROM order_line WHERE order_id = ? ORDER BY line_no",
    [SQL_EVENTS] = "SELECT status_from, status_to, actor, reason, created_at, what"
                   " FROM order_event WHERE order_id = ? ORDER BY seq",
    [SQL_PAYMENTS] =
        "SELECT id, amount, refunded, created_at, provider, reference, status"
        " FROM payment WHERE order_id = ? ORDER BY id",
};

/* Address and picture are the catalogue's of today; what was bought is the line's own. */
static enum err
lines_decorate(struct db *db, struct arena *a, struct order_line *l, size_t n)
{
    struct sku_info *info;
    int64_t *ids;
    enum err e;
    size_t i;

    if (n == 0)
        return ERR_OK;
    info = arena_calloc(a, n, sizeof(*info));
    ids = arena_calloc(a, n, sizeof(*ids));
    for (i = 0; i < n; i++)
        ids[i] = l[i].sku_id;
    if ((e = catalog_skus_by_id(db, a, ids, n, info)) != ERR_OK)
        return e;
    for (i = 0; i < n; i++) {
        l[i].image = info[i].image;
        if (info[i].active)
            l[i].slug = info[i].slug;
    }
    return ERR_OK;
}

static enum err
lines_get(struct db *db, struct arena *a, struct order *o)
{
    const struct db_val v[] = {DB_I64(o->id)};
    struct db_rows r;
    enum err e;
    size_t i;

    if ((e = db_query(db, sqls[SQL_LINES], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    o->n = r.n;
    o->lines = arena_calloc(a, r.n + 1, sizeof(*o->lines));
    for (i = 0; i < r.n; i++)
        o->lines[i] = order_line_from_row(&r, i);
    return ERR_OK;
}

enum err
order_get_plain(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    struct order *out)
{
    static const struct shopper nobody = {.account_id = 0};
    const bool own = who != NULL;
    const struct shopper *w = own ? who : &nobody;
    const struct db_val v[] = {DB_I64(id), DB_ID(w->account_id), DB_STRN(w->guest_hash)};
    struct db_rows r;
    enum err e;

    e = db_row(db, sqls[own ? SQL_GET_OWN : SQL_GET], v, own ? NELEM(v) : 1, a, &r);
    if (e == ERR_OK)
        e = order_from_row(&r, 0, true, out);
    if (e == ERR_OK)
        e = lines_get(db, a, out);
    return e == ERR_OK ? order_history_get(db, a, out) : e;
}

enum err
order_get(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    struct order *out)
{
    enum err e = order_get_plain(db, a, who, id, out);

    return e == ERR_OK && out->n <= ORDER_LINES_MAX
               ? lines_decorate(db, a, out->lines, out->n)
               : e;
}

static const char *
listed(struct arena *a, const char *head, const int64_t *ids, size_t n, const char *tail,
    struct db_val **v, size_t *v_n)
{
    struct db_val *id = arena_calloc(a, n, sizeof(*id));

    for (size_t i = 0; i < n; i++)
        id[i] = DB_I64(ids[i]);
    return db_in_list(a, head, id, n, tail, v, v_n);
}

/* The lines of all of them, which come in the order of orders, each order's part its own. */
static enum err
lines_get_many(
    struct db *db, struct arena *a, const int64_t *ids, size_t n, struct order *out)
{
    struct order_line *l;
    struct db_val *v;
    struct db_rows r;
    size_t v_n;
    const char *sql = listed(a, "SELECT " ORDER_LINE_COLS ", order_id FROM order_line"
                                " WHERE order_id IN ",
        ids, n, " ORDER BY order_id, line_no", &v, &v_n);
    enum err e = db_query(db, sql, v, v_n, a, &r);

    if (e != ERR_OK)
        return e;
    l = arena_calloc(a, r.n + 1, sizeof(*l));
    for (size_t i = 0; i < r.n; i++) {
        l[i] = order_line_from_row(&r, i);
        for (size_t k = 0; k < n; k++) {
            if (out[k].id != db_i64(&r, i, ORDER_LINE_COLS_N))
                continue;
            if (out[k].n++ == 0)
                out[k].lines = &l[i];
        }
    }
    return lines_decorate(db, a, l, r.n);
}

enum err
order_get_many(
    struct db *db, struct arena *a, const int64_t *ids, size_t n, struct order *out)
{
    struct order one;
    struct db_val *v;
    struct db_rows r;
    size_t v_n;
    const char *sql = listed(a, FROM_ORDERS " WHERE o.id IN ", ids, n, "", &v, &v_n);
    enum err e = db_query(db, sql, v, v_n, a, &r);

    for (size_t i = 0; e == ERR_OK && i < r.n; i++) {
        e = order_from_row(&r, i, true, &one);
        for (size_t k = 0; k < n; k++)
            if (ids[k] == one.id)
                out[k] = one;
    }
    if (e == ERR_OK)
        e = lines_get_many(db, a, ids, n, out);
    for (size_t k = 0; e == ERR_OK && k < n; k++)
        e = order_history_get(db, a, &out[k]);
    return e;
}

/* What a filter asks, as SQL made of constants and the values to bind. */
struct where {
    struct buf sql;
    struct db_val v[8];
    size_t n;
};

static void
where_and(struct where *w, const char *cond, struct db_val v)
{
    buf_c(&w->sql, w->n == 0 ? " WHERE " : " AND ");
    buf_c(&w->sql, cond);
    w->v[w->n++] = v;
}

static struct str
upper(struct arena *a, struct str s)
{
    char *p = arena_cstr(a, s);

    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
    return (struct str){p, s.n};
}

static void
where_make(struct where *w, struct arena *a, const struct order_filter *f)
{
    struct str q = str_trim(f->q);

    buf_init_arena(&w->sql, a, 1024);
    w->n = 0;
    if (f->who != NULL && f->who->account_id != 0)
        where_and(w, "o.account_id = ?", DB_I64(f->who->account_id));
    else if (f->who != NULL)
        where_and(w, "o.guest_hash = ?", DB_STR(f->who->guest_hash));
    if (f->status.p != NULL)
        where_and(w, "o.status = ?", DB_STR(f->status));
    if (q.n == 0)
        return;
    /* Each form has its own index; one OR over both would have none. */
    if (q.n >= 2 && (q.p[0] == 'S' || q.p[0] == 's') && q.p[1] == '-' && str_is_ascii(q))
        where_and(w, "o.number = ?", DB_STR(upper(a, q)));
    else
        where_and(w, "o.email LIKE ?", DB_STR(db_like_prefix(a, str_utf8_cut(q, 254))));
}

static enum err
count(struct db *db, struct arena *a, const struct where *w, const struct order_filter *f,
    int64_t *total)
{
    const bool all = f->who == NULL && str_trim(f->q).n == 0;
    struct buf sql;

    buf_init_arena(&sql, a, 2048);
    buf_c(&sql, "FROM orders o");
    buf_str(&sql, buf_view(&w->sql));
    return tally_count(db, a, buf_cstr(&sql), w->v, w->n,
        all ? arena_printf(a, "order:%.*s", STR_F(f->status)) : STR_NULL, total);
}

static int64_t
clamp(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* How many lines each order has, and what its first one is. */
static enum err
summaries_get(struct db *db, struct arena *a, struct order *o, size_t n)
{
    struct db_val *ids = arena_calloc(a, n + 1, sizeof(*ids));
    struct db_rows r;
    enum err e;
    size_t i, k;

    if (n == 0)
        return ERR_OK;
    for (i = 0; i < n; i++)
        ids[i] = DB_I64(o[i].id);
    e = db_query(db,
        arena_printf(a,
            "SELECT order_id, COUNT(*), MAX(CASE WHEN line_no = 1 THEN name END)"
            " FROM order_line WHERE order_id IN (%s) GROUP BY order_id",
            db_marks(a, n)).p,
        ids, n, a, &r);
    for (k = 0; e == ERR_OK && k < r.n; k++)
        for (i = 0; i < n; i++)
            if (o[i].id == db_i64(&r, k, 0)) {
                o[i].n = (size_t)db_i64(&r, k, 1);
                o[i].first_name = db_str(&r, k, 2);
            }
    return e;
}

enum err
order_list(struct db *db, struct arena *a, const struct order_filter *f,
    struct order **out, size_t *n, int64_t *total)
{
    int64_t per_page = clamp(f->per_page, 1, 100);
    int64_t skip = f->walk || f->after > 0 ? 0 : (clamp(f->page, 1, PAGES_MAX) - 1) * per_page;
    struct where w;
    struct db_rows r;
    struct buf sql;
    enum err e;
    size_t i;

    where_make(&w, a, f);
    *total = -1;
    if (!f->walk && (e = count(db, a, &w, f, total)) != ERR_OK)
        return e;
    if (f->after > 0)
        where_and(&w, "o.id < ?", DB_I64(f->after));
    buf_init_arena(&sql, a, 4096);
    buf_c(&sql, PAGE_HEAD);
    buf_str(&sql, buf_view(&w.sql));
    buf_c(&sql, w.n == 0 && !f->walk ? BY_TIME : BY_ID);
    buf_c(&sql, PAGE_TAIL);
    w.v[w.n++] = DB_I64(per_page);
    w.v[w.n++] = DB_I64(skip);
    if ((e = db_query(db, buf_cstr(&sql), w.v, w.n, a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    *n = r.n;
    for (i = 0; i < r.n && e == ERR_OK; i++)
        e = order_from_row(&r, i, true, &(*out)[i]);
    return e == ERR_OK ? summaries_get(db, a, *out, *n) : e;
}

enum err
order_events(
    struct db *db, struct arena *a, int64_t id, struct order_event **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e;
    size_t i;

    if ((e = db_query(db, sqls[SQL_EVENTS], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    *n = r.n;
    for (i = 0; i < r.n; i++) {
        (*out)[i] = (struct order_event){.from = db_str(&r, i, 0),
            .to = db_str(&r, i, 1),
            .actor = db_str(&r, i, 2),
            .reason = db_str(&r, i, 3),
            .created_at = db_i64(&r, i, 4),
            .what = db_str(&r, i, 5)};
    }
    return ERR_OK;
}

enum err
order_payments(
    struct db *db, struct arena *a, int64_t id, struct order_payment **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e;
    size_t i;

    if ((e = db_query(db, sqls[SQL_PAYMENTS], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    *n = r.n;
    for (i = 0; i < r.n; i++) {
        (*out)[i] = (struct order_payment){.id = db_i64(&r, i, 0),
            .amount = db_i64(&r, i, 1),
            .refunded = db_i64(&r, i, 2),
            .created_at = db_i64(&r, i, 3),
            .provider = db_str(&r, i, 4),
            .reference = db_str(&r, i, 5),
            .status = db_str(&r, i, 6)};
    }
    return ERR_OK;
}

enum err
order_get_full(struct db *db, struct arena *a, int64_t id, struct order_full *out)
{
    enum err e = order_get(db, a, NULL, id, &out->o);

    if (e == ERR_OK)
        e = order_events(db, a, id, &out->events, &out->events_n);
    if (e == ERR_OK)
        e = order_payments(db, a, id, &out->payments, &out->payments_n);
    return e;
}
