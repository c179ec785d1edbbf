/* What a shopper's unpaid orders may hold: so many orders and so many units. Each owner has a
 * row of figures that the schema keeps under its cap; a batch adds to all of its owners' rows
 * with one statement, and only when that is refused, or the stock is short, looks at what each
 * holds. */
#include <inttypes.h>
#include <stdlib.h>

#include "order/order_batch.h"

/* Some of it is paid or given back by then, or the next try is told the same. */
#define RETRY_AFTER_S 60

static int
by_owner(const void *x, const void *y)
{
    const struct hold *a = x, *b = y;

    return str_cmp(a->owner, b->owner);
}

/* The owners of these orders, each once, ascending, with nothing held. */
static size_t
owners(struct batch *b, struct placing *const *p, size_t n, struct hold **out)
{
    struct hold *h = arena_calloc(b->a, n + 1, sizeof(*h));
    size_t i, all = 0, kept = 0;

    for (i = 0; i < n; i++) {
        const struct order_cap *c = &p[i]->in.cap;

        if (c->owner.p != NULL)
            h[all++] = (struct hold){
                .owner = c->owner, .orders_max = c->orders, .units_max = c->units};
    }
    qsort(h, all, sizeof(*h), by_owner);
    for (i = 0; i < all; i++)
        if (kept == 0 || !str_eq(h[i].owner, h[kept - 1].owner))
            h[kept++] = h[i];
    *out = h;
    return kept;
}

/* The place of its owner, which is among them. */
static size_t
place_of(const struct hold *h, size_t n, const struct placing *p)
{
    size_t lo = 0, hi = n;

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        if (str_cmp(h[mid].owner, p->in.cap.owner) <= 0)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static int64_t
units_of(const struct placing *p)
{
    int64_t units = 0;

    for (size_t i = 0; i < p->od.n; i++)
        units += p->od.lines[i].quantity;
    return units;
}

enum err
batch_hold_begin(struct db *db, struct batch *b)
{
    b->held_n = owners(b, b->p, b->n, &b->held);
    return b->held_n > 0 ? hold_store_lock(db, b->a, b->held, b->held_n) : ERR_OK;
}

static void
refuse(struct placing *p)
{
    const struct order_cap *c = &p->in.cap;

    if (p->flt != NULL)
        p->flt->retry_after = RETRY_AFTER_S;
    placing_close(p,
        fault_set(p->flt, ERR_LIMIT, "too_many_pending",
            "Unpaid orders may hold at most %" PRId64 " orders and %" PRId64
            " units at a time: pay or cancel one first.",
            c->orders, c->units));
}

bool
batch_hold_room(struct batch *b, struct placing *p)
{
    const struct hold *h;

    if (b->held_n == 0 || p->in.cap.owner.p == NULL)
        return true;
    h = &b->held[place_of(b->held, b->held_n, p)];
    if (h->orders + 1 <= h->orders_max && h->units + units_of(p) <= h->units_max)
        return true;
    refuse(p);
    return false;
}

void
batch_hold_count(struct batch *b, const struct placing *p)
{
    struct hold *h;

    if (b->held_n == 0 || p->in.cap.owner.p == NULL)
        return;
    h = &b->held[place_of(b->held, b->held_n, p)];
    h->orders++;
    h->units += units_of(p);
}

enum err
batch_hold_write(struct db *db, struct batch *b)
{
    struct hold *add, *h;
    size_t n = owners(b, b->placed, b->placed_n, &add);
    enum err e;

    for (size_t i = 0; i < b->placed_n; i++) {
        if (b->placed[i]->in.cap.owner.p == NULL)
            continue;
        h = &add[place_of(add, n, b->placed[i])];
        h->orders++;
        h->units += units_of(b->placed[i]);
    }
    if (n == 0)
        return ERR_OK;
    e = hold_store_add(db, b->a, add, n);
    return e == ERR_INVALID ? ERR_CONFLICT : e; /* and with care, by what each holds */
}

enum err
order_forget_holds(struct db *db, int64_t limit, int64_t *n)
{
    return hold_store_forget(db, limit, n);
}
