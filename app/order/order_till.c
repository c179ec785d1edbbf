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
/* A batch's statements cost about what so long a wait brings in at its load. */
#define LINGER_US 2000
#define ORDER_MAX ((size_t)1 << 20)

struct till {
    struct db_pool *pool;
    struct combine *work;
    struct arena *scratch; /* of whoever works on a batch */
};

/* A caller's, while it waits: an attempt to write, or what was said of one. */
struct job {
    struct arena *a;
    struct order_pay *p;
    bool end, done;
};

/* Of a batch, those who want the same: made[i] and at[i] are for job[i]. */
struct part {
    struct job **job;
    size_t n;
    struct payment *made;
    struct order_at *at;
};
struct batch {
    struct arena *a;
    struct part begin, end; /* whoever is left of it */
    int64_t now;
};

static bool
has(const struct part *p, int64_t order_id)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->job[i]->p->id == order_id)
            return true;
    return false;
}

static void
part_init(struct part *p, struct arena *a, size_t n)
{
    p->job = arena_calloc(a, n, sizeof(struct job *));
    p->made = arena_calloc(a, n, sizeof(*p->made));
    p->at = arena_calloc(a, n, sizeof(*p->at));
}

/* An order once: of two clicks at once the second is told by what the first left. */
static void
gather(struct batch *b, void *const *job, size_t n)
{
    part_init(&b->begin, b->a, n);
    part_init(&b->end, b->a, n);
    for (size_t i = 0; i < n; i++) {
        struct job *j = job[i];
        struct part *p = j->end ? &b->end : &b->begin;

        if (!has(&b->begin, j->p->id) && !has(&b->end, j->p->id))
            p->job[p->n++] = j;
    }
}

/* Those whose orders are pending, and theirs. */
static void
keep(struct part *p, const struct order_brief *o, size_t found)
{
    size_t kept = 0;

    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < found; k++) {
            struct job *j = p->job[i];
            const struct shopper *who = j->p->who;

            if (o[k].id != j->p->id || o[k].status != ORDER_PENDING ||
                (who != NULL && (o[k].account_id != who->account_id ||
                                    !str_eq(o[k].guest_hash, who->guest_hash))))
                continue;
            p->at[kept] = (struct order_at){.id = o[k].id, .event_n = o[k].event_n};
            p->made[kept] = (struct payment){.order_id = o[k].id,
                .amount = o[k].total,
                .currency = o[k].currency,
                .asked = j->p->asked};
            p->job[kept++] = j;
            break;
        }
    p->n = kept;
}

static enum err
lock(struct db *db, struct batch *b)
{
    struct order_brief *o;
    int64_t *id = arena_calloc(b->a, b->begin.n + b->end.n + 1, sizeof(*id));
    size_t found, n = 0;
    enum err e;

    for (size_t i = 0; i < b->begin.n; i++)
        id[n++] = b->begin.job[i]->p->id;
    for (size_t i = 0; i < b->end.n; i++)
        id[n++] = b->end.job[i]->p->id;
    if (n == 0)
        return ERR_OK;
    if ((e = order_store_lock_many(db, b->a, id, n, &o, &found)) != ERR_OK)
        return e;
    keep(&b->begin, o, found);
    keep(&b->end, o, found);
    return ERR_OK;
}

/* --- attempts --- */

/* One with an attempt that is open may be its repeat. */
static enum err
without_open(struct db *db, struct batch *b)
{
    struct part *p = &b->begin;
    int64_t *id = arena_calloc(b->a, p->n, sizeof(*id));
    bool *open = arena_calloc(b->a, p->n, sizeof(*open));
    size_t kept = 0;
    enum err e;

    for (size_t i = 0; i < p->n; i++)
        id[i] = p->made[i].order_id;
    if ((e = payment_open_among(db, b->a, id, p->n, open)) != ERR_OK)
        return e;
    for (size_t i = 0; i < p->n; i++) {
        if (open[i])
            continue;
        p->made[kept] = p->made[i];
        p->job[kept++] = p->job[i];
    }
    p->n = kept;
    return ERR_OK;
}

static enum err
begin(struct db *db, struct batch *b)
{
    enum err e = b->begin.n > 0 ? without_open(db, b) : ERR_OK;

    if (e == ERR_OK && b->begin.n > 0)
        e = payment_start_many(db, b->a, b->begin.made, b->begin.n, b->now);
    return e;
}

/* --- what was said of them --- */

