/* souk-jobs: the shop's work that no request waits for. It closes unpaid orders at their
 * deadline and removes what nobody can use any more. Any number may run: each step is one guarded
 * change in the database. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account/account.h"
#include "app.h"
#include "base/clock.h"
#include "base/log.h"
#include "broker/broker.h"
#include "cart/cart.h"
#include "catalog/catalog.h"
#include "notify/notify.h"
#include "notify/senders.h"
#include "order/order.h"
#include "outbox/outbox.h"
#include "pay_jobs.h"
#include "shop_metrics.h"
#include "stock/stock.h"

#define TICK_MS 500
#define POOL_MIN 8
#define EXPIRE_BATCH 10000
#define EXPIRE_ROUNDS 100
#define LEASE_MS 1500
/* Redis says that another one sweeps: believed for so long, then the database is asked. */
#define BELIEVE_MS 1000
#define FORGET_EVERY_MS (60 * INT64_C(1000))
#define FORGET_BATCH 5000
#define MEASURE_EVERY_MS (5 * INT64_C(1000))
#define LOW_BATCH 200
#define LOW_EVERY_MS (5 * INT64_C(1000))
#define COUNT_EVERY_MS (60 * INT64_C(1000))
#define TIDY_EVERY_MS (10 * INT64_C(1000))
#define DAY_MS (86400 * INT64_C(1000))

struct jobs {
    struct app *app;
    struct arena *arena;
    int64_t count_at_ms;   /* when lists may be counted again */
    int64_t refused_at_ms; /* since when Redis' lock is another's; 0: it is not */
};

/* A part of the work: fn does some of it, *more that there is more right now. One that fails
 * holds up no other. */
struct step {
    const char *name;
    enum err (*fn)(struct jobs *jb, struct db *db, bool *more);
    int64_t every_ms; /* 0: at every tick */
    int64_t next_ms;
    bool failing; /* so that an outage is one line, not two a second */
};

static enum err
expire(struct jobs *jb, struct db *db, const struct lease *l)
{
    int round;

    for (round = 0; round < EXPIRE_ROUNDS; round++) {
        int64_t n = 0;
        enum err e = order_expire_fenced(
            db, jb->arena, jb->app->cache, l, clock_ms(), EXPIRE_BATCH, &n);

        arena_reset(jb->arena);
        if (n > 0) {
            metric_add(jb->app->metrics, METRIC_EXPIRED, 0, n);
            log_info("jobs", "event=expired orders=%lld", (long long)n);
        }
        if (e != ERR_OK || n == 0)
            return e;
    }
    return ERR_OK;
}

/* Redis' lock spares the others the trip to the database's lease; what it says is never
 * believed for long. */
static bool
another_sweeps(struct jobs *jb, struct kv_lock *lock, bool *locked)
{
    enum err e = kv_lock(jb->app->kv, STR("expire"), LEASE_MS, lock);
    int64_t now = clock_ms();

    *locked = e == ERR_OK;
    if (e != ERR_BUSY) {
        jb->refused_at_ms = 0;
        return false;
    }
    if (jb->refused_at_ms == 0)
        jb->refused_at_ms = now;
    return now - jb->refused_at_ms < BELIEVE_MS;
}

/* One runner at a time closes what is due; several would be right too, only wasteful. */
static enum err
sweep(struct jobs *jb, struct db *db, bool *more)
{
    struct lease l = {.name = STR("expire"), .ttl_ms = LEASE_MS};
    struct kv_lock lock;
    bool any, locked;
    enum err e;

    *more = false; /* it goes on until all is done */
    if ((e = order_any_due(db, jb->arena, clock_ms(), &any)) != ERR_OK || !any)
        return e;
    if (another_sweeps(jb, &lock, &locked))
        return ERR_OK;
    if ((e = lease_take(db, jb->arena, &l)) == ERR_OK) {
        e = expire(jb, db, &l);
        lease_give(db, &l);
    }
    if (locked)
        kv_unlock(jb->app->kv, &lock);
    /* Another has it, or took it over while this one was away. */
    return e == ERR_BUSY || e == ERR_CONFLICT ? ERR_OK : e;
}

