/* What an order's lines come to, for one that is placed and for one that is only asked
 * about: the catalogue's names and prices of the moment, summed by the one pricing
 * function. */
#include <stdio.h>

#include "base/rand.h"
#include "catalog/catalog.h"
#include "order/order_batch.h"

static enum err
sku_check(const struct placing *p, size_t i)
{
    const struct sku_info *s = &p->sku[i];
    char ptr[48];

    (void)snprintf(ptr, sizeof(ptr), "/items/%zu/sku", i);
    if (s->sku_id == 0 || !s->active)
        return fault_field(p->flt, ptr, "unknown_sku", "is not for sale");
    if (!str_eq(s->currency, p->sku[0].currency))
        return fault_field(p->flt, ptr, "currency_mismatch",
            "is sold in %.*s, not in %.*s", STR_F(s->currency),
            STR_F(p->sku[0].currency));
    return ERR_OK;
}

enum err
placing_lines(struct placing *p)
{
    enum err e, worst = ERR_OK;
    size_t i;

    for (i = 0; i < p->od.n; i++) {
        const struct sku_info *s = &p->sku[i];
        struct order_line *l = &p->od.lines[i];

        if ((e = sku_check(p, i)) != ERR_OK) {
            worst = e;
            continue;
        }
        l->id = id_next();
        l->product_id = s->product_id;
        l->sku_id = s->sku_id;
        l->sku = s->sku;
        l->name = s->name;
        l->unit_price = s->unit_price;
    }
    return worst;
}

static void
line_sums(struct order_line *l, const struct price_line *pl)
{
    l->line_total = pl->line_total;
    l->discount = pl->discount;
    l->tax = pl->tax;
    l->tax_ppm = pl->tax_ppm;
    l->tax_inclusive = pl->tax_inclusive;
}

static void
order_sums(struct order *o, const struct price_totals *t)
{
    o->subtotal = t->subtotal;
    o->discount = t->discount;
    o->shipping = t->shipping;
    o->tax = t->tax;
    o->total = t->total;
    o->tax_included = t->tax_included;
    o->shipping_tax = t->shipping_tax;
    o->shipping_tax_ppm = t->shipping_tax_ppm;
    o->shipping_tax_inclusive = t->shipping_tax_inclusive;
    o->shipping_method = t->shipping_method;
    o->coupon = t->coupon;
}

enum err
placing_price(struct placing *p, const struct price_coupon *c)
{
    struct price_line *pl = arena_calloc(p->a, p->od.n + 1, sizeof(*pl));
    struct price_in pi = {.lines = pl,
        .n = p->od.n,
        .currency = p->od.n > 0 ? p->sku[0].currency : p->in.default_currency,
        .country = p->in.address.country,
        .shipping_method = p->in.shipping_method,
        .rules = p->in.rules,
        .coupon = c};
    struct price_totals t;
    enum err e;
    size_t i;

    for (i = 0; i < p->od.n; i++)
        pl[i] = (struct price_line){.unit_price = p->od.lines[i].unit_price,
            .quantity = p->od.lines[i].quantity,
            .category_id = p->sku[i].category_id};
    if ((e = price_quote(&pi, &t, p->flt)) != ERR_OK)
        return e;
    for (i = 0; i < p->od.n; i++)
        line_sums(&p->od.lines[i], &pl[i]);
    order_sums(&p->od, &t);
    p->od.currency = pi.currency;
    return ERR_OK;
}
