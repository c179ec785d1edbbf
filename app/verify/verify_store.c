/* What must hold in the database: one statement a rule, which answers what was looked at,
 * how much of it breaks the rule, the first of that, and perhaps a sum. Constraints of the
 * schema are looked at too: a restored or hand-edited database may not have met them.
 *
 * A rule that names :lo and :hi is read in slices of the ids between them, in order; ids
 * are made in order of time, so a slice's rows lie together and every rule finds them in
 * memory after the first. Each row must be looked at in exactly one slice: bound it by its
 * own id or by its order's. A rule without them is read whole, once; rules are read whole
 * in the order they stand here, those of busy rows first. :arrows is the list of legal
 * changes of status, 'from>to', of the one table of transitions. */
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
/* The same straight over the rows of `from`: no copy of them is made. */
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
#define LINES_AND_MOVES(join)                                                            \
    " FROM order_line l" join " LEFT JOIN stock_move m ON m.order_line_id = l.id"        \
    " WHERE" IN_SLICE("l.id") "GROUP BY l.id"
#define ORDERS_AND_LINES                                                                 \
    " FROM orders o LEFT JOIN order_line l ON l.order_id = o.id"                         \
    " WHERE" IN_SLICE("o.id") "GROUP BY o.id"
#define ORDERS_AND_PAYMENTS                                                              \
    " FROM orders o LEFT JOIN payment p ON p.order_id = o.id AND p.status = 'succeeded'" \
    " WHERE" IN_SLICE("o.id") "GROUP BY o.id"
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
        RULE_UNITS("SELECT STRAIGHT_JOIN l.id,"
                   " SUM(CASE WHEN m.kind = 'sale' THEN 1 ELSE 0 END) <> 1"
                   " OR " OF_KIND("'sale'") " <> -MIN(l.quantity)"
                   " OR MIN(m.sku_id) <> MIN(l.sku_id) OR MAX(m.sku_id) <> MIN(l.sku_id)"
                   " AS bad, MIN(l.quantity) AS v" LINES_AND_MOVES(""))},
    {"closed orders gave their units back, all others hold them",
        RULE_UNITS("SELECT STRAIGHT_JOIN l.id,"
                   " COALESCE(SUM(m.quantity), 0) - " OF_KIND("'return'") " <>"
                   " CASE WHEN MIN(o.status) IN ('cancelled', 'expired') THEN 0"
                   " ELSE -MIN(l.quantity) END"
                   " OR " OF_KIND("'return'") " > MIN(l.quantity) AS bad,"
                   " -SUM(m.quantity) AS v"
                   LINES_AND_MOVES(" JOIN orders o ON o.id = l.order_id"))},
    {"every sale in the ledger has its order line",
        EACH("m.id", "l.id IS NULL",
            "stock_move m LEFT JOIN order_line l ON l.id = m.order_line_id"
            " WHERE" IN_SLICE("m.order_line_id"))},
    {"an order's total is lines + shipping + tax - discount",
        RULE_MONEY("SELECT STRAIGHT_JOIN o.id, MIN(o.total) <> MIN(o.subtotal)"
                   " + MIN(o.shipping) + MIN(o.tax) - MIN(o.discount)"
                   " OR COUNT(l.id) = 0 OR MIN(o.subtotal) <> SUM(l.line_total)"
                   " OR SUM(l.line_total <> l.unit_price * l.quantity) > 0 AS bad,"
                   " MIN(o.total) AS v, MIN(o.currency) AS cur" ORDERS_AND_LINES)},
    {"a paid order has one successful payment of its total, an unpaid one none",
        RULE_MONEY("SELECT STRAIGHT_JOIN o.id,"
                   " CASE WHEN MIN(o.payment_status) = 'unpaid' THEN COUNT(p.id) > 0"
                   " ELSE COUNT(p.id) <> 1 OR MIN(p.amount) <> MIN(o.total)"
                   " OR MIN(p.currency) <> MIN(o.currency) END AS bad,"
                   " SUM(p.amount) AS v, MIN(p.currency) AS cur" ORDERS_AND_PAYMENTS)},
    {"refunds never exceed their payment",
        RULE_MONEY("SELECT STRAIGHT_JOIN p.id, MIN(p.refunded) < 0"
                   " OR MIN(p.refunded) > MIN(p.amount)"
                   " OR MIN(p.refunded) <> COALESCE(SUM(r.amount), 0)"
                   " OR (MIN(p.refunded) > 0 AND MIN(p.status) <> 'succeeded') AS bad,"
                   " SUM(r.amount) AS v, MIN(p.currency) AS cur FROM payment p"
                   " LEFT JOIN refund r ON r.payment_id = p.id"
                   " WHERE" IN_SLICE("p.order_id") "GROUP BY p.order_id, p.id")},
    {"an order's refunds are its payment's",
        RULE_MONEY("SELECT STRAIGHT_JOIN o.id, MIN(o.refunded) <> COALESCE(SUM(p.refunded), 0)"
                   " OR MIN(o.payment_status) <> CASE WHEN COUNT(p.id) = 0 THEN 'unpaid'"
                   " WHEN SUM(p.refunded) = 0 THEN 'paid'"
                   " WHEN SUM(p.refunded) < MIN(o.total) THEN 'partially_refunded'"
                   " ELSE 'refunded' END AS bad,"
                   " MIN(o.refunded) AS v, MIN(o.currency) AS cur" ORDERS_AND_PAYMENTS)},
    {"money of a closed order was given back",
        EACH_MONEY("o.id", "p.amount <> p.refunded", "p.refunded", "p.currency",
            "orders o STRAIGHT_JOIN payment p ON p.order_id = o.id AND p.status = 'succeeded'"
            " WHERE o.status IN ('cancelled', 'expired') AND" IN_SLICE("o.id"))},
    {"an idempotency key has one order, an order at most one key",
        RULE("SELECT k.order_id AS id, COUNT(*) > 1 OR MAX(o.id IS NULL) = 1 AS bad"
             " FROM idempotency_key k LEFT JOIN orders o ON o.id = k.order_id"
             " WHERE " OF_AN_ORDER("k") " AND" IN_SLICE("k.order_id")
             "GROUP BY k.order_id")},
    /* Read whole: the keys lie in the order of their text, not of their orders. */
    {"the answer kept for a key names its order",
        EACH("k.order_id",
            "(k.http_status = 0 OR LOCATE(CAST(k.order_id AS CHAR), k.answer) = 0)",
            "idempotency_key k WHERE " OF_AN_ORDER("k"))},
    {"an order is where its last event led",
        EACH("o.id",
            "(e.status_to IS NULL OR e.status_to <> o.status OR beyond.id IS NOT NULL)",
            "orders o"
            " LEFT JOIN order_event e ON e.order_id = o.id AND e.seq = o.event_n"
            " LEFT JOIN order_event beyond"
            " ON beyond.order_id = o.id AND beyond.seq = o.event_n + 1"
            " WHERE" IN_SLICE("o.id"))},
    {"events follow one another as the rules allow",
        EACH("e.order_id",
            "(e.seq < 1 OR CONCAT(e.status_from, '>', e.status_to) NOT IN (:arrows)"
            " OR e.status_from <> CASE WHEN e.seq = 1 THEN ''"
            " ELSE COALESCE(b.status_to, '') END OR (e.seq > 1 AND b.id IS NULL))",
            "order_event e LEFT JOIN order_event b"
            " ON b.order_id = e.order_id AND b.seq = e.seq - 1"
            " WHERE" IN_SLICE("e.order_id"))},
    {"due exactly while unpaid and open",
        EACH("o.id",
            "((o.status = 'pending') <> (o.due_at IS NOT NULL)"
            " OR COALESCE(o.due_at <> o.expires_at, 0))",
            "orders o WHERE" IN_SLICE("o.id"))},
    {"an order has a shipment exactly when it was shipped",
        EACH("o.id",
            "((o.fulfilment_status IN ('shipped', 'completed')) <> (s.id IS NOT NULL)"
            " OR (o.status IN ('shipped', 'completed') AND s.id IS NULL)"
            " OR (o.fulfilment_status = 'cancelled') <>"
            " (o.status IN ('cancelled', 'expired')))",
            "orders o LEFT JOIN shipment s ON s.order_id = o.id WHERE" IN_SLICE("o.id"))},
};

const size_t verify_rules_n = NELEM(verify_rules);
