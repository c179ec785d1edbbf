/* The list of products with its filters, shared by category and search pages: read from the
 * query string, asked of the catalogue, shown by the partial "listing". */
#ifndef SOUK_WEB_LISTING_H
#define SOUK_WEB_LISTING_H

#include "http/route.h"
#include "web/page.h"
#include "web/view.h"

struct listing {
    struct catalog_query query;
    struct facets facets;
    struct product_card *cards;
    size_t n;
    int64_t total;
    struct paging paging;
    bool filtered; /* any filter is on */
    bool by_relevance; /* words were searched: relevance is a way to sort */
};

/* The query's filters for a list of `category` (STR_NULL: all) and words `q` (STR_NULL: none).
 * What a filter cannot mean (a price that is no number) counts as not set. */
enum err listing_load(struct req *rq, struct str category, struct str q, struct listing *out)
    MUST_CHECK;
/* Fill in the partial's data; `action` is the page's path. */
void listing_fill(struct req *rq, const struct listing *l, struct str action,
    struct tval *data);

extern const struct field listing_query[];

#endif
