/* Validators of a product: its version tells what a writer may overwrite, its revision
 * also what was sold meanwhile. */
#include <inttypes.h>
#include <stdio.h>

#include "catalog/catalog_http.h"
#include "http/etag.h"

char *
product_tag(char out[PRODUCT_TAG_N], const struct product *p)
{
    (void)snprintf(out, PRODUCT_TAG_N, "%" PRId64 "-%" PRId64, p->version, p->revision);
    return out;
}

bool
product_if_match(struct str header, const struct product *p, bool whole)
{
    char tag[PRODUCT_TAG_N];
    struct str want = str_c(product_tag(tag, p));

    if (!whole)
        want = str_sub(want, 0, str_chr(want, '-') + 1);
    return etag_listed(header, want, !whole);
}
