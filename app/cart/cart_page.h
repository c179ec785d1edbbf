/* What the checkout's page shares with the cart's. */
#ifndef SOUK_CART_CART_PAGE_H
#define SOUK_CART_CART_PAGE_H

#include "app.h"
#include "cart/cart.h"
#include "routes.h"

/* This browser's cart; empty (and *who a guest without a token) when it has none. */
enum err cart_of(
    struct req *rq, struct resp *rs, struct cart *out, struct shopper *who) MUST_CHECK;
/* Not empty, and every line can be had as it stands. */
bool cart_buyable(const struct cart *c);

#endif
