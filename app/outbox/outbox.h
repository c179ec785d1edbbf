/* The transactional outbox: what happened is written in the transaction that did it, and
 * handed on afterwards, at least once, in the order of writing. Knows neither what an event
 * means nor who wants it. */
#ifndef SOUK_OUTBOX_OUTBOX_H
#define SOUK_OUTBOX_OUTBOX_H

#include "base/buf.h"
#include "db/db.h"
#include "db/lease.h"

#define EVENT_VERSION 1
/* Types: order.placed order.paid order.shipped order.cancelled order.expired order.refunded
 * order.returned order.completed payment.late_refunded stock.low account.verify
 * account.reset account.changed. */
struct event {
    int64_t id;        /* for consumers, who remember it */
    struct str type;
    int64_t subject_id; /* an order's, a SKU's, an account's: what comes before the dot */
    int64_t at_ms;
    int version;
    struct str data;   /* JSON of at most 4,000 bytes, or STR_NULL: read the subject */
};

/* {"id":"...","type":"order.paid","version":1,"time":"...","subject":"order/123","data":{}},
 * at most so long. */
#define EVENT_TEXT_MAX ((size_t)32 << 10)
void event_write(struct buf *b, const struct event *ev);
/* The same back, in the arena. ERR_BAD: it is not one, or of a later version. */
enum err event_read(struct arena *a, struct str text, struct event *ev) MUST_CHECK;

/* --- in the transaction of what happened --- */

enum err outbox_add(struct db *db, int64_t id, const char *type, int64_t subject_id,
    struct str data, int64_t now) MUST_CHECK;
/* `version` is not looked at. */
enum err outbox_add_many(
    struct db *db, struct arena *a, const struct event *ev, size_t n) MUST_CHECK;

/* --- handing on --- */

#define OUTBOX_BATCH_MAX 500

/* Who takes the events. Called with the oldest events, n > 0, in a transaction of `db`:
 * those it has taken (the first *taken of them) leave the outbox with its COMMIT; an error
 * rolls all back. `outside`: called without a transaction (a broker may take seconds), what
 * it has taken is dropped afterwards, also when it ends with an error. What is not dropped
 * comes again. `refuse` is given an event that the process has died of OUTBOX_TRIES_MAX
 * times, in the transaction that drops it; NULL: it is tried for ever. */
#define OUTBOX_TRIES_MAX 3
struct outbox_sink {
    enum err (*take)(void *arg, struct db *db, struct arena *a, const struct event *ev,
        size_t n, size_t *taken);
    enum err (*refuse)(void *arg, struct db *db, struct arena *a, const struct event *ev);
    void *arg;
    bool outside;
};
/* Hand on one batch under the lease `l`, in one transaction; *n were taken, *full: there may
 * be more. ERR_CONFLICT: the lease has passed to another. The arena is emptied. */
enum err outbox_hand_on(struct db *db, struct arena *a, const struct lease *l,
    const struct outbox_sink *s, size_t *n, bool *full) MUST_CHECK;

/* What may kill who takes it is counted before it is begun: *tries says how often `what` was in
 * a row under this name (up to 20 bytes), this time with it. One at a time under a name; what is
 * survived, well or not, is over. */
enum err trial_begin(struct db *db, struct arena *a, const char *name, int64_t what,
    int64_t *tries) MUST_CHECK;
enum err trial_over(struct db *db, const char *name) MUST_CHECK;

/* How much waits, counted to 100,000, and since when (ms), 0: nothing. */
enum err outbox_figures(
    struct db *db, struct arena *a, int64_t *waiting, int64_t *oldest_at) MUST_CHECK;

/* --- the relay: a thread that hands on as events come --- */

struct relay_conf {
    struct db_pool *pool; /* it takes one connection for as long as there is work */
    struct outbox_sink sink;
    /* Once a second, for metrics: how many were handed on, what waits. May be NULL. */
    void (*told)(void *arg, enum err e, size_t handed_on, int64_t waiting, int64_t age_ms);
    void *told_arg;
};
struct relay;
/* NULL: no thread. */
struct relay *relay_start(const struct relay_conf *c);
/* After the batch under way. */
void relay_stop(struct relay *r);

#endif
