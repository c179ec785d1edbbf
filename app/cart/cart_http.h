/* For what changes carts over HTTP. */
#ifndef SOUK_CART_CART_HTTP_H
#define SOUK_CART_CART_HTTP_H

#include "app.h"
#include "cart/cart.h"

/* Have a line changed, and then `finish` called, at once or later, to answer: a handler returns
 * what this returns. Of `c` who, sku or item_id, and quantity; all of it lives in the request's
 * arena. */
enum err cart_http_change(struct req *rq, struct resp *rs, const struct cart_change *c,
    enum err (*finish)(struct req *rq, struct resp *rs)) MUST_CHECK;
/* What became of it; for `finish`. */
const struct cart_change *cart_http_changed(struct req *rq);

#endif
