/* Orders: placing (all lines or none), paying, cancelling, expiring, shipping, refunding.
 * A change of status is one guarded UPDATE whose row count decides, and an order_event.
 */
#ifndef SOUK_ORDER_ORDER_H
#define SOUK_ORDER_ORDER_H

#include "account/shopper.h"
#include "db/db.h"
#include "db/lease.h"
#include "db/tally.h"
#include "kv/cache.h"
#include "once/once.h"
#include "payment/payment.h"
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
 *   pending             paid; cancelled (by customer or shop); expired (unpaid when due)
 *   paid                itself (a part was shipped, or came back); shipped; refunded,
 *                       partially_refunded; cancelled (only with nothing to pay)
 *   shipped             itself (goods came back); completed; refunded, partially_refunded
 *   completed           itself (goods came back); refunded, partially_refunded
 *   partially_refunded  itself (one more part of money or goods); refunded; shipped;
 *                       completed
 *   refunded            itself (goods came back); cancelled (while nothing was shipped: its
 *                       units go back)
 *   expired             paid (a late payment, when its units can still be had)
 *   cancelled           nothing
 *
 * A paid order that is cancelled goes through refunded: its money goes back first. What
 * has been shipped, even in part, is never cancelled, whatever its status is by then:
 * fulfilment_status says. */
bool order_may_become(enum order_status from, enum order_status to);

struct address {
    struct str name, line1, line2, city, region, postal_code, country;
};
/* Is it one that things can be sent to? Trims it and capitalises the country's code; faults
 * at "/line1" and so on. */
enum err order_check_address(struct arena *a, struct address *ad, struct fault *flt) MUST_CHECK;
struct order_line {
    int64_t id, product_id, sku_id, unit_price, quantity, line_total;
    int64_t discount, tax, tax_ppm; /* tax: contained in the line if tax_inclusive */
    bool tax_inclusive;
    struct str sku, name, slug, image; /* slug and image: today's, for pages */
    /* What became of its units. withdrawn: refunded before they were shipped, never to be
     * sent; returned: of the shipped ones; restocked: back on the shelf, of both; refunded:
     * whose money went back, refunded_amount. */
    int64_t shipped, withdrawn, returned, restocked, refunded, refunded_amount;
};
/* The line as price_net() and price_gross() take it. */
struct price_part order_line_part(const struct order_line *l);
/* Units of a line that are still to be sent. */
int64_t order_line_open(const struct order_line *l);
/* Units of it whose money can still go back. */
int64_t order_line_unrefunded(const struct order_line *l);
/* What the next `n` units of it to be refunded are worth: of what was paid for the line, by
 * largest remainder, and never more than is left of that. */
int64_t order_line_worth(const struct order_line *l, int64_t n);

/* One parcel, refund or return, with the lines it is about. */
struct order_part_line {
    int64_t line_id, quantity, amount; /* amount: refunds */
    struct str sku, name;
};
struct order_part {
    int64_t id, created_at, amount;
    struct str carrier, tracking; /* parcels */
    struct str reason, actor;     /* refunds, returns */
    bool restock;                 /* of a return, or of a refund's unsent units */
    struct order_part_line *lines;
    size_t n;
};
struct order_history {
    struct order_part *shipments, *refunds, *returns; /* oldest first */
    size_t shipments_n, refunds_n, returns_n;
};
struct order_event {
    struct str from, to, actor, reason;
    struct str what; /* STR_NULL: `to` says it; else part_shipped, part_refunded, returned */
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
    struct str shipping_method, carrier, tracking; /* of the last parcel */
    struct address address;
    int64_t created_at, updated_at, expires_at, shipped_at;
    struct order_line *lines; /* NULL in a list */
    size_t n;
    struct order_history history; /* empty in a list */
    struct str first_name; /* in a list: what the first line is */
};

