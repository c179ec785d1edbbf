/* What the files of the broker share; nobody else includes it. */
#ifndef SOUK_BROKER_BROKER_PRIV_H
#define SOUK_BROKER_BROKER_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "broker/broker.h"
#include "mq/mq_amqp.h"

/* The name of all that is the shop's at a broker. */
#define BROKER_NAME "souk"

struct broker {
    struct broker_conf c;
    struct mq *amqp, *kafka; /* NULL: none */
    struct listener *events, *due;
};

/* broker_send.c */
enum err broker_take(void *arg, struct db *db, struct arena *a, const struct event *ev,
    size_t n, size_t *taken) MUST_CHECK;

/* broker_in.c: a thread that takes from one queue. NULL: no thread. */
struct listener *listener_start(const struct broker_conf *c, bool due);
void listener_stop(struct listener *l);

/* What a message is known by in the count of those that killed their reader. */
int64_t broker_mark(struct str body);
#define BROKER_TRIAL "listener"
#define BROKER_TRIAL_DUE "listener.due"

#endif
