/* Carts: what a shopper means to buy. Reserves nothing, so that a full cart hurts nobody;
 * prices and stock are those of the moment of reading. Reading never writes. */
#include "cart/cart_store.h"

#include "base/clock.h"
#include "base/rand.h"

#define NEW_TRIES 3

enum err
cart_get(struct db *db, struct arena *a, const struct shopper *who,
    struct str default_currency, struct cart *out)
{
    int64_t ids[CART_LINES_MAX];
    struct sku_info *info;
    struct cart_line *lines;
    enum err e;
    size_t i, n;

    *out = (struct cart){.currency = default_currency};
    if ((e = cart_store_lines(db, a, who, &lines, &n)) != ERR_OK || n == 0)
        return e;
    for (i = 0; i < n; i++)
        ids[i] = lines[i].sku_id;
    info = arena_calloc(a, n, sizeof(*info));
    if ((e = catalog_skus_by_id(db, a, ids, n, info)) != ERR_OK)
        return e;
    out->id = lines[0].cart_id;
    out->n = n;
    out->currency = info[0].currency;
    for (i = 0; i < n; i++) {
        out->items[i] = (struct cart_item){.id = lines[i].id,
            .quantity = lines[i].quantity,
            .line_total = info[i].unit_price * lines[i].quantity,
            .sku = info[i]};
        out->count += lines[i].quantity;
        /* A product whose currency was changed later cannot be summed with the others. */
        if (str_eq(info[i].currency, out->currency))
            out->subtotal += out->items[i].line_total;
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

/* The shopper's cart, locked; made if there is none. */
static enum err
lock_or_make(struct db *db, struct arena *a, const struct shopper *who, int64_t now,
    int64_t *cart_id)
{
    enum err e = ERR_BUSY;

    for (int i = 0; i < NEW_TRIES; i++) {
        if ((e = cart_store_lock(db, a, who, cart_id)) != ERR_NOT_FOUND)
            return e;
        *cart_id = id_next();
        /* ERR_CONFLICT: a request beside us made it first. */
        if ((e = cart_store_new(db, who, *cart_id, now)) != ERR_CONFLICT)
            return e;
    }
    return e;
}

struct adding {
    struct arena *a;
    const struct shopper *who;
    struct str sku;
    int64_t quantity, item_id;
    struct fault *flt;
};

static enum err
refuse_short(struct fault *flt, const struct sku_info *s)
{
    (void)fault_field(
        flt, "/quantity", "out_of_stock", "only %lld left", (long long)s->available);
    fault_extra_str(flt, "sku", s->sku);
    fault_extra_i64(flt, "available", s->available);
    return fault_set(flt, ERR_CONFLICT, "out_of_stock", "There are not that many left.");
}

static enum err
quantity_check(const struct sku_info *s, int64_t quantity, struct fault *flt)
{
    if (quantity < 1 || quantity > CART_QUANTITY_MAX)
        return fault_field(
            flt, "/quantity", "out_of_range", "must be 1 to %d", CART_QUANTITY_MAX);
    return s->available >= quantity ? ERR_OK : refuse_short(flt, s);
}

/* All lines of a cart have one currency, else it has no total. */
static enum err
currency_check(struct db *db, const struct adding *ad, const struct sku_info *s,
    const struct cart_line *first)
{
    struct sku_info other;
    enum err e = catalog_skus_by_id(db, ad->a, &first->sku_id, 1, &other);

    if (e != ERR_OK || str_eq(other.currency, s->currency))
        return e;
    return fault_field(ad->flt, "/sku", "currency_mismatch",
        "is sold in %.*s, the cart is in %.*s", STR_F(s->currency),
        STR_F(other.currency));
}

static enum err
add_line(struct db *db, struct adding *ad, const struct sku_info *s, int64_t cart_id)
{
    struct cart_line *lines, one;
    enum err e;
    size_t i, n;

    if ((e = cart_store_lines(db, ad->a, ad->who, &lines, &n)) != ERR_OK)
        return e;
    if (n > 0 && (e = currency_check(db, ad, s, &lines[0])) != ERR_OK)
        return e;
    i = 0;
    while (i < n && lines[i].sku_id != s->sku_id)
        i++;
    if (i == n && n >= CART_LINES_MAX)
        return fault_field(ad->flt, "/sku", "too_many", "the cart holds at most %d lines",
            CART_LINES_MAX);
    one = (struct cart_line){.id = id_next(), .cart_id = cart_id, .sku_id = s->sku_id};
    if (i < n)
        one = lines[i];
    one.quantity += ad->quantity;
    if ((e = quantity_check(s, one.quantity, ad->flt)) != ERR_OK)
        return e;
    ad->item_id = one.id;
    return i < n ? cart_store_set(db, one.id, one.quantity) : cart_store_add(db, &one);
}

static enum err
add_tx(struct db *db, void *arg)
{
    struct adding *ad = arg;
    int64_t cart_id, now = clock_ms();
    struct sku_info s;
    enum err e;

    fault_clear(ad->flt);
    if ((e = catalog_skus(db, ad->a, &ad->sku, 1, &s)) != ERR_OK)
        return e;
    if (s.sku_id == 0 || !s.active) {
        (void)fault_field(
            ad->flt, "/sku", "unknown_sku", "there is no such SKU for sale");
        return fault_set(
            ad->flt, ERR_NOT_FOUND, "unknown_sku", "There is no such SKU for sale.");
    }
    if ((e = lock_or_make(db, ad->a, ad->who, now, &cart_id)) != ERR_OK)
        return e;
    if ((e = add_line(db, ad, &s, cart_id)) != ERR_OK)
        return e;
    return cart_store_touch(db, cart_id, now);
}

enum err
cart_add(struct db *db, struct arena *a, const struct shopper *who, struct str sku,
    int64_t quantity, int64_t *item_id, struct fault *flt)
{
    struct adding ad = {.a = a, .who = who, .sku = sku, .quantity = quantity, .flt = flt};
    enum err e;

    if (quantity < 1 || quantity > CART_QUANTITY_MAX)
        return fault_field(
            flt, "/quantity", "out_of_range", "must be 1 to %d", CART_QUANTITY_MAX);
    if ((e = db_tx(db, add_tx, &ad)) == ERR_OK)
        *item_id = ad.item_id;
    return e;
}

struct setting {
    struct arena *a;
    const struct shopper *who;
    int64_t item_id, quantity;
    struct fault *flt;
};

static enum err
set_tx(struct db *db, void *arg)
{
    struct setting *st = arg;
    struct cart_line *lines;
    struct sku_info s;
    int64_t cart_id;
    enum err e;
    size_t i, n;

    fault_clear(st->flt);
    if ((e = cart_store_lock(db, st->a, st->who, &cart_id)) != ERR_OK)
        return e;
    if ((e = cart_store_lines(db, st->a, st->who, &lines, &n)) != ERR_OK)
        return e;
    i = 0;
    while (i < n && lines[i].id != st->item_id)
        i++;
    if (i == n)
        return ERR_NOT_FOUND;
    if ((e = catalog_skus_by_id(db, st->a, &lines[i].sku_id, 1, &s)) != ERR_OK)
        return e;
    if ((e = quantity_check(&s, st->quantity, st->flt)) != ERR_OK)
        return e;
    if ((e = cart_store_set(db, st->item_id, st->quantity)) != ERR_OK)
        return e;
    return cart_store_touch(db, cart_id, clock_ms());
}

enum err
cart_set(struct db *db, struct arena *a, const struct shopper *who, int64_t item_id,
    int64_t quantity, struct fault *flt)
{
    struct setting st = {
        .a = a, .who = who, .item_id = item_id, .quantity = quantity, .flt = flt};

    return db_tx(db, set_tx, &st);
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
