/* Settling a batch of orders: a transaction that fails as a whole is tried again, one
 * that fails for an order's sake is split until that order is alone, one that waited in vain
 * for stock goes on without the orders that need it, and a COMMIT whose answer was lost is
 * looked up. All of it within a time limit. */
#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/rand.h"
#include "order/order_batch.h"
#include "shop_metrics.h"

#define TRIES_MAX 3
#define TRIES_MANY_MAX 2 /* before a batch of several is split */
#define LIMIT_US 5000000
#define FIND_TRIES 3
#define PAUSE_MS 2
#define WARY_BATCHES 32
#define PAUSE_SPREAD_MS 10

struct run {
    struct batch_source *from;
    struct arena *a;
    int64_t until_us;
};

/* How a try ended that placed nothing. */
struct failure {
    enum err e;
    bool again;    /* nothing happened, another try may fare better */
    bool whole;    /* no order's fault: splitting would not help */
    bool key_wait; /* an order with the same key still runs elsewhere */
    bool stock_wait; /* somebody sits on a row of stock */
};

static void
pause_a_little(int tries)
{
    clock_sleep_ms(tries * (PAUSE_MS + (int64_t)rand_below(PAUSE_SPREAD_MS)));
}

/* COMMIT was sent and no answer came, or none that tells. The read waits for the rows as
 * long as their transaction lives, so what it finds is final. ERR_OK: all is there;
 * ERR_BUSY: nothing is, nor will be; ERR_UPSTREAM: not to be learned now. */
static enum err
find_out(struct run *r, struct batch *b)
{
    size_t found = 0;
    struct db *db;
    enum err e = ERR_UPSTREAM;

    for (int i = 0; r->from->pool != NULL && i < FIND_TRIES; i++) {
        pause_a_little(i);
        if ((e = db_acquire(r->from->pool, &db)) != ERR_OK)
            continue;
        e = batch_store_count(db, b->a, b->placed, b->placed_n, &found);
        db_release(db);
        if (e == ERR_OK)
            break;
    }
    log_warn("order", "event=commit_lost orders=%zu found=%zu status=%d", b->placed_n,
        found, err_status(e));
    if (e != ERR_OK)
        return ERR_UPSTREAM;
    return found == b->placed_n ? ERR_OK : ERR_BUSY;
}

static enum err
try_once(struct run *r, const struct batch *how, struct failure *f)
{
    struct batch b = *how;
    struct db *db = r->from->db;
    enum err e = ERR_OK;

    if (db == NULL)
        e = db_acquire(r->from->pool, &db);
    if (e != ERR_OK) {
        *f = (struct failure){.e = e, .whole = true};
        return e;
    }
    e = db_tx(db, order_batch_tx, &b);
    CRASH_POINT("order.place.committed");
    if (r->from->db == NULL)
        db_release(db);
    *f = (struct failure){.e = e, .key_wait = b.key_wait, .stock_wait = b.stock_wait};
    if (b.ready && e != ERR_OK && e != ERR_BUSY) {
        e = f->e = find_out(r, &b);
        f->again = e == ERR_BUSY;
        f->whole = true;
    } else if (b.waited) {
        f->e = ERR_BUSY;
    } else if (e == ERR_CONFLICT) {
        f->again = true; /* a key, a number or another's order came in between */
    } else if (e == ERR_UPSTREAM) {
        f->again = r->from->db == NULL; /* the connection was lost before COMMIT */
        f->whole = true;
    }
    return e;
}

static enum err
try_some(struct run *r, struct placing **p, size_t n, struct failure *f)
{
    const int most = n > 1 ? TRIES_MANY_MAX : TRIES_MAX;
    const bool impatient = r->from->impatient;
    struct batch b = {.a = r->a,
        .p = p,
        .n = n,
        .careful = impatient || r->from->wary > 0,
        .impatient = impatient};
    enum err e;

    for (int tries = 1;; tries++) {
        e = try_once(r, &b, f);
        if (e != ERR_OK && f->stock_wait && n > 1 && !b.impatient) {
            b.careful = b.impatient = true;
            continue;
        }
        if (e == ERR_OK || !f->again || clock_mono_us() >= r->until_us)
            return e;
        if (tries >= (f->whole ? TRIES_MAX : most))
            return e;
        metric_add(r->from->metrics, METRIC_DB_RETRIES, RETRIES_BATCH, 1);
        if (e == ERR_CONFLICT && !b.careful) {
            b.careful = true;
            r->from->wary = WARY_BATCHES;
            continue;
        }
        pause_a_little(tries);
    }
}

/* Nothing more is tried for these. */
static void
give_up(struct placing **p, size_t n, const struct failure *f)
{
    enum err e = f->e;

    if (e == ERR_CONFLICT || e == ERR_INVALID) {
        /* The schema refuses what this program let pass. */
        log_error("order", "event=insert_refused orders=%zu", n);
        e = ERR_INTERNAL;
    }
    for (size_t i = 0; i < n; i++) {
        fault_clear(p[i]->flt);
        placing_close(p[i], e);
        p[i]->put_off = false;
    }
    if (n == 1 && f->key_wait) {
        if (p[0]->flt != NULL)
            p[0]->flt->retry_after = 1;
        p[0]->e = fault_set(p[0]->flt, ERR_CONFLICT, "request_in_progress",
            "A request with this Idempotency-Key is still running.");
    }
}

static void
settle(struct run *r, struct placing **p, size_t n)
{
    struct failure f;

    if (try_some(r, p, n, &f) == ERR_OK)
        return;
    if (n == 1 || f.whole || clock_mono_us() >= r->until_us) {
        give_up(p, n, &f);
        return;
    }
    metric_add(r->from->metrics, METRIC_BATCH_SPLITS, 0, 1);
    log_info("order", "event=batch_split orders=%zu status=%d", n, err_status(f.e));
    settle(r, p, n / 2);
    settle(r, p + n / 2, n - n / 2);
}

void
order_batch_settle(struct batch_source *s, struct arena *scratch,
    struct placing **p, size_t n)
{
    struct run r = {.from = s, .a = scratch, .until_us = clock_mono_us() + LIMIT_US};

    s->wary -= s->wary > 0;
    if (n > 0)
        settle(&r, p, n);
}
