/* The sweep over orders that were not paid in time: many are closed in one transaction, and
 * a transaction that fails is split until the order to blame is alone. Whoever sweeps beside
 * it passes over the rows locked here. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "coupon/coupon.h"
#include "order/order_parts.h"

#define SWEEP_MAX 10000
#define TOGETHER 256
/* A customer who is just paying keeps the goods: no attempt takes longer. */
#define IN_FLIGHT_MS INT64_C(30000)
/* A failure after this long was a wait for a lock: trying again would wait again. */
#define WAITED_US 1000000
/* Then the caller gets its turn: what is left is due at the next sweep too. */
#define SWEEP_US 5000000

struct sweep {
    struct db *db;
    struct arena *a;       /* the caller's: what outlives a transaction */
    struct arena *scratch; /* of one transaction */
    const struct lease *lease;
    int64_t now, until_us, closed;
    int64_t *product; /* that changed */
    size_t product_n, product_max;
    bool fenced; /* the lease has passed to another */
};

/* One transaction's part. */
struct slice {
    struct sweep *w;
    const int64_t *ids;
    size_t n;
    struct order_at *o;
    struct order_line *lines;
    size_t o_n, lines_n;
    bool waited;
};

static enum err
give_back(struct db *db, const struct slice *s)
{
    struct arena *a = s->w->scratch;
    struct stock_sale *back = arena_calloc(a, s->lines_n + 1, sizeof(*back));

    for (size_t i = 0; i < s->lines_n; i++)
        back[i] = (struct stock_sale){.sku_id = s->lines[i].sku_id,
            .quantity = s->lines[i].quantity,
            .order_line_id = s->lines[i].id};
    return stock_give_back_many(db, a, back, s->lines_n, STOCK_EXPIRE, "sweep");
}

/* The slots of their coupons, before any row of stock. */
static enum err
coupons_back(struct db *db, const struct slice *s)
{
    int64_t *ids = arena_calloc(s->w->scratch, s->o_n, sizeof(*ids));

    for (size_t i = 0; i < s->o_n; i++)
        ids[i] = s->o[i].id;
    return coupon_give_back(db, s->w->scratch, ids, s->o_n, s->w->now);
}

static enum err
steps(struct db *db, struct slice *s)
{
    struct sweep *w = s->w;
    const struct order_change c = {.from = ORDER_PENDING,
        .to = ORDER_EXPIRED,
        .actor = "sweep",
        .reason = STR("not paid in time"),
        .now = w->now};
    enum err e;

    e = order_store_due_lock(db, w->scratch, s->ids, s->n, w->now,
        w->now - IN_FLIGHT_MS, &s->o, &s->o_n);
    if (e != ERR_OK || s->o_n == 0)
        return e;
    e = order_store_units_many(db, w->scratch, s->o, s->o_n, &s->lines, &s->lines_n);
    if (e == ERR_OK)
        e = order_state_change_many(db, w->scratch, s->o, s->o_n, &c);
    CRASH_POINT("order.expire.status");
    if (e == ERR_OK)
        e = coupons_back(db, s);
    if (e == ERR_OK)
        e = give_back(db, s);
    CRASH_POINT("order.expire.before_commit");
    if (e != ERR_OK || w->lease == NULL)
        return e;
    /* Last, so that its row is locked for no longer than the COMMIT takes. */
    e = lease_keep(db, w->lease);
    w->fenced = e == ERR_CONFLICT;
    return e;
}

static enum err
slice_tx(struct db *db, void *arg)
{
    struct slice *s = arg;
    int64_t t0 = clock_mono_us();
    enum err e;

    arena_reset(s->w->scratch);
    s->o_n = s->lines_n = 0;
    e = steps(db, s);
    s->waited = (e == ERR_BUSY || e == ERR_UPSTREAM) &&
                clock_mono_us() - t0 >= WAITED_US;
    return s->waited ? ERR_UPSTREAM : e;
}

static void
closed(struct sweep *w, const struct slice *s)
{
    size_t need = w->product_n + s->lines_n;

    w->closed += (int64_t)s->o_n;
    if (need > w->product_max) {
        int64_t *more = arena_calloc(w->a, 2 * need, sizeof(*more));

        for (size_t i = 0; i < w->product_n; i++)
            more[i] = w->product[i];
        w->product = more;
        w->product_max = 2 * need;
    }
    for (size_t i = 0; i < s->lines_n; i++)
        w->product[w->product_n++] = s->lines[i].product_id;
}

/* ERR_OK: closed, or not ours to close any more. *again: its orders one by one may fare
 * better. */
