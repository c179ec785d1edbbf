/* Combined work: everybody's job is done, once, by one at a time, and never too many together. */
#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/combine.h"

extern CU_SuiteInfo combine_suite;

#define THREADS 16
#define ROUNDS 500
#define MOST 4

static struct combine *c;
static atomic_int inside, overlaps, too_many, together, batches, last;
static atomic_bool gate;

static void
work(void *arg, void *const *job, size_t n)
{
    (void)arg;
    if (atomic_fetch_add(&inside, 1) != 0)
        overlaps++;
    if (n > MOST || n == 0)
        too_many++;
    batches++;
    last = (int)n;
    if (n > 1)
        together++;
    while (gate)
        clock_sleep_ms(1);
    for (size_t i = 0; i < n; i++)
        ++*(int *)job[i];
    atomic_fetch_sub(&inside, 1);
}

static void *
caller(void *arg)
{
    int *done = arg;

    for (int i = 0; i < ROUNDS; i++) {
        int mine = 0;

        combine_run(c, &mine);
        *done += mine;
    }
    return NULL;
}

static void *
once(void *arg)
{
    combine_run(c, arg);
    return NULL;
}

static void
set_up(void)
{
    inside = overlaps = too_many = together = batches = last = 0;
    c = combine_new(MOST, 0, work, NULL);
}

static void
tear_down(void)
{
    combine_free(c);
    CU_ASSERT_EQUAL(overlaps, 0);
    CU_ASSERT_EQUAL(too_many, 0);
}

static void
test_every_job_is_done_once(void)
{
    pthread_t t[THREADS];
    int done[THREADS] = {0};

    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, caller, &done[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
        CU_ASSERT_EQUAL(done[i], ROUNDS);
    }
}

static void
test_one_alone_waits_for_nobody(void)
{
    int done = 0;

    combine_run(c, &done);
    CU_ASSERT_EQUAL(done, 1);
}

/* While the first is worked on the others come; whatever they came in, none is forgotten. */
static void
test_those_who_came_meanwhile_go_together(void)
{
    pthread_t t[THREADS];
    int done[THREADS] = {0};

    gate = true;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&t[0], NULL, once, &done[0]), 0);
    while (inside == 0)
        clock_sleep_ms(1);
    for (int i = 1; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, once, &done[i]), 0);
    clock_sleep_ms(50); /* that some of them wait by now */
    gate = false;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
        CU_ASSERT_EQUAL(done[i], 1);
    }
    CU_ASSERT(together > 0);
}

static void
all_at_once(int n)
{
    pthread_t t[THREADS];
    int done[THREADS] = {0};

    for (int i = 0; i < n; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, once, &done[i]), 0);
    for (int i = 0; i < n; i++) {
        pthread_join(t[i], NULL);
        CU_ASSERT_EQUAL(done[i], 1);
    }
}

/* The wait is longer than it takes to start a few threads. */
static void
test_after_company_the_next_waits_for_more(void)
{
    combine_free(c);
    c = combine_new(MOST, 900000, work, NULL);
    do
        all_at_once(MOST + 1);
    while (last < 2);
    batches = 0;
    all_at_once(MOST);
    CU_ASSERT(batches < MOST);
}

static CU_TestInfo tests[] = {
    {"every job is done once", test_every_job_is_done_once},
    {"one alone waits for nobody", test_one_alone_waits_for_nobody},
    {"those who came meanwhile go together", test_those_who_came_meanwhile_go_together},
    {"after company the next waits for more", test_after_company_the_next_waits_for_more},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo combine_suite = {"combine", NULL, NULL, set_up, tear_down, tests};
