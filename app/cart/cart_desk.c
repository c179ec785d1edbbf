/* The queue of carts' changes. A shopper's second change waits for the next batch, where it
 * finds what the first has made of the cart. */
#include "cart/cart_desk.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/clock.h"

#define SCRATCH_CHUNK ((size_t)64 << 10)
/* Whoever waited longer is gone, or tired. */
#define WAIT_US INT64_C(5000000)

struct cart_desk {
    struct db_pool *pool;
    struct arena *scratch;
    struct batcher *batcher;
};

static struct cart_errand *
errand_of(struct batcher_job *job)
{
    return (struct cart_errand *)(void *)((char *)job - offsetof(struct cart_errand, job));
}

static bool
same_shopper(const struct shopper *a, const struct shopper *b)
{
    return a->account_id == b->account_id && str_eq(a->guest_hash, b->guest_hash);
}

/* Of those that are left, the first of each shopper; the others stay, in their order. */
static size_t
take(struct cart_errand **left, size_t *n, struct cart_errand **out)
{
    size_t taken = 0, kept = 0;

    for (size_t i = 0; i < *n; i++) {
        size_t k = 0;

        while (k < taken && !same_shopper(left[i]->change.who, out[k]->change.who))
            k++;
        if (k < taken)
            left[kept++] = left[i];
        else
            out[taken++] = left[i];
    }
    *n = kept;
    return taken;
}

static void
change(struct cart_desk *d, struct db *db, struct cart_errand *const *one, size_t n)
{
    struct cart_change *c[CART_CHANGES_MAX];

    for (size_t i = 0; i < n; i++)
        c[i] = &one[i]->change;
    cart_change(db, d->scratch, c, n);
    if (n == 1 || (c[0]->e != ERR_BUSY && c[0]->e != ERR_INTERNAL))
        return;
    /* Nothing was written: what stopped one of them need not stop the others. */
    for (size_t i = 0; i < n; i++)
        cart_change(db, d->scratch, &c[i], 1);
}

/* The item's texts are the batch's, and go with it. */
static void
hand_back(struct cart_errand *one)
{
    struct sku_info *s = &one->change.item.sku;

    if (one->change.e == ERR_OK) {
        s->sku = arena_str(one->a, s->sku);
        s->name = arena_str(one->a, s->name);
        s->currency = arena_str(one->a, s->currency);
        s->slug = arena_str(one->a, s->slug);
        s->image = STR_NULL;
    }
    one->done(one->arg);
}

static void
change_all(struct cart_desk *d, struct cart_errand *const *one, size_t n)
{
    struct db *db;
    enum err e = db_acquire(d->pool, &db);

    for (size_t i = 0; i < n; i++)
        one[i]->change.e = e;
    if (e == ERR_OK) {
        change(d, db, one, n);
        db_release(db);
    }
    for (size_t i = 0; i < n; i++)
        hand_back(one[i]);
    arena_reset(d->scratch);
}

static void
work(void *arg, struct batcher_job *const *job, size_t n)
{
    struct cart_errand *left[BATCHER_MOST], *now[BATCHER_MOST];
    const int64_t late_us = clock_mono_us() - WAIT_US;
    struct cart_desk *d = arg;
    size_t i, at_once, left_n = 0;

    for (i = 0; i < n; i++) {
        struct cart_errand *one = errand_of(job[i]);

        if (job[i]->since_us >= late_us) {
            left[left_n++] = one;
            continue;
        }
        one->change.e = ERR_BUSY;
        hand_back(one);
    }
    while (left_n > 0) {
        at_once = take(left, &left_n, now);
        change_all(d, now, at_once);
    }
}

struct cart_desk *
cart_desk_new(const struct db_conf *c)
{
    struct cart_desk *d = calloc(1, sizeof(*d));
    struct db_conf own = *c;

    if (d == NULL)
        abort();
    own.size = 1;
    d->pool = db_pool_new(&own);
    d->scratch = arena_new(SCRATCH_CHUNK);
    d->batcher = batcher_new(CART_CHANGES_MAX, work, d);
    return d;
}

void
cart_desk_submit(struct cart_desk *d, struct cart_errand *one)
{
    batcher_add(d->batcher, &one->job);
}

void
cart_desk_trim(struct cart_desk *d)
{
    db_pool_trim(d->pool);
}

void
cart_desk_free(struct cart_desk *d)
{
    if (d == NULL)
        return;
    batcher_free(d->batcher);
    db_pool_free(d->pool);
    arena_free(d->scratch);
    free(d);
}
