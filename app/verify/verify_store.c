/* What must hold in the database: one statement a rule, which answers what was looked at,
 * how much of it breaks the rule, the first of that, and perhaps a sum. Constraints of the
 * schema are looked at too: a restored or hand-edited database may not have met them.
 *
 * A rule that names :lo and :hi is read in slices of the ids between them, in order; ids
 * are made in order of time, so a slice's rows lie together and every rule finds them in
 * memory after the first. Each row must be looked at in exactly one slice: bound it by its
 * own id or by its order's. A rule without them is read whole, once; rules are read whole
 * in the order they stand here, those of busy rows first. :arrows is the list of legal
 * changes of status, 'from>to', of the one table of transitions.
 *
 * A rule without a statement is answered by the one before it, in the next five columns:
 * what two rules read is then read once. */
#include "verify/verify_store.h"

/* Rows with an id and whether each is bad. The LIMIT keeps MariaDB 10.11 from merging the
 * inner query into the outer: run a second time, the merged statement is refused with
 * error 1140 under ONLY_FULL_GROUP_BY. */
#define WHOLE " LIMIT 9223372036854775807"
#define FIGURES "SELECT COUNT(*), COALESCE(SUM(t.bad), 0), MIN(CASE WHEN t.bad THEN t.id END)"
#define RULE(rows) FIGURES " FROM (" rows WHOLE ") t"
/* The same with a column v that is summed, of units or of money in currency cur. */
#define RULE_UNITS(rows)                                                                 \
    FIGURES ", COALESCE(SUM(t.v), 0), 'units' FROM (" rows WHOLE ") t"
#define RULE_MONEY(rows)                                                                 \
    FIGURES ", COALESCE(SUM(t.v), 0), " ONE_OF("t.cur") " FROM (" rows WHOLE ") t"
#define ONE_OF(cur)                                                                      \
    "CASE WHEN MIN(" cur ") < MAX(" cur ") THEN '-' ELSE COALESCE(MIN(" cur "), '') END"
/* One rule's five columns of several over the same rows, from the id and its own two. */
#define COLUMNS(bad, v, unit)                                                            \
    "COUNT(" v "), COALESCE(SUM(" bad "), 0), MIN(CASE WHEN " bad " THEN t.id END),"     \
    " COALESCE(SUM(" v "), 0), " unit
/* Straight over the rows of `from`: no copy of them is made. */
#define EACH(id, bad, from) EACH_HEAD(id, bad) " FROM " from
#define EACH_UNITS(id, bad, v, from)                                                     \
    EACH_HEAD(id, bad) ", COALESCE(SUM(" v "), 0), 'units' FROM " from
#define EACH_MONEY(id, bad, v, cur, from)                                                \
    EACH_HEAD(id, bad) ", COALESCE(SUM(" v "), 0), " ONE_OF(cur) " FROM " from
#define EACH_HEAD(id, bad)                                                               \
    "SELECT COUNT(*), COALESCE(SUM(" bad "), 0), MIN(CASE WHEN " bad " THEN " id " END)"

#define IN_SLICE(id) " " id " > :lo AND " id " <= :hi "
#define OF_AN_ORDER(k) "(" k ".scope LIKE '%:orders' OR " k ".scope LIKE '%:checkout')"

/* Lines, orders and their rows in other tables, one group each. Only joins by an index of
 * the schema: a joined GROUP BY of its own has none, and is then read once for every row. */
#define ORDERS_AND_LINES                                                                 \
    " FROM orders o LEFT JOIN order_line l ON l.order_id = o.id"                         \
    " WHERE" IN_SLICE("o.id") "GROUP BY o.id"
/* A sum over the rows of a line, by the index of their order_line_id. */
#define OF_LINE(sum, table)                                                              \
    "(SELECT COALESCE(" sum ", 0) FROM " table " x WHERE x.order_line_id = l.id)"
