/* Orders committed together: each gets its own result, and exactly what is in stock is sold.
 * Each test ends with the books looked at. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cart/cart.h"
#include "coupon/coupon.h"
#include "it.h"
#include "it_batch.h"
#include "it_db.h"

#define BUYERS 64
#define WAIT_MS 5000

static void
test_one_alone(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 3);
    struct order_in in = order_of(shop_ar, &who, &g, 2, "alone");

    job_start(&jobs[0], &in);
    jobs_join(1);
    CU_ASSERT_EQUAL(jobs[0].e, ERR_OK);
    CU_ASSERT_EQUAL(order_read(jobs[0].an.order_id).total, 200);
    CU_ASSERT_EQUAL(goods_left(&g), 1);
    in.idem_key = STR("alone  "); /* the same to the database */
    job_start(&jobs[0], &in);
    jobs_join(1);
    CU_ASSERT(jobs[0].e == ERR_OK && jobs[0].an.replayed);
    in.address.city = STR("");
    job_start(&jobs[0], &in);
    jobs_join(1);
    CU_ASSERT_EQUAL(jobs[0].e, ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(jobs[0].flt.field[0].pointer, "/shipping_address/city");
    CU_ASSERT_EQUAL(figures().orders, 2);
}

static void
test_twins_in_one_queue(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 9);
    struct order_in in = order_of(shop_ar, &who, &g, 1, "twin"), other_body = in;

    other_body.body_hash = STR("another body's hash of 32 bytes.");
    gather_behind(&g, &who);
    for (size_t i = 1; i <= 3; i++)
        job_start(&jobs[i], &in);
    until_waiting(3);
    job_start(&jobs[4], &other_body);
    until_waiting(4);
    let_go();
    jobs_join(5);
    CU_ASSERT_EQUAL(jobs[0].e, ERR_OK);
    for (size_t i = 1; i <= 3; i++) {
        CU_ASSERT_EQUAL(jobs[i].e, ERR_OK);
        CU_ASSERT_EQUAL(jobs[i].an.order_id, jobs[1].an.order_id);
        CU_ASSERT(str_eq(jobs[i].an.body, jobs[1].an.body));
    }
    CU_ASSERT_EQUAL(
        jobs[1].an.replayed + jobs[2].an.replayed + jobs[3].an.replayed, 2);
    CU_ASSERT_EQUAL(jobs[4].e, ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(jobs[4].flt.slug, "idempotency_key_reused");
    CU_ASSERT_EQUAL(goods_left(&g), 7);
    CU_ASSERT_EQUAL(figures().batches, 5);
}

