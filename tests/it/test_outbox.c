/* The outbox on a real database: told if and only if it was committed, in order, each event
 * handed on until it was taken; one relay at a time, and a broker that takes only a part. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"
#include "it.h"
#include "it_db.h"
#include "it_shop.h"
#include "outbox/outbox.h"
#include "stock/stock.h"

#define SOON_MS 5000
#define TAKEN_MAX 2000

static struct goods goods;

static void
test_up(void)
{
    shop_test_up();
    goods = goods_new(500, 1000);
    sql_do("DELETE FROM outbox WHERE 0 = ?", 0);
    sql_do("UPDATE job_lease SET until_ms = ?", 0);
}

static int64_t
waiting(void)
{
    return sql_int("SELECT COUNT(*) FROM outbox", 0);
}

static int64_t
told_of(const char *type, int64_t order_id)
{
    char sql[200];

    snprintf(sql, sizeof(sql),
        "SELECT COUNT(*) FROM outbox o JOIN order_event e ON e.id = o.id"
        " AND e.order_id = o.subject_id WHERE o.type = '%s' AND o.subject_id = ?", type);
    return sql_int(sql, order_id);
}

static void
test_every_change_is_told_by_its_event(void)
{
    const struct shopper who = guest_new(shop_ar);
    int64_t id = order_new(&who, &goods, 1), other = order_new(&who, &goods, 1), n;
    struct fault flt;

    CU_ASSERT_EQUAL(told_of("order.placed", id), 1);
    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, &who, id, "guest", NULL, &flt), ERR_OK);
    CU_ASSERT_EQUAL(told_of("order.cancelled", id), 1);
    CU_ASSERT_EQUAL(
        order_expire_due(shop_db, shop_ar, NULL, clock_ms() + 86400000, 10, &n), ERR_OK);
    CU_ASSERT_EQUAL(n, 1);
    CU_ASSERT_EQUAL(told_of("order.expired", other), 1);
    CU_ASSERT_EQUAL(waiting(), 4);
}

static enum err
add_and_fail(struct db *db, void *arg)
{
    enum err e = outbox_add(db, id_next(), "order.paid", 1, STR_NULL, 1);

    (void)arg;
    return e == ERR_OK ? ERR_PRECONDITION : e;
}

static void
test_what_is_rolled_back_is_not_told(void)
{
    const struct shopper who = guest_new(shop_ar);
    struct order_in in = order_of(shop_ar, &who, &goods, 1001, "too-many");
    struct order_answer an;
    struct fault flt = {.n = 0};

    CU_ASSERT_EQUAL(db_tx(shop_db, add_and_fail, NULL), ERR_PRECONDITION);
    CU_ASSERT_EQUAL(order_place(shop_db, shop_ar, NULL, &in, &an, &flt), ERR_CONFLICT);
    CU_ASSERT_EQUAL(waiting(), 0);
}

/* --- whoever takes --- */

struct taker {
    atomic_int_fast64_t id[TAKEN_MAX]; /* of what was taken, in order */
    atomic_size_t n;
    atomic_int calls;
    size_t part;   /* takes so many of a batch, then fails; 0: all */
    enum err fail; /* with which nothing is taken */
};

static enum err
take(void *arg, struct db *db, struct arena *a, const struct event *ev, size_t n,
    size_t *taken)
{
    struct taker *t = arg;
    size_t some = t->part > 0 && t->part < n ? t->part : n;

    (void)db;
    (void)a;
    t->calls++;
    if (t->fail != ERR_OK)
        return t->fail;
    for (size_t i = 0; i < some && t->n < TAKEN_MAX; i++)
        t->id[t->n++] = ev[i].id;
    *taken = some;
    return some < n ? ERR_UPSTREAM : ERR_OK;
}

static void
add(int n)
{
    for (int i = 0; i < n; i++)
        CU_ASSERT_EQUAL(outbox_add(shop_db, 1000 + i, "order.paid", i, STR_NULL, 1), ERR_OK);
}

static struct relay *
relay_of(struct taker *t, bool outside)
{
    const struct relay_conf c = {.pool = shop_pool(),
        .sink = {.take = take, .arg = t, .outside = outside}};
    struct relay *r = relay_start(&c);

    CU_ASSERT_PTR_NOT_NULL_FATAL(r);
    return r;
}

static bool
none_waits(void)
{
    int64_t until = clock_mono_us() + SOON_MS * 1000;

    while (waiting() > 0 && clock_mono_us() < until)
        clock_sleep_ms(5);
    return waiting() == 0;
}

