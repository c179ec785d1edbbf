/* The queue of orders and who commits it (flat combining). An order belongs to its caller
 * until it is taken into a batch, and from then on until its result is handed back to the
 * committer of that batch. */
#include "order/order_committer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "order/order_batch.h"

#define SCRATCH_CHUNK ((size_t)1 << 20)
#define WAIT_S 5

/* One caller, on its stack while it waits. */
struct waiting {
    struct placing p;
    uint64_t key_hash, cart_hash; /* 0: none */
    size_t lines;
    struct waiting *next;
    bool taken; /* out of the queue; the committer's lock guards these two */
    bool lead;  /* it is to commit */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool called; /* to lead */
    bool done;
};

struct committer {
    struct db_pool *pool;
    struct arena *scratch; /* the leader's */
    pthread_mutex_t lock;
    struct waiting *head, **tail;
    bool led; /* somebody commits, or was called to */
    struct committer_figures figures;
};

struct committer *
committer_new(const struct db_conf *c)
{
    struct db_conf one = *c;
    struct committer *cm = calloc(1, sizeof(*cm));

    if (cm == NULL)
        abort();
    one.size = 1;
    cm->pool = db_pool_new(&one);
    cm->scratch = arena_new(SCRATCH_CHUNK);
    cm->tail = &cm->head;
    pthread_mutex_init(&cm->lock, NULL);
    return cm;
}

void
committer_free(struct committer *cm)
{
    bool idle;

    if (cm == NULL)
        return;
    pthread_mutex_lock(&cm->lock);
    idle = cm->head == NULL && !cm->led;
    pthread_mutex_unlock(&cm->lock);
    if (!idle) {
        /* A thread that outlived the period of grace: it keeps what it uses. */
        log_warn("order", "event=committer_left");
        return;
    }
    pthread_mutex_destroy(&cm->lock);
    arena_free(cm->scratch);
    db_pool_free(cm->pool);
    free(cm);
}

void
committer_figures(struct committer *cm, struct committer_figures *out)
{
    pthread_mutex_lock(&cm->lock);
    *out = cm->figures;
    for (const struct waiting *w = cm->head; w != NULL; w = w->next)
        out->waiting++;
    pthread_mutex_unlock(&cm->lock);
}

/* --- a caller --- */

static uint64_t
mix(uint64_t a, uint64_t b)
{
    return ((a ^ (b >> 29)) * UINT64_C(0x9e3779b97f4a7c15) + b) | 1;
}

static void
waiting_init(struct waiting *w)
{
    const struct order_in *in = &w->p.in;
    pthread_condattr_t at;

    w->next = NULL;
    w->taken = w->lead = w->called = w->done = false;
    w->key_hash = w->cart_hash = 0;
    if (w->p.once.key.p != NULL)
        w->key_hash = mix(str_hash(in->idem_scope), str_hash(w->p.once.key));
    if (in->want == NULL)
        w->cart_hash = mix((uint64_t)in->who.account_id, str_hash(in->who.guest_hash));
    w->lines = in->want != NULL ? in->n : 1;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&at);
    pthread_condattr_setclock(&at, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &at);
    pthread_condattr_destroy(&at);
}

static void
waiting_done(struct waiting *w)
{
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
}

