/* What the shop's and the customers' handlers of orders share. */
#ifndef SOUK_ORDER_ORDER_HTTP_H
#define SOUK_ORDER_ORDER_HTTP_H

#include "app.h"
#include "once/once_http.h"
#include "order/order.h"
#include "routes.h"

extern const struct field order_item_fields[];
/* The items of the body, if it has any. */
void order_http_wants(struct req *rq, struct order_in *in);

/* Place it, together with other requests' orders, and count it. Faults as order_place()'s. */
enum err order_http_place(struct req *rq, const struct order_in *in,
    struct order_answer *an, struct fault *flt) MUST_CHECK;
/* The same without a thread that waits: `done` is called when it is known what became of the
 * order, to write the answer; this returns ERR_OK before. `in` lives in the arena. */
enum err order_http_place_later(struct req *rq, struct resp *rs, const struct order_in *in,
    enum err (*done)(struct req *rq, struct resp *rs)) MUST_CHECK;
/* For `done`: what order_http_place() would have returned, with its fault in rs->fault. */
enum err order_http_placed(struct req *rq, struct resp *rs, struct order_answer *an) MUST_CHECK;
/* Before an order is placed: against whom it counts (its account, or the address a guest comes
 * from, this machine's own aside), and ERR_CONFLICT when it is known to be sold out. */
enum err order_http_prepare(
    struct req *rq, struct order_in *in, struct fault *flt) MUST_CHECK;
/* order_pay() for a page or the API, counted. The request's connection is another one
 * afterwards. */
enum err order_http_pay(
    struct req *rq, struct order_pay *p, struct fault *flt) MUST_CHECK;
/* Off to the provider's page, to pay there. */
enum err order_http_pay_away(struct req *rq, struct resp *rs, const struct shopper *who,
    int64_t id) MUST_CHECK;
/* What a payment became, counted. */
void order_http_settled(struct app *app, const struct order_settled *s);
/* The invoice as a page of its own, for printing; `who` NULL: of any order. ERR_NOT_FOUND;
 * ERR_CONFLICT "not_paid": it is for orders that were paid. */
bool order_has_invoice(const struct order *o);
enum err order_http_invoice(struct req *rq, struct resp *rs, struct db *db,
    const struct shopper *who, int64_t id) MUST_CHECK;
/* An answer that may be a repeat's: its status and bytes as they were the first time. */
void order_http_answer(struct resp *rs, const struct order_answer *an);
/* The frame of a list: {"items": [...], page, per_page, total} and its Link headers. */
void order_http_list(struct req *rq, struct resp *rs, const struct order *os, size_t n,
    struct paging pg, int64_t total);

#endif
