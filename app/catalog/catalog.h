/* The catalogue: products with their SKUs, categories, brands; reading, searching,
 * changing. */
#ifndef SOUK_CATALOG_CATALOG_H
#define SOUK_CATALOG_CATALOG_H

#include "db/db.h"
#include "db/tally.h"
#include "kv/cache.h"

#define PRODUCT_SKUS_MAX 100
#define PRODUCT_IMAGES_MAX 20
#define PRODUCT_ATTRIBUTES_MAX 100
#define CATEGORY_DEPTH_MAX 8

struct sku {
    int64_t id;              /* 0 for one not stored yet */
    struct str sku, variant; /* "Large, Blue", empty for the only one */
    struct str options;      /* JSON object of strings, "{}" if none */
    int64_t price, stock;    /* in a draft stock -1: as it is, 0 for a new one */
};
struct attribute {
    struct str name, value;
};
struct image {
    struct str url, alt;
};

struct product {
    int64_t id;
    struct str slug, name, description, brand; /* brand STR_NULL: none */
    struct str category_path;                  /* "audio/headphones", STR_NULL: none */
    struct str category[CATEGORY_DEPTH_MAX];   /* names from the top */
    size_t category_n;
    struct str currency;
    int64_t price; /* the lowest of its SKUs */
    bool archived;
    struct sku *skus; /* active ones, in order; [0] is the default */
    size_t skus_n;
    struct attribute *attributes;
    size_t attributes_n;
    struct image *images;
    size_t images_n;
    int64_t on_hold; /* sold out: units in unpaid orders, which may come back */
    int64_t version; /* If-Match */
    int64_t
        revision; /* version plus the stock versions: grows with every visible change */
    int64_t created_at, updated_at;
};

/* The whole product, by id or slug; ERR_NOT_FOUND. Archived ones are found too (flag). */
enum err catalog_get(
    struct db *db, struct arena *a, int64_t id, struct product *out) MUST_CHECK;
enum err catalog_get_slug(
    struct db *db, struct arena *a, struct str slug, struct product *out) MUST_CHECK;

/* What cart and order need of a SKU. */
struct sku_info {
    int64_t sku_id, product_id, unit_price, available;
    int64_t category_id; /* the product's, 0: none */
    struct str sku, name /* product name, and " – variant" if any */, currency, slug,
        image;
    bool active; /* neither it nor its product is archived */
};
/* By their codes, in the order asked; a missing one has sku_id 0. At most 100. Without
 * images: orders keep none. */
enum err catalog_skus(struct db *db, struct arena *a, const struct str *skus, size_t n,
    struct sku_info *out) MUST_CHECK;
/* By their ids, the same way. */
enum err catalog_skus_by_id(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    struct sku_info *out) MUST_CHECK;

enum catalog_sort { SORT_RELEVANCE, SORT_NEWEST, SORT_PRICE, SORT_PRICE_DESC, SORT_NAME };
#define CATALOG_BRANDS_MAX 20
struct catalog_query {
    struct str q;
    struct str category; /* path; its subtree */
    struct str brand[CATALOG_BRANDS_MAX];
    size_t brand_n;
    int64_t min_price, max_price; /* minor units; -1: no bound */
    bool in_stock, with_archived;
    bool only_archived; /* overrides with_archived */
    enum catalog_sort sort;
    int64_t page, per_page;
    int64_t after; /* id of the last seen item, 0: use page */
    bool walk;     /* by id from the start, though `after` is 0 */
};
struct product_card {
    int64_t id, price, price_max, stock, version, updated_at;
    struct str sku, slug, name, brand, category_path, category_name, currency, image;
    struct str category[CATEGORY_DEPTH_MAX]; /* names from the top */
    size_t category_n, skus_n;
    bool archived;
};
extern const struct tally_kind catalog_tally;
/* One page. *total, which may be NULL, is how many match: exact up to TALLY_EXACT, beyond that
 * as of the last minute for a list without a filter, else TALLY_EXACT (lib/db/tally.h). For a
 * search whose words very many products of a large shop have it is estimated from a sample. */
