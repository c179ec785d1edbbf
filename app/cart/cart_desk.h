/* Changes of carts by many requests, written together: one transaction for what came while the
 * last one was under way. */
#ifndef SOUK_CART_CART_DESK_H
#define SOUK_CART_CART_DESK_H

#include "base/batcher.h"
#include "cart/cart.h"

struct cart_desk;

/* A change that waits; all of it, and what it points to, stays where it is until then. */
struct cart_errand {
    struct cart_change change;
    struct arena *a; /* of its item's texts */
    void (*done)(void *arg); /* called once, from the desk's thread: had better be quick */
    void *arg;
    struct batcher_job job;
};

/* It has a connection of its own, made like those of `c` when first used. */
struct cart_desk *cart_desk_new(const struct db_conf *c);
/* Give back what a rush took, when it is over. */
void cart_desk_trim(struct cart_desk *d);
/* Returns at once. A change may also end in ERR_BUSY: it was not begun within five seconds. */
void cart_desk_submit(struct cart_desk *d, struct cart_errand *one);
/* What is queued is done first; nobody may submit any more. NULL is allowed. */
void cart_desk_free(struct cart_desk *d);

#endif
