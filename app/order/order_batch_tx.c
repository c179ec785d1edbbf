/* The transaction that places a batch of orders. Everything is read and computed first;
 * the orders are admitted first come first served against what is left, all lines or none;
 * those admitted are written with a few multi-row statements, and the stock is taken last,
 * in sku_id order. A refused order writes nothing, so it cannot hurt the others.
 *
 * While there is plenty, "what is left" is what was read without a lock: the rows of stock
 * are held for one statement and the COMMIT, and batches of several connections overlap.
 * The statement that takes the stock decides: when it meets less, or when a key is there
 * already, the whole is tried again with care, which looks the keys up and locks the rows
 * of stock first. So does a batch that sees little left. An impatient one waits for none of
 * these rows: orders that need one which somebody holds are put off, the others go on. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "cart/cart.h"
#include "order/order_batch.h"

/* What was read without a lock is believed while it is this many times what is asked for. */
#define PLENTY 4
/* A failure after this long was a wait for a lock: trying again would wait again. */
#define WAITED_US 1000000

/* The statement's own time limit may end the wait first, as ERR_UPSTREAM. */
static bool
long_wait(enum err e, int64_t since_us)
{
    return (e == ERR_BUSY || e == ERR_UPSTREAM) && clock_mono_us() - since_us >= WAITED_US;
}

static bool
has_cart(const struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->p[i]->in.want == NULL)
            return true;
    return false;
}

/* Answer the repeats: their keys are there already. */
static enum err
known_answer(struct db *db, struct batch *b)
{
    struct known_key *k;
    size_t i, j, k_n = 0;
    enum err e = batch_store_known(db, b->a, b->p, b->n, &k, &k_n);

    for (i = 0; e == ERR_OK && i < k_n; i++) {
        for (j = 0; j < b->n; j++) {
            struct placing *p = b->p[j];

            if (p->once.key.p != NULL && str_eq(p->once.key, k[i].key) &&
                str_eq(p->once.scope, k[i].scope))
                placing_close(
                    p, order_idem_replay(p->a, &p->once, &k[i].row, p->out, p->flt));
        }
    }
    return e;
}

/* Carts are locked before anything is read, the keys included: two orders at once cannot both
 * have a cart's lines, and the one that had to wait finds the key of the one that emptied it
 * (a second click, answered by another process) instead of an empty cart. */
static enum err
carts_lock(struct db *db, struct batch *b)
{
    int64_t cart_id;
    enum err e = ERR_OK;

    for (size_t i = 0; i < b->n && e == ERR_OK; i++)
        if (b->p[i]->in.want == NULL)
            e = cart_lock(db, b->a, &b->p[i]->in.who, &cart_id);
    return e;
}

static int
by_id(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}

/* The SKUs that the open orders want, in sku_id order, so that batches of other processes
 * queue for their rows instead of deadlocking. */
static void
stock_list(struct batch *b)
{
    size_t i, j, all = 0, kept = 0;

    for (i = 0; i < b->n; i++)
        all += b->p[i]->open ? b->p[i]->od.n : 0;
    b->sku_id = arena_calloc(b->a, all + 1, sizeof(*b->sku_id));
    b->left = arena_calloc(b->a, all + 1, sizeof(*b->left));
    all = 0;
    for (i = 0; i < b->n; i++)
        for (j = 0; b->p[i]->open && j < b->p[i]->od.n; j++)
            b->sku_id[all++] = b->p[i]->od.lines[j].sku_id;
    qsort(b->sku_id, all, sizeof(*b->sku_id), by_id);
    for (i = 0; i < all; i++)
        if (kept == 0 || b->sku_id[i] != b->sku_id[kept - 1])
            b->sku_id[kept++] = b->sku_id[i];
    b->sku_n = kept;
}

static int64_t *
left_of(const struct batch *b, int64_t sku_id)
{
    const int64_t *at = bsearch(&sku_id, b->sku_id, b->sku_n, sizeof(sku_id), by_id);

    return &b->left[at - b->sku_id];
}

/* Is there, by what was read with the prices, far more than they all want together? Then
 * that is what is left. */
