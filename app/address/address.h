/* The address book of an account: where it has things sent. */
#ifndef SOUK_ADDRESS_ADDRESS_H
#define SOUK_ADDRESS_ADDRESS_H

#include "order/order.h"

#define ADDRESSES_MAX 20

struct book_entry {
    int64_t id, created_at, updated_at;
    struct address to;
    bool is_default;
};

/* All of an account, the default first, then the newest. */
enum err book_list(struct db *db, struct arena *a, int64_t account_id,
    struct book_entry **out, size_t *n) MUST_CHECK;
/* ERR_NOT_FOUND: none of this account's. */
enum err book_get(struct db *db, struct arena *a, int64_t account_id, int64_t id,
    struct book_entry *out) MUST_CHECK;
/* Add (e->id 0) or replace. The first is the default; one that becomes it takes it from the
 * other. ERR_INVALID with faults at "/line1" and so on; ERR_CONFLICT "too_many_addresses";
 * ERR_NOT_FOUND. */
enum err book_put(struct db *db, struct arena *a, int64_t account_id, struct book_entry *e,
    struct fault *flt) MUST_CHECK;
/* ERR_NOT_FOUND. The newest of what is left becomes the default if this one was. */
enum err book_remove(struct db *db, struct arena *a, int64_t account_id, int64_t id)
    MUST_CHECK;
/* All of an account, in the caller's transaction. */
enum err book_forget(struct db *db, int64_t account_id) MUST_CHECK;

#endif
