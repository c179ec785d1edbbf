/* Carts: what a shopper means to buy. Reserves nothing; reading never writes. */
#ifndef SOUK_CART_CART_H
#define SOUK_CART_CART_H

#include "account/shopper.h"
#include "catalog/catalog.h"

#define CART_LINES_MAX 100
#define CART_QUANTITY_MAX 9999

struct cart_item {
    int64_t id, quantity, line_total;
    struct sku_info sku;
};
struct cart {
    int64_t id; /* 0: none stored yet */
    struct cart_item items[CART_LINES_MAX];
    size_t n;
    int64_t count; /* units */
    int64_t subtotal;
    struct str currency;
};

/* The shopper's cart with today's prices; empty when there is none. */
enum err cart_get(struct db *db, struct arena *a, const struct shopper *who,
    struct str default_currency, struct cart *out) MUST_CHECK;
/* Units in it, for the header. */
enum err cart_count(
    struct db *db, struct arena *a, const struct shopper *who, int64_t *out) MUST_CHECK;
/* One change of a line, and what became of it. */
struct cart_change {
    const struct shopper *who;
    struct str sku;   /* units of it are added to what is there; STR_NULL: of ... */
    int64_t item_id;  /* ... this line there are so many from now on */
    int64_t quantity;
    struct fault *flt;
    /* ERR_NOT_FOUND "unknown_sku" (field /sku), or not in this shopper's cart; ERR_CONFLICT
     * "out_of_stock" when nothing is left or more than is left would be in the cart;
     * ERR_INVALID: 100 lines, quantity, currency_mismatch; or as the database's. */
    enum err e;
    struct cart_item item; /* the line as it is now, without an image; its texts are a's */
};
#define CART_CHANGES_MAX 64
/* Changes of as many carts, at most CART_CHANGES_MAX, each with its own end, in one
 * transaction. No shopper may be there twice. */
void cart_change(struct db *db, struct arena *a, struct cart_change *const *c, size_t n);
/* ERR_NOT_FOUND: not in this shopper's cart. */
enum err cart_remove(
    struct db *db, const struct shopper *who, int64_t item_id) MUST_CHECK;
/* Lock the shopper's cart for the caller's transaction, so that what is read of it stays
 * true until COMMIT; *cart_id 0: there is none. */
enum err cart_lock(struct db *db, struct arena *a, const struct shopper *who,
    int64_t *cart_id) MUST_CHECK;
/* Empty the cart of a shopper, in the caller's transaction (an order took its lines). */
enum err cart_clear(struct db *db, const struct shopper *who) MUST_CHECK;

/* Remove guests' carts that nobody touched since before_ms, at most `limit`; *n counts them. */
enum err cart_forget(struct db *db, int64_t before_ms, int64_t limit, int64_t *n) MUST_CHECK;

/* At login: the guest's lines go into the account's cart; quantities add up, capped at
 * what is in stock. *capped counts the lines that were cut, so that the shopper can be
 * told. A guest without a cart is ERR_OK. Own transaction. */
enum err cart_merge(struct db *db, struct arena *a, struct str guest_hash,
    int64_t account_id, int64_t *merged, int64_t *capped) MUST_CHECK;

#endif
