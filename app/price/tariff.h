/* Tax rates, delivery zones and methods as the shop's people keep them, row by row. What
 * they mean for an order is price.c's; it sees them as price/rules.h has them. */
#ifndef SOUK_PRICE_TARIFF_H
#define SOUK_PRICE_TARIFF_H

#include "db/db.h"
#include "price/price.h"

#define ZONE_COUNTRIES_MAX 300

struct tax_rate {
    int64_t id, version, created_at, updated_at;
    struct str country, name;
    struct str category; /* its path; STR_NULL: all that no other rate covers */
    int64_t rate_ppm;
    bool inclusive;
};
struct shipping_zone {
    int64_t id, version, created_at, updated_at;
    struct str name;
    struct str country[ZONE_COUNTRIES_MAX]; /* "*": all that no other zone has */
    size_t n;
};
struct shipping_method {
    int64_t id, version, created_at, updated_at;
    int64_t zone_id;
    struct str code, name, currency;
    int64_t charge, free_from, max_order, position; /* free_from, max_order -1: none */
};

/* Each list in its own order; `lock` until the transaction's end. ERR_NOT_FOUND. */
enum err tax_rate_walk(struct db *db, struct arena *a, int64_t limit, int64_t after,
    void **out, size_t *n) MUST_CHECK;
enum err tax_rate_list(struct db *db, struct arena *a, int64_t limit, int64_t skip,
    void **out, size_t *n, int64_t *total) MUST_CHECK;
enum err tax_rate_get(
    struct db *db, struct arena *a, int64_t id, bool lock, void *out) MUST_CHECK;
enum err shipping_zone_walk(struct db *db, struct arena *a, int64_t limit, int64_t after,
    void **out, size_t *n) MUST_CHECK;
enum err shipping_zone_list(struct db *db, struct arena *a, int64_t limit, int64_t skip,
    void **out, size_t *n, int64_t *total) MUST_CHECK;
enum err shipping_zone_get(
    struct db *db, struct arena *a, int64_t id, bool lock, void *out) MUST_CHECK;
enum err shipping_method_walk(struct db *db, struct arena *a, int64_t limit, int64_t after,
    void **out, size_t *n) MUST_CHECK;
enum err shipping_method_list(struct db *db, struct arena *a, int64_t limit, int64_t skip,
    void **out, size_t *n, int64_t *total) MUST_CHECK;
enum err shipping_method_get(
    struct db *db, struct arena *a, int64_t id, bool lock, void *out) MUST_CHECK;

/* In the caller's transaction; `add` gives id and times. ERR_CONFLICT "taken" (a second
 * rate for a category, a country in another zone, a code twice), "in_use"; ERR_INVALID:
 * an unknown category or zone. */
enum err tax_rate_add(
    struct db *db, struct arena *a, struct tax_rate *t, struct fault *flt) MUST_CHECK;
enum err tax_rate_change(
    struct db *db, struct arena *a, struct tax_rate *t, struct fault *flt) MUST_CHECK;
enum err tax_rate_remove(struct db *db, int64_t id, struct fault *flt) MUST_CHECK;
enum err shipping_zone_add(struct db *db, struct arena *a, struct shipping_zone *z,
    struct fault *flt) MUST_CHECK;
enum err shipping_zone_change(struct db *db, struct arena *a, struct shipping_zone *z,
    struct fault *flt) MUST_CHECK;
enum err shipping_zone_remove(struct db *db, int64_t id, struct fault *flt) MUST_CHECK;
enum err shipping_method_add(struct db *db, struct arena *a, struct shipping_method *m,
    struct fault *flt) MUST_CHECK;
enum err shipping_method_change(struct db *db, struct arena *a, struct shipping_method *m,
    struct fault *flt) MUST_CHECK;
enum err shipping_method_remove(struct db *db, int64_t id, struct fault *flt) MUST_CHECK;

/* tariff_store.c: one statement each. ERR_CONFLICT: a UNIQUE or FOREIGN KEY. */
enum err tariff_store_category(
    struct db *db, struct arena *a, struct str path, int64_t *id) MUST_CHECK;
enum err tariff_store_tax(
    struct db *db, const struct tax_rate *t, int64_t category_id, bool fresh) MUST_CHECK;
enum err tariff_store_zone(
    struct db *db, const struct shipping_zone *z, bool fresh) MUST_CHECK;
enum err tariff_store_countries(
    struct db *db, struct arena *a, const struct shipping_zone *z) MUST_CHECK;
enum err tariff_store_method(
    struct db *db, const struct shipping_method *m, bool fresh) MUST_CHECK;
enum tariff { TARIFF_TAX, TARIFF_ZONE, TARIFF_METHOD };
enum err tariff_store_remove(struct db *db, enum tariff what, int64_t id) MUST_CHECK;

#endif
