/* The one pricing function: cart, checkout, order and invoice all ask it. Integers only:
 *
 *   total = subtotal - discount + shipping + tax, every part at least 0
 *
 * A coupon takes off the goods, spread over the lines by largest remainder. Each line's
 * tax is rounded once, half up, on what is left of it, at the rate of the nearest of its
 * product's categories that has one in the country, else the country's general one.
 * Delivery is taxed at the general rate. Inclusive tax is contained, and never added. */
#ifndef SOUK_PRICE_PRICE_H
#define SOUK_PRICE_PRICE_H

#include "base/arena.h"
#include "price/money.h"

#define PRICE_LINES_MAX 100
#define PRICE_METHODS_MAX 20       /* that one address may choose from */
#define PRICE_PPM INT64_C(1000000) /* rates are parts per million */

/* Tax rates, zones and methods of one moment, unchangeable; made by price/rules.h. NULL:
 * those of a shop that has none: no tax, "standard" delivery, free, everywhere. */
struct price_rules;

struct price_line {
    int64_t unit_price, quantity;
    int64_t line_total;  /* out */
    int64_t category_id; /* in; 0: none */
    /* out: the line's part of the discount, its tax, and how that was reckoned */
    int64_t discount, tax, tax_ppm;
    bool tax_inclusive;
};

enum coupon_kind { COUPON_PERCENT, COUPON_FIXED, COUPON_FREE_SHIPPING };
/* What a coupon does, not whether it may be used: that is coupon/'s. */
struct price_coupon {
    struct str code;
    enum coupon_kind kind;
    int64_t value;       /* ppm, or minor units of `currency` */
    struct str currency; /* of value and minimum; STR_NULL: it needs none */
    int64_t minimum;     /* of the goods before the discount; 0: none */
};

struct price_in {
    struct price_line *lines; /* filled in */
    size_t n;
    struct str currency;
    struct str country; /* ISO 3166 alpha-2; STR_NULL if not known yet: then tax is
                         * not either, nor shipping where there are zones */
    struct str shipping_method; /* STR_NULL: the first that applies */
    const struct price_rules *rules;
    const struct price_coupon *coupon; /* NULL: none */
};

struct price_totals {
    int64_t subtotal, discount, shipping, tax, total;
    int64_t tax_included; /* in the lines and in shipping */
    int64_t shipping_tax, shipping_tax_ppm;
    bool shipping_tax_inclusive;
    struct str shipping_method; /* the one that applies; STR_NULL: not known yet */
    struct str coupon;          /* its code */
};

/* ERR_INVALID with every fault: at a line or /items when a total would pass MONEY_MAX,
 * /shipping_address/country "not_delivered", /shipping_method "bad_choice" (with the
 * possible ones) or "none_applies", /coupon "coupon_minimum" or "coupon_not_applicable"
 * (another currency, or nothing that it could take off). */
enum err price_quote(
    const struct price_in *in, struct price_totals *out, struct fault *flt) MUST_CHECK;

struct price_method {
    struct str code, name;
    int64_t charge;
};
/* How goods worth so much (after the discount) may travel to a country, in the shop's
 * order; returns their number, 0 also when it is in no zone (*zone, may be NULL, tells)
 * or not known yet. */
size_t price_methods(const struct price_rules *r, struct str country, struct str currency,
    int64_t goods, struct price_method out[PRICE_METHODS_MAX], bool *zone);

/* What the shop calls a method today; STR_NULL: it has none of this code there any more. */
struct str price_method_name(const struct price_rules *r, struct str country,
    struct str currency, struct str code);

struct cache;
/* After COMMIT of a change to rates, zones or methods: every process of this machine
 * reads them anew. (Others, and a new category, within a second.) */
void price_rules_changed(struct cache *cache);

/* Part `part` of `whole` shares of `amount`, rounded down, and the remainder (times
 * `whole`); exact for all up to MONEY_MAX, part <= whole. */
int64_t price_share(int64_t amount, int64_t part, int64_t whole, int64_t *rest);
/* Spread `amount` over the weights in proportion, by largest remainder: the shares sum to
 * it, none is above its weight, none is a whole unit off. 0 <= amount <= sum <=
 * MONEY_MAX. */
void price_split(int64_t amount, const int64_t *weight, size_t n, int64_t *share);
/* Tax on, or contained in, an amount, rounded half up. */
int64_t price_tax(int64_t amount, int64_t ppm, bool inclusive);

/* A line, or the delivery, as it was charged. */
struct price_part {
    int64_t amount; /* after the discount; contains the tax if tax_inclusive */
    int64_t tax, tax_ppm;
    bool tax_inclusive;
};
int64_t price_net(const struct price_part *p);
int64_t price_gross(const struct price_part *p);
struct price_tax_sum {
    int64_t ppm, net, tax, gross;
    bool inclusive;
};
/* The parts added up by rate, the highest first; returns how many, at most n. Nothing is
 * rounded anew: the sums are those of the parts, and the gross ones the order's total. */
size_t price_tax_sums(
    const struct price_part *part, size_t n, struct price_tax_sum *out) MUST_CHECK;

#endif
