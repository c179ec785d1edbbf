/* Orders that wait to be committed; of the committer alone. */
#ifndef SOUK_ORDER_ORDER_QUEUE_H
#define SOUK_ORDER_ORDER_QUEUE_H

#include "order/order_batch.h"
#include "order/order_committer.h"

/* One order that waits. */
struct job {
    struct placing p;
    struct order_submit sub;
    uint64_t key_hash, cart_hash; /* 0: none */
    size_t lines;
    int64_t since_us;
    struct job *next;
};

struct order_queue {
    struct job *head, **tail;
    size_t n;
};

/* p and sub are there; it waits from now on. */
void job_init(struct job *j);
void order_queue_init(struct order_queue *q);
void order_queue_add(struct order_queue *q, struct job *j);
/* Those for one batch, in order: at most BATCH_ORDERS_MAX of them into `out`. A twin (same key
 * or same cart) waits for the next batch, where it finds what became of the first. */
size_t order_queue_take(struct order_queue *q, struct job **out);

#endif
