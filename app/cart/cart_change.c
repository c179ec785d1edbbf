/* Changes of carts, any number in one transaction: what each may do, and what became of it. One
 * that is refused changes nothing and does not hinder the others. */
#include "cart/cart_store.h"

#include "base/clock.h"
#include "base/rand.h"

/* A guest's cart is forgotten after days: to the minute is as good as to the millisecond, and
 * spares most changes a statement. */
#define TOUCH_MS INT64_C(60000)

struct batch {
    struct arena *a;
    struct cart_change *const *c;
    size_t n;
    int64_t now;
    /* for c[i]: its cart (id 0: none yet) and the line as it shall be, which was `old` */
    struct cart_row *cart;
    struct cart_line *line, **old;
    struct sku_info *sku;   /* what is added or set */
    struct sku_info *first; /* of the cart's first line, where one is added */
    struct cart_line *have; /* of all carts, each in the order it was filled */
    size_t have_n;
};

static bool
adds(const struct cart_change *c)
{
    return c->sku.p != NULL;
}

static enum err
refuse_short(struct fault *flt, const struct sku_info *s)
{
    (void)fault_field(
        flt, "/quantity", "out_of_stock", "only %lld left", (long long)s->available);
    fault_extra_str(flt, "sku", s->sku);
    fault_extra_i64(flt, "available", s->available);
    return fault_set(flt, ERR_CONFLICT, "out_of_stock", "There are not that many left.");
}

static enum err
refuse_unknown(struct fault *flt)
{
    (void)fault_field(flt, "/sku", "unknown_sku", "there is no such SKU for sale");
    return fault_set(
        flt, ERR_NOT_FOUND, "unknown_sku", "There is no such SKU for sale.");
}

static enum err
quantity_check(int64_t quantity, struct fault *flt)
{
    if (quantity >= 1 && quantity <= CART_QUANTITY_MAX)
        return ERR_OK;
    return fault_field(
        flt, "/quantity", "out_of_range", "must be 1 to %d", CART_QUANTITY_MAX);
}

/* --- what is there --- */

/* The SKUs that are to be added, by their codes. */
static enum err
read_added(struct db *db, struct batch *b)
{
    struct str *code = arena_calloc(b->a, b->n, sizeof(*code));
    struct sku_info *info = arena_calloc(b->a, b->n, sizeof(*info));
    size_t i, n = 0;
    enum err e;

    for (i = 0; i < b->n; i++)
        if (adds(b->c[i]))
            code[n++] = b->c[i]->sku;
    if ((e = catalog_skus(db, b->a, code, n, info)) != ERR_OK)
        return e;
    for (i = n = 0; i < b->n; i++)
        if (adds(b->c[i]))
            b->sku[i] = info[n++];
    return ERR_OK;
}

/* The carts, locked, and their lines. */
static enum err
read_carts(struct db *db, struct batch *b)
{
    const struct shopper **who = arena_calloc(b->a, b->n, sizeof(struct shopper *));
    int64_t *id = arena_calloc(b->a, b->n, sizeof(*id));
    size_t i, n = 0;
    enum err e;

    for (i = 0; i < b->n; i++)
        who[i] = b->c[i]->who;
    if ((e = cart_store_lock_many(db, b->a, who, b->n, b->cart)) != ERR_OK)
        return e;
    for (i = 0; i < b->n; i++)
        if (b->cart[i].id != 0)
            id[n++] = b->cart[i].id;
    return cart_store_lines_many(db, b->a, id, n, &b->have, &b->have_n);
}

static const struct cart_line *
first_line(const struct batch *b, size_t i)
{
    for (size_t k = 0; k < b->have_n; k++)
        if (b->have[k].cart_id == b->cart[i].id)
            return &b->have[k];
    return NULL;
}

static void
find_old(struct batch *b, size_t i)
{
    for (size_t k = 0; k < b->have_n; k++) {
        struct cart_line *l = &b->have[k];

        if (l->cart_id == b->cart[i].id &&
            (adds(b->c[i]) ? l->sku_id == b->sku[i].sku_id : l->id == b->c[i]->item_id))
            b->old[i] = l;
    }
}

/* The SKUs of lines that are to be set, and of those whose currency a new one must have. */
static enum err
read_known(struct db *db, struct batch *b)
{
    int64_t *id = arena_calloc(b->a, b->n, sizeof(*id));
    struct sku_info *info = arena_calloc(b->a, b->n, sizeof(*info));
    struct sku_info **to = arena_calloc(b->a, b->n, sizeof(struct sku_info *));
    const struct cart_line *l;
    size_t n = 0;
    enum err e;

    for (size_t i = 0; i < b->n; i++) {
        find_old(b, i);
        l = adds(b->c[i]) ? first_line(b, i) : b->old[i];
        if (l == NULL || (adds(b->c[i]) && b->old[i] != NULL))
            continue;
        to[n] = adds(b->c[i]) ? &b->first[i] : &b->sku[i];
        id[n++] = l->sku_id;
    }
    if ((e = catalog_skus_by_id(db, b->a, id, n, info)) != ERR_OK)
        return e;
    for (size_t i = 0; i < n; i++)
        *to[i] = info[i];
    return ERR_OK;
}

