/* Sending to Kafka through librdkafka, which keeps the connections and tries again by itself;
 * here a call's messages are produced and their delivery reports awaited. What is not reported
 * in time is purged, so that nothing of this call is sent during a later one. */
#include "mq/mq_kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "mq/mq_priv.h"

#define POLL_MS 100
#define PURGE_MS 1000

struct mq_kafka {
    struct mq q; /* first */
    rd_kafka_t *k;
    char *topic;
    size_t open; /* produced, not reported */
    bool down;   /* said so */
};

/* The report of one message, in rd_kafka_poll(): its struct mq_msg is the opaque. */
static void
reported(rd_kafka_t *k, const rd_kafka_message_t *m, void *opaque)
{
    struct mq_kafka *q = opaque;
    struct mq_msg *msg = m->_private;

    (void)k;
    msg->handed = m->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    q->open--;
}

/* What matters is said once, by said(). */
static void
logged(const rd_kafka_t *k, int level, const char *facility, const char *text)
{
    (void)k;
    log_debug("mq", "event=kafka level=%d at=%s message=\"%s\"", level, facility, text);
}

static bool
produce(struct mq_kafka *q, struct mq_msg *msg)
{
    const rd_kafka_vu_t v[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = q->topic},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY,
            .u.mem = {(void *)(uintptr_t)msg->subject.p, msg->subject.n}},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
            .u.mem = {(void *)(uintptr_t)msg->body.p, msg->body.n}},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = msg},
    };
    rd_kafka_error_t *e = rd_kafka_produceva(q->k, v, NELEM(v));

    if (e != NULL) {
        rd_kafka_error_destroy(e);
        return false;
    }
    q->open++;
    return true;
}

/* Reports, until none is open or none came for so long. */
static void
await(struct mq_kafka *q, int64_t ms)
{
    int64_t until = clock_mono_us() + ms * 1000;
    size_t open = q->open;

    while (q->open > 0 && clock_mono_us() < until) {
        (void)rd_kafka_poll(q->k, POLL_MS);
        if (q->open < open)
            until = clock_mono_us() + ms * 1000;
        open = q->open;
    }
}

static void
said(struct mq_kafka *q, bool down)
{
    if (down && !q->down)
        log_warn("mq", "event=broker_away kafka=%s", rd_kafka_name(q->k));
    if (!down && q->down)
        log_info("mq", "event=broker_back kafka=%s", rd_kafka_name(q->k));
    q->down = down;
}

static enum err
publish(struct mq *mq, struct mq_msg *msg, size_t n)
{
    struct mq_kafka *q = (struct mq_kafka *)(void *)mq;
    bool all = true;

    for (size_t i = 0; i < n && all; i++)
        all = produce(q, &msg[i]);
    await(q, MQ_CONFIRM_MS);
    if (q->open > 0) {
        (void)rd_kafka_purge(q->k, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        await(q, PURGE_MS);
    }
    /* Each message points into the caller's memory until it is reported. */
    while (q->open > 0)
        (void)rd_kafka_poll(q->k, POLL_MS);
    for (size_t i = 0; i < n; i++)
        all = all && msg[i].handed;
    said(q, !all);
    return all ? ERR_OK : ERR_UPSTREAM;
}

static void
free_it(struct mq *mq)
{
    struct mq_kafka *q = (struct mq_kafka *)(void *)mq;

    rd_kafka_destroy(q->k);
    free(q->topic);
    free(q);
}

static bool
set(rd_kafka_conf_t *c, const char *name, const char *value)
{
    char why[256];

    if (rd_kafka_conf_set(c, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
        return true;
    log_error("mq", "event=kafka_setting name=%s message=\"%s\"", name, why);
    return false;
}

enum err
mq_kafka_new(struct mq **out, const struct mq_kafka_conf *c)
{
    struct mq_kafka *q = calloc(1, sizeof(*q));
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];

    if (q == NULL || (q->topic = strdup(c->topic)) == NULL)
        abort();
    q->q = (struct mq){.publish = publish, .free = free_it};
    rd_kafka_conf_set_opaque(conf, q);
    rd_kafka_conf_set_dr_msg_cb(conf, reported);
    rd_kafka_conf_set_log_cb(conf, logged);
    if (set(conf, "bootstrap.servers", c->brokers) && set(conf, "client.id", "souk") &&
        set(conf, "enable.idempotence", "true") && set(conf, "linger.ms", "5") &&
        set(conf, "message.timeout.ms", "5000") &&
        set(conf, "reconnect.backoff.max.ms", "2000") &&
        set(conf, "socket.connection.setup.timeout.ms", "1000"))
        q->k = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (q->k != NULL) {
        *out = &q->q;
        return ERR_OK;
    }
    rd_kafka_conf_destroy(conf);
    free(q->topic);
    free(q);
    return ERR_INVALID;
}
