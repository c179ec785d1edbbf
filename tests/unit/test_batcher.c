/* Batches of a thread: every job is done, in its order, never too many together, and what is
 * queued at the end is done, too. */
#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/batcher.h"
#include "base/clock.h"

extern CU_SuiteInfo batcher_suite;

#define JOBS 200
#define MOST 8

struct piece {
    struct batcher_job job; /* first: a job is its piece */
    int done_as; /* counted from 1 */
};

static struct piece piece[JOBS];
static atomic_int done, too_many, largest, batches;
static atomic_bool gate;

static void
work(void *arg, struct batcher_job *const *job, size_t n)
{
    (void)arg;
    if (n == 0 || n > MOST)
        too_many++;
    if ((int)n > largest)
        largest = (int)n;
    batches++;
    while (gate)
        clock_sleep_ms(1);
    for (size_t i = 0; i < n; i++)
        ((struct piece *)(void *)job[i])->done_as = ++done;
}

static void
set_up(void)
{
    done = too_many = largest = batches = 0;
    gate = false;
}

static void
test_alone_at_once(void)
{
    struct batcher *b = batcher_new(MOST, work, NULL);

    batcher_add(b, &piece[0].job);
    for (int64_t end = clock_mono_us() + 5000000; done == 0 && clock_mono_us() < end;)
        clock_sleep_ms(1);
    CU_ASSERT_EQUAL(done, 1);
    CU_ASSERT_EQUAL(batches, 1);
    CU_ASSERT(piece[0].job.since_us > 0);
    batcher_free(b);
}

static void
test_what_came_meanwhile_is_one_batch(void)
{
    struct batcher *b = batcher_new(MOST, work, NULL);

    gate = true;
    batcher_add(b, &piece[0].job);
    while (batches == 0)
        clock_sleep_ms(1);
    for (int i = 1; i < JOBS; i++)
        batcher_add(b, &piece[i].job);
    gate = false;
    batcher_free(b);
    CU_ASSERT_EQUAL(done, JOBS);
    CU_ASSERT_EQUAL(too_many, 0);
    CU_ASSERT_EQUAL(largest, MOST);
    CU_ASSERT_EQUAL(batches, 1 + (JOBS - 1 + MOST - 1) / MOST);
    for (int i = 0; i < JOBS; i++)
        CU_ASSERT_EQUAL(piece[i].done_as, i + 1);
}

static void *
adder(void *arg)
{
    struct batcher *b = arg;
    static atomic_int next;

    for (int i = 0; i < JOBS / 4; i++)
        batcher_add(b, &piece[next++ % JOBS].job);
    return NULL;
}

static void
test_from_many_threads(void)
{
    struct batcher *b = batcher_new(MOST, work, NULL);
    pthread_t t[4];

    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, adder, b), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    batcher_free(b);
    CU_ASSERT_EQUAL(done, JOBS);
    CU_ASSERT_EQUAL(too_many, 0);
}

static CU_TestInfo tests[] = {
    {"one that comes alone is done alone", test_alone_at_once},
    {"what came meanwhile is one batch", test_what_came_meanwhile_is_one_batch},
    {"from many threads", test_from_many_threads},
    CU_TEST_INFO_NULL,
};

CU_SuiteInfo batcher_suite = {"batcher", NULL, NULL, set_up, NULL, tests};
