/* Pricing: sums that are exact for any lines, and refusals instead of overflow. */
#include <CUnit/CUnit.h>

#include "base/rand.h"
#include "price/price.h"

extern CU_SuiteInfo price_suite;

#define ROUNDS 20000
#define LINE(price, n) {.unit_price = (price), .quantity = (n)}

static struct fault flt;

static void
set_up(void)
{
    fault_clear(&flt);
}

static struct price_in
in_of(struct price_line *l, size_t n)
{
    return (struct price_in){.lines = l, .n = n, .currency = STR("USD")};
}

/* For any lines: either a total that is their exact sum, or a refusal that
 * the plain sum (which 64 bits hold: 100 * 2^40 * 9999) agrees with. */
static void
test_total_is_the_exact_sum(void)
{
    struct price_line l[PRICE_LINES_MAX];
    int priced = 0, refused = 0;

    for (int round = 0; round < ROUNDS; round++) {
        size_t n = 1 + (size_t)rand_below(PRICE_LINES_MAX);
        uint64_t top = (uint64_t)1 << rand_below(41);
        struct price_in in = in_of(l, n);
        struct price_totals t;
        int64_t sum = 0;
        bool fits = true;

        for (size_t i = 0; i < n; i++) {
            l[i] = (struct price_line){.unit_price = (int64_t)rand_below(top + 1),
                .quantity = 1 + (int64_t)rand_below(9999)};
            sum += l[i].unit_price * l[i].quantity;
            fits = fits && l[i].unit_price <= MONEY_MAX &&
                   l[i].unit_price * l[i].quantity <= MONEY_MAX;
        }
        fits = fits && sum <= MONEY_MAX;
        fault_clear(&flt);
        if (price_quote(&in, &t, &flt) != ERR_OK) {
            CU_ASSERT_FALSE(fits);
            CU_ASSERT(flt.n > 0);
            refused++;
            continue;
        }
        CU_ASSERT_TRUE(fits);
        CU_ASSERT(t.subtotal == sum);
        CU_ASSERT_EQUAL(t.total, t.subtotal + t.shipping + t.tax - t.discount);
        for (size_t i = 0; i < n; i++)
            CU_ASSERT_EQUAL(l[i].line_total, l[i].unit_price * l[i].quantity);
        priced++;
    }
    /* The dice reached both sides. */
    CU_ASSERT(priced > ROUNDS / 10 && refused > ROUNDS / 100);
}

static void
test_order_of_lines_does_not_matter(void)
{
    struct price_line a[] = {LINE(199, 3), LINE(1, 9999), LINE(0, 5)};
    struct price_line b[] = {LINE(0, 5), LINE(199, 3), LINE(1, 9999)};
    struct price_in ia = in_of(a, NELEM(a)), ib = in_of(b, NELEM(b));
    struct price_totals ta, tb;

    CU_ASSERT_EQUAL(price_quote(&ia, &ta, &flt), ERR_OK);
    CU_ASSERT_EQUAL(price_quote(&ib, &tb, &flt), ERR_OK);
    CU_ASSERT_EQUAL(ta.total, tb.total);
    CU_ASSERT_EQUAL(ta.total, 199 * 3 + 9999);
}

static void
test_edges(void)
{
    struct price_line l[] = {LINE(MONEY_MAX, 1), LINE(1, 1)};
    struct price_in in = in_of(l, 1);
    struct price_totals t;

    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT_EQUAL(t.total, MONEY_MAX);
    in.n = 2;
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/items");
    in.n = 1;
    l[0] = (struct price_line)LINE(MONEY_MAX, 2);
    fault_clear(&flt);
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/items/0/quantity");
    l[0] = (struct price_line)LINE(MONEY_MAX + 1, 1);
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_INVALID);
    l[0] = (struct price_line)LINE(-1, 1);
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_INVALID);
    l[0] = (struct price_line)LINE(1, 0);
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_INVALID);
    l[0] = (struct price_line)LINE(1, INT64_MAX);
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_INVALID);
    l[0] = (struct price_line)LINE(0, 9999);
    CU_ASSERT_EQUAL(price_quote(&in, &t, NULL), ERR_OK);
    CU_ASSERT_EQUAL(t.total, 0);
}

static void
test_shipping_and_coupon(void)
{
    const struct price_coupon too_small = {.code = STR("TEN"),
        .kind = COUPON_PERCENT,
        .value = PRICE_PPM / 10,
        .currency = STR("USD"),
        .minimum = 101};
    struct price_line l[] = {LINE(100, 1)};
    struct price_in in = in_of(l, 1);
    struct price_totals t;

    in.shipping_method = STR("standard");
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_OK);
    CU_ASSERT(str_eq(t.shipping_method, STR("standard")));
    CU_ASSERT_EQUAL(t.shipping, 0);
    in.shipping_method = STR("rocket");
    in.coupon = &too_small;
    CU_ASSERT_EQUAL(price_quote(&in, &t, &flt), ERR_INVALID);
    CU_ASSERT_EQUAL_FATAL(flt.n, 2);
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/coupon");
    CU_ASSERT_STRING_EQUAL(flt.field[0].code, "coupon_minimum");
    CU_ASSERT_STRING_EQUAL(flt.field[1].pointer, "/shipping_method");
    CU_ASSERT_STRING_EQUAL(flt.field[1].code, "bad_choice");
}

static CU_TestInfo tests[] = {
    {"a total is the exact sum", test_total_is_the_exact_sum},
    {"the order of lines does not matter", test_order_of_lines_does_not_matter},
    {"edges", test_edges},
    {"shipping and coupon", test_shipping_and_coupon},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo price_suite = {"price", NULL, NULL, set_up, NULL, tests};
