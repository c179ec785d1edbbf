/* Between the files of the import. */
#ifndef SOUK_CATALOG_IMPORT_PRIV_H
#define SOUK_CATALOG_IMPORT_PRIV_H

#include "catalog/catalog_store.h"
#include "catalog/import.h"

#define IMPORT_REASON_N 300

/* A table from text to a number, in memory that lives as long as the import. */
struct import_map {
    struct import_cell {
        uint64_t hash;
        struct str key;
        int64_t value;
    } * cell;
    size_t n, cap;       /* cap: a power of two, or 0 */
    struct arena *arena; /* of the keys */
};
void import_map_init(struct import_map *m, struct arena *a);
void import_map_done(struct import_map *m);
/* The value of a key; false if it has none. */
bool import_map_get(const struct import_map *m, struct str key, int64_t *value);
/* Add a key that is not there; a copy is kept. */
void import_map_put(struct import_map *m, struct str key, int64_t value);

enum line_state { LINE_READ, LINE_BAD, LINE_CREATED, LINE_UPDATED, LINE_UNCHANGED };

/* A line that could be read, and what became of it. */
struct import_line {
    int64_t number;
    struct product_draft d;
    bool lists_variants;
    unsigned char hash[32];
    int64_t brand_id, category_id;
    int64_t product_id; /* changed or made */
    enum line_state state;
    char reason[IMPORT_REASON_N];
};

/* Parse and check one line; false with l->reason. */
bool import_line_read(
    struct arena *a, struct str text, struct str currency, struct import_line *l);
/* The first thing a fault complains of. */
void import_reason(char out[IMPORT_REASON_N], const struct fault *flt, enum err e);

struct import {
    struct db *db;
    struct cache *cache;
    const struct import_options *o;
    struct import_report *r;
    const char *actor;
    struct arena *keys;  /* lives as long as the import */
    struct arena *batch; /* reset after each */
    struct import_map seen, brands, categories;
};

/* Store lines in one transaction; if that fails for a line's sake, each in one of its
 * own. Counts and reports them. An error only when going on makes no sense. */
enum err import_batch(struct import *im, struct import_line *lines, size_t n) MUST_CHECK;
/* Give `l` up: counted and reported. */
void import_bad(struct import *im, int64_t number, const char *reason);

/* What is known of a SKU that a line names (import_store.c). */
struct import_known {
    struct str sku;
    int64_t sku_id, product_id, available;
    int64_t active_n; /* active SKUs of its product */
    struct str hash;  /* of the product's last import; STR_NULL: none */
    bool archived, product_archived;
};
enum err import_store_known(struct db *db, struct arena *a, const struct str *skus,
    size_t n, struct import_known **out, size_t *out_n) MUST_CHECK;

#endif
