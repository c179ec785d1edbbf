/* Orders committed together while something breaks in the middle: an order is there once or
 * not at all, and one that is stuck keeps nobody. Each test ends with the books looked at. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "it.h"
#include "it_batch.h"
#include "it_db.h"
#include "it_proxy.h"

static void
test_a_killed_connection(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 20);
    struct order_in in = order_of(shop_ar, &who, &g, 1, NULL);
    char sql[48];

    gather_behind(&g, &who);
    for (size_t i = 1; i < 8; i++)
        job_start(&jobs[i], &in);
    until_waiting(7);
    snprintf(sql, sizeof(sql), "KILL %" PRId64, until_locked());
    it_sql(shop_db, sql);
    let_go();
    jobs_join(8);
    for (size_t i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(jobs[i].e, ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 12);
}

/* The foreign transaction has the second SKU and wants the first; it has changed more
 * rows, so the batch is the victim, and tries again. */
static void
test_a_deadlock(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g[3] = {goods_new(100, 20), goods_new(100, 20), goods_new(100, 20)};
    struct goods *low = &g[0], *high = &g[2];
    struct order_want two[2] = {{str_c(high->sku), 1}, {str_c(low->sku), 1}};
    struct order_in in = order_of(shop_ar, &who, low, 1, NULL);

    CU_ASSERT(low->sku_id < high->sku_id);
    for (int i = 0; i < 40; i++) /* to be changed */
        (void)goods_new(100, 1);
    in.want = two;
    in.n = 2;
    foreign("SET autocommit = 0", 0);
    foreign("UPDATE product SET version = version + 1 WHERE id > ?", 0);
    foreign("UPDATE stock SET version = version + 1 WHERE sku_id > ?", low->sku_id);
    job_start(&jobs[0], &in);
    (void)until_locked();
    foreign("UPDATE stock SET version = version + 1 WHERE sku_id = ?", low->sku_id);
    let_go();
    jobs_join(1);
    CU_ASSERT_EQUAL(jobs[0].e, ERR_OK);
    CU_ASSERT_EQUAL(goods_left(low), 19);
    CU_ASSERT_EQUAL(goods_left(high), 19);
}

/* A row that stays locked: those that need it are told to come again in bounded time, and
 * nothing of theirs is there; one in the same batch that does not is placed. */
static void
test_a_row_that_stays_locked(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 20), free_one = goods_new(100, 20);
    struct order_in in = order_of(shop_ar, &who, &g, 1, NULL),
                    good = order_of(shop_ar, &who, &free_one, 1, NULL);
    int64_t t0 = clock_mono_us();

    gather_behind(&g, &who);
    for (size_t i = 1; i < 6; i++) {
        job_start(&jobs[i], i == 1 ? &good : &in);
        until_waiting((int64_t)i);
    }
    until_taken(6);
    for (size_t i = 6; i < 10; i++)
        job_start(&jobs[i], &in);
    jobs_join(10);
    CU_ASSERT(clock_mono_us() - t0 < INT64_C(20000000));
    for (size_t i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(jobs[i].e, i == 1 ? ERR_OK : ERR_BUSY);
    let_go();
    CU_ASSERT_EQUAL(goods_left(&g), 20);
    CU_ASSERT_EQUAL(goods_left(&free_one), 19);
    CU_ASSERT_EQUAL(figures().waiting, 0);
    job_start(&jobs[0], &in);
    jobs_join(1);
    CU_ASSERT_EQUAL(jobs[0].e, ERR_OK);
}

#define AT_ONCE_US INT64_C(1500000) /* the server ends a wait for a row after 2 s */

/* A row is locked: orders of other goods go on, though not one of them fills a batch, and
 * those that came for it while it was held get their units when it is free again. */
static void
test_others_go_on_beside_a_locked_row(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 20), free_one = goods_new(100, 20);
    struct order_in in = order_of(shop_ar, &who, &g, 1, NULL),
                    good = order_of(shop_ar, &who, &free_one, 1, NULL);
    struct order_want both[2] = {{str_c(free_one.sku), 1}, {str_c(g.sku), 1}};
    struct order_in two = in;
    int64_t t0;

    two.want = both;
    two.n = 2;
    committer_stuck_after(batch_cm, 100);
    gather_behind(&g, &who);
    t0 = clock_mono_us();
    job_start(&jobs[1], &good);
    pthread_join(jobs[1].t, NULL);
    CU_ASSERT(clock_mono_us() - t0 < AT_ONCE_US);
    job_start(&jobs[2], &in);
    job_start(&jobs[3], &two);
    until_waiting(2);
    t0 = clock_mono_us();
    job_start(&jobs[4], &good);
    pthread_join(jobs[4].t, NULL);
    CU_ASSERT(clock_mono_us() - t0 < AT_ONCE_US);
    CU_ASSERT_EQUAL(goods_left(&free_one), 18);
    let_go();
    pthread_join(jobs[0].t, NULL);
    pthread_join(jobs[2].t, NULL);
    pthread_join(jobs[3].t, NULL);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(jobs[i].e, ERR_OK);
        arena_free(jobs[i].a);
    }
    CU_ASSERT_EQUAL(goods_left(&g), 17);
    CU_ASSERT_EQUAL(goods_left(&free_one), 17);
}

