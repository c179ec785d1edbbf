/* The cache against real Redis servers: one load at a time, and never a stale value taken
 * for fresh, whatever happens between the load, the change and Redis. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "it.h"
#include "kv/cache.h"
#include "kv/cache_priv.h"

#define MEMORY_TTL_MS 100

/* Stands for the database, shared with the processes the tests fork. */
struct world {
    atomic_int value; /* 0: the row does not exist */
    atomic_int loads;
    atomic_int slow_ms;
};

static struct world *world;
static struct kv *kv;
static struct arena *ar;
static char shared_path[256], other_path[256], own_socket[256];

static struct kv *
kv_on(const char *socket_path)
{
    const struct kv_conf c = {.socket = socket_path, .size = 8, .prefix = "c:"};

    return kv_new(&c);
}

static struct cache *
cache_on(const char *path, struct kv *k, int64_t memory_ttl_ms, size_t memory_max)
{
    const struct cache_conf conf = {.shared_path = path,
        .memory_max = memory_max,
        .memory_ttl_ms = memory_ttl_ms,
        .ttl_ms = 60000,
        .absent_ttl_ms = 2000};
    struct cache *c;

    if (cache_new(&c, &conf, k) != ERR_OK)
        abort();
    return c;
}

/* One more worker process of this machine, as far as the cache can tell. */
static struct cache *
worker(void)
{
    return cache_on(shared_path, kv, MEMORY_TTL_MS, 1 << 20);
}

