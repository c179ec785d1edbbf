/* Metrics over several processes, dead ones among them. */
#include "base/metric.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REQUESTS, QUEUE, TIME, PLAIN, DEFS_N };

static const char *const classes[] = {"2xx", "5xx", NULL};
static const struct metric_def defs[DEFS_N] = {
    [REQUESTS] = {"t_requests_total", METRIC_COUNTER, "Requests.", "status", classes},
    [QUEUE] = {"t_queue", METRIC_GAUGE, "Waiting.", NULL, NULL},
    [TIME] = {"t_time_seconds", METRIC_HISTOGRAM, "Time.", "status", classes},
    [PLAIN] = {"t_plain_total", METRIC_COUNTER, "Plain.", NULL, NULL},
};

static char path[64];

static void
set_up(void)
{
    (void)snprintf(path, sizeof(path), "/tmp/souk-metric-test.%d", (int)getpid());
    (void)unlink(path);
}

static void
tear_down(void)
{
    (void)unlink(path);
}

static struct metrics *
open_metrics(const char *at)
{
    struct metrics *m = NULL;

    CU_ASSERT_EQUAL_FATAL(metrics_open(&m, at, defs, DEFS_N), ERR_OK);
    return m;
}

static void
test_add_and_get(void)
{
    struct metrics *m = open_metrics(NULL);

    metric_add(m, REQUESTS, 0, 2);
    metric_add(m, REQUESTS, 1, 1);
    metric_add(m, REQUESTS, 0, -5);
    metric_set(m, QUEUE, 0, 7);
    metric_add(m, QUEUE, 0, -3);
    CU_ASSERT_EQUAL(metric_get(m, REQUESTS, 0), 2);
    CU_ASSERT_EQUAL(metric_get(m, REQUESTS, 1), 1);
    CU_ASSERT_EQUAL(metric_get(m, QUEUE, 0), 4);
    CU_ASSERT_EQUAL(metric_get(m, PLAIN, 0), 0);
    metrics_close(m);
}

static void
test_out_of_the_table_is_harmless(void)
{
    struct metrics *m = open_metrics(NULL);

    metric_add(m, REQUESTS, 2, 1);
    metric_add(m, DEFS_N, 0, 1);
    metric_set(m, REQUESTS, 0, 9);
    metric_observe(m, REQUESTS, 0, 9);
    metric_add(m, TIME, 0, 1);
    CU_ASSERT(metric_get(m, REQUESTS, 0) == 0 && metric_get(m, REQUESTS, 1) == 0);
    CU_ASSERT_EQUAL(metric_get(m, TIME, 0), 0);
    metric_add(NULL, 0, 0, 1);
    metric_observe(NULL, 0, 0, 1);
    metrics_close(m);
    metrics_close(NULL);
}

