/* Money's text forms: exact, bounded, and refusing whatever would need a rounding. */
#include <CUnit/CUnit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "price/money.h"

extern CU_SuiteInfo money_suite;

static struct arena *ar;

static void
set_up(void)
{
    ar = arena_new(4096);
}

static void
tear_down(void)
{
    arena_free(ar);
}

static void
test_digits_of_known_currencies(void)
{
    CU_ASSERT_EQUAL(currency_digits(STR("USD")), 2);
    CU_ASSERT_EQUAL(currency_digits(STR("JPY")), 0);
    CU_ASSERT_EQUAL(currency_digits(STR("KWD")), 3);
    CU_ASSERT_EQUAL(currency_digits(STR("CLF")), 4);
    CU_ASSERT_EQUAL(currency_digits(STR("XPF")), 0);
    CU_ASSERT_EQUAL(currency_digits(STR("ZWG")), 2);
}

static void
test_digits_refuses_what_is_no_currency(void)
{
    CU_ASSERT_EQUAL(currency_digits(STR("XAU")), -1);
    CU_ASSERT_EQUAL(currency_digits(STR("usd")), -1);
    CU_ASSERT_EQUAL(currency_digits(STR("US")), -1);
    CU_ASSERT_EQUAL(currency_digits(STR("SD ")), -1);
    CU_ASSERT_EQUAL(currency_digits(STR("D A")), -1);
    CU_ASSERT_EQUAL(currency_digits(STR("USDX")), -1);
    CU_ASSERT_EQUAL(currency_digits(STR_NULL), -1);
}

/* A quoted field as CSV has it: what is behind its end. */
static struct str
csv_next(struct str line, struct str *field)
{
    size_t i;

    if (line.n > 0 && line.p[0] == '"') {
        for (i = 1; i < line.n && line.p[i] != '"'; i++)
            ;
        *field = str_sub(line, 1, i - 1);
        return str_sub(line, i + 2, line.n);
    }
    (void)str_cut(line, ',', field, &line);
    return line;
}

/* The whole list of ISO 4217: each active code has the digits the list says. */
static void
test_digits_agree_with_the_published_list(void)
{
    const char *dir = getenv("SOUK_TEST_DATA");
    char line[512], path[512];
    int seen = 0;
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/codes/codes-all.csv", dir != NULL ? dir : "");
    f = dir != NULL ? fopen(path, "r") : NULL;
    if (f == NULL) {
        (void)printf("skipped: no SOUK_TEST_DATA/codes/codes-all.csv\n");
        return;
    }
    while (fgets(line, sizeof(line), f) != NULL) {
        struct str rest = str_trim(str_c(line)), v[6];
        size_t i;
        int want;

        for (i = 0; i < NELEM(v); i++)
            rest = csv_next(rest, &v[i]);
        if (v[2].n != 3 || v[5].n > 0)
            continue;
        want = v[4].n == 1 && v[4].p[0] != '-' ? v[4].p[0] - '0' : -1;
        CU_ASSERT_EQUAL(currency_digits(v[2]), want);
        seen++;
    }
    CU_ASSERT_TRUE(seen > 200);
    (void)fclose(f);
}

static void
test_format_for_people(void)
{
    CU_ASSERT_TRUE(str_eq_c(money_format(ar, 1999, STR("USD")), "$19.99"));
    CU_ASSERT_TRUE(str_eq_c(money_format(ar, 5, STR("EUR")), "€0.05"));
    CU_ASSERT_TRUE(str_eq_c(money_format(ar, 1999, STR("JPY")), "JPY 1,999"));
    CU_ASSERT_TRUE(str_eq_c(money_format(ar, 999, STR("JPY")), "JPY 999"));
    CU_ASSERT_TRUE(str_eq_c(money_format(ar, 1234567, STR("KWD")), "KWD 1,234.567"));
    CU_ASSERT_TRUE(str_eq_c(money_format(ar, -123456, STR("USD")), "-$1,234.56"));
    CU_ASSERT_TRUE(str_eq_c(money_format(ar, 0, STR("USD")), "$0.00"));
    CU_ASSERT_TRUE(
        str_eq_c(money_format(ar, MONEY_MAX, STR("USD")), "$10,000,000,000.00"));
    CU_ASSERT_TRUE(
        str_eq_c(money_format(ar, INT64_MIN, STR("USD")), "-$92,233,720,368,547,758.08"));
}

