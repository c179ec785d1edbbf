/* The rows of a batch of orders, each kind in as few statements as there may be. Decides
 * nothing. */
#include "base/rand.h"
#include "db/db_insert.h"
#include "order/order_batch.h"
#include "outbox/outbox.h"

#include "base/buf.h"

enum { SQL_KEYS, SQL_ORDERS, SQL_LINES, SQL_EVENTS, SQL__MAX };

#define KEY_COLS 7
#define ORDER_COLS_IN 34
#define LINE_COLS 14
#define EVENT_COLS 8
#define SQL_MAX ((size_t)16 << 10)

static const char *const sqls[SQL__MAX] = {
    [SQL_KEYS] = "INSERT INTO idempotency_key (scope, idem_key, body_hash, order_id,"
                 " http_status, answer, created_at) VALUES",
    [SQL_ORDERS] =
        "INSERT INTO orders (id, number, account_id, guest_hash, email, status,"
        " payment_status, fulfilment_status, currency, subtotal, discount, shipping,"
        " tax, total, refunded, shipping_method, ship_name, ship_line1, ship_line2,"
        " ship_city, ship_region, ship_postal_code, ship_country, created_at,"
        " updated_at, expires_at, due_at, event_n, coupon, tax_included, shipping_tax,"
        " shipping_tax_ppm, shipping_tax_inclusive, hold_owner) VALUES",
    [SQL_LINES] = "INSERT INTO order_line (id, order_id, line_no, product_id, sku_id,"
                  " sku, name, unit_price, quantity, line_total, discount, tax,"
                  " tax_ppm, tax_inclusive) VALUES",
    [SQL_EVENTS] = "INSERT INTO order_event (id, order_id, seq, status_from, status_to,"
                   " actor, reason, created_at) VALUES",
};

static const char known_head[] = "SELECT scope, idem_key, body_hash, order_id,"
                                 " http_status, answer FROM idempotency_key"
                                 " WHERE (scope, idem_key) IN ((?,?)";
static const char count_head[] = "SELECT id FROM orders WHERE id IN ";
static const char count_tail[] = " FOR UPDATE";

/* The keys to ask for; filled up to a power of two with the last one, so that few texts
 * are ever prepared. */
static size_t
keys_asked(struct arena *a, struct placing *const *p, size_t n, struct db_val **out)
{
    struct db_val *v = arena_calloc(a, 4 * n, sizeof(*v));
    size_t i, k = 0, full = 1;

    for (i = 0; i < n; i++) {
        if (p[i]->once.key.p == NULL)
            continue;
        v[2 * k] = DB_STR(p[i]->once.scope);
        v[2 * k + 1] = DB_STR(p[i]->once.key);
        k++;
    }
    while (full < k)
        full *= 2;
    for (i = k; k > 0 && i < full; i++) {
        v[2 * i] = v[2 * k - 2];
        v[2 * i + 1] = v[2 * k - 1];
    }
    *out = v;
    return k > 0 ? full : 0;
}

enum err
batch_store_known(struct db *db, struct arena *a, struct placing *const *p, size_t n,
    struct known_key **out, size_t *out_n)
{
    struct db_val *v;
    size_t i, asked = keys_asked(a, p, n, &v);
    struct db_rows r;
    struct buf sql;
    enum err e;

