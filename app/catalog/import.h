/* Products from and to JSON Lines: `souk import` and `souk export`.
 *
 * A line is one product in contract.md's shape, plus "slug", "images" (array of URLs or
 * {"url", "alt"}), "attributes" (object; strings, numbers, booleans) and "variants"
 * (array of
 * {"sku", "name", "options", "price", "stock"}; it lists ALL SKUs of the product, and the
 * top-level sku, price and stock describe the first).  Members not named are ignored.
 * Defaults: currency the shop's; stock 0; all else empty.
 *
 * A product is known by its (first) SKU.  The same line changes nothing; a changed line
 * makes the product what it says, but for stock and status: stock is set only where a SKU
 * is new, or with set_stock, because what was sold since the file was written must not
 * come back; an archived product stays archived, because a person decided that.  A line
 * without "variants" for a product that has several is refused: it would archive them. */
#ifndef SOUK_CATALOG_IMPORT_H
#define SOUK_CATALOG_IMPORT_H

#include <stdio.h>

#include "db/db.h"
#include "kv/cache.h"

#define IMPORT_LINE_MAX ((size_t)1 << 20)

struct import_options {
    struct str currency; /* of lines that name none */
    bool set_stock;      /* make stock what the lines say, through the ledger */
    const char *actor;   /* in the ledger; NULL: "import" */
    /* Both may be NULL. progress: after each batch; bad_line: as found, in no strict
     * order. */
    void (*progress)(void *arg, int64_t lines, int64_t bytes);
    void (*bad_line)(void *arg, int64_t line, const char *reason);
    void *arg;
};

struct import_report {
    int64_t lines, bytes; /* read; blank lines count */
    int64_t created, updated, unchanged, bad;
};

/* Import all of `in`.  A bad line is reported and skipped.  ERR_OK whatever the lines
 * held; another error when the database is away or the file cannot be read: what the
 * report counts is in, and running it again goes on.  The connection must be in no
 * transaction. `c` may be NULL: nobody caches. */
enum err import_file(struct db *db, struct cache *c, FILE *in,
    const struct import_options *o, struct import_report *r) MUST_CHECK;
/* Write every active product, in id order; *n counts them. ERR_UPSTREAM also when `out`
 * takes no more. */
enum err export_file(struct db *db, FILE *out, int64_t *n) MUST_CHECK;

#endif
