/* Money: int64 minor units with an ISO 4217 currency, its text and JSON forms. */
#ifndef SOUK_PRICE_MONEY_H
#define SOUK_PRICE_MONEY_H

#include "base/arena.h"
#include "base/err.h"

/* No price, total or sum above this: sums of the largest order cannot overflow. */
#define MONEY_MAX INT64_C(1000000000000)

/* Digits of the minor unit (ISO 4217): 0, 2, 3 or 4; -1: no such currency. */
int currency_digits(struct str code);
/* "$1,999.00", "CHF 19.99", "JPY 1,999", "-$5.00": for people. In the arena. */
struct str money_format(struct arena *a, int64_t amount, struct str currency);
/* "19.99": the decimal number in major units, for forms and export. */
struct str money_decimal(struct arena *a, int64_t amount, struct str currency);
/* Read such a number ("19.99", "19.9", "19"; no exponent, no more digits than the currency
 * has, trailing zeros beyond them allowed). ERR_INVALID: not one, negative, above MONEY_MAX. */
enum err money_parse_decimal(struct str s, struct str currency, int64_t *out) MUST_CHECK;
#endif
