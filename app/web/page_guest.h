/* What a page shows to anyone who is not known: rendered once a process, since it is the same
 * for each of them.  Immutable after page_guest_new(), so threads share it without a lock. */
#ifndef SOUK_WEB_PAGE_GUEST_H
#define SOUK_WEB_PAGE_GUEST_H

#include "auth/token.h"
#include "html/tmpl.h"

struct page_guest {
    struct arena *arena;
    struct str account, cart; /* the header's slots of a guest without a cart */
    struct str mark;          /* what every slot's mark begins with; no product's text can */
};

/* NULL: a template cannot be rendered. */
struct page_guest *page_guest_new(const struct tmpl_set *t, const struct token_keys *k);
void page_guest_free(struct page_guest *g);

#endif
