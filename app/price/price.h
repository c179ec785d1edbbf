/* The one pricing function: cart, checkout, order and invoice all ask it. Integers only.
 */
#ifndef SOUK_PRICE_PRICE_H
#define SOUK_PRICE_PRICE_H

#include "price/money.h"

#define PRICE_LINES_MAX 100

struct price_line {
    int64_t unit_price, quantity;
    int64_t line_total; /* out */
};

struct price_in {
    struct price_line *lines; /* line_total is filled in */
    size_t n;
    struct str currency;
    struct str country;         /* ISO 3166 alpha-2, STR_NULL if not known yet */
    struct str shipping_method; /* STR_NULL: the default */
    struct str coupon;          /* STR_NULL: none */
};

struct price_totals {
    int64_t subtotal, discount, shipping, tax, total;
    struct str shipping_method; /* the one that applies */
};

/* ERR_INVALID with a fault at /shipping_method, /coupon or the line when a total would
 * pass MONEY_MAX. */
enum err price_quote(
    const struct price_in *in, struct price_totals *out, struct fault *flt) MUST_CHECK;

#endif
