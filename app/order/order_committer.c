/* The queue of orders and the threads that commit it. An order belongs to its caller until
 * it is taken into a batch, and from then on to that batch until its result is handed back. */
#include "order/order_committer.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "order/order_queue.h"
#include "shop_metrics.h"

#define SCRATCH_CHUNK ((size_t)1 << 20)
#define WAIT_US INT64_C(5000000)
/* While one commits, another begins when so many wait: fewer are cheaper in one batch with
 * those that come next. */
#define HELP_AT 32
/* One that is at its batch for so long waits for a lock, it seems: another goes on as if it
 * were alone, but waits for nobody's rows of stock. */
#define STUCK_US INT64_C(100000)
/* What was put off is looked at again after the pause; without haste, that is waiting for its
 * rows, when nobody is stuck, or after as long as the server makes one wait. */
#define PUT_OFF_US INT64_C(50000)
#define PATIENCE_US INT64_C(2000000)

/* What one thread is at. */
struct turn {
    int64_t since_us; /* 0: nothing */
    bool waits;       /* for rows that were locked when it was looked */
    bool impatient;   /* it must not wait */
};

struct committer {
    struct db_pool *pool;
    int64_t stuck_us;
    struct metrics *metrics;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work;
    struct order_queue fresh, put_off;
    int64_t look_us; /* when what was put off is looked at again */
    bool watched;    /* an idle thread looks at the time */
    bool stopping;
    struct committer_figures figures;
    struct turn turn[COMMITTER_THREADS];
    pthread_t thread[COMMITTER_THREADS];
};

/* A thread's own. */
struct runner {
    struct committer *cm;
    struct turn *turn;
    struct batch_source from;
    struct arena *scratch;
};

/* --- a batch --- */

/* Those that waited too long are not begun any more: their clients are gone, or tired. */
static size_t
too_late(struct job **j, size_t n, struct placing **p)
{
    int64_t now_us = clock_mono_us();
    size_t open = 0;

    for (size_t i = 0; i < n; i++) {
        j[i]->p.put_off = false;
        if (now_us - j[i]->since_us > WAIT_US)
            placing_close(&j[i]->p, ERR_BUSY);
        else
            p[open++] = &j[i]->p;
    }
    return open;
}

/* After COMMIT, before anyone is told: the products show another stock. */
static void
tell_cache(struct job *const *j, size_t n, struct arena *a)
{
    struct cache *cache = n > 0 ? j[0]->sub.cache : NULL;
    int64_t *id;
    size_t i, k, ids = 0;

    for (i = 0; i < n; i++)
        ids += j[i]->p.od.n;
    id = arena_calloc(a, ids + 1, sizeof(*id));
    ids = 0;
    for (i = 0; i < n; i++)
        for (k = 0; j[i]->p.e == ERR_OK && !j[i]->sub.out->replayed && k < j[i]->p.od.n;
             k++)
            id[ids++] = j[i]->p.od.lines[k].product_id;
    catalog_changed_many(cache, id, ids);
}

/* Which of them were put off and may be tried again: moved to the front; how many. */
static size_t
again(struct job **j, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct job *one = j[i];

        if (!one->p.put_off)
            continue;
        for (size_t k = i; k > kept; k--)
            j[k] = j[k - 1];
        j[kept++] = one;
    }
    return kept;
}

/* How many of them, the first ones, are to be tried again. */
static size_t
commit(struct runner *r, struct job **j, size_t n)
{
    struct placing *p[BATCH_ORDERS_MAX];
    size_t open = too_late(j, n, p), later;

    r->from.impatient = r->turn->impatient;
    order_batch_settle(&r->from, r->scratch, p, open);
    tell_cache(j, n, r->scratch);
    CRASH_POINT("order.place.cache_dropped");
    later = r->turn->impatient ? again(j, n) : 0;
    for (size_t i = later; i < n; i++)
        j[i]->sub.done(j[i]->sub.arg, j[i]->p.e);
    arena_reset(r->scratch);
    return later;
}

/* --- the threads; all of it under lock --- */

