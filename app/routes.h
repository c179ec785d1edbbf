/* Every module's route table; routes.c puts them together. */
#ifndef SOUK_ROUTES_H
#define SOUK_ROUTES_H

#include "http/route.h"

extern const struct route account_routes[];
extern const struct route identity_routes[]; /* verification, passwords, sessions */
extern const struct route identity_page_routes[];
extern const struct route totp_routes[];
extern const struct route totp_page_routes[];
extern const struct route address_routes[];
extern const struct route address_page_routes[];
extern const struct route person_routes[]; /* export and deletion */
extern const struct route people_routes[]; /* the admins' accounts */
extern const struct route catalog_routes[];
extern const struct route catalog_admin_routes[];
extern const struct route cart_routes[];
extern const struct route order_routes[];
extern const struct route order_admin_routes[];
extern const struct route quote_routes[];
extern const struct route rest_routes[]; /* the admin's tax rates, delivery, coupons */
extern const struct route order_deed_routes[]; /* ship, refund, take back */
extern const struct route sale_admin_routes[];
extern const struct route account_page_routes[]; /* /login, /register, /account, /logout */
extern const struct route store_page_routes[];   /* home, category, search, product */
extern const struct route cart_page_routes[];    /* /cart */
extern const struct route checkout_page_routes[]; /* /checkout */
extern const struct route order_page_routes[];    /* /orders/{id} */
extern const struct route order_payment_page_routes[]; /* back from the provider */
extern const struct route order_message_routes[]; /* providers' messages */
extern const struct route admin_page_routes[];
extern const struct route admin_kept_routes[]; /* pages of coupons, sales, rates, delivery */
extern const struct route watch_routes[];       /* payments, news: over the API ... */
extern const struct route admin_watch_routes[]; /* ... and on pages */
extern const struct route ops_routes[]; /* healthz, readyz, metrics, problems, auth check */

/* All of them, for router_new(). */
extern const struct route *const all_routes[];
extern const size_t all_routes_n;

/* What requests are counted by: each route of the tables above and of the payment
 * provider's, and one for all that matches none. */
struct route_book;
struct route_book *route_book_new(void);
void route_book_free(struct route_book *b);
/* `method="GET",route="/products/{slug}"` of all, NULL at the end; the book's own. */
const char *const *route_book_labels(const struct route_book *b);
/* Which of them a route has; NULL: matched none. */
size_t route_book_number(const struct route_book *b, const struct route *rt);

#endif
