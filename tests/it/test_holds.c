/* Holds: ten thousand unpaid orders closed in time, one bad one among them, two sweeps with
 * one lease, and what a shopper may hold. The books are looked at after each test. */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"
#include "it.h"
#include "it_db.h"
#include "it_pay.h"
#include "it_shop.h"
#include "order/order_committer.h"

#define BUYERS 64
#define DUE 10000
#define SPREAD 1000
#define TICK_MS 500 /* of souk-jobs */
#define BAR_MS 2000
#define RUNS_MAX 3
#define RUNNER_LEASE_MS 100

static struct committer *cm;

static void
up(void)
{
    struct db_conf c = it_conf(1);

    shop_test_up();
    cm = committer_new(&c);
}

static void
down(void)
{
    committer_free(cm);
    shop_test_down();
    arena_reset(shop_ar);
}

/* --- many buyers --- */

struct crowd {
    const struct goods *g;
    size_t goods_n;
    int each;
    int64_t hold_ms, quantity;
    struct order_cap cap; /* of all of them; owner "" + "u:<buyer>" when `apart` */
    bool apart;
    pthread_mutex_t mu;
    int next, ok, limited, short_of, other;
};

static void
crowd_count(struct crowd *c, enum err e, const struct fault *f)
{
    pthread_mutex_lock(&c->mu);
    if (e == ERR_OK)
        c->ok++;
    else if (e == ERR_LIMIT && str_eq_c(STR("too_many_pending"), f->slug))
        c->limited++;
    else if (e == ERR_CONFLICT && str_eq_c(STR("out_of_stock"), f->slug))
        c->short_of++;
    else
        c->other++;
    pthread_mutex_unlock(&c->mu);
}

