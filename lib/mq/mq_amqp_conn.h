/* A connection to RabbitMQ with one channel; shared by sender and receiver, nobody else
 * includes it. */
#ifndef SOUK_MQ_MQ_AMQP_CONN_H
#define SOUK_MQ_MQ_AMQP_CONN_H

#include <amqp.h>

#include "mq/mq_amqp.h"
#include "mq/mq_priv.h"

#define CHANNEL 1
#define NAME_N 80

struct amqp_conn {
    char *url; /* taken apart in place: `info` points into it */
    char *password;
    struct amqp_connection_info info;
    char name[NAME_N / 2];
    amqp_connection_state_t c; /* NULL: not connected */
    struct mq_pause pause;
    bool down; /* said so */
};

enum err amqp_conn_init(struct amqp_conn *k, const struct mq_amqp_conf *c) MUST_CHECK;
void amqp_conn_done(struct amqp_conn *k);
/* Connected, everything declared; ERR_UPSTREAM: not now. *fresh: only just. */
enum err amqp_conn_open(struct amqp_conn *k, bool *fresh) MUST_CHECK;
/* It failed: close it, and pause before the next try. */
enum err amqp_conn_lost(struct amqp_conn *k, const char *what);
/* Close without blame. */
void amqp_conn_close(struct amqp_conn *k);
/* "NAME.what" as the library wants it; `out` holds the bytes. */
amqp_bytes_t amqp_conn_name(const struct amqp_conn *k, const char *what, char out[NAME_N]);
/* The last RPC's answer was what it should be. */
bool amqp_conn_ok(struct amqp_conn *k);
/* A queue that sends what is delayed on to NAME.due. */
bool amqp_conn_delay(struct amqp_conn *k, int64_t ms, char out[NAME_N]);

#endif
