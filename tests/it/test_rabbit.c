/* Events through a real RabbitMQ (SOUK_AMQP, made by tests/it/rabbit in SOUK_RABBIT_DIR, which
 * is killed and frozen here): each reaches the shop's readers, in its subject's order, however
 * often something dies; orders go on meanwhile. Needs that server: run-it passes it over. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/rand.h"
#include "broker/broker_priv.h"
#include "it.h"
#include "it_shop.h"
#include "mq/mq_amqp.h"
#include "shop_metrics.h"

#define FEW 40
#define PATIENCE_MS 20000
#define QUICK_MS 2000
#define HOLD_MS 1000

static struct shop_meter meter;
static struct goods goods;

static struct mq_amqp_conf
amqp(void)
{
    return (struct mq_amqp_conf){.url = it_env("SOUK_AMQP"), .name = "souk"};
}

/* The same address as amqp()'s, "amqp://host:port/%2f", as many write it: without the name of
 * the virtual host that there is from the start. */
static const char *
shorter(void)
{
    static char url[300];

    snprintf(url, sizeof(url), "%s", it_env("SOUK_AMQP"));
    strrchr(url, '/')[1] = '\0';
    return url;
}

static struct broker_conf
conf(void)
{
    return (struct broker_conf){.amqp = shorter(),
        .amqp_password = "",
        .kafka = "",
        .kafka_topic = "",
        .pool = shop_pool(),
        .metrics = meter.metrics};
}

static void
rabbit(const char *what)
{
    char cmd[600];

    snprintf(cmd, sizeof(cmd), "%s %s %s >/dev/null", it_env("SOUK_RABBIT"), what,
        it_env("SOUK_RABBIT_DIR"));
    CU_ASSERT_EQUAL_FATAL(system(cmd), 0);
}

struct running {
    struct broker *b;
    struct relay *r;
};

static struct running
start(bool listen)
{
    const struct broker_conf c = conf();
    struct relay_conf rc = {.pool = shop_pool()};
    struct running run;

    CU_ASSERT_EQUAL_FATAL(broker_new(&run.b, &c), ERR_OK);
    rc.sink = broker_sink(run.b);
    if (listen)
        CU_ASSERT_EQUAL_FATAL(broker_listen(run.b), ERR_OK);
    run.r = relay_start(&rc);
    CU_ASSERT_PTR_NOT_NULL_FATAL(run.r);
    return run;
}

static void
stop(struct running *run)
{
    relay_stop(run->r);
    broker_free(run->b);
}

static int64_t
waiting(void)
{
    return sql_int("SELECT COUNT(*) FROM outbox WHERE 0 = ?", 0);
}

static int64_t
seen(void)
{
    return sql_int("SELECT COUNT(DISTINCT event_id) FROM event_seen WHERE 0 = ?", 0);
}

/* Until fn() is n. */
static bool
comes(int64_t (*fn)(void), int64_t n, int64_t ms)
{
    int64_t until = clock_mono_us() + ms * 1000;

    while (fn() != n) {
        if (clock_mono_us() > until)
            return false;
        clock_sleep_ms(10);
    }
    return true;
}

static void
place(int n)
{
    const struct shopper who = guest_new(shop_ar);

    for (int i = 0; i < n; i++)
        (void)order_new(&who, &goods, 1);
}

/* Empty the queues of an earlier test. */
static void
queues_empty(void)
{
    const struct mq_amqp_conf c = amqp();
    struct mq_delivery d[64];

    for (int due = 0; due < 2; due++) {
        struct mq_in *in;
        size_t n;

        CU_ASSERT_EQUAL_FATAL(mq_in_new(&in, &c, due == 1), ERR_OK);
        while (mq_in_take(in, shop_ar, 200, d, NELEM(d), &n) == ERR_OK && n > 0)
            CU_ASSERT_EQUAL(mq_in_ack(in, d[n - 1].tag), ERR_OK);
        mq_in_free(in);
    }
}

