/* Pricing with tax, delivery and coupons: for any order, in currencies of 0, 2 and 3
 * decimals, the parts make the whole. The dice repeat with SOUK_SEED. */
#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "price/rules.h"

extern CU_SuiteInfo price_rules_suite;

#define ROUNDS 20000
#define LINE(price, n) {.unit_price = (price), .quantity = (n)}

static struct fault flt;
static uint64_t dice;

static void
set_up(void)
{
    const char *seed = getenv("SOUK_SEED");
    int64_t n;

    dice = seed != NULL && str_i64(str_c(seed), &n) ? (uint64_t)n : 20261123;
    fault_clear(&flt);
}

/* splitmix64 */
static uint64_t
roll(uint64_t below)
{
    uint64_t z = dice += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

/* Categories: 1 > 2 > 3 and 4 alone. DE has 19 % contained, 7 % below 2, none on 4; US adds
 * 8.875 %; JP adds 10 % on 2 alone, so that nothing else is taxed. */
static struct tax_rule tax[] = {
    {STR_INIT("US"), 0, 88750, false},
    {STR_INIT("DE"), 2, 70000, true},
    {STR_INIT("DE"), 0, 190000, true},
    {STR_INIT("DE"), 4, 0, true},
    {STR_INIT("JP"), 2, 100000, false},
};
static struct category_rule categories[] = {{3, 2}, {2, 1}, {4, 0}, {1, 0}};
static struct place_rule places[] = {
    {STR_INIT("DE"), 1}, {STR_INIT("AT"), 1}, {STR_INIT("US"), 2}, {STR_INIT("JP"), 3}};
static struct place_rule everywhere[] = {{STR_INIT("DE"), 1}, {STR_INIT("*"), 2}};
#define METHODS(zone, cur)                                                               \
    {zone, STR_INIT("standard"), STR_INIT("Standard"), STR_INIT(cur), 495, 5000, -1},    \
        {zone, STR_INIT("express"), STR_INIT("Express"), STR_INIT(cur), 1295, -1, 100000}
#define ZONE(zone) METHODS(zone, "USD"), METHODS(zone, "JPY"), METHODS(zone, "KWD")
static struct method_rule methods[] = {ZONE(1), ZONE(2), ZONE(3)};

static const struct price_rules *
rules(void)
{
    static struct price_rules r = {tax, NELEM(tax), categories, NELEM(categories), places,
        NELEM(places), methods, NELEM(methods)};

    price_rules_sort(&r);
    return &r;
}

static const struct str currencies[] = {
    STR_INIT("JPY"), STR_INIT("USD"), STR_INIT("KWD")};
static const struct str countries[] = {
    STR_INIT("DE"), STR_INIT("AT"), STR_INIT("US"), STR_INIT("JP")};

static struct price_coupon
any_coupon(struct str currency)
{
    struct price_coupon c = {
        .code = STR("C"), .kind = (enum coupon_kind)roll(3), .currency = currency};

    if (c.kind == COUPON_PERCENT)
        c.value = 1 + (int64_t)roll(PRICE_PPM);
    else if (c.kind == COUPON_FIXED)
        c.value = 1 + (int64_t)roll((uint64_t)1 << (1 + roll(39)));
    return c;
}

/* 1 to 100 lines, small ones and huge ones. */
static struct price_in
any_order(struct price_line *l)
{
    size_t n = 1 + (size_t)roll(roll(2) == 0 ? 4 : PRICE_LINES_MAX);
    uint64_t top = (uint64_t)1 << roll(33);

    for (size_t i = 0; i < n; i++)
        l[i] = (struct price_line){.unit_price = (int64_t)roll(top + 1),
            .quantity = 1 + (int64_t)roll(roll(2) == 0 ? 3 : 200),
            .category_id = (int64_t)roll(6)};
    return (struct price_in){.lines = l,
        .n = n,
        .currency = currencies[roll(NELEM(currencies))],
        .country = countries[roll(NELEM(countries))],
        .rules = rules()};
}

/* The nearest unit to what a line's tax is, exactly. */
static bool
tax_is_rounded(int64_t net, int64_t ppm, bool inclusive, int64_t tax_)
{
    int64_t base = inclusive ? PRICE_PPM + ppm : PRICE_PPM;
    int64_t off = tax_ * base - net * ppm;

    return 2 * off <= base && 2 * off > -base;
}

static void
check_parts(const struct price_in *in, const struct price_totals *t)
{
    int64_t goods = 0, discount = 0, added = 0, contained = 0;

    for (size_t i = 0; i < in->n; i++) {
        const struct price_line *l = &in->lines[i];

        goods += l->line_total;
        discount += l->discount;
        *(l->tax_inclusive ? &contained : &added) += l->tax;
        CU_ASSERT(l->discount >= 0 && l->discount <= l->line_total);
        CU_ASSERT(l->tax >= 0 && l->tax <= l->line_total - l->discount);
        CU_ASSERT(tax_is_rounded(
            l->line_total - l->discount, l->tax_ppm, l->tax_inclusive, l->tax));
    }
    *(t->shipping_tax_inclusive ? &contained : &added) += t->shipping_tax;
    CU_ASSERT_EQUAL(goods, t->subtotal);
    CU_ASSERT_EQUAL(discount, t->discount);
    CU_ASSERT_EQUAL(added, t->tax);
    CU_ASSERT_EQUAL(contained, t->tax_included);
    CU_ASSERT_EQUAL(t->total, t->subtotal - t->discount + t->shipping + t->tax);
    CU_ASSERT(t->shipping >= 0 && t->shipping_tax <= t->shipping);
    CU_ASSERT(t->total >= 0 && t->total <= MONEY_MAX && t->tax_included <= t->total);
}

static void
test_parts_make_the_whole(void)
{
    struct price_line l[PRICE_LINES_MAX];
    int priced = 0, with_discount = 0, added = 0, contained = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct price_in in = any_order(l);
        struct price_coupon c = any_coupon(in.currency);
        struct price_totals t;

        if (roll(3) > 0)
            in.coupon = &c;
        fault_clear(&flt);
        if (price_quote(&in, &t, &flt) != ERR_OK) {
            CU_ASSERT(flt.n > 0);
            continue;
        }
        check_parts(&in, &t);
        priced++;
        with_discount += t.discount > 0;
        added += t.tax > 0;
        contained += t.tax_included > 0;
    }
    /* The dice reached every side. */
    CU_ASSERT(priced > ROUNDS / 2 && with_discount > ROUNDS / 10);
    CU_ASSERT(added > ROUNDS / 10 && contained > ROUNDS / 10);
}