static void
wake(struct waiting *w, bool *what)
{
    pthread_mutex_lock(&w->lock);
    *what = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

/* Queue it; true if the caller is to commit. */
static bool
enqueue(struct committer *cm, struct waiting *w)
{
    bool lead;

    pthread_mutex_lock(&cm->lock);
    *cm->tail = w;
    cm->tail = &w->next;
    lead = !cm->led;
    cm->led = true;
    w->lead = lead;
    pthread_mutex_unlock(&cm->lock);
    return lead;
}

/* Nobody took it in time: out of the queue, unless somebody just does. */
static bool
withdraw(struct committer *cm, struct waiting *w)
{
    struct waiting **at;
    bool mine;

    pthread_mutex_lock(&cm->lock);
    mine = !w->taken && !w->lead;
    for (at = &cm->head; mine && *at != w;)
        at = &(*at)->next;
    if (mine) {
        *at = w->next;
        if (cm->tail == &w->next)
            cm->tail = at;
    }
    pthread_mutex_unlock(&cm->lock);
    return mine;
}

enum woken { WOKEN_DONE, WOKEN_LEAD, WOKEN_LATE };

/* Until it is settled or called to lead; with `until`, at most so long. */
static enum woken
wait_for(struct waiting *w, const struct timespec *until)
{
    int64_t t0 = clock_mono_us();
    enum woken is;
    int rc = 0;

    pthread_mutex_lock(&w->lock);
    while (!w->done && !w->called && rc == 0)
        rc = until != NULL ? pthread_cond_timedwait(&w->changed, &w->lock, until)
                           : pthread_cond_wait(&w->changed, &w->lock);
    is = w->done ? WOKEN_DONE : w->called ? WOKEN_LEAD : WOKEN_LATE;
    pthread_mutex_unlock(&w->lock);
    trace_add(TRACE_DB, clock_mono_us() - t0);
    return is;
}

/* --- the one who leads --- */

static bool
clashes(const struct waiting *w, struct waiting *const *with, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (w->key_hash != 0 && w->key_hash == with[i]->key_hash)
            return true;
        if (w->cart_hash != 0 && w->cart_hash == with[i]->cart_hash)
            return true;
    }
    return false;
}

/* What is queued, in order. A twin (same key or same cart) waits for the next batch,
 * where it finds what became of the first. */
static size_t
take(struct committer *cm, struct waiting **out)
{
    struct waiting **at, *w;
    size_t n = 0, lines = 0;

    pthread_mutex_lock(&cm->lock);
    for (at = &cm->head; (w = *at) != NULL && n < BATCH_ORDERS_MAX;) {
        if (n > 0 && lines + w->lines > BATCH_LINES_MAX)
            break;
        if (clashes(w, out, n)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        if (cm->tail == &w->next)
            cm->tail = at;
        w->taken = true;
        lines += w->lines;
        out[n++] = w;
    }
    cm->figures.batches++;
    cm->figures.orders += (int64_t)n;
    pthread_mutex_unlock(&cm->lock);
    return n;
}

/* The first in the queue commits next; if there is none, whoever comes. */
static void
pass_on(struct committer *cm)
{
    pthread_mutex_lock(&cm->lock);
    cm->led = cm->head != NULL;
    if (cm->head != NULL) {
        cm->head->lead = true;
        wake(cm->head, &cm->head->called);
    }
    pthread_mutex_unlock(&cm->lock);
}

/* One batch, its own order the first of it. The next leader begins while this one still
 * hands out results. */
static void
lead(struct committer *cm, const struct waiting *self)
{
    const struct batch_source from = {.pool = cm->pool};
    struct waiting *w[BATCH_ORDERS_MAX];
    struct placing *p[BATCH_ORDERS_MAX];
    size_t i, n = take(cm, w);

    for (i = 0; i < n; i++)
        p[i] = &w[i]->p;
    order_batch_settle(&from, cm->scratch, p, n);
    pass_on(cm);
    for (i = 0; i < n; i++)
        if (w[i] != self)
            wake(w[i], &w[i]->done);
}

static enum err
queue_and_wait(struct committer *cm, struct waiting *w)
{
    enum woken is = WOKEN_LEAD;
    struct timespec until;

    if (!enqueue(cm, w)) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += WAIT_S;
        is = wait_for(w, &until);
        if (is == WOKEN_LATE && withdraw(cm, w))
            return ERR_BUSY;
        if (is == WOKEN_LATE) /* a batch has it, and every batch ends */
            is = wait_for(w, NULL);
    }
    if (is == WOKEN_LEAD)
        lead(cm, w);
    return w->p.e;
}

enum err
committer_place(struct committer *cm, struct arena *a, struct cache *cache,
    const struct order_in *in, struct order_answer *out, struct fault *flt)
{
    struct waiting w;
    enum err e = placing_init(&w.p, a, in, out, flt);

    if (e != ERR_OK)
        return e;
    waiting_init(&w);
    e = queue_and_wait(cm, &w);
    waiting_done(&w);
    if (e == ERR_OK && !out->replayed)
        order_products_changed(cache, w.p.od.lines, w.p.od.n);
    return e;
}
