/* Payments and refunds in the database; for payment.c alone. */
#ifndef SOUK_PAYMENT_PAYMENT_STORE_H
#define SOUK_PAYMENT_PAYMENT_STORE_H

#include "payment/payment.h"

enum err payment_store_add(
    struct db *db, const struct payment *p, int64_t now) MUST_CHECK;
/* rows: 1 when it was 'started'. */
enum err payment_store_close(struct db *db, int64_t id, const char *status, int64_t now,
    uint64_t *rows) MUST_CHECK;
enum err payment_store_lock(
    struct db *db, struct arena *a, int64_t order_id, struct payment *out) MUST_CHECK;
/* rows: 1 when that much was left. */
enum err payment_store_take_back(
    struct db *db, int64_t id, int64_t amount, int64_t now, uint64_t *rows) MUST_CHECK;
enum err payment_store_refund(struct db *db, int64_t id, int64_t payment_id,
    int64_t amount, struct str reason, const char *actor, int64_t now) MUST_CHECK;
enum err payment_store_close_stale(
    struct db *db, int64_t before, int64_t now, int64_t limit, uint64_t *rows) MUST_CHECK;

enum err payment_store_settles(
    struct db *db, int64_t id, int64_t by, uint64_t *rows) MUST_CHECK;

#endif
