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

#endif
