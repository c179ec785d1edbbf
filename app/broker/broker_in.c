/* Taking from RabbitMQ: deliveries are acted on together in one transaction and acknowledged
 * after its COMMIT; a crash between the two brings them again, and they are known by their ids.
 * While the database is away, nothing is acknowledged. One that comes again may have killed
 * who took it: it is taken alone, counted beforehand, and given up after a few deaths. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "broker/broker_priv.h"
#include "notify/notify.h"
#include "order/order.h"
#include "shop_metrics.h"

#define TOGETHER 128
#define WAIT_MS 500
#define REST_MS 300
#define TRIES 5
#define TRY_AGAIN_MS 100

struct listener {
    struct broker_conf c;
    struct mq_in *in;
    bool due;
    bool failing; /* so that an outage is one line */
    atomic_bool stop;
    struct arena *a;
    pthread_t thread;
};

struct received {
    struct arena *a;
    struct mq_delivery raw[TOGETHER];
    size_t raw_n;
    struct event ev[TOGETHER];
    uint64_t tag[TOGETHER];
    size_t n;
};

static enum err
events_tx(struct db *db, void *arg)
{
    const struct received *r = arg;
    enum err e = notify_consume_many(db, r->a, r->ev, r->n, clock_ms());

    CRASH_POINT("broker.in.before_commit");
    return e;
}

/* Of the database, not of the message. */
static bool
of_database(enum err e)
{
    return e == ERR_UPSTREAM || e == ERR_BUSY;
}

static enum err
dead(struct listener *l, uint64_t tag, const char *why)
{
    log_error("broker", "event=dead_letter why=%s", why);
    metric_add(l->c.metrics, METRIC_EVENTS, EVENTS_DEAD, 1);
    return mq_in_reject(l->in, tag);
}

/* In order, each tried a few times; then it goes to the dead letters of the broker. */
static enum err
one_by_one(struct listener *l, struct db *db, const struct received *all)
{
    struct received *one = arena_calloc(all->a, 1, sizeof(*one));
    enum err e = ERR_OK;

    *one = (struct received){.a = all->a, .n = 1};
    for (size_t i = 0; i < all->n && e == ERR_OK; i++) {
        one->ev[0] = all->ev[i];
        e = db_tx(db, events_tx, one);
        for (int t = 1; t < TRIES && e != ERR_OK && !of_database(e); t++) {
            clock_sleep_ms(TRY_AGAIN_MS);
            e = db_tx(db, events_tx, one);
        }
        if (e == ERR_OK)
            e = mq_in_ack(l->in, all->tag[i]);
        else if (!of_database(e))
            e = dead(l, all->tag[i], "not_consumed");
    }
    return e;
}

static enum err
act_events(struct listener *l, struct db *db, struct received *r)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < r->raw_n && e == ERR_OK; i++) {
        if (event_read(r->a, r->raw[i].body, &r->ev[r->n]) == ERR_OK)
            r->tag[r->n++] = r->raw[i].tag;
        else
            e = dead(l, r->raw[i].tag, "not_an_event");
    }
    if (e != ERR_OK || r->n == 0)
        return e;
    e = db_tx(db, events_tx, r);
    CRASH_POINT("broker.in.committed");
    if (e != ERR_OK && !of_database(e))
        return one_by_one(l, db, r);
    if (e == ERR_OK)
        e = mq_in_ack(l->in, r->tag[r->n - 1]);
    CRASH_POINT("broker.in.acked");
    return e;
}

static enum err
act_due(struct listener *l, struct db *db, struct received *r)
{
    int64_t ids[TOGETHER], closed = 0;
    uint64_t last = 0;
    size_t n = 0;
    enum err e = ERR_OK;

    for (size_t i = 0; i < r->raw_n && e == ERR_OK; i++) {
        if (str_i64(r->raw[i].body, &ids[n])) {
            last = r->raw[i].tag;
            n++;
        } else {
            e = dead(l, r->raw[i].tag, "not_an_order");
        }
    }
    if (e != ERR_OK || n == 0)
        return e;
    e = order_expire_these(db, r->a, l->c.cache, ids, n, clock_ms(), &closed);
    CRASH_POINT("broker.in.expired");
    if (closed > 0) {
        metric_add(l->c.metrics, METRIC_EXPIRED, 0, closed);
        log_info("broker", "event=expired orders=%lld", (long long)closed);
    }
    /* One that could not be closed now is the sweep's. */
    return e == ERR_OK ? mq_in_ack(l->in, last) : e;
}

