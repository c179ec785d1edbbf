/* Brokers between the outbox and those who want its events: RabbitMQ, from which the shop's own
 * readers (app/notify) then take them too, and Kafka. Of one subject one event is on the way
 * at a time, so its events arrive in their order; a message that comes twice is known by its
 * id. A broker that is away leaves the events in the outbox. */
#ifndef SOUK_BROKER_BROKER_H
#define SOUK_BROKER_BROKER_H

#include "base/metric.h"
#include "kv/cache.h"
#include "outbox/outbox.h"

struct broker_conf {
    const char *amqp, *amqp_password; /* "": no RabbitMQ */
    const char *kafka, *kafka_topic;  /* "": no Kafka */
    struct db_pool *pool;
    struct cache *cache;
    struct metrics *metrics; /* may be NULL */
};

struct broker;

/* ERR_INVALID: an address that cannot be used; it is in the log. */
enum err broker_new(struct broker **out, const struct broker_conf *c) MUST_CHECK;
void broker_free(struct broker *b);
/* What the relay hands events to. */
struct outbox_sink broker_sink(struct broker *b);
/* Threads that take messages from RabbitMQ: events for the shop's readers, and orders whose
 * time to pay is over, which are closed as the sweep would. ERR_OK without RabbitMQ, too. */
enum err broker_listen(struct broker *b) MUST_CHECK;

#endif
