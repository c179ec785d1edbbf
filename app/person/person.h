/* The person behind an account: all that the shop knows of one, and forgetting it. Stands above
 * the domains that each know a part. */
#ifndef SOUK_PERSON_PERSON_H
#define SOUK_PERSON_PERSON_H

#include "account/account.h"
#include "address/address.h"
#include "cart/cart.h"
#include "order/order.h"

#define PERSON_ORDERS_MAX 10000

struct person {
    struct account acc;
    struct book_entry *book;
    struct session *sessions;
    struct order *orders; /* whole, newest first */
    struct cart cart;
    size_t book_n, sessions_n, orders_n;
};

/* As of one moment. ERR_FORBIDDEN "email_unverified": it goes to who has proven the address. */
enum err person_read(struct app *app, struct db *db, struct arena *a, int64_t id,
    struct person **out, struct fault *flt) MUST_CHECK;
/* Forget the person: account, addresses, cart, sessions, links, devices; the orders stay, with
 * their sums and countries, as the law on bookkeeping wants, without name, street and address of
 * mail. The password is the caller's to have asked. ERR_CONFLICT "orders_open": there are unpaid
 * orders or some that are still to be sent; "last_admin". */
enum err person_erase(struct db *db, struct arena *a, int64_t id, struct fault *flt) MUST_CHECK;

#endif