/* It is never freed: who needs it is told so in bounded time, the others never notice. */
static void
test_a_locked_row_is_not_waited_for_by_others(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 20), free_one = goods_new(100, 100);
    struct order_in in = order_of(shop_ar, &who, &g, 1, NULL),
                    good = order_of(shop_ar, &who, &free_one, 1, NULL);
    int64_t t0 = clock_mono_us(), t1, slowest = 0;
    int placed = 0;

    committer_stuck_after(batch_cm, 100);
    gather_behind(&g, &who);
    for (size_t i = 1; i < 5; i++)
        job_start(&jobs[i], &in);
    until_waiting(4);
    while (figures().waiting > 0) {
        t1 = clock_mono_us();
        job_start(&jobs[5], &good);
        pthread_join(jobs[5].t, NULL);
        placed += jobs[5].e == ERR_OK;
        arena_free(jobs[5].a);
        t1 = clock_mono_us() - t1;
        slowest = t1 > slowest ? t1 : slowest;
    }
    jobs_join(5);
    CU_ASSERT(clock_mono_us() - t0 < INT64_C(20000000));
    CU_ASSERT(slowest < AT_ONCE_US);
    CU_ASSERT(placed > 0);
    for (size_t i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(jobs[i].e, ERR_BUSY);
    let_go();
    CU_ASSERT_EQUAL(goods_left(&g), 20);
    CU_ASSERT_EQUAL(goods_left(&free_one), 100 - placed);
}

/* Its first request runs in some other process: that one is told so, its mates are not
 * kept. */
static void
test_a_key_still_running_elsewhere(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 20);
    struct order_in in = order_of(shop_ar, &who, &g, 1, NULL),
                    keyed = order_of(shop_ar, &who, &g, 1, "elsewhere");
    struct db *third;

    CU_ASSERT_EQUAL_FATAL(db_acquire(shop_pool(), &third), ERR_OK);
    it_sql(third, "SET autocommit = 0 /*M!, idle_transaction_timeout = 0 */");
    it_sql(third, "INSERT INTO idempotency_key (scope, idem_key, body_hash, order_id,"
                  " http_status, answer, created_at)"
                  " VALUES ('test:orders', 'elsewhere', REPEAT('x', 32), 1, 0, '', 1)");
    gather_behind(&g, &who);
    for (size_t i = 1; i < 5; i++)
        job_start(&jobs[i], i == 2 ? &keyed : &in);
    until_waiting(4);
    let_go();
    jobs_join(5);
    for (size_t i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(jobs[i].e, i == 2 ? ERR_CONFLICT : ERR_OK);
    CU_ASSERT_STRING_EQUAL(jobs[2].flt.slug, "request_in_progress");
    CU_ASSERT_EQUAL(jobs[2].flt.retry_after, 1);
    it_sql(third, "ROLLBACK");
    it_sql(third, "SET autocommit = 1 /*M!, idle_transaction_timeout = 5 */");
    db_release(third);
    CU_ASSERT_EQUAL(goods_left(&g), 16);
}

static void
lose(enum proxy_loss what)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 20);
    struct order_in in = order_of(shop_ar, &who, &g, 1, NULL), keyed = in;
    struct db_conf conf = it_conf(1);
    char path[256];
    struct proxy *p = proxy_start(it_path(path, "db.proxy"), it_env("SOUK_DB_SOCKET"));

    committer_free(batch_cm);
    conf.socket = path;
    batch_cm = committer_new(&conf);
    committer_stuck_after(batch_cm, 600000);
    keyed.idem_scope = STR("test:orders");
    keyed.idem_key = what == PROXY_LOSE_COMMIT ? STR("lost-1") : STR("lost-2");
    hold(&g);
    job_start(&jobs[0], &in);
    until_taken(1);
    for (size_t i = 1; i < 8; i++)
        job_start(&jobs[i], i == 3 ? &keyed : &in);
    until_waiting(7);
    proxy_lose(p, what);
    let_go();
    jobs_join(8);
    /* Once more, with a batch of several. */
    hold(&g);
    job_start(&jobs[8], &in);
    until_taken(9);
    for (size_t i = 9; i < 14; i++)
        job_start(&jobs[i], i == 11 ? &keyed : &in);
    until_waiting(5);
    let_go();
    pthread_join(jobs[8].t, NULL);
    proxy_lose(p, what);
    for (size_t i = 9; i < 14; i++)
        pthread_join(jobs[i].t, NULL);
    for (size_t i = 8; i < 14; i++)
        arena_free(jobs[i].a);
    for (size_t i = 0; i < 14; i++)
        CU_ASSERT_EQUAL(jobs[i].e, ERR_OK);
    CU_ASSERT(jobs[11].an.replayed);
    CU_ASSERT_EQUAL(jobs[11].an.order_id, jobs[3].an.order_id);
    CU_ASSERT(proxy_lost(p) >= 1);
    CU_ASSERT_EQUAL(goods_left(&g), 7);
    proxy_lose(p, PROXY_PASS);
    committer_free(batch_cm);
    proxy_stop(p);
    conf = it_conf(1);
    batch_cm = committer_new(&conf);
}

static void
test_a_commit_that_never_arrived(void)
{
    lose(PROXY_LOSE_COMMIT);
}

static void
test_a_commit_without_an_answer(void)
{
    lose(PROXY_LOSE_ANSWER);
}

static CU_TestInfo tests[] = {
    {"a killed connection", test_a_killed_connection},
    {"a deadlock", test_a_deadlock},
    {"a row that stays locked", test_a_row_that_stays_locked},
    {"others go on beside a locked row", test_others_go_on_beside_a_locked_row},
    {"a locked row is not waited for by others", test_a_locked_row_is_not_waited_for_by_others},
    {"a key still running elsewhere", test_a_key_still_running_elsewhere},
    {"a COMMIT that never arrived", test_a_commit_that_never_arrived},
    {"a COMMIT without an answer", test_a_commit_without_an_answer},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"order_batch_faults_it", shop_up, shop_down, batch_test_up, batch_test_down, tests};

    return it_main(&s);
}
