/* Products as the API shows them. */
#ifndef SOUK_CATALOG_CATALOG_JSON_H
#define SOUK_CATALOG_CATALOG_JSON_H

#include "catalog/catalog.h"
#include "http/field.h"
#include "json/jout.h"

/* What these write; catalog_schema.c. */
extern const struct schema product_schema, product_card_schema, product_list_schema,
    category_tree_schema, stock_schema;

void product_jout(struct jout *j, const struct product *p);
void product_card_jout(struct jout *j, const struct product_card *c);

#endif