static void
test_decimal_for_forms(void)
{
    CU_ASSERT_TRUE(str_eq_c(money_decimal(ar, 123456789, STR("USD")), "1234567.89"));
    CU_ASSERT_TRUE(str_eq_c(money_decimal(ar, 7, STR("CLF")), "0.0007"));
    CU_ASSERT_TRUE(str_eq_c(money_decimal(ar, 100, STR("JPY")), "100"));
}

static void
test_parse_reads_numbers(void)
{
    static const struct {
        const char *text, *currency;
        int64_t want;
    } t[] = {
        {"19.99", "USD", 1999},
        {"19.9", "USD", 1990},
        {"19", "USD", 1900},
        {"0", "USD", 0},
        {"0.01", "USD", 1},
        {"19.9900", "USD", 1999},
        {"1999", "JPY", 1999},
        {"1999.00", "JPY", 1999},
        {"1.234", "KWD", 1234},
        {"10000000000.00", "USD", MONEY_MAX},
    };
    int64_t v;
    size_t i;

    for (i = 0; i < NELEM(t); i++) {
        v = -1;
        CU_ASSERT_EQUAL(
            money_parse_decimal(str_c(t[i].text), str_c(t[i].currency), &v), ERR_OK);
        CU_ASSERT_EQUAL(v, t[i].want);
    }
}

static void
test_parse_refuses_the_rest(void)
{
    static const char *const bad[] = {"", ".", "1.", ".5", "-1", "+1", "1e3", " 1", "1 ",
        "1,000", "1.999", "0x10", "1.0.0", "NaN", "10000000000.01",
        "99999999999999999999999999", "10000000000000", "1\xd9\xa1"};
    int64_t v = 7;
    size_t i;

    for (i = 0; i < NELEM(bad); i++)
        CU_ASSERT_EQUAL(money_parse_decimal(str_c(bad[i]), STR("USD"), &v), ERR_INVALID);
    CU_ASSERT_EQUAL(money_parse_decimal(STR("1"), STR("XXX"), &v), ERR_INVALID);
    CU_ASSERT_EQUAL(money_parse_decimal(STR("0.5"), STR("JPY"), &v), ERR_INVALID);
    CU_ASSERT_EQUAL(v, 7);
}

/* Whatever is written is read back as the same figure. */
static void
test_decimal_round_trip(void)
{
    static const char *const cur[] = {"USD", "JPY", "KWD", "CLF"};
    int64_t amount, back;
    size_t i, k;

    for (i = 0; i < 2000; i++) {
        amount = (int64_t)rand_below((uint64_t)1 << (i % 40));
        for (k = 0; k < NELEM(cur); k++) {
            struct str s = money_decimal(ar, amount, str_c(cur[k]));

            back = -1;
            CU_ASSERT_EQUAL(money_parse_decimal(s, str_c(cur[k]), &back), ERR_OK);
            CU_ASSERT_EQUAL(back, amount);
        }
    }
}

static CU_TestInfo tests[] = {
    {"known currencies have their digits", test_digits_of_known_currencies},
    {"what is no currency has none", test_digits_refuses_what_is_no_currency},
    {"the currency table agrees with ISO 4217",
        test_digits_agree_with_the_published_list},
    {"money for people", test_format_for_people},
    {"money for forms", test_decimal_for_forms},
    {"decimal prices are read", test_parse_reads_numbers},
    {"other prices are refused", test_parse_refuses_the_rest},
    {"decimal text comes back the same", test_decimal_round_trip},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo money_suite = {"money", NULL, NULL, set_up, tear_down, tests};
