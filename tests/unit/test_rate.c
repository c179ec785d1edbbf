/* Limits: what may be taken at once, what is paid back, and callers that do not meet. */
#include <CUnit/CUnit.h>
#include <pthread.h>

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

#define THREADS 4

struct taker {
    uint64_t key;
    int taken;
};

static void *
take_all(void *arg)
{
    struct taker *t = arg;
    struct rate_left l;

    for (int i = 0; i < 1000; i++)
        t->taken += rate_take(rate, t->key, 500, MINUTE, NOW, &l) ? 1 : 0;
    return NULL;
}

static void
test_threads_take_no_more_than_there_are(void)
{
    struct taker t[THREADS] = {{.key = 1}, {.key = 1}, {.key = 1}, {.key = 2}};
    pthread_t thread[THREADS];
    int i;

    for (i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, take_all, &t[i]), 0);
    for (i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    CU_ASSERT_EQUAL(t[0].taken + t[1].taken + t[2].taken, 500);
    CU_ASSERT_EQUAL(t[3].taken, 500);
}

static CU_TestInfo tests[] = {
    {"as many as there are, for each caller", test_as_many_as_there_are},
    {"they are paid back one by one", test_they_are_paid_back_one_by_one},
    {"a clock set back costs a window at most",
        test_a_clock_set_back_costs_a_window_at_most},
    {"threads together take no more than there are", test_threads_take_no_more_than_there_are},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo rate_suite = {"rate", NULL, NULL, set_up, tear_down, tests};
