/* The coupons of a batch: locked together before anything is priced, taken when an order
 * is admitted. A batch without coupons asks the database nothing. */
#include "order/order_batch.h"

enum err
batch_coupons_lock(struct db *db, struct batch *b)
{
    struct coupon_ask *ask = NULL;
    size_t i, n = 0;
    enum err e;

    b->desk = NULL;
    for (i = 0; i < b->n; i++) {
        if (!b->p[i]->open || b->p[i]->use.who.p == NULL)
            continue;
        if (ask == NULL)
            ask = arena_calloc(b->a, b->n, sizeof(*ask));
        ask[n++] = b->p[i]->use;
    }
    if (n == 0)
        return ERR_OK;
    e = coupon_desk_open(db, b->a, ask, n, &b->desk);
    for (i = 0; i < b->n; i++)
        b->p[i]->desk = b->desk;
    return e;
}

enum err
batch_coupon_take(struct batch *b, struct placing *p)
{
    if (p->coupon == NULL)
        return ERR_OK;
    return coupon_desk_take(b->desk, p->coupon, p->use.who, p->od.id, p->flt);
}
