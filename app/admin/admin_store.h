/* Figures and lists of the back office that no domain keeps for itself. One bounded,
 * indexed statement each. */
#ifndef SOUK_ADMIN_ADMIN_STORE_H
#define SOUK_ADMIN_ADMIN_STORE_H

#include "db/db.h"

/* Counts end here: a larger one is shown as "999+". */
#define ADMIN_COUNT_MAX 1000
#define DAY_MS INT64_C(86400000)

/* Orders placed in the day before `today_ms` (the start of a UTC day) and since. */
enum err admin_store_placed(struct db *db, struct arena *a, int64_t today_ms,
    int64_t *yesterday, int64_t *today) MUST_CHECK;

/* What was paid on a day, less what went back of it since; `day` counts from 1970. */
struct admin_day {
    int64_t day, orders, revenue;
};
/* Days without a payment are left out. Only payments in `currency`. */
enum err admin_store_days(struct db *db, struct arena *a, int64_t from_day,
    struct str currency, struct admin_day **out, size_t *n) MUST_CHECK;

/* Paid orders not yet shipped. */
enum err admin_store_waiting(struct db *db, struct arena *a, int64_t *n) MUST_CHECK;

struct admin_low {
    int64_t product_id, available;
    struct str sku, name, variant;
};
/* SKUs on sale with few pieces left, the emptiest first; and how many there are. */
enum err admin_store_low(struct db *db, struct arena *a, int64_t limit,
    struct admin_low **out, size_t *n) MUST_CHECK;
enum err admin_store_low_count(struct db *db, struct arena *a, int64_t *n) MUST_CHECK;

struct admin_refund {
    int64_t amount, created_at;
    struct str reason, actor, provider, reference;
};
/* What was given back of an order, oldest first. */
enum err admin_store_refunds(struct db *db, struct arena *a, int64_t order_id,
    struct admin_refund **out, size_t *n) MUST_CHECK;

/* Claim the key of a stock form in the transaction of its movement. ERR_CONFLICT: it was
 * sent before. Keys are forgotten with those of the orders. */
enum err admin_store_stock_key(struct db *db, struct str scope, struct str key,
    struct str body_hash, int64_t product_id, int64_t now) MUST_CHECK;

#endif
