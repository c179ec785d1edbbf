/* The catalogue's statements, for the files of this folder alone. */
#ifndef SOUK_CATALOG_CATALOG_STORE_H
#define SOUK_CATALOG_CATALOG_STORE_H

#include "catalog/catalog.h"

/* --- reading (catalog_store.c) --- */

/* Whole products into out[0..n), in the order of `ids`; a missing one has id 0. */
enum err catalog_store_products(struct db *db, struct arena *a, const int64_t *ids,
    size_t n, struct product *out) MUST_CHECK;
/* A product's id by its slug or by the code of one of its SKUs. ERR_NOT_FOUND. */
enum err catalog_store_id_of_slug(
    struct db *db, struct arena *a, struct str slug, int64_t *id) MUST_CHECK;
enum err catalog_store_id_of_sku(
    struct db *db, struct arena *a, struct str sku, int64_t *id) MUST_CHECK;
/* Ids of active products above `after`, in order, at most `limit`. */
enum err catalog_store_ids(struct db *db, struct arena *a, int64_t after, size_t limit,
    int64_t *out, size_t *n) MUST_CHECK;
/* Names of a category from the top out of its stored `names`. */
size_t catalog_store_names(struct str names, struct str out[CATEGORY_DEPTH_MAX]);

/* --- writing (catalog_write_store.c, catalog_sku_store.c), in a transaction --- */

/* A product to write: its draft, and what was looked up or made for it. */
struct product_write {
    const struct product_draft *d;
    int64_t id, brand_id, category_id;
    int64_t price; /* the lowest of its SKUs */
    struct str slug, search_text;
};

/* The id of a brand, of a category by its names; made if missing. */
enum err catalog_store_brand(
    struct db *db, struct arena *a, struct str name, int64_t *id) MUST_CHECK;
enum err catalog_store_category(struct db *db, struct arena *a, const struct str *names,
    size_t n, int64_t *id) MUST_CHECK;
/* Which of these slugs another product than `except` has; "" is never taken. */
enum err catalog_store_slugs_taken(struct db *db, struct arena *a,
    const struct str *slugs, size_t n, int64_t except, bool *taken) MUST_CHECK;
/* New products with all that belongs to them. */
enum err catalog_store_add(struct db *db, struct arena *a, const struct product_write *w,
    size_t n, const char *actor) MUST_CHECK;
/* The product's row, images and attributes; its version is raised. */
enum err catalog_store_update(
    struct db *db, struct arena *a, const struct product_write *w) MUST_CHECK;
enum err catalog_store_set_status(struct db *db, int64_t id, bool archived) MUST_CHECK;
/* Lock the row. ERR_NOT_FOUND. */
enum err catalog_store_lock(struct db *db, struct arena *a, int64_t id, int64_t *version,
    struct str *slug) MUST_CHECK;
/* Lock the stock of all SKUs of a product, in the order of their ids. */
enum err catalog_store_lock_stock(struct db *db, struct arena *a, int64_t id) MUST_CHECK;

/* A stored SKU; codes and products of all SKUs, archived ones too. */
struct sku_row {
    int64_t id, product_id, price, position;
    struct str sku, variant, options;
    bool archived;
};
enum err catalog_store_skus_of(struct db *db, struct arena *a, int64_t product_id,
    struct sku_row **out, size_t *n) MUST_CHECK;
/* Those of these codes that exist, in no order. */
enum err catalog_store_skus_named(struct db *db, struct arena *a, const struct str *codes,
    size_t n, struct sku_row **out, size_t *out_n) MUST_CHECK;
enum err catalog_store_sku_add(struct db *db, const struct sku_row *s) MUST_CHECK;
enum err catalog_store_sku_update(struct db *db, const struct sku_row *s) MUST_CHECK;

#endif
