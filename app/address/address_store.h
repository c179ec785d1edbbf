/* SQL of address books. */
#ifndef SOUK_ADDRESS_ADDRESS_STORE_H
#define SOUK_ADDRESS_ADDRESS_STORE_H

#include "address/address.h"

/* id 0: all of the account. */
enum err address_store_read(struct db *db, struct arena *a, int64_t account_id, int64_t id,
    struct book_entry **out, size_t *n) MUST_CHECK;
enum err address_store_add(struct db *db, int64_t account_id, const struct book_entry *e)
    MUST_CHECK;
/* ERR_NOT_FOUND. */
enum err address_store_set(struct db *db, int64_t account_id, const struct book_entry *e)
    MUST_CHECK;
enum err address_store_default(struct db *db, int64_t account_id, int64_t id) MUST_CHECK;
enum err address_store_remove(struct db *db, int64_t account_id, int64_t id) MUST_CHECK;
enum err address_store_forget(struct db *db, int64_t account_id) MUST_CHECK;

#endif