static void *
buyer(void *arg)
{
    struct crowd *c = arg;
    struct arena *a = arena_new(1 << 14);
    struct order_answer an = {.order_id = 0};
    int mine;

    pthread_mutex_lock(&c->mu);
    mine = c->next++;
    pthread_mutex_unlock(&c->mu);
    for (int i = 0; i < c->each; i++) {
        struct shopper who = guest_new(a);
        struct order_in in = order_of(
            a, &who, &c->g[(size_t)(mine * c->each + i) % c->goods_n], c->quantity, NULL);
        struct fault f;
        enum err e;

        in.hold_ms = c->hold_ms;
        in.cap = c->cap;
        if (c->apart)
            in.cap.owner = arena_printf(a, "u:%d", mine);
        fault_clear(&f);
        e = committer_place(cm, a, NULL, &in, &an, &f);
        crowd_count(c, e, &f);
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static void
crowd_run(struct crowd *c, int n)
{
    pthread_mutex_init(&c->mu, NULL);
    it_threads(n, buyer, c);
    pthread_mutex_destroy(&c->mu);
}

/* --- the sweep in time --- */

static int64_t
sweep(int64_t *took_ms)
{
    int64_t t0 = clock_mono_us(), all = 0, n = 0;

    do {
        CU_ASSERT_EQUAL_FATAL(
            order_expire_due(shop_db, shop_ar, NULL, clock_ms(), DUE, &n), ERR_OK);
        all += n;
    } while (n > 0);
    *took_ms = (clock_mono_us() - t0) / 1000;
    return all;
}

static int64_t
due_closed_ms(size_t goods_n)
{
    struct goods *g = arena_calloc(shop_ar, goods_n, sizeof(*g));
    const int each = DUE / BUYERS + 1;
    struct crowd c = {.g = g,
        .goods_n = goods_n,
        .each = each,
        .hold_ms = 1,
        .quantity = 1,
        .apart = true,
        .cap = {.orders = DUE, .units = DUE}};
    const int64_t per = (int64_t)each * BUYERS / (int64_t)goods_n + 1;
    int64_t took = 0;

    for (size_t i = 0; i < goods_n; i++)
        g[i] = goods_new(100, per);
    crowd_run(&c, BUYERS);
    CU_ASSERT_EQUAL(c.ok, each * BUYERS);
    CU_ASSERT_EQUAL(sweep(&took), c.ok);
    printf("%d due orders of %zu SKUs closed in %" PRId64 " ms ", c.ok, goods_n, took);
    for (size_t i = 0; i < goods_n; i++)
        CU_ASSERT_EQUAL(goods_left(&g[i]), per);
    CU_ASSERT_EQUAL(sql_int("SELECT COALESCE(SUM(orders + units), 0) FROM hold_counter", 0), 0);
    return took;
}

/* The bar is for a machine of its own: where several work for each processor, all of it takes
 * so many times longer. */
static int64_t
bar_ms(void)
{
    double load = 0;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (getloadavg(&load, 1) != 1 || cores < 1 || load <= (double)cores)
        return BAR_MS;
    return (int64_t)(BAR_MS * load / (double)cores);
}

static void
due_are_closed_in_time(size_t goods_n)
{
    int64_t took = due_closed_ms(goods_n);

    for (int i = 1; i < RUNS_MAX && took + TICK_MS >= bar_ms(); i++)
        took = due_closed_ms(goods_n);
    CU_ASSERT(took + TICK_MS < bar_ms());
}

static void
test_ten_thousand_of_one_sku(void)
{
    due_are_closed_in_time(1);
}

static void
test_ten_thousand_of_many_skus(void)
{
    due_are_closed_in_time(SPREAD);
}

/* Its event number is taken: no transaction with it in can be committed. */
static void
test_a_bad_one_holds_up_no_other(void)
{
    struct goods g = goods_new(100, 600);
    struct crowd c = {.g = &g, .goods_n = 1, .each = 10, .hold_ms = 1, .quantity = 1};
    int64_t bad, took;

    crowd_run(&c, 30);
    CU_ASSERT_EQUAL_FATAL(c.ok, 300);
    bad = sql_int("SELECT id FROM orders WHERE status = 'pending' ORDER BY due_at, id"
                  " LIMIT 1", 0);
    sql_do("UPDATE orders SET event_n = 0 WHERE id = ?", bad);
    CU_ASSERT_EQUAL(sweep(&took), 299);
    CU_ASSERT_EQUAL(goods_left(&g), 599);
    CU_ASSERT_EQUAL(order_read(bad).status, ORDER_PENDING);
    sql_do("UPDATE orders SET event_n = 1 WHERE id = ?", bad);
    CU_ASSERT_EQUAL(sweep(&took), 1);
    CU_ASSERT_EQUAL(goods_left(&g), 600);
}

/* One that somebody is just changing is passed over, not waited for. */
static void
test_a_locked_one_is_left_for_later(void)
{
    struct goods g = goods_new(100, 10);
    struct crowd c = {.g = &g, .goods_n = 1, .each = 1, .hold_ms = 1, .quantity = 1};
    int64_t id, took;
    struct db *other;

    crowd_run(&c, 5);
    id = sql_int("SELECT MIN(id) FROM orders WHERE status = 'pending'", 0);
    CU_ASSERT_EQUAL_FATAL(db_acquire(shop_pool(), &other), ERR_OK);
    it_sql(other, "SET autocommit = 0");
    it_sql(other, "SELECT id FROM orders WHERE status = 'pending' ORDER BY id LIMIT 1"
                  " FOR UPDATE");
    CU_ASSERT_EQUAL(sweep(&took), 4);
    CU_ASSERT(took < 1000);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PENDING);
    it_sql(other, "ROLLBACK");
    it_sql(other, "SET autocommit = 1");
    db_release(other);
    CU_ASSERT_EQUAL(sweep(&took), 1);
    CU_ASSERT_EQUAL(goods_left(&g), 10);
}

static void
attempt(int64_t order_id, int64_t at)
{
    const struct db_val v[] = {
        DB_I64(order_id), DB_I64(order_id), DB_I64(at), DB_I64(at)};

    CU_ASSERT_EQUAL(
        db_exec(shop_db,
            "INSERT INTO payment (id, order_id, provider, reference, status, amount,"
            " currency, refunded, created_at, updated_at)"
            " SELECT id, id, 'simulated', CONCAT('held', ?), 'started', total, currency, 0,"
            " ?, ? FROM orders WHERE id = ?",
            (const struct db_val[]){v[0], v[2], v[3], v[1]}, 4, NULL),
        ERR_OK);
}

static void
test_who_is_just_paying_keeps_the_goods(void)
{
    struct goods g = goods_new(100, 10);
    struct crowd c = {.g = &g, .goods_n = 1, .each = 1, .hold_ms = 1, .quantity = 2};
    int64_t id, took;

    crowd_run(&c, 3);
    id = sql_int("SELECT MIN(id) FROM orders WHERE status = 'pending'", 0);
    attempt(id, clock_ms());
    CU_ASSERT_EQUAL(sweep(&took), 2);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PENDING);
    sql_do("UPDATE payment SET created_at = 1 WHERE order_id = ?", id);
    CU_ASSERT_EQUAL(sweep(&took), 1);
    CU_ASSERT_EQUAL(goods_left(&g), 10);
}