struct order_want {
    struct str sku;
    int64_t quantity;
};
/* Against whom its units count until it is paid or closed; owner STR_NULL: nobody. */
struct order_cap {
    struct str owner; /* at most 40 bytes of ASCII */
    int64_t orders, units;
};
struct order_in {
    struct shopper who;
    struct order_cap cap;
    struct str sales;          /* those that run, for sale_terms() */
    struct order_hints *hints; /* told of what is sold out; NULL: none are kept */
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
 * "request_in_progress" (retry_after 1); ERR_LIMIT "too_many_pending"; ERR_INVALID:
 * unknown or archived SKU, empty cart, currency_mismatch, "idempotency_key_reused" (422),
 * a coupon's or price_quote()'s faults. `cache` is told of the products after COMMIT. */
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
/* The same without what the catalogue has for its lines today: slug and image. */
enum err order_get_plain(struct db *db, struct arena *a, const struct shopper *who,
    int64_t id, struct order *out) MUST_CHECK;
/* The same for many of anybody's, in a few statements; `out` is all zero before, and stays so
 * for one that is not there. ERR_TOO_LARGE: they have too many lines, read them one by one. */
enum err order_get_many(struct db *db, struct arena *a, const int64_t *ids, size_t n,
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
    bool walk; /* from `after` on (0: the newest), whatever page; *total is -1 then */
};
/* *total is exact up to TALLY_EXACT (lib/db/tally.h). */
enum err order_list(struct db *db, struct arena *a, const struct order_filter *f,
    struct order **out, size_t *n, int64_t *total) MUST_CHECK;
enum err order_events(struct db *db, struct arena *a, int64_t id,
    struct order_event **out, size_t *n) MUST_CHECK;
enum err order_payments(struct db *db, struct arena *a, int64_t id,
    struct order_payment **out, size_t *n) MUST_CHECK;

/* Has the account orders that are unpaid, or not sent yet? */
enum err order_any_open(struct db *db, struct arena *a, int64_t account_id, bool *any)
    MUST_CHECK;
/* Take the person out of an account's orders, in the caller's transaction: sums, lines and the
 * country stay. */
enum err order_forget_person(struct db *db, struct arena *a, int64_t account_id) MUST_CHECK;

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

/* Each in its own transaction(s), idempotent where the contract says so.
 * ERR_CONFLICT "not_cancellable", "not_shippable", "not_refundable",
 * "not_returnable", "not_completable". */
enum err order_cancel(struct db *db, struct arena *a, const struct shopper *who,
    int64_t id, const char *actor, struct cache *cache, struct fault *flt) MUST_CHECK;

/* One attempt to pay, in three steps: begin and end each on a connection, the provider
 * asked between them on none. ERR_CONFLICT "not_payable", ERR_DECLINED "payment_declined",
 * ERR_UPSTREAM "payment_unavailable" (nothing is lost: the next attempt, a message or the
 * sweep goes on from there), ERR_INVALID "payment_mismatch". */
struct order_pay {
    const struct shopper *who;
    int64_t id;
    enum pay_asked asked; /* PAY_PAGE: the buyer decides at told.page */
    int64_t settle_ms;    /* PAY_PAGE: the order, which stays pending, is held so long; 0:
                             as long as it is held anyway */
    bool tell;            /* the order shall be read afterwards */
    /* what was found: */
    struct str order; /* it, as order_jout() has it; STR_NULL: read it yourself */
    bool paid;        /* it was before */
    struct payment pm;
    struct pay_told told;
};
enum err order_pay_begin(
    struct db *db, struct arena *a, struct order_pay *p, struct fault *flt) MUST_CHECK;
enum err order_pay_ask(const struct pay_desk *desk, struct arena *a, struct order_pay *p,
    struct fault *flt) MUST_CHECK;
enum err order_pay_end(struct db *db, struct arena *a, const struct pay_desk *desk,
    const struct order_pay *p, struct cache *cache, struct fault *flt) MUST_CHECK;
/* All three, for who has a connection to spare. */
enum err order_pay(struct db *db, struct arena *a, const struct pay_desk *desk,
    struct order_pay *p, struct cache *cache, struct fault *flt) MUST_CHECK;
/* The attempts of one's own order that are not decided. */
enum err order_pay_open(struct db *db, struct arena *a, const struct shopper *who,
    int64_t id, struct payment **out, size_t *n) MUST_CHECK;

/* What a provider says of a payment, made true in the books; see order_settle.c.
 * ERR_NOT_FOUND: nobody knows the reference. */
enum order_settled_as {
    ORDER_SETTLED_NOTHING, /* it was so before, or is not decided */
    ORDER_SETTLED_PAID,
    ORDER_SETTLED_DECLINED,
    ORDER_SETTLED_LATE,    /* the order cannot take it: it goes back by itself */
    ORDER_SETTLED_MISMATCH /* another sum than was asked */
};
struct order_settle_in {
    const struct pay_provider *provider;
    const struct pay_told *told;
    const struct payment *payment; /* which; NULL: found by what was told */
    const struct pay_event *event; /* that said so; NULL: we asked */
    const char *actor;
};
struct order_settled {
    enum order_settled_as became;
    int64_t order_id;
    enum order_status was;
    struct payment payment; /* as it was */
};
enum err order_settle(struct db *db, struct arena *a, struct cache *cache,
    const struct order_settle_in *in, struct order_settled *out,
    struct fault *flt) MUST_CHECK;
/* known[i]: the books say already what ev[i] tells; order_settle() would change nothing. */
enum err order_settle_known(struct db *db, struct arena *a, const struct pay_provider *p,
    const struct pay_event *ev, size_t n, bool *known) MUST_CHECK;
/* The sweep over attempts that a crash, an outage or a vanished buyer left open: pages whose
 * time is over at `now_ms`, all others from before `before_ms` (a request that pays takes
 * less long). Each is called off at its provider, and what that says is settled.
 * ERR_UPSTREAM: a provider does not answer. *n were asked about. */
enum err order_settle_overdue(struct db *db, struct arena *a, const struct pay_desk *desk,
    struct cache *cache, int64_t before_ms, int64_t now_ms, int64_t limit,
    int64_t *n) MUST_CHECK;

/* A line of the order by its SKU, and how many units of it. */
struct order_item {
    struct str sku;
    int64_t quantity;
    int64_t amount; /* refunds: what to give back for them, -1: what they are worth */
};
/* What shipping, refunding and taking back have in common. Each works at most once for a
 * key: a repeat gets the first answer, the order as the shop's people see it, and nothing
 * is done again. Faults of keys as order_place()'s; of items ERR_INVALID for a SKU that is
 * not in the order, twice there or no quantity, ERR_CONFLICT for more units than are left.
 * A refusal changes nothing. */
struct order_deed {
    int64_t id;
    const struct order_item *items;
    size_t n;
    const char *actor;
    struct cache *cache; /* told of products whose stock changed; may be NULL */
    struct once once;
};
/* Hand units to a carrier; no items: all that are left. The order is shipped when no line
 * has units left to be sent. */
struct order_ship_in {
    struct order_deed deed;
    struct str carrier, tracking;
};
enum err order_ship_once(struct db *db, struct arena *a, const struct order_ship_in *in,
    struct order_answer *out, struct fault *flt) MUST_CHECK;
/* All that is left, without a key. */
enum err order_ship(struct db *db, struct arena *a, int64_t id, struct str carrier,
    struct str tracking, const char *actor, struct fault *flt) MUST_CHECK;
/* Give money back: for items, an amount, or with neither all that is left. With both,
 * what the amount has above its items' worth belongs to no line. Units not shipped yet are
 * refunded first, and are not sent then: `restock` puts them on the shelf again. */
struct order_refund_in {
    struct order_deed deed;
    int64_t amount; /* -1: what the items are worth, or all that is left */
    bool restock;
    struct str reason;
};
enum err order_refund_once(struct db *db, struct arena *a,
    const struct order_refund_in *in, struct order_answer *out,
    struct fault *flt) MUST_CHECK;
/* Without items and key. amount -1: all that is left. */
enum err order_refund(struct db *db, struct arena *a, int64_t id, int64_t amount,
    struct str reason, const char *actor, struct fault *flt) MUST_CHECK;
/* Shipped units came back: on the shelf or not, with their money or not. At least one
 * item. */
struct order_return_in {
    struct order_deed deed;
    bool restock, refund;
    struct str reason;
};
enum err order_return_once(struct db *db, struct arena *a,
    const struct order_return_in *in, struct order_answer *out,
    struct fault *flt) MUST_CHECK;
/* The shop is done with an order that was shipped in whole. */
bool order_completable(const struct order *o);
enum err order_complete(struct db *db, struct arena *a, int64_t id, const char *actor,
    struct fault *flt) MUST_CHECK;
/* Those of these orders that are due, as the sweep would; the rest are left alone. */
enum err order_expire_these(struct db *db, struct arena *a, struct cache *cache,
    const int64_t *ids, size_t n, int64_t now_ms, int64_t *closed) MUST_CHECK;
/* How long each of these is held unpaid; those no longer pending are left out. */
struct order_hold {
    int64_t id, hold_ms;
};
enum err order_holds(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    struct order_hold **out, size_t *out_n) MUST_CHECK;
/* The sweep: close at most `limit` orders that are due at now_ms, many in a transaction, and
 * give their stock back; one that cannot be closed holds up no other. An order with a
 * payment attempt in flight is left alone for as long as attempts take. *n counts those this
 * call closed. Correct with any number of sweeps at once. */
enum err order_expire_due(struct db *db, struct arena *a, struct cache *cache,
    int64_t now_ms, int64_t limit, int64_t *n) MUST_CHECK;
/* The same for the holder of a lease, which every transaction keeps: one that has passed to
 * another writes nothing more and ends with ERR_CONFLICT. */
enum err order_expire_fenced(struct db *db, struct arena *a, struct cache *cache,
    const struct lease *lease, int64_t now_ms, int64_t limit, int64_t *n) MUST_CHECK;
/* Is anything due? One read of a short index. */
enum err order_any_due(struct db *db, struct arena *a, int64_t now_ms, bool *any) MUST_CHECK;
/* How long the one that is due longest has been so; 0: none is. */
enum err order_due_lag(struct db *db, struct arena *a, int64_t now_ms, int64_t *ms) MUST_CHECK;
/* Remove at most `limit` figures of guests' addresses that hold nothing any more. */
enum err order_forget_holds(struct db *db, int64_t limit, int64_t *n) MUST_CHECK;
/* Remove idempotency keys older than 24 h, at most `limit`. */
enum err order_forget_keys(
    struct db *db, int64_t now_ms, int64_t limit, int64_t *n) MUST_CHECK;

/* Is this a country of ISO 3166-1 (alpha-2, upper case)? */
bool country_known(struct str alpha2);
/* The i-th country in name order, false past the end: for the checkout's select. */
bool country_at(size_t i, struct str *alpha2, struct str *name);

extern const struct tally_kind order_tally;

#endif
