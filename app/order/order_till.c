/* The rules of the till. A batch is one transaction: the orders' rows are locked in the order
 * of their ids, then the payments', as everywhere; whoever is not plain then leaves it, and a
 * batch that fails is nobody's. */
#include "order/order_till.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/combine.h"
#include "base/crash.h"
#include "order/order_json.h"
#include "order/order_parts.h"

#define SCRATCH_CHUNK ((size_t)64 << 10)
#define MOST 32
#define ORDER_MAX ((size_t)1 << 20)

struct till {
    struct db_pool *pool;
    struct combine *begins, *ends;
    struct arena *begin_scratch, *end_scratch; /* of whoever works on a batch */
};

/* A caller's, while it waits. */
struct job {
    struct arena *a;
    struct order_pay *p;
    bool done;
};

/* What is left of a batch: out[i] is for in[i]. */
struct batch {
    struct arena *a;
    struct job **job;
    size_t n;
    int64_t now;
    struct payment *made;
};

/* Once each: of two clicks at once the second is told by what the first left. */
static void
gather(struct batch *b, void *const *job, size_t n)
{
    b->job = arena_calloc(b->a, n, sizeof(struct job *));
    b->n = 0;
    for (size_t i = 0; i < n; i++) {
        struct job *j = job[i];
        bool twin = false;

        for (size_t k = 0; k < b->n; k++)
            twin = twin || b->job[k]->p->id == j->p->id;
        if (!twin)
            b->job[b->n++] = j;
    }
}

/* Lock their orders; those that are not pending, or not theirs, leave. at[i] is for job[i]. */
static enum err
lock(struct db *db, struct batch *b, struct order_at *at)
{
    struct order_brief *o;
    int64_t *id = arena_calloc(b->a, b->n, sizeof(*id));
    size_t found, kept = 0;
    enum err e;

    for (size_t i = 0; i < b->n; i++)
        id[i] = b->job[i]->p->id;
    if ((e = order_store_lock_many(db, b->a, id, b->n, &o, &found)) != ERR_OK)
        return e;
    for (size_t i = 0; i < b->n; i++)
        for (size_t k = 0; k < found; k++) {
            struct job *j = b->job[i];
            const struct shopper *who = j->p->who;

            if (o[k].id != j->p->id || o[k].status != ORDER_PENDING ||
                (who != NULL && (o[k].account_id != who->account_id ||
                                    !str_eq(o[k].guest_hash, who->guest_hash))))
                continue;
            at[kept] = (struct order_at){.id = o[k].id, .event_n = o[k].event_n};
            b->made[kept] = (struct payment){.order_id = o[k].id,
                .amount = o[k].total,
                .currency = o[k].currency,
                .asked = j->p->asked};
            b->job[kept++] = j;
            break;
        }
    b->n = kept;
    return ERR_OK;
}

/* --- attempts --- */

/* One with an attempt that is open may be its repeat. */
static enum err
without_open(struct db *db, struct batch *b)
{
    int64_t *id = arena_calloc(b->a, b->n, sizeof(*id));
    bool *open = arena_calloc(b->a, b->n, sizeof(*open));
    size_t kept = 0;
    enum err e;

    for (size_t i = 0; i < b->n; i++)
        id[i] = b->made[i].order_id;
    if ((e = payment_open_among(db, b->a, id, b->n, open)) != ERR_OK)
        return e;
    for (size_t i = 0; i < b->n; i++) {
        if (open[i])
            continue;
        b->made[kept] = b->made[i];
        b->job[kept++] = b->job[i];
    }
    b->n = kept;
    return ERR_OK;
}

static enum err
begin_tx(struct db *db, void *arg)
{
    struct batch *b = arg;
    struct order_at *at = arena_calloc(b->a, b->n, sizeof(*at));
    enum err e = lock(db, b, at);

    if (e == ERR_OK && b->n > 0)
        e = without_open(db, b);
    if (e == ERR_OK && b->n > 0)
        e = payment_start_many(db, b->a, b->made, b->n, b->now);
    return e;
}

/* A batch may be tried again, by whoever is still in it. */
static bool
run(struct till *t, struct batch *b, enum err (*tx)(struct db *db, void *arg))
{
    struct db *db;
    enum err e;

    b->now = clock_ms();
    b->made = arena_calloc(b->a, b->n, sizeof(*b->made));
    if (db_acquire(t->pool, &db) != ERR_OK)
        return false;
    e = db_tx(db, tx, b);
    db_release(db);
    return e == ERR_OK;
}

