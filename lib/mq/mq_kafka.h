/* Kafka: every message into one topic, keyed by its subject, so that those of one subject stay
 * in order. The producer is idempotent; handed is what its delivery report says. */
#ifndef SOUK_MQ_MQ_KAFKA_H
#define SOUK_MQ_MQ_KAFKA_H

#include "mq/mq.h"

struct mq_kafka_conf {
    const char *brokers; /* "host:port,host:port" */
    const char *topic;
};

/* No connection is made yet. ERR_INVALID: the library does not take it. */
enum err mq_kafka_new(struct mq **out, const struct mq_kafka_conf *c) MUST_CHECK;

#endif
