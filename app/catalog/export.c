/* Exporting: every active product in the import's shape, a page of ids at a time, so that
 * a catalogue of any size needs little memory. */
#include <stdio.h>

#include "catalog/catalog_store.h"
#include "catalog/import.h"
#include "json/jout.h"
#include "price/money.h"

#define PAGE 200
#define LINE_MAX_BYTES ((size_t)8 << 20)

static void
price_jout(struct jout *j, struct arena *a, const struct product *p, int64_t price)
{
    jout_kstr(j, "price", money_decimal(a, price, p->currency));
}

static void
variants_jout(struct jout *j, struct arena *a, const struct product *p)
{
    size_t i;

    if (p->skus_n == 1 && p->skus[0].options.n <= 2 && p->skus[0].variant.n == 0)
        return;
    jout_key(j, "variants");
    jout_arr(j);
    for (i = 0; i < p->skus_n; i++) {
        jout_obj(j);
        jout_kstr(j, "sku", p->skus[i].sku);
        jout_kstr(j, "name", p->skus[i].variant);
        jout_key(j, "options");
        jout_raw(j, p->skus[i].options);
        price_jout(j, a, p, p->skus[i].price);
        jout_ki64(j, "stock", p->skus[i].stock);
        jout_obj_end(j);
    }
    jout_arr_end(j);
}

static void
lists_jout(struct jout *j, const struct product *p)
{
    size_t i;

    jout_key(j, "category");
    jout_arr(j);
    for (i = 0; i < p->category_n; i++)
        jout_str(j, p->category[i]);
    jout_arr_end(j);
    jout_kstr(j, "image", p->images_n > 0 ? p->images[0].url : STR_NULL);
    if (p->images_n > 1 || (p->images_n == 1 && p->images[0].alt.n > 0)) {
        jout_key(j, "images");
        jout_arr(j);
        for (i = 0; i < p->images_n; i++) {
            jout_obj(j);
            jout_kstr(j, "url", p->images[i].url);
            jout_kstr(j, "alt", p->images[i].alt);
            jout_obj_end(j);
        }
        jout_arr_end(j);
    }
    if (p->attributes_n == 0)
        return;
    jout_key(j, "attributes");
    jout_obj(j);
    for (i = 0; i < p->attributes_n; i++) {
        jout_key_str(j, p->attributes[i].name);
        jout_str(j, p->attributes[i].value);
    }
    jout_obj_end(j);
}

static void
line_jout(struct jout *j, struct arena *a, const struct product *p)
{
    jout_obj(j);
    jout_kstr(j, "sku", p->skus[0].sku);
    jout_kstr(j, "slug", p->slug);
    jout_kstr(j, "name", p->name);
    price_jout(j, a, p, p->skus[0].price);
    jout_kstr(j, "currency", p->currency);
    jout_kstr(j, "brand", p->brand);
    jout_kstr(j, "description", p->description);
    jout_ki64(j, "stock", p->skus[0].stock);
    lists_jout(j, p);
    variants_jout(j, a, p);
    jout_obj_end(j);
}

static enum err
page_write(
    struct arena *a, const struct product *p, size_t n, FILE *out, int64_t *written)
{
    struct jout j;
    struct buf b;
    size_t i;

    buf_init(&b, LINE_MAX_BYTES);
    for (i = 0; i < n; i++) {
        if (p[i].id == 0 || p[i].skus_n == 0)
            continue; /* changed since its id was read */
        buf_clear(&b);
        jout_init(&j, &b);
        line_jout(&j, a, &p[i]);
        buf_char(&b, '\n');
        if (b.overflow || fwrite(b.p, 1, b.n, out) != b.n)
            break;
        ++*written;
    }
    buf_done(&b);
    return i < n ? ERR_UPSTREAM : ERR_OK;
}

enum err
export_file(struct db *db, FILE *out, int64_t *n)
{
    struct arena *a = arena_new((size_t)1 << 20);
    struct product *p;
    int64_t ids[PAGE], after = 0;
    size_t page = PAGE;
    enum err e = ERR_OK;

    *n = 0;
    while (e == ERR_OK && page == PAGE) {
        arena_reset(a);
        if ((e = catalog_store_ids(db, a, after, PAGE, ids, &page)) != ERR_OK ||
            page == 0)
            break;
        p = arena_calloc(a, page, sizeof(*p));
        if ((e = catalog_store_products(db, a, ids, page, p)) == ERR_OK)
            e = page_write(a, p, page, out, n);
        after = ids[page - 1];
    }
    arena_free(a);
    return e == ERR_OK && fflush(out) != 0 ? ERR_UPSTREAM : e;
}
