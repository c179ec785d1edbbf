/* The queue of orders and the threads that commit it. An order belongs to its caller until
 * it is taken into a batch, and from then on to that batch until its result is handed back. */
#include "order/order_committer.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "order/order_batch.h"
#include "shop_metrics.h"

#define SCRATCH_CHUNK ((size_t)1 << 20)
#define WAIT_US INT64_C(5000000)
/* While one commits, another begins when so many wait: fewer are cheaper in one batch with
 * those that come next. */
#define HELP_AT 32

/* One order in the queue. */
struct job {
    struct placing p;
    struct order_submit sub;
    uint64_t key_hash, cart_hash; /* 0: none */
    size_t lines;
    int64_t since_us;
    struct job *next;
};

struct committer {
    struct db_pool *pool;
    struct metrics *metrics;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work;
    struct job *head, **tail;
    int64_t queued;
    int busy; /* threads that commit */
    bool stopping;
    struct committer_figures figures;
    pthread_t thread[COMMITTER_THREADS];
};

/* --- a batch --- */

static bool
clashes(const struct job *j, struct job *const *with, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (j->key_hash != 0 && j->key_hash == with[i]->key_hash)
            return true;
        if (j->cart_hash != 0 && j->cart_hash == with[i]->cart_hash)
            return true;
    }
    return false;
}

/* What is queued, in order. A twin (same key or same cart) waits for the next batch, where
 * it finds what became of the first. Under lock. */
static size_t
take(struct committer *cm, struct job **out)
{
    struct job **at, *j;
    size_t n = 0, lines = 0;

    for (at = &cm->head; (j = *at) != NULL && n < BATCH_ORDERS_MAX;) {
        if (n > 0 && lines + j->lines > BATCH_LINES_MAX)
            break;
        if (clashes(j, out, n)) {
            at = &j->next;
            continue;
        }
        *at = j->next;
        if (cm->tail == &j->next)
            cm->tail = at;
        lines += j->lines;
        out[n++] = j;
    }
    cm->queued -= (int64_t)n;
    cm->figures.batches++;
    cm->figures.orders += (int64_t)n;
    return n;
}

/* Those that waited too long are not begun any more: their clients are gone, or tired. */
static size_t
too_late(struct job **j, size_t n, struct placing **p)
{
    int64_t now_us = clock_mono_us();
    size_t open = 0;

    for (size_t i = 0; i < n; i++) {
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

static void
commit(struct batch_source *from, struct arena *scratch, struct job **j, size_t n)
{
    struct placing *p[BATCH_ORDERS_MAX];
    size_t open = too_late(j, n, p);

    order_batch_settle(from, scratch, p, open);
    tell_cache(j, n, scratch);
    CRASH_POINT("order.place.cache_dropped");
    for (size_t i = 0; i < n; i++)
        j[i]->sub.done(j[i]->sub.arg, j[i]->p.e);
    arena_reset(scratch);
}

/* --- the threads --- */

/* Is there something to begin now? Under lock. */
static bool
due(const struct committer *cm)
{
    return cm->queued > 0 && (cm->busy == 0 || cm->queued >= HELP_AT);
}

static void *
thread_main(void *arg)
{
    const struct sched_param batch = {0};
    struct committer *cm = arg;
    struct batch_source from = {.pool = cm->pool};
    struct arena *scratch = arena_new(SCRATCH_CHUNK);
    struct job *j[BATCH_ORDERS_MAX];
    size_t n;

    /* As the request threads: whoever wakes does not push another one off its processor. */
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &batch);
    pthread_mutex_lock(&cm->lock);
    while (!cm->stopping || cm->queued > 0) {
        if (!due(cm) && !(cm->stopping && cm->queued > 0)) {
            pthread_cond_wait(&cm->work, &cm->lock);
            continue;
        }
        n = take(cm, j);
        cm->busy++;
        from.metrics = cm->metrics;
        pthread_mutex_unlock(&cm->lock);
        metric_observe(from.metrics, METRIC_BATCH, 0, (int64_t)n);
        commit(&from, scratch, j, n);
        pthread_mutex_lock(&cm->lock);
        cm->busy--;
    }
    pthread_mutex_unlock(&cm->lock);
    arena_free(scratch);
    return NULL;
}

/* They take no signals. */
static void
threads_start(struct committer *cm)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 0; i < COMMITTER_THREADS; i++)
        if (pthread_create(&cm->thread[i], NULL, thread_main, cm) != 0)
            abort();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct committer *
committer_new(const struct db_conf *c)
{
    struct db_conf own = *c;
    struct committer *cm = calloc(1, sizeof(*cm));

    if (cm == NULL)
        abort();
    own.size = COMMITTER_THREADS;
    cm->pool = db_pool_new(&own);
    cm->tail = &cm->head;
    pthread_mutex_init(&cm->lock, NULL);
    pthread_cond_init(&cm->work, NULL);
    threads_start(cm);
    return cm;
}

void
committer_count(struct committer *cm, struct metrics *m)
{
    pthread_mutex_lock(&cm->lock);
    cm->metrics = m;
    pthread_mutex_unlock(&cm->lock);
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
    out->waiting = cm->queued;
    pthread_mutex_unlock(&cm->lock);
}

/* --- a caller --- */

static uint64_t
mix(uint64_t a, uint64_t b)
{
    return ((a ^ (b >> 29)) * UINT64_C(0x9e3779b97f4a7c15) + b) | 1;
}

static void
job_init(struct job *j)
{
    const struct order_in *in = &j->p.in;

    j->next = NULL;
    j->key_hash = j->cart_hash = 0;
    if (j->p.once.key.p != NULL)
        j->key_hash = mix(str_hash(in->idem_scope), str_hash(j->p.once.key));
    if (in->want == NULL)
        j->cart_hash = mix((uint64_t)in->who.account_id, str_hash(in->who.guest_hash));
    j->lines = in->want != NULL ? in->n : 1;
    j->since_us = clock_mono_us();
}

void
committer_submit(struct committer *cm, const struct order_submit *s)
{
    struct job *j = arena_alloc(s->a, sizeof(*j));
    enum err e = placing_init(&j->p, s->a, s->in, s->out, s->flt);

    if (e != ERR_OK) {
        s->done(s->arg, e);
        return;
    }
    j->sub = *s;
    job_init(j);
    pthread_mutex_lock(&cm->lock);
    *cm->tail = j;
    cm->tail = &j->next;
    cm->queued++;
    if (due(cm))
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
