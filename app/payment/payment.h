/* Payments: attempts at providers. An attempt is a row, committed, before the provider is
 * asked, so that a crash between the two leaves something to find. Knows no order rules:
 * who may pay and what follows is the order's. */
#ifndef SOUK_PAYMENT_PAYMENT_H
#define SOUK_PAYMENT_PAYMENT_H

#include "db/db.h"

#define PAYMENT_PROVIDER "simulated"

struct payment {
    int64_t id, order_id, amount, refunded;
    struct str reference, currency, status;
};

/* Write the attempt 'started' under a fresh reference; *out is the row. */
enum err payment_start(struct db *db, struct arena *a, int64_t order_id, int64_t amount,
    struct str currency, int64_t now, struct payment *out) MUST_CHECK;
/* Ask the simulated provider: it approves what it is told to and takes no real money. A
 * declined attempt is ERR_DECLINED. */
enum err payment_ask(const struct payment *p, bool approve) MUST_CHECK;
/* 'started' becomes 'succeeded'. ERR_CONFLICT: it was closed meanwhile, or the order has
 * a successful payment already (the schema's UNIQUE, whatever callers do). */
enum err payment_succeed(struct db *db, int64_t id, int64_t now) MUST_CHECK;
/* 'started' becomes 'declined'; one that is closed already stays as it is. */
enum err payment_decline(struct db *db, int64_t id, int64_t now) MUST_CHECK;
/* The successful payment of an order, its row locked. ERR_NOT_FOUND: none. */
enum err payment_lock(
    struct db *db, struct arena *a, int64_t order_id, struct payment *out) MUST_CHECK;
/* Give back part of a locked payment, as the refund `refund_id` (a fresh one of the
 * caller's). ERR_CONFLICT: more than is left of it. */
enum err payment_refund(struct db *db, int64_t id, int64_t refund_id, int64_t amount,
    struct str reason, const char *actor, int64_t now) MUST_CHECK;
/* An attempt that stays open: its money may come until `by`. */
enum err payment_settles(struct db *db, int64_t id, int64_t by) MUST_CHECK;
/* Attempts left 'started' before `before` by a crash: the simulated provider took nothing
 * for them, so they are declined. At most `limit`; *n counts them. */
enum err payment_close_stale(
    struct db *db, int64_t before, int64_t now, int64_t limit, int64_t *n) MUST_CHECK;

#endif
