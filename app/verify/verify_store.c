/* What must hold in the database, and the statements of those rules that the database
 * answers best itself: what was looked at, how much of it breaks the rule, the first of
 * that, and perhaps a sum. Constraints of the schema are looked at too: a restored or
 * hand-edited database may not have met them.
 *
 * A rule that names :lo and :hi is read in slices of the ids between them, in order; ids
 * are made in order of time, so a slice's rows lie together and every rule finds them in
 * memory after the first. Each row must be looked at in exactly one slice: bound it by its
 * own id or by its order's. A rule without them is read whole, once; rules are read whole
 * in the order they stand here, those of busy rows first.
 *
 * A rule without a statement is judged in verify_judge.c, from rows that are read once for
 * all of them: joins and groups for each took a minute and more at a million orders. */
#include "verify/verify_store.h"

/* Rows with an id and whether each is bad. The LIMIT keeps MariaDB 10.11 from merging the
 * inner query into the outer: run a second time, the merged statement is refused with
 * error 1140 under ONLY_FULL_GROUP_BY. */
#define WHOLE " LIMIT 9223372036854775807"
#define FIGURES "SELECT COUNT(*), COALESCE(SUM(t.bad), 0), MIN(CASE WHEN t.bad THEN t.id END)"
#define RULE(rows) FIGURES " FROM (" rows WHOLE ") t"
/* The same with a column v of units that is summed. */
#define RULE_UNITS(rows)                                                                 \
    FIGURES ", COALESCE(SUM(t.v), 0), 'units' FROM (" rows WHOLE ") t"
/* Straight over the rows of `from`: no copy of them is made. */
#define EACH(id, bad, from) EACH_HEAD(id, bad) " FROM " from
#define EACH_UNITS(id, bad, v, from)                                                     \
    EACH_HEAD(id, bad) ", COALESCE(SUM(" v "), 0), 'units' FROM " from
#define EACH_HEAD(id, bad)                                                               \
    "SELECT COUNT(*), COALESCE(SUM(" bad "), 0), MIN(CASE WHEN " bad " THEN " id " END)"

#define IN_SLICE(id) " " id " > :lo AND " id " <= :hi "
#define OF_AN_ORDER(k) "(" k ".scope LIKE '%:orders' OR " k ".scope LIKE '%:checkout')"

