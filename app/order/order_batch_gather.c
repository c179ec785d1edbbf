/* What a batch's orders are about: the lines of carts, the SKUs they name as the catalogue
 * has them at this moment, the accounts' addresses. Reads only; decides nothing but that
 * there is nothing to order. */
#include <stdlib.h>

#include "account/account.h"
#include "cart/cart.h"
#include "order/order_batch.h"

/* SKUs the catalogue is asked for at once. */
#define SKUS_STEP 100

static enum err
gather_cart(struct db *db, struct batch *b, struct placing *p)
{
    struct cart *c = arena_calloc(b->a, 1, sizeof(*c));
    enum err e;

    if ((e = cart_get(db, b->a, &p->in.who, p->in.default_currency, c)) != ERR_OK)
        return e;
    if (c->n == 0) {
        (void)fault_field(
            p->flt, "/items", "empty_cart", "is missing and the cart is empty");
        placing_close(p,
            fault_set(
                p->flt, ERR_INVALID, "empty_cart", "There is nothing to order."));
    }
    for (size_t i = 0; i < c->n; i++) {
        p->sku[i] = c->items[i].sku;
        p->od.lines[i].quantity = c->items[i].quantity;
    }
    p->od.n = c->n;
    return ERR_OK;
}

/* Accounts that named no address get their letters at their own. */
static enum err
gather_emails(struct db *db, struct batch *b)
{
    int64_t *id = arena_calloc(b->a, b->n, sizeof(*id));
    struct str *email = arena_calloc(b->a, b->n, sizeof(*email));
    size_t i, n = 0;
    enum err e;

    for (i = 0; i < b->n; i++)
        if (b->p[i]->open && b->p[i]->in.email.n == 0)
            id[n++] = b->p[i]->in.who.account_id;
    if ((e = account_emails(db, b->a, id, n, email)) != ERR_OK)
        return e;
    for (i = n = 0; i < b->n; i++) {
        struct placing *p = b->p[i];

        if (!p->open || p->in.email.n > 0)
            continue;
        p->od.email = email[n++];
        if (p->od.email.p == NULL)
            placing_close(p, ERR_AUTH);
    }
    return ERR_OK;
}

static int
by_text(const void *x, const void *y)
{
    const struct str *a = x, *b = y;

    return str_cmp(*a, *b);
}

/* The SKUs the orders name, each once. */
static struct str *
codes_wanted(struct batch *b, size_t *n)
{
    struct str *codes;
    size_t i, j, all = 0, kept = 0;

    for (i = 0; i < b->n; i++)
        all += b->p[i]->in.want != NULL ? b->p[i]->in.n : 0;
    codes = arena_calloc(b->a, all + 1, sizeof(*codes));
    all = 0;
    for (i = 0; i < b->n; i++)
        for (j = 0; b->p[i]->open && b->p[i]->in.want != NULL && j < b->p[i]->in.n; j++)
            codes[all++] = b->p[i]->in.want[j].sku;
    qsort(codes, all, sizeof(*codes), by_text);
    for (i = 0; i < all; i++)
        if (kept == 0 || !str_eq(codes[i], codes[kept - 1]))
            codes[kept++] = codes[i];
    *n = kept;
    return codes;
}

static void
want_fill(struct placing *p, const struct str *codes, const struct sku_info *info,
    size_t n)
{
    for (size_t i = 0; i < p->in.n; i++) {
        const struct str *at =
            bsearch(&p->in.want[i].sku, codes, n, sizeof(*codes), by_text);

        p->sku[i] = at != NULL ? info[at - codes] : (struct sku_info){.sku_id = 0};
        p->od.lines[i].quantity = p->in.want[i].quantity;
    }
    p->od.n = p->in.n;
}

static enum err
gather_wants(struct db *db, struct batch *b)
{
    struct sku_info *info;
    struct str *codes;
    size_t i, step, n;
    enum err e;

    codes = codes_wanted(b, &n);
    info = arena_calloc(b->a, n + 1, sizeof(*info));
    for (i = 0; i < n; i += step) {
        step = n - i < SKUS_STEP ? n - i : SKUS_STEP;
        if ((e = catalog_skus(db, b->a, codes + i, step, info + i)) != ERR_OK)
            return e;
    }
    for (i = 0; i < b->n; i++)
        if (b->p[i]->open && b->p[i]->in.want != NULL)
            want_fill(b->p[i], codes, info, n);
    return ERR_OK;
}

enum err
batch_gather(struct db *db, struct batch *b)
{
    enum err e;

    if ((e = gather_emails(db, b)) != ERR_OK)
        return e;
    for (size_t i = 0; i < b->n; i++) {
        if (!b->p[i]->open || b->p[i]->in.want != NULL)
            continue;
        if ((e = gather_cart(db, b, b->p[i])) != ERR_OK)
            return e;
    }
    return gather_wants(db, b);
}
