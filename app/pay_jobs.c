/* Finishing what a crash, an outage or a vanished buyer left between provider and order:
 * refunds are sent, attempts that should have ended are called off and settled. Any number
 * may run: a refund has its key, an attempt is settled once. */
#include "pay_jobs.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "order/order.h"
#include "shop_metrics.h"

#define TICK_MS 500
#define BATCH 100

struct pay_jobs {
    struct app *app;
    struct arena *arena;
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t end;
    bool ending;
    bool failing; /* so that an outage is one line in the log */
};

/* One that a provider's silence ends does not keep the other from its turn. */
static enum err
round_of(struct pay_jobs *j, struct db *db)
{
    struct app *app = j->app;
    int64_t now = clock_ms(), sent = 0, settled = 0;
    enum err first = payment_send_refunds(db, j->arena, &app->pay, BATCH, &sent), second;

    metric_add(app->metrics, METRIC_REFUNDS_SENT, 0, sent);
    arena_reset(j->arena);
    second = order_settle_overdue(
        db, j->arena, &app->pay, app->cache, now - app->set.pay_wait_s * 1000, now, BATCH,
        &settled);
    if (sent + settled > 0)
        log_info("jobs", "event=payments refunds=%lld settled=%lld", (long long)sent,
            (long long)settled);
    return first == ERR_OK ? second : first;
}

static void
tick(struct pay_jobs *j)
{
    struct db *db = NULL;
    enum err e = db_acquire(j->app->db, &db);

    if (e == ERR_OK)
        e = round_of(j, db);
    db_release(db);
    arena_reset(j->arena);
    if (e != ERR_OK && !j->failing)
        log_error("jobs", "event=payments_failing status=%d", err_status(e));
    if (e == ERR_OK && j->failing)
        log_info("jobs", "event=payments_recovered");
    j->failing = e != ERR_OK;
}

static bool
pause_of(struct pay_jobs *j)
{
    struct timespec until;
    bool go_on;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += TICK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&j->mu);
    if (!j->ending)
        (void)pthread_cond_timedwait(&j->end, &j->mu, &until);
    go_on = !j->ending;
    pthread_mutex_unlock(&j->mu);
    return go_on;
}

static void *
run(void *arg)
{
    struct pay_jobs *j = arg;

    while (pause_of(j))
        tick(j);
    return NULL;
}

struct pay_jobs *
pay_jobs_start(struct app *app)
{
    struct pay_jobs *j = calloc(1, sizeof(*j));
    sigset_t all, old;

    if (j == NULL)
        abort();
    j->app = app;
    j->arena = arena_new((size_t)256 << 10);
    pthread_mutex_init(&j->mu, NULL);
    pthread_cond_init(&j->end, NULL);
    /* Signals are the main thread's. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &old);
    if (pthread_create(&j->thread, NULL, run, j) != 0)
        abort();
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return j;
}

void
pay_jobs_stop(struct pay_jobs *j)
{
    pthread_mutex_lock(&j->mu);
    j->ending = true;
    pthread_cond_signal(&j->end);
    pthread_mutex_unlock(&j->mu);
    (void)pthread_join(j->thread, NULL);
    arena_free(j->arena);
    pthread_cond_destroy(&j->end);
    pthread_mutex_destroy(&j->mu);
    free(j);
}
