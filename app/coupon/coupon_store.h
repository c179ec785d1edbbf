/* Coupons and redemptions in the database: what coupon*.c ask for. Decides nothing. */
#ifndef SOUK_COUPON_COUPON_STORE_H
#define SOUK_COUPON_COUPON_STORE_H

#include "coupon/coupon.h"

/* coupon.c: may it be used at `now`? `c` NULL: there is none. Faults at /coupon. */
enum err coupon_open(const struct coupon *c, int64_t now, struct fault *flt) MUST_CHECK;
enum err coupon_used_up(struct fault *flt) MUST_CHECK;

enum err coupon_store_code(
    struct db *db, struct arena *a, struct str code, struct coupon *out) MUST_CHECK;
/* Lock those of these codes that exist, in id order. */
enum err coupon_store_lock(struct db *db, struct arena *a, const struct str *codes,
    size_t n, struct coupon **out, size_t *out_n) MUST_CHECK;
struct coupon_held {
    int64_t coupon_id, who_slot; /* 0: none */
    struct str who;
};
/* What these hold of these coupons. */
struct coupon_holders {
    const int64_t *coupon_ids;
    size_t ids_n;
    const struct str *who;
    size_t who_n;
};
enum err coupon_store_held(struct db *db, struct arena *a, const struct coupon_holders *h,
    struct coupon_held **out, size_t *out_n) MUST_CHECK;
enum err coupon_store_top(
    struct db *db, struct arena *a, int64_t coupon_id, int64_t *slot) MUST_CHECK;
/* All slots that are held, ascending. */
enum err coupon_store_slots(struct db *db, struct arena *a, int64_t coupon_id,
    int64_t **out, size_t *n) MUST_CHECK;
struct redemption {
    int64_t order_id, coupon_id, slot, who_slot; /* who_slot 0: none */
    struct str who;
};
enum err coupon_store_redeem(struct db *db, struct arena *a, const struct redemption *r,
    size_t n, int64_t now) MUST_CHECK;
/* ERR_INTERNAL: not so many are held, or above the limit. */
enum err coupon_store_used(struct db *db, int64_t id, int64_t more) MUST_CHECK;
enum err coupon_store_of_orders(struct db *db, struct arena *a, const int64_t *order_ids,
    size_t n, struct redemption **out, size_t *out_n) MUST_CHECK;
enum err coupon_store_release(struct db *db, struct arena *a, const struct redemption *r,
    size_t n, int64_t now) MUST_CHECK;
/* ERR_NOT_FOUND: the order has none, or has it still. */
enum err coupon_store_released(
    struct db *db, struct arena *a, int64_t order_id, struct redemption *out) MUST_CHECK;
enum err coupon_store_again(struct db *db, const struct redemption *r) MUST_CHECK;
/* The most that one buyer holds. */
enum err coupon_store_most(
    struct db *db, struct arena *a, int64_t coupon_id, int64_t *out) MUST_CHECK;
enum err coupon_store_add(struct db *db, const struct coupon *c) MUST_CHECK;
enum err coupon_store_change(struct db *db, const struct coupon *c) MUST_CHECK;
enum err coupon_store_remove(struct db *db, int64_t id) MUST_CHECK;

#endif
