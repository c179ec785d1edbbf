/* Senders of messages against brokers that behave badly: one of ours that speaks AMQP, and
 * librdkafka's own mock of Kafka, both over real sockets. What a sender calls handed, the
 * broker has; what it does not have in time is the caller's again. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "it.h"
#include "it_amqp.h"
#include "mq/mq_amqp.h"
#include "mq/mq_kafka.h"

#define MANY 500
#define TOPIC "news"

static struct mq_msg msg[MANY];

static void
messages(void)
{
    for (int64_t i = 0; i < MANY; i++)
        msg[i] = (struct mq_msg){.id = i + 1,
            .topic = STR_INIT("order.paid"),
            .subject = STR_INIT("7"),
            .body = STR_INIT("{\"id\":\"1\"}")};
}

static size_t
handed(void)
{
    size_t n = 0;

    for (size_t i = 0; i < MANY; i++)
        n += msg[i].handed;
    return n;
}

static struct mq *
sender(int port)
{
    char url[80];
    const struct mq_amqp_conf c = {.url = url, .name = "t"};
    struct mq *q = NULL;

    snprintf(url, sizeof(url), "amqp://guest:guest@127.0.0.1:%d/%%2f", port);
    CU_ASSERT_EQUAL_FATAL(mq_amqp_new(&q, &c), ERR_OK);
    return q;
}

static int64_t
publish_ms(struct mq *q, size_t n, enum err want)
{
    int64_t t0 = clock_mono_us();

    CU_ASSERT_EQUAL(mq_publish(q, msg, n), want);
    return (clock_mono_us() - t0) / 1000;
}

static void
test_one_ack_may_be_for_many(void)
{
    struct fake_amqp *f = fake_amqp_start(FAKE_MULTIPLE);
    struct mq *q = sender(fake_amqp_port(f));

    messages();
    (void)publish_ms(q, MANY, ERR_OK);
    CU_ASSERT_EQUAL(handed(), MANY);
    CU_ASSERT_EQUAL(fake_amqp_messages(f), MANY);
    mq_free(q);
    fake_amqp_stop(f);
}

static void
test_what_is_refused_is_not_handed(void)
{
    struct fake_amqp *f = fake_amqp_start(FAKE_NACK_ODD);
    struct mq *q = sender(fake_amqp_port(f));

    messages();
    (void)publish_ms(q, MANY, ERR_UPSTREAM);
    CU_ASSERT_EQUAL(handed(), MANY / 2);
    CU_ASSERT(!msg[0].handed && msg[1].handed);
    mq_free(q);
    fake_amqp_stop(f);
}

static void
test_a_broker_that_never_confirms_is_given_up(void)
{
    struct fake_amqp *f = fake_amqp_start(FAKE_SILENT);
    struct mq *q = sender(fake_amqp_port(f));
    int64_t until;

    messages();
    /* Its heartbeats fail it before the five seconds are over. */
    CU_ASSERT(publish_ms(q, 10, ERR_UPSTREAM) < 6000);
    CU_ASSERT_EQUAL(handed(), 0);
    /* While it is thought away, a call costs nothing. */
    CU_ASSERT(publish_ms(q, 10, ERR_UPSTREAM) < 50);
    fake_amqp_mood(f, FAKE_MULTIPLE);
    until = clock_mono_us() + 5000000;
    while (mq_publish(q, msg, 10) != ERR_OK && clock_mono_us() < until)
        clock_sleep_ms(20);
    CU_ASSERT_EQUAL(handed(), 10);
    mq_free(q);
    fake_amqp_stop(f);
}

static void
test_nobody_there(void)
{
    struct fake_amqp *f = fake_amqp_start(FAKE_SILENT);
    struct mq *q = sender(fake_amqp_port(f));

    fake_amqp_stop(f);
    messages();
    CU_ASSERT(publish_ms(q, 1, ERR_UPSTREAM) < 1500);
    mq_free(q);
}

static void
test_addresses(void)
{
    static const char *const bad[] = {"", "http://h/", "amqps://h/", "amqp:h"};

    CU_ASSERT(mq_amqp_url_ok("amqp://u:p@h:5672/v"));
    CU_ASSERT(mq_amqp_url_ok("amqp://h"));
    for (size_t i = 0; i < NELEM(bad); i++)
        CU_ASSERT(!mq_amqp_url_ok(bad[i]));
}

