/* Rules of products that need no database; catalog.h has product_draft_check(). */
#ifndef SOUK_CATALOG_CATALOG_RULES_H
#define SOUK_CATALOG_CATALOG_RULES_H

#include "catalog/catalog_store.h"

/* The lowest price of its SKUs; the draft has passed its check. */
int64_t product_lowest_price(const struct product *p);
/* What search reads besides the name: brand, codes, categories, values, description. */
struct str product_search_text(struct arena *a, const struct product *p);
/* Give each w[i] its slug: the draft's, else one made of name, code and id that no other
 * product and no other of them has.  ERR_CONFLICT "slug_taken" for a chosen one. */
enum err catalog_choose_slugs(struct db *db, struct arena *a, struct product_write *w,
    size_t n, struct fault *flt) MUST_CHECK;

#endif
