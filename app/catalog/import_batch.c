/* Storing a batch of lines: what is new goes in with few statements, what changed one by
 * one, what did not change is not touched.  One transaction; when it fails for a line's
 * sake, each line is tried in one of its own, so that the bad one names itself. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/rand.h"
#include "catalog/catalog_rules.h"
#include "catalog/import_priv.h"
#include "stock/stock.h"

struct batch {
    struct import *im;
    struct import_line *l;
    size_t n;
    struct import_known *known;
    size_t known_n;
    struct fault flt;
};

void
import_bad(struct import *im, int64_t number, const char *reason)
{
    im->r->bad++;
    if (im->o->bad_line != NULL)
        im->o->bad_line(im->o->arg, number, reason);
}

/* Brands and categories are made first, each committed by itself: their ids are kept for
 * the rest of the import, which a roll back must not make untrue. */
static enum err
line_brand(struct import *im, struct import_line *l)
{
    struct str name = l->d.p.brand;
    enum err e;

    if (name.p == NULL || import_map_get(&im->brands, name, &l->brand_id))
        return ERR_OK;
    if ((e = catalog_store_brand(im->db, im->batch, name, &l->brand_id)) == ERR_OK)
        import_map_put(&im->brands, name, l->brand_id);
    return e;
}

static enum err
line_category(struct import *im, struct import_line *l)
{
    const struct product *p = &l->d.p;
    struct buf b;
    size_t i;
    enum err e;

    if (p->category_n == 0)
        return ERR_OK;
    buf_init_arena(&b, im->batch, IMPORT_LINE_MAX);
    for (i = 0; i < p->category_n; i++) {
        buf_str(&b, p->category[i]);
        buf_char(&b, '\n');
    }
    if (import_map_get(&im->categories, buf_view(&b), &l->category_id))
        return ERR_OK;
    e = catalog_store_category(
        im->db, im->batch, p->category, p->category_n, &l->category_id);
    if (e == ERR_OK)
        import_map_put(&im->categories, buf_view(&b), l->category_id);
    return e;
}

static enum err
load_known(struct batch *b, struct db *db)
{
    struct arena *a = b->im->batch;
    size_t i, k, n = 0;
    struct str *codes;

    for (i = 0; i < b->n; i++)
        n += b->l[i].d.p.skus_n;
    codes = arena_calloc(a, n, sizeof(*codes));
    for (n = 0, i = 0; i < b->n; i++)
        for (k = 0; k < b->l[i].d.p.skus_n; k++)
            codes[n++] = b->l[i].d.p.skus[k].sku;
    return import_store_known(db, a, codes, n, &b->known, &b->known_n);
}

static const struct import_known *
known_find(const struct batch *b, struct str sku)
{
    size_t i;

    for (i = 0; i < b->known_n; i++)
        if (str_eq(b->known[i].sku, sku))
            return &b->known[i];
    return NULL;
}

static void
refuse(struct import_line *l, struct str sku, const char *why)
{
    l->state = LINE_BAD;
    (void)snprintf(l->reason, sizeof(l->reason), "SKU %.*s %s", STR_F(sku), why);
}

/* The product a line is about: NULL for a new one, or the line is refused. */
static const struct import_known *
line_product(const struct batch *b, struct import_line *l)
{
    const struct import_known *found = NULL, *k;
    size_t i;

    for (i = 0; i < l->d.p.skus_n; i++) {
        struct str sku = l->d.p.skus[i].sku;

        if ((k = known_find(b, sku)) == NULL)
            continue;
        if (found != NULL && k->product_id != found->product_id)
            refuse(l, sku, "is another product's");
        else if (!l->lists_variants && k->archived)
            refuse(l, sku, "is an archived variant of a product");
        else if (!l->lists_variants && k->active_n > 1)
            refuse(l, sku, "is of a product with variants: list them all");
        if (found == NULL)
            found = k;
    }
    return found;
}

