/* Orders placed together in one transaction: what the files of the batch share; nobody
 * else includes it. A batch of one is the ordinary case and takes the same way. */
#ifndef SOUK_ORDER_ORDER_BATCH_H
#define SOUK_ORDER_ORDER_BATCH_H

#include "coupon/coupon.h"
#include "order/order_parts.h"

#define BATCH_ORDERS_MAX 128
#define BATCH_LINES_MAX 512 /* of several orders; one alone may have ORDER_LINES_MAX */

/* An order on its way. Its memory is that of the caller, who waits until it is settled;
 * names and prices point into the batch's memory and are gone afterwards. */
struct placing {
    struct arena *a;
    struct order_in in;
    struct once once;
    struct order_answer *out;
    struct fault *flt;
    struct order od;
    struct sku_info *sku; /* of od.lines, same order */
    struct coupon_ask use;       /* the coupon it is to be placed with, who STR_NULL: none */
    struct coupon_desk *desk;    /* where that is found */
    const struct coupon *coupon; /* found there */
    enum err priced;      /* what pricing said, unless there is too little in stock */
    enum err e;           /* what became of it */
    bool open;            /* neither refused nor answered from an earlier time */
    bool put_off;         /* ERR_BUSY, for somebody holds a row of its stock */
};

/* --- order_draft.c: one order, without the database --- */

/* Check the input and make it ready for a batch. ERR_INVALID with every fault. */
enum err placing_init(struct placing *p, struct arena *a, const struct order_in *in,
    struct order_answer *out, struct fault *flt) MUST_CHECK;
/* Forget an earlier try: fresh ids and times, no faults, no lines. */
void placing_begin(struct placing *p);
/* Its fate is known. */
void placing_close(struct placing *p, enum err e);
/* The lines are gathered: copy names and prices, price it, make number and answer. It may
 * be closed afterwards. */
void placing_draft(struct placing *p);
/* Line i asks for more than is left. */
void placing_short_line(struct placing *p, size_t i, int64_t available);
/* Refuse it for `n` short lines. */
void placing_short(struct placing *p, size_t n);

/* --- order_price.c: what its lines come to --- */

/* Copy what the catalogue says at this moment into the lines. ERR_INVALID: one of them is
 * not for sale, or in another currency. */
enum err placing_lines(struct placing *p) MUST_CHECK;
/* Sums of the order and of each line. Faults as price_quote()'s. */
enum err placing_price(struct placing *p, const struct price_coupon *c) MUST_CHECK;

/* --- order_batch_tx.c: the transaction --- */

struct batch {
    struct arena *a; /* emptied at every try */
    struct placing **p;
    size_t n;
    struct placing **placed; /* those that are written */
    size_t placed_n;
    int64_t *sku_id, *left; /* what is left to admit orders against, in sku_id order */
    size_t sku_n;
    struct hold *held; /* when read: of the owners, ascending, and what they may hold */
    size_t held_n;
    bool careful;  /* look keys up, lock holds and stock before anything is written */
    bool impatient; /* careful, and orders whose stock is locked are put off, not waited for */
    struct coupon_desk *desk; /* NULL: nobody brings a coupon */
    bool ready;    /* all is written: what fails now fails in COMMIT */
    bool waited;   /* it failed after a long wait for somebody's lock */
    bool key_wait; /* namely for one of the idempotency keys */
    bool stock_wait; /* or for a row of stock */
};
/* For db_tx(); arg is a struct batch. Anything but ERR_OK means the batch, not an order,
 * failed; `waited` comes as ERR_UPSTREAM, which db_tx() does not try again. */
enum err order_batch_tx(struct db *db, void *arg) MUST_CHECK;

/* --- order_batch_gather.c --- */

/* Carts' lines, SKUs with their prices, accounts' addresses, for the open orders. One with
 * nothing to order is closed. */
enum err batch_gather(struct db *db, struct batch *b) MUST_CHECK;

/* --- order_batch_coupon.c --- */

/* Lock the coupons that the open orders bring. */
enum err batch_coupons_lock(struct db *db, struct batch *b) MUST_CHECK;
/* A slot of its coupon, if it brings one. ERR_INVALID coupon_used_up. */
enum err batch_coupon_take(struct batch *b, struct placing *p) MUST_CHECK;

/* --- order_hold.c: what shoppers may hold unpaid --- */

/* Read and lock what the owners of the batch hold, to admit by it. */
enum err batch_hold_begin(struct db *db, struct batch *b) MUST_CHECK;
/* May it be placed on top of that? Else it is closed. */
bool batch_hold_room(struct batch *b, struct placing *p);
/* It is placed on top of that. */
void batch_hold_count(struct batch *b, const struct placing *p);
/* Count those placed. ERR_CONFLICT: somebody would pass a cap. */
enum err batch_hold_write(struct db *db, struct batch *b) MUST_CHECK;

/* --- order_batch.c: tries, splits, lost answers --- */

/* Where the connections come from: a pool, or the one given (then a lost connection ends
 * it). */
struct batch_source {
    struct db_pool *pool;
    struct db *db;
    struct metrics *metrics; /* where tries are counted; may be NULL */
    int wary; /* so many batches more begin with care: repeats come in swarms */
    bool impatient; /* nobody may be waited for: as in struct batch */
};
/* Settle every order: p[i]->e, *p[i]->out and *p[i]->flt are each one's own. No two may
 * have the same key or the same cart. A batch that waited in vain for stock is tried once
 * more impatiently. `scratch` is emptied. */
void order_batch_settle(struct batch_source *s, struct arena *scratch,
    struct placing **p, size_t n);

/* --- order_batch_store.c: its SQL --- */

struct known_key {
    struct str scope, key;
    struct once_row row;
};
/* Which of these orders' keys were answered before. */
enum err batch_store_known(struct db *db, struct arena *a, struct placing *const *p,
    size_t n, struct known_key **out, size_t *out_n) MUST_CHECK;
/* ERR_CONFLICT: a key came in between. Orders without a key are passed over. */
enum err batch_store_keys(struct db *db, struct arena *a, struct placing *const *p,
    size_t n, int64_t now) MUST_CHECK;
/* Orders, lines and first events. ERR_CONFLICT: a number is taken, an account is gone. */
enum err batch_store_orders(
    struct db *db, struct arena *a, struct placing *const *p, size_t n) MUST_CHECK;
enum err batch_store_lines(
    struct db *db, struct arena *a, struct placing *const *p, size_t n) MUST_CHECK;
enum err batch_store_events(
    struct db *db, struct arena *a, struct placing *const *p, size_t n) MUST_CHECK;
/* How many of these orders there are; waits for a transaction that still writes them. */
enum err batch_store_count(struct db *db, struct arena *a, struct placing *const *p,
    size_t n, size_t *found) MUST_CHECK;

#endif