static void
test_prometheus_text(void)
{
    struct metrics *m = open_metrics(NULL);
    struct buf b;

    buf_init(&b, 100000);
    metric_add(m, REQUESTS, 1, 3);
    metric_observe(m, TIME, 0, 100);
    metric_observe(m, TIME, 0, 101);
    metric_observe(m, TIME, 0, 20000000);
    metric_observe(m, TIME, 0, -1);
    metrics_write(m, &b);
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_cstr(&b),
        "# HELP t_requests_total Requests.\n"
        "# TYPE t_requests_total counter\nt_requests_total{status=\"2xx\"} 0\n"
        "t_requests_total{status=\"5xx\"} 3\n# HELP t_queue Waiting.\n# TYPE t_queue "
        "gauge\n"
        "t_queue 0\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(b.p, "# TYPE t_time_seconds histogram\n"
                    "t_time_seconds_bucket{status=\"2xx\",le=\"0.0001\"} 2\n"
                    "t_time_seconds_bucket{status=\"2xx\",le=\"0.00025\"} 3\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(b.p, "{status=\"2xx\",le=\"10\"} 3\n"
                    "t_time_seconds_bucket{status=\"2xx\",le=\"+Inf\"} 4\n"
                    "t_time_seconds_sum{status=\"2xx\"} 20.000201\n"
                    "t_time_seconds_count{status=\"2xx\"} 4\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(b.p, "\nt_plain_total 0\n"));
    buf_done(&b);
    metrics_close(m);
}

/* In a child: count, set the gauge and die without a word. */
static void
child(void)
{
    pid_t pid = fork();
    struct metrics *m;
    int status;

    CU_ASSERT_FATAL(pid >= 0);
    if (pid == 0) {
        if (metrics_open(&m, path, defs, DEFS_N) != ERR_OK)
            _exit(1);
        metric_add(m, PLAIN, 0, 1);
        metric_set(m, QUEUE, 0, 50);
        _exit(0);
    }
    CU_ASSERT(waitpid(pid, &status, 0) == pid && status == 0);
}

static void
test_dead_process_keeps_its_counts_not_its_gauges(void)
{
    struct metrics *m = open_metrics(path);
    int i;

    metric_set(m, QUEUE, 0, 2);
    /* More of them than slots: the dead ones' slots are taken again. */
    for (i = 0; i < METRIC_SLOTS_MAX + 10; i++)
        child();
    CU_ASSERT_EQUAL(metric_get(m, PLAIN, 0), METRIC_SLOTS_MAX + 10);
    CU_ASSERT_EQUAL(metric_get(m, QUEUE, 0), 2);
    metrics_close(m);
    m = open_metrics(path);
    CU_ASSERT_EQUAL(metric_get(m, PLAIN, 0), METRIC_SLOTS_MAX + 10);
    CU_ASSERT_EQUAL(metric_get(m, QUEUE, 0), 0);
    metrics_close(m);
}

static void
test_slots_are_bounded(void)
{
    struct metrics *m[METRIC_SLOTS_MAX], *more = NULL;
    size_t i;

    for (i = 0; i < NELEM(m); i++)
        m[i] = open_metrics(path);
    CU_ASSERT_EQUAL(metrics_open(&more, path, defs, DEFS_N), ERR_LIMIT);
    metrics_close(m[10]);
    m[10] = open_metrics(path);
    for (i = 0; i < NELEM(m); i++)
        metrics_close(m[i]);
}

/* Those who have the old file mapped must not notice. */
static void
test_other_layout_makes_a_new_file(void)
{
    struct metrics *old = open_metrics(path), *m = NULL;
    struct stat before, after;

    metric_add(old, PLAIN, 0, 4);
    CU_ASSERT_EQUAL(stat(path, &before), 0);
    CU_ASSERT_EQUAL_FATAL(metrics_open(&m, path, defs + 1, DEFS_N - 1), ERR_OK);
    CU_ASSERT_EQUAL(stat(path, &after), 0);
    CU_ASSERT(before.st_ino != after.st_ino);
    CU_ASSERT_EQUAL(after.st_mode & 0777, 0600);
    CU_ASSERT_EQUAL(metric_get(m, PLAIN - 1, 0), 0);
    metric_add(old, PLAIN, 0, 1);
    CU_ASSERT_EQUAL(metric_get(old, PLAIN, 0), 5);
    metrics_close(m);
    metrics_close(old);
}

static void
test_unusable_path_is_refused(void)
{
    struct metrics *m = NULL;

    CU_ASSERT_EQUAL(metrics_open(&m, "/nonexistent/metrics", defs, DEFS_N), ERR_INTERNAL);
}

static void *
count(void *arg)
{
    int i;

    for (i = 0; i < 20000; i++) {
        metric_add(arg, PLAIN, 0, 1);
        metric_observe(arg, TIME, 1, i);
    }
    return NULL;
}

static void
test_threads_lose_nothing(void)
{
    struct metrics *m = open_metrics(NULL);
    pthread_t th[4];
    struct buf b;
    size_t i;

    for (i = 0; i < NELEM(th); i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&th[i], NULL, count, m), 0);
    for (i = 0; i < NELEM(th); i++)
        CU_ASSERT_EQUAL(pthread_join(th[i], NULL), 0);
    CU_ASSERT_EQUAL(metric_get(m, PLAIN, 0), 80000);
    buf_init(&b, 100000);
    metrics_write(m, &b);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(buf_cstr(&b), "t_time_seconds_count{status=\"5xx\"} 80000\n"));
    buf_done(&b);
    metrics_close(m);
}

