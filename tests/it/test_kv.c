/* lib/kv's commands, breaker and lock against real Redis servers, some of which are
 * stopped and killed. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "it.h"
#include "kv/kv.h"

static struct kv *kv;
static struct arena *ar;
static char own_socket[256]; /* of the server that tests may hurt */

static struct kv *
kv_on(const char *socket_path, int size)
{
    const struct kv_conf c = {.socket = socket_path, .size = size, .prefix = "t:"};

    return kv_new(&c);
}

static int
suite_up(void)
{
    kv = kv_on(it_env("SOUK_REDIS_SOCKET"), 4);
    ar = arena_new(1 << 16);
    it_path(own_socket, "redis.sock");
    return 0;
}

static int
suite_down(void)
{
    kv_free(kv);
    arena_free(ar);
    return 0;
}

static void
test_up(void)
{
    if (kv_flush(kv) != ERR_OK)
        abort();
}

static void
test_down(void)
{
    arena_reset(ar);
}

static int64_t
eval_int(struct kv *k, const char *lua, struct str key)
{
    int64_t v = -99;

    CU_ASSERT_EQUAL(kv_eval(k, lua, &key, 1, NULL, 0, &v), ERR_OK);
    return v;
}

static void
test_set_get_del(void)
{
    static const size_t sizes[] = {0, 1, 100000, 3000000};
    struct str got;

    CU_ASSERT_EQUAL(kv_get(kv, ar, STR("none"), &got), ERR_NOT_FOUND);
    for (size_t i = 0; i < NELEM(sizes); i++) {
        char *p = arena_alloc(ar, sizes[i] + 1);
        struct str val = {p, sizes[i]};

        rand_bytes(p, sizes[i]);
        CU_ASSERT_EQUAL(kv_set(kv, STR("k"), val, 0), ERR_OK);
        CU_ASSERT_EQUAL(kv_get(kv, ar, STR("k"), &got), ERR_OK);
        CU_ASSERT(str_eq(got, val));
    }
    CU_ASSERT_EQUAL(eval_int(kv, "return redis.call('PTTL', KEYS[1])", STR("k")), -1);
    CU_ASSERT_EQUAL(kv_del(kv, STR("k")), ERR_OK);
    CU_ASSERT_EQUAL(kv_get(kv, ar, STR("k"), &got), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(kv_del(kv, STR("k")), ERR_OK);
}

static void
test_ttl_and_prefix(void)
{
    struct kv *bare = kv_on(it_env("SOUK_REDIS_SOCKET"), 1);
    const struct kv_conf other = {.socket = it_env("SOUK_REDIS_SOCKET"), .prefix = ""};
    struct kv *none = kv_new(&other);
    struct str got;

    CU_ASSERT_EQUAL(kv_set(bare, STR("k"), STR("v"), 60), ERR_OK);
    CU_ASSERT_EQUAL(kv_get(none, ar, STR("k"), &got), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(kv_get(none, ar, STR("t:k"), &got), ERR_OK);
    clock_sleep_ms(120);
    CU_ASSERT_EQUAL(kv_get(bare, ar, STR("k"), &got), ERR_NOT_FOUND);
    kv_free(none);
    kv_free(bare);
}

static void
test_incr(void)
{
    int64_t v = 0;

    CU_ASSERT_EQUAL(kv_incr(kv, STR("n"), 60000, &v), ERR_OK);
    CU_ASSERT_EQUAL(v, 1);
    CU_ASSERT_EQUAL(kv_incr(kv, STR("n"), 60000, &v), ERR_OK);
    CU_ASSERT_EQUAL(v, 2);
    v = eval_int(kv, "return redis.call('PTTL', KEYS[1])", STR("n"));
    CU_ASSERT(v > 50000 && v <= 60000);
}

static void
test_script_after_flush(void)
{
    const char *lua = "return 40 + 2 + #KEYS[1] * 0";

    CU_ASSERT_EQUAL(eval_int(kv, lua, STR("k")), 42);
    CU_ASSERT_EQUAL(eval_int(kv, lua, STR("k")), 42);
    /* Redis forgets its scripts. */
    CU_ASSERT_EQUAL(
        system("redis-cli -s \"$SOUK_REDIS_SOCKET\" script flush >/dev/null"), 0);
    CU_ASSERT_EQUAL(eval_int(kv, lua, STR("k")), 42);
    CU_ASSERT_EQUAL(eval_int(kv, lua, STR("k")), 42);
}

static void
test_bounds_and_bugs(void)
{
    char *big = arena_alloc(ar, 17 << 20);
    struct str got, key = {big, 300}, val = {big, 17 << 20};
    int64_t v;

    memset(big, 'x', 17 << 20);
    CU_ASSERT_EQUAL(kv_get(kv, ar, key, &got), ERR_INVALID);
    CU_ASSERT_EQUAL(kv_get(kv, ar, STR(""), &got), ERR_INVALID);
    CU_ASSERT_EQUAL(kv_set(kv, STR("k"), val, 0), ERR_TOO_LARGE);
    it_log_begin();
    CU_ASSERT_EQUAL(kv_eval(kv, "not lua", NULL, 0, NULL, 0, &v), ERR_INTERNAL);
    CU_ASSERT_EQUAL(kv_eval(kv, "return 'text'", NULL, 0, NULL, 0, &v), ERR_INTERNAL);
    it_log_end();
    CU_ASSERT(kv_up(kv));
}

static void
test_lock(void)
{
    struct kv_lock a, b;

    CU_ASSERT_EQUAL(kv_lock(kv, STR("job"), 5000, &a), ERR_OK);
    CU_ASSERT_EQUAL(kv_lock(kv, STR("job"), 5000, &b), ERR_BUSY);
    CU_ASSERT_STRING_NOT_EQUAL(a.token, b.token);
    /* The one who failed cannot release it. */
    kv_unlock(kv, &b);
    CU_ASSERT_EQUAL(kv_lock(kv, STR("job"), 5000, &b), ERR_BUSY);
    kv_unlock(kv, &a);
    CU_ASSERT_EQUAL(kv_lock(kv, STR("job"), 5000, &b), ERR_OK);
    kv_unlock(kv, &b);
}

static void
test_lock_expires(void)
{
    struct kv_lock a, b, c;

    CU_ASSERT_EQUAL(kv_lock(kv, STR("job"), 60, &a), ERR_OK);
    clock_sleep_ms(120);
    CU_ASSERT_EQUAL(kv_lock(kv, STR("job"), 5000, &b), ERR_OK);
    kv_unlock(kv, &a); /* too late: it is another's now */
    CU_ASSERT_EQUAL(kv_lock(kv, STR("job"), 5000, &c), ERR_BUSY);
    kv_unlock(kv, &b);
}

static void
test_lock_of_long_keys(void)
{
    char key[200];
    struct kv_lock a, b;

    memset(key, 'k', sizeof(key));
    CU_ASSERT_EQUAL(kv_lock(kv, (struct str){key, 200}, 5000, &a), ERR_OK);
    CU_ASSERT_EQUAL(kv_lock(kv, (struct str){key, 199}, 5000, &b), ERR_OK);
    kv_unlock(kv, &a);
    kv_unlock(kv, &b);
}

/* Fail until the breaker opens; the calls it took. */
static int
fail_until_open(struct kv *k)
{
    int n = 0;

    while (kv_up(k) && n < 10) {
        CU_ASSERT_EQUAL(kv_ping(k), ERR_UPSTREAM);
        n++;
    }
    return n;
}

static void
closes_again(struct kv *k)
{
    clock_sleep_ms(1050);
    CU_ASSERT_EQUAL(kv_ping(k), ERR_OK);
    CU_ASSERT(kv_up(k));
}

static void
test_breaker_stopped_server(void)
{
    pid_t pid = it_redis_start(own_socket);
    struct kv *k = kv_on(own_socket, 4);
    int64_t t0;

    it_log_begin();
    CU_ASSERT_EQUAL(kv_ping(k), ERR_OK);
    kill(pid, SIGSTOP);
    t0 = clock_mono_us();
    CU_ASSERT_EQUAL(fail_until_open(k), 3);
    t0 = clock_mono_us() - t0;
    CU_ASSERT(t0 >= 100000 && t0 < 1000000);
    t0 = clock_mono_us();
    for (int i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(kv_ping(k), ERR_UPSTREAM);
    CU_ASSERT(clock_mono_us() - t0 < 200000);
    /* The probe fails too, and says nothing new. */
    clock_sleep_ms(1050);
    CU_ASSERT_EQUAL(kv_ping(k), ERR_UPSTREAM);
    CU_ASSERT(!kv_up(k));
    kill(pid, SIGCONT);
    closes_again(k);
    CU_ASSERT_EQUAL(it_log_count("redis unreachable"), 1);
    CU_ASSERT_EQUAL(it_log_count("redis reachable again"), 1);
    it_log_end();
    kv_free(k);
    it_redis_kill(pid);
}

/* A late reply must not answer the next question. */
static void
test_timed_out_connection_is_closed(void)
{
    pid_t pid = it_redis_start(own_socket);
    struct kv *k = kv_on(own_socket, 1);
    struct str got;

    CU_ASSERT_EQUAL(kv_set(k, STR("a"), STR("value of a"), 0), ERR_OK);
    CU_ASSERT_EQUAL(kv_set(k, STR("b"), STR("value of b"), 0), ERR_OK);
    kill(pid, SIGSTOP);
    CU_ASSERT_EQUAL(kv_get(k, ar, STR("a"), &got), ERR_UPSTREAM);
    kill(pid, SIGCONT);
    clock_sleep_ms(20);
    CU_ASSERT_EQUAL(kv_get(k, ar, STR("b"), &got), ERR_OK);
    CU_ASSERT(str_eq_c(got, "value of b"));
    kv_free(k);
    it_redis_kill(pid);
}

static void
test_breaker_killed_server(void)
{
    pid_t pid = it_redis_start(own_socket);
    struct kv *k = kv_on(own_socket, 4);

    it_log_begin();
    CU_ASSERT_EQUAL(kv_ping(k), ERR_OK);
    it_redis_kill(pid);
    CU_ASSERT_EQUAL(fail_until_open(k), 3);
    pid = it_redis_start(own_socket);
    closes_again(k);
    /* A quick restart between two calls is not even noticed. */
    it_redis_kill(pid);
    pid = it_redis_start(own_socket);
    CU_ASSERT_EQUAL(kv_ping(k), ERR_OK);
    CU_ASSERT_EQUAL(it_log_count("redis unreachable"), 1);
    it_log_end();
    kv_free(k);
    it_redis_kill(pid);
}

static void *
hammer(void *arg)
{
    struct arena *a = arena_new(4096);
    char text[16], key[16];
    struct str got, val;
    int64_t v;

    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof(key), "k%d", i % 5);
        snprintf(text, sizeof(text), "%d", i % 5);
        val = str_c(text);
        if (kv_set(arg, str_c(key), val, 60000) != ERR_OK ||
            kv_get(arg, a, str_c(key), &got) != ERR_OK || !str_eq(got, val) ||
            kv_incr(arg, STR("all"), 0, &v) != ERR_OK)
            abort();
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static void
test_pool_shared(void)
{
    const struct kv_conf c = {.socket = it_env("SOUK_REDIS_SOCKET"),
        .size = 3,
        .timeout_ms = 5000,
        .prefix = "t:"};
    struct kv *k = kv_new(&c);
    int64_t v = 0;

    it_threads(8, hammer, k);
    CU_ASSERT_EQUAL(kv_incr(k, STR("all"), 0, &v), ERR_OK);
    CU_ASSERT_EQUAL(v, 8 * 200 + 1);
    kv_free(k);
}

static void
test_time_is_traced(void)
{
    trace_reset();
    for (int i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(kv_ping(kv), ERR_OK);
    CU_ASSERT(trace_get(TRACE_CACHE) > 0);
    CU_ASSERT_EQUAL(trace_get(TRACE_DB), 0);
}

static CU_TestInfo tests[] = {
    {"set, get, delete", test_set_get_del},
    {"time to live and prefix", test_ttl_and_prefix},
    {"counting", test_incr},
    {"scripts Redis forgot", test_script_after_flush},
    {"bounds, and bugs of ours", test_bounds_and_bugs},
    {"the lock has one holder", test_lock},
    {"the lock expires", test_lock_expires},
    {"locks of long keys", test_lock_of_long_keys},
    {"breaker: a stopped server", test_breaker_stopped_server},
    {"breaker: a killed server", test_breaker_killed_server},
    {"a timed-out connection is closed", test_timed_out_connection_is_closed},
    {"the pool is shared", test_pool_shared},
    {"time is traced", test_time_is_traced},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"kv", suite_up, suite_down, test_up, test_down, tests};

    return it_main(&s);
}
