/* The one pricing function. Pure: the same lines, rules and coupon make the same sums. No
 * part is negative and no sum can leave MONEY_MAX. */
#include "price/rules.h"

#include <stdio.h>

static enum err
line_price(struct price_line *l, size_t i, struct fault *flt)
{
    char ptr[48];

    l->discount = l->tax = l->tax_ppm = 0;
    l->tax_inclusive = false;
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

static enum err
not_applicable(struct fault *flt, const char *why)
{
    return fault_field(flt, "/coupon", "coupon_not_applicable", "%s", why);
}

static void
discount_spread(const struct price_in *in, int64_t discount)
{
    int64_t weight[PRICE_LINES_MAX], share[PRICE_LINES_MAX];
    size_t i;

    for (i = 0; i < in->n; i++)
        weight[i] = in->lines[i].line_total;
    price_split(discount, weight, in->n, share);
    for (i = 0; i < in->n; i++)
        in->lines[i].discount = share[i];
}

/* What the coupon takes off the goods. */
static enum err
coupon_price(const struct price_in *in, struct price_totals *t, struct fault *flt)
{
    const struct price_coupon *c = in->coupon;
    int64_t rest;

    if (c == NULL)
        return ERR_OK;
    if (c->currency.n > 0 && !str_eq(c->currency, in->currency))
        return not_applicable(flt, "is for another currency");
    if (t->subtotal < c->minimum)
        return fault_field(
            flt, "/coupon", "coupon_minimum", "is for orders with more goods than these");
    t->coupon = c->code;
    if (c->kind == COUPON_FREE_SHIPPING)
        return ERR_OK;
    if (c->kind == COUPON_PERCENT) {
        t->discount = price_share(t->subtotal, c->value, PRICE_PPM, &rest);
        t->discount += rest * 2 >= PRICE_PPM;
    } else {
        t->discount = c->value < t->subtotal ? c->value : t->subtotal;
    }
    if (t->discount == 0)
        return not_applicable(flt, "would take nothing off");
    discount_spread(in, t->discount);
    return ERR_OK;
}

static enum err
bad_method(const struct price_method *m, size_t n, struct fault *flt)
{
    char list[96] = "";
    size_t i, at = 0;

    if (n == 0)
        return fault_field(flt, "/shipping_method", "none_applies",
            "nothing of ours delivers such an order there");
    for (i = 0; i < n && at < sizeof(list) - 1; i++)
        at += (size_t)snprintf(list + at, sizeof(list) - at, "%s\"%.*s\"",
            i > 0 ? ", " : "", STR_F(m[i].code));
    return fault_field(flt, "/shipping_method", "bad_choice", "must be %s", list);
}

static enum err
shipping_price(const struct price_in *in, struct price_totals *t, struct fault *flt)
{
    struct price_method m[PRICE_METHODS_MAX];
    size_t i = 0, n;
    bool zone;

    n = price_methods(
        in->rules, in->country, in->currency, t->subtotal - t->discount, m, &zone);
    if (!zone && in->country.n == 0) /* not to be told yet */
        return ERR_OK;
    if (!zone)
        return fault_field(flt, "/shipping_address/country", "not_delivered",
            "is a country that we do not deliver to");
    while (
        in->shipping_method.p != NULL && i < n && !str_eq(m[i].code, in->shipping_method))
        i++;
    if (i == n)
        return bad_method(m, n, flt);
    t->shipping_method = m[i].code;
    t->shipping = m[i].charge;
    if (in->coupon == NULL || in->coupon->kind != COUPON_FREE_SHIPPING)
        return ERR_OK;
    if (t->shipping == 0)
        return not_applicable(flt, "would take nothing off: delivery is free");
    t->shipping = 0;
    return ERR_OK;
}

static void
tax_add(struct price_totals *t, int64_t tax, bool inclusive)
{
    if (inclusive)
        t->tax_included += tax;
    else
        t->tax += tax;
}

static void
taxes_price(const struct price_in *in, struct price_totals *t)
{
    const struct tax_rule *r;

    if (in->country.n == 0)
        return;
    for (size_t i = 0; i < in->n; i++) {
        struct price_line *l = &in->lines[i];

        if ((r = price_rules_tax(in->rules, in->country, l->category_id)) == NULL)
            continue;
        l->tax_ppm = r->ppm;
        l->tax_inclusive = r->inclusive;
        l->tax = price_tax(l->line_total - l->discount, r->ppm, r->inclusive);
        tax_add(t, l->tax, l->tax_inclusive);
    }
    if ((r = price_rules_tax(in->rules, in->country, 0)) == NULL)
        return;
    t->shipping_tax_ppm = r->ppm;
    t->shipping_tax_inclusive = r->inclusive;
    t->shipping_tax = price_tax(t->shipping, r->ppm, r->inclusive);
    tax_add(t, t->shipping_tax, t->shipping_tax_inclusive);
}

enum err
price_quote(const struct price_in *in, struct price_totals *out, struct fault *flt)
{
    struct price_totals t = {.subtotal = 0};
    enum err e = subtotal_price(in, &t.subtotal, flt), e2;

    if (e != ERR_OK)
        return e;
    e = coupon_price(in, &t, flt);
    e2 = shipping_price(in, &t, flt);
    if (e != ERR_OK || e2 != ERR_OK)
        return e != ERR_OK ? e : e2;
    taxes_price(in, &t);
    t.total = t.subtotal - t.discount + t.shipping + t.tax;
    if (t.total > MONEY_MAX)
        return fault_field(flt, "/items", "out_of_range", "the total is too large");
    *out = t;
    return ERR_OK;
}
