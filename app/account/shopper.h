/* Who shops. */
#ifndef SOUK_ACCOUNT_SHOPPER_H
#define SOUK_ACCOUNT_SHOPPER_H

#include "base/str.h"

/* Who shops: an account, or a guest known by the random token in the cookie "guest" or the
 * header X-Cart-Token. Exactly one is set: account_id != 0, or guest_hash.p != NULL. */
struct shopper {
    int64_t account_id;
    struct str guest_hash; /* 32 bytes: SHA-256 of the token */
    struct str guest_token; /* as the client sent or gets it; STR_NULL for an account */
};

#endif
