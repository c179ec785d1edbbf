/* Payments of many requests, written together: the attempts of some and what providers said of
 * others are one transaction. Only what is plain is done here, a pending order
 * that is paid at once and in full; all else, and all that meets any trouble, is left to
 * order_pay.c, one by one, as if nobody had tried. */
#ifndef SOUK_ORDER_ORDER_TILL_H
#define SOUK_ORDER_ORDER_TILL_H

#include "order/order.h"

struct till;

struct till *till_new(struct db_pool *pool);
/* Nobody may use it any more. NULL is allowed. */
void till_free(struct till *t);

/* order_pay_begin() and order_pay_end(), for callers who hold no connection and may wait.
 * False: nothing was done, do it yourself. */
bool till_begin(struct till *t, struct arena *a, struct order_pay *p) MUST_CHECK;
bool till_end(struct till *t, struct arena *a, struct order_pay *p) MUST_CHECK;

#endif
