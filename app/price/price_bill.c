/* What was charged, told apart into net and tax, and added up by rate. Amounts are taken as
 * they were decided when the order was placed: no rate is applied here. */
#include "price/price.h"

int64_t
price_net(const struct price_part *p)
{
    return p->tax_inclusive ? p->amount - p->tax : p->amount;
}

int64_t
price_gross(const struct price_part *p)
{
    return p->tax_inclusive ? p->amount : p->amount + p->tax;
}

/* The place of a rate among the sums, made when it is new. */
static struct price_tax_sum *
sum_of(struct price_tax_sum *out, size_t *n, const struct price_part *p)
{
    size_t i = 0, k;

    while (i < *n && (out[i].ppm > p->tax_ppm ||
                         (out[i].ppm == p->tax_ppm && !out[i].inclusive &&
                             p->tax_inclusive)))
        i++;
    if (i < *n && out[i].ppm == p->tax_ppm && out[i].inclusive == p->tax_inclusive)
        return &out[i];
    for (k = (*n)++; k > i; k--)
        out[k] = out[k - 1];
    out[i] = (struct price_tax_sum){.ppm = p->tax_ppm, .inclusive = p->tax_inclusive};
    return &out[i];
}

size_t
price_tax_sums(const struct price_part *part, size_t n, struct price_tax_sum *out)
{
    size_t sums = 0;

    for (size_t i = 0; i < n; i++) {
        struct price_tax_sum *s = sum_of(out, &sums, &part[i]);

        s->net += price_net(&part[i]);
        s->tax += part[i].tax;
        s->gross += price_gross(&part[i]);
    }
    return sums;
}
