/* Carts: what a shopper means to buy. Reserves nothing, so that a full cart hurts nobody;
 * prices and stock are those of the moment of reading. Reading never writes. */
#include "cart/cart_store.h"

enum err
cart_get(struct db *db, struct arena *a, const struct shopper *who,
    struct str default_currency, struct cart *out)
{
    enum err e;

    *out = (struct cart){.currency = default_currency};
    e = cart_store_items(db, a, who, out->items, &out->n, &out->id);
    if (e != ERR_OK || out->n == 0)
        return e;
    out->currency = out->items[0].sku.currency;
    for (size_t i = 0; i < out->n; i++) {
        struct cart_item *it = &out->items[i];

        it->line_total = it->sku.unit_price * it->quantity;
        out->count += it->quantity;
        /* A product whose currency was changed later cannot be summed with the others. */
        if (str_eq(it->sku.currency, out->currency))
            out->subtotal += it->line_total;
    }
    return ERR_OK;
}

enum err
cart_count(struct db *db, struct arena *a, const struct shopper *who, int64_t *out)
{
    return cart_store_count(db, a, who, out);
}

enum err
cart_lock(struct db *db, struct arena *a, const struct shopper *who, int64_t *cart_id)
{
    enum err e = cart_store_lock(db, a, who, cart_id);

    if (e != ERR_NOT_FOUND)
        return e;
    *cart_id = 0;
    return ERR_OK;
}

enum err
cart_remove(struct db *db, const struct shopper *who, int64_t item_id)
{
    return cart_store_remove(db, who, item_id);
}

enum err
cart_clear(struct db *db, const struct shopper *who)
{
    return cart_store_clear(db, who);
}