static enum err
end(struct db *db, struct batch *b)
{
    const struct order_change c = {.from = ORDER_PENDING, .to = ORDER_PAID, .now = b->now};
    struct part *p = &b->end;
    int64_t *id = arena_calloc(b->a, p->n + 1, sizeof(*id));
    enum err e;

    for (size_t i = 0; i < p->n; i++) {
        const struct order_pay *of = p->job[i]->p;

        id[i] = of->pm.id;
        p->at[i].actor = order_actor(b->a, of->who);
        p->at[i].reason = of->pm.reference;
    }
    if (p->n == 0)
        return ERR_OK;
    if ((e = payment_succeed_many(db, b->a, id, p->n, b->now)) != ERR_OK)
        return e;
    CRASH_POINT("order.pay.succeeded");
    e = order_state_change_many(db, b->a, p->at, p->n, &c);
    CRASH_POINT("order.pay.before_commit");
    return e;
}

/* All that want to be told are, by few statements; one that is not reads for itself. */
static void
tell(struct till *t, struct batch *b)
{
    const struct part *p = &b->end;
    struct order *o = arena_calloc(b->a, p->n + 1, sizeof(*o));
    struct job **job = arena_calloc(b->a, p->n + 1, sizeof(struct job *));
    int64_t *id = arena_calloc(b->a, p->n + 1, sizeof(*id));
    size_t n = 0;
    struct jout j;
    struct buf out;
    struct db *db;
    enum err e;

    for (size_t i = 0; i < p->n; i++)
        if (p->job[i]->p->tell) {
            job[n] = p->job[i];
            id[n++] = p->job[i]->p->id;
        }
    if (n == 0 || db_acquire(t->pool, &db) != ERR_OK)
        return;
    e = order_get_many(db, b->a, id, n, o);
    db_release(db);
    for (size_t i = 0; e == ERR_OK && i < n; i++) {
        if (o[i].id == 0)
            continue;
        buf_init_arena(&out, job[i]->a, ORDER_MAX);
        jout_init(&j, &out);
        order_jout(&j, &o[i]);
        job[i]->p->order = buf_view(&out);
    }
}

/* --- a batch --- */

/* It may be tried again, by whoever is still in it. */
static enum err
batch_tx(struct db *db, void *arg)
{
    struct batch *b = arg;
    enum err e = lock(db, b);

    if (e == ERR_OK)
        e = begin(db, b);
    return e == ERR_OK ? end(db, b) : e;
}

static bool
run(struct till *t, struct batch *b)
{
    struct db *db;
    enum err e;

    b->now = clock_ms();
    if (db_acquire(t->pool, &db) != ERR_OK)
        return false;
    e = db_tx(db, batch_tx, b);
    db_release(db);
    return e == ERR_OK;
}

static void
done(struct batch *b)
{
    for (size_t i = 0; i < b->begin.n; i++) {
        struct job *j = b->begin.job[i];

        j->p->pm = b->begin.made[i];
        j->p->pm.reference = arena_str(j->a, j->p->pm.reference);
        j->p->pm.currency = arena_str(j->a, j->p->pm.currency);
        j->done = true;
    }
    for (size_t i = 0; i < b->end.n; i++)
        b->end.job[i]->done = true;
}

static void
work(void *arg, void *const *job, size_t n)
{
    struct till *t = arg;
    struct batch b = {.a = t->scratch};
    bool ok, begun;

    gather(&b, job, n);
    begun = b.begin.n > 0;
    ok = run(t, &b);
    if (ok)
        done(&b);
    if (begun)
        CRASH_POINT("order.pay.attempted");
    if (ok && b.end.n > 0) {
        CRASH_POINT("order.pay.committed");
        tell(t, &b);
    }
    arena_reset(b.a);
}

bool
till_begin(struct till *t, struct arena *a, struct order_pay *p)
{
    struct job j = {.a = a, .p = p};

    if (p->asked == PAY_PAGE || p->settle_ms > 0)
        return false;
    combine_run(t->work, &j);
    return j.done;
}

bool
till_end(struct till *t, struct arena *a, struct order_pay *p)
{
    struct job j = {.a = a, .p = p, .end = true};

    if (p->told.status != PAY_SUCCEEDED || !order_settle_same(&p->pm, &p->told))
        return false;
    combine_run(t->work, &j);
    return j.done;
}

struct till *
till_new(struct db_pool *pool)
{
    struct till *t = calloc(1, sizeof(*t));

    if (t == NULL)
        abort();
    t->pool = pool;
    t->scratch = arena_new(SCRATCH_CHUNK);
    t->work = combine_new(MOST, LINGER_US, work, t);
    return t;
}

void
till_free(struct till *t)
{
    if (t == NULL)
        return;
    combine_free(t->work);
    arena_free(t->scratch);
    free(t);
}
