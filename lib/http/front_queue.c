/* The times come from whoever calls. All threads of a process share one queue's state; they
 * may see it a little old, which moves a beginning or an end by a request or two. */
#include "http/front_queue.h"

#include <string.h>

#include "base/log.h"

/* So many times the limit all must have waited before any is refused. */
#define STANDING 10
/* And so many times the limit after the last refusal the next rush is refused at once. */
#define WARY 100
/* A wait of more than that is no wait, but two clocks that differ. */
#define WAIT_MAX_MS 60000

void
front_queue_init(struct front_queue *q, int64_t limit_ms)
{
    memset(q, 0, sizeof(*q));
    q->limit_ms = limit_ms;
}

static void
one_in_time(struct front_queue *q, int64_t now_ms)
{
    int64_t wary_ms = atomic_load(&q->wary_ms);

    /* Nearly always both are zero already, and no other thread's cache need be disturbed. */
    if (atomic_load(&q->since_ms) != 0)
        atomic_store(&q->since_ms, 0);
    if (wary_ms != 0 && now_ms >= wary_ms && atomic_exchange(&q->wary_ms, 0) != 0)
        log_info("http", "event=overload_over");
}

static bool
all_wait(struct front_queue *q, int64_t now_ms)
{
    const int64_t standing_ms = STANDING * q->limit_ms;
    int64_t since_ms = atomic_load(&q->since_ms);
    int64_t seen_ms = atomic_exchange(&q->seen_ms, now_ms);

    /* After a pause nobody knows what the ones between would have met. */
    if (since_ms == 0 || now_ms - seen_ms > standing_ms) {
        since_ms = now_ms;
        atomic_store(&q->since_ms, now_ms);
    }
    return now_ms - since_ms >= standing_ms;
}

bool
front_queue_late(struct front_queue *q, int64_t waited_ms, int64_t now_ms)
{
    int64_t wary_ms;
    bool all;

    if (q->limit_ms == 0 || waited_ms < q->limit_ms / 2 || waited_ms > WAIT_MAX_MS) {
        one_in_time(q, now_ms);
        return false;
    }
    all = all_wait(q, now_ms);
    if (waited_ms < q->limit_ms || (!all && now_ms >= atomic_load(&q->wary_ms)))
        return false;
    wary_ms = atomic_exchange(&q->wary_ms, now_ms + WARY * q->limit_ms);
    if (wary_ms <= now_ms)
        log_warn("http", "event=overload waited_ms=%lld (what has waited %lld ms is refused)",
            (long long)waited_ms, (long long)q->limit_ms);
    return true;
}
