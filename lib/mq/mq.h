/* Handing messages to a broker and knowing that it has them. Nothing is remembered here: what
 * was not confirmed is the caller's to send again, so every reader must bear repeats. A broker
 * that is away is asked again after a growing, jittered pause; meanwhile calls fail at once.
 * Not for several threads at a time. */
#ifndef SOUK_MQ_MQ_H
#define SOUK_MQ_MQ_H

#include "base/arena.h"
#include "base/err.h"

#define MQ_BODY_MAX ((size_t)64 << 10)

struct mq;

struct mq_msg {
    int64_t id;
    struct str topic;   /* what it is: "order.paid" */
    struct str subject; /* what it is about: keeps messages of one together where parts exist */
    struct str body;
    int64_t delay_ms; /* > 0: for the sender's own receiver, after that time (AMQP alone) */
    bool own;         /* for the sender's own receiver, nobody else (AMQP alone) */
    bool handed;      /* set: the broker has confirmed it */
};

/* Send them and wait for the confirmations, at most a few seconds beyond the last that came.
 * ERR_OK: all are handed; else msg[i].handed says which: ERR_UPSTREAM. */
enum err mq_publish(struct mq *q, struct mq_msg *msg, size_t n) MUST_CHECK;
void mq_free(struct mq *q);

#endif
