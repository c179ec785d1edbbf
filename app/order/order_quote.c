/* What an order would come to, before there is one: the same lines, rules and coupon
 * through the same functions. Reads only. */
#include "base/clock.h"
#include "cart/cart.h"
#include "order/order_batch.h"

static enum err
gather_cart(struct placing *p, const struct cart *cart)
{
    if (cart == NULL || cart->n == 0)
        return fault_field(
            p->flt, "/items", "empty_cart", "is missing and the cart is empty");
    p->od.n = cart->n;
    for (size_t i = 0; i < cart->n; i++) {
        const struct cart_item *it = &cart->items[i];

        p->sku[i] = it->sku;
        p->od.lines[i] = (struct order_line){.product_id = it->sku.product_id,
            .sku_id = it->sku.sku_id,
            .sku = it->sku.sku,
            .name = it->sku.name,
            .unit_price = it->sku.unit_price,
            .quantity = it->quantity};
    }
    return ERR_OK;
}

static enum err
gather_wants(struct db *db, struct placing *p)
{
    struct str code[ORDER_LINES_MAX];
    enum err e = order_check_wants(&p->in, p->flt);

    if (e != ERR_OK)
        return e;
    p->od.n = p->in.n;
    for (size_t i = 0; i < p->in.n; i++) {
        code[i] = p->in.want[i].sku;
        p->od.lines[i].quantity = p->in.want[i].quantity;
    }
    if ((e = catalog_skus(db, p->a, code, p->in.n, p->sku)) != ERR_OK)
        return e;
    return placing_lines(p);
}

/* A guest's address may not be known yet: then only the whole limit is looked at. */
static enum err
coupon_find(struct db *db, struct placing *p, struct coupon *c)
{
    const struct order_in *in = &p->in;
    struct str who = STR_NULL;

    if (in->who.account_id != 0 || in->email.n > 0)
        who = coupon_who(p->a, &in->who, in->email);
    return coupon_look(db, p->a, in->coupon, who, clock_ms(), c, p->flt);
}

enum err
order_quote(struct db *db, struct arena *a, const struct order_in *in,
    const struct cart *cart, struct order_quote *out, struct fault *flt)
{
    struct placing p = {.a = a, .in = *in, .flt = flt};
    const bool brings = in->coupon.n > 0;
    struct coupon c;
    enum err e, e2 = ERR_OK;

    p.od.lines = arena_calloc(a, ORDER_LINES_MAX, sizeof(*p.od.lines));
    p.sku = arena_calloc(a, ORDER_LINES_MAX, sizeof(*p.sku));
    e = in->want != NULL ? gather_wants(db, &p) : gather_cart(&p, cart);
    if (e != ERR_OK)
        return e;
    if (in->address.country.n > 0)
        e = order_check_country(a, &p.in.address.country, flt);
    if (e != ERR_OK)
        return e;
    if (brings)
        e2 = coupon_find(db, &p, &c);
    e = placing_price(&p, brings && e2 == ERR_OK ? &c.p : NULL);
    if (e != ERR_OK || e2 != ERR_OK)
        return e != ERR_OK ? e : e2;
    /* What is no order has no lines that could be shipped or given back. */
    for (size_t i = 0; i < p.od.n; i++)
        p.od.lines[i].id = 0;
    out->o = p.od;
    out->methods_n = price_methods(in->rules, p.in.address.country, p.od.currency,
        p.od.subtotal - p.od.discount, out->methods, NULL);
    return ERR_OK;
}
