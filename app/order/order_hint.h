/* "Sold out", answered from memory. Once the database has refused an order for want of the
 * last unit, the product is looked at here before the next order is queued: which of its SKUs
 * have nothing left, read from the database and kept by the cache until stock comes back.
 *
 * A hint may be wrong by a second (HINT_MS): older ones refuse nobody, and none ever sells.
 * An order whose key was placed before must be answered again, sold out or not: the hint
 * holds a mark of each key that the product was ordered with, and whoever has one is let
 * through to the database. */
#ifndef SOUK_ORDER_ORDER_HINT_H
#define SOUK_ORDER_ORDER_HINT_H

#include "catalog/catalog.h"
#include "order/order.h"

#define HINT_MS 1000

struct order_hints;

struct order_hints *order_hints_new(void);
void order_hints_free(struct order_hints *h);
/* The database has said that nothing is left of it. */
void order_hints_note(struct order_hints *h, const struct sku_info *s);
/* How to get at the database when a hint must be read anew. */
struct hint_source {
    struct cache *cache;
    enum err (*open)(void *arg, struct db **db);
    void *arg;
};
/* ERR_CONFLICT "out_of_stock", as the database would say it, when something of the order is
 * surely sold out; ERR_OK when it must be asked. */
enum err order_hints_refuse(struct order_hints *h, struct arena *a,
    const struct hint_source *from, const struct order_in *in, struct fault *flt) MUST_CHECK;

#endif
