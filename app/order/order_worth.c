/* What is left of an order's lines: units to send, units to refund, and what those are
 * worth. Integers only; nothing is read or written. */
#include "order/order_parts.h"

int64_t
order_line_open(const struct order_line *l)
{
    return l->quantity - l->shipped - l->withdrawn;
}

int64_t
order_line_unrefunded(const struct order_line *l)
{
    return l->quantity - l->refunded;
}

struct price_part
order_line_part(const struct order_line *l)
{
    return (struct price_part){.amount = l->line_total - l->discount,
        .tax = l->tax,
        .tax_ppm = l->tax_ppm,
        .tax_inclusive = l->tax_inclusive};
}

int64_t
order_line_paid(const struct order_line *l)
{
    const struct price_part p = order_line_part(l);

    return price_gross(&p);
}

/* What the first `n` of a line's units cost: the odd minor units are theirs. */
static int64_t
first(const struct order_line *l, int64_t n)
{
    int64_t paid = order_line_paid(l), odd = paid % l->quantity;

    return paid / l->quantity * n + (n < odd ? n : odd);
}

int64_t
order_line_worth(const struct order_line *l, int64_t n)
{
    int64_t worth = first(l, l->refunded + n) - first(l, l->refunded);
    int64_t left = order_line_paid(l) - l->refunded_amount;

    return worth < left ? worth : left;
}
