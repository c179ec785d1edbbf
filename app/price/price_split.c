/* Exact shares of an amount and its tax, without a wider integer than 64 bits. */
#include "price/price.h"

/* amount, part and whole have at most 40 bits. */
#define BITS 40
_Static_assert(MONEY_MAX < INT64_C(1) << BITS, "an amount has 40 bits");

/* Long division of amount * part by whole, bit by bit: nothing grows beyond 3 * 2^40. */
int64_t
price_share(int64_t amount, int64_t part, int64_t whole, int64_t *rest)
{
    int64_t q = 0, r = 0;

    for (int bit = BITS - 1; bit >= 0; bit--) {
        q *= 2;
        r *= 2;
        if ((amount >> bit & 1) != 0)
            r += part;
        while (r >= whole) {
            r -= whole;
            q++;
        }
    }
    *rest = r;
    return q;
}

/* The line with the largest remainder takes the next unit, the first of equals; once
 * only. */
static size_t
largest(const int64_t *rest, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (rest[i] > rest[best])
            best = i;
    return best;
}

void
price_split(int64_t amount, const int64_t *weight, size_t n, int64_t *share)
{
    int64_t rest[PRICE_LINES_MAX] = {0}, sum = 0, left = amount;
    size_t i;

    for (i = 0; i < n; i++)
        sum += weight[i];
    for (i = 0; i < n; i++) {
        share[i] = sum > 0 ? price_share(amount, weight[i], sum, &rest[i]) : 0;
        left -= share[i];
    }
    /* Fewer than there are remainders: each is below one unit. */
    for (; sum > 0 && left > 0; left--) {
        i = largest(rest, n);
        share[i]++;
        rest[i] = 0;
    }
}

int64_t
price_tax(int64_t amount, int64_t ppm, bool inclusive)
{
    int64_t base = inclusive ? PRICE_PPM + ppm : PRICE_PPM;

    /* amount * ppm is at most 10^18. */
    return (2 * (amount * ppm) + base) / (2 * base);
}