/* --- Kafka --- */

static rd_kafka_t *host; /* whose mock it is */
static rd_kafka_mock_cluster_t *cluster;

static struct mq *
kafka_start(void)
{
    struct mq_kafka_conf c = {.topic = TOPIC};
    char why[200];
    struct mq *q = NULL;

    host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
    CU_ASSERT_PTR_NOT_NULL_FATAL(host);
    cluster = rd_kafka_mock_cluster_new(host, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cluster);
    CU_ASSERT_EQUAL_FATAL(rd_kafka_mock_topic_create(cluster, TOPIC, 4, 1), 0);
    c.brokers = rd_kafka_mock_cluster_bootstraps(cluster);
    CU_ASSERT_EQUAL_FATAL(mq_kafka_new(&q, &c), ERR_OK);
    return q;
}

static void
kafka_stop(struct mq *q)
{
    mq_free(q);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
}

/* Messages in the topic. */
static size_t
kafka_count(size_t want)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(4);
    int64_t until = clock_mono_us() + 5000000;
    char why[200];
    rd_kafka_t *k;
    size_t n = 0;

    (void)rd_kafka_conf_set(conf, "bootstrap.servers",
        rd_kafka_mock_cluster_bootstraps(cluster), why, sizeof(why));
    (void)rd_kafka_conf_set(conf, "group.id", "t", why, sizeof(why));
    k = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
    CU_ASSERT_PTR_NOT_NULL_FATAL(k);
    for (int32_t p = 0; p < 4; p++)
        rd_kafka_topic_partition_list_add(l, TOPIC, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    CU_ASSERT_EQUAL(rd_kafka_assign(k, l), RD_KAFKA_RESP_ERR_NO_ERROR);
    while (n < want && clock_mono_us() < until) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(k, 100);

        if (m != NULL)
            n += m->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        if (m != NULL)
            rd_kafka_message_destroy(m);
    }
    rd_kafka_topic_partition_list_destroy(l);
    (void)rd_kafka_consumer_close(k);
    rd_kafka_destroy(k);
    return n;
}

static void
test_kafka_has_what_was_handed(void)
{
    struct mq *q = kafka_start();

    messages();
    (void)publish_ms(q, MANY, ERR_OK);
    CU_ASSERT_EQUAL(handed(), MANY);
    CU_ASSERT_EQUAL(kafka_count(MANY), MANY);
    kafka_stop(q);
}

/* Errors that pass are nobody's business; the sender of ours is idempotent. */
static void
test_kafka_errors_that_pass(void)
{
    struct mq *q = kafka_start();

    rd_kafka_mock_push_request_errors(cluster, 0 /* Produce */, 2,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    messages();
    (void)publish_ms(q, 20, ERR_OK);
    CU_ASSERT_EQUAL(handed(), 20);
    CU_ASSERT_EQUAL(kafka_count(20), 20);
    kafka_stop(q);
}

static void
test_kafka_away_and_back(void)
{
    struct mq *q = kafka_start();
    int64_t until;

    messages();
    (void)publish_ms(q, 5, ERR_OK);
    rd_kafka_mock_broker_set_down(cluster, 1);
    messages();
    CU_ASSERT(publish_ms(q, 5, ERR_UPSTREAM) < 8000);
    CU_ASSERT_EQUAL(handed(), 0);
    rd_kafka_mock_broker_set_up(cluster, 1);
    until = clock_mono_us() + 10000000;
    while (mq_publish(q, msg, 5) != ERR_OK && clock_mono_us() < until)
        continue;
    CU_ASSERT_EQUAL(handed(), 5);
    kafka_stop(q);
}

static CU_TestInfo tests[] = {
    {"one ack may be for many", test_one_ack_may_be_for_many},
    {"what is refused is not handed", test_what_is_refused_is_not_handed},
    {"a broker that never confirms is given up",
        test_a_broker_that_never_confirms_is_given_up},
    {"nobody there", test_nobody_there},
    {"addresses", test_addresses},
    {"kafka has what was handed", test_kafka_has_what_was_handed},
    {"kafka: errors that pass", test_kafka_errors_that_pass},
    {"kafka away and back", test_kafka_away_and_back},
    CU_TEST_INFO_NULL,
};
static CU_SuiteInfo mq_suite = {"mq", NULL, NULL, NULL, NULL, tests};

int
main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    return it_main(&mq_suite);
}
