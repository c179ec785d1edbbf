/* Pages: templates filled in and sent, with the bits that differ from shopper to shopper. */
#ifndef SOUK_WEB_PAGE_H
#define SOUK_WEB_PAGE_H

#include "account/account.h"
#include "cart/cart.h"
#include "html/tmpl.h"

/* Render template `name` with `data` completed by what the layout wants (static_* names, shop
 * name, navigation categories, slots, csrf) and send it. Pages are private, never stored. */
enum err page_send(struct req *rq, struct resp *rs, int status, const char *name,
    struct tval *data) MUST_CHECK;
/* The same with the finished bytes cached under `key` ("h:42", STR_NULL: not cached) and the
 * slots filled in per shopper: fill() is called on a miss only. */
enum err page_send_cached(struct req *rq, struct resp *rs, struct str key, const char *name,
    enum err (*fill)(void *arg, struct req *rq, struct tval *data), void *arg) MUST_CHECK;
/* A message for the next page this browser opens (a signed cookie): kind "ok", "warn", "error". */
void page_flash(struct req *rq, struct resp *rs, const char *kind, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The router's hook: an error as a page. */
void page_error(struct req *rq, struct resp *rs, enum err e);

#endif
