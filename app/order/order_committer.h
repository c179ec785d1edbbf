/* Orders of many request threads, committed together: each thread queues its order and
 * waits; one of them at a time, the committer, writes what is queued as one batch and
 * hands every caller its own result. Nothing waits for company: an order that comes alone
 * goes alone, at once. */
#ifndef SOUK_ORDER_ORDER_COMMITTER_H
#define SOUK_ORDER_ORDER_COMMITTER_H

#include "order/order.h"

struct committer;

/* Its one connection is made like those of `c`, when first used. */
struct committer *committer_new(const struct db_conf *c);
/* Nobody should be waiting any more, else it stays. NULL is allowed. */
void committer_free(struct committer *cm);
/* What order_place() does, in a batch. ERR_BUSY: it was not taken into one within five
 * seconds, nothing happened. ERR_UPSTREAM: as always, the outcome may be unknown. */
enum err committer_place(struct committer *cm, struct arena *a, struct cache *cache,
    const struct order_in *in, struct order_answer *out, struct fault *flt) MUST_CHECK;

/* Batches taken since the start and the orders in them; orders that wait to be taken. */
struct committer_figures {
    int64_t batches, orders, waiting;
};
void committer_figures(struct committer *cm, struct committer_figures *out);

#endif