/* --- one lease --- */

static struct lease
lease_new(int64_t ttl_ms)
{
    return (struct lease){.name = STR("expire"), .ttl_ms = ttl_ms};
}

static void
test_a_lease_has_one_holder(void)
{
    struct lease a = lease_new(60000), b = lease_new(60000);

    CU_ASSERT_EQUAL(lease_take(shop_db, shop_ar, &a), ERR_OK);
    CU_ASSERT_EQUAL(lease_take(shop_db, shop_ar, &b), ERR_BUSY);
    lease_give(shop_db, &a);
    CU_ASSERT_EQUAL(lease_take(shop_db, shop_ar, &b), ERR_OK);
    CU_ASSERT_EQUAL(lease_keep(shop_db, &a), ERR_CONFLICT);
    CU_ASSERT_EQUAL(lease_keep(shop_db, &b), ERR_OK);
    lease_give(shop_db, &a); /* no longer its own to give */
    CU_ASSERT_EQUAL(lease_take(shop_db, shop_ar, &a), ERR_BUSY);
    lease_give(shop_db, &b);
}

/* The first sweep sleeps past its time before it writes; the second closes all. */
static void
test_a_late_holder_writes_nothing(void)
{
    struct goods g = goods_new(100, 100);
    struct crowd c = {.g = &g, .goods_n = 1, .each = 10, .hold_ms = 1, .quantity = 1};
    struct lease late = lease_new(0), now = lease_new(60000);
    int64_t n, rows;

    crowd_run(&c, 5);
    CU_ASSERT_EQUAL(lease_take(shop_db, shop_ar, &late), ERR_OK);
    CU_ASSERT_EQUAL(lease_take(shop_db, shop_ar, &now), ERR_OK);
    CU_ASSERT_EQUAL(
        order_expire_fenced(shop_db, shop_ar, NULL, &late, clock_ms(), 100, &n),
        ERR_CONFLICT);
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT_EQUAL(goods_left(&g), 50);
    CU_ASSERT_EQUAL(
        order_expire_fenced(shop_db, shop_ar, NULL, &now, clock_ms(), 100, &n), ERR_OK);
    CU_ASSERT_EQUAL(n, 50);
    CU_ASSERT_EQUAL(goods_left(&g), 100);
    rows = sql_int("SELECT COUNT(*) FROM stock_move WHERE kind = 'expire' AND sku_id = ?",
        g.sku_id);
    CU_ASSERT_EQUAL(
        order_expire_fenced(shop_db, shop_ar, NULL, &late, clock_ms(), 100, &n), ERR_OK);
    CU_ASSERT_EQUAL(n, 0); /* nothing to write, nothing to be refused */
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM stock_move WHERE kind = 'expire' AND sku_id = ?",
            g.sku_id),
        rows);
    lease_give(shop_db, &now);
}

struct runner {
    enum err e;
    int64_t closed;
};

/* Another process that sweeps with a lease of its own. */
static pid_t
runner_start(struct runner *r)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    struct db_pool *pool = it_pool(1);
    struct arena *a = arena_new(1 << 16);
    struct lease l = lease_new(RUNNER_LEASE_MS);
    struct db *db;

    r->e = db_acquire(pool, &db);
    if (r->e == ERR_OK)
        r->e = lease_take(db, a, &l);
    if (r->e == ERR_OK)
        r->e = order_expire_fenced(db, a, NULL, &l, clock_ms(), DUE, &r->closed);
    _exit(0);
}