static void
test_up(void)
{
    shop_test_up();
    
    CU_ASSERT_EQUAL_FATAL(
        shop_meter_open(&meter, NULL), ERR_OK);
    goods = goods_new(500, 1000000);
    sql_do("DELETE FROM outbox WHERE 0 = ?", 0);
    sql_do("DELETE FROM event_seen WHERE 0 = ?", 0);
    sql_do("UPDATE job_lease SET until_ms = ?", 0);
    queues_empty();
}

static void
test_down(void)
{
    shop_meter_close(&meter);
    shop_test_down();
}

static void
test_what_happens_reaches_the_readers(void)
{
    struct running run = start(true);

    place(FEW);
    CU_ASSERT(comes(waiting, 0, QUICK_MS));
    CU_ASSERT(comes(seen, FEW, QUICK_MS));
    stop(&run);
}

/* A message as another reader of the exchange would get it. */
static void
test_events_of_a_subject_come_in_order(void)
{
    static const char *const types[] = {"order.placed", "order.paid", "order.shipped"};
    const struct mq_amqp_conf c = amqp();
    struct mq_delivery d[64];
    struct mq_in *in;
    struct running run;
    size_t n, all = 0, next[5] = {0};

    for (int64_t i = 0; i < 15; i++)
        CU_ASSERT_EQUAL(outbox_add(shop_db, id_next(), types[i / 5], 1 + i % 5, STR_NULL, 7),
            ERR_OK);
    run = start(false);
    CU_ASSERT_EQUAL_FATAL(mq_in_new(&in, &c, false), ERR_OK);
    while (all < 15 && mq_in_take(in, shop_ar, QUICK_MS, d, NELEM(d), &n) == ERR_OK &&
           n > 0) {
        for (size_t i = 0; i < n; i++, all++) {
            struct event ev;

            CU_ASSERT_EQUAL_FATAL(event_read(shop_ar, d[i].body, &ev), ERR_OK);
            CU_ASSERT_FATAL(ev.subject_id >= 1 && ev.subject_id <= 5);
            CU_ASSERT(str_eq_c(ev.type, types[next[ev.subject_id - 1]++ % 3]));
        }
        CU_ASSERT_EQUAL(mq_in_ack(in, d[n - 1].tag), ERR_OK);
    }
    CU_ASSERT_EQUAL(all, 15);
    mq_in_free(in);
    stop(&run);
}

static int64_t
dead_count(void)
{
    return metric_get(meter.metrics, METRIC_EVENTS, EVENTS_DEAD);
}

static void
test_what_is_no_event_holds_up_no_other(void)
{
    const struct mq_amqp_conf c = amqp();
    struct mq_msg bad = {.id = 1, .topic = STR_INIT("order.paid"), .body = STR_INIT("{\"a\":")};
    struct running run;
    struct mq *q;

    CU_ASSERT_EQUAL_FATAL(mq_amqp_new(&q, &c), ERR_OK);
    CU_ASSERT_EQUAL(mq_publish(q, &bad, 1), ERR_OK);
    CU_ASSERT(bad.handed);
    mq_free(q);
    run = start(true);
    place(3);
    CU_ASSERT(comes(seen, 3, QUICK_MS));
    CU_ASSERT(comes(dead_count, 1, QUICK_MS));
    stop(&run);
    /* It does not come again. */
    run = start(true);
    place(1);
    CU_ASSERT(comes(seen, 4, QUICK_MS));
    CU_ASSERT_EQUAL(dead_count(), 1);
    stop(&run);
}

/* Have an event in the queue that was taken and never dealt with, whose readers died `deaths`
 * times of it: what those leave is the count. */
