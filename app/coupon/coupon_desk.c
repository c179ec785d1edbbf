/* Using coupons: those of one transaction are locked at once, slots are handed out in
 * memory, first come first served, and written together. */
#include "coupon/coupon_store.h"

#include <stdlib.h>

struct taking {
    struct redemption r;
    size_t at; /* of the coupon */
};
struct coupon_desk {
    struct arena *a;
    struct coupon *c; /* locked, in id order; used counts those taken here too */
    size_t n;
    struct coupon_held
        *held; /* of coupons with a limit a buyer; grows with what is taken */
    size_t held_n;
    struct taking *taken; /* room for one an ask */
    size_t taken_n;
};

static int
by_text(const void *x, const void *y)
{
    const struct str *a = x, *b = y;

    return str_cmp(*a, *b);
}

static enum err
held_read(struct db *db, const struct coupon_ask *ask, size_t n, struct coupon_desk *d)
{
    int64_t *ids = arena_calloc(d->a, d->n + 1, sizeof(*ids));
    struct str *who = arena_calloc(d->a, n, sizeof(*who));
    struct coupon_held *held = NULL;
    size_t i, ids_n = 0, held_n = 0;
    enum err e = ERR_OK;

    for (i = 0; i < d->n; i++)
        if (d->c[i].limit_per_account > 0)
            ids[ids_n++] = d->c[i].id;
    for (i = 0; i < n; i++)
        who[i] = ask[i].who;
    if (ids_n > 0)
        e = coupon_store_held(
            db, d->a, &(struct coupon_holders){ids, ids_n, who, n}, &held, &held_n);
    if (e != ERR_OK)
        return e;
    d->held = arena_calloc(d->a, held_n + n, sizeof(*d->held));
    for (i = 0; i < held_n; i++)
        d->held[i] = held[i];
    d->held_n = held_n;
    return ERR_OK;
}

enum err
coupon_desk_open(struct db *db, struct arena *a, const struct coupon_ask *ask, size_t n,
    struct coupon_desk **out)
{
    struct coupon_desk *d = *out = arena_calloc(a, 1, sizeof(*d));
    struct str *codes;
    size_t i, kept = 0;
    enum err e;

    d->a = a;
    if (n == 0)
        return ERR_OK;
    d->taken = arena_calloc(a, n, sizeof(*d->taken));
    codes = arena_calloc(a, n, sizeof(*codes));
    for (i = 0; i < n; i++)
        codes[i] = ask[i].code;
    qsort(codes, n, sizeof(*codes), by_text);
    for (i = 0; i < n; i++)
        if (kept == 0 || !str_eq(codes[i], codes[kept - 1]))
            codes[kept++] = codes[i];
    if ((e = coupon_store_lock(db, a, codes, kept, &d->c, &d->n)) != ERR_OK)
        return e;
    return held_read(db, ask, n, d);
}

enum err
coupon_desk_find(const struct coupon_desk *d, struct str code, int64_t now,
    const struct coupon **out, struct fault *flt)
{
    for (size_t i = 0; i < d->n; i++) {
        if (!str_eq(d->c[i].p.code, code))
            continue;
        *out = &d->c[i];
        return coupon_open(*out, now, flt);
    }
    return coupon_open(NULL, now, flt);
}

/* The lowest slot of this buyer's that is free; above the limit when none is. */
static int64_t
who_slot(const struct coupon_desk *d, const struct coupon *c, struct str who)
{
    int64_t slot = 1, count = 0;
    size_t i;

    for (i = 0; i < d->held_n; i++)
        count += d->held[i].coupon_id == c->id && str_eq(d->held[i].who, who);
    if (count >= c->limit_per_account)
        return c->limit_per_account + 1;
    for (i = 0; i < d->held_n;) {
        const struct coupon_held *h = &d->held[i];

        if (h->coupon_id == c->id && h->who_slot == slot && str_eq(h->who, who)) {
            slot++;
            i = 0;
        } else {
            i++;
        }
    }
    return slot;
}