static void
in_order(const struct taker *t, int n)
{
    CU_ASSERT_EQUAL_FATAL(t->n, (size_t)n);
    for (int i = 0; i < n; i++)
        CU_ASSERT_EQUAL(t->id[i], 1000 + i);
}

static void
test_each_is_handed_on_in_order(void)
{
    struct taker *t = calloc(1, sizeof(*t));
    struct relay *r;

    add(OUTBOX_BATCH_MAX + 100); /* more than a batch */
    r = relay_of(t, false);
    CU_ASSERT(none_waits());
    relay_stop(r);
    in_order(t, OUTBOX_BATCH_MAX + 100);
    free(t);
}

/* What a broker took stays taken, what it did not comes again. */
static void
test_a_part_is_taken(void)
{
    struct taker *t = calloc(1, sizeof(*t));
    struct relay *r;

    t->part = 7;
    add(20);
    r = relay_of(t, true);
    CU_ASSERT(none_waits());
    relay_stop(r);
    in_order(t, 20);
    CU_ASSERT_EQUAL(t->calls, 3);
    free(t);
}

static void
test_what_fails_waits(void)
{
    struct taker *t = calloc(1, sizeof(*t));
    struct relay *r;
    int64_t until = clock_mono_us() + SOON_MS * 1000;

    t->fail = ERR_INTERNAL;
    add(3);
    r = relay_of(t, false);
    while (t->calls < 2 && clock_mono_us() < until)
        clock_sleep_ms(5);
    relay_stop(r);
    CU_ASSERT(t->calls >= 2);
    CU_ASSERT_EQUAL(waiting(), 3);
    t->fail = ERR_OK;
    r = relay_of(t, false);
    CU_ASSERT(none_waits());
    relay_stop(r);
    in_order(t, 3);
    free(t);
}

static void
test_two_relays_hand_on_once(void)
{
    struct taker *t = calloc(1, sizeof(*t));
    struct relay *r = relay_of(t, false), *r2 = relay_of(t, false);

    add(100);
    CU_ASSERT(none_waits());
    relay_stop(r);
    relay_stop(r2);
    CU_ASSERT_EQUAL(t->n, 100);
    free(t);
}

/* --- an event that nobody survives --- */

#define POISON 1077
#define TAKERS_MAX 30

static bool mortal; /* in a process that may die of it */

/* What it takes and what it refuses is kept in the database, for it may not come back. */
static enum err
take_or_die(void *arg, struct db *db, struct arena *a, const struct event *ev, size_t n,
    size_t *taken)
{
    (void)arg;
    (void)a;
    for (size_t i = 0; i < n; i++) {
        if (ev[i].id == POISON && mortal)
            _exit(1);
        it_sql(db, arena_printf(a, "INSERT INTO taken_here VALUES (%lld)",
                       (long long)ev[i].id).p);
    }
    *taken = n;
    return ERR_OK;
}

static enum err
refuse_it(void *arg, struct db *db, struct arena *a, const struct event *ev)
{
    (void)arg;
    it_sql(db, arena_printf(a, "INSERT INTO refused_here VALUES (%lld)",
                   (long long)ev->id).p);
    return ERR_OK;
}