static int
suite_up(void)
{
    world = mmap(
        NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ar = arena_new(1 << 16);
    it_path(shared_path, "generations");
    it_path(other_path, "generations2");
    it_path(own_socket, "redis.sock");
    return world == MAP_FAILED;
}

static int
suite_down(void)
{
    arena_free(ar);
    return 0;
}

static void
test_up(void)
{
    struct cache *c;

    kv = kv_on(it_env("SOUK_REDIS_SOCKET"));
    unlink(shared_path);
    unlink(other_path);
    /* New generation files have Redis emptied at their first use: have it behind us. */
    c = cache_on(other_path, kv, 0, 0);
    cache_drop_all(c);
    cache_free(c);
    atomic_store(&world->value, 1);
    atomic_store(&world->loads, 0);
    atomic_store(&world->slow_ms, 0);
}

static void
test_down(void)
{
    arena_reset(ar);
    kv_free(kv);
}

static enum err
load(void *arg, struct arena *a, struct str *out)
{
    int v = atomic_load(&world->value);

    (void)arg;
    atomic_fetch_add(&world->loads, 1);
    if (atomic_load(&world->slow_ms) > 0)
        clock_sleep_ms(atomic_load(&world->slow_ms));
    if (v == 0)
        return ERR_NOT_FOUND;
    *out = arena_printf(a, "value %d", v);
    return ERR_OK;
}

/* The number in the value; 0: absent; -1: an error. */
static int
value_of(enum err e, struct str s)
{
    int64_t v = -1;

    if (e == ERR_NOT_FOUND)
        return 0;
    if (e != ERR_OK || !str_starts(s, STR("value ")) ||
        !str_i64(str_sub(s, 6, s.n - 6), &v))
        return -1;
    return (int)v;
}

static int
get_key(struct cache *c, const char *key, cache_load_fn fn, void *arg)
{
    struct str s;
    enum err e = cache_get(c, ar, str_c(key), fn, arg, &s);

    return value_of(e, s);
}

static int
get(struct cache *c)
{
    return get_key(c, "k", load, NULL);
}

static int
loads(void)
{
    return atomic_load(&world->loads);
}

static void
change(struct cache *c, int v)
{
    atomic_store(&world->value, v);
    cache_drop(c, STR("k"));
}

static void
test_three_layers(void)
{
    struct cache *c = worker(), *d;
    struct cache_stats st;

    CU_ASSERT_EQUAL(get(c), 1);
    CU_ASSERT_EQUAL(get(c), 1);
    cache_stats(c, &st);
    CU_ASSERT_EQUAL(st.load, 1);
    CU_ASSERT_EQUAL(st.hit_memory, 1);
    d = worker();
    CU_ASSERT_EQUAL(get(d), 1);
    cache_stats(d, &st);
    CU_ASSERT_EQUAL(st.hit_redis, 1);
    CU_ASSERT_EQUAL(st.load, 0);
    clock_sleep_ms(MEMORY_TTL_MS + 20);
    CU_ASSERT_EQUAL(get(c), 1);
    cache_stats(c, &st);
    CU_ASSERT_EQUAL(st.hit_redis, 1);
    CU_ASSERT_EQUAL(loads(), 1);
    cache_free(c);
    cache_free(d);
}

static void
test_change_is_seen_by_all_processes(void)
{
    struct cache *c = worker(), *d = worker();

    for (int v = 2; v < 50; v++) {
        get(c);
        get(d);
        change(v % 2 == 0 ? c : d, v);
        CU_ASSERT_EQUAL(get(c), v);
        CU_ASSERT_EQUAL(get(d), v);
    }
    cache_free(c);
    cache_free(d);
}

static void
test_absent_is_cached(void)
{
    struct cache *c = worker(), *d = worker();
    struct cache_stats st;

    atomic_store(&world->value, 0);
    CU_ASSERT_EQUAL(get(c), 0);
    CU_ASSERT_EQUAL(get(c), 0);
    CU_ASSERT_EQUAL(get(d), 0);
    CU_ASSERT_EQUAL(loads(), 1);
    cache_stats(c, &st);
    CU_ASSERT_EQUAL(st.absent, 2);
    change(c, 5);
    CU_ASSERT_EQUAL(get(c), 5);
    CU_ASSERT_EQUAL(get(d), 5);
    cache_free(c);
    cache_free(d);
}

static enum err
load_fails(void *arg, struct arena *a, struct str *out)
{
    (void)a;
    (void)out;
    atomic_fetch_add(&world->loads, 1);
    return *(enum err *)arg;
}

static void
test_errors_are_not_cached(void)
{
    struct cache *c = worker();
    enum err e = ERR_INTERNAL;
    struct str s;

    CU_ASSERT_EQUAL(cache_get(c, ar, STR("k"), load_fails, &e, &s), ERR_INTERNAL);
    CU_ASSERT_EQUAL(cache_get(c, ar, STR("k"), load_fails, &e, &s), ERR_INTERNAL);
    CU_ASSERT_EQUAL(loads(), 2);
    /* Nor is the lock left behind. */
    CU_ASSERT_EQUAL(get(c), 1);
    CU_ASSERT_EQUAL(cache_get(c, ar, STR(""), load, NULL, &s), ERR_INVALID);
    /* The database is away: what is only too old is better than nothing, a change is not.
     */
    e = ERR_UPSTREAM;
    clock_sleep_ms(MEMORY_TTL_MS + 20);
    CU_ASSERT_EQUAL(kv_flush(kv), ERR_OK);
    CU_ASSERT_EQUAL(get_key(c, "k", load_fails, &e), 1);
    change(c, 2);
    CU_ASSERT_EQUAL(cache_get(c, ar, STR("k"), load_fails, &e, &s), ERR_UPSTREAM);
    cache_free(c);
}

static void *
get_once(void *arg)
{
    struct arena *a = arena_new(4096);
    struct str s;
    enum err e = cache_get(arg, a, STR("k"), load, NULL, &s);

    if (value_of(e, s) != atomic_load(&world->value))
        abort();
    arena_free(a);
    return NULL;
}

static void
test_cold_key_one_load(void)
{
    struct cache *c = worker(), *bare = cache_on(NULL, NULL, 1000, 1 << 20);

    atomic_store(&world->slow_ms, 150);
    it_threads(64, get_once, c);
    CU_ASSERT_EQUAL(loads(), 1);
    /* Without Redis as well, and for what is absent. */
    it_threads(64, get_once, bare);
    CU_ASSERT_EQUAL(loads(), 2);
    change(bare, 0);
    it_threads(64, get_once, bare);
    CU_ASSERT_EQUAL(loads(), 3);
    cache_free(c);
    cache_free(bare);
}

static int
process_run(void)
{
    struct kv *k = kv_on(it_env("SOUK_REDIS_SOCKET"));
    struct cache *c = cache_on(shared_path, k, 1000, 1 << 20);

    it_threads(32, get_once, c);
    cache_free(c);
    kv_free(k);
    return 0;
}

static void
test_cold_key_of_two_processes(void)
{
    pid_t pid[2];
    int status = -1;

    atomic_store(&world->slow_ms, 200);
    for (int i = 0; i < 2; i++)
        if ((pid[i] = fork()) == 0)
            _exit(process_run());
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(waitpid(pid[i], &status, 0), pid[i]);
        CU_ASSERT_EQUAL(status, 0);
    }
    CU_ASSERT(loads() >= 1 && loads() <= 2);
}