/* A refused one takes nothing, and its twin behind it is tried on its own. */
static void
test_each_gets_its_own_result(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 4), few = goods_new(100, 2);
    struct order_want two[2] = {{str_c(g.sku), 1}, {str_c(few.sku), 3}};
    struct order_in in[7];

    for (size_t i = 0; i < NELEM(in); i++)
        in[i] = order_of(shop_ar, &who, i < 5 ? &g : &few, 1, NULL);
    in[1].want = two; /* one line is short: none is taken */
    in[1].n = 2;
    in[1].idem_key = STR("short");
    in[1].idem_scope = STR("test:orders");
    in[2].expected_total = 1;
    in[3].want = &(struct order_want){STR("no-such-sku"), 1};
    gather_behind(&g, &who);
    for (size_t i = 1; i < NELEM(in); i++) {
        job_start(&jobs[i], &in[i]);
        until_waiting((int64_t)i);
    }
    let_go();
    jobs_join(NELEM(in));
    CU_ASSERT_EQUAL(jobs[0].e, ERR_OK);
    CU_ASSERT_EQUAL(jobs[1].e, ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(jobs[1].flt.slug, "out_of_stock");
    CU_ASSERT_EQUAL(jobs[1].flt.n, 1);
    CU_ASSERT_STRING_EQUAL(jobs[1].flt.field[0].pointer, "/items/1/quantity");
    CU_ASSERT(strstr(jobs[1].flt.field[0].extra, "\"available\":2") != NULL);
    CU_ASSERT_EQUAL(jobs[2].e, ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(jobs[2].flt.slug, "cart_changed");
    CU_ASSERT_EQUAL(jobs[3].e, ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(jobs[3].flt.field[0].code, "unknown_sku");
    for (size_t i = 4; i < NELEM(in); i++)
        CU_ASSERT_EQUAL(jobs[i].e, ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 2);
    CU_ASSERT_EQUAL(goods_left(&few), 0);
    CU_ASSERT_EQUAL(figures().batches, 2);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM idempotency_key WHERE idem_key = 'short'", 0), 0);
}

static void
test_the_first_come_are_served(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 6);
    static const int64_t wants[] = {1, 2, 4, 2, 1, 1}; /* the third is too late for 4 */
    struct order_in in;

    gather_behind(&g, &who);
    for (size_t i = 1; i < NELEM(wants); i++) {
        in = order_of(shop_ar, &who, &g, wants[i], NULL);
        job_start(&jobs[i], &in);
        until_waiting((int64_t)i);
    }
    let_go();
    jobs_join(NELEM(wants));
    for (size_t i = 0; i < NELEM(wants); i++)
        CU_ASSERT_EQUAL(jobs[i].e, i == 2 || i == 5 ? ERR_CONFLICT : ERR_OK);
    CU_ASSERT(strstr(jobs[2].flt.field[0].extra, "\"available\":3") != NULL);
    CU_ASSERT_EQUAL(goods_left(&g), 0);
}

/* The schema refuses an order of an account that is gone: only that one fails. */
static void
test_a_bad_one_spoils_nobody(void)
{
    struct shopper who = guest_new(shop_ar), gone = {.account_id = 1};
    struct goods g = goods_new(100, 20);
    struct order_in in = order_of(shop_ar, &who, &g, 1, NULL),
                    bad = order_of(shop_ar, &gone, &g, 1, "bad");

    gather_behind(&g, &who);
    for (size_t i = 1; i < 12; i++)
        job_start(&jobs[i], i == 7 ? &bad : &in);
    until_waiting(11);
    let_go();
    jobs_join(12);
    for (size_t i = 0; i < 12; i++)
        CU_ASSERT_EQUAL(jobs[i].e, i == 7 ? ERR_INTERNAL : ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 9);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM idempotency_key WHERE idem_key = 'bad'", 0), 0);
}

static void
fill_cart(const struct shopper *who, const struct goods *g, int64_t n)
{
    struct fault flt;
    int64_t item;

    CU_ASSERT_EQUAL(
        goods_to_cart(shop_db, shop_ar, who, str_c(g->sku), n, &item, &flt), ERR_OK);
}

static void
test_carts_are_ordered_once(void)
{
    struct shopper who = guest_new(shop_ar), ann = account_new(), bob = guest_new(shop_ar);
    struct goods g = goods_new(100, 20), h = goods_new(200, 20);
    struct order_in a, b;

    fill_cart(&ann, &g, 2);
    fill_cart(&ann, &h, 3);
    fill_cart(&bob, &h, 4);
    a = order_of(shop_ar, &ann, &g, 1, NULL);
    b = order_of(shop_ar, &bob, &g, 1, NULL);
    a.want = b.want = NULL;
    gather_behind(&g, &who);
    job_start(&jobs[1], &a);
    until_waiting(1);
    job_start(&jobs[2], &a);
    job_start(&jobs[3], &b);
    until_waiting(3);
    let_go();
    jobs_join(4);
    CU_ASSERT_EQUAL(jobs[1].e, ERR_OK);
    CU_ASSERT_EQUAL(order_read(jobs[1].an.order_id).total, 800);
    CU_ASSERT_EQUAL(jobs[2].e, ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(jobs[2].flt.slug, "empty_cart");
    CU_ASSERT_EQUAL(jobs[3].e, ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 17);
    CU_ASSERT_EQUAL(goods_left(&h), 13);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM cart_item", 0), 0);
}

/* Until somebody's statement that locks a cart runs, which means that it waits. */
static void
until_cart_wait(void)
{
    static const char sql[] =
        "SELECT COUNT(*) FROM information_schema.processlist"
        " WHERE info LIKE '%FROM cart%FOR UPDATE' AND id <> CONNECTION_ID() AND ? = 0";
    int seen = 0;

    /* Seen twice in a row with time between: not one that merely passes by. */
    for (int i = 0; i < WAIT_MS && seen < 2; i++) {
        seen = sql_int(sql, 0) == 1 ? seen + 1 : 0;
        clock_sleep_ms(seen > 0 ? 30 : 1);
    }
    CU_ASSERT_EQUAL(seen, 2);
}

/* A second click on "order", answered by another process: it waits for the cart of the first
 * and must then find the first one's key, not an empty cart. */
static void
test_a_cart_sent_twice_to_two_committers(void)
{
    struct db_conf conf = it_conf(1);
    struct committer *first = batch_cm, *second = committer_new(&conf);
    struct shopper ann = account_new();
    struct goods g = goods_new(100, 20);
    struct order_in in;

    fill_cart(&ann, &g, 2);
    in = order_of(shop_ar, &ann, &g, 1, "clicked twice");
    in.want = NULL;
    hold(&g);
    job_start(&jobs[0], &in);
    (void)until_locked();
    batch_cm = second;
    job_start(&jobs[1], &in);
    until_cart_wait();
    let_go();
    jobs_join(2);
    batch_cm = first;
    CU_ASSERT_EQUAL(jobs[0].e, ERR_OK);
    CU_ASSERT_EQUAL(jobs[1].e, ERR_OK);
    CU_ASSERT(jobs[1].an.replayed);
    CU_ASSERT_EQUAL(jobs[0].an.order_id, jobs[1].an.order_id);
    CU_ASSERT_EQUAL(goods_left(&g), 18);
    committer_free(second);
}

/* A coupon whose last use `buyer` and one who may not have it want, in this order. */
static struct coupon
last_use(const char *code)
{
    struct coupon c = {.p = {.code = str_c(code),
                           .kind = COUPON_PERCENT,
                           .value = 100000,
                           .currency = STR("USD")},
        .starts_at = -1,
        .ends_at = -1,
        .limit_total = 1,
        .active = true};
    struct fault flt;

    CU_ASSERT_EQUAL_FATAL(coupon_add(shop_db, &c, &flt), ERR_OK);
    return c;
}

/* Who holds too much already takes nothing, a coupon's last use neither. */
static void
test_who_is_over_the_cap_takes_no_coupon(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(1000, 9);
    struct order_in greedy = order_of(shop_ar, &who, &g, 2, NULL), good = greedy;
    struct coupon c = last_use("LAST-USE");

    greedy.cap = (struct order_cap){.owner = STR("u:greedy"), .orders = 1, .units = 1};
    greedy.coupon = good.coupon = STR("LAST-USE");
    gather_behind(&g, &who);
    job_start(&jobs[1], &greedy);
    until_waiting(1);
    job_start(&jobs[2], &good);
    until_waiting(2);
    let_go();
    jobs_join(3);
    CU_ASSERT_EQUAL(jobs[1].e, ERR_LIMIT);
    CU_ASSERT_STRING_EQUAL(jobs[1].flt.slug, "too_many_pending");
    CU_ASSERT_EQUAL(jobs[2].e, ERR_OK);
    CU_ASSERT_EQUAL(sql_int("SELECT used FROM coupon WHERE id = ?", c.id), 1);
    CU_ASSERT_EQUAL(figures().batches, 2);
    CU_ASSERT_EQUAL(goods_left(&g), 6);
}

/* --- crowds --- */

struct crowd {
    pthread_barrier_t gate;
    struct committer *cm[2];
    const struct goods *g;
    int orders_each;
    bool keyed; /* all use the same keys */
    int ok, replayed, short_of, other, next;
    pthread_mutex_t mu;
};

static void
crowd_count(struct crowd *c, enum err e, const struct order_answer *an,
    const struct fault *f)
{
    pthread_mutex_lock(&c->mu);
    if (e == ERR_OK && an->replayed)
        c->replayed++;
    else if (e == ERR_OK)
        c->ok++;
    else if (e == ERR_CONFLICT && strcmp(f->slug, "out_of_stock") == 0)
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
    struct shopper who = guest_new(a);
    struct order_answer an = {.order_id = 0};
    struct order_in in;
    struct fault f;
    char key[32];
    int mine;
    enum err e;

    pthread_mutex_lock(&c->mu);
    mine = c->next++;
    pthread_mutex_unlock(&c->mu);
    pthread_barrier_wait(&c->gate);
    for (int i = 0; i < c->orders_each; i++) {
        snprintf(key, sizeof(key), "crowd-%d", i);
        in = order_of(a, &who, c->g, 1, c->keyed ? key : NULL);
        fault_clear(&f);
        e = committer_place(c->cm[mine % 2], a, NULL, &in, &an, &f);
        crowd_count(c, e, &an, &f);
    }
    arena_free(a);
    return NULL;
}

static void
crowd_run(struct crowd *c, int n)
{
    pthread_mutex_init(&c->mu, NULL);
    pthread_barrier_init(&c->gate, NULL, (unsigned)n);
    it_threads(n, buyer, c);
    pthread_barrier_destroy(&c->gate);
    pthread_mutex_destroy(&c->mu);
}

static void
test_exactly_what_is_there(void)
{
    struct goods g = goods_new(100, 50);
    struct crowd c = {.cm = {batch_cm, batch_cm}, .g = &g, .orders_each = 1};

    crowd_run(&c, BUYERS);
    CU_ASSERT_EQUAL(c.ok, 50);
    CU_ASSERT_EQUAL(c.short_of, BUYERS - 50);
    CU_ASSERT_EQUAL(c.other, 0);
    CU_ASSERT_EQUAL(goods_left(&g), 0);
    CU_ASSERT(figures().batches < BUYERS);
}

static void
test_two_committers(void)
{
    struct db_conf conf = it_conf(1);
    struct committer *second = committer_new(&conf);
    struct goods g = goods_new(100, 500);
    struct crowd c = {.cm = {batch_cm, second}, .g = &g, .orders_each = 10};

    crowd_run(&c, BUYERS);
    CU_ASSERT_EQUAL(c.ok, 500);
    CU_ASSERT_EQUAL(c.short_of, BUYERS * 10 - 500);
    CU_ASSERT_EQUAL(c.other, 0);
    CU_ASSERT_EQUAL(goods_left(&g), 0);
    committer_free(second);
}

/* The same twenty keys from everywhere: twenty orders. */
static void
test_two_committers_with_the_same_keys(void)
{
    struct db_conf conf = it_conf(1);
    struct committer *second = committer_new(&conf);
    struct goods g = goods_new(100, 500);
    struct crowd c = {.cm = {batch_cm, second}, .g = &g, .orders_each = 20, .keyed = true};

    crowd_run(&c, BUYERS);
    CU_ASSERT_EQUAL(c.ok, 20);
    CU_ASSERT_EQUAL(c.replayed, BUYERS * 20 - 20);
    CU_ASSERT_EQUAL(c.other, 0);
    CU_ASSERT_EQUAL(goods_left(&g), 480);
    committer_free(second);
}

static void __attribute__((unused))
test_two_processes(void)
{
    struct goods g = goods_new(100, 300);
    struct crowd *c = mmap(NULL, 2 * sizeof(*c), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct db_conf conf = it_conf(1);
    int status = -1;
    pid_t pid;

    CU_ASSERT_FATAL(c != MAP_FAILED);
    c[0] = c[1] = (struct crowd){.cm = {batch_cm, batch_cm}, .g = &g, .orders_each = 10};
    pid = fork();
    if (pid == 0) {
        c[1].cm[0] = c[1].cm[1] = committer_new(&conf);
        crowd_run(&c[1], BUYERS / 2);
        committer_free(c[1].cm[0]);
        _exit(0);
    }
    CU_ASSERT_FATAL(pid > 0);
    crowd_run(&c[0], BUYERS / 2);
    CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT_EQUAL(c[0].ok + c[1].ok, 300);
    CU_ASSERT_EQUAL(c[0].short_of + c[1].short_of, BUYERS * 10 - 300);
    CU_ASSERT_EQUAL(c[0].other + c[1].other, 0);
    CU_ASSERT_EQUAL(goods_left(&g), 0);
    munmap(c, 2 * sizeof(*c));
}

static CU_TestInfo tests[] = {
    {"one alone", test_one_alone},
    {"twins in one queue", test_twins_in_one_queue},
    {"each gets its own result", test_each_gets_its_own_result},
    {"first come, first served", test_the_first_come_are_served},
    {"a bad one spoils nobody", test_a_bad_one_spoils_nobody},
    {"carts are ordered once", test_carts_are_ordered_once},
    {"a cart sent twice to two committers", test_a_cart_sent_twice_to_two_committers},
    {"who is over the cap takes no coupon", test_who_is_over_the_cap_takes_no_coupon},
    {"64 buyers, 50 units", test_exactly_what_is_there},
    {"two committers", test_two_committers},
    {"two committers, the same keys", test_two_committers_with_the_same_keys},
#if !defined(__SANITIZE_THREAD__) /* which knows no threads in a child of threads */
    {"two processes", test_two_processes},
#endif
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"order_batch_it", shop_up, shop_down, batch_test_up, batch_test_down, tests};

    return it_main(&s);
}