static void
work_begin(void *arg, void *const *job, size_t n)
{
    struct till *t = arg;
    struct batch b = {.a = t->begin_scratch};
    bool ok;

    gather(&b, job, n);
    ok = run(t, &b, begin_tx);
    for (size_t i = 0; ok && i < b.n; i++) {
        struct job *j = b.job[i];

        j->p->pm = b.made[i];
        j->p->pm.reference = arena_str(j->a, b.made[i].reference);
        j->p->pm.currency = arena_str(j->a, b.made[i].currency);
        j->done = true;
    }
    CRASH_POINT("order.pay.attempted");
    arena_reset(b.a);
}

bool
till_begin(struct till *t, struct arena *a, struct order_pay *p)
{
    struct job j = {.a = a, .p = p};

    if (p->asked == PAY_PAGE || p->settle_ms > 0)
        return false;
    combine_run(t->begins, &j);
    return j.done;
}

/* --- what was said of them --- */

static enum err
end_tx(struct db *db, void *arg)
{
    struct batch *b = arg;
    struct order_at *at = arena_calloc(b->a, b->n, sizeof(*at));
    int64_t *id = arena_calloc(b->a, b->n, sizeof(*id));
    const struct order_change c = {.from = ORDER_PENDING, .to = ORDER_PAID, .now = b->now};
    enum err e = lock(db, b, at);

    for (size_t i = 0; i < b->n; i++) {
        const struct order_pay *p = b->job[i]->p;

        id[i] = p->pm.id;
        at[i].actor = order_actor(b->a, p->who);
        at[i].reason = p->pm.reference;
    }
    if (e != ERR_OK || b->n == 0)
        return e;
    if ((e = payment_succeed_many(db, b->a, id, b->n, b->now)) != ERR_OK)
        return e;
    CRASH_POINT("order.pay.succeeded");
    e = order_state_change_many(db, b->a, at, b->n, &c);
    CRASH_POINT("order.pay.before_commit");
    return e;
}

/* All that want to be told are, by few statements; one that is not reads for itself. */
static void
tell(struct till *t, struct batch *b)
{
    struct order *o = arena_calloc(b->a, b->n, sizeof(*o));
    int64_t *id = arena_calloc(b->a, b->n, sizeof(*id));
    size_t n = 0;
    struct jout j;
    struct buf out;
    struct db *db;
    enum err e;

    for (size_t i = 0; i < b->n; i++)
        if (b->job[i]->p->tell) {
            b->job[n] = b->job[i];
            id[n++] = b->job[i]->p->id;
        }
    if (n == 0 || db_acquire(t->pool, &db) != ERR_OK)
        return;
    e = order_get_many(db, b->a, id, n, o);
    db_release(db);
    for (size_t i = 0; e == ERR_OK && i < n; i++) {
        if (o[i].id == 0)
            continue;
        buf_init_arena(&out, b->job[i]->a, ORDER_MAX);
        jout_init(&j, &out);
        order_jout(&j, &o[i]);
        b->job[i]->p->order = buf_view(&out);
    }
}

static void
work_end(void *arg, void *const *job, size_t n)
{
    struct till *t = arg;
    struct batch b = {.a = t->end_scratch};
    bool ok;

    gather(&b, job, n);
    ok = run(t, &b, end_tx);
    for (size_t i = 0; ok && i < b.n; i++)
        b.job[i]->done = true;
    CRASH_POINT("order.pay.committed");
    if (ok)
        tell(t, &b);
    arena_reset(b.a);
}

bool
till_end(struct till *t, struct arena *a, struct order_pay *p)
{
    struct job j = {.a = a, .p = p};

    if (p->told.status != PAY_SUCCEEDED || !order_settle_same(&p->pm, &p->told))
        return false;
    combine_run(t->ends, &j);
    return j.done;
}

struct till *
till_new(struct db_pool *pool)
{
    struct till *t = calloc(1, sizeof(*t));

    if (t == NULL)
        abort();
    t->pool = pool;
    t->begin_scratch = arena_new(SCRATCH_CHUNK);
    t->end_scratch = arena_new(SCRATCH_CHUNK);
    t->begins = combine_new(MOST, work_begin, t);
    t->ends = combine_new(MOST, work_end, t);
    return t;
}

void
till_free(struct till *t)
{
    if (t == NULL)
        return;
    combine_free(t->begins);
    combine_free(t->ends);
    arena_free(t->begin_scratch);
    arena_free(t->end_scratch);
    free(t);
}
