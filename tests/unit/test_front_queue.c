/* When a request is too late, by times that the test gives. */
#include <CUnit/CUnit.h>

#include "base/late.h"
#include "base/log.h"
#include "http/front_queue.h"

extern CU_SuiteInfo front_queue_suite;

#define LIMIT 20
#define T0 1000000

static struct front_queue q;

static void
set_up(void)
{
    log_init(LOG_LVL_ERROR, 2);
    front_queue_init(&q, LIMIT);
}

/* A request a millisecond, each having waited so long; how many were late. */
static int
come(int from_ms, int to_ms, int waited_ms)
{
    int i, late = 0;

    for (i = from_ms; i < to_ms; i++)
        late += front_queue_late(&q, waited_ms, T0 + i);
    return late;
}

static void
test_a_rush_is_served(void)
{
    CU_ASSERT_EQUAL(come(0, 1000, 0), 0);
    CU_ASSERT_EQUAL(come(1000, 1190, 150), 0);
    CU_ASSERT_EQUAL(come(1190, 1191, 9), 0);
    CU_ASSERT_EQUAL(come(1191, 1380, 150), 0);
}

static void
test_standing_waits_are_refused(void)
{
    CU_ASSERT_EQUAL(come(0, 200, LIMIT), 0);
    CU_ASSERT_EQUAL(come(200, 300, LIMIT), 100);
    /* Who waited less is served: that is what the others make room for. */
    CU_ASSERT_EQUAL(come(300, 400, LIMIT - 1), 0);
    CU_ASSERT_EQUAL(come(400, 500, LIMIT + 50), 100);
}

static void
test_it_is_over_at_once(void)
{
    CU_ASSERT_EQUAL(come(0, 300, 100), 100);
    CU_ASSERT_EQUAL(come(300, 400, LIMIT / 2 - 1), 0);
    CU_ASSERT_EQUAL(come(400, 500, LIMIT - 1), 0);
}

/* Having refused many the queue is short for a moment: no new rush may grow from there. */
static void
test_it_stays_wary(void)
{
    CU_ASSERT_EQUAL(come(0, 300, 100), 100);
    CU_ASSERT_EQUAL(come(300, 400, 0), 0);
    CU_ASSERT_EQUAL(come(400, 500, LIMIT), 100);
    CU_ASSERT_EQUAL(come(500, 3000, 0), 0);
    CU_ASSERT_EQUAL(come(3000, 3199, 150), 0);
}

static void
test_a_pause_starts_anew(void)
{
    CU_ASSERT_EQUAL(come(0, 150, 100), 0);
    CU_ASSERT_EQUAL(come(5000, 5100, 100), 0);
    CU_ASSERT_EQUAL(come(5100, 5300, 100), 100);
}

static void
test_clocks_that_differ(void)
{
    CU_ASSERT_EQUAL(come(0, 1000, 3600000), 0);
    CU_ASSERT_EQUAL(come(0, 1000, -3600000), 0);
}

static void
test_no_limit(void)
{
    front_queue_init(&q, 0);
    CU_ASSERT_EQUAL(come(0, 10000, 5000), 0);
}

static void
test_the_flag_is_a_threads_own(void)
{
    CU_ASSERT_FALSE(late_is());
    late_set(true);
    CU_ASSERT_TRUE(late_is());
    late_set(false);
    CU_ASSERT_FALSE(late_is());
}

static CU_TestInfo tests[] = {
    {"a rush that is soon over is served", test_a_rush_is_served},
    {"what waits too long is refused when all wait", test_standing_waits_are_refused},
    {"who has not waited is served at once", test_it_is_over_at_once},
    {"one overload does not come in waves", test_it_stays_wary},
    {"after a pause it starts anew", test_a_pause_starts_anew},
    {"two clocks that differ are no wait", test_clocks_that_differ},
    {"without a limit none is late", test_no_limit},
    {"being late is told to one thread", test_the_flag_is_a_threads_own},
    CU_TEST_INFO_NULL,
};

CU_SuiteInfo front_queue_suite = {"front_queue", NULL, NULL, set_up, NULL, tests};
