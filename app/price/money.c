/* Money in integers of the currency's minor unit: its text forms and the list of
 * currencies.  Never a floating point number, never a rounding: text that would need
 * one is refused. */
#include "price/money.h"

#include <string.h>

/* ISO 4217, active codes with a minor unit, in groups by its digits.  Codes without one
 * (metals, testing, bond units) are no currency to sell in. */
static const char digits_0[] =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF "
    "XOF XPF";
static const char digits_2[] =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN "
    "BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP "
    "ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR "
    "IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT "
    "MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
    "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC "
    "SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD "
    "XCD XCG YER ZAR ZMW ZWG";
static const char digits_3[] = "BHD IQD JOD KWD LYD OMR TND";
static const char digits_4[] = "CLF UYW";

static const struct {
    int digits;
    const char *codes;
} groups[] = {{2, digits_2}, {0, digits_0}, {3, digits_3}, {4, digits_4}};

/* Signs that mean one currency only to nearly everybody; the rest show their code. */
static const struct {
    struct str code;
    const char *sign;
} signs[] = {
    {STR_INIT("USD"), "$"},
    {STR_INIT("EUR"), "€"},
    {STR_INIT("GBP"), "£"},
    {STR_INIT("INR"), "₹"},
};

#define DECIMAL_N 32 /* the largest number, its commas, point and sign */

int
currency_digits(struct str code)
{
    const char *p;
    size_t i;

    if (code.n != 3)
        return -1;
    for (i = 0; i < NELEM(groups); i++) {
        for (p = groups[i].codes; *p != '\0'; p += p[3] == ' ' ? 4 : 3) {
            if (memcmp(p, code.p, 3) == 0)
                return groups[i].digits;
        }
    }
    return -1;
}

/* Write `amount` from the right end of out[DECIMAL_N] to the left; returns its start. */
static struct str
decimal(char out[DECIMAL_N], int64_t amount, int digits, bool commas)
{
    uint64_t u = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    size_t at = DECIMAL_N;
    int n;

    /* At least one digit before the point: "0.05". */
    for (n = 0; n <= digits || u > 0; n++) {
        if (n == digits && digits > 0)
            out[--at] = '.';
        else if (commas && n > digits && (n - digits) % 3 == 0)
            out[--at] = ',';
        out[--at] = (char)('0' + u % 10);
        u /= 10;
    }
    if (amount < 0)
        out[--at] = '-';
    return (struct str){out + at, DECIMAL_N - at};
}

struct str
money_format(struct arena *a, int64_t amount, struct str currency)
{
    int digits = currency_digits(currency);
    char out[DECIMAL_N];
    const char *minus = amount < 0 ? "-" : "";
    struct str s = decimal(out, amount, digits > 0 ? digits : 0, true);
    size_t i;

    if (amount < 0)
        s = str_sub(s, 1, s.n);
    for (i = 0; i < NELEM(signs); i++) {
        if (str_eq(signs[i].code, currency))
            return arena_printf(a, "%s%s%.*s", minus, signs[i].sign, STR_F(s));
    }
    return arena_printf(a, "%s%.*s %.*s", minus, STR_F(currency), STR_F(s));
}

struct str
money_decimal(struct arena *a, int64_t amount, struct str currency)
{
    int digits = currency_digits(currency);
    char out[DECIMAL_N];

    return arena_str(a, decimal(out, amount, digits > 0 ? digits : 0, false));
}

/* Append the digits of `s` to *v; false on anything else or above MONEY_MAX. */
static bool
digits_add(struct str s, int64_t *v)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *v = *v * 10 + (s.p[i] - '0');
        if (*v > MONEY_MAX)
            return false;
    }
    return true;
}

enum err
money_parse_decimal(struct str s, struct str currency, int64_t *out)
{
    int digits = currency_digits(currency);
    struct str whole, part;
    int64_t v = 0;
    bool point;

    point = str_cut(s, '.', &whole, &part);
    if (digits < 0 || whole.n == 0 || (point && part.n == 0))
        return ERR_INVALID;
    while (part.n > (size_t)digits && part.p[part.n - 1] == '0')
        part.n--;
    if (part.n > (size_t)digits || !digits_add(whole, &v) || !digits_add(part, &v))
        return ERR_INVALID;
    for (; part.n < (size_t)digits; part.n++) {
        if (v > MONEY_MAX / 10)
            return ERR_INVALID;
        v *= 10;
    }
    *out = v;
    return ERR_OK;
}
