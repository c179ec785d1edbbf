/* What stores of other domains join to read a SKU, `sku s` being in their FROM. */
#ifndef SOUK_CATALOG_CATALOG_SKU_H
#define SOUK_CATALOG_CATALOG_SKU_H

#include "catalog/catalog.h"
#include "db/db.h"

/* `image`: CATALOG_SKU_IMAGE, with its join behind the others, or "NULL" for none. */
#define CATALOG_SKU_COLUMNS(image)                                                       \
    "s.id, s.product_id, s.price, k.available, s.sku, p.name, s.variant, p.currency,"    \
    " p.slug, " image ", s.status, p.status, p.category_id"
#define CATALOG_SKU_N 13
#define CATALOG_SKU_JOINS                                                                \
    " JOIN product p ON p.id = s.product_id JOIN stock k ON k.sku_id = s.id"
/* A product's images are numbered from 0. */
#define CATALOG_SKU_IMAGE "m.url"
#define CATALOG_SKU_IMAGE_JOIN                                                           \
    " LEFT JOIN product_image m ON m.product_id = p.id AND m.position = 0"

/* The first CATALOG_SKU_N columns of row i. */
void catalog_sku_read(
    struct arena *a, const struct db_rows *r, size_t i, struct sku_info *out);

#endif
