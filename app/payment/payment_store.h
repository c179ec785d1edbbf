/* Payments and refunds in the database; for payment.c alone. */
#ifndef SOUK_PAYMENT_PAYMENT_STORE_H
#define SOUK_PAYMENT_PAYMENT_STORE_H

#include "payment/payment.h"

enum err payment_store_add_many(struct db *db, struct arena *a, const struct payment *p,
    size_t n, int64_t now) MUST_CHECK;
enum err payment_store_open_among(struct db *db, struct arena *a, const int64_t *order_id,
    size_t n, bool *open) MUST_CHECK;
/* 'started' or 'declined' becomes 'succeeded'. */
enum err payment_store_succeed(struct db *db, struct arena *a, const int64_t *id, size_t n,
    int64_t now, uint64_t *rows) MUST_CHECK;
enum err payment_store_open(struct db *db, struct arena *a, int64_t order_id,
    struct payment **out, size_t *n) MUST_CHECK;
enum err payment_store_find(struct db *db, struct arena *a, struct str provider,
    struct str reference, struct payment *out) MUST_CHECK;
enum err payment_store_find_many(struct db *db, struct arena *a, struct str provider,
    const struct str *reference, size_t refs, struct payment **out, size_t *n) MUST_CHECK;
enum err payment_store_lock_id(
    struct db *db, struct arena *a, int64_t id, struct payment *out) MUST_CHECK;
enum err payment_store_overdue(struct db *db, struct arena *a, int64_t before, int64_t now,
    int64_t limit, struct payment **out, size_t *n) MUST_CHECK;
/* rows: 1 when it was 'started', or, `reopen`, 'declined'. */
enum err payment_store_close(struct db *db, int64_t id, const char *status, bool reopen,
    int64_t now, uint64_t *rows) MUST_CHECK;
/* 'started' or 'declined' becomes 'late', with all of it given back. */
enum err payment_store_late(
    struct db *db, int64_t id, int64_t now, uint64_t *rows) MUST_CHECK;
enum err payment_store_lock(struct db *db, struct arena *a, int64_t order_id,
    struct payment *out) MUST_CHECK;
/* rows: 1 when that much was left. */
enum err payment_store_take_back(
    struct db *db, int64_t id, int64_t amount, int64_t now, uint64_t *rows) MUST_CHECK;
struct refund_row {
    int64_t id, payment_id, amount, now;
    struct str reason;
    const char *actor, *status;
};
enum err payment_store_refund(struct db *db, const struct refund_row *r) MUST_CHECK;
enum err payment_store_refunds_due(struct db *db, struct arena *a, int64_t limit,
    struct refund_due **out, size_t *n) MUST_CHECK;
enum err payment_store_refund_close(
    struct db *db, int64_t id, const char *status) MUST_CHECK;
enum err payment_store_event(struct db *db, struct str provider, struct str event_id,
    struct str type, int64_t payment_id, int64_t now) MUST_CHECK;
enum err payment_store_forget(
    struct db *db, int64_t before, int64_t limit, uint64_t *rows) MUST_CHECK;

#endif