/* A load during which the world changes, as seen by the one who loads. */
struct during {
    struct cache *changer;
    bool flush; /* Redis loses all it has, generations too */
    bool all;   /* everything is dropped, not the key */
};

static enum err
load_during_change(void *arg, struct arena *a, struct str *out)
{
    struct during *d = arg;
    enum err e = load(NULL, a, out);

    atomic_store(&world->value, 2);
    if (d->all)
        cache_drop_all(d->changer);
    else
        cache_drop(d->changer, STR("k"));
    if (d->flush && kv_flush(kv) != ERR_OK)
        abort();
    return e;
}

/* After a load that a change overtook: no layer, no process has the old value. */
static void
nobody_has_the_old(struct during d)
{
    struct cache *c = worker(), *fresh;
    struct str s;

    if (d.changer == NULL)
        d.changer = c;
    CU_ASSERT_EQUAL(get_key(c, "k", load_during_change, &d), 1);
    CU_ASSERT_EQUAL(kv_get(kv, ar, STR("c:k"), &s), ERR_NOT_FOUND);
    fresh = worker();
    CU_ASSERT_EQUAL(get(fresh), 2);
    cache_free(fresh);
    if (d.changer == c)
        CU_ASSERT_EQUAL(get(c), 2);
    clock_sleep_ms(MEMORY_TTL_MS + 20);
    CU_ASSERT_EQUAL(get(c), 2);
    cache_free(c);
}

static void
test_drop_during_load(void)
{
    nobody_has_the_old((struct during){0});
}

static void
test_drop_all_during_load(void)
{
    nobody_has_the_old((struct during){.all = true});
}

/* Redis alone must refuse the late store: the other machine has its own counters. */
static void
test_drop_on_another_machine_during_load(void)
{
    struct cache *other = cache_on(other_path, kv, MEMORY_TTL_MS, 1 << 20);

    nobody_has_the_old((struct during){.changer = other});
    cache_free(other);
}

static void
test_redis_emptied_during_load(void)
{
    struct cache *other = cache_on(other_path, kv, MEMORY_TTL_MS, 1 << 20);

    nobody_has_the_old((struct during){.changer = other, .flush = true});
    cache_free(other);
}

static enum err
load_while_redis_is_emptied(void *arg, struct arena *a, struct str *out)
{
    if (kv_flush(kv) != ERR_OK)
        abort();
    return load(arg, a, out);
}

