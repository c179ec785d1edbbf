/* Products as the API writes them.  Adds nothing that the structs do not hold. */
#include "catalog/catalog_json.h"

#include "price/money_json.h"

static void
names_jout(struct jout *j, const char *name, const struct str *s, size_t n)
{
    size_t i;

    jout_key(j, name);
    jout_arr(j);
    for (i = 0; i < n; i++)
        jout_str(j, s[i]);
    jout_arr_end(j);
}

static void
variant_jout(struct jout *j, const struct product *p, const struct sku *s)
{
    jout_obj(j);
    jout_kstr(j, "sku", s->sku);
    jout_kstr(j, "name", s->variant.n > 0 ? s->variant : p->name);
    jout_key(j, "options");
    jout_raw(j, s->options.n > 0 ? s->options : STR("{}"));
    money_kjout(j, "price", s->price, p->currency);
    jout_ki64(j, "stock", s->stock);
    jout_kbool(j, "in_stock", s->stock > 0);
    jout_obj_end(j);
}

/* One SKU without options is the product itself, not a choice. */
static bool
has_variants(const struct product *p)
{
    return p->skus_n > 1 ||
           (p->skus_n == 1 && (p->skus[0].options.n > 2 || p->skus[0].variant.n > 0));
}

static void
lists_jout(struct jout *j, const struct product *p)
{
    size_t i;

    jout_key(j, "images");
    jout_arr(j);
    for (i = 0; i < p->images_n; i++) {
        jout_obj(j);
        jout_kstr(j, "url", p->images[i].url);
        jout_kstr(j, "alt", p->images[i].alt);
        jout_obj_end(j);
    }
    jout_arr_end(j);
    jout_key(j, "attributes");
    jout_arr(j);
    for (i = 0; i < p->attributes_n; i++) {
        jout_obj(j);
        jout_kstr(j, "name", p->attributes[i].name);
        jout_kstr(j, "value", p->attributes[i].value);
        jout_obj_end(j);
    }
    jout_arr_end(j);
    jout_key(j, "variants");
    jout_arr(j);
    for (i = 0; has_variants(p) && i < p->skus_n; i++)
        variant_jout(j, p, &p->skus[i]);
    jout_arr_end(j);
}

void
product_jout(struct jout *j, const struct product *p)
{
    int64_t stock = 0;
    size_t i;

    for (i = 0; i < p->skus_n; i++)
        stock += p->skus[i].stock;
    jout_obj(j);
    jout_kid(j, "id", p->id);
    jout_kstr(j, "sku", p->skus_n > 0 ? p->skus[0].sku : STR_NULL);
    jout_kstr(j, "slug", p->slug);
    jout_kstr(j, "name", p->name);
    jout_kstr(j, "description", p->description);
    jout_kstr(j, "brand", p->brand);
    names_jout(j, "category", p->category, p->category_n);
    jout_kstr(j, "category_path", p->category_path);
    money_kjout(j, "price", p->price, p->currency);
    jout_ki64(j, "stock", stock);
    jout_kbool(j, "in_stock", stock > 0 && !p->archived);
    jout_ki64(j, "on_hold", p->on_hold);
    lists_jout(j, p);
    jout_kc(j, "status", p->archived ? "archived" : "active");
    jout_ki64(j, "version", p->version);
    jout_ktime(j, "created_at", p->created_at);
    jout_ktime(j, "updated_at", p->updated_at);
    jout_obj_end(j);
}

void
product_card_jout(struct jout *j, const struct product_card *c)
{
    jout_obj(j);
    jout_kid(j, "id", c->id);
    jout_kstr(j, "sku", c->sku);
    jout_kstr(j, "slug", c->slug);
    jout_kstr(j, "name", c->name);
    jout_kstr(j, "brand", c->brand);
    names_jout(j, "category", c->category, c->category_n);
    jout_kstr(j, "category_path", c->category_path);
    money_kjout(j, "price", c->price, c->currency);
    jout_ki64(j, "stock", c->stock);
    jout_kbool(j, "in_stock", c->stock > 0 && !c->archived);
    jout_kstr(j, "image", c->image);
    jout_ki64(j, "variants_count", (int64_t)c->skus_n);
    jout_kc(j, "status", c->archived ? "archived" : "active");
    jout_ki64(j, "version", c->version);
    jout_ktime(j, "updated_at", c->updated_at);
    jout_obj_end(j);
}
