/* What must hold in the database, one statement each: (what was looked at, how many of it
 * break the rule, the first of those). Constraints of the schema are looked at too: a
 * restored or hand-edited database may not have met them. */
#include "verify/verify_store.h"

#include "base/buf.h"
#include "order/order.h"

/* A rule over rows `t` with an id and whether it is bad.  The LIMIT keeps MariaDB 10.11
 * from merging the inner query into the outer: run a second time, the merged statement is
 * refused with error 1140 under ONLY_FULL_GROUP_BY. */
#define WHOLE " LIMIT 9223372036854775807"
#define RULE(rows)                                                                       \
    "SELECT COUNT(*), COALESCE(SUM(t.bad), 0), MIN(CASE WHEN t.bad THEN t.id END) FROM " \
    "(" rows WHOLE ") t"
/* Units the ledger took for a line and did not get back. */
#define HELD_BY_LINE                                                                     \
    "(SELECT order_line_id, MIN(sku_id) AS sku_lo, MAX(sku_id) AS sku_hi,"               \
    " SUM(CASE WHEN kind = 'sale' THEN 1 ELSE 0 END) AS sales,"                          \
    " SUM(CASE WHEN kind = 'sale' THEN quantity ELSE 0 END) AS sold,"                    \
    " SUM(CASE WHEN kind = 'return' THEN quantity ELSE 0 END) AS returned,"              \
    " SUM(quantity) AS net FROM stock_move WHERE order_line_id IS NOT NULL"              \
    " GROUP BY order_line_id)"

static const struct {
    const char *name, *sql;
} rules[] = {
    {"stock is never negative",
        RULE("SELECT sku_id AS id, available < 0 AS bad FROM stock")},
    {"stock on hand is the sum of its ledger",
        RULE("SELECT k.id, s.sku_id IS NULL OR s.available <> COALESCE(m.net, 0) AS bad"
             " FROM sku k LEFT JOIN stock s ON s.sku_id = k.id LEFT JOIN"
             " (SELECT sku_id, SUM(quantity) AS net FROM stock_move GROUP BY sku_id) m"
             " ON m.sku_id = k.id")},
    {"every ordered unit was taken from stock once",
        RULE(
            "SELECT l.id, m.sales IS NULL OR m.sales <> 1 OR m.sold <> -l.quantity"
            " OR m.sku_lo <> l.sku_id OR m.sku_hi <> l.sku_id AS bad"
            " FROM order_line l LEFT JOIN " HELD_BY_LINE " m ON m.order_line_id = l.id")},
    {"closed orders gave their units back, all others hold them",
        RULE("SELECT l.id, COALESCE(m.net - m.returned, 0) <>"
             " CASE WHEN o.status IN ('cancelled', 'expired') THEN 0 ELSE -l.quantity END"
             " OR COALESCE(m.returned, 0) > l.quantity AS bad"
             " FROM order_line l JOIN orders o ON o.id = l.order_id"
             " LEFT JOIN " HELD_BY_LINE " m ON m.order_line_id = l.id")},
    {"every sale in the ledger has its order line",
        RULE("SELECT m.id, l.id IS NULL AS bad FROM stock_move m"
             " LEFT JOIN order_line l ON l.id = m.order_line_id"
             " WHERE m.order_line_id IS NOT NULL")},
    {"an order's total is lines + shipping + tax - discount",
        RULE("SELECT o.id, o.total <> o.subtotal + o.shipping + o.tax - o.discount"
             " OR l.order_id IS NULL OR o.subtotal <> l.lines OR l.wrong > 0 AS bad"
             " FROM orders o LEFT JOIN (SELECT order_id, SUM(line_total) AS `lines`,"
             " SUM(line_total <> unit_price * quantity) AS wrong"
             " FROM order_line GROUP BY order_id) l ON l.order_id = o.id")},
    {"a paid order has one successful payment of its total, an unpaid one none",
        RULE("SELECT o.id, CASE WHEN o.payment_status = 'unpaid' THEN p.order_id IS NOT "
             "NULL"
             " ELSE p.order_id IS NULL OR p.n <> 1 OR p.amount <> o.total"
             " OR p.currency <> o.currency END AS bad FROM orders o"
             " LEFT JOIN (SELECT order_id, COUNT(*) AS n, SUM(amount) AS amount,"
             " MIN(currency) AS currency FROM payment WHERE status = 'succeeded'"
             " GROUP BY order_id) p ON p.order_id = o.id")},
    {"refunds never exceed their payment",
        RULE("SELECT p.id, p.refunded < 0 OR p.refunded > p.amount"
             " OR p.refunded <> COALESCE(r.amount, 0)"
             " OR (p.refunded > 0 AND p.status <> 'succeeded') AS bad FROM payment p"
             " LEFT JOIN (SELECT payment_id, SUM(amount) AS amount FROM refund"
             " GROUP BY payment_id) r ON r.payment_id = p.id")},
    {"an order's refunds are its payment's",
        RULE("SELECT o.id, o.refunded <> COALESCE(p.refunded, 0) OR o.payment_status <>"
             " CASE WHEN p.order_id IS NULL THEN 'unpaid' WHEN p.refunded = 0 THEN 'paid'"
             " WHEN p.refunded < o.total THEN 'partially_refunded' ELSE 'refunded' END "
             "AS bad"
             " FROM orders o LEFT JOIN (SELECT order_id, SUM(refunded) AS refunded"
             " FROM payment WHERE status = 'succeeded' GROUP BY order_id) p"
             " ON p.order_id = o.id")},
    {"money of a closed order was given back",
        RULE("SELECT o.id, p.amount <> p.refunded AS bad FROM orders o JOIN payment p"
             " ON p.order_id = o.id AND p.status = 'succeeded'"
             " WHERE o.status IN ('cancelled', 'expired')")},
    {"an idempotency key has one order, an order at most one key",
        RULE("SELECT MIN(k.order_id) AS id, COUNT(*) > 1 OR MAX(o.id IS NULL) = 1"
             " OR MAX(k.http_status = 0) = 1"
             " OR MAX(LOCATE(CAST(k.order_id AS CHAR), k.answer) = 0) = 1 AS bad"
             " FROM idempotency_key k LEFT JOIN orders o ON o.id = k.order_id"
             " WHERE k.scope NOT LIKE '%:refund' AND k.scope NOT LIKE '%:stock'"
             " GROUP BY k.order_id")},
    {"an order is where its last event led",
        RULE("SELECT o.id, e.status_to IS NULL OR e.status_to <> o.status AS bad"
             " FROM orders o LEFT JOIN order_event e ON e.order_id = o.id"
             " AND e.seq = o.event_n")},
    {"due exactly while unpaid and open",
        RULE("SELECT id, (status = 'pending') <> (due_at IS NOT NULL)"
             " OR COALESCE(due_at <> expires_at, 0) AS bad FROM orders")},
    {"an order has a shipment exactly when it was shipped",
        RULE("SELECT o.id, (o.fulfilment_status IN ('shipped', 'completed')) <>"
             " (s.id IS NOT NULL) OR (o.status IN ('shipped', 'completed') AND s.id IS "
             "NULL)"
             " OR (o.fulfilment_status = 'cancelled') <>"
             " (o.status IN ('cancelled', 'expired')) AS bad"
             " FROM orders o LEFT JOIN shipment s ON s.order_id = o.id")},
};

