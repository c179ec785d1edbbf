/* Clocks, their text forms, random values and ids. */
#include "base/clock.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rand.h"

static bool
rfc3339_is(int64_t ms, const char *want)
{
    char out[TIME_RFC3339_N];

    return strcmp(time_rfc3339(out, ms), want) == 0;
}

static void
test_rfc3339(void)
{
    CU_ASSERT(rfc3339_is(0, "1970-01-01T00:00:00.000Z"));
    CU_ASSERT(rfc3339_is(INT64_C(1795379400123), "2026-11-22T20:30:00.123Z"));
    CU_ASSERT(rfc3339_is(-1, "1969-12-31T23:59:59.999Z"));
    CU_ASSERT(rfc3339_is(INT64_C(1709164800000), "2024-02-29T00:00:00.000Z"));
    CU_ASSERT(rfc3339_is(INT64_MAX, "9999-12-31T23:59:59.999Z"));
    CU_ASSERT(rfc3339_is(INT64_MIN, "0000-01-01T00:00:00.000Z"));
}

static void
test_http_date(void)
{
    char out[TIME_HTTP_N];

    CU_ASSERT_STRING_EQUAL(
        time_http(out, INT64_C(784111777999)), "Sun, 06 Nov 1994 08:49:37 GMT");
    CU_ASSERT_STRING_EQUAL(time_http(out, 0), "Thu, 01 Jan 1970 00:00:00 GMT");
    CU_ASSERT_STRING_EQUAL(
        time_http(out, INT64_C(1735603200000)), "Tue, 31 Dec 2024 00:00:00 GMT");
}

static void
test_clocks_move(void)
{
    int64_t us = clock_mono_us(), ms = clock_ms();

    clock_sleep_ms(15);
    clock_sleep_ms(-5);
    CU_ASSERT(clock_mono_us() - us >= 15000);
    CU_ASSERT(clock_ms() >= ms && ms > INT64_C(1700000000000));
}

