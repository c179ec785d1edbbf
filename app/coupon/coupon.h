/* Coupons: who may use which, and how often. What one takes off is price_quote()'s to
 * say.
 *
 * An order with a coupon holds one of its slots by a row of coupon_redemption, in the
 * order's own transaction; UNIQUE keys and a CHECK are the last word on the limits.
 * Whoever changes a coupon's redemptions locks the coupon first, several in id order, and
 * before any row of stock. */
#ifndef SOUK_COUPON_COUPON_H
#define SOUK_COUPON_COUPON_H

#include "account/shopper.h"
#include "db/db.h"
#include "price/price.h"

#define COUPON_CODE_MAX 40

struct coupon {
    int64_t id, version, created_at, updated_at;
    struct price_coupon p;
    int64_t starts_at, ends_at; /* -1: none; used from starts_at, before ends_at */
    int64_t limit_total, limit_per_account; /* 0: none */
    int64_t used;                           /* orders that hold it now */
    bool active;
};

/* A code as it is stored: upper case, 1 to 40 of A-Z 0-9 - _; STR_NULL: it can be none.
 */
struct str coupon_code(struct arena *a, struct str typed);
/* Whose uses are counted together: an account's, or an e-mail address's. 32 bytes. */
struct str coupon_who(struct arena *a, const struct shopper *who, struct str email);
const char *coupon_kind_text(enum coupon_kind k);

/* --- looking at a coupon without using it --- */

/* The coupon of a code that somebody typed, which is open now and not used up, neither as
 * a whole nor by `who` (STR_NULL: not known yet). ERR_INVALID with a fault at /coupon:
 * unknown_coupon (or not active), coupon_not_started, coupon_over, coupon_used_up. */
enum err coupon_look(struct db *db, struct arena *a, struct str typed, struct str who,
    int64_t now, struct coupon *out, struct fault *flt) MUST_CHECK;

/* --- using coupons: the desk of one transaction --- */

struct coupon_desk;
struct coupon_ask {
    struct str code, who; /* code as coupon_code() gives it */
};
/* Lock the coupons asked for and read who holds what. Nothing is asked: no statement. */
enum err coupon_desk_open(struct db *db, struct arena *a, const struct coupon_ask *ask,
    size_t n, struct coupon_desk **out) MUST_CHECK;
/* The coupon if it is open at `now`; faults as coupon_look()'s but coupon_used_up. */
enum err coupon_desk_find(const struct coupon_desk *d, struct str code, int64_t now,
    const struct coupon **out, struct fault *flt) MUST_CHECK;
/* First come, first served: a slot for this order. ERR_INVALID coupon_used_up. */
enum err coupon_desk_take(struct coupon_desk *d, const struct coupon *c, struct str who,
    int64_t order_id, struct fault *flt) MUST_CHECK;
/* Write what was taken; the orders are there already. ERR_CONFLICT: a slot is taken. */
enum err coupon_desk_write(
    struct db *db, struct arena *a, struct coupon_desk *d, int64_t now) MUST_CHECK;

/* --- what becomes of the order --- */

/* Orders are cancelled or expire: their slots are free again. Orders without a coupon are
 * passed over. The caller holds the orders' rows; before any row of stock is touched. */
enum err coupon_give_back(struct db *db, struct arena *a, const int64_t *order_ids,
    size_t n, int64_t now) MUST_CHECK;
/* An expired order is paid after all: its slots once more, whatever the coupon's window.
 * ERR_CONFLICT: others have them. */
enum err coupon_take_again(struct db *db, struct arena *a, int64_t order_id) MUST_CHECK;

/* --- for the shop's people; each in the caller's transaction --- */

/* Brings it into form. ERR_INVALID with every bad member. */
enum err coupon_check(struct arena *a, struct coupon *c, struct fault *flt) MUST_CHECK;
/* ERR_CONFLICT "coupon_taken": the code is another's. */
enum err coupon_add(struct db *db, struct coupon *c, struct fault *flt) MUST_CHECK;
/* What is stored under c->id becomes this; the row is locked. Faults as coupon_add()'s,
 * and ERR_INVALID "limit_below_uses". */
enum err coupon_change(
    struct db *db, struct arena *a, struct coupon *c, struct fault *flt) MUST_CHECK;
/* ERR_CONFLICT "in_use": orders were placed with it. */
enum err coupon_remove(struct db *db, int64_t id, struct fault *flt) MUST_CHECK;
enum err coupon_get(
    struct db *db, struct arena *a, int64_t id, bool lock, struct coupon *out) MUST_CHECK;
/* Newest first. */
/* The newest first, from before the id `after` (0: the newest) on. */
enum err coupon_walk(struct db *db, struct arena *a, int64_t limit, int64_t after,
    struct coupon **out, size_t *n) MUST_CHECK;
enum err coupon_list(struct db *db, struct arena *a, int64_t limit, int64_t skip,
    struct coupon **out, size_t *n, int64_t *total) MUST_CHECK;

#endif
