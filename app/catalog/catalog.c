/* Changing products: what a create, a replace and an archive mean for a product, its SKUs
 * and their stock.  Runs in the caller's transaction; knows no HTTP and no SQL. */
#include "catalog/catalog.h"

#include <stdio.h>

#include "base/rand.h"
#include "catalog/catalog_rules.h"
#include "catalog/slug.h"
#include "stock/stock.h"

/* Three candidates a product: the name; name and code; name and id, always free. */
static struct str
slug_with(struct arena *a, struct str base, struct str more)
{
    more = str_sub(more, 0, 36);
    if (str_ends(more, STR("-")))
        more.n--;
    return arena_printf(a, "%.*s-%.*s", STR_F(base), STR_F(more));
}

static bool
slug_used_before(const struct product_write *w, size_t i, struct str slug)
{
    size_t k;

    for (k = 0; k < i; k++)
        if (str_eq(w[k].slug, slug))
            return true;
    return false;
}

enum err
catalog_choose_slugs(
    struct db *db, struct arena *a, struct product_write *w, size_t n, struct fault *flt)
{
    struct str *s = arena_calloc(a, 2 * n, sizeof(*s));
    bool *taken = arena_calloc(a, 2 * n, sizeof(*taken));
    size_t i;
    enum err e;

    for (i = 0; i < n; i++) {
        const struct product *p = &w[i].d->p;

        s[2 * i] = p->slug.p != NULL ? p->slug : slug_product(a, p->name);
        s[2 * i + 1] = slug_with(a, s[2 * i], slugify(a, p->skus[0].sku));
        w[i].slug = STR_NULL;
    }
    e = catalog_store_slugs_taken(db, a, s, 2 * n, n == 1 ? w[0].id : 0, taken);
    if (e != ERR_OK)
        return e;
    for (i = 0; i < n; i++) {
        if (!taken[2 * i] && !slug_used_before(w, i, s[2 * i])) {
            w[i].slug = s[2 * i];
        } else if (w[i].d->p.slug.p != NULL) {
            (void)fault_field(flt, "/slug", "taken", "another product has it");
            return fault_set(flt, ERR_CONFLICT, "slug_taken", "The slug is taken.");
        } else if (!taken[2 * i + 1] && !slug_used_before(w, i, s[2 * i + 1])) {
            w[i].slug = s[2 * i + 1];
        } else {
            w[i].slug = arena_printf(
                a, "%.*s-%llx", STR_F(s[2 * i]), (unsigned long long)w[i].id);
        }
    }
    return ERR_OK;
}

static enum err
sku_taken(struct fault *flt, const struct product *p, size_t i)
{
    char at[48] = "/sku";

    if (p->skus_n > 1)
        (void)snprintf(at, sizeof(at), "/variants/%zu/sku", i);
    (void)fault_field(flt, at, "taken", "another product has it");
    fault_extra_str(flt, "sku", p->skus[i].sku);
    return fault_set(
        flt, ERR_CONFLICT, "sku_taken", "The SKU %.*s is taken.", STR_F(p->skus[i].sku));
}

/* Does no other product than `id` have one of the draft's codes? */
static enum err
skus_free(struct db *db, struct arena *a, const struct product *p, int64_t id,
    struct fault *flt)
{
    struct str codes[PRODUCT_SKUS_MAX];
    struct sku_row *rows;
    size_t i, k, n;
    enum err e;

    for (i = 0; i < p->skus_n; i++)
        codes[i] = p->skus[i].sku;
    if ((e = catalog_store_skus_named(db, a, codes, p->skus_n, &rows, &n)) != ERR_OK)
        return e;
    for (k = 0; k < n; k++)
        for (i = 0; i < p->skus_n; i++)
            if (rows[k].product_id != id && str_eq(rows[k].sku, codes[i]))
                return sku_taken(flt, p, i);
    return ERR_OK;
}

/* What the store needs besides the draft: ids of brand and category, derived texts. */
static enum err
prepare(struct db *db, struct arena *a, struct product_write *w)
{
    const struct product *p = &w->d->p;
    enum err e = ERR_OK;

    w->price = product_lowest_price(p);
    w->search_text = product_search_text(a, p);
    if (p->brand.p != NULL)
        e = catalog_store_brand(db, a, p->brand, &w->brand_id);
    if (e == ERR_OK && p->category_n > 0)
        e = catalog_store_category(db, a, p->category, p->category_n, &w->category_id);
    return e;
}

enum err
catalog_create(struct db *db, struct arena *a, struct product_draft *d, const char *actor,
    int64_t *id, struct fault *flt)
{
    struct product_write w = {.d = d, .id = id_next()};
    enum err e;

    if ((e = product_draft_check(d, flt)) != ERR_OK)
        return e;
    if ((e = skus_free(db, a, &d->p, 0, flt)) != ERR_OK)
        return e;
    if ((e = prepare(db, a, &w)) != ERR_OK)
        return e;
    if ((e = catalog_choose_slugs(db, a, &w, 1, flt)) != ERR_OK)
        return e;
    e = catalog_store_add(db, a, &w, 1, actor);
    *id = w.id;
    return e == ERR_CONFLICT ? sku_taken(flt, &d->p, 0) : e;
}