/* More goods: never less of a discount, nor of tax where all is taxed alike. */
static void
test_more_is_never_less(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct price_line l = LINE((int64_t)roll((uint64_t)1 << roll(30)),
            1 + (int64_t)roll(100));
        struct price_coupon c = any_coupon(STR_NULL);
        struct price_in in = {
            .lines = &l, .n = 1, .currency = STR("KWD"), .country = STR("US"),
            .rules = rules(), .coupon = &c};
        struct price_totals less, more;

        if (c.kind == COUPON_FREE_SHIPPING || price_quote(&in, &less, NULL) != ERR_OK)
            continue;
        l.quantity++;
        CU_ASSERT_EQUAL_FATAL(price_quote(&in, &more, NULL), ERR_OK);
        CU_ASSERT(more.discount >= less.discount);
        CU_ASSERT(more.subtotal - more.discount >= less.subtotal - less.discount);
        CU_ASSERT(more.tax - more.shipping_tax >= less.tax - less.shipping_tax);
    }
}

static void
test_a_split_is_fair(void)
{
    int64_t weight[PRICE_LINES_MAX], share[PRICE_LINES_MAX], rest = 0;

    for (int round = 0; round < ROUNDS; round++) {
        size_t n = 1 + (size_t)roll(PRICE_LINES_MAX);
        uint64_t top = (uint64_t)1 << roll(33);
        int64_t sum = 0, shared = 0, amount;

        for (size_t i = 0; i < n; i++)
            sum += weight[i] = (int64_t)roll(top + 1);
        amount = (int64_t)roll((uint64_t)sum + 1);
        price_split(amount, weight, n, share);
        for (size_t i = 0; i < n; i++) {
            int64_t low = sum > 0 ? price_share(amount, weight[i], sum, &rest) : 0;

            CU_ASSERT(share[i] == low || (share[i] == low + 1 && rest > 0));
            CU_ASSERT(share[i] <= weight[i]);
            shared += share[i];
            /* Equal weights are never further apart than one unit. */
            if (i > 0 && weight[i] == weight[i - 1])
                CU_ASSERT(llabs(share[i] - share[i - 1]) <= 1);
        }
        CU_ASSERT_EQUAL(shared, amount);
    }
}

