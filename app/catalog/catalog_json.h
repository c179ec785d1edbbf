/* Products as the API shows them. */
#ifndef SOUK_CATALOG_CATALOG_JSON_H
#define SOUK_CATALOG_CATALOG_JSON_H

#include "catalog/catalog.h"
#include "json/jout.h"

void product_jout(struct jout *j, const struct product *p);
void product_card_jout(struct jout *j, const struct product_card *c);

#endif
