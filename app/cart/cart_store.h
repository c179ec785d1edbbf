/* Carts in the database: what cart.c asks for. Lines change only while the cart is
 * locked. */
#ifndef SOUK_CART_CART_STORE_H
#define SOUK_CART_CART_STORE_H

#include "cart/cart.h"

struct cart_line {
    int64_t id, cart_id, sku_id, quantity;
};

/* ERR_NOT_FOUND: the shopper has no cart. */
enum err cart_store_lock(struct db *db, struct arena *a, const struct shopper *who,
    int64_t *cart_id) MUST_CHECK;
/* ERR_CONFLICT: the shopper has one by now. */
enum err cart_store_new(
    struct db *db, const struct shopper *who, int64_t id, int64_t now) MUST_CHECK;
/* In the order they were put in; at most CART_LINES_MAX. */
enum err cart_store_lines(struct db *db, struct arena *a, const struct shopper *who,
    struct cart_line **out, size_t *n) MUST_CHECK;
/* The same as they are shown, into out[0..CART_LINES_MAX) without their totals; the cart's id,
 * if there are any. */
enum err cart_store_items(struct db *db, struct arena *a, const struct shopper *who,
    struct cart_item *out, size_t *n, int64_t *cart_id) MUST_CHECK;
enum err cart_store_count(
    struct db *db, struct arena *a, const struct shopper *who, int64_t *out) MUST_CHECK;
enum err cart_store_add(struct db *db, const struct cart_line *l) MUST_CHECK;
enum err cart_store_set(struct db *db, int64_t item_id, int64_t quantity) MUST_CHECK;
/* ERR_NOT_FOUND: not in this shopper's cart. */
enum err cart_store_remove(
    struct db *db, const struct shopper *who, int64_t item_id) MUST_CHECK;
enum err cart_store_clear(struct db *db, const struct shopper *who) MUST_CHECK;
/* The cart itself, with its lines. */
enum err cart_store_drop(struct db *db, int64_t cart_id) MUST_CHECK;
enum err cart_store_touch(struct db *db, int64_t cart_id, int64_t now) MUST_CHECK;

/* Rows of id, cart_id, sku_id, quantity. */
struct cart_line *cart_lines_read(struct arena *a, const struct db_rows *r);

/* --- many carts (cart_many_store.c) --- */

struct cart_row {
    int64_t id, account_id; /* 0: none */
    struct str guest_hash;
    int64_t updated_at;
};
/* Lock the cart of each; id 0 where there is none. */
enum err cart_store_lock_many(struct db *db, struct arena *a, const struct shopper *const *who,
    size_t n, struct cart_row *out) MUST_CHECK;
/* ERR_CONFLICT: one of them has one by now. */
enum err cart_store_new_many(
    struct db *db, struct arena *a, const struct cart_row *c, size_t n) MUST_CHECK;
/* All lines of these carts, each cart's in the order they were put in. */
enum err cart_store_lines_many(struct db *db, struct arena *a, const int64_t *cart_id, size_t n,
    struct cart_line **out, size_t *out_n) MUST_CHECK;
/* Lines that are new, or stand there with another quantity (`changed` of them) or with this.
 * ERR_BUSY: not so, by now. */
enum err cart_store_put_many(struct db *db, struct arena *a, const struct cart_line *l, size_t n,
    size_t changed) MUST_CHECK;
enum err cart_store_touch_many(struct db *db, struct arena *a, const int64_t *cart_id, size_t n,
    int64_t now) MUST_CHECK;

#endif
