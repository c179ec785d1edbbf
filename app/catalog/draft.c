/* From JSON to a product_draft, whole or as a merge patch.  Reads shapes only: what a
 * product may be is catalog_rules.c's. */
#include "catalog/draft.h"

#include <stdio.h>

#include "stock/stock.h"

#define POINTER_N 64

/* A text member: STR_NULL when missing or null. Numbers are taken as their digits: codes
 * often are numbers to the program that wrote the file. */
static enum err
text_member(const struct jval *in, const char *name, bool required, struct str *out,
    struct fault *flt)
{
    const struct jval *v = jin_get(in, name);
    char at[POINTER_N];

    (void)snprintf(at, sizeof(at), "/%s", name);
    *out = STR_NULL;
    if (v == NULL || v->type == J_NULL)
        return required ? fault_field(flt, at, "required", "missing") : ERR_OK;
    if (v->type != J_STR && v->type != J_INT)
        return fault_field(flt, at, "wrong_type", "a string");
    *out = str_trim(v->s);
    return required && out->n == 0 ? fault_field(flt, at, "required", "empty") : ERR_OK;
}

/* A stock figure, -1 when missing. */
static enum err
stock_member(const struct jval *in, enum draft_form form, const char *pointer,
    int64_t *out, struct fault *flt)
{
    const struct jval *v = jin_get(in, "stock");
    bool text = v != NULL && v->type == J_STR && form == DRAFT_IMPORT;

    *out = -1;
    if (v == NULL || v->type == J_NULL)
        return ERR_OK;
    if (v->type == J_INT && !v->huge)
        *out = v->i;
    if (*out < 0 && !(text && str_i64(v->s, out)))
        return fault_field(flt, pointer, "wrong_type", "a whole number");
    if (*out < 0 || *out > STOCK_MAX)
        return fault_field(
            flt, pointer, "out_of_range", "0 to %lld", (long long)STOCK_MAX);
    return ERR_OK;
}

/* What a variant has when its entry is silent. */
struct variant_default {
    enum draft_form form;
    int64_t price;
    const struct product *cur; /* a known SKU keeps its price; may be NULL */
};

static int64_t
default_price(const struct variant_default *def, struct str sku)
{
    size_t i;

    for (i = 0; def->cur != NULL && i < def->cur->skus_n; i++)
        if (str_eq(def->cur->skus[i].sku, sku))
            return def->cur->skus[i].price;
    return def->price;
}

static enum err
variant_read(struct arena *a, const struct jval *v, size_t i,
    const struct variant_default *def, struct product *p, struct fault *flt)
{
    struct sku *s = &p->skus[i];
    const struct jval *price = jin_get(v, "price");
    char at[POINTER_N];
    enum err e;

    (void)snprintf(at, sizeof(at), "/variants/%zu", i);
    if (v->type != J_OBJECT)
        return fault_field(flt, at, "wrong_type", "an object");
    if ((e = text_member(v, "sku", true, &s->sku, flt)) != ERR_OK)
        return e;
    if ((e = text_member(v, "name", false, &s->variant, flt)) != ERR_OK)
        return e;
    if ((e = draft_options(a, jin_get(v, "options"), at, s, flt)) != ERR_OK)
        return e;
    if ((e = stock_member(v, def->form, at, &s->stock, flt)) != ERR_OK)
        return e;
    s->price = default_price(def, s->sku);
    if (price == NULL || price->type == J_NULL)
        return ERR_OK;
    return draft_price(price, def->form, at, &p->currency, &s->price, flt);
}

static enum err
variants_read(struct arena *a, const struct jval *v, const struct variant_default *def,
    struct product *p, struct fault *flt)
{
    size_t i;
    enum err e;

    if (v->type != J_ARRAY || v->n > PRODUCT_SKUS_MAX)
        return fault_field(
            flt, "/variants", "wrong_type", "an array of at most %d", PRODUCT_SKUS_MAX);
    p->skus = arena_calloc(a, v->n, sizeof(*p->skus));
    p->skus_n = v->n;
    for (i = 0; i < v->n; i++)
        if ((e = variant_read(a, &v->v[i], i, def, p, flt)) != ERR_OK)
            return e;
    return ERR_OK;
}