static bool
is_stuck(const struct committer *cm, const struct turn *t, int64_t now_us)
{
    return t->since_us != 0 && (t->waits || now_us - t->since_us >= cm->stuck_us);
}

/* What can be begun at this moment by a thread that has nothing to do, and how; NULL:
 * nothing. */
static struct order_queue *
due(struct committer *cm, int64_t now_us, struct turn *how)
{
    bool stuck = false, waiter = false, busy = false;

    for (size_t i = 0; i < COMMITTER_THREADS; i++) {
        const struct turn *t = &cm->turn[i];

        waiter |= t->since_us != 0 && t->waits;
        stuck |= is_stuck(cm, t, now_us);
        busy |= t->since_us != 0 && !is_stuck(cm, t, now_us);
    }
    *how = (struct turn){.since_us = now_us, .impatient = stuck};
    if (cm->put_off.n > 0 && (now_us >= cm->look_us || cm->stopping)) {
        how->waits = !waiter &&
                     (!stuck || now_us - cm->put_off.head->since_us >= PATIENCE_US);
        how->impatient = !how->waits;
        return &cm->put_off;
    }
    if (cm->fresh.n > 0 && (!busy || cm->fresh.n >= HELP_AT || cm->stopping))
        return &cm->fresh;
    return NULL;
}

/* When something may come due by itself; 0: nothing does. */
static int64_t
next_due_us(const struct committer *cm)
{
    int64_t first = cm->put_off.n > 0 ? cm->look_us : INT64_MAX;

    for (size_t i = 0; cm->fresh.n > 0 && i < COMMITTER_THREADS; i++)
        if (cm->turn[i].since_us != 0 && cm->turn[i].since_us + cm->stuck_us < first)
            first = cm->turn[i].since_us + cm->stuck_us;
    return first == INT64_MAX ? 0 : first;
}

static void
rest(struct committer *cm)
{
    int64_t at_us = next_due_us(cm);
    const struct timespec until = {
        .tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000};

    if (at_us == 0) {
        pthread_cond_wait(&cm->work, &cm->lock);
        return;
    }
    cm->watched = true;
    pthread_cond_timedwait(&cm->work, &cm->lock, &until);
    cm->watched = false;
}

static void
put_off(struct committer *cm, struct job *const *j, size_t n)
{
    if (n > 0 && cm->put_off.n == 0)
        cm->look_us = clock_mono_us() + PUT_OFF_US;
    for (size_t i = 0; i < n; i++)
        order_queue_add(&cm->put_off, j[i]);
}

static void
begin(struct runner *r, struct order_queue *q)
{
    struct committer *cm = r->cm;
    struct job *j[BATCH_ORDERS_MAX];
    size_t n = order_queue_take(q, j), later;

    if (q == &cm->put_off)
        cm->look_us = clock_mono_us() + PUT_OFF_US;
    cm->figures.batches++;
    cm->figures.orders += (int64_t)n;
    r->from.metrics = cm->metrics;
    pthread_mutex_unlock(&cm->lock);
    metric_observe(r->from.metrics, METRIC_BATCH, 0, (int64_t)n);
    later = commit(r, j, n);
    pthread_mutex_lock(&cm->lock);
    cm->figures.orders -= (int64_t)later;
    put_off(cm, j, later);
    r->turn->since_us = 0;
}

static void *
thread_main(void *arg)
{
    const struct sched_param batch = {0};
    struct runner *r = arg;
    struct committer *cm = r->cm;
    struct order_queue *q;
    struct turn how;

    /* As the request threads: whoever wakes does not push another one off its processor. */
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &batch);
    pthread_mutex_lock(&cm->lock);
    while (!cm->stopping || cm->fresh.n + cm->put_off.n > 0) {
        if ((q = due(cm, clock_mono_us(), &how)) == NULL) {
            rest(cm);
            continue;
        }
        *r->turn = how;
        begin(r, q);
    }
    pthread_mutex_unlock(&cm->lock);
    arena_free(r->scratch);
    free(r);
    return NULL;
}

static struct runner *
runner_new(struct committer *cm, size_t i)
{
    struct runner *r = calloc(1, sizeof(*r));

    if (r == NULL)
        abort();
    r->cm = cm;
    r->turn = &cm->turn[i];
    r->from.pool = cm->pool;
    r->scratch = arena_new(SCRATCH_CHUNK);
    return r;
}