static bool
stock_plenty(struct batch *b)
{
    int64_t *wanted = arena_calloc(b->a, b->sku_n + 1, sizeof(*wanted));
    size_t i, j;

    for (i = 0; i < b->n; i++) {
        for (j = 0; b->p[i]->open && j < b->p[i]->od.n; j++) {
            int64_t *left = left_of(b, b->p[i]->od.lines[j].sku_id);

            *left = b->p[i]->sku[j].available;
            wanted[left - b->left] += b->p[i]->od.lines[j].quantity;
        }
    }
    for (i = 0; i < b->sku_n; i++)
        if (b->left[i] / PLENTY < wanted[i])
            return false;
    return true;
}

/* Rows of holds are locked before rows of stock, by everybody. */
static enum err
stock_look(struct db *db, struct batch *b)
{
    int64_t t0;
    enum err e;

    stock_list(b);
    if (!b->careful && stock_plenty(b))
        return ERR_OK;
    if ((e = batch_hold_begin(db, b)) != ERR_OK)
        return e;
    if (b->impatient)
        return stock_lock_free(db, b->a, b->sku_id, b->sku_n, b->left);
    t0 = clock_mono_us();
    e = stock_lock_many(db, b->a, b->sku_id, b->sku_n, b->left);
    b->stock_wait = long_wait(e, t0);
    return e;
}

static bool
row_held(const struct batch *b, const struct placing *p)
{
    for (size_t i = 0; i < p->od.n; i++)
        if (*left_of(b, p->od.lines[i].sku_id) == STOCK_LOCKED)
            return true;
    return false;
}

static void
put_off(struct placing *p)
{
    fault_clear(p->flt);
    placing_close(p, ERR_BUSY);
    p->put_off = true;
}

static size_t
short_lines(const struct batch *b, const struct placing *p)
{
    size_t i, n = 0;

    for (i = 0; i < p->od.n; i++)
        n += *left_of(b, p->od.lines[i].sku_id) < p->od.lines[i].quantity;
    return n;
}

static void
refuse_short(const struct batch *b, struct placing *p, size_t n)
{
    fault_clear(p->flt); /* of its price, which does not matter any more */
    for (size_t i = 0; i < p->od.n; i++) {
        int64_t left = *left_of(b, p->od.lines[i].sku_id);

        if (left < p->od.lines[i].quantity)
            placing_short_line(p, i, left);
    }
    placing_short(p, n);
}

/* First come, first served; whoever is refused takes nothing. */
static void
admit(struct batch *b)
{
    size_t i, j, n;
    enum err e;

    b->placed = arena_calloc(b->a, b->n, sizeof(struct placing *));
    for (i = 0; i < b->n; i++) {
        struct placing *p = b->p[i];

        if (!p->open)
            continue;
        if (row_held(b, p)) {
            put_off(p);
        } else if ((n = short_lines(b, p)) > 0) {
            refuse_short(b, p, n);
        } else if (p->priced != ERR_OK) {
            placing_close(p, p->priced);
        } else if (!batch_hold_room(b, p)) {
            continue; /* and takes no use of its coupon */
        } else if ((e = batch_coupon_take(b, p)) != ERR_OK) {
            placing_close(p, e);
        } else {
            batch_hold_count(b, p);
            for (j = 0; j < p->od.n; j++)
                *left_of(b, p->od.lines[j].sku_id) -= p->od.lines[j].quantity;
            b->placed[b->placed_n++] = p;
        }
    }
}

static enum err
keys_write(struct db *db, struct batch *b)
{
    int64_t t0 = clock_mono_us();
    enum err e = batch_store_keys(db, b->a, b->placed, b->placed_n, clock_ms());

    b->key_wait = long_wait(e, t0);
    return e;
}

static enum err
carts_clear(struct db *db, struct batch *b)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < b->placed_n && e == ERR_OK; i++)
        if (b->placed[i]->in.want == NULL)
            e = cart_clear(db, &b->placed[i]->in.who);
    return e;
}