/* --- what becomes of them --- */

/* A line more: not too many of them, and all of one currency, else the cart has no total. */
static enum err
new_line(struct batch *b, size_t i)
{
    const struct sku_info *s = &b->sku[i], *first = &b->first[i];
    struct fault *flt = b->c[i]->flt;
    size_t n = 0;

    for (size_t k = 0; k < b->have_n; k++)
        n += b->have[k].cart_id == b->cart[i].id;
    if (n > 0 && !str_eq(first->currency, s->currency))
        return fault_field(flt, "/sku", "currency_mismatch",
            "is sold in %.*s, the cart is in %.*s", STR_F(s->currency),
            STR_F(first->currency));
    if (n >= CART_LINES_MAX)
        return fault_field(
            flt, "/sku", "too_many", "the cart holds at most %d lines", CART_LINES_MAX);
    b->line[i] = (struct cart_line){
        .id = id_next(), .cart_id = b->cart[i].id, .sku_id = s->sku_id};
    return ERR_OK;
}

static enum err
decide(struct batch *b, size_t i)
{
    struct cart_change *c = b->c[i];
    const struct sku_info *s = &b->sku[i];
    enum err e = quantity_check(c->quantity, c->flt);

    if (e != ERR_OK)
        return e;
    if (adds(c) && (s->sku_id == 0 || !s->active))
        return refuse_unknown(c->flt);
    if (b->old[i] == NULL && !adds(c))
        return ERR_NOT_FOUND;
    if (b->old[i] != NULL)
        b->line[i] = *b->old[i];
    else if ((e = new_line(b, i)) != ERR_OK)
        return e;
    b->line[i].quantity = c->quantity + (adds(c) ? b->line[i].quantity : 0);
    if ((e = quantity_check(b->line[i].quantity, c->flt)) != ERR_OK)
        return e;
    return s->available >= b->line[i].quantity ? ERR_OK : refuse_short(c->flt, s);
}

/* --- writing --- */

static enum err
make_carts(struct db *db, struct batch *b)
{
    struct cart_row *row = arena_calloc(b->a, b->n, sizeof(*row));
    size_t n = 0;
    enum err e;

    for (size_t i = 0; i < b->n; i++) {
        if (b->c[i]->e != ERR_OK || b->cart[i].id != 0)
            continue;
        b->cart[i].id = b->line[i].cart_id = id_next();
        b->cart[i].updated_at = b->now;
        row[n++] = b->cart[i];
    }
    e = cart_store_new_many(db, b->a, row, n);
    return e == ERR_CONFLICT ? ERR_BUSY : e; /* made beside us: run anew and find it */
}

static enum err
write_lines(struct db *db, struct batch *b)
{
    struct cart_line *line = arena_calloc(b->a, b->n, sizeof(*line));
    size_t n = 0, changed = 0;

    for (size_t i = 0; i < b->n; i++) {
        if (b->c[i]->e != ERR_OK)
            continue;
        changed += b->old[i] != NULL && b->old[i]->quantity != b->line[i].quantity;
        line[n++] = b->line[i];
    }
    return cart_store_put_many(db, b->a, line, n, changed);
}

static enum err
touch(struct db *db, struct batch *b)
{
    int64_t *id = arena_calloc(b->a, b->n, sizeof(*id));
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++)
        if (b->c[i]->e == ERR_OK && b->cart[i].updated_at <= b->now - TOUCH_MS)
            id[n++] = b->cart[i].id;
    return cart_store_touch_many(db, b->a, id, n, b->now);
}

/* Begun anew when something moved beside us: nothing of the first try counts. */
static enum err
change_tx(struct db *db, void *arg)
{
    struct batch *b = arg;
    enum err e;

    b->cart = arena_calloc(b->a, b->n, sizeof(*b->cart));
    b->line = arena_calloc(b->a, b->n, sizeof(*b->line));
    b->old = arena_calloc(b->a, b->n, sizeof(struct cart_line *));
    b->sku = arena_calloc(b->a, b->n, sizeof(*b->sku));
    b->first = arena_calloc(b->a, b->n, sizeof(*b->first));
    if ((e = read_added(db, b)) != ERR_OK || (e = read_carts(db, b)) != ERR_OK)
        return e;
    if ((e = read_known(db, b)) != ERR_OK)
        return e;
    for (size_t i = 0; i < b->n; i++) {
        fault_clear(b->c[i]->flt);
        b->c[i]->e = decide(b, i);
    }
    if ((e = make_carts(db, b)) != ERR_OK || (e = write_lines(db, b)) != ERR_OK)
        return e;
    return touch(db, b);
}

void
cart_change(struct db *db, struct arena *a, struct cart_change *const *c, size_t n)
{
    struct batch b = {.a = a, .c = c, .n = n, .now = clock_ms()};
    enum err e = db_tx(db, change_tx, &b);

    for (size_t i = 0; i < n; i++) {
        if (e != ERR_OK)
            c[i]->e = e;
        else if (c[i]->e == ERR_OK)
            c[i]->item = (struct cart_item){.id = b.line[i].id,
                .quantity = b.line[i].quantity,
                .line_total = b.line[i].quantity * b.sku[i].unit_price,
                .sku = b.sku[i]};
    }
}