static bool
lists_variants(const struct jval *in)
{
    const struct jval *v = jin_get(in, "variants");

    return v != NULL && v->type != J_NULL && !(v->type == J_ARRAY && v->n == 0);
}

static void
note_stock(struct product_draft *d)
{
    size_t i;

    for (i = 0; i < d->p.skus_n; i++)
        d->has_stock = d->has_stock || d->p.skus[i].stock >= 0;
}

/* The SKUs of a whole product from its top-level members and its variants. */
static enum err
skus_read(struct arena *a, const struct jval *in, enum draft_form form,
    struct product_draft *d, struct fault *flt)
{
    struct variant_default def = {.form = form};
    struct product *p = &d->p;
    struct sku first = {.variant = STR(""), .options = STR("{}")};
    enum err e;

    if ((e = text_member(in, "sku", true, &first.sku, flt)) != ERR_OK)
        return e;
    e = draft_price(
        jin_get(in, "price"), form, "/price", &p->currency, &first.price, flt);
    if (e != ERR_OK)
        return e;
    if ((e = stock_member(in, form, "/stock", &first.stock, flt)) != ERR_OK)
        return e;
    if (!lists_variants(in)) {
        p->skus = arena_calloc(a, 1, sizeof(*p->skus));
        p->skus[p->skus_n++] = first;
        return ERR_OK;
    }
    def.price = first.price;
    if ((e = variants_read(a, jin_get(in, "variants"), &def, p, flt)) != ERR_OK)
        return e;
    if (!str_eq(p->skus[0].sku, first.sku))
        return fault_field(flt, "/variants/0/sku", "not_first",
            "the first variant is the product's own sku");
    if (p->skus[0].stock < 0)
        p->skus[0].stock = first.stock;
    return ERR_OK;
}

static enum err
images_member(
    struct arena *a, const struct jval *in, struct product *p, struct fault *flt)
{
    const struct jval *list = jin_get(in, "images");

    return draft_images(a, list != NULL ? list : jin_get(in, "image"), p, flt);
}

enum err
draft_read(struct arena *a, const struct jval *in, enum draft_form form,
    struct str currency, struct product_draft *d, struct fault *flt)
{
    struct product *p = &d->p;
    enum err e;

    *d = (struct product_draft){.has_stock = false};
    if ((e = text_member(in, "name", true, &p->name, flt)) != ERR_OK)
        return e;
    if ((e = text_member(in, "description", false, &p->description, flt)) != ERR_OK)
        return e;
    if ((e = text_member(in, "brand", false, &p->brand, flt)) != ERR_OK)
        return e;
    if ((e = text_member(in, "slug", false, &p->slug, flt)) != ERR_OK)
        return e;
    if (p->description.p == NULL)
        p->description = STR("");
    if (p->brand.n == 0)
        p->brand = STR_NULL;
    if (form == DRAFT_IMPORT) {
        if ((e = text_member(in, "currency", false, &p->currency, flt)) != ERR_OK)
            return e;
        if (p->currency.n == 0)
            p->currency = currency;
    }
    if ((e = skus_read(a, in, form, d, flt)) != ERR_OK)
        return e;
    if (p->currency.n == 0)
        p->currency = currency;
    note_stock(d);
    p->archived = str_eq_c(jin_str(in, "status"), "archived");
    if ((e = draft_category(jin_get(in, "category"), p, flt)) != ERR_OK)
        return e;
    if ((e = images_member(a, in, p, flt)) != ERR_OK)
        return e;
    return draft_attributes(a, jin_get(in, "attributes"), false, p, flt);
}

/* --- merge patch --- */

static enum err
patch_texts(const struct jval *in, struct product *p, struct fault *flt)
{
    enum err e = ERR_OK;

    if (jin_get(in, "name") != NULL)
        e = text_member(in, "name", true, &p->name, flt);
    if (e == ERR_OK && jin_get(in, "description") != NULL)
        e = text_member(in, "description", false, &p->description, flt);
    if (e == ERR_OK && jin_get(in, "brand") != NULL)
        e = text_member(in, "brand", false, &p->brand, flt);
    if (e == ERR_OK)
        e = text_member(in, "slug", false, &p->slug, flt);
    if (p->description.p == NULL)
        p->description = STR("");
    if (p->brand.n == 0)
        p->brand = STR_NULL;
    if (jin_str(in, "status").p != NULL)
        p->archived = str_eq_c(jin_str(in, "status"), "archived");
    return e;
}

