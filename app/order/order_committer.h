/* Orders of many requests, committed together: each is queued, and a committer thread writes
 * what is queued as one batch and tells every caller its own result. Nothing waits for
 * company: an order that comes alone goes alone, at once, and a batch is what came while the
 * committer was busy. A second committer, on a connection of its own, helps when the queue is
 * long, or when the first is stuck at a row that somebody holds: then it passes over orders
 * that need such a row, which are tried again until the server would have given up. */
#ifndef SOUK_ORDER_ORDER_COMMITTER_H
#define SOUK_ORDER_ORDER_COMMITTER_H

#include "order/order.h"

struct committer;
struct metrics;

#define COMMITTER_THREADS 2

/* Its threads have a connection each, made like those of `c` when first used. */
struct committer *committer_new(const struct db_conf *c);
/* How long one is at a batch before it counts as stuck; for tests. */
void committer_stuck_after(struct committer *cm, int64_t ms);
/* Batches are counted there from now on; before the first order. */
void committer_count(struct committer *cm, struct metrics *m);
/* Give back what a rush took, when it is over. */
void committer_trim(struct committer *cm);
/* Waits for what is queued; nobody may submit any more. NULL is allowed. */
void committer_free(struct committer *cm);

/* What order_place() does, in a batch, and later: `done` is called once, from a committer's
 * thread or from within this call, when its fate is known, and had better be quick. Until
 * then `in`, `out`, `flt` and the arena belong to the order. ERR_BUSY: it was not taken into
 * a batch within five seconds, nothing happened. ERR_UPSTREAM: as always, the outcome may be
 * unknown. `cache` (may be NULL) was told by then. */
struct order_submit {
    struct arena *a;
    struct cache *cache;
    const struct order_in *in;
    struct order_answer *out;
    struct fault *flt;
    void (*done)(void *arg, enum err e);
    void *arg;
};
void committer_submit(struct committer *cm, const struct order_submit *s);
/* The same for a caller who waits. */
enum err committer_place(struct committer *cm, struct arena *a, struct cache *cache,
    const struct order_in *in, struct order_answer *out, struct fault *flt) MUST_CHECK;

/* Batches taken since the start and the orders in them; orders that wait to be taken. */
struct committer_figures {
    int64_t batches, orders, waiting;
};
void committer_figures(struct committer *cm, struct committer_figures *out);

#endif