/* What nobody can use any more: answers of idempotency keys, refresh tokens that ended, carts
 * of guests whose cookie did. */
static enum err
forget(struct jobs *jb, struct db *db, bool *more)
{
    int64_t now = clock_ms(), keys = 0, tokens = 0, carts = 0, links = 0, n = 0;
    int64_t guest_ms = jb->app->set.guest_days * DAY_MS;
    enum err e;

    e = order_forget_keys(db, now, FORGET_BATCH, &keys);
    if (e == ERR_OK)
        e = session_forget(db, jb->arena, now, FORGET_BATCH, &tokens);
    if (e == ERR_OK)
        e = identity_forget(db, now, FORGET_BATCH, &links);
    if (e == ERR_OK)
        e = cart_forget(db, now - guest_ms, FORGET_BATCH, &carts);
    if (e == ERR_OK)
        e = order_forget_holds(db, FORGET_BATCH, &n);
    if (e == ERR_OK)
        e = payment_forget_events(db, now, FORGET_BATCH, &n);
    *more = keys == FORGET_BATCH || tokens == FORGET_BATCH || carts == FORGET_BATCH
            || links == FORGET_BATCH;
    return e;
}

/* Of mails and webhooks: what is given up or too old to be looked at. */
static enum err
tidy_news(struct jobs *jb, struct db *db, bool *more)
{
    const int64_t now = clock_ms();
    const char *folder = arena_printf(jb->arena, "%s/mail", jb->app->set.state_dir).p;
    const struct notify_old old = {now - jb->app->set.notify_keep_days * DAY_MS, folder};
    int64_t n = 0;
    enum err e = notify_tidy(db, now, &old, FORGET_BATCH, &n);

    *more = n >= FORGET_BATCH;
    return e;
}

static enum err
low_stock(struct jobs *jb, struct db *db, bool *more)
{
    int64_t n = 0;
    enum err e = stock_tell_low(
        db, jb->arena, jb->app->set.low_stock, clock_ms(), LOW_BATCH, &n);

    *more = n == LOW_BATCH;
    return e == ERR_CONFLICT ? ERR_OK : e; /* another runner told them */
}

static enum err
measure_news(struct jobs *jb, struct db *db, bool *more)
{
    struct metrics *m = jb->app->metrics;
    struct notify_figures f;
    enum err e = notify_figures(db, jb->arena, clock_ms(), &f);

    *more = false;
    if (e != ERR_OK)
        return e;
    metric_set(m, METRIC_DEAD_LETTERS, 0, f.dead);
    metric_set(m, METRIC_NOTIFY_WAITING, NOTIFY_MAIL, f.mails_waiting);
    metric_set(m, METRIC_NOTIFY_WAITING, NOTIFY_HOOK, f.deliveries_waiting);
    metric_set(m, METRIC_NOTIFY_AGE_S, NOTIFY_MAIL, f.mail_age_ms / 1000);
    metric_set(m, METRIC_NOTIFY_AGE_S, NOTIFY_HOOK, f.delivery_age_ms / 1000);
    return ERR_OK;
}

/* What long lists say of their length beyond what is counted for each. */
static enum err
count_lists(struct jobs *jb, struct db *db, bool *more)
{
    static const struct tally_kind *const kinds[] = {
        &order_tally, &catalog_tally, &people_tally};
    const int64_t began_ms = clock_ms();
    enum err e = ERR_OK;
    size_t i;

    *more = false;
    if (began_ms < jb->count_at_ms)
        return ERR_OK;
    for (i = 0; i < NELEM(kinds) && e == ERR_OK; i++)
        e = tally_keep(db, jb->arena, kinds[i], began_ms);
    /* Never more than a hundredth of the time. */
    jb->count_at_ms = clock_ms() + 100 * (clock_ms() - began_ms);
    return e;
}

