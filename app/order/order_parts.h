/* What the files of this module share among themselves; nobody else includes it. */
#ifndef SOUK_ORDER_ORDER_PARTS_H
#define SOUK_ORDER_ORDER_PARTS_H

#include "order/order.h"
#include "stock/stock.h"

/* --- order_state.c: the one place where a status changes --- */

/* Move an order from a status it was read in to another: the guarded UPDATE, what goes
 * with the new status (payment_status, fulfilment_status, due_at) and the event, in the
 * caller's transaction. ERR_CONFLICT: it is no longer in `from`, or may not go there. */
enum err order_state_change(struct db *db, int64_t id, enum order_status from,
    enum order_status to, const char *actor, struct str reason, int64_t now) MUST_CHECK;
/* The same for a step that the status alone does not tell. */
struct order_step {
    enum order_status from, to;
    const char *what;       /* NULL: `to` says it; needed when it stays */
    const char *fulfilment; /* NULL: what goes with `to`, or as it was */
    const char *actor;
    struct str reason;
    int64_t now;
};
enum err order_state_step(
    struct db *db, int64_t id, const struct order_step *s) MUST_CHECK;
/* What an order's event is called outside: "order.placed"; `what` as in order_step. */
const char *order_event_type(enum order_status to, const char *what);
/* fulfilment_status of a paid order with these lines; completed: the shop is done. */
const char *order_fulfilment_of(bool completed, const struct order_line *l, size_t n);
/* order_state_change() for many orders at once, whose rows are locked: ERR_CONFLICT when not
 * every one was in `from`. */
struct order_at {
    int64_t id, event_n;
    const char *actor; /* NULL: the change's, as its reason */
    struct str reason;
};
struct order_change {
    enum order_status from, to;
    const char *actor;
    struct str reason;
    int64_t now;
};
enum err order_state_change_many(struct db *db, struct arena *a, const struct order_at *o,
    size_t n, const struct order_change *c) MUST_CHECK;
/* What a fresh or changed order's other two statuses are; NULL: as they were. */
const char *order_payment_status_of(enum order_status s);
const char *order_fulfilment_status_of(enum order_status s);

/* --- order_store.c: SQL --- */

/* The order with its row locked; `who` NULL: any. No lines. */
enum err order_store_lock(struct db *db, struct arena *a, const struct shopper *who,
    int64_t id, struct order *out) MUST_CHECK;
/* The order_event of the change just made (event_n is counted up already), and the news of
 * it. */
enum err order_store_event(
    struct db *db, int64_t order_id, const struct order_step *s) MUST_CHECK;
/* payment, fulfilment NULL: as they are. ERR_CONFLICT: it is not in `from`. */
enum err order_store_status(struct db *db, int64_t id, const char *from, const char *to,
    const char *payment, const char *fulfilment, int64_t now) MUST_CHECK;
/* The units that an order still holds, by line in sku_id order, for the stock: withdrawn
 * ones have been decided about. */
enum err order_store_units(struct db *db, struct arena *a, int64_t id,
    struct order_line **out, size_t *n) MUST_CHECK;
enum err order_store_refunded(
    struct db *db, int64_t id, int64_t amount, int64_t now) MUST_CHECK;
/* Read an order from a row of the columns ORDER_COLS; shipment columns if `shipment`. */
#define ORDER_COLS                                                                       \
    "o.id, o.number, o.account_id, o.guest_hash, o.email, o.status, o.payment_status,"   \
    " o.fulfilment_status, o.currency, o.subtotal, o.discount, o.shipping, o.tax, "      \
    "o.total,"                                                                           \
    " o.refunded, o.shipping_method, o.ship_name, o.ship_line1, o.ship_line2, "          \
    "o.ship_city,"                                                                       \
    " o.ship_region, o.ship_postal_code, o.ship_country, o.created_at, o.updated_at,"    \
    " o.expires_at, o.coupon, o.tax_included, o.shipping_tax, o.shipping_tax_ppm,"       \
    " o.shipping_tax_inclusive"
#define ORDER_COLS_N 31
enum err order_from_row(
    const struct db_rows *r, size_t row, bool shipment, struct order *o) MUST_CHECK;

/* --- order_line_store.c: SQL of what becomes of lines --- */

/* What was paid for a line, its discount and tax included. */
int64_t order_line_paid(const struct order_line *l);
/* A line from a row of the columns ORDER_LINE_COLS. */
#define ORDER_LINE_COLS                                                                  \
    "id, product_id, sku_id, unit_price, quantity, line_total, sku, name, shipped,"      \
    " withdrawn, returned, restocked, refunded, refunded_amount, discount, tax, tax_ppm," \
    " tax_inclusive"
