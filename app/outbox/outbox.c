/* Handing on: one transaction takes a batch of the oldest events, gives them to the sink and
 * drops their rows. Under a lease, so that one hands on at a time and an order's events
 * arrive in their order; the lease's row is written last, so whoever was away too long
 * writes nothing. */
#include "outbox/outbox.h"

#include "base/crash.h"
#include "outbox/outbox_store.h"

struct handing {
    struct arena *a;
    const struct lease *lease;
    const struct outbox_sink *sink;
    struct event *ev;
    int64_t *seq;
    size_t found, taken;
};

static enum err
drop_tx(struct db *db, void *arg)
{
    struct handing *h = arg;
    enum err e = outbox_store_drop(db, h->a, h->seq, h->taken);

    CRASH_POINT("outbox.relay.before_commit");
    return e == ERR_OK ? lease_keep(db, h->lease) : e;
}

static enum err
oldest(struct db *db, struct handing *h)
{
    enum err e;

    arena_reset(h->a);
    h->taken = 0;
    e = outbox_store_oldest(db, h->a, OUTBOX_BATCH_MAX, &h->ev, &h->seq, &h->found);
    CRASH_POINT("outbox.relay.read");
    return e;
}

static enum err
take(struct db *db, struct handing *h)
{
    enum err e;

    if (h->found == 0)
        return ERR_OK;
    e = h->sink->take(h->sink->arg, db, h->a, h->ev, h->found, &h->taken);
    CRASH_POINT("outbox.relay.taken");
    return e;
}

static enum err
inside_tx(struct db *db, void *arg)
{
    struct handing *h = arg;
    enum err e = oldest(db, h);

    if (e == ERR_OK)
        e = take(db, h);
    return e == ERR_OK && h->taken > 0 ? drop_tx(db, h) : e;
}

static enum err
outside(struct db *db, struct handing *h)
{
    enum err e = oldest(db, h), dropped = ERR_OK;

    if (e == ERR_OK)
        e = take(db, h);
    if (h->taken > 0)
        dropped = db_tx(db, drop_tx, h);
    return dropped != ERR_OK ? dropped : e;
}

enum err
outbox_hand_on(struct db *db, struct arena *a, const struct lease *l,
    const struct outbox_sink *s, size_t *n, bool *full)
{
    struct handing h = {.a = a, .lease = l, .sink = s};
    enum err e = s->outside ? outside(db, &h) : db_tx(db, inside_tx, &h);

    CRASH_POINT("outbox.relay.committed");
    *n = e == ERR_OK || s->outside ? h.taken : 0;
    *full = e == ERR_OK && h.taken == OUTBOX_BATCH_MAX;
    return e;
}
