/* What the backends share among themselves; nobody else includes it. */
#ifndef SOUK_MQ_MQ_PRIV_H
#define SOUK_MQ_MQ_PRIV_H

#include "mq/mq.h"

#define MQ_CONNECT_MS 1000
#define MQ_CONFIRM_MS 5000

struct mq {
    enum err (*publish)(struct mq *q, struct mq_msg *msg, size_t n);
    void (*free)(struct mq *q);
};

/* When a broker that failed may be asked again. */
struct mq_pause {
    int64_t until_us; /* monotonic */
    int tries;
};
bool mq_pause_over(const struct mq_pause *p);
void mq_pause_failed(struct mq_pause *p);
void mq_pause_done(struct mq_pause *p);

#endif
