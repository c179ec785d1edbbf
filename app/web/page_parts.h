/* The parts of a page that differ from shopper to shopper, and what every page shows. */
#ifndef SOUK_WEB_PAGE_PARTS_H
#define SOUK_WEB_PAGE_PARTS_H

#include "web/page.h"

enum page_slot { SLOT_ACCOUNT, SLOT_CART, SLOT_FLASH, SLOT_CSRF, SLOT__MAX };

/* Render this shopper's slots into out[]; sets the cookies they need. A server that is away
 * leaves a guest's view: an error page must never fail for its header's sake. */
void page_slots(struct req *rq, struct resp *rs, struct str out[SLOT__MAX]);
/* The text that stands for a slot in a cached page: no product text can contain it, since it
 * is keyed. In the arena. */
struct str page_slot_mark(struct req *rq, enum page_slot s);
/* Put the slots into finished bytes that hold their marks. */
void page_fill_slots(struct req *rq, struct str page, const struct str slots[SLOT__MAX],
    struct buf *out);
/* nav_categories, shop_name, year, static_*. */
void page_common(struct req *rq, struct tval *data);

#endif
