/* From JSON to a product_draft: the API's bodies and the lines of an import. */
#ifndef SOUK_CATALOG_DRAFT_H
#define SOUK_CATALOG_DRAFT_H

#include "catalog/catalog.h"
#include "json/jin.h"

enum draft_form {
    DRAFT_API,   /* price: {"amount", "currency"} in minor units */
    DRAFT_IMPORT /* price: a decimal in major units, "currency" beside it */
};

/* A whole product.  Rule of both forms: `variants`, if any, lists all SKUs, and the
 * top-level sku, price and stock describe the first of them.  A missing currency is
 * `currency`. ERR_INVALID with the bad fields; the rules of product_draft_check() are not
 * asked here. */
enum err draft_read(struct arena *a, const struct jval *in, enum draft_form form,
    struct str currency, struct product_draft *d, struct fault *flt) MUST_CHECK;
/* RFC 7396 merge patch (API form) over the product as it is: null removes what is
 * optional, `attributes` given as an object is merged member by member, lists are
 * replaced whole. `price` without `variants` is the shown price: the SKUs that cost it
 * now follow. */
enum err draft_patch(struct arena *a, const struct jval *in, const struct product *cur,
    struct product_draft *d, struct fault *flt) MUST_CHECK;

/* The pieces (draft_parts.c); each reads a value of any type. */
enum err draft_category(
    const struct jval *v, struct product *p, struct fault *flt) MUST_CHECK;
enum err draft_images(struct arena *a, const struct jval *v, struct product *p,
    struct fault *flt) MUST_CHECK;
enum err draft_attributes(struct arena *a, const struct jval *v, bool merge,
    struct product *p, struct fault *flt) MUST_CHECK;
/* {"Size": "L"} as canonical JSON text, and "L" as its name. */
enum err draft_options(struct arena *a, const struct jval *v, const char *pointer,
    struct sku *s, struct fault *flt) MUST_CHECK;
enum err draft_price(const struct jval *v, enum draft_form form, const char *pointer,
    struct str *currency, int64_t *out, struct fault *flt) MUST_CHECK;
/* Text of a string, number or boolean; false for other types. */
bool draft_text(const struct jval *v, struct str *out);

#endif
