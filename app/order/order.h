/* Orders: placing (all lines or none), paying, cancelling, expiring, shipping, refunding.
 * A change of status is one guarded UPDATE whose row count decides, and an order_event.
 */
#ifndef SOUK_ORDER_ORDER_H
#define SOUK_ORDER_ORDER_H

#include "account/shopper.h"
#include "db/db.h"
#include "kv/cache.h"
#include "price/price.h"

#define ORDER_LINES_MAX PRICE_LINES_MAX

enum order_status {
    ORDER_PENDING,
    ORDER_PAID,
    ORDER_SHIPPED,
    ORDER_COMPLETED,
    ORDER_CANCELLED,
    ORDER_EXPIRED,
    ORDER_REFUNDED,
    ORDER_PARTIALLY_REFUNDED,
    ORDER_STATUS__MAX
};
const char *order_status_text(enum order_status s);
bool order_status_parse(struct str s, enum order_status *out);
/* May an order go from one to the other? The one table of transitions:
 *
 *   pending            -> paid, cancelled (by customer or shop), expired (unpaid when
 * due) paid               -> shipped, refunded, partially_refunded, cancelled (total 0
 * only) shipped            -> completed, refunded, partially_refunded completed ->
 * refunded, partially_refunded partially_refunded -> partially_refunded (one more part),
 * refunded, shipped, completed refunded           -> cancelled (while not shipped: its
 * units go back) expired            -> paid (a late payment, when its units can still be
 * had) cancelled          -> nothing
 *
 * A paid order that is cancelled goes through refunded: its money goes back first. What
 * has been shipped is never cancelled, whatever its status is by then: fulfilment_status
 * says. */
bool order_may_become(enum order_status from, enum order_status to);

struct address {
    struct str name, line1, line2, city, region, postal_code, country;
};
struct order_line {
    int64_t id, product_id, sku_id, unit_price, quantity, line_total;
    int64_t discount, tax, tax_ppm; /* tax: contained in the line if tax_inclusive */
    bool tax_inclusive;
    struct str sku, name, slug, image; /* slug and image: today's, for pages */
};
struct order_event {
    struct str from, to, actor, reason;
    int64_t created_at;
};
struct order_payment {
    int64_t id, amount, refunded, created_at;
    struct str provider, reference, status;
};
struct order {
    int64_t id, account_id;
    struct str number, email, guest_hash;
    enum order_status status;
    struct str payment_status, fulfilment_status, currency;
    int64_t subtotal, discount, shipping, tax, total, refunded;
    int64_t tax_included, shipping_tax, shipping_tax_ppm; /* see price_totals */
    bool shipping_tax_inclusive;
    struct str coupon; /* its code, empty: none */
    struct str shipping_method, carrier, tracking;
    struct address address;
    int64_t created_at, updated_at, expires_at, shipped_at;
    struct order_line *lines; /* NULL in a list */
    size_t n;
    struct str first_name; /* in a list: what the first line is */
};

/* An Idempotency-Key: whose, for which call, and what was sent with it (32 bytes). */
struct order_idem {
    struct str scope, key, body_hash; /* key STR_NULL: none */
};

struct order_want {
    struct str sku;
    int64_t quantity;
};
struct order_in {
    struct shopper who;
    struct str email; /* empty: the account's */
    struct address address;
    const struct order_want *want; /* NULL: the cart, which is emptied by the order */
    size_t n;
    struct str shipping_method, coupon; /* STR_NULL: default, none */
    const struct price_rules *rules;    /* NULL: no tax, free delivery */
    int64_t expected_total;             /* -1: none */
    struct str expected_currency;
    struct str idem_scope, idem_key; /* STR_NULL key: none (pages always have one) */
    struct str body_hash;            /* 32 bytes */
    int64_t hold_ms;
    struct str default_currency;
};
struct order_answer {
    int64_t order_id;
    int http_status;
    struct str body; /* the JSON as answered the first time */
    bool replayed;
};
/* Place it in one transaction with its idempotency row, alone on this connection;
 * order_committer.h places those of many threads together. Faults: ERR_CONFLICT
 * "out_of_stock" (each line with sku and available), "cart_changed" (new total),
 * "request_in_progress" (retry_after 1); ERR_INVALID: unknown or archived SKU, empty
 * cart, currency_mismatch, "idempotency_key_reused" (422), a coupon's or price_quote()'s
 * faults. `cache` is told of the products after COMMIT. */