#define ORDER_LINE_COLS_N 18
struct order_line order_line_from_row(const struct db_rows *r, size_t row);
/* Lines with their counters, in sku_id order; the order's row is locked. */
enum err order_store_lines(struct db *db, struct arena *a, int64_t id,
    struct order_line **out, size_t *n) MUST_CHECK;
/* Write the counters of a line that was read as `was`. ERR_BUSY: it is no longer so;
 * ERR_INVALID: the schema does not allow it. */
enum err order_store_line_save(struct db *db, const struct order_line *was,
    const struct order_line *is) MUST_CHECK;
enum err order_store_ship(struct db *db, int64_t shipment_id, int64_t order_id,
    struct str carrier, struct str tracking, int64_t now) MUST_CHECK;
enum err order_store_ship_line(
    struct db *db, int64_t shipment_id, int64_t line_id, int64_t quantity) MUST_CHECK;
struct order_refund_line {
    int64_t quantity, amount, withdrawn, restocked;
};
enum err order_store_refund_line(struct db *db, int64_t refund_id, int64_t line_id,
    const struct order_refund_line *r) MUST_CHECK;
/* refund_id 0: without one. */
enum err order_store_return(struct db *db, int64_t return_id, int64_t order_id,
    int64_t refund_id, struct str reason, const char *actor, int64_t now) MUST_CHECK;
enum err order_store_return_line(struct db *db, int64_t return_id, int64_t line_id,
    int64_t quantity, bool restock) MUST_CHECK;

/* --- order_history_store.c --- */

/* The parcels, refunds and returns of an order whose lines are read. */
enum err order_history_get(struct db *db, struct arena *a, struct order *o) MUST_CHECK;

/* --- order_deed.c: what shipping, refunding and taking back have in common --- */

struct order_giving {
    int64_t amount, now;
    struct str reason;
    const char *actor;
    int64_t refund_id;      /* 0: make one */
    const char *fulfilment; /* NULL: as it was */
};
struct deed {
    struct arena *a;
    const struct order_deed *in;
    const void *how; /* what the work takes besides */
    enum err (*work)(struct db *db, struct deed *d);
    struct order_answer *out;
    struct fault *flt;
    /* for the work: */
    int64_t now;
    struct order o;         /* locked, with its lines in sku_id order */
    struct order_line *was; /* the lines as they were read */
    int64_t *units;         /* asked of o.lines[i] */
    int64_t *amount;        /* to be given for them, -1: their worth */
    struct order_line *back; /* whose units went back on the shelf */
    size_t back_n;
};
/* One transaction: the key, the order and its lines locked, the items found, the work,
 * the lines' counters written, the answer. */
enum err order_deed_do(struct db *db, struct deed *d) MUST_CHECK;
/* Is no more asked of any line than limit(line)? Else ERR_CONFLICT `slug`. */
enum err order_deed_within(const struct deed *d,
    int64_t (*limit)(const struct order_line *l), const char *slug) MUST_CHECK;
/* A field fault at the item that asks for o.lines[i]. */
enum err order_deed_fault(const struct deed *d, size_t i, const char *member,
    const char *code, const char *detail, int64_t left);
/* Units of o.lines[i] go back on the shelf. */
enum err order_deed_restock(struct db *db, struct deed *d, size_t i, int64_t units,
    int64_t cause_id) MUST_CHECK;
/* order_refund.c: give `amount` back, plan[i] of it for o.lines[i]. Counts the lines up
 * in memory. */
enum err order_deed_refund(struct db *db, struct deed *d,
    const struct order_refund_line *plan, const struct order_giving *g) MUST_CHECK;
/* A pending order is held until then. */
enum err order_store_prolong(
    struct db *db, int64_t id, int64_t until, int64_t now) MUST_CHECK;

/* --- order_expire_store.c: SQL for many orders --- */

/* What may be closed now: due, and no payment tried since `tried`; the longest due first.
 */
enum err order_store_due_lag(
    struct db *db, struct arena *a, int64_t now, int64_t tried, int64_t *ms) MUST_CHECK;
enum err order_store_due(struct db *db, struct arena *a, int64_t now, int64_t tried,
    int64_t limit, int64_t **ids, size_t *n) MUST_CHECK;
/* Those of `ids` that still may, locked until the transaction's end. One that another
 * transaction has locked is left out, not waited for. */
enum err order_store_due_lock(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    int64_t now, int64_t tried, struct order_at **out, size_t *out_n) MUST_CHECK;
/* payment, fulfilment NULL: as they are. ERR_CONFLICT: one is not in c->from. */
enum err order_store_status_many(struct db *db, struct arena *a, const struct order_at *o,
    size_t n, const struct order_change *c, const char *payment,
    const char *fulfilment) MUST_CHECK;
enum err order_store_event_many(struct db *db, struct arena *a, const struct order_at *o,
    size_t n, const struct order_change *c) MUST_CHECK;