static enum err
stock_take(struct db *db, struct batch *b)
{
    int64_t t0 = clock_mono_us();
    struct stock_sale *s;
    size_t i, j, n = 0;
    enum err e;

    for (i = 0; i < b->placed_n; i++)
        n += b->placed[i]->od.n;
    s = arena_calloc(b->a, n, sizeof(*s));
    n = 0;
    for (i = 0; i < b->placed_n; i++) {
        for (j = 0; j < b->placed[i]->od.n; j++) {
            const struct order_line *l = &b->placed[i]->od.lines[j];

            s[n++] = (struct stock_sale){.sku_id = l->sku_id,
                .quantity = l->quantity,
                .order_line_id = l->id};
        }
    }
    e = stock_sell_many(db, b->a, s, n);
    b->stock_wait = long_wait(e, t0);
    return e;
}

static enum err
write_all(struct db *db, struct batch *b)
{
    enum err e = keys_write(db, b);

    CRASH_POINT("order.place.keys");
    if (e == ERR_OK)
        e = batch_store_orders(db, b->a, b->placed, b->placed_n);
    CRASH_POINT("order.place.orders");
    if (e == ERR_OK)
        e = batch_store_lines(db, b->a, b->placed, b->placed_n);
    CRASH_POINT("order.place.lines");
    if (e == ERR_OK && b->desk != NULL)
        e = coupon_desk_write(db, b->a, b->desk, clock_ms());
    if (e == ERR_OK)
        e = batch_store_events(db, b->a, b->placed, b->placed_n);
    CRASH_POINT("order.place.events");
    if (e == ERR_OK)
        e = carts_clear(db, b);
    CRASH_POINT("order.place.carts");
    if (e == ERR_OK)
        e = batch_hold_write(db, b);
    CRASH_POINT("order.place.holds");
    return e == ERR_OK ? stock_take(db, b) : e;
}

/* Is one of the refused the repeat of an order that was committed since the keys were looked
 * up? It may have taken the last units, the coupon's last use, or what its owner may hold,
 * while its twin here waited for the rows. */
static enum err
twins_look(struct db *db, struct batch *b)
{
    struct placing **refused = arena_calloc(b->a, b->n, sizeof(struct placing *));
    struct known_key *k;
    size_t i, n = 0, k_n = 0;
    enum err e;

    for (i = 0; i < b->n; i++)
        if (!b->p[i]->open && b->p[i]->once.key.p != NULL &&
            (b->p[i]->e == ERR_CONFLICT || b->p[i]->e == ERR_LIMIT ||
                b->p[i]->coupon != NULL))
            refused[n++] = b->p[i];
    if (n == 0)
        return ERR_OK;
    e = batch_store_known(db, b->a, refused, n, &k, &k_n);
    return e == ERR_OK && k_n > 0 ? ERR_CONFLICT : e;
}

static enum err
steps(struct db *db, struct batch *b)
{
    bool looked = b->careful || has_cart(b);
    enum err e;

    if ((e = carts_lock(db, b)) != ERR_OK)
        return e;
    if (looked && (e = known_answer(db, b)) != ERR_OK)
        return e;
    if ((e = batch_gather(db, b)) != ERR_OK)
        return e;
    if ((e = batch_coupons_lock(db, b)) != ERR_OK)
        return e;
    for (size_t i = 0; i < b->n; i++)
        if (b->p[i]->open)
            placing_draft(b->p[i]);
    if ((e = stock_look(db, b)) != ERR_OK)
        return e;
    admit(b);
    CRASH_POINT("order.place.admitted");
    /* Whoever is refused may be the repeat of one that was not: its key has to be seen. */
    if (!looked && b->placed_n < b->n)
        return ERR_CONFLICT;
    if ((e = twins_look(db, b)) != ERR_OK)
        return e;
    return b->placed_n > 0 ? write_all(db, b) : ERR_OK;
}

enum err
order_batch_tx(struct db *db, void *arg)
{
    struct batch *b = arg;
    int64_t t0 = clock_mono_us();
    enum err e;

    arena_reset(b->a);
    b->placed_n = b->held_n = 0;
    b->ready = b->waited = b->key_wait = b->stock_wait = false;
    for (size_t i = 0; i < b->n; i++)
        placing_begin(b->p[i]);
    e = steps(db, b);
    CRASH_POINT("order.place.before_commit");
    b->ready = e == ERR_OK;
    b->waited = long_wait(e, t0);
    return b->waited ? ERR_UPSTREAM : e;
}
