/* The rules of the sweep, what is read for them and the statements that read; for the
 * module's own files. */
#ifndef SOUK_VERIFY_VERIFY_STORE_H
#define SOUK_VERIFY_VERIFY_STORE_H

#include "db/db.h"
#include "verify/verify.h"

/* In the order they are told. */
enum verify_rule_id {
    RULE_NEGATIVE,
    RULE_OUTBOX,
    RULE_LEDGER,
    RULE_TAKEN,
    RULE_BACK,
    RULE_LINELESS,
    RULE_TOTAL,
    RULE_PARTS,
    RULE_PAID,
    RULE_ORDER_REFUNDS,
    RULE_REFUNDS,
    RULE_ASKED,
    RULE_STATES,
    RULE_REFERENCES,
    RULE_CLOSED_MONEY,
    RULE_KEYS,
    RULE_ANSWER,
    RULE_LED,
    RULE_CHAIN,
    RULE_DUE,
    RULE_SHIPMENT,
    RULE_FAR,
    RULE_SENT,
    RULE_CAME_BACK,
    RULE_LINE_REFUNDS,
    RULE_REFUND_LINES,
    RULE_RESTOCKED,
    RULE_HOLDS_COUPON,
    RULE_COUPONS,
    RULE_HELD,
    RULE_LEASES,
    RULE__MAX
};

struct verify_rule {
    const char *name, *sql; /* NULL: judged from what the walks read */
};
extern const struct verify_rule verify_rules[RULE__MAX];

/* Is there a statement that is read in slices? */
bool verify_rule_sliced(const struct verify_rule *r);

struct verify_result {
    int64_t looked, broken, first_id, sum;
    struct str unit; /* of the sum, "-": several currencies; empty: there is none */
};
/* One rule's statement over the ids above `lo` up to `hi` (a whole one ignores them). */
enum err verify_store_run(struct db *db, struct arena *a, const struct verify_rule *r,
    int64_t lo, int64_t hi, struct verify_result *out) MUST_CHECK;

enum err verify_store_orders(struct db *db, struct arena *a, int64_t *n) MUST_CHECK;
/* The orders made before `since` that had an event after it, at most `limit`, by id. */
enum err verify_store_touched(struct db *db, struct arena *a, int64_t since,
    int64_t limit, int64_t **ids, size_t *n) MUST_CHECK;

/* --- the walks: rows read once, in order, and gathered for the rules without SQL --- */

/* An enum order_status, or one of these. */
#define VERIFY_NOTHING (-1) /* where the first event comes from */
#define VERIFY_UNKNOWN (-2)

#define VERIFY_TEXT 24
#define VERIFY_CUR 4

/* An order and what its rows in other tables come to. */
struct verify_order {
    int64_t id;
    int status;
    char payment_status[VERIFY_TEXT], fulfilment[VERIFY_TEXT], currency[VERIFY_CUR];
    int64_t subtotal, discount, shipping, tax, total, refunded, tax_included;
    int64_t shipping_tax, expires_at, due_at, event_n;
    bool shipping_inclusive, due;
    struct {
        int64_t n, total, discount, tax, tax_included, shipped, returned, open;
        bool miscounted; /* one is not its price times its quantity */
    } lines;
    struct {
        int64_t n, first, last; /* first and last: seq */
        int to;                 /* where the last one led */
        int64_t led;            /* how many are the order's last, to its status */
        bool jumped;            /* one leaves from elsewhere, or goes where none may */
    } events;
    struct {
        int64_t n, amount, refunded;
        bool foreign; /* one is in another currency */
    } paid;           /* by payments that succeeded */
    int64_t shipments;
};

/* A payment, with the sum of its refunds. */
struct verify_payment {
    int64_t id, amount, refunded, refunds;
    char currency[VERIFY_CUR];
    bool succeeded, late;
    bool stateless; /* it, or a refund of it, is in no state there is */
};

/* A line and what its rows in other tables come to. */
struct verify_item {
    int64_t id, sku_id, quantity, line_total, discount, tax;
    int64_t shipped, withdrawn, returned, restocked, refunded, refunded_amount;
    bool tax_inclusive, ordered; /* ordered: its order is there, and so are its: */
    int status;
    char currency[VERIFY_CUR];
    struct {
        int64_t sales, sold, returned, net; /* sales: rows; the others: units */
        bool other_sku;
    } moves;
    struct {
        int64_t shipped, returned, returned_restocked;
        int64_t refunded, refunded_amount, withdrawn, restocked;
    } by_parts; /* units and money as parcels, returns and refunds have them */
};

/* Room for the walks, of slices of `n`; in the arena. */
struct verify_walk;
struct verify_walk *verify_walk_new(struct arena *a, struct db *db, size_t n,
    struct verify_line *found) MUST_CHECK;
/* The next orders above `lo`, judged: *to is the id of the last, `hi` when fewer than n
 * were left up to it. Rows that belong to orders in between that are not there are judged
 * as well, by the rules that need no order. */
enum err verify_walk_orders(struct verify_walk *w, int64_t lo, int64_t hi, int64_t *to,
    int64_t *orders) MUST_CHECK;
/* All lines above `lo` up to `hi`. */
enum err verify_walk_lines(struct verify_walk *w, int64_t lo, int64_t hi) MUST_CHECK;

/* --- the judge: `found` has a line a rule --- */

/* Never past the ends of an int64: tampered books must not end the program. */
int64_t verify_plus(int64_t a, int64_t b);
int64_t verify_minus(int64_t a, int64_t b);
/* Adds what was found, whole slices or single things. */
void verify_add(struct verify_line *l, const struct verify_result *r);
void verify_judge_order(struct verify_line *found, const struct verify_order *o);
/* o: NULL when the payment has none. */
void verify_judge_payment(struct verify_line *found, const struct verify_payment *p,
    const struct verify_order *o);
void verify_judge_item(struct verify_line *found, const struct verify_item *l);
/* A row of the ledger that names a line. */
void verify_judge_move(struct verify_line *found, int64_t id, bool has_line);

#endif
