/* Validators of a product: its version tells what a writer may overwrite, its revision
 * also what was sold meanwhile. */
#include <inttypes.h>
#include <stdio.h>

#include "catalog/catalog_http.h"

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
    struct str want = str_c(product_tag(tag, p)), item;

    if (!whole)
        want = str_sub(want, 0, str_chr(want, '-') + 1);
    if (str_eq_c(str_trim(header), "*"))
        return true;
    while (str_next(&header, ',', &item)) {
        item = str_trim(item);
        /* RFC 9110 asks for strong comparison here. But a proxy that compresses the answer
         * (our own nginx does) makes the tag weak on its way to the client, and the tag still
         * names one version: what it protects, the product's state, is the same. */
        if (str_starts(item, STR("W/")))
            item = str_sub(item, 2, item.n);
        if (item.n < 2 || item.p[0] != '"' || item.p[item.n - 1] != '"')
            continue;
        item = str_sub(item, 1, item.n - 2);
        if (whole ? str_eq(item, want) : str_starts(item, want))
            return true;
    }
    return false;
}