/* What the expiry leaves waiting, and how many connections the server has. */
static enum err
measure_shop(struct jobs *jb, struct db *db, bool *more)
{
    struct metrics *m = jb->app->metrics;
    int64_t lag_ms = 0, open_n = 0, most_n = 0;
    enum err e = order_due_lag(db, jb->arena, clock_ms(), &lag_ms);

    *more = false;
    if (e == ERR_OK)
        e = db_server_connections(db, jb->arena, &open_n, &most_n);
    if (e != ERR_OK)
        return e;
    metric_set(m, METRIC_EXPIRY_LAG_S, 0, lag_ms / 1000);
    metric_set(m, METRIC_DB_CONNECTIONS, CONNECTIONS_OPEN, open_n);
    metric_set(m, METRIC_DB_CONNECTIONS, CONNECTIONS_MOST, most_n);
    return ERR_OK;
}

static enum err
tidy(struct jobs *jb, struct db *db, bool *more)
{
    (void)db;
    (void)more;
    app_tidy(jb->app);
    return ERR_OK;
}

static void
step(struct jobs *jb, struct step *s)
{
    struct db *db = NULL;
    bool more = false;
    enum err e = db_acquire(jb->app->db, &db);

    if (e == ERR_OK)
        e = s->fn(jb, db, &more);
    db_release(db);
    arena_reset(jb->arena);
    s->next_ms = more && e == ERR_OK ? 0 : clock_ms() + (e == ERR_OK ? s->every_ms : 0);
    if (e != ERR_OK && !s->failing)
        log_error("jobs", "event=failing step=%s status=%d (trying on, twice a second)",
            s->name, err_status(e));
    if (e == ERR_OK && s->failing)
        log_info("jobs", "event=recovered step=%s", s->name);
    s->failing = e != ERR_OK;
}

static void
tick(struct jobs *jb, struct step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (clock_ms() >= steps[i].next_ms)
            step(jb, &steps[i]);
}

/* The outbox's in-database consumer: what follows from events is written in the transaction
 * that takes them out. */
static enum err
take_news(void *arg, struct db *db, struct arena *a, const struct event *ev, size_t n,
    size_t *taken)
{
    enum err e = notify_consume_many(db, a, ev, n, clock_ms());

    (void)arg;
    *taken = e == ERR_OK ? n : 0;
    return e;
}

static enum err
refuse_news(void *arg, struct db *db, struct arena *a, const struct event *ev)
{
    (void)arg;
    return notify_put_aside(
        db, a, ev, "the program ended each time it was handed on", clock_ms());
}

/* Figures of the relay, on its thread. */
static void
relay_told(void *arg, enum err e, size_t handed_on, int64_t waiting, int64_t age_ms)
{
    const struct jobs *jb = arg;
    struct metrics *m = jb->app->metrics;

    metric_add(m, METRIC_EVENTS, EVENTS_HANDED, (int64_t)handed_on);
    if (e != ERR_OK && e != ERR_BUSY && e != ERR_CONFLICT)
        metric_add(m, METRIC_EVENTS, EVENTS_FAILED, 1);
    metric_set(m, METRIC_OUTBOX, 0, waiting);
    metric_set(m, METRIC_OUTBOX_AGE_S, 0, age_ms / 1000);
}

static bool
with_broker(const struct settings *s)
{
    return s->amqp[0] != '\0' || s->kafka[0] != '\0';
}