/* Stock as the line says, where it differs; *changed tells. */
static enum err
line_stock(
    const struct batch *b, struct db *db, const struct import_line *l, bool *changed)
{
    const struct import_known *k;
    size_t i;
    enum err e;

    *changed = false;
    for (i = 0; b->im->o->set_stock && i < l->d.p.skus_n; i++) {
        const struct sku *s = &l->d.p.skus[i];

        k = known_find(b, s->sku);
        if (k == NULL || s->stock < 0 || k->available == s->stock)
            continue;
        e = stock_set(db, b->im->batch, k->sku_id, s->stock, STR("import"), b->im->actor);
        if (e != ERR_OK)
            return e;
        *changed = true;
    }
    return ERR_OK;
}

static enum err
line_known(
    struct batch *b, struct db *db, struct import_line *l, const struct import_known *k)
{
    bool changed;
    enum err e;

    l->product_id = k->product_id;
    if (str_eq(k->hash, l->d.import_hash)) {
        e = line_stock(b, db, l, &changed);
        l->state = changed ? LINE_UPDATED : LINE_UNCHANGED;
        return e;
    }
    l->d.p.archived = k->product_archived;
    l->d.has_stock = b->im->o->set_stock;
    l->state = LINE_UPDATED;
    return catalog_replace(
        db, b->im->batch, k->product_id, 0, &l->d, b->im->actor, &b->flt);
}

static struct product_write
write_of(struct arena *a, struct import_line *l)
{
    l->product_id = id_next();
    l->state = LINE_CREATED;
    return (struct product_write){.d = &l->d,
        .id = l->product_id,
        .brand_id = l->brand_id,
        .category_id = l->category_id,
        .price = product_lowest_price(&l->d.p),
        .search_text = product_search_text(a, &l->d.p)};
}

static enum err
batch_tx(struct db *db, void *arg)
{
    struct batch *b = arg;
    struct arena *a = b->im->batch;
    const struct import_known *k;
    struct product_write *w = arena_calloc(a, b->n, sizeof(*w));
    size_t i, n = 0;
    enum err e;

    fault_clear(&b->flt);
    if ((e = load_known(b, db)) != ERR_OK)
        return e;
    for (i = 0; i < b->n; i++) {
        b->l[i].state = LINE_READ;
        k = line_product(b, &b->l[i]);
        if (b->l[i].state == LINE_BAD)
            continue;
        if (k == NULL)
            w[n++] = write_of(a, &b->l[i]);
        else if ((e = line_known(b, db, &b->l[i], k)) != ERR_OK)
            return e;
    }
    if (n == 0)
        return ERR_OK;
    if ((e = catalog_choose_slugs(db, a, w, n, &b->flt)) != ERR_OK)
        return e;
    return catalog_store_add(db, a, w, n, b->im->actor);
}

static void
account(struct import *im, const struct import_line *l, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (l[i].state == LINE_BAD)
            import_bad(im, l[i].number, l[i].reason);
        im->r->created += l[i].state == LINE_CREATED;
        im->r->updated += l[i].state == LINE_UPDATED;
        im->r->unchanged += l[i].state == LINE_UNCHANGED;
        if (l[i].state == LINE_UPDATED)
            catalog_changed(im->cache, l[i].product_id);
    }
}

enum err
import_batch(struct import *im, struct import_line *lines, size_t n)
{
    struct batch b = {.im = im, .l = lines, .n = n};
    enum err e = ERR_OK;
    size_t i;

    for (i = 0; i < n && e == ERR_OK; i++)
        if ((e = line_brand(im, &lines[i])) == ERR_OK)
            e = line_category(im, &lines[i]);
    if (e == ERR_OK)
        e = db_tx(im->db, batch_tx, &b);
    if (e == ERR_OK) {
        account(im, lines, n);
        return ERR_OK;
    }
    /* No line's fault, and the next ones would fare no better. */
    if (e == ERR_UPSTREAM || (n == 1 && e == ERR_BUSY))
        return e;
    if (n == 1) {
        import_reason(lines->reason, &b.flt, e);
        import_bad(im, lines->number, lines->reason);
        return ERR_OK;
    }
    for (i = 0; i < n; i++)
        if ((e = import_batch(im, &lines[i], 1)) != ERR_OK)
            return e;
    return ERR_OK;
}