/* Nothing changed: the value is kept here, but Redis cannot tell and keeps nothing. */
static void
test_generation_lost_during_load(void)
{
    struct cache *c = worker();
    struct str s;

    CU_ASSERT_EQUAL(get_key(c, "k", load_while_redis_is_emptied, NULL), 1);
    CU_ASSERT_EQUAL(kv_get(kv, ar, STR("c:k"), &s), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(get(c), 1);
    CU_ASSERT_EQUAL(loads(), 1);
    cache_free(c);
}

struct churn {
    struct cache *c;
    atomic_int committed; /* the last value whose drop is over */
    atomic_bool stop;
};

static void *
churn_read(void *arg)
{
    struct churn *ch = arg;
    struct arena *a = arena_new(4096);
    struct str s;
    int before, v;
    enum err e;

    while (!atomic_load(&ch->stop)) {
        before = atomic_load(&ch->committed);
        e = cache_get(ch->c, a, STR("k"), load, NULL, &s);
        v = value_of(e, s);
        if (v < before) {
            fprintf(stderr, "stale: %d after %d was told\n", v, before);
            abort();
        }
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

/* Readers and a writer at full speed: who asks after a change is over never sees before.
 */
static void
test_no_stale_read_under_churn(void)
{
    struct churn ch = {.c = worker()};
    struct cache *writer = worker();
    pthread_t t[6];

    atomic_store(&ch.committed, 1);
    for (size_t i = 0; i < NELEM(t); i++)
        if (pthread_create(&t[i], NULL, churn_read, &ch) != 0)
            abort();
    for (int v = 2; v < 400; v++) {
        change(v % 2 == 0 ? writer : ch.c, v);
        atomic_store(&ch.committed, v);
        if (v % 3 == 0)
            clock_sleep_ms(1);
    }
    atomic_store(&ch.stop, true);
    for (size_t i = 0; i < NELEM(t); i++)
        pthread_join(t[i], NULL);
    CU_ASSERT_EQUAL(get(ch.c), 399);
    cache_free(writer);
    cache_free(ch.c);
}

static void
test_stale_is_served_while_another_rebuilds(void)
{
    struct cache *c = worker();
    struct kv_lock l;
    int64_t t0;

    CU_ASSERT_EQUAL(get(c), 1);
    clock_sleep_ms(MEMORY_TTL_MS + 20);
    CU_ASSERT_EQUAL(kv_del(kv, STR("c:k")), ERR_OK);
    CU_ASSERT_EQUAL(kv_lock(kv, STR("k"), 5000, &l), ERR_OK);
    t0 = clock_mono_us();
    CU_ASSERT_EQUAL(get(c), 1);
    CU_ASSERT(clock_mono_us() - t0 < 200000);
    CU_ASSERT_EQUAL(loads(), 1);
    kv_unlock(kv, &l);
    CU_ASSERT_EQUAL(get(c), 1);
    CU_ASSERT_EQUAL(loads(), 2);
    cache_free(c);
}

/* Who holds the lock died: wait half a second, then do it alone.  After a change there is
 * nothing to serve meanwhile, and the change takes the lock away. */
static void
test_lock_holder_died(void)
{
    struct cache *c = worker();
    struct kv_lock l;
    int64_t t0;

    CU_ASSERT_EQUAL(get_key(c, "other", load, NULL), 1);
    CU_ASSERT_EQUAL(kv_lock(kv, STR("k"), 5000, &l), ERR_OK);
    t0 = clock_mono_us();
    CU_ASSERT_EQUAL(get(c), 1);
    t0 = clock_mono_us() - t0;
    CU_ASSERT(t0 > 400000 && t0 < 1500000);
    change(c, 2);
    t0 = clock_mono_us();
    CU_ASSERT_EQUAL(get(c), 2);
    CU_ASSERT(clock_mono_us() - t0 < 300000);
    cache_free(c);
}

static void
test_redis_down(void)
{
    struct kv *none = kv_on("/nonexistent/redis.sock");
    struct cache *c = cache_on(shared_path, none, MEMORY_TTL_MS, 1 << 20);

    it_log_begin();
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(get(c), 1);
    for (int v = 2; v < 20; v++) {
        change(c, v);
        CU_ASSERT_EQUAL(get(c), v);
        CU_ASSERT_EQUAL(get(c), v);
    }
    CU_ASSERT(loads() >= 19 && loads() < 40);
    CU_ASSERT_EQUAL(it_log_count("redis unreachable"), 1);
    CU_ASSERT_EQUAL(it_log_count("\n"), 1);
    it_log_end();
    cache_free(c);
    kv_free(none);
}

static void
test_redis_restarted_empty(void)
{
    pid_t pid = it_redis_start(own_socket);
    struct kv *k = kv_on(own_socket);
    struct cache *c = cache_on(shared_path, k, MEMORY_TTL_MS, 1 << 20);
    struct str s;

    it_log_begin();
    CU_ASSERT_EQUAL(get(c), 1);
    CU_ASSERT_EQUAL(kv_get(k, ar, STR("c:k"), &s), ERR_OK);
    it_redis_kill(pid);
    clock_sleep_ms(MEMORY_TTL_MS + 20);
    CU_ASSERT_EQUAL(get(c), 1);
    pid = it_redis_start(own_socket);
    clock_sleep_ms(1100);
    CU_ASSERT_EQUAL(get(c), 1);
    CU_ASSERT(kv_up(k));
    CU_ASSERT_EQUAL(kv_get(k, ar, STR("c:k"), &s), ERR_OK);
    CU_ASSERT_EQUAL(loads(), 3);
    it_log_end();
    cache_free(c);
    kv_free(k);
    it_redis_kill(pid);
}

/* Redis sleeps through a change and wakes up with the old value.  `open`: the breaker has
 * opened before, so that the change is not even sent. */
static void
sleep_through_change(bool open)
{
    pid_t pid = it_redis_start(own_socket);
    struct kv *k = kv_on(own_socket), *k2 = kv_on(own_socket);
    struct cache *c = cache_on(shared_path, k, MEMORY_TTL_MS, 1 << 20);
    struct cache *d = cache_on(shared_path, k2, MEMORY_TTL_MS, 1 << 20);
    struct str s;

    it_log_begin();
    CU_ASSERT_EQUAL(get(c), 1);
    CU_ASSERT_EQUAL(get(d), 1);
    kill(pid, SIGSTOP);
    while (open && kv_up(k))
        CU_ASSERT_EQUAL(kv_ping(k), ERR_UPSTREAM);
    change(c, 2);
    CU_ASSERT_EQUAL(get(c), 2);
    kill(pid, SIGCONT);
    clock_sleep_ms(20);
    if (open)
        CU_ASSERT_EQUAL(
            kv_get(k2, ar, STR("c:k"), &s), ERR_OK); /* the old, so it is a test */
    CU_ASSERT_EQUAL(get(d), 2);
    clock_sleep_ms(1100);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(get(c), 2);
        CU_ASSERT_EQUAL(get(d), 2);
        clock_sleep_ms(MEMORY_TTL_MS + 20);
    }
    it_log_end();
    cache_free(c);
    cache_free(d);
    kv_free(k);
    kv_free(k2);
    it_redis_kill(pid);
}

static void
test_change_while_redis_sleeps(void)
{
    sleep_through_change(false);
}

static void
test_change_while_breaker_is_open(void)
{
    sleep_through_change(true);
}

static void
test_ttl_jitter(void)
{
    const char *lua = "return redis.call('PTTL', KEYS[1])";
    int64_t min = INT64_MAX, max = 0, ttl = 0;
    struct cache *c = worker();
    char key[16], name[24];
    struct str k;

    for (int i = 0; i < 50; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        snprintf(name, sizeof(name), "c:%s", key);
        k = str_c(name);
        CU_ASSERT_EQUAL(get_key(c, key, load, NULL), 1);
        CU_ASSERT_EQUAL(kv_eval(kv, lua, &k, 1, NULL, 0, &ttl), ERR_OK);
        min = ttl < min ? ttl : min;
        max = ttl > max ? ttl : max;
    }
    CU_ASSERT(min >= 53000 && max <= 66000);
    CU_ASSERT(max - min > 3000);
    cache_free(c);
}

static void
test_memory_is_bounded(void)
{
    struct cache *c = cache_on(NULL, NULL, 60000, 64 << 10);
    size_t bytes = 0;
    char key[16];

    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof(key), "key %d", i);
        CU_ASSERT_EQUAL(get_key(c, key, load, NULL), 1);
        CU_ASSERT_EQUAL(get_key(c, "hot", load, NULL), 1);
    }
    for (size_t i = 0; i < CACHE_SHARDS; i++)
        bytes += c->shard[i].bytes;
    CU_ASSERT(bytes > (32 << 10) && bytes <= (64 << 10));
    /* Second chance: what is always in use stays. */
    CU_ASSERT_EQUAL(loads(), 5001);
    cache_free(c);
}

