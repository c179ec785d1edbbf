/* The catalogue's own kinds of slug; slugify() itself is in catalog.h. */
#ifndef SOUK_CATALOG_SLUG_H
#define SOUK_CATALOG_SLUG_H

#include "base/arena.h"

/* Eight of them and their slashes fit the column. */
#define SLUG_CATEGORY_MAX 48

/* A product's with what makes it unique: the column's length. */
#define SLUG_PRODUCT_MAX 160

/* One part of a category's path: the same for the same name always. */
struct str slug_category(struct arena *a, struct str name);
/* A product's slug from its name: never digits alone, which would read as an id. */
struct str slug_product(struct arena *a, struct str name);
/* One that a person chose: [a-z0-9-], hyphens single and inside, not digits alone. */
bool slug_valid(struct str s);

#endif