/* The chain of events against the one table of transitions, whose pairs are bound. */
static const char chain_name[] = "events follow one another as the rules allow";
static const char chain_head[] =
    "SELECT COUNT(*), COALESCE(SUM(t.bad), 0), MIN(CASE WHEN t.bad THEN t.order_id END)"
    " FROM (SELECT c.order_id, c.seq <> c.place OR c.status_from <> "
    "COALESCE(c.before_it, '')"
    " OR (c.status_from, c.status_to) NOT IN (('', ?)";
static const char chain_tail[] =
    ") AS bad FROM (SELECT order_id, seq, status_from, status_to,"
    " ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY seq) AS place,"
    " LAG(status_to) OVER (PARTITION BY order_id ORDER BY seq) AS before_it"
    " FROM order_event) c" WHOLE ") t";

#define PAIRS_MAX (ORDER_STATUS__MAX * ORDER_STATUS__MAX)

static enum err
run(struct db *db, struct arena *a, const char *sql, const struct db_val *v, size_t n,
    struct verify_result *out)
{
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sql, v, n, a, &r)) != ERR_OK)
        return e;
    *out = (struct verify_result){.figure = db_i64(&r, 0, 0),
        .broken = db_i64(&r, 0, 1),
        .first_id = db_i64(&r, 0, 2)};
    return ERR_OK;
}

static enum err
run_chain(struct db *db, struct arena *a, struct verify_result *out)
{
    struct db_val v[1 + 2 * PAIRS_MAX];
    struct buf sql;
    size_t n = 0;

    buf_init_arena(&sql, a, 4096);
    buf_c(&sql, chain_head);
    v[n++] = DB_STR(str_c(order_status_text(ORDER_PENDING)));
    for (int i = 0; i < PAIRS_MAX; i++) {
        enum order_status from = (enum order_status)(i / ORDER_STATUS__MAX);
        enum order_status to = (enum order_status)(i % ORDER_STATUS__MAX);

        if (!order_may_become(from, to))
            continue;
        buf_c(&sql, ", (?, ?)");
        v[n++] = DB_STR(str_c(order_status_text(from)));
        v[n++] = DB_STR(str_c(order_status_text(to)));
    }
    buf_c(&sql, chain_tail);
    return run(db, a, buf_cstr(&sql), v, n, out);
}

size_t
verify_store_count(void)
{
    return NELEM(rules) + 1;
}

enum err
verify_store_run(struct db *db, struct arena *a, size_t i, const char **name,
    struct verify_result *out)
{
    if (i < NELEM(rules)) {
        *name = rules[i].name;
        return run(db, a, rules[i].sql, NULL, 0, out);
    }
    *name = chain_name;
    return run_chain(db, a, out);
}