/* Where events go: to brokers that are configured, else to the shop's own readers. */
static enum err
broker_open(struct app *app, struct broker **b, struct outbox_sink *sink)
{
    const struct settings *s = &app->set;
    const struct broker_conf c = {.amqp = s->amqp,
        .amqp_password = s->amqp_password,
        .kafka = s->kafka,
        .kafka_topic = s->kafka_topic,
        .pool = app->db,
        .cache = app->cache,
        .metrics = app->metrics};
    enum err e;

    *b = NULL;
    *sink = (struct outbox_sink){.take = take_news, .refuse = refuse_news};
    if (!with_broker(s))
        return ERR_OK;
    if ((e = broker_new(b, &c)) != ERR_OK)
        return e;
    *sink = broker_sink(*b);
    sink->refuse = refuse_news;
    return broker_listen(*b);
}

/* Ticks until SIGTERM, SIGINT or SIGQUIT (which multiwatch 1.0 makes of a SIGTERM); the wait
 * between two is the wait for the signal. */
static bool
run(struct jobs *jb)
{
    struct step steps[] = {
        {.name = "expire", .fn = sweep},
        {.name = "forget", .fn = forget, .every_ms = FORGET_EVERY_MS},
        {.name = "tidy-news", .fn = tidy_news, .every_ms = FORGET_EVERY_MS},
        {.name = "low-stock", .fn = low_stock, .every_ms = LOW_EVERY_MS},
        {.name = "count-lists", .fn = count_lists, .every_ms = COUNT_EVERY_MS},
        {.name = "measure-news", .fn = measure_news, .every_ms = MEASURE_EVERY_MS},
        {.name = "tidy", .fn = tidy, .every_ms = TIDY_EVERY_MS},
        {.name = "measure-shop", .fn = measure_shop, .every_ms = MEASURE_EVERY_MS},
    };
    struct relay_conf rc = {
        .pool = jb->app->db, .told = relay_told, .told_arg = jb};
    const struct timespec pause = {.tv_nsec = TICK_MS * 1000000L};
    struct senders *senders;
    struct pay_jobs *pay;
    struct broker *broker;
    struct relay *relay;
    sigset_t stop;
    int sig = 0;

    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigaddset(&stop, SIGINT);
    (void)sigaddset(&stop, SIGQUIT);
    (void)pthread_sigmask(SIG_BLOCK, &stop, NULL);
    if (broker_open(jb->app, &broker, &rc.sink) != ERR_OK) {
        broker_free(broker);
        return false;
    }
    if ((senders = senders_start(jb->app)) == NULL) {
        broker_free(broker);
        return false;
    }
    pay = pay_jobs_start(jb->app);
    relay = relay_start(&rc);
    log_info("jobs", "event=start");
    while (sig <= 0) {
        tick(jb, steps, NELEM(steps));
        sig = sigtimedwait(&stop, NULL, &pause);
    }
    relay_stop(relay);
    pay_jobs_stop(pay);
    broker_free(broker);
    senders_stop(senders);
    log_info("jobs", "event=stop");
    return true;
}

int
main(int argc, char **argv)
{
    struct app app = {.db = NULL};
    struct jobs jb = {.app = &app};
    int rest_n = 0, rc = EXIT_FAILURE;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        (void)puts("souk-jobs [--SETTING=VALUE ...]: the shop's background work\n");
        settings_help(stdout);
        return EXIT_SUCCESS;
    }
    if (settings_load(&app.set, argc, argv, &rest_n) != ERR_OK)
        return EXIT_FAILURE;
    (void)signal(SIGPIPE, SIG_IGN);
    /* Steps, relay, mails, webhooks, payments and a broker's two readers work at the same
     * time: none may wait for another's connection. */
    if (app.set.db_pool < POOL_MIN)
        app.set.db_pool = POOL_MIN;
    if (app_open(&app, APP_DB | APP_KV | APP_PAY) == ERR_OK
        && app_start_database(&app) == ERR_OK) {
        shop_meter_start(&app.meter, PROGRAM_JOBS);
        jb.arena = arena_new((size_t)256 << 10);
        if (run(&jb))
            rc = EXIT_SUCCESS;
        arena_free(jb.arena);
    }
    app_close(&app);
    return rc;
}