static enum err
close_slice(struct sweep *w, const int64_t *ids, size_t n, bool *again)
{
    struct slice s = {.w = w, .ids = ids, .n = n};
    enum err e = db_tx(w->db, slice_tx, &s);

    CRASH_POINT("order.expire.committed");
    *again = false;
    if (e == ERR_OK)
        closed(w, &s);
    else if (!w->fenced)
        *again = e != ERR_UPSTREAM || s.waited;
    return e;
}

/* It failed as a whole: halves, down to the one order that cannot be closed, which is tried
 * again by the next sweep. */
static enum err
split(struct sweep *w, const int64_t *ids, size_t n)
{
    bool again;
    enum err e;

    if (clock_mono_us() >= w->until_us)
        return ERR_OK;
    if (n == 1) {
        e = close_slice(w, ids, 1, &again);
        if (again)
            log_warn("order", "event=expire_failed order=%" PRId64 " status=%d", ids[0],
                err_status(e));
        return again ? ERR_OK : e;
    }
    for (size_t half = 0; half < 2; half++) {
        const int64_t *at = half == 0 ? ids : ids + n / 2;
        size_t at_n = half == 0 ? n / 2 : n - n / 2;

        e = close_slice(w, at, at_n, &again);
        if (again)
            e = split(w, at, at_n);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

/* Slice by slice; those that fail wait until all others are through. */
static enum err
close_all(struct sweep *w, const int64_t *ids, size_t n)
{
    size_t at, step, aside_n = 0;
    size_t *aside = arena_calloc(w->a, n / TOGETHER + 1, sizeof(*aside));
    enum err e = ERR_OK;
    bool again;

    for (at = 0; at < n; at += step) {
        step = n - at < TOGETHER ? n - at : TOGETHER;
        e = close_slice(w, ids + at, step, &again);
        if (again)
            aside[aside_n++] = at;
        else if (e != ERR_OK)
            return e;
    }
    for (size_t i = 0; i < aside_n; i++) {
        at = aside[i];
        step = n - at < TOGETHER ? n - at : TOGETHER;
        log_info("order", "event=expire_split orders=%zu", step);
        if ((e = split(w, ids + at, step)) != ERR_OK)
            return e;
    }
    return ERR_OK;
}

enum err
order_expire_fenced(struct db *db, struct arena *a, struct cache *cache,
    const struct lease *lease, int64_t now_ms, int64_t limit, int64_t *n)
{
    struct sweep w = {.db = db, .a = a, .lease = lease, .now = now_ms};
    int64_t *ids;
    size_t ids_n;
    enum err e;

    *n = 0;
    if (limit < 1)
        return ERR_OK;
    e = order_store_due(db, a, now_ms, now_ms - IN_FLIGHT_MS,
        limit < SWEEP_MAX ? limit : SWEEP_MAX, &ids, &ids_n);
    if (e != ERR_OK)
        return e;
    w.until_us = clock_mono_us() + SWEEP_US;
    if (ids_n > 0) {
        w.scratch = arena_new((size_t)256 << 10);
        e = close_all(&w, ids, ids_n);
        catalog_changed_many(cache, w.product, w.product_n);
        arena_free(w.scratch);
    }
    *n = w.closed;
    return e;
}

enum err
order_expire_these(struct db *db, struct arena *a, struct cache *cache,
    const int64_t *ids, size_t n, int64_t now_ms, int64_t *closed)
{
    struct sweep w = {.db = db, .a = a, .now = now_ms};
    enum err e;

    w.until_us = clock_mono_us() + SWEEP_US;
    w.scratch = arena_new((size_t)256 << 10);
    e = close_all(&w, ids, n);
    catalog_changed_many(cache, w.product, w.product_n);
    arena_free(w.scratch);
    *closed = w.closed;
    return e;
}

enum err
order_expire_due(struct db *db, struct arena *a, struct cache *cache, int64_t now_ms,
    int64_t limit, int64_t *n)
{
    return order_expire_fenced(db, a, cache, NULL, now_ms, limit, n);
}

enum err
order_due_lag(struct db *db, struct arena *a, int64_t now_ms, int64_t *ms)
{
    return order_store_due_lag(db, a, now_ms, now_ms - IN_FLIGHT_MS, ms);
}

enum err
order_any_due(struct db *db, struct arena *a, int64_t now_ms, bool *any)
{
    int64_t *ids;
    size_t n = 0;
    enum err e = order_store_due(db, a, now_ms, now_ms - IN_FLIGHT_MS, 1, &ids, &n);

    *any = n > 0;
    return e;
}