/* What paying asks of an order. */
struct order_brief {
    int64_t id, account_id, total, event_n;
    struct str guest_hash, currency;
    enum order_status status;
};
/* Those of `ids` that there are, locked in the order of their ids. */
enum err order_store_lock_many(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    struct order_brief **out, size_t *out_n) MUST_CHECK;
/* All their lines, in sku_id order. */
enum err order_store_units_many(struct db *db, struct arena *a, const struct order_at *o,
    size_t n, struct order_line **out, size_t *out_n) MUST_CHECK;

/* --- order_hold_store.c: what pending orders of one owner hold --- */

struct hold {
    struct str owner;
    int64_t orders, units, orders_max, units_max;
};
/* Add to the figures of these owners, who are ascending and without repeats. ERR_INVALID:
 * one of them would pass its cap; nothing was added. */
enum err hold_store_add(
    struct db *db, struct arena *a, const struct hold *h, size_t n) MUST_CHECK;
/* What these owners hold now, their rows locked; a missing row is 0. */
enum err hold_store_lock(
    struct db *db, struct arena *a, struct hold *h, size_t n) MUST_CHECK;
/* These orders, whose rows are locked, have just left 'pending'. ERR_INTERNAL: the figures
 * do not know them. */
enum err hold_store_release(struct db *db, struct arena *a, const struct order_at *o,
    size_t n) MUST_CHECK;
enum err hold_store_forget(struct db *db, int64_t limit, int64_t *n) MUST_CHECK;

/* --- order_hint_store.c --- */

/* A product's SKUs that have nothing left, and scope and key of the newest orders of them;
 * keys_n above `most`: there are more. */
struct hint_rows {
    int64_t *sku_id;
    struct str *key;
    size_t skus_n, keys_n;
};
enum err hint_store_load(struct db *db, struct arena *a, int64_t product_id, int64_t most,
    struct hint_rows *out) MUST_CHECK;
/* The key as the schema compares it (order_draft.c). */
struct str order_idem_key(const struct order_in *in);

/* --- order_check.c: what may be ordered, before any transaction --- */

/* Address (country in upper case afterwards), e-mail, wanted lines: ERR_INVALID with
 * every fault found. */
enum err order_check(struct arena *a, struct order_in *in, struct fault *flt) MUST_CHECK;
/* The country (in upper case afterwards), the wanted lines alone: for a quote. */
enum err order_check_country(
    struct arena *a, struct str *country, struct fault *flt) MUST_CHECK;
enum err order_check_wants(const struct order_in *in, struct fault *flt) MUST_CHECK;

/* --- order_idem.c: the key that makes a repeated request harmless --- */

/* Claim the key by INSERT; without a key nothing is done. ERR_OK with out->replayed: it
 * was answered before. ERR_INVALID "idempotency_key_reused", ERR_CONFLICT
 * "request_in_progress". */
enum err order_idem_claim(struct db *db, struct arena *a, const struct once *k,
    int64_t order_id, struct order_answer *out, struct fault *flt) MUST_CHECK;
/* What the stored row answers to a repeat; ERR_INVALID "idempotency_key_reused". */
enum err order_idem_replay(struct arena *a, const struct once *k,
    const struct once_row *row, struct order_answer *out, struct fault *flt) MUST_CHECK;
/* Store what is answered, for repeats. */
enum err order_idem_answer(
    struct db *db, const struct once *k, const struct order_answer *an) MUST_CHECK;

/* --- shared by closing, paying and refunding --- */

/* Who acts, as events name it: "user:7", "guest", "shop". */
const char *order_actor(struct arena *a, const struct shopper *who);
/* Give every line's units back; *lines names the products that changed. */
enum err order_give_back(struct db *db, struct arena *a, int64_t id, enum stock_back kind,
    const char *actor, struct order_line **lines, size_t *n) MUST_CHECK;
/* After COMMIT: these lines' products show another stock. */
void order_products_changed(
    struct cache *cache, const struct order_line *lines, size_t n);
/* The coupon and the units of an expired order once more, all or none (the caller's roll
 * back); it keeps its price. ERR_CONFLICT "not_payable": the goods are gone, or the coupon
 * is used up, which is like it. */
enum err order_revive(struct db *db, struct arena *a, const struct order *o,
    const char *actor, struct order_line **lines, size_t *n,
    struct fault *flt) MUST_CHECK;
/* Is it told of this attempt, to the unit? */
bool order_settle_same(const struct payment *pm, const struct pay_told *t);
/* Refund part of a locked order's payment and move its status; *now_in gets the new one.
 */
enum err order_refund_locked(struct db *db, struct arena *a, const struct order *o,
    const struct order_giving *g, enum order_status *now_in,
    struct fault *flt) MUST_CHECK;

#endif
