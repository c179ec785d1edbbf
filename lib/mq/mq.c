/* The one interface over the backends, and their pauses. */
#include "base/clock.h"
#include "base/rand.h"
#include "mq/mq_priv.h"

#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 2000

enum err
mq_publish(struct mq *q, struct mq_msg *msg, size_t n)
{
    for (size_t i = 0; i < n; i++)
        msg[i].handed = false;
    return n > 0 ? q->publish(q, msg, n) : ERR_OK;
}

void
mq_free(struct mq *q)
{
    if (q != NULL)
        q->free(q);
}

bool
mq_pause_over(const struct mq_pause *p)
{
    return clock_mono_us() >= p->until_us;
}

void
mq_pause_failed(struct mq_pause *p)
{
    int64_t ms = PAUSE_MIN_MS << (p->tries < 5 ? p->tries : 5);

    if (ms > PAUSE_MAX_MS)
        ms = PAUSE_MAX_MS;
    ms = ms / 2 + (int64_t)rand_below((uint64_t)ms);
    p->until_us = clock_mono_us() + ms * 1000;
    p->tries++;
}

void
mq_pause_done(struct mq_pause *p)
{
    *p = (struct mq_pause){.tries = 0};
}