static void
test_shares_are_exact(void)
{
    int64_t rest;

    CU_ASSERT_EQUAL(price_share(MONEY_MAX, MONEY_MAX, MONEY_MAX, &rest), MONEY_MAX);
    CU_ASSERT_EQUAL(rest, 0);
    CU_ASSERT_EQUAL(price_share(MONEY_MAX, 1, 3, &rest), INT64_C(333333333333));
    CU_ASSERT_EQUAL(rest, 1);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t whole = 1 + (int64_t)roll((uint64_t)1 << 31);
        int64_t part = (int64_t)roll((uint64_t)whole + 1);
        int64_t amount = (int64_t)roll((uint64_t)1 << 31);

        CU_ASSERT_EQUAL(price_share(amount, part, whole, &rest), amount * part / whole);
        CU_ASSERT_EQUAL(rest, amount * part % whole);
    }
}

static void
test_the_nearest_category_decides(void)
{
    static const struct {
        const char *country;
        int64_t category, ppm;
    } cases[] = {{"DE", 0, 190000}, {"DE", 1, 190000}, {"DE", 2, 70000}, {"DE", 3, 70000},
        {"DE", 4, 0}, {"DE", 99, 190000}, {"US", 3, 88750}, {"JP", 3, 100000},
        {"JP", 1, -1}, {"JP", 0, -1}, {"AT", 2, -1}};

    for (size_t i = 0; i < NELEM(cases); i++) {
        const struct tax_rule *r =
            price_rules_tax(rules(), str_c(cases[i].country), cases[i].category);

        CU_ASSERT_EQUAL(r != NULL ? r->ppm : -1, cases[i].ppm);
    }
    CU_ASSERT_PTR_NULL(price_rules_tax(NULL, STR("DE"), 0));
}

/* 19.99 and 4.95 delivery with 19 % and 7 % contained, 10 % off: by hand. */
static void
test_an_invoice_by_hand(void)
{
    struct price_line l[] = {LINE(1999, 1), LINE(333, 3)};
    const struct price_coupon ten = {
        .code = STR("TEN"), .kind = COUPON_PERCENT, .value = 100000};
    struct price_in in = {.lines = l, .n = 2, .currency = STR("USD"),
        .country = STR("DE"), .rules = rules(), .coupon = &ten};
    struct price_totals t;

    l[1].category_id = 3;
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT_EQUAL(t.subtotal, 2998);
    CU_ASSERT_EQUAL(t.discount, 300); /* 299.8 */
    CU_ASSERT_EQUAL(l[0].discount, 200); /* 200.03 and 99.97 */
    CU_ASSERT_EQUAL(l[1].discount, 100);
    CU_ASSERT_EQUAL(l[0].tax, 287); /* 1799 * 19 / 119 = 287.2 */
    CU_ASSERT_EQUAL(l[1].tax, 59);  /* 899 * 7 / 107 = 58.8 */
    CU_ASSERT_EQUAL(t.shipping, 495);
    CU_ASSERT_EQUAL(t.shipping_tax, 79); /* 495 * 19 / 119 = 79.03 */
    CU_ASSERT_EQUAL(t.tax, 0);
    CU_ASSERT_EQUAL(t.tax_included, 287 + 59 + 79);
    CU_ASSERT_EQUAL(t.total, 2998 - 300 + 495);
    in.country = STR("US");
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT_EQUAL(l[0].tax, 160); /* 159.66 */
    CU_ASSERT_EQUAL(l[1].tax, 80);  /* 79.79 */
    CU_ASSERT_EQUAL(t.shipping_tax, 44); /* 43.93 */
    CU_ASSERT_EQUAL(t.total, 2998 - 300 + 495 + 160 + 80 + 44);
}

static void
expect(struct price_in *in, const char *pointer, const char *code)
{
    struct price_totals t;

    fault_clear(&flt);
    CU_ASSERT_EQUAL(price_quote(in, &t, &flt), ERR_INVALID);
    CU_ASSERT_EQUAL_FATAL(flt.n, 1);
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, pointer);
    CU_ASSERT_STRING_EQUAL(flt.field[0].code, code);
}

static void
test_delivery(void)
{
    struct price_line l = LINE(4999, 1);
    struct price_in in = {.lines = &l, .n = 1, .currency = STR("USD"),
        .country = STR("JP"), .rules = rules()};
    struct price_rules world = *rules();
    struct price_method m[PRICE_METHODS_MAX];
    struct price_totals t;

    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT(str_eq(t.shipping_method, STR("standard")));
    CU_ASSERT_EQUAL(t.shipping, 495);
    l.unit_price = 5000;
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT_EQUAL(t.shipping, 0);
    in.shipping_method = STR("express");
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT_EQUAL(t.shipping, 1295);
    l.unit_price = 100001;
    expect(&in, "/shipping_method", "bad_choice");
    CU_ASSERT_STRING_EQUAL(flt.field[0].detail, "must be \"standard\"");
    in.shipping_method = STR_NULL;
    in.country = STR("FR");
    expect(&in, "/shipping_address/country", "not_delivered");
    world.places = everywhere;
    world.places_n = NELEM(everywhere);
    price_rules_sort(&world);
    in.rules = &world;
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    in.currency = STR("CHF");
    expect(&in, "/shipping_method", "none_applies");
    in.country = STR_NULL;
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT_PTR_NULL(t.shipping_method.p);
    CU_ASSERT_EQUAL(
        price_methods(rules(), STR("DE"), STR("USD"), 100000, m, NULL), 2);
    CU_ASSERT_EQUAL(price_methods(NULL, STR("DE"), STR("USD"), 0, m, NULL), 1);
}

