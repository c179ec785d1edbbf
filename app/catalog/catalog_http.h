/* What the public and the admin's handlers of the catalogue share. */
#ifndef SOUK_CATALOG_CATALOG_HTTP_H
#define SOUK_CATALOG_CATALOG_HTTP_H

#include "app.h"
#include "catalog/catalog.h"
#include "http/field.h"

/* Field tables (catalog_fields.c). */
extern const struct field product_list_query[];
extern const struct field product_admin_list_query[];
extern const struct field product_body[];
extern const struct field product_patch_body[];
extern const struct field product_stock_body[];

/* "<version>-<revision>": the strong validator, without its quotes. */
#define PRODUCT_TAG_N 48
char *product_tag(char out[PRODUCT_TAG_N], const struct product *p);
/* Does an If-Match header allow a change of this product? With `whole` the revision
 * counts too, otherwise the version alone. */
bool product_if_match(struct str header, const struct product *p, bool whole);
/* Answer a list from the validated query; `admin` sees archived products. */
enum err product_list_send(struct req *rq, struct resp *rs, bool admin) MUST_CHECK;

#endif