/* A process that hands on until nothing is left, or dies. Did it live? */
static bool
a_process_lives(bool outside)
{
    const struct outbox_sink s = {
        .take = take_or_die, .refuse = refuse_it, .outside = outside};
    struct lease l = {.name = STR_INIT("relay"), .ttl_ms = 60000};
    pid_t pid = fork();
    bool full = true;
    int status = -1;
    size_t n;

    if (pid != 0) {
        (void)waitpid(pid, &status, 0);
        sql_do("UPDATE job_lease SET until_ms = ?", 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    struct db_pool *pool = it_pool(1);
    struct arena *a = arena_new(1 << 16);
    struct db *db;
    enum err e = db_acquire(pool, &db);

    mortal = true;
    if (e == ERR_OK)
        e = lease_take(db, a, &l);
    while (e == ERR_OK && full)
        e = outbox_hand_on(db, a, &l, &s, &n, &full);
    _exit(e == ERR_OK ? 0 : 2);
}

static void
one_is_deadly(bool outside)
{
    int deaths = 0;

    sql_do("DROP TABLE IF EXISTS taken_here, refused_here", 0);
    sql_do("CREATE TABLE taken_here (id BIGINT)", 0);
    sql_do("CREATE TABLE refused_here (id BIGINT)", 0);
    add(200);
    while (!a_process_lives(outside) && deaths < TAKERS_MAX)
        deaths++;
    CU_ASSERT(deaths > OUTBOX_TRIES_MAX);
    CU_ASSERT(deaths <= OUTBOX_TRIES_MAX + 4);
    CU_ASSERT_EQUAL(waiting(), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(DISTINCT id) FROM taken_here", 0), 199);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM refused_here", 0), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT MIN(id) FROM refused_here", 0), POISON);
    sql_do("DROP TABLE taken_here, refused_here", 0);
}

static void
test_an_event_that_kills_is_put_aside(void)
{
    one_is_deadly(false);
}

static void
test_also_when_brokers_take(void)
{
    one_is_deadly(true);
}

/* Errors, however many, are no deaths. */
static void
test_a_handler_that_fails_is_not_given_up(void)
{
    struct taker t = {.fail = ERR_UPSTREAM};
    const struct outbox_sink s = {.take = take, .refuse = refuse_it, .arg = &t};
    struct lease l = {.name = STR_INIT("relay"), .ttl_ms = 60000};
    bool full;
    size_t n;

    add(1);
    CU_ASSERT_EQUAL(lease_take(shop_db, shop_ar, &l), ERR_OK);
    for (int i = 0; i < 3 * OUTBOX_TRIES_MAX; i++)
        CU_ASSERT_EQUAL(
            outbox_hand_on(shop_db, shop_ar, &l, &s, &n, &full), ERR_UPSTREAM);
    t.fail = ERR_OK;
    CU_ASSERT_EQUAL(outbox_hand_on(shop_db, shop_ar, &l, &s, &n, &full), ERR_OK);
    CU_ASSERT_EQUAL(n, 1);
    lease_give(shop_db, &l);
}

/* --- few pieces --- */

static int64_t
tell_low(void)
{
    int64_t n;

    CU_ASSERT_EQUAL(stock_tell_low(shop_db, shop_ar, 3, clock_ms(), 100, &n), ERR_OK);
    return n;
}

static void
test_low_stock_is_told_once_a_fall(void)
{
    const struct shopper who = guest_new(shop_ar);
    struct goods few = goods_new(500, 5);
    int64_t first, id;
    struct fault flt;

    (void)goods_new(500, 2); /* never sold: it did not fall */
    (void)tell_low();        /* those of other tests */
    sql_do("DELETE FROM outbox WHERE 0 = ?", 0);
    first = order_new(&who, &few, 1);
    CU_ASSERT_EQUAL(tell_low(), 0);
    id = order_new(&who, &few, 1);
    CU_ASSERT_EQUAL(tell_low(), 1);
    CU_ASSERT_EQUAL(tell_low(), 0);
    (void)order_new(&who, &few, 1);
    CU_ASSERT_EQUAL(tell_low(), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM outbox WHERE type = 'stock.low'"
                            " AND subject_id = ? AND data LIKE '%\"available\":3}'",
                        few.sku_id), 1);
    /* Two of the three come back, then one is sold: a new fall. */
    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, &who, first, "guest", NULL, &flt), ERR_OK);
    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, &who, id, "guest", NULL, &flt), ERR_OK);
    CU_ASSERT_EQUAL(tell_low(), 0);
    (void)order_new(&who, &few, 1);
    CU_ASSERT_EQUAL(tell_low(), 1);
}

static CU_TestInfo tests[] = {
    {"every change is told by its event", test_every_change_is_told_by_its_event},
    {"what is rolled back is not told", test_what_is_rolled_back_is_not_told},
    {"each is handed on in order", test_each_is_handed_on_in_order},
    {"a part is taken", test_a_part_is_taken},
    {"what fails waits", test_what_fails_waits},
    {"two relays hand on once", test_two_relays_hand_on_once},
    {"an event that kills is put aside", test_an_event_that_kills_is_put_aside},
    {"also when brokers take", test_also_when_brokers_take},
    {"one that fails is not given up", test_a_handler_that_fails_is_not_given_up},
    {"low stock is told once a fall", test_low_stock_is_told_once_a_fall},
    CU_TEST_INFO_NULL,
};
static CU_SuiteInfo outbox_suite = {
    "outbox", shop_up, shop_down, test_up, shop_test_down, tests};

int
main(void)
{
    return it_main(&outbox_suite);
}
