/* A guest's slots and the keyed marks, made at start: rendering two templates and one MAC a
 * request was a third of what a page out of memory cost.  Knows no shopper. */
#include "web/page_guest.h"

#include <stdlib.h>

#define GUEST_BYTES ((size_t)16 << 10)
#define MARK_BYTES 8

static bool
slot(struct page_guest *g, const struct tmpl_set *t, const char *name,
    const struct tval *data, struct str *out)
{
    struct buf b;

    buf_init_arena(&b, g->arena, GUEST_BYTES);
    if (tmpl_render(t, name, data, g->arena, &b) != ERR_OK)
        return false;
    *out = buf_view(&b);
    return true;
}

struct page_guest *
page_guest_new(const struct tmpl_set *t, const struct token_keys *k)
{
    struct page_guest *g = calloc(1, sizeof(*g));
    unsigned char mac[SHA256_N];
    struct tval *account, *cart;

    if (g == NULL)
        abort();
    g->arena = arena_new(GUEST_BYTES);
    account = tval_obj(g->arena);
    tval_set_bool(g->arena, account, "signed_in", false);
    tval_set_bool(g->arena, account, "is_admin", false);
    tval_set_bool(g->arena, account, "name", false);
    cart = tval_obj(g->arena);
    tval_set_bool(g->arena, cart, "count", false);
    token_mac(k, "slot", STR(""), mac);
    g->mark = arena_printf(g->arena, "\x01%.*s", STR_F(hex(g->arena, mac, MARK_BYTES)));
    if (slot(g, t, "nav_account", account, &g->account) &&
        slot(g, t, "nav_cart", cart, &g->cart))
        return g;
    page_guest_free(g);
    return NULL;
}

void
page_guest_free(struct page_guest *g)
{
    if (g == NULL)
        return;
    arena_free(g->arena);
    free(g);
}