const struct verify_rule verify_rules[RULE__MAX] = {
    [RULE_NEGATIVE] = {"stock is never negative",
        EACH_UNITS("s.sku_id", "s.available < 0", "s.available", "stock s")},
    /* Read early: the clock goes on while the snapshot stands. */
    [RULE_OUTBOX] = {"no event waits longer than a minute to be handed on",
        EACH("b.seq", "b.created_at < 1000 * (UNIX_TIMESTAMP() - 60)", "outbox b")},
    [RULE_LEDGER] = {"stock on hand is the sum of its ledger",
        /* Neither a join nor an index: by the index of SKUs the ledger's rows are read one
         * by one from all over the disk, and without statistics a join is quadratic. */
        RULE_UNITS("SELECT b.id, SUM(b.sku) <> 1 OR SUM(b.stock) <> 1"
                   " OR SUM(b.available) <> SUM(b.net) AS bad, SUM(b.net) AS v FROM ("
                   "SELECT id, 1 AS sku, 0 AS stock, 0 AS available, 0 AS net FROM sku"
                   " UNION ALL SELECT sku_id, 0, 1, available, 0 FROM stock"
                   " UNION ALL SELECT sku_id, 0, 0, 0, SUM(quantity)"
                   " FROM stock_move USE INDEX () GROUP BY sku_id) b GROUP BY b.id")},
    [RULE_TAKEN] = {"every ordered unit was taken from stock once", NULL},
    [RULE_BACK] = {"closed orders gave their units back, all others hold them", NULL},
    [RULE_LINELESS] = {"every sale in the ledger has its order line", NULL},
    [RULE_TOTAL] = {"an order's total is lines + shipping + tax - discount", NULL},
    [RULE_PARTS] = {"an order's discount and taxes are those of its lines and delivery", NULL},
    [RULE_PAID] = {"a paid order has one successful payment of its total, an unpaid one none", NULL},
    [RULE_ORDER_REFUNDS] = {"an order's refunds are its payment's", NULL},
    [RULE_REFUNDS] = {"refunds never exceed their payment", NULL},
    [RULE_ASKED] = {"an attempt to pay asks its order's total in its currency", NULL},
    [RULE_STATES] = {"payments and refunds are in a state there is", NULL},
    /* References are ours: one for two payments would be one payment at a provider. */
    [RULE_REFERENCES] = {"no two payments have one reference",
        RULE("SELECT MIN(p.id) AS id, COUNT(*) > 1 AS bad FROM payment p"
             " GROUP BY p.reference")},
    [RULE_CLOSED_MONEY] = {"money of a closed order was given back", NULL},
    [RULE_KEYS] = {"an idempotency key has one order, an order at most one key",
        RULE("SELECT k.order_id AS id, COUNT(*) > 1 OR MAX(o.id IS NULL) = 1 AS bad"
             " FROM idempotency_key k LEFT JOIN orders o ON o.id = k.order_id"
             " WHERE " OF_AN_ORDER("k") " AND" IN_SLICE("k.order_id")
             "GROUP BY k.order_id")},
    [RULE_ANSWER] = {"the answer kept for a key names its order",
        EACH("k.order_id",
            "(k.http_status = 0 OR LOCATE(CAST(k.order_id AS CHAR), k.answer) = 0)",
            "idempotency_key k WHERE " OF_AN_ORDER("k") " AND" IN_SLICE("k.order_id"))},
    [RULE_LED] = {"an order is where its last event led", NULL},
    [RULE_CHAIN] = {"events follow one another as the rules allow", NULL},
    [RULE_DUE] = {"due exactly while unpaid and open", NULL},
    [RULE_SHIPMENT] = {"an order has a shipment exactly when it was shipped", NULL},
    [RULE_FAR] = {"an order is as far on its way as its lines", NULL},
    [RULE_SENT] = {"a line's shipped units are its parcels', never more than were ordered", NULL},
    [RULE_CAME_BACK] = {"a line's returned units are its returns', never more than were shipped", NULL},
    [RULE_LINE_REFUNDS] = {"a line's refunds are those of it, never more than was paid for it", NULL},
    [RULE_REFUND_LINES] = {"a refund's lines never exceed it",
        RULE("SELECT STRAIGHT_JOIN r.id, SUM(x.amount) > MIN(r.amount) AS bad"
             " FROM payment p JOIN refund r ON r.payment_id = p.id"
             " JOIN refund_line x ON x.refund_id = r.id"
             " WHERE" IN_SLICE("p.order_id") "GROUP BY r.id")},
    [RULE_RESTOCKED] = {"restocked units in the ledger are those of returns and refunds", NULL},
    [RULE_HOLDS_COUPON] = {"an order holds its coupon while it stands",
        EACH("o.id",
            "((o.coupon <> '') <> (r.order_id IS NOT NULL) OR (r.order_id IS NOT NULL AND"
            " (r.released_at IS NULL) = (o.status IN ('cancelled', 'expired'))))",
            "orders o LEFT JOIN coupon_redemption r ON r.order_id = o.id"
            " WHERE" IN_SLICE("o.id"))},
    [RULE_COUPONS] = {"no coupon is used above its limit",
        RULE_UNITS("SELECT w.id, MIN(w.used) <> SUM(w.n)"
                   " OR COALESCE(SUM(w.n) > MIN(w.limit_total), 0)"
                   " OR COALESCE(MAX(w.n) > MIN(w.limit_per_account), 0) AS bad,"
                   " SUM(w.n) AS v FROM (SELECT c.id, MIN(c.used) AS used,"
                   " MIN(c.limit_total) AS limit_total,"
                   " MIN(c.limit_per_account) AS limit_per_account,"
                   " COUNT(r.order_id) AS n FROM coupon c LEFT JOIN coupon_redemption r"
                   " ON r.coupon_id = c.id AND r.released_at IS NULL"
                   " GROUP BY c.id, r.who) w GROUP BY w.id")},
    [RULE_HELD] = {"what owners of unpaid orders hold is what their orders say",
        /* orders and units: as counted less as they are. */
        RULE("SELECT 0 AS id, SUM(h.counter) <> 1 OR SUM(h.orders) <> 0"
             " OR SUM(h.units) <> 0 OR MAX(h.above) AS bad FROM ("
             "SELECT owner, 1 AS counter, orders, units,"
             " orders > orders_max OR units > units_max AS above FROM hold_counter"
             " UNION ALL SELECT o.hold_owner, 0, -1, -(SELECT COALESCE(SUM(l.quantity), 0)"
             " FROM order_line l WHERE l.order_id = o.id), 0 FROM orders o"
             " WHERE o.status = 'pending' AND o.hold_owner IS NOT NULL) h"
             " GROUP BY h.owner")},
    [RULE_LEASES] = {"every lease of a job ends soon",
        RULE("SELECT 0 AS id, version < 0 OR until_ms > 1000 * (UNIX_TIMESTAMP() + 3600)"
             " AS bad FROM job_lease")},
};