static void
test_coupons_that_do_nothing(void)
{
    struct price_line l = LINE(5000, 1);
    struct price_coupon c = {.code = STR("C"), .kind = COUPON_FREE_SHIPPING};
    struct price_in in = {.lines = &l, .n = 1, .currency = STR("USD"),
        .country = STR("JP"), .rules = rules(), .coupon = &c};
    struct price_totals t;

    expect(&in, "/coupon", "coupon_not_applicable");
    l.unit_price = 4999;
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT_EQUAL(t.shipping, 0);
    CU_ASSERT_EQUAL(t.discount, 0);
    c = (struct price_coupon){.kind = COUPON_PERCENT, .value = 10};
    l.unit_price = 40; /* 0.0004 */
    expect(&in, "/coupon", "coupon_not_applicable");
    c = (struct price_coupon){.kind = COUPON_FIXED, .value = 500, .currency = STR("KWD")};
    expect(&in, "/coupon", "coupon_not_applicable");
    c.currency = STR("USD");
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT_EQUAL(t.discount, 40); /* never more than there is */
    CU_ASSERT_EQUAL(t.total, 495);
    c.minimum = 41;
    expect(&in, "/coupon", "coupon_minimum");
    c.minimum = 40;
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
}

/* The largest amounts: exact or refused. */
static void
test_the_largest(void)
{
    struct tax_rule whole[] = {{STR_INIT("US"), 0, PRICE_PPM, false},
        {STR_INIT("DE"), 0, PRICE_PPM, true}};
    struct price_rules r = {.tax = whole, .tax_n = 2};
    struct price_line l = LINE(MONEY_MAX, 1);
    struct price_in in = {.lines = &l, .n = 1, .currency = STR("JPY"),
        .country = STR("DE"), .rules = &r};
    struct price_totals t;

    price_rules_sort(&r);
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT_EQUAL(t.tax_included, MONEY_MAX / 2);
    CU_ASSERT_EQUAL(t.total, MONEY_MAX);
    in.country = STR("US");
    expect(&in, "/items", "out_of_range");
    l.unit_price = MONEY_MAX / 2;
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT_EQUAL(t.total, MONEY_MAX);
}

/* Rates apart, those that prices contain from those that are added; nothing is lost. */
static void
test_sums_by_rate(void)
{
    static const struct price_part part[] = {{1000, 77, 77000, false},
        {3688, 615, 200000, true}, {490, 82, 200000, true}, {500, 0, 0, false},
        {100, 20, 200000, false}};
    struct price_tax_sum s[NELEM(part)];
    int64_t gross = 0;
    size_t n = price_tax_sums(part, NELEM(part), s);

    CU_ASSERT_EQUAL_FATAL(n, 4);
    CU_ASSERT(s[0].ppm == 200000 && !s[0].inclusive && s[0].net == 100);
    CU_ASSERT(s[1].ppm == 200000 && s[1].inclusive && s[1].tax == 697);
    CU_ASSERT(s[1].net == 3688 + 490 - 697 && s[1].gross == 3688 + 490);
    CU_ASSERT(s[2].ppm == 77000 && s[2].gross == 1077);
    CU_ASSERT(s[3].ppm == 0 && s[3].gross == 500);
    for (size_t i = 0; i < n; i++)
        gross += s[i].gross;
    CU_ASSERT_EQUAL(gross, 1077 + 3688 + 490 + 500 + 120);
}

static CU_TestInfo tests[] = {
    {"parts make the whole", test_parts_make_the_whole},
    {"more is never less", test_more_is_never_less},
    {"a split is fair", test_a_split_is_fair},
    {"shares are exact", test_shares_are_exact},
    {"the nearest category decides", test_the_nearest_category_decides},
    {"an invoice by hand", test_an_invoice_by_hand},
    {"delivery", test_delivery},
    {"coupons that do nothing", test_coupons_that_do_nothing},
    {"the largest", test_the_largest},
    {"sums by rate", test_sums_by_rate},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo price_rules_suite = {"price_rules", NULL, NULL, set_up, NULL, tests};
