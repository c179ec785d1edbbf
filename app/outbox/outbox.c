/* Handing on: one transaction takes a batch of the oldest events, gives them to the sink and
 * drops their rows. Under a lease, so that one hands on at a time and an order's events
 * arrive in their order; the lease's row is written last, so whoever was away too long
 * writes nothing. A batch is written down before it is begun: one that ended the process is
 * known by that, and narrowed down to the event that did it. */
#include "outbox/outbox.h"

#include <inttypes.h>

#include "base/crash.h"
#include "base/log.h"
#include "outbox/outbox_store.h"

/* A part of a batch that was not survived is so much smaller. */
#define NARROW 8

struct handing {
    struct arena *a;
    const struct lease *lease;
    const struct outbox_sink *sink;
    struct outbox_trial was, is;
    struct event *ev;
    int64_t *seq;
    size_t found, taken;
};

static enum err
drop_tx(struct db *db, void *arg)
{
    static const struct outbox_trial over;
    struct handing *h = arg;
    enum err e = outbox_store_drop(db, h->a, h->seq, h->taken);

    CRASH_POINT("outbox.relay.before_commit");
    if (e == ERR_OK && (h->taken == h->found && h->is.until_seq <= h->seq[h->found - 1]))
        e = outbox_store_trial_set(db, &over);
    return e == ERR_OK ? lease_keep(db, h->lease) : e;
}

/* --- what is begun --- */

static void
narrow(struct handing *h)
{
    const struct outbox_trial *was = &h->was;
    const int64_t first = h->seq[0];
    bool again = was->seq == first;
    int64_t n = again && was->events > NARROW ? was->events / NARROW : again ? 1 : was->events;

    if (n < (int64_t)h->found)
        h->found = (size_t)n;
    h->is = (struct outbox_trial){first, was->until_seq, (int64_t)h->found, 0};
    if (h->found == 1)
        h->is.tries = again && was->events == 1 ? was->tries + 1 : 1;
}

/* The oldest events, as many as may be handed on together now, written down. */
static enum err
begin(struct db *db, struct handing *h)
{
    enum err e;

    arena_reset(h->a);
    h->taken = h->found = 0;
    if ((e = outbox_store_trial(db, h->a, &h->was)) != ERR_OK)
        return e;
    e = outbox_store_oldest(db, h->a, OUTBOX_BATCH_MAX, &h->ev, &h->seq, &h->found);
    if (e != ERR_OK || h->found == 0)
        return e;
    CRASH_POINT("outbox.relay.read");
    h->is = (struct outbox_trial){
        h->seq[0], h->seq[h->found - 1], (int64_t)h->found, h->found == 1};
    if (h->was.until_seq >= h->seq[0])
        narrow(h);
    return outbox_store_trial_set(db, &h->is);
}

/* --- handing on --- */

static enum err
take(struct db *db, struct handing *h)
{
    enum err e;

    e = h->sink->take(h->sink->arg, db, h->a, h->ev, h->found, &h->taken);
    CRASH_POINT("outbox.relay.taken");
    return e;
}

static enum err
inside_tx(struct db *db, void *arg)
{
    struct handing *h = arg;
    enum err e = take(db, h);

    return e == ERR_OK && h->taken > 0 ? drop_tx(db, h) : e;
}

static enum err
outside(struct db *db, struct handing *h)
{
    enum err e = take(db, h), dropped = ERR_OK;

    if (h->taken > 0)
        dropped = db_tx(db, drop_tx, h);
    return dropped != ERR_OK ? dropped : e;
}

static enum err
refuse_tx(struct db *db, void *arg)
{
    struct handing *h = arg;
    enum err e = h->sink->refuse(h->sink->arg, db, h->a, &h->ev[0]);

    h->taken = e == ERR_OK;
    return e == ERR_OK ? drop_tx(db, h) : e;
}

static enum err
refuse(struct db *db, struct handing *h)
{
    log_error("relay", "event=refused id=%" PRId64 " type=%.*s (the process died of it)",
        h->ev[0].id, STR_F(h->ev[0].type));
    return db_tx(db, refuse_tx, h);
}

enum err
outbox_hand_on(struct db *db, struct arena *a, const struct lease *l,
    const struct outbox_sink *s, size_t *n, bool *full)
{
    struct handing h = {.a = a, .lease = l, .sink = s};
    enum err e = begin(db, &h);

    *n = 0;
    *full = false;
    if (e != ERR_OK || h.found == 0)
        return e;
    if (s->refuse != NULL && h.is.tries > OUTBOX_TRIES_MAX)
        e = refuse(db, &h);
    else
        e = s->outside ? outside(db, &h) : db_tx(db, inside_tx, &h);
    CRASH_POINT("outbox.relay.committed");
    /* It was survived, whatever came of it. */
    if (e != ERR_OK && outbox_store_trial_set(db, &h.was) != ERR_OK)
        log_warn("relay", "event=not_noted");
    *n = e == ERR_OK || s->outside ? h.taken : 0;
    *full = e == ERR_OK && h.taken > 0 &&
            (h.taken == OUTBOX_BATCH_MAX || h.is.until_seq > h.seq[h.taken - 1]);
    return e;
}
