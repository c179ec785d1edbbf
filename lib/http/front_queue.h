/* When is a request too late to be begun?  A rush that is soon over is served, however long
 * its last one waits; but when for a while every request has waited, more comes than can be
 * done, and each that has waited too long is turned away, so that those who are let in are
 * served soon and whoever is not learns it at once.  (CoDel, RFC 8289, with a refusal in the
 * place of a dropped packet.)  Knows nothing of connections and answers nothing. */
#ifndef SOUK_HTTP_FRONT_QUEUE_H
#define SOUK_HTTP_FRONT_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct front_queue {
    int64_t limit_ms; /* a wait that is too long; 0: none is */
    /* Since when all have waited, 0: the last one had not; and when one was last seen. */
    atomic_llong since_ms, seen_ms;
    /* Until when no rush is given time any more: the queue is short in an overload, too, just
     * after many were refused. */
    atomic_llong wary_ms;
};

void front_queue_init(struct front_queue *q, int64_t limit_ms);
/* For each request as a thread takes it up: true when it is to be turned away. */
bool front_queue_late(struct front_queue *q, int64_t waited_ms, int64_t now_ms);

#endif
