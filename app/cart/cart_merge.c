/* At login the guest's cart becomes part of the account's: quantities add up, capped at
 * what is in stock. The guest's cart is gone afterwards, so a second merge does nothing.
 */
#include "cart/cart_store.h"

#include "base/clock.h"
#include "base/rand.h"

struct merging {
    struct arena *a;
    struct shopper guest, account;
    int64_t cart_id;        /* the account's */
    struct cart_line *have; /* its lines, with room for CART_LINES_MAX */
    size_t n;
    struct str currency; /* of its lines, STR_NULL while it has none */
    int64_t merged, capped;
};

static struct cart_line *
line_of(struct merging *m, int64_t sku_id)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->have[i].sku_id == sku_id)
            return &m->have[i];
    return NULL;
}

static enum err
merge_new(struct db *db, struct merging *m, const struct sku_info *s, int64_t quantity)
{
    struct cart_line one = {.id = id_next(),
        .cart_id = m->cart_id,
        .sku_id = s->sku_id,
        .quantity = quantity};

    m->have[m->n++] = one;
    m->merged++;
    return cart_store_add(db, &one);
}

static enum err
merge_line(
    struct db *db, struct merging *m, const struct cart_line *l, const struct sku_info *s)
{
    struct cart_line *old = line_of(m, l->sku_id);
    int64_t sum = l->quantity + (old != NULL ? old->quantity : 0), want = sum;

    if (want > CART_QUANTITY_MAX)
        want = CART_QUANTITY_MAX;
    if (want > s->available)
        want = s->available;
    if (!s->active || (m->currency.p != NULL && !str_eq(m->currency, s->currency)))
        want = 0;
    if (old == NULL && m->n >= CART_LINES_MAX)
        want = 0;
    if (want < sum)
        m->capped++;
    /* Nothing to be had: the account's own line, if any, stays for the shopper to see. */
    if (want == 0)
        return ERR_OK;
    m->currency = s->currency;
    if (old == NULL)
        return merge_new(db, m, s, want);
    m->merged++;
    old->quantity = want;
    return cart_store_set(db, old->id, want);
}

/* The account's cart, locked (made if need be), its lines and their currency. */
static enum err
open_account(struct db *db, struct merging *m, int64_t now)
{
    struct cart_line *lines;
    struct sku_info first;
    enum err e = cart_store_lock(db, m->a, &m->account, &m->cart_id);

    if (e == ERR_NOT_FOUND) {
        m->cart_id = id_next();
        e = cart_store_new(db, &m->account, m->cart_id, now);
        if (e == ERR_CONFLICT) /* made beside us: run anew and find it */
            e = ERR_BUSY;
    }
    if (e != ERR_OK)
        return e;
    if ((e = cart_store_lines(db, m->a, &m->account, &lines, &m->n)) != ERR_OK)
        return e;
    m->have = arena_calloc(m->a, CART_LINES_MAX, sizeof(*m->have));
    for (size_t i = 0; i < m->n; i++)
        m->have[i] = lines[i];
    if (m->n == 0)
        return ERR_OK;
    e = catalog_skus_by_id(db, m->a, &m->have[0].sku_id, 1, &first);
    if (e == ERR_OK)
        m->currency = first.currency;
    return e;
}

static enum err
merge_lines(struct db *db, struct merging *m, const struct cart_line *lines, size_t n)
{
    int64_t ids[CART_LINES_MAX];
    struct sku_info *info;
    enum err e;
    size_t i;

    if (n == 0)
        return ERR_OK;
    for (i = 0; i < n; i++)
        ids[i] = lines[i].sku_id;
    info = arena_calloc(m->a, n, sizeof(*info));
    e = catalog_skus_by_id(db, m->a, ids, n, info);
    for (i = 0; i < n && e == ERR_OK; i++)
        e = merge_line(db, m, &lines[i], &info[i]);
    return e;
}

static enum err
merge_tx(struct db *db, void *arg)
{
    struct merging *m = arg;
    int64_t guest_cart, now = clock_ms();
    struct cart_line *lines;
    enum err e;
    size_t n;

    m->merged = m->capped = 0;
    m->n = 0;
    m->currency = STR_NULL;
    /* The guest's first, always: two merges never wait for each other crosswise. */
    e = cart_store_lock(db, m->a, &m->guest, &guest_cart);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    if ((e = cart_store_lines(db, m->a, &m->guest, &lines, &n)) != ERR_OK)
        return e;
    if ((e = open_account(db, m, now)) != ERR_OK)
        return e;
    if ((e = merge_lines(db, m, lines, n)) != ERR_OK)
        return e;
    if ((e = cart_store_drop(db, guest_cart)) != ERR_OK)
        return e;
    return cart_store_touch(db, m->cart_id, now);
}

enum err
cart_merge(struct db *db, struct arena *a, struct str guest_hash, int64_t account_id,
    int64_t *merged, int64_t *capped)
{
    struct merging m = {.a = a,
        .guest = {.guest_hash = guest_hash},
        .account = {.account_id = account_id}};
    enum err e = db_tx(db, merge_tx, &m);

    *merged = e == ERR_OK ? m.merged : 0;
    *capped = e == ERR_OK ? m.capped : 0;
    return e;
}