/* They take no signals. */
static void
threads_start(struct committer *cm)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 0; i < COMMITTER_THREADS; i++)
        if (pthread_create(&cm->thread[i], NULL, thread_main, runner_new(cm, i)) != 0)
            abort();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct committer *
committer_new(const struct db_conf *c)
{
    struct db_conf own = *c;
    struct committer *cm = calloc(1, sizeof(*cm));
    pthread_condattr_t at;

    if (cm == NULL)
        abort();
    own.size = COMMITTER_THREADS;
    cm->pool = db_pool_new(&own);
    cm->stuck_us = STUCK_US;
    order_queue_init(&cm->fresh);
    order_queue_init(&cm->put_off);
    pthread_mutex_init(&cm->lock, NULL);
    pthread_condattr_init(&at);
    pthread_condattr_setclock(&at, CLOCK_MONOTONIC);
    pthread_cond_init(&cm->work, &at);
    pthread_condattr_destroy(&at);
    threads_start(cm);
    return cm;
}

void
committer_stuck_after(struct committer *cm, int64_t ms)
{
    pthread_mutex_lock(&cm->lock);
    cm->stuck_us = ms * 1000;
    pthread_mutex_unlock(&cm->lock);
}

void
committer_count(struct committer *cm, struct metrics *m)
{
    pthread_mutex_lock(&cm->lock);
    cm->metrics = m;
    pthread_mutex_unlock(&cm->lock);
}

void
committer_trim(struct committer *cm)
{
    db_pool_trim(cm->pool);
}

void
committer_free(struct committer *cm)
{
    if (cm == NULL)
        return;
    pthread_mutex_lock(&cm->lock);
    cm->stopping = true;
    pthread_cond_broadcast(&cm->work);
    pthread_mutex_unlock(&cm->lock);
    for (size_t i = 0; i < COMMITTER_THREADS; i++)
        pthread_join(cm->thread[i], NULL);
    pthread_cond_destroy(&cm->work);
    pthread_mutex_destroy(&cm->lock);
    db_pool_free(cm->pool);
    free(cm);
}

void
committer_figures(struct committer *cm, struct committer_figures *out)
{
    pthread_mutex_lock(&cm->lock);
    *out = cm->figures;
    out->waiting = (int64_t)(cm->fresh.n + cm->put_off.n);
    pthread_mutex_unlock(&cm->lock);
}

/* --- a caller --- */

void
committer_submit(struct committer *cm, const struct order_submit *s)
{
    struct job *j = arena_alloc(s->a, sizeof(*j));
    struct turn how;
    enum err e = placing_init(&j->p, s->a, s->in, s->out, s->flt);

    if (e != ERR_OK) {
        s->done(s->arg, e);
        return;
    }
    j->sub = *s;
    job_init(j);
    pthread_mutex_lock(&cm->lock);
    order_queue_add(&cm->fresh, j);
    if (!cm->watched || due(cm, j->since_us, &how) != NULL)
        pthread_cond_signal(&cm->work);
    pthread_mutex_unlock(&cm->lock);
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
    enum err e;
};

static void
wake(void *arg, enum err e)
{
    struct waiting *w = arg;

    pthread_mutex_lock(&w->lock);
    w->e = e;
    w->done = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

enum err
committer_place(struct committer *cm, struct arena *a, struct cache *cache,
    const struct order_in *in, struct order_answer *out, struct fault *flt)
{
    struct waiting w = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, ERR_OK};
    int64_t t0 = clock_mono_us();

    committer_submit(cm, &(struct order_submit){a, cache, in, out, flt, wake, &w});
    pthread_mutex_lock(&w.lock);
    while (!w.done)
        pthread_cond_wait(&w.changed, &w.lock);
    pthread_mutex_unlock(&w.lock);
    pthread_cond_destroy(&w.changed);
    pthread_mutex_destroy(&w.lock);
    trace_add(TRACE_DB, clock_mono_us() - t0);
    return w.e;
}