/* The draft's SKU that a stored row is to become, or SIZE_MAX. */
static size_t
draft_of_row(const struct product *p, const struct sku_row *row)
{
    size_t i;

    for (i = 0; i < p->skus_n; i++)
        if (p->skus[i].id != 0 ? p->skus[i].id == row->id
                               : str_eq(p->skus[i].sku, row->sku))
            return i;
    return SIZE_MAX;
}

static bool
row_differs(const struct sku_row *x, const struct sku_row *y)
{
    return x->price != y->price || x->position != y->position ||
           x->archived != y->archived || !str_eq(x->sku, y->sku) ||
           !str_eq(x->variant, y->variant) || !str_eq(x->options, y->options);
}

static struct sku_row
row_from_draft(const struct product *p, size_t i, int64_t id, int64_t product_id)
{
    const struct sku *s = &p->skus[i];

    return (struct sku_row){.id = id,
        .product_id = product_id,
        .price = s->price,
        .position = (int64_t)i,
        .sku = s->sku,
        .variant = s->variant,
        .options = s->options};
}

/* A stored row becomes what the draft says of it, or is archived.  Rows that stay as they
 * are are not touched, so that no lock is taken on them. */
static enum err
row_update(struct db *db, const struct product *p, const struct sku_row *row, size_t i)
{
    struct sku_row want = *row;

    if (i != SIZE_MAX)
        want = row_from_draft(p, i, row->id, row->product_id);
    else
        want.archived = true;
    return row_differs(row, &want) ? catalog_store_sku_update(db, &want) : ERR_OK;
}

static enum err
skus_replace(struct db *db, struct arena *a, const struct product_write *w,
    const char *actor, struct fault *flt)
{
    const struct product *p = &w->d->p;
    bool known[PRODUCT_SKUS_MAX] = {false};
    struct sku_row *rows, fresh;
    size_t i, k, n;
    enum err e;

    if ((e = catalog_store_skus_of(db, a, w->id, &rows, &n)) != ERR_OK)
        return e;
    /* Rows come in the order of their ids, which is the order everybody locks them in. */
    for (k = 0; k < n; k++) {
        i = draft_of_row(p, &rows[k]);
        e = row_update(db, p, &rows[k], i);
        if (e == ERR_OK && i != SIZE_MAX && w->d->has_stock && p->skus[i].stock >= 0)
            e = stock_set(db, a, rows[k].id, p->skus[i].stock, STR("set"), actor);
        if (e == ERR_CONFLICT)
            return sku_taken(flt, p, i != SIZE_MAX ? i : 0);
        if (e != ERR_OK)
            return e;
        if (i != SIZE_MAX)
            known[i] = true;
    }
    for (i = 0; i < p->skus_n; i++) {
        if (known[i])
            continue;
        fresh = row_from_draft(p, i, id_next(), w->id);
        e = catalog_store_sku_add(db, &fresh);
        if (e == ERR_CONFLICT)
            return sku_taken(flt, p, i);
        if (e == ERR_OK)
            e = stock_create(db, fresh.id, p->skus[i].stock > 0 ? p->skus[i].stock : 0,
                actor, STR("first stock"));
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

enum err
catalog_replace(struct db *db, struct arena *a, int64_t id, int64_t version,
    struct product_draft *d, const char *actor, struct fault *flt)
{
    struct product_write w = {.d = d, .id = id};
    struct str slug;
    int64_t now;
    enum err e;

    if ((e = product_draft_check(d, flt)) != ERR_OK)
        return e;
    if ((e = catalog_store_lock(db, a, id, &now, &slug)) != ERR_OK)
        return e;
    if (version != 0 && version != now)
        return ERR_PRECONDITION;
    if ((e = skus_free(db, a, &d->p, id, flt)) != ERR_OK)
        return e;
    if ((e = prepare(db, a, &w)) != ERR_OK)
        return e;
    w.slug = slug;
    if (d->p.slug.p != NULL && !str_eq(d->p.slug, slug))
        e = catalog_choose_slugs(db, a, &w, 1, flt);
    if (e == ERR_OK)
        e = catalog_store_update(db, a, &w);
    return e == ERR_OK ? skus_replace(db, a, &w, actor, flt) : e;
}

enum err
catalog_archive(struct db *db, int64_t id, int64_t version)
{
    struct arena *a = arena_new(1024);
    struct str slug;
    int64_t now;
    enum err e;

    e = catalog_store_lock(db, a, id, &now, &slug);
    arena_free(a);
    if (e != ERR_OK)
        return e;
    if (version != 0 && version != now)
        return ERR_PRECONDITION;
    return catalog_store_set_status(db, id, true);
}

enum err
catalog_lock(
    struct db *db, struct arena *a, int64_t id, bool with_stock, struct product *out)
{
    struct str slug;
    int64_t version;
    enum err e;

    e = catalog_store_lock(db, a, id, &version, &slug);
    if (e == ERR_OK && with_stock)
        e = catalog_store_lock_stock(db, a, id);
    return e == ERR_OK ? catalog_get(db, a, id, out) : e;
}
