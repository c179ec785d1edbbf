/* RabbitMQ. Under a name N everything that is needed is declared, durable, at each connect:
 *   exchange N.events (topic)   all messages; bind queues of your own to it
 *   queue    N.in               all of them, for the receiver; one active consumer at a time
 *   queue    N.dead             what the receiver rejected, by exchange N.dead
 *   queue    N.delay.MS         delayed ones, one queue a delay; they end in
 *   queue    N.due */
#ifndef SOUK_MQ_MQ_AMQP_H
#define SOUK_MQ_MQ_AMQP_H

#include "mq/mq.h"

struct mq_amqp_conf {
    const char *url;      /* amqp://user:password@host:port/vhost */
    const char *password; /* instead of the URL's; NULL or "": that */
    const char *name;
};

/* Is that a URL we can use? */
bool mq_amqp_url_ok(const char *url);
/* No connection is made yet. ERR_INVALID: the URL. */
enum err mq_amqp_new(struct mq **out, const struct mq_amqp_conf *c) MUST_CHECK;

struct mq_in;

struct mq_delivery {
    uint64_t tag;
    struct str body;
    bool again; /* it was given before, and never dealt with */
};

/* Receiver of N.in, or of N.due. */
enum err mq_in_new(struct mq_in **out, const struct mq_amqp_conf *c, bool due) MUST_CHECK;
void mq_in_free(struct mq_in *in);
/* Wait for one, then take what is there, at most `max`; in order. *n 0: none came in time. */
enum err mq_in_take(struct mq_in *in, struct arena *a, int64_t wait_ms,
    struct mq_delivery *out, size_t max, size_t *n) MUST_CHECK;
/* This one and all before it are dealt with. */
enum err mq_in_ack(struct mq_in *in, uint64_t tag) MUST_CHECK;
/* This one cannot be: to N.dead with it. */
enum err mq_in_reject(struct mq_in *in, uint64_t tag) MUST_CHECK;
/* Give back what was taken and not dealt with: it comes again. */
void mq_in_drop(struct mq_in *in);

#endif
