/* The one file that names every module. */
#include "routes.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "provider/provider.h"

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

/* The payment provider is another program, but its requests are counted in one table with
 * the shop's: two programs share a file of metrics only if their tables are alike. */
static const struct route *const other_routes[] = {provider_api_routes, provider_page_routes};

struct span {
    const struct route *first;
    size_t n, number; /* how many there are, and the first one's number */
};

struct route_book {
    struct span span[NELEM(all_routes) + NELEM(other_routes)];
    size_t n;
    char **labels;
};

static char *
label_of(const char *method, const char *pattern)
{
    char *p = NULL;

    if (asprintf(&p, "method=\"%s\",route=\"%s\"", method, pattern) < 0)
        abort();
    return p;
}

static void
add_table(struct route_book *b, size_t at, const struct route *table)
{
    b->span[at] = (struct span){.first = table, .number = b->n};
    for (const struct route *rt = table; rt->pattern != NULL; rt++) {
        b->labels = reallocarray(b->labels, b->n + 3, sizeof(*b->labels));
        if (b->labels == NULL)
            abort();
        b->labels[b->n++] = label_of(method_text(rt->method), rt->pattern);
        b->span[at].n++;
    }
}

struct route_book *
route_book_new(void)
{
    struct route_book *b = calloc(1, sizeof(*b));

    if (b == NULL)
        abort();
    for (size_t i = 0; i < NELEM(all_routes); i++)
        add_table(b, i, all_routes[i]);
    for (size_t i = 0; i < NELEM(other_routes); i++)
        add_table(b, NELEM(all_routes) + i, other_routes[i]);
    b->labels[b->n] = label_of("any", "unmatched");
    b->labels[b->n + 1] = NULL;
    return b;
}

void
route_book_free(struct route_book *b)
{
    for (size_t i = 0; b != NULL && b->labels[i] != NULL; i++)
        free(b->labels[i]);
    if (b != NULL)
        free(b->labels);
    free(b);
}

const char *const *
route_book_labels(const struct route_book *b)
{
    return (const char *const *)b->labels;
}

/* Each table is an array: an address tells which one a route is of. */
size_t
route_book_number(const struct route_book *b, const struct route *rt)
{
    const uintptr_t at = (uintptr_t)rt;

    for (size_t i = 0; rt != NULL && i < NELEM(b->span); i++) {
        const struct span *s = &b->span[i];

        if (at >= (uintptr_t)s->first && at < (uintptr_t)(s->first + s->n))
            return s->number + (at - (uintptr_t)s->first) / sizeof(*rt);
    }
    return b->n;
}