/* As order_line_paid() has it. */
#define LINE_PAID                                                                        \
    "(l.line_total - l.discount + CASE WHEN l.tax_inclusive = 1 THEN 0 ELSE l.tax END)"
#define SHIPPED "EXISTS (SELECT 1 FROM shipment s WHERE s.order_id = o.id)"
#define OF_KIND(kinds) "SUM(CASE WHEN m.kind IN (" kinds ") THEN m.quantity ELSE 0 END)"

const struct verify_rule verify_rules[] = {
    {"stock is never negative",
        EACH_UNITS("s.sku_id", "s.available < 0", "s.available", "stock s")},
    {"stock on hand is the sum of its ledger",
        EACH_UNITS("k.id", "(s.sku_id IS NULL OR s.available <> COALESCE(m.net, 0))",
            "m.net",
            "sku k LEFT JOIN stock s ON s.sku_id = k.id LEFT JOIN"
            " (SELECT sku_id, SUM(quantity) AS net FROM stock_move GROUP BY sku_id) m"
            " ON m.sku_id = k.id")},
    {"every ordered unit was taken from stock once",
        "SELECT " COLUMNS("t.bad", "t.quantity", "'units'") ", "
        COLUMNS("t.unheld", "t.held", "'units'")
        " FROM (SELECT STRAIGHT_JOIN l.id, MIN(l.quantity) AS quantity,"
        " SUM(CASE WHEN m.kind = 'sale' THEN 1 ELSE 0 END) <> 1"
        " OR " OF_KIND("'sale'") " <> -MIN(l.quantity)"
        " OR MIN(m.sku_id) <> MIN(l.sku_id) OR MAX(m.sku_id) <> MIN(l.sku_id) AS bad,"
        " COALESCE(SUM(m.quantity), 0) - " OF_KIND("'return'") " <>"
        " CASE WHEN MIN(o.status) IN ('cancelled', 'expired')"
        " THEN -MIN(l.withdrawn)" /* decided about before the order was closed */
        " ELSE -MIN(l.quantity) END"
        " OR " OF_KIND("'return'") " > MIN(l.quantity) AS unheld,"
        " COALESCE(-SUM(m.quantity), 0) AS held FROM order_line l"
        " LEFT JOIN orders o ON o.id = l.order_id"
        " LEFT JOIN stock_move m ON m.order_line_id = l.id"
        " WHERE" IN_SLICE("l.id") "GROUP BY l.id" WHOLE ") t"},
    {"closed orders gave their units back, all others hold them", NULL},
    {"every sale in the ledger has its order line",
        EACH("m.id", "l.id IS NULL",
            "stock_move m LEFT JOIN order_line l ON l.id = m.order_line_id"
            " WHERE" IN_SLICE("m.order_line_id"))},
    {"an order's total is lines + shipping + tax - discount",
        "SELECT " COLUMNS("t.bad", "t.total", ONE_OF("t.cur")) ", "
        COLUMNS("t.apart", "t.taxes", ONE_OF("t.cur"))
        " FROM (SELECT STRAIGHT_JOIN o.id, MIN(o.total) <> MIN(o.subtotal)"
        " + MIN(o.shipping) + MIN(o.tax) - MIN(o.discount)"
        " OR COUNT(l.id) = 0 OR MIN(o.subtotal) <> SUM(l.line_total)"
        " OR SUM(l.line_total <> l.unit_price * l.quantity) > 0 AS bad,"
        " COUNT(l.id) = 0 OR MIN(o.discount) <> SUM(l.discount)"
        " OR MIN(o.tax) <> SUM(l.tax * (1 - l.tax_inclusive))"
        " + MIN(o.shipping_tax * (1 - o.shipping_tax_inclusive))"
        " OR MIN(o.tax_included) <> SUM(l.tax * l.tax_inclusive)"
        " + MIN(o.shipping_tax * o.shipping_tax_inclusive) AS apart,"
        " MIN(o.tax + o.tax_included) AS taxes,"
        " MIN(o.total) AS total, MIN(o.currency) AS cur" ORDERS_AND_LINES WHOLE ") t"},
    {"an order's discount and taxes are those of its lines and delivery", NULL},
    {"a paid order has one successful payment of its total, an unpaid one none",
        "SELECT " COLUMNS("t.bad", "t.amount", ONE_OF("t.currency")) ", "
        COLUMNS("t.unlike", "t.refunded", ONE_OF("t.currency"))
        " FROM (SELECT STRAIGHT_JOIN o.id, MIN(o.refunded) AS refunded,"
        " COALESCE(SUM(p.amount), 0) AS amount, MIN(o.currency) AS currency,"
        " CASE WHEN MIN(o.payment_status) = 'unpaid' THEN COUNT(p.id) > 0"
        " ELSE COUNT(p.id) <> 1 OR MIN(p.amount) <> MIN(o.total)"
        " OR MIN(p.currency) <> MIN(o.currency) END AS bad,"
        " MIN(o.refunded) <> COALESCE(SUM(p.refunded), 0)"
        " OR MIN(o.payment_status) <> CASE WHEN COUNT(p.id) = 0 THEN 'unpaid'"
        " WHEN SUM(p.refunded) = 0 THEN 'paid'"
        " WHEN SUM(p.refunded) < MIN(o.total) THEN 'partially_refunded'"
        " ELSE 'refunded' END AS unlike FROM orders o"
        " LEFT JOIN payment p ON p.order_id = o.id AND p.status = 'succeeded'"
        " WHERE" IN_SLICE("o.id") "GROUP BY o.id" WHOLE ") t"},
    {"an order's refunds are its payment's", NULL},
    {"refunds never exceed their payment",
        RULE_MONEY("SELECT STRAIGHT_JOIN p.id, MIN(p.refunded) < 0"
                   " OR MIN(p.refunded) > MIN(p.amount)"
                   " OR MIN(p.refunded) <> COALESCE(SUM(r.amount), 0)"
                   " OR (MIN(p.refunded) > 0 AND MIN(p.status) NOT IN ('succeeded', 'late'))"
                   " OR (MIN(p.status) = 'late' AND MIN(p.refunded) <> MIN(p.amount))"
                   " AS bad,"
                   " SUM(r.amount) AS v, MIN(p.currency) AS cur FROM payment p"
                   " LEFT JOIN refund r ON r.payment_id = p.id"
                   " WHERE" IN_SLICE("p.order_id") "GROUP BY p.order_id, p.id")},
    {"money of a closed order was given back",
        EACH_MONEY("o.id", "p.amount <> p.refunded", "p.refunded", "p.currency",
            /* paid_order_id: those that succeeded, by a key that is unique. */
            "orders o STRAIGHT_JOIN payment p ON p.paid_order_id = o.id"
            " WHERE o.status IN ('cancelled', 'expired') AND" IN_SLICE("o.id"))},
    {"an idempotency key has one order, an order at most one key",
        RULE("SELECT k.order_id AS id, COUNT(*) > 1 OR MAX(o.id IS NULL) = 1 AS bad"
             " FROM idempotency_key k LEFT JOIN orders o ON o.id = k.order_id"
             " WHERE " OF_AN_ORDER("k") " AND" IN_SLICE("k.order_id")
             "GROUP BY k.order_id")},
    {"the answer kept for a key names its order",
        EACH("k.order_id",
            "(k.http_status = 0 OR LOCATE(CAST(k.order_id AS CHAR), k.answer) = 0)",
            "idempotency_key k WHERE " OF_AN_ORDER("k") " AND" IN_SLICE("k.order_id"))},
    /* The froms, one after the other, are the tos one later: together they say that each
     * event left from where the one before it led. */
    {"an order is where its last event led",
        "SELECT " COLUMNS("t.bad", "t.one", "''") ", " COLUMNS("t.apart", "t.n", "'events'")
        " FROM (SELECT STRAIGHT_JOIN o.id, 1 AS one, COUNT(e.id) AS n,"
        " COALESCE(SUM(e.seq = o.event_n AND e.status_to = o.status), 0) <> 1"
        " OR MAX(e.seq) > MIN(o.event_n) AS bad,"
        " MIN(e.seq) <> 1 OR MAX(e.seq) <> COUNT(e.id)"
        " OR SUM(CONCAT(e.status_from, '>', e.status_to) NOT IN (:arrows)) > 0"
        " OR CONCAT(GROUP_CONCAT(e.status_from ORDER BY e.seq), ',',"
        " SUBSTRING_INDEX(GROUP_CONCAT(e.status_to ORDER BY e.seq), ',', -1))"
        " <> CONCAT(',', GROUP_CONCAT(e.status_to ORDER BY e.seq)) AS apart"
        " FROM orders o LEFT JOIN order_event e ON e.order_id = o.id"
        " WHERE" IN_SLICE("o.id") "GROUP BY o.id" WHOLE ") t"},
    {"events follow one another as the rules allow", NULL},
    {"due exactly while unpaid and open",
        EACH("o.id",
            "((o.status = 'pending') <> (o.due_at IS NOT NULL)"
            " OR COALESCE(o.due_at <> o.expires_at, 0))",
            "orders o WHERE" IN_SLICE("o.id"))},
    {"an order has a shipment exactly when it was shipped",
        EACH("o.id",
            "((o.fulfilment_status NOT IN ('unfulfilled', 'cancelled')) <> " SHIPPED
            " OR (o.status IN ('shipped', 'completed') AND NOT " SHIPPED ")"
            " OR (o.fulfilment_status = 'cancelled') <>"
            " (o.status IN ('cancelled', 'expired')))",
            "orders o WHERE" IN_SLICE("o.id"))},
    {"an order is as far on its way as its lines",
        RULE("SELECT STRAIGHT_JOIN o.id, MIN(o.fulfilment_status) <> 'cancelled'"
             " AND MIN(o.fulfilment_status) <>"
             " CASE WHEN SUM(l.shipped) = 0 THEN 'unfulfilled'"
             " WHEN SUM(l.quantity - l.shipped - l.withdrawn) > 0 THEN 'partially_shipped'"
             " WHEN SUM(l.returned) = SUM(l.shipped) THEN 'returned'"
             " WHEN SUM(l.returned) > 0 THEN 'partially_returned'"
             " WHEN MIN(o.fulfilment_status) = 'completed' THEN 'completed'"
             " ELSE 'shipped' END AS bad" ORDERS_AND_LINES)},
    {"a line's shipped units are its parcels', never more than were ordered",
        RULE_UNITS("SELECT l.id, l.shipped < 0 OR l.shipped + l.withdrawn > l.quantity"
                   " OR l.shipped <> " OF_LINE("SUM(x.quantity)", "shipment_line")
                   " AS bad, l.shipped AS v FROM order_line l WHERE" IN_SLICE("l.id"))},
    {"a line's returned units are its returns', never more than were shipped",
        RULE_UNITS("SELECT l.id, l.returned < 0 OR l.returned > l.shipped"
                   " OR l.returned <> " OF_LINE("SUM(x.quantity)", "order_return_line")
                   " AS bad, l.returned AS v FROM order_line l WHERE" IN_SLICE("l.id"))},
    {"a line's refunds are those of it, never more than was paid for it",
        RULE_MONEY("SELECT STRAIGHT_JOIN l.id, l.refunded > l.quantity"
                   " OR l.refunded - l.withdrawn > l.shipped"
                   " OR l.refunded_amount > " LINE_PAID
                   " OR l.refunded <> " OF_LINE("SUM(x.quantity)", "refund_line")
                   " OR l.refunded_amount <> " OF_LINE("SUM(x.amount)", "refund_line")
                   " OR l.withdrawn <> " OF_LINE("SUM(x.withdrawn)", "refund_line")
                   " AS bad, l.refunded_amount AS v, o.currency AS cur"
                   " FROM order_line l JOIN orders o ON o.id = l.order_id"
                   " WHERE" IN_SLICE("l.id"))},
    {"a refund's lines never exceed it",
        RULE("SELECT STRAIGHT_JOIN r.id, SUM(x.amount) > MIN(r.amount) AS bad"
             " FROM payment p JOIN refund r ON r.payment_id = p.id"
             " JOIN refund_line x ON x.refund_id = r.id"
             " WHERE" IN_SLICE("p.order_id") "GROUP BY r.id")},
    {"restocked units in the ledger are those of returns and refunds",
        RULE_UNITS("SELECT l.id, l.restocked <> "
                   OF_LINE("SUM(CASE WHEN x.kind = 'return' THEN x.quantity END)",
                       "stock_move")
                   " OR l.restocked <> "
                   OF_LINE("SUM(x.quantity * x.restock)", "order_return_line")
                   " + " OF_LINE("SUM(x.restocked)", "refund_line")
                   " AS bad, l.restocked AS v FROM order_line l"
                   " WHERE" IN_SLICE("l.id"))},
    {"an order holds its coupon while it stands",
        EACH("o.id",
            "((o.coupon <> '') <> (r.order_id IS NOT NULL) OR (r.order_id IS NOT NULL AND"
            " (r.released_at IS NULL) = (o.status IN ('cancelled', 'expired'))))",
            "orders o LEFT JOIN coupon_redemption r ON r.order_id = o.id"
            " WHERE" IN_SLICE("o.id"))},
    {"no coupon is used above its limit",
        RULE_UNITS("SELECT w.id, MIN(w.used) <> SUM(w.n)"
                   " OR COALESCE(SUM(w.n) > MIN(w.limit_total), 0)"
                   " OR COALESCE(MAX(w.n) > MIN(w.limit_per_account), 0) AS bad,"
                   " SUM(w.n) AS v FROM (SELECT c.id, MIN(c.used) AS used,"
                   " MIN(c.limit_total) AS limit_total,"
                   " MIN(c.limit_per_account) AS limit_per_account,"
                   " COUNT(r.order_id) AS n FROM coupon c LEFT JOIN coupon_redemption r"
                   " ON r.coupon_id = c.id AND r.released_at IS NULL"
                   " GROUP BY c.id, r.who) w GROUP BY w.id")},
    {"what owners of unpaid orders hold is what their orders say",
        RULE("SELECT 0 AS id, c.owner IS NULL OR c.orders <> COALESCE(h.orders, 0)"
             " OR c.units <> COALESCE(h.units, 0) OR c.orders > c.orders_max"
             " OR c.units > c.units_max AS bad"
             " FROM (SELECT owner FROM hold_counter UNION SELECT hold_owner FROM orders"
             " WHERE status = 'pending' AND hold_owner IS NOT NULL) k"
             " LEFT JOIN hold_counter c ON c.owner = k.owner LEFT JOIN"
             " (SELECT o.hold_owner AS owner, COUNT(DISTINCT o.id) AS orders,"
             " SUM(l.quantity) AS units FROM orders o JOIN order_line l ON l.order_id = o.id"
             " WHERE o.status = 'pending' AND o.hold_owner IS NOT NULL"
             " GROUP BY o.hold_owner) h ON h.owner = k.owner")},
    {"every lease of a job ends soon",
        RULE("SELECT 0 AS id, version < 0 OR until_ms > 1000 * (UNIX_TIMESTAMP() + 3600)"
             " AS bad FROM job_lease")},
};

const size_t verify_rules_n = NELEM(verify_rules);
