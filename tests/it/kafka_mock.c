/* A Kafka of one broker for tests of whole shops: librdkafka's own mock cluster, and a reader of
 * what is in it. Says where it is ("127.0.0.1:39121"), and then does what the lines of its
 * standard input say until that ends:
 *   down, up   the broker goes, and comes back with all it had
 *   read       every message there is, one a line, and a line "." behind them */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS 4
#define BROKER 1
#define ASK_MS 5000
#define READ_POLLS 200 /* of 100 ms */

struct mock {
    const char *topic;
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *cluster;
};

static rd_kafka_t *
reader_new(const struct mock *m)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *k;
    char why[200];

    (void)rd_kafka_conf_set(conf, "bootstrap.servers",
        rd_kafka_mock_cluster_bootstraps(m->cluster), why, sizeof(why));
    (void)rd_kafka_conf_set(conf, "group.id", "reader", why, sizeof(why));
    if ((k = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why))) == NULL)
        abort();
    return k;
}

/* How many messages there are; -1: it does not say. */
static int64_t
assign_all(rd_kafka_t *k, const char *topic)
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(PARTS);
    int64_t low, high, all = 0;

    for (int32_t p = 0; p < PARTS && all >= 0; p++) {
        rd_kafka_topic_partition_list_add(l, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
        if (rd_kafka_query_watermark_offsets(k, topic, p, &low, &high, ASK_MS) !=
            RD_KAFKA_RESP_ERR_NO_ERROR)
            all = -1;
        else
            all += high - low;
    }
    if (all >= 0 && rd_kafka_assign(k, l) != RD_KAFKA_RESP_ERR_NO_ERROR)
        all = -1;
    rd_kafka_topic_partition_list_destroy(l);
    return all;
}

static bool
read_all(const struct mock *m)
{
    rd_kafka_t *k = reader_new(m);
    int64_t left = assign_all(k, m->topic);

    for (int polls = 0; left > 0 && polls < READ_POLLS;) {
        rd_kafka_message_t *msg = rd_kafka_consumer_poll(k, 100);

        if (msg == NULL) {
            polls++;
            continue;
        }
        if (msg->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            (void)printf("%.*s\n", (int)msg->len, (const char *)msg->payload);
            left--;
        }
        rd_kafka_message_destroy(msg);
    }
    (void)rd_kafka_consumer_close(k);
    rd_kafka_destroy(k);
    (void)puts(".");
    return left == 0;
}

static bool
obey(const struct mock *m, const char *line)
{
    if (strcmp(line, "down\n") == 0)
        return rd_kafka_mock_broker_set_down(m->cluster, BROKER) == 0;
    if (strcmp(line, "up\n") == 0)
        return rd_kafka_mock_broker_set_up(m->cluster, BROKER) == 0;
    return strcmp(line, "read\n") == 0 && read_all(m);
}

int
main(int argc, char **argv)
{
    struct mock m = {.topic = argc == 2 ? argv[1] : "souk.events"};
    char line[32], why[200];
    bool well = true;

    m.host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
    if (m.host == NULL || (m.cluster = rd_kafka_mock_cluster_new(m.host, 1)) == NULL ||
        rd_kafka_mock_topic_create(m.cluster, m.topic, PARTS, 1) != 0)
        return 1;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)puts(rd_kafka_mock_cluster_bootstraps(m.cluster));
    while (well && fgets(line, sizeof(line), stdin) != NULL)
        well = obey(&m, line);
    rd_kafka_mock_cluster_destroy(m.cluster);
    rd_kafka_destroy(m.host);
    return well ? 0 : 1;
}