static const char *const routes[] = {"route=\"/\"", "route=\"/a\"", NULL};
static const struct metric_def wide[] = {
    {"t_by_total", METRIC_COUNTER, "Two labels.", NULL, routes, "status", classes, true},
    {"t_sizes", METRIC_SIZES, "Sizes.", NULL, NULL},
};

static void
test_two_labels_sizes_and_what_is_sparse(void)
{
    struct metrics *m = NULL;
    struct buf b;

    CU_ASSERT_EQUAL_FATAL(metrics_open(&m, NULL, wide, NELEM(wide)), ERR_OK);
    CU_ASSERT_EQUAL(metric_labels(m, 0), 4);
    metric_add(m, 0, metric_pair(m, 0, 1, 1), 3);
    metric_observe(m, 1, 0, 37);
    buf_init(&b, 100000);
    metrics_write(m, &b);
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_cstr(&b),
        "# TYPE t_by_total counter\nt_by_total{route=\"/a\",status=\"5xx\"} 3\n# HELP"));
    CU_ASSERT_PTR_NOT_NULL(strstr(b.p, "t_sizes_bucket{le=\"32\"} 0\n"
                                       "t_sizes_bucket{le=\"48\"} 1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(b.p, "t_sizes_sum 37\nt_sizes_count 1\n"));
    CU_ASSERT_EQUAL(metric_total(m, 1, 0), 37);
    buf_done(&b);
    metrics_close(m);
}

static void
test_looking_changes_nothing(void)
{
    struct metrics *m, *look = NULL;
    struct metric_process p[METRIC_SLOTS_MAX];
    struct stat st;

    CU_ASSERT_EQUAL(metrics_look(&look, path, defs, DEFS_N), ERR_NOT_FOUND);
    CU_ASSERT(stat(path, &st) != 0);
    m = open_metrics(path);
    metric_add(m, PLAIN, 0, 2);
    CU_ASSERT_EQUAL(metrics_look(&look, path, defs + 1, DEFS_N - 1), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL_FATAL(metrics_look(&look, path, defs, DEFS_N), ERR_OK);
    metric_add(look, PLAIN, 0, 5); /* it has no slot: nothing happens */
    CU_ASSERT_EQUAL(metric_get(look, PLAIN, 0), 2);
    CU_ASSERT_EQUAL(metrics_processes(look, p), 1);
    CU_ASSERT_EQUAL(p[0].pid, getpid());
    CU_ASSERT_EQUAL(metric_get_of(look, p[0].slot, PLAIN, 0), 2);
    metrics_close(look);
    metrics_close(m);
}

static CU_TestInfo tests[] = {
    {"add and get", test_add_and_get},
    {"what is out of the table is harmless", test_out_of_the_table_is_harmless},
    {"the Prometheus text", test_prometheus_text},
    {"a dead process keeps its counts, not its gauges",
        test_dead_process_keeps_its_counts_not_its_gauges},
    {"slots are bounded", test_slots_are_bounded},
    {"another layout makes a new file", test_other_layout_makes_a_new_file},
    {"an unusable path is refused", test_unusable_path_is_refused},
    {"threads lose nothing", test_threads_lose_nothing},
    {"two labels, sizes, and what is sparse", test_two_labels_sizes_and_what_is_sparse},
    {"looking changes nothing", test_looking_changes_nothing},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo metric_suite = {"metric", NULL, NULL, set_up, tear_down, tests};