/* The bytes stay valid until the arena is reset, whatever becomes of the entry. */
static void
test_bytes_outlive_the_entry(void)
{
    struct cache *c = worker();
    struct str s;

    CU_ASSERT_EQUAL(cache_get(c, ar, STR("k"), load, NULL, &s), ERR_OK);
    change(c, 2);
    CU_ASSERT_EQUAL(get(c), 2);
    cache_drop_all(c);
    cache_free(c);
    CU_ASSERT(str_eq_c(s, "value 1"));
    CU_ASSERT_EQUAL(s.p[s.n], '\0');
}

static void
test_drop_all(void)
{
    struct cache *c = worker(), *d = worker();

    CU_ASSERT_EQUAL(get(c), 1);
    CU_ASSERT_EQUAL(get(d), 1);
    atomic_store(&world->value, 7);
    cache_drop_all(c);
    CU_ASSERT_EQUAL(get(d), 7);
    CU_ASSERT_EQUAL(get(c), 7);
    cache_free(c);
    cache_free(d);
}

static void
test_bad_generation_file(void)
{
    const struct cache_conf conf = {.shared_path = shared_path, .memory_max = 1024};
    struct cache *c;
    FILE *f = fopen(shared_path, "w");

    if (f == NULL || fputs("something else", f) < 0 || fclose(f) != 0)
        abort();
    CU_ASSERT_EQUAL(cache_new(&c, &conf, NULL), ERR_INTERNAL);
    CU_ASSERT_PTR_NULL(c);
}