    *out_n = 0;
    if (asked == 0)
        return ERR_OK;
    buf_init_arena(&sql, a, SQL_MAX);
    buf_c(&sql, known_head);
    for (i = 1; i < asked; i++)
        buf_c(&sql, ",(?,?)");
    buf_char(&sql, ')');
    if ((e = db_query(db, buf_cstr(&sql), v, 2 * asked, a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (i = 0; i < r.n; i++)
        (*out)[i] = (struct known_key){.scope = db_str(&r, i, 0),
            .key = db_str(&r, i, 1),
            .row = {.body_hash = db_str(&r, i, 2),
                .subject_id = db_i64(&r, i, 3),
                .http_status = db_i64(&r, i, 4),
                .answer = db_str(&r, i, 5)}};
    *out_n = r.n;
    return ERR_OK;
}

enum err
batch_store_keys(struct db *db, struct arena *a, struct placing *const *p, size_t n,
    int64_t now)
{
    struct db_val *v = arena_calloc(a, n * KEY_COLS, sizeof(*v)), *at = v;
    size_t i, rows = 0;

    for (i = 0; i < n; i++) {
        const struct once *k = &p[i]->once;

        if (k->key.p == NULL)
            continue;
        *at++ = DB_STR(k->scope);
        *at++ = DB_STR(k->key);
        *at++ = DB_STR(k->body_hash);
        *at++ = DB_I64(p[i]->od.id);
        *at++ = DB_I64(p[i]->out->http_status);
        *at++ = DB_STR(p[i]->out->body);
        *at++ = DB_I64(now);
        rows++;
    }
    return db_insert_rows(db, a, sqls[SQL_KEYS], v, rows, KEY_COLS);
}

static struct db_val *
order_values(const struct placing *p, struct db_val *at)
{
    const struct order *o = &p->od;
    const struct address *ad = &o->address;

    *at++ = DB_I64(o->id);
    *at++ = DB_STR(o->number);
    *at++ = DB_ID(o->account_id);
    *at++ = DB_STRN(o->guest_hash);
    *at++ = DB_STR(o->email);
    *at++ = DB_STR(str_c(order_status_text(o->status)));
    *at++ = DB_STR(o->payment_status);
    *at++ = DB_STR(o->fulfilment_status);
    *at++ = DB_STR(o->currency);
    *at++ = DB_I64(o->subtotal);
    *at++ = DB_I64(o->discount);
    *at++ = DB_I64(o->shipping);
    *at++ = DB_I64(o->tax);
    *at++ = DB_I64(o->total);
    *at++ = DB_I64(0); /* refunded */
    *at++ = DB_STR(o->shipping_method);
    *at++ = DB_STR(ad->name);
    *at++ = DB_STR(ad->line1);
    *at++ = DB_STR(ad->line2);
    *at++ = DB_STR(ad->city);
    *at++ = DB_STR(ad->region);
    *at++ = DB_STR(ad->postal_code);
    *at++ = DB_STR(ad->country);
    *at++ = DB_I64(o->created_at);
    *at++ = DB_I64(o->updated_at);
    *at++ = DB_I64(o->expires_at);
    *at++ = DB_I64(o->expires_at); /* due_at */
    *at++ = DB_I64(1);             /* its first event is written with it */
    *at++ = DB_STR(o->coupon.p != NULL ? o->coupon : STR(""));
    *at++ = DB_I64(o->tax_included);
    *at++ = DB_I64(o->shipping_tax);
    *at++ = DB_I64(o->shipping_tax_ppm);
    *at++ = DB_I64(o->shipping_tax_inclusive);
    *at++ = DB_STRN(p->in.cap.owner);
    return at;
}

enum err
batch_store_orders(struct db *db, struct arena *a, struct placing *const *p, size_t n)
{
    struct db_val *v = arena_calloc(a, n * ORDER_COLS_IN, sizeof(*v)), *at = v;

    for (size_t i = 0; i < n; i++)
        at = order_values(p[i], at);
    return db_insert_rows(db, a, sqls[SQL_ORDERS], v, n, ORDER_COLS_IN);
}

static struct db_val *
line_values(const struct order *o, size_t i, struct db_val *at)
{
    const struct order_line *l = &o->lines[i];

    *at++ = DB_I64(l->id);
    *at++ = DB_I64(o->id);
    *at++ = DB_I64((int64_t)i + 1);
    *at++ = DB_I64(l->product_id);
    *at++ = DB_I64(l->sku_id);
    *at++ = DB_STR(l->sku);
    *at++ = DB_STR(l->name);
    *at++ = DB_I64(l->unit_price);
    *at++ = DB_I64(l->quantity);
    *at++ = DB_I64(l->line_total);
    *at++ = DB_I64(l->discount);
    *at++ = DB_I64(l->tax);
    *at++ = DB_I64(l->tax_ppm);
    *at++ = DB_I64(l->tax_inclusive);
    return at;
}

enum err
batch_store_lines(struct db *db, struct arena *a, struct placing *const *p, size_t n)
{
    struct db_val *v, *at;
    size_t i, j, rows = 0;

    for (i = 0; i < n; i++)
        rows += p[i]->od.n;
    v = at = arena_calloc(a, rows * LINE_COLS, sizeof(*v));
    for (i = 0; i < n; i++)
        for (j = 0; j < p[i]->od.n; j++)
            at = line_values(&p[i]->od, j, at);
    return db_insert_rows(db, a, sqls[SQL_LINES], v, rows, LINE_COLS);
}

enum err
batch_store_events(struct db *db, struct arena *a, struct placing *const *p, size_t n)
{
    struct db_val *v = arena_calloc(a, n * EVENT_COLS, sizeof(*v)), *at = v;
    struct event *news = arena_calloc(a, n, sizeof(*news));
    enum err e;

    for (size_t i = 0; i < n; i++) {
        const struct order *o = &p[i]->od;

        news[i] = (struct event){.id = id_next(),
            .type = str_c(order_event_type(o->status, NULL)),
            .subject_id = o->id,
            .at_ms = o->created_at};
        *at++ = DB_I64(news[i].id);
        *at++ = DB_I64(o->id);
        *at++ = DB_I64(1);
        *at++ = DB_STR(STR(""));
        *at++ = DB_STR(str_c(order_status_text(o->status)));
        *at++ = DB_STR(str_c(order_actor(a, &p[i]->in.who)));
        *at++ = DB_STR(STR(""));
        *at++ = DB_I64(o->created_at);
    }
    if ((e = db_insert_rows(db, a, sqls[SQL_EVENTS], v, n, EVENT_COLS)) != ERR_OK)
        return e;
    return outbox_add_many(db, a, news, n);
}

enum err
batch_store_count(struct db *db, struct arena *a, struct placing *const *p, size_t n,
    size_t *found)
{
    struct db_val *id = arena_calloc(a, n + 1, sizeof(*id)), *v;
    struct db_rows r;
    const char *sql;
    size_t v_n;
    enum err e;

    *found = 0;
    if (n == 0)
        return ERR_OK;
    for (size_t i = 0; i < n; i++)
        id[i] = DB_I64(p[i]->od.id);
    sql = db_in_list(a, count_head, id, n, count_tail, &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) == ERR_OK)
        *found = r.n;
    return e;
}
