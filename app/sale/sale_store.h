/* The SQL of sales; sale.c alone calls it. */
#ifndef SOUK_SALE_SALE_STORE_H
#define SOUK_SALE_SALE_STORE_H

#include "sale/sale.h"

enum err sale_store_add(struct db *db, const struct sale *s) MUST_CHECK;
/* ERR_CONFLICT: another version. */
enum err sale_store_update(struct db *db, const struct sale *s) MUST_CHECK;
enum err sale_store_delete(struct db *db, int64_t id) MUST_CHECK;
/* Its items anew, the categories by their ids. ERR_CONFLICT: a product is not there. */
enum err sale_store_items(struct db *db, struct arena *a, const struct sale *s,
    const int64_t *category_id) MUST_CHECK;
/* ERR_NOT_FOUND. */
enum err sale_store_category(
    struct db *db, struct arena *a, struct str path, int64_t *id) MUST_CHECK;
/* Those that end after `after` (0: all) and begin before `before`, with their items. */
enum err sale_store_list(struct db *db, struct arena *a, int64_t after, int64_t before,
    struct sale **out, size_t *n) MUST_CHECK;
enum err sale_store_get(struct db *db, struct arena *a, int64_t id, bool lock,
    struct sale *out) MUST_CHECK;
/* A category and all below it. */
enum err sale_store_subtree(struct db *db, struct arena *a, struct str path,
    int64_t **out, size_t *n) MUST_CHECK;

#endif
