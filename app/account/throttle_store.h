/* SQL of the counters. */
#ifndef SOUK_ACCOUNT_THROTTLE_STORE_H
#define SOUK_ACCOUNT_THROTTLE_STORE_H

#include "db/db.h"

/* One more in the bucket, in a new window if the last is over; what it holds now. */
enum err throttle_store_add(struct db *db, struct arena *a, struct str bucket,
    int64_t window_ms, int64_t now_ms, int64_t *tries, int64_t *until_ms) MUST_CHECK;
enum err throttle_store_sub(struct db *db, struct str bucket) MUST_CHECK;
enum err throttle_store_drop(struct db *db, struct str bucket) MUST_CHECK;
enum err throttle_store_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n)
    MUST_CHECK;

#endif
