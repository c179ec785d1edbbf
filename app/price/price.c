/* The one pricing function: cart, checkout, order and invoice all ask it. Integers only,
 * and no sum can leave MONEY_MAX. Shipping is "standard" at no charge; it refuses any
 * coupon. */
#include "price/price.h"

#include <stdio.h>

static enum err
line_price(struct price_line *l, size_t i, struct fault *flt)
{
    char ptr[48];

    (void)snprintf(ptr, sizeof(ptr), "/items/%zu/quantity", i);
    if (l->quantity < 1 || l->unit_price < 0 || l->unit_price > MONEY_MAX)
        return fault_field(
            flt, ptr, "out_of_range", "is not a quantity that can be sold");
    if (l->unit_price > 0 && l->quantity > MONEY_MAX / l->unit_price)
        return fault_field(flt, ptr, "out_of_range", "makes the sum too large");
    l->line_total = l->unit_price * l->quantity;
    return ERR_OK;
}

static enum err
subtotal_price(const struct price_in *in, int64_t *subtotal, struct fault *flt)
{
    enum err e = ERR_OK, worst = ERR_OK;
    size_t i;

    if (in->n > PRICE_LINES_MAX)
        return fault_field(
            flt, "/items", "too_long", "at most %d lines", PRICE_LINES_MAX);
    for (i = 0; i < in->n; i++) {
        if ((e = line_price(&in->lines[i], i, flt)) != ERR_OK)
            worst = e;
        else
            *subtotal += in->lines[i].line_total; /* 100 times MONEY_MAX fits easily */
    }
    if (worst == ERR_OK && *subtotal > MONEY_MAX)
        worst = fault_field(flt, "/items", "out_of_range", "the total is too large");
    return worst;
}

enum err
price_quote(const struct price_in *in, struct price_totals *out, struct fault *flt)
{
    struct str method =
        in->shipping_method.p != NULL ? in->shipping_method : STR("standard");
    struct price_totals t = {.shipping_method = STR("standard")};
    enum err e = subtotal_price(in, &t.subtotal, flt);

    if (!str_eq(method, t.shipping_method))
        e = fault_field(flt, "/shipping_method", "bad_choice", "must be \"standard\"");
    if (in->coupon.p != NULL)
        e = fault_field(flt, "/coupon", "unknown_coupon", "there is no such coupon");
    if (e != ERR_OK)
        return e;
    t.total = t.subtotal - t.discount + t.shipping + t.tax;
    *out = t;
    return ERR_OK;
}
