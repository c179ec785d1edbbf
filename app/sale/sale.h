/* Sales: for a while some products, or all below some categories, or the whole shop, are held
 * for unpaid orders for a time of their own, and an order may have at most so many units of
 * them. Prices are not theirs. */
#ifndef SOUK_SALE_SALE_H
#define SOUK_SALE_SALE_H

#include "db/db.h"
#include "kv/cache.h"

#define SALE_ITEMS_MAX 1000
#define SALE_HOLD_MIN_S 1
#define SALE_HOLD_MAX_S 604800

struct sale {
    int64_t id, starts_at, ends_at, hold_ms, max_units /* 0: any number */, version;
    int64_t created_at, updated_at;
    struct str name;
    int64_t *products;
    struct str *categories; /* paths; none of both: the whole shop */
    size_t products_n, categories_n;
};

/* --- the shop's people; each in the caller's transaction --- */

enum err sale_list(
    struct db *db, struct arena *a, struct sale **out, size_t *n) MUST_CHECK;
/* ERR_NOT_FOUND. `lock` keeps its row. */
enum err sale_get(struct db *db, struct arena *a, int64_t id, bool lock,
    struct sale *out) MUST_CHECK;
/* ERR_INVALID with every fault: the window, a product or category that is not there. */
enum err sale_create(
    struct db *db, struct arena *a, struct sale *s, struct fault *flt) MUST_CHECK;
/* All of it but id and creation; raises the version. */
enum err sale_replace(
    struct db *db, struct arena *a, struct sale *s, struct fault *flt) MUST_CHECK;
enum err sale_delete(struct db *db, int64_t id) MUST_CHECK;
/* After COMMIT: orders on this machine know it at once, others within a second. */
void sales_changed(struct cache *cache);

/* --- what an order asks --- */

/* The sales that run or soon will, as bytes for sale_terms(); empty: none. From the memory of
 * this process, asked anew once a second; `open` gives the database when it must be read. */
struct sale_source {
    struct cache *cache;
    enum err (*open)(void *arg, struct db **db);
    void *arg;
};
enum err sales_running(
    const struct sale_source *from, struct arena *a, struct str *out) MUST_CHECK;
struct sale_line {
    int64_t product_id, category_id, quantity;
};
struct sale_terms {
    int64_t hold_ms;   /* the shortest of the sales that cover a line; 0: none does */
    int64_t max_units; /* of the sale that the order has too many units of; 0: of none */
};
void sale_terms(struct str running, int64_t now, const struct sale_line *l, size_t n,
    struct sale_terms *out);

#endif