enum err order_place(struct db *db, struct arena *a, struct cache *cache,
    const struct order_in *in, struct order_answer *out, struct fault *flt) MUST_CHECK;

/* What an order of these lines would come to; nothing is reserved, and what is in stock is not
 * asked. `cart` when in->want is NULL. Of `in` also address.country (STR_NULL: not known yet,
 * no delivery and no tax), shipping_method, coupon and who uses it. ERR_INVALID: the faults
 * of order_place(). */
struct cart;
struct order_quote {
    struct order o; /* without id, number, address */
    struct price_method methods[PRICE_METHODS_MAX]; /* to choose from */
    size_t methods_n;
};
enum err order_quote(struct db *db, struct arena *a, const struct order_in *in,
    const struct cart *cart, struct order_quote *out, struct fault *flt) MUST_CHECK;

/* One's own; `who` NULL: any (the shop's people). ERR_NOT_FOUND: none, or not theirs. */
enum err order_get(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    struct order *out) MUST_CHECK;
/* A guest who signs in: the orders placed with this guest's token are the account's from now
 * on. Own statement; none is ERR_OK. */
enum err order_claim(struct db *db, struct str guest_hash, int64_t account_id) MUST_CHECK;
/* Newest first without lines, but with their number and the first one's name; `status` STR_NULL: all. after: the last id seen, or 0. */
struct order_filter {
    const struct shopper *who;
    struct str status;
    struct str q; /* an order's number or the beginning of an e-mail address */
    int64_t page, per_page, after;
};
enum err order_list(struct db *db, struct arena *a, const struct order_filter *f,
    struct order **out, size_t *n, int64_t *total) MUST_CHECK;
enum err order_events(struct db *db, struct arena *a, int64_t id,
    struct order_event **out, size_t *n) MUST_CHECK;
enum err order_payments(struct db *db, struct arena *a, int64_t id,
    struct order_payment **out, size_t *n) MUST_CHECK;

/* An order with all that is known of it. */
struct order_full {
    struct order o;
    struct order_event *events;
    size_t events_n;
    struct order_payment *payments;
    size_t payments_n;
};
enum err order_get_full(
    struct db *db, struct arena *a, int64_t id, struct order_full *out) MUST_CHECK;

/* Each in its own transaction(s), idempotent where the contract says so.  ERR_DECLINED,
 * ERR_CONFLICT "not_payable", "not_cancellable", "not_shippable", "not_refundable". */
enum err order_pay(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    bool approve, struct cache *cache, struct fault *flt) MUST_CHECK;
enum err order_cancel(struct db *db, struct arena *a, const struct shopper *who,
    int64_t id, const char *actor, struct cache *cache, struct fault *flt) MUST_CHECK;
enum err order_ship(struct db *db, struct arena *a, int64_t id, struct str carrier,
    struct str tracking, const char *actor, struct fault *flt) MUST_CHECK;
/* What order_refund() does, at most once for a key: a repeat gets the first answer, the
 * order as the shop's people see it, without a second refund. Faults of keys as
 * order_place()'s. */
struct order_refund_in {
    int64_t id, amount;
    struct str reason;
    const char *actor;
    struct order_idem once;
};
enum err order_refund_once(struct db *db, struct arena *a,
    const struct order_refund_in *in, struct order_answer *out,
    struct fault *flt) MUST_CHECK;
/* amount -1: all that is left. */
enum err order_refund(struct db *db, struct arena *a, int64_t id, int64_t amount,
    struct str reason, const char *actor, struct fault *flt) MUST_CHECK;
/* The sweep: close at most `limit` orders that are due at now_ms, give their stock back.
 * *n counts those this call closed. */
enum err order_expire_due(struct db *db, struct arena *a, struct cache *cache,
    int64_t now_ms, int64_t limit, int64_t *n) MUST_CHECK;
/* Remove idempotency keys older than 24 h, at most `limit`. */
enum err order_forget_keys(
    struct db *db, int64_t now_ms, int64_t limit, int64_t *n) MUST_CHECK;

/* Is this a country of ISO 3166-1 (alpha-2, upper case)? */
bool country_known(struct str alpha2);
/* The i-th country in name order, false past the end: for the checkout's select. */
bool country_at(size_t i, struct str *alpha2, struct str *name);

#endif