/* Far below what any call to a server costs; the figure is printed for people. */
static void
test_hits_are_cheap(void)
{
    struct cache *c = cache_on(shared_path, kv, 60000, 1 << 20);
    const int n = 200000;
    struct str s;
    int64_t us;

    CU_ASSERT_EQUAL(get(c), 1);
    us = clock_mono_us();
    for (int i = 0; i < n; i++) {
        if (cache_get(c, ar, STR("k"), load, NULL, &s) != ERR_OK)
            abort();
        if (i % 16 == 0)
            arena_reset(ar);
    }
    us = clock_mono_us() - us;
    printf("(%d ns a hit) ", (int)(us * 1000 / n));
    CU_ASSERT(us * 1000 / n < 8000);
    cache_free(c);
}

static CU_TestInfo tests[] = {
    {"memory, Redis, loader", test_three_layers},
    {"a change is seen by all processes", test_change_is_seen_by_all_processes},
    {"absent is cached", test_absent_is_cached},
    {"errors are not cached", test_errors_are_not_cached},
    {"a cold key: 64 threads, 1 load", test_cold_key_one_load},
    {"a cold key: 2 processes, at most 2", test_cold_key_of_two_processes},
    {"a change during a load", test_drop_during_load},
    {"everything dropped during a load", test_drop_all_during_load},
    {"a change on another machine during one", test_drop_on_another_machine_during_load},
    {"Redis emptied during a load", test_redis_emptied_during_load},
    {"a generation lost during a load", test_generation_lost_during_load},
    {"no stale read under churn", test_no_stale_read_under_churn},
    {"stale while another rebuilds", test_stale_is_served_while_another_rebuilds},
    {"the lock's holder died", test_lock_holder_died},
    {"Redis down", test_redis_down},
    {"Redis restarted empty", test_redis_restarted_empty},
    {"a change while Redis sleeps", test_change_while_redis_sleeps},
    {"a change while the breaker is open", test_change_while_breaker_is_open},
    {"times to live are spread", test_ttl_jitter},
    {"memory is bounded", test_memory_is_bounded},
    {"bytes outlive their entry", test_bytes_outlive_the_entry},
    {"drop all", test_drop_all},
    {"a bad generation file", test_bad_generation_file},
    {"hits are cheap", test_hits_are_cheap},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"cache", suite_up, suite_down, test_up, test_down, tests};

    return it_main(&s);
}
