/* The one file that names every module. */
#include "routes.h"

#include <stdlib.h>

const struct route *const all_routes[] = {
    ops_routes,
    account_routes,
    identity_routes,
    totp_routes,
    address_routes,
    person_routes,
    people_routes,
    catalog_routes,
    catalog_admin_routes,
    cart_routes,
    order_routes,
    order_admin_routes,
    quote_routes,
    rest_routes,
    order_deed_routes,
    sale_admin_routes,
    account_page_routes,
    identity_page_routes,
    totp_page_routes,
    address_page_routes,
    store_page_routes,
    cart_page_routes,
    checkout_page_routes,
    order_page_routes,
    order_payment_page_routes,
    order_message_routes,
    admin_page_routes,
    admin_kept_routes,
    watch_routes,
    admin_watch_routes,
};
const size_t all_routes_n = NELEM(all_routes);

const char **
route_ids(void)
{
    const struct route *rt;
    const char **ids;
    size_t n = 0;

    for (size_t t = 0; t < all_routes_n; t++)
        for (rt = all_routes[t]; rt->pattern != NULL; rt++)
            n++;
    ids = calloc(n + 1, sizeof(*ids));
    if (ids == NULL)
        abort();
    n = 0;
    for (size_t t = 0; t < all_routes_n; t++)
        for (rt = all_routes[t]; rt->pattern != NULL; rt++)
            ids[n++] = rt->id;
    return ids;
}

size_t
route_number(const struct route *wanted)
{
    size_t n = 0;

    for (size_t t = 0; t < all_routes_n; t++)
        for (const struct route *rt = all_routes[t]; rt->pattern != NULL; rt++, n++)
            if (rt == wanted)
                return n;
    return 0;
}