enum err catalog_list(struct db *db, struct arena *a, const struct catalog_query *q,
    struct product_card **out, size_t *n, int64_t *total) MUST_CHECK;
struct facet {
    struct str key, name;
    int64_t count;
    int64_t from, to;
};
struct facets {
    struct facet *categories, *brands, *prices;
    size_t categories_n, brands_n, prices_n;
};
/* Counts of the query's matches by category (next level), brand (top 20), price band. */
enum err catalog_facets(struct db *db, struct arena *a, const struct catalog_query *q,
    struct facets *out) MUST_CHECK;

struct category {
    int64_t id, parent_id, count; /* active products in its subtree */
    struct str name, path, image; /* image of one of its products */
    int depth;
};
/* The whole tree in path order. */
enum err catalog_categories(
    struct db *db, struct arena *a, struct category **out, size_t *n) MUST_CHECK;
/* The `max` top categories with the most products, in the tree's order; empty ones never.
 * Returns how many there are in out[max]. */
size_t category_top(const struct category *c, size_t n, const struct category **out,
    size_t max);

/* --- changing, each in the caller's transaction --- */

/* What a create, replace, patch or import brings. */
struct product_draft {
    struct product p;       /* skus: id 0 is found by its code, another id may change its
                             * code; stock: the wanted figure.  slug STR_NULL: as it is,
                             * or made from the name */
    bool has_stock;         /* false: leave stock as it is (a new SKU gets its figure) */
    struct str import_hash; /* 32 bytes or STR_NULL */
};
/* ERR_CONFLICT "sku_taken" with a field fault; *id gets the new id. */
enum err catalog_create(struct db *db, struct arena *a, struct product_draft *d,
    const char *actor, int64_t *id, struct fault *flt) MUST_CHECK;
/* Make product `id` what the draft says (SKUs missing in it are archived). `version` 0:
 * any; else ERR_PRECONDITION unless it is the current one. Stock differences become
 * ledger rows. */
enum err catalog_replace(struct db *db, struct arena *a, int64_t id, int64_t version,
    struct product_draft *d, const char *actor, struct fault *flt) MUST_CHECK;
enum err catalog_archive(struct db *db, int64_t id, int64_t version) MUST_CHECK;

/* Lock a product's row and, `with_stock`, its stock until the transaction's end, then
 * read it: what If-Match is compared with cannot change any more. ERR_NOT_FOUND. */
enum err catalog_lock(struct db *db, struct arena *a, int64_t id, bool with_stock,
    struct product *out) MUST_CHECK;

/* The rules a draft must keep, without the database: bounds, texts, one known currency.
 * ERR_INVALID with every bad field named. */
enum err product_draft_check(const struct product_draft *d, struct fault *flt) MUST_CHECK;

/* After COMMIT: drop what caches hold of this product. Order and stock code calls it
 * too. */
void catalog_changed(struct cache *c, int64_t product_id);
/* The same for many, in one go; repeats do no harm. */
void catalog_changed_many(struct cache *c, const int64_t *product_id, size_t n);
/* The cache key of a list's finished bytes, `what` naming the list (its address and query).
 * The key holds a random name of the catalogue's state that every catalog_changed() makes
 * anew: lists of before are never asked for again, and lists loaded across a change are kept
 * under the name of before. */
enum err catalog_list_key(struct cache *c, struct arena *a, struct str what, struct str *key)
    MUST_CHECK;
/* After COMMIT of a change to which products, prices or categories there are: drop "nav",
 * the tree of the pages, "c:tree", the API's, and all lists. */
void catalog_nav_changed(struct cache *c);
/* After COMMIT of a product that is new or was renamed: drop what is known of its slug. */
void catalog_slug_changed(struct cache *c, struct str slug);
/* Cache keys of the product's finished bytes: "p:<id>" JSON; pages use their own prefix
 * and are dropped by catalog_changed() as well ("h:<id>"). "s:<slug>" is a product's id. */

/* "Café Été 42" -> "cafe-ete-42": ASCII slug, at most 120 bytes, "item" if nothing is
 * left. */
struct str slugify(struct arena *a, struct str s);

#endif