static void
test_below_is_in_range_and_reaches_all(void)
{
    bool seen[10] = {false};
    uint64_t v;
    size_t i;

    for (i = 0; i < 1000; i++) {
        v = rand_below(10);
        CU_ASSERT_FATAL(v < 10);
        seen[v] = true;
    }
    for (i = 0; i < NELEM(seen); i++)
        CU_ASSERT(seen[i]);
    CU_ASSERT_EQUAL(rand_below(1), 0);
    CU_ASSERT(rand_below((UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}

static void
test_tokens_are_base64url_and_differ(void)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char a[RAND_TOKEN_N(32)], b[RAND_TOKEN_N(32)], one[RAND_TOKEN_N(1)],
        two[RAND_TOKEN_N(2)];
    struct str s = rand_token(a, sizeof(a), 32);
    size_t i;

    CU_ASSERT(s.n == 43 && strlen(a) == 43 && strspn(a, digits) == 43);
    (void)rand_token(b, sizeof(b), 32);
    CU_ASSERT_STRING_NOT_EQUAL(a, b);
    /* The bits behind the last byte are zero, as strict decoders ask. */
    for (i = 0; i < 50; i++) {
        CU_ASSERT_EQUAL(rand_token(one, sizeof(one), 1).n, 2);
        CU_ASSERT_PTR_NOT_NULL(strchr("AQgw", one[1]));
        CU_ASSERT_EQUAL(rand_token(two, sizeof(two), 2).n, 3);
        CU_ASSERT_PTR_NOT_NULL(strchr("AEIMQUYcgkosw048", two[2]));
    }
}

enum { IDS = 20000, THREADS = 4 };

static void *
take_ids(void *arg)
{
    int64_t *ids = arg;
    size_t i;

    for (i = 0; i < IDS; i++)
        ids[i] = id_next();
    return NULL;
}

static int
by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void
test_ids_are_unique_over_threads_and_increase(void)
{
    int64_t *ids = calloc((size_t)IDS * THREADS, sizeof(*ids));
    pthread_t th[THREADS];
    size_t i, j;

    CU_ASSERT_PTR_NOT_NULL_FATAL(ids);
    for (i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&th[i], NULL, take_ids, ids + i * IDS), 0);
    for (i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL(pthread_join(th[i], NULL), 0);
    for (i = 0; i < THREADS; i++)
        for (j = 1; j < IDS; j++)
            CU_ASSERT_FATAL(ids[i * IDS + j] > ids[i * IDS + j - 1]);
    qsort(ids, (size_t)IDS * THREADS, sizeof(*ids), by_value);
    for (i = 1; i < (size_t)IDS * THREADS; i++)
        CU_ASSERT_FATAL(ids[i] != ids[i - 1]);
    CU_ASSERT(ids[0] > 0);
    free(ids);
}

/* Two children forked at the same moment must not count alike: over many forks their node
 * bits differ from the parent's. */
static void
test_a_child_draws_its_own_node(void)
{
    const int64_t node_bits = (1 << 21) - (1 << 12);
    int64_t mine = id_next() & node_bits, theirs = 0;
    int differ = 0, fd[2], i, status;
    pid_t pid;

    for (i = 0; i < 8; i++) {
        CU_ASSERT_EQUAL_FATAL(pipe(fd), 0);
        pid = fork();
        CU_ASSERT_FATAL(pid >= 0);
        if (pid == 0) {
            theirs = id_next() & node_bits;
            _exit(write(fd[1], &theirs, sizeof(theirs)) != (ssize_t)sizeof(theirs));
        }
        CU_ASSERT_EQUAL(read(fd[0], &theirs, sizeof(theirs)), (ssize_t)sizeof(theirs));
        CU_ASSERT(waitpid(pid, &status, 0) == pid && status == 0);
        (void)close(fd[0]);
        (void)close(fd[1]);
        differ += theirs != mine;
    }
    CU_ASSERT(differ > 0);
    CU_ASSERT_EQUAL(id_next() & node_bits, mine);
}

static void
test_rfc3339_is_read(void)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } cases[] = {{"1970-01-01T00:00:00Z", 0}, {"2026-11-22T20:30:00.123Z", 1795379400123},
        {"2026-11-22T20:30:00.1239999Z", 1795379400123},
        {"2026-11-22 20:30:00.5z", 1795379400500},
        {"2026-11-22T21:30:00+01:00", 1795379400000},
        {"2026-11-22T15:00:00-05:30", 1795379400000},
        {"2024-02-29T00:00:00Z", 1709164800000}, {"9999-12-31T23:59:59.999Z",
        253402300799999}, {"2026-02-29T00:00:00Z", -1}, {"2026-04-31T00:00:00Z", -1},
        {"2026-13-01T00:00:00Z", -1}, {"2026-00-01T00:00:00Z", -1},
        {"2026-01-01T24:00:00Z", -1}, {"2026-01-01T00:60:00Z", -1},
        {"2026-01-01T00:00:60Z", -1}, {"2026-01-01T00:00:00", -1},
        {"2026-01-01T00:00:00.Z", -1}, {"2026-01-01T00:00:00Zx", -1},
        {"2026-01-01T00:00:00+24:00", -1}, {"1969-12-31T23:59:59Z", -1},
        {"2026-01-01", -1}, {"", -1}, {"20260101T000000Z", -1},
        {"1970-01-01T00:00:00+01:00", -1}};

    for (size_t i = 0; i < NELEM(cases); i++) {
        int64_t ms = -1;
        bool ok = time_rfc3339_parse(str_c(cases[i].text), &ms);

        CU_ASSERT_EQUAL(ok, cases[i].ms >= 0);
        if (ok)
            CU_ASSERT_EQUAL(ms, cases[i].ms);
    }
}

static CU_TestInfo clock_tests[] = {
    {"RFC 3339", test_rfc3339},
    {"HTTP date", test_http_date},
    {"clocks move", test_clocks_move},
    {"RFC 3339 is read", test_rfc3339_is_read},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo clock_suite = {"clock", NULL, NULL, NULL, NULL, clock_tests};

static CU_TestInfo rand_tests[] = {
    {"below is in range and reaches all", test_below_is_in_range_and_reaches_all},
    {"tokens are base64url and differ", test_tokens_are_base64url_and_differ},
    {"ids are unique over threads and increase",
        test_ids_are_unique_over_threads_and_increase},
    {"a child draws its own node", test_a_child_draws_its_own_node},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo rand_suite = {"rand", NULL, NULL, NULL, NULL, rand_tests};
