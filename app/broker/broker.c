/* Which brokers there are. */
#include "broker/broker_priv.h"

#include <stdlib.h>

#include "base/log.h"
#include "mq/mq_kafka.h"

enum err
broker_new(struct broker **out, const struct broker_conf *c)
{
    const struct mq_amqp_conf ac = {
        .url = c->amqp, .password = c->amqp_password, .name = BROKER_NAME};
    const struct mq_kafka_conf kc = {.brokers = c->kafka, .topic = c->kafka_topic};
    struct broker *b = calloc(1, sizeof(*b));
    enum err e = ERR_OK;

    if (b == NULL)
        abort();
    b->c = *c;
    if (c->amqp[0] != '\0' && (e = mq_amqp_new(&b->amqp, &ac)) != ERR_OK)
        log_error("broker", "event=bad_setting name=amqp");
    if (e == ERR_OK && c->kafka[0] != '\0' && (e = mq_kafka_new(&b->kafka, &kc)) != ERR_OK)
        log_error("broker", "event=bad_setting name=kafka");
    if (e == ERR_OK)
        *out = b;
    else
        broker_free(b);
    return e;
}

void
broker_free(struct broker *b)
{
    if (b == NULL)
        return;
    listener_stop(b->events);
    listener_stop(b->due);
    mq_free(b->amqp);
    mq_free(b->kafka);
    free(b);
}

struct outbox_sink
broker_sink(struct broker *b)
{
    return (struct outbox_sink){.take = broker_take, .arg = b, .outside = true};
}

enum err
broker_listen(struct broker *b)
{
    if (b->amqp == NULL)
        return ERR_OK;
    b->events = listener_start(&b->c, false);
    b->due = listener_start(&b->c, true);
    return b->events != NULL && b->due != NULL ? ERR_OK : ERR_INTERNAL;
}