static void
deadly(int64_t deaths)
{
    const struct mq_amqp_conf c = amqp();
    struct running run = start(false);
    struct mq_delivery d[4];
    struct mq_in *in;
    int64_t tries = 0;
    size_t n;

    place(1);
    CU_ASSERT(comes(waiting, 0, QUICK_MS));
    stop(&run);
    CU_ASSERT_EQUAL_FATAL(mq_in_new(&in, &c, false), ERR_OK);
    CU_ASSERT_EQUAL(mq_in_take(in, shop_ar, QUICK_MS, d, NELEM(d), &n), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(n, 1);
    CU_ASSERT_FALSE(d[0].again);
    for (int64_t i = 0; i < deaths; i++)
        CU_ASSERT_EQUAL(trial_begin(shop_db, shop_ar, BROKER_TRIAL,
                            broker_mark(d[0].body), &tries), ERR_OK);
    CU_ASSERT_EQUAL(tries, deaths);
    mq_in_free(in);
}

static void
test_what_kills_its_readers_is_given_up(void)
{
    struct running run;

    deadly(OUTBOX_TRIES_MAX);
    run = start(true);
    CU_ASSERT(comes(dead_count, 1, QUICK_MS));
    place(2);
    CU_ASSERT(comes(seen, 2, QUICK_MS));
    stop(&run);
    CU_ASSERT_EQUAL(sql_int("SELECT tries FROM relay_trial WHERE name = 'listener' AND 0 = ?", 0), 0);
}

static void
test_what_killed_a_reader_once_is_read_by_the_next(void)
{
    struct running run;

    deadly(OUTBOX_TRIES_MAX - 1);
    run = start(true);
    CU_ASSERT(comes(seen, 1, QUICK_MS));
    CU_ASSERT_EQUAL(dead_count(), 0);
    stop(&run);
}

static int64_t
expired(void)
{
    return sql_int("SELECT COUNT(*) FROM orders WHERE status = 'expired' AND 0 = ?", 0);
}

/* No sweep runs here. */
static void
test_a_delayed_message_closes_the_unpaid(void)
{
    const struct shopper who = guest_new(shop_ar);
    struct order_in in = order_of(shop_ar, &who, &goods, 1, "due");
    struct running run = start(true);
    const int64_t before = expired();
    struct order_answer an;
    struct fault flt;
    int64_t at = clock_mono_us();

    in.hold_ms = HOLD_MS;
    CU_ASSERT_EQUAL_FATAL(
        order_place(shop_db, shop_ar, NULL, &in, &an, &flt), ERR_OK);
    CU_ASSERT(comes(expired, before + 1, PATIENCE_MS));
    at = (clock_mono_us() - at) / 1000;
    CU_ASSERT(at >= HOLD_MS && at < 3 * HOLD_MS);
    stop(&run);
}

static void
test_a_frozen_broker_keeps_nobody_from_buying(void)
{
    struct running run = start(true);

    place(FEW);
    CU_ASSERT(comes(seen, FEW, QUICK_MS));
    rabbit("freeze");
    for (int i = 0; i < 5; i++) {
        int64_t t0 = clock_mono_us();

        place(1);
        CU_ASSERT(clock_mono_us() - t0 < 1000000);
    }
    CU_ASSERT(waiting() > 0);
    rabbit("thaw");
    CU_ASSERT(comes(waiting, 0, PATIENCE_MS));
    CU_ASSERT(comes(seen, FEW + 5, PATIENCE_MS));
    stop(&run);
}

static void
test_a_killed_broker_loses_nothing(void)
{
    struct running run = start(true);

    place(FEW);
    rabbit("kill");
    place(FEW);
    CU_ASSERT(waiting() > 0);
    rabbit("start");
    place(FEW);
    CU_ASSERT(comes(waiting, 0, PATIENCE_MS));
    CU_ASSERT(comes(seen, 3 * FEW, PATIENCE_MS));
    stop(&run);
}

static CU_TestInfo tests[] = {
    {"what happens reaches the readers", test_what_happens_reaches_the_readers},
    {"events of a subject come in order", test_events_of_a_subject_come_in_order},
    {"what is no event holds up no other", test_what_is_no_event_holds_up_no_other},
    {"what kills its readers is given up", test_what_kills_its_readers_is_given_up},
    {"what killed a reader once is read by the next",
        test_what_killed_a_reader_once_is_read_by_the_next},
    {"a delayed message closes the unpaid", test_a_delayed_message_closes_the_unpaid},
    {"a frozen broker keeps nobody from buying",
        test_a_frozen_broker_keeps_nobody_from_buying},
    {"a killed broker loses nothing", test_a_killed_broker_loses_nothing},
    CU_TEST_INFO_NULL,
};
static CU_SuiteInfo rabbit_suite = {
    "rabbit", shop_up, shop_down, test_up, test_down, tests};

int
main(void)
{
    return it_main(&rabbit_suite);
}
