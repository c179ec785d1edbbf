/* The statements of the sweep; for verify.c alone. */
#ifndef SOUK_VERIFY_VERIFY_STORE_H
#define SOUK_VERIFY_VERIFY_STORE_H

#include "db/db.h"

struct verify_result {
    int64_t figure, broken, first_id;
};

size_t verify_store_count(void);
/* Run the i-th; *name is what it is called. */
enum err verify_store_run(struct db *db, struct arena *a, size_t i, const char **name,
    struct verify_result *out) MUST_CHECK;

#endif