int64_t
broker_mark(struct str body)
{
    return (int64_t)(str_hash(body) >> 1);
}

static enum err
act(struct listener *l, struct db *db, struct received *r)
{
    return l->due ? act_due(l, db, r) : act_events(l, db, r);
}

/* One that comes again. Whatever it came to, it was survived. */
static enum err
act_counted(struct listener *l, struct db *db, struct received *one)
{
    const char *name = l->due ? BROKER_TRIAL_DUE : BROKER_TRIAL;
    int64_t tries;
    enum err e = trial_begin(db, one->a, name, broker_mark(one->raw[0].body), &tries), over;

    if (e != ERR_OK)
        return e;
    if (tries > OUTBOX_TRIES_MAX)
        e = dead(l, one->raw[0].tag, "killed_its_reader");
    else
        e = act(l, db, one);
    over = trial_over(db, name);
    return e == ERR_OK ? over : e;
}

static enum err
act_alone(struct listener *l, struct db *db, const struct received *all)
{
    struct received *one = arena_calloc(all->a, 1, sizeof(*one));
    enum err e = ERR_OK;

    for (size_t i = 0; i < all->raw_n && e == ERR_OK; i++) {
        *one = (struct received){.a = all->a, .raw_n = 1};
        one->raw[0] = all->raw[i];
        e = one->raw[0].again ? act_counted(l, db, one) : act(l, db, one);
    }
    return e;
}

static bool
any_again(const struct received *r)
{
    for (size_t i = 0; i < r->raw_n; i++)
        if (r->raw[i].again)
            return true;
    return false;
}

static enum err
listen_once(struct listener *l)
{
    struct received *r = arena_calloc(l->a, 1, sizeof(*r));
    struct db *db = NULL;
    enum err e;

    r->a = l->a;
    e = mq_in_take(l->in, l->a, WAIT_MS, r->raw, TOGETHER, &r->raw_n);
    if (e != ERR_OK || r->raw_n == 0)
        return e;
    CRASH_POINT("broker.in.taken");
    if ((e = db_acquire(l->c.pool, &db)) == ERR_OK)
        e = any_again(r) ? act_alone(l, db, r) : act(l, db, r);
    db_release(db);
    if (e != ERR_OK)
        mq_in_drop(l->in);
    return e;
}

static void *
listen_main(void *arg)
{
    struct listener *l = arg;

    while (!l->stop) {
        enum err e = listen_once(l);

        arena_reset(l->a);
        if (e != ERR_OK && !l->failing)
            log_error("broker", "event=failing queue=%s status=%d (trying on)",
                l->due ? "due" : "in", err_status(e));
        if (e == ERR_OK && l->failing)
            log_info("broker", "event=recovered queue=%s", l->due ? "due" : "in");
        l->failing = e != ERR_OK;
        if (e != ERR_OK)
            clock_sleep_ms(REST_MS);
    }
    return NULL;
}

static void
listener_free(struct listener *l)
{
    mq_in_free(l->in);
    arena_free(l->a);
    free(l);
}

struct listener *
listener_start(const struct broker_conf *c, bool due)
{
    const struct mq_amqp_conf ac = {
        .url = c->amqp, .password = c->amqp_password, .name = BROKER_NAME};
    struct listener *l = calloc(1, sizeof(*l));

    if (l == NULL)
        abort();
    l->c = *c;
    l->due = due;
    l->a = arena_new((size_t)256 << 10);
    if (mq_in_new(&l->in, &ac, due) == ERR_OK &&
        pthread_create(&l->thread, NULL, listen_main, l) == 0)
        return l;
    listener_free(l);
    return NULL;
}

void
listener_stop(struct listener *l)
{
    if (l == NULL)
        return;
    l->stop = true;
    (void)pthread_join(l->thread, NULL);
    listener_free(l);
}