static int64_t
expired_moves(const struct goods *g)
{
    return sql_int("SELECT COUNT(*) FROM stock_move WHERE kind = 'expire' AND sku_id = ?",
        g->sku_id);
}

/* Stopped in the middle of its work, it comes back when another has done the rest. */
static void
test_a_runner_that_was_stopped(void)
{
    struct goods g = goods_new(100, 4096);
    struct crowd c = {.g = &g, .goods_n = 1, .each = 64, .hold_ms = 1, .quantity = 1};
    struct runner *r = mmap(
        NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct lease mine = lease_new(60000);
    int64_t n = 0, took, done = 0;
    enum err e = ERR_BUSY;
    int status = -1;
    pid_t pid;

    CU_ASSERT_FATAL(r != MAP_FAILED);
    crowd_run(&c, BUYERS);
    CU_ASSERT_EQUAL_FATAL(c.ok, 64 * BUYERS);
    *r = (struct runner){.closed = 0};
    pid = runner_start(r);
    CU_ASSERT_FATAL(pid > 0);
    for (int i = 0; i < 5000 && expired_moves(&g) == 0; i++)
        clock_sleep_ms(1);
    CU_ASSERT_EQUAL(kill(pid, SIGSTOP), 0);
    /* It may have been stopped with the lease's row locked: then nobody sweeps before. */
    for (int i = 0; i < 3 && (e = lease_take(shop_db, shop_ar, &mine)) != ERR_OK; i++)
        clock_sleep_ms(RUNNER_LEASE_MS);
    if (e == ERR_OK) {
        e = order_expire_fenced(shop_db, shop_ar, NULL, &mine, clock_ms(), DUE, &done);
        CU_ASSERT_EQUAL(e, ERR_OK);
    }
    CU_ASSERT_EQUAL(kill(pid, SIGCONT), 0);
    CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
    CU_ASSERT_EQUAL(status, 0);
    /* ERR_UPSTREAM: stopped in a transaction, for so long that the database ended it. */
    CU_ASSERT(r->e == ERR_OK || r->e == ERR_CONFLICT || r->e == ERR_UPSTREAM);
    n = sweep(&took); /* what it held and had to let go */
    CU_ASSERT_EQUAL(r->closed + done + n, c.ok);
    CU_ASSERT_EQUAL(expired_moves(&g), c.ok);
    CU_ASSERT_EQUAL(goods_left(&g), 4096);
    lease_give(shop_db, &mine);
    munmap(r, sizeof(*r));
}

/* --- caps --- */

static void
test_caps_are_exact(void)
{
    struct goods g = goods_new(100, 1000);
    struct crowd c = {.g = &g,
        .goods_n = 1,
        .each = 5,
        .hold_ms = 600000,
        .quantity = 2,
        .cap = {.owner = STR("u:capped"), .orders = 20, .units = 1000}};

    crowd_run(&c, BUYERS);
    CU_ASSERT_EQUAL(c.ok, 20);
    CU_ASSERT_EQUAL(c.limited, BUYERS * 5 - 20);
    CU_ASSERT_EQUAL(c.other, 0);
    CU_ASSERT_EQUAL(goods_left(&g), 960);
    c = (struct crowd){.g = &g,
        .goods_n = 1,
        .each = 5,
        .hold_ms = 600000,
        .quantity = 3,
        .cap = {.owner = STR("u:units"), .orders = 1000, .units = 10}};
    crowd_run(&c, BUYERS);
    CU_ASSERT_EQUAL(c.ok, 3);
    CU_ASSERT_EQUAL(c.limited, BUYERS * 5 - 3);
    CU_ASSERT_EQUAL(goods_left(&g), 951);
}

/* Whoever is over the cap takes no stock from others of the same batch. */
static void
test_caps_leave_the_stock_to_others(void)
{
    struct goods g = goods_new(100, 40);
    struct crowd mine = {.g = &g,
        .goods_n = 1,
        .each = 1,
        .hold_ms = 600000,
        .quantity = 1,
        .cap = {.owner = STR("u:greedy"), .orders = 10, .units = 10}};
    struct crowd all = {.g = &g,
        .goods_n = 1,
        .each = 1,
        .hold_ms = 600000,
        .quantity = 1,
        .apart = true,
        .cap = {.orders = 5, .units = 5}};

    crowd_run(&mine, BUYERS);
    CU_ASSERT_EQUAL(mine.ok, 10);
    CU_ASSERT_EQUAL(mine.short_of, 0);
    crowd_run(&all, BUYERS);
    CU_ASSERT_EQUAL(all.ok, 30);
    CU_ASSERT_EQUAL(all.short_of, BUYERS - 30);
    CU_ASSERT_EQUAL(goods_left(&g), 0);
}

static int64_t
place_capped(const struct goods *g, int64_t quantity, int64_t hold_ms, enum err *e)
{
    struct shopper who = guest_new(shop_ar);
    struct order_in in = order_of(shop_ar, &who, g, quantity, NULL);
    struct order_answer an = {.order_id = 0};
    struct fault f;

    in.hold_ms = hold_ms;
    in.cap = (struct order_cap){.owner = STR("u:one"), .orders = 2, .units = 8};
    fault_clear(&f);
    *e = order_place(shop_db, shop_ar, NULL, &in, &an, &f);
    return an.order_id;
}

static void
test_what_is_held_is_given_back(void)
{
    struct goods g = goods_new(100, 100);
    struct fault f;
    int64_t a, b, took;
    enum err e;

    a = place_capped(&g, 4, 600000, &e);
    CU_ASSERT_EQUAL(e, ERR_OK);
    b = place_capped(&g, 4, 600000, &e);
    CU_ASSERT_EQUAL(e, ERR_OK);
    (void)place_capped(&g, 1, 600000, &e);
    CU_ASSERT_EQUAL(e, ERR_LIMIT);
    CU_ASSERT_EQUAL(pay_now(shop_db, shop_ar, NULL, a, true, &f), ERR_OK);
    (void)place_capped(&g, 5, 600000, &e);
    CU_ASSERT_EQUAL(e, ERR_LIMIT);
    a = place_capped(&g, 4, 1, &e);
    CU_ASSERT_EQUAL(e, ERR_OK);
    CU_ASSERT_EQUAL(order_cancel(shop_db, shop_ar, NULL, b, "test", NULL, &f), ERR_OK);
    clock_sleep_ms(2);
    CU_ASSERT_EQUAL(sweep(&took), 1);
    CU_ASSERT_EQUAL(
        sql_int("SELECT orders + units FROM hold_counter WHERE owner = 'u:one'", 0), 0);
    /* Paid late: it holds nothing again. */
    CU_ASSERT_EQUAL(pay_now(shop_db, shop_ar, NULL, a, true, &f), ERR_OK);
    CU_ASSERT_EQUAL(
        sql_int("SELECT orders + units FROM hold_counter WHERE owner = 'u:one'", 0), 0);
}

static CU_TestInfo tests[] = {
    {"10,000 due orders of one SKU", test_ten_thousand_of_one_sku},
    {"10,000 due orders of 1,000 SKUs", test_ten_thousand_of_many_skus},
    {"a bad one holds up no other", test_a_bad_one_holds_up_no_other},
    {"a locked one is left for later", test_a_locked_one_is_left_for_later},
    {"who is just paying keeps the goods", test_who_is_just_paying_keeps_the_goods},
    {"a lease has one holder", test_a_lease_has_one_holder},
    {"a late holder writes nothing", test_a_late_holder_writes_nothing},
    {"a runner that was stopped", test_a_runner_that_was_stopped},
    {"caps are exact", test_caps_are_exact},
    {"caps leave the stock to others", test_caps_leave_the_stock_to_others},
    {"what is held is given back", test_what_is_held_is_given_back},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"holds_it", shop_up, shop_down, up, down, tests};

    return it_main(&s);
}
