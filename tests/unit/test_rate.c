/* Limits: what may be taken at once, what is paid back, and callers that do not meet. */
#include <CUnit/CUnit.h>

#include "base/rate.h"

extern CU_SuiteInfo rate_suite;

#define MINUTE INT64_C(60000000)
#define NOW INT64_C(1700000000000000)

static struct rate *rate;
static struct rate_left left;

static void
set_up(void)
{
    CU_ASSERT_EQUAL_FATAL(rate_open(&rate, NULL), ERR_OK);
}

static void
tear_down(void)
{
    rate_close(rate);
}

static bool
take(uint64_t key, int64_t now)
{
    return rate_take(rate, key, 60, MINUTE, now, &left);
}

static void
test_as_many_as_there_are(void)
{
    int i;

    for (i = 0; i < 60; i++) {
        CU_ASSERT_TRUE(take(7, NOW));
        CU_ASSERT_EQUAL(left.left, 59 - i);
        CU_ASSERT_EQUAL(left.full_s, i + 1);
    }
    CU_ASSERT_FALSE(take(7, NOW));
    CU_ASSERT_EQUAL(left.left, 0);
    CU_ASSERT_EQUAL(left.retry_s, 1);
    CU_ASSERT_TRUE(take(8, NOW));
}

static void
test_they_are_paid_back_one_by_one(void)
{
    while (take(7, NOW))
        ;
    CU_ASSERT_FALSE(take(7, NOW + 999999));
    CU_ASSERT_TRUE(take(7, NOW + 1000000));
    CU_ASSERT_FALSE(take(7, NOW + 1000000));
    CU_ASSERT_TRUE(take(7, NOW + 2 * MINUTE));
    CU_ASSERT_EQUAL(left.left, 59);
}

static void
test_a_clock_set_back_costs_a_window_at_most(void)
{
    while (take(7, NOW))
        ;
    CU_ASSERT_FALSE(take(7, NOW - 86400 * INT64_C(1000000)));
    CU_ASSERT_EQUAL(left.retry_s, 1);
    CU_ASSERT_EQUAL(left.full_s, 60);
}

static CU_TestInfo tests[] = {
    {"as many as there are, for each caller", test_as_many_as_there_are},
    {"they are paid back one by one", test_they_are_paid_back_one_by_one},
    {"a clock set back costs a window at most",
        test_a_clock_set_back_costs_a_window_at_most},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo rate_suite = {"rate", NULL, NULL, set_up, tear_down, tests};
