/* A broker that speaks as much AMQP 0-9-1 as a publisher hears, and answers messages as it is
 * told: what a real one does only on its worst days. */
#ifndef SOUK_TESTS_IT_AMQP_H
#define SOUK_TESTS_IT_AMQP_H

enum fake_mood {
    FAKE_SILENT,   /* takes messages, never confirms */
    FAKE_MULTIPLE, /* acks every tenth message, and all before it */
    FAKE_NACK_ODD, /* acks the second, fourth, ... and refuses the others */
};

struct fake_amqp;

/* On a free port of loopback. */
struct fake_amqp *fake_amqp_start(enum fake_mood mood);
int fake_amqp_port(const struct fake_amqp *f);
/* Messages that came, over all connections. */
int fake_amqp_messages(const struct fake_amqp *f);
void fake_amqp_mood(struct fake_amqp *f, enum fake_mood mood);
void fake_amqp_stop(struct fake_amqp *f);

#endif