enum err
coupon_desk_take(struct coupon_desk *d, const struct coupon *coupon, struct str who,
    int64_t order_id, struct fault *flt)
{
    const size_t at = (size_t)(coupon - d->c);
    struct coupon *c = &d->c[at];
    int64_t slot = 0;

    if (c->limit_per_account > 0)
        slot = who_slot(d, c, who);
    if ((c->limit_total > 0 && c->used >= c->limit_total) || slot > c->limit_per_account)
        return coupon_used_up(flt);
    c->used++;
    if (slot > 0)
        d->held[d->held_n++] =
            (struct coupon_held){.coupon_id = c->id, .who_slot = slot, .who = who};
    d->taken[d->taken_n++] = (struct taking){
        .r = {.order_id = order_id, .coupon_id = c->id, .who_slot = slot, .who = who},
        .at = at};
    return ERR_OK;
}

/* `n` free slots of a locked coupon: those above the highest that is held; where the
 * limit leaves no room there, the lowest that orders gave back. */
static enum err
slots_free(struct db *db, struct arena *a, const struct coupon *c, size_t n, int64_t *out)
{
    int64_t top, next = 1, *held;
    size_t i, k = 0, held_n;
    enum err e;

    if ((e = coupon_store_top(db, a, c->id, &top)) != ERR_OK)
        return e;
    if (c->limit_total == 0 || top + (int64_t)n <= c->limit_total) {
        for (i = 0; i < n; i++)
            out[i] = top + 1 + (int64_t)i;
        return ERR_OK;
    }
    if ((e = coupon_store_slots(db, a, c->id, &held, &held_n)) != ERR_OK)
        return e;
    for (i = 0; k < n; next++) {
        if (i < held_n && held[i] == next)
            i++;
        else
            out[k++] = next;
    }
    return ERR_OK;
}

/* Slots for what was taken of coupon `at`. */
static enum err
slots_give(struct db *db, struct arena *a, struct coupon_desk *d, size_t at, size_t n)
{
    int64_t *slot = arena_calloc(a, n, sizeof(*slot));
    enum err e = slots_free(db, a, &d->c[at], n, slot);

    for (size_t i = 0; i < d->taken_n && e == ERR_OK; i++)
        if (d->taken[i].at == at)
            d->taken[i].r.slot = *slot++;
    return e == ERR_OK ? coupon_store_used(db, d->c[at].id, (int64_t)n) : e;
}

enum err
coupon_desk_write(struct db *db, struct arena *a, struct coupon_desk *d, int64_t now)
{
    struct redemption *r;
    size_t i, k, n;
    enum err e = ERR_OK;

    if (d->taken_n == 0)
        return ERR_OK;
    for (i = 0; i < d->n && e == ERR_OK; i++) {
        for (k = n = 0; k < d->taken_n; k++)
            n += d->taken[k].at == i;
        if (n > 0)
            e = slots_give(db, a, d, i, n);
    }
    if (e != ERR_OK)
        return e;
    r = arena_calloc(a, d->taken_n, sizeof(*r));
    for (i = 0; i < d->taken_n; i++)
        r[i] = d->taken[i].r;
    return coupon_store_redeem(db, a, r, d->taken_n, now);
}

enum err
coupon_take_again(struct db *db, struct arena *a, int64_t order_id)
{
    struct coupon_desk d = {.a = a, .n = 1};
    struct coupon_ask ask;
    struct redemption r;
    struct coupon c;
    enum err e = coupon_store_released(db, a, order_id, &r);

    if (e != ERR_OK) /* placed without a coupon */
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    if ((e = coupon_get(db, a, r.coupon_id, true, &c)) != ERR_OK)
        return e;
    d.c = &c;
    ask = (struct coupon_ask){.who = r.who};
    if ((e = held_read(db, &ask, 1, &d)) != ERR_OK)
        return e;
    if (c.limit_per_account > 0)
        r.who_slot = who_slot(&d, &c, r.who);
    if ((c.limit_total > 0 && c.used >= c.limit_total) ||
        r.who_slot > c.limit_per_account)
        return ERR_CONFLICT;
    if ((e = slots_free(db, a, &c, 1, &r.slot)) != ERR_OK)
        return e;
    e = coupon_store_used(db, c.id, 1);
    return e == ERR_OK ? coupon_store_again(db, &r) : e;
}