/* price: {"amount"} or {"currency"} alone leave the other as it is. */
static enum err
patch_price(const struct jval *in, const struct product *cur, struct product *p,
    int64_t *amount, struct fault *flt)
{
    const struct jval *v = jin_get(in, "price"), *n = jin_get_type(v, "amount", J_INT);
    size_t i;

    *amount = cur->price;
    if (v == NULL)
        return ERR_OK;
    if (v->type != J_OBJECT)
        return fault_field(flt, "/price", "required", "a product has a price");
    if (jin_str(v, "currency").p != NULL)
        p->currency = jin_str(v, "currency");
    if (n == NULL)
        return ERR_OK;
    *amount = n->i;
    for (i = 0; i < p->skus_n; i++)
        if (p->skus[i].price == cur->price)
            p->skus[i].price = n->i;
    return ERR_OK;
}

/* Without `variants`: the code and the stock of the only or first SKU. */
static enum err
patch_first_sku(const struct jval *in, struct product *p, struct fault *flt)
{
    int64_t stock;
    enum err e;

    if (jin_get(in, "sku") != NULL &&
        (e = text_member(in, "sku", true, &p->skus[0].sku, flt)) != ERR_OK)
        return e;
    if ((e = stock_member(in, DRAFT_API, "/stock", &stock, flt)) != ERR_OK || stock < 0)
        return e;
    if (p->skus_n > 1)
        return fault_field(flt, "/stock", "ambiguous", "give each variant its stock");
    p->skus[0].stock = stock;
    return ERR_OK;
}

static enum err
patch_skus(struct arena *a, const struct jval *in, const struct product *cur,
    struct product *p, struct fault *flt)
{
    const struct jval *v = jin_get(in, "variants");
    struct variant_default def = {.form = DRAFT_API};
    struct product before;
    struct str sku;
    size_t i;
    enum err e;

    p->skus = arena_calloc(a, cur->skus_n, sizeof(*p->skus));
    for (i = 0; i < cur->skus_n; i++) {
        p->skus[i] = cur->skus[i];
        p->skus[i].stock = -1;
    }
    if ((e = patch_price(in, cur, p, &def.price, flt)) != ERR_OK)
        return e;
    if (v == NULL)
        return patch_first_sku(in, p, flt);
    if (!lists_variants(in)) {
        p->skus_n = 1;
        p->skus[0].variant = STR("");
        p->skus[0].options = STR("{}");
        return patch_first_sku(in, p, flt);
    }
    before = *p;
    def.cur = &before;
    if ((e = variants_read(a, v, &def, p, flt)) != ERR_OK)
        return e;
    if ((e = text_member(in, "sku", false, &sku, flt)) != ERR_OK)
        return e;
    if (sku.p != NULL && !str_eq(sku, p->skus[0].sku))
        return fault_field(flt, "/variants/0/sku", "not_first",
            "the first variant is the product's own sku");
    return ERR_OK;
}

enum err
draft_patch(struct arena *a, const struct jval *in, const struct product *cur,
    struct product_draft *d, struct fault *flt)
{
    struct product *p = &d->p;
    enum err e;

    *d = (struct product_draft){.p = *cur};
    p->slug = STR_NULL;
    if ((e = patch_texts(in, p, flt)) != ERR_OK)
        return e;
    if ((e = patch_skus(a, in, cur, p, flt)) != ERR_OK)
        return e;
    note_stock(d);
    if (jin_get(in, "category") != NULL)
        e = draft_category(jin_get(in, "category"), p, flt);
    if (e == ERR_OK && (jin_get(in, "images") != NULL || jin_get(in, "image") != NULL))
        e = images_member(a, in, p, flt);
    if (e == ERR_OK && jin_get(in, "attributes") != NULL)
        e = draft_attributes(a, jin_get(in, "attributes"), true, p, flt);
    return e;
}
