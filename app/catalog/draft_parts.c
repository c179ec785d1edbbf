/* The parts of a product's JSON that have more than one shape. */
#include "base/buf.h"
#include "catalog/draft.h"
#include "json/jout.h"
#include "price/money.h"

#define OPTIONS_JSON_MAX 8192
#define OPTIONS_MAX 20

static enum err
wrong(struct fault *flt, const char *pointer, const char *want)
{
    return fault_field(flt, pointer, "wrong_type", "%s", want);
}

/* 175.0 is a whole number to people. */
static struct str
without_zero_fraction(struct str s)
{
    size_t n = s.n, i;

    if (str_chr(s, '.') == SIZE_MAX)
        return s;
    for (i = 0; i < s.n; i++)
        if (s.p[i] == 'e' || s.p[i] == 'E')
            return s;
    while (s.p[n - 1] == '0')
        n--;
    return s.p[n - 1] == '.' ? str_sub(s, 0, n - 1) : s;
}

bool
draft_text(const struct jval *v, struct str *out)
{
    switch (v->type) {
    case J_STR:
    case J_INT:
        *out = v->s;
        return true;
    case J_REAL:
        *out = without_zero_fraction(v->s);
        return true;
    case J_BOOL:
        *out = v->b ? STR("true") : STR("false");
        return true;
    case J_NULL:
    case J_ARRAY:
    case J_OBJECT:
        break;
    }
    return false;
}

static enum err
category_too_deep(struct fault *flt)
{
    return fault_field(
        flt, "/category", "too_long", "at most %d levels", CATEGORY_DEPTH_MAX);
}

/* "Audio/Headphones"; spaces around the parts do not count. */
static enum err
category_from_text(struct str s, struct product *p, struct fault *flt)
{
    struct str part;

    while (str_next(&s, '/', &part)) {
        part = str_trim(part);
        if (part.n == 0)
            continue;
        if (p->category_n == CATEGORY_DEPTH_MAX)
            return category_too_deep(flt);
        p->category[p->category_n++] = part;
    }
    return ERR_OK;
}

enum err
draft_category(const struct jval *v, struct product *p, struct fault *flt)
{
    size_t i;

    p->category_n = 0;
    p->category_path = STR_NULL;
    if (v == NULL || v->type == J_NULL)
        return ERR_OK;
    if (v->type == J_STR)
        return category_from_text(v->s, p, flt);
    if (v->type != J_ARRAY)
        return wrong(flt, "/category", "an array of names or one path");
    if (v->n > CATEGORY_DEPTH_MAX)
        return category_too_deep(flt);
    for (i = 0; i < v->n; i++) {
        if (v->v[i].type != J_STR)
            return wrong(flt, "/category", "names are strings");
        p->category[p->category_n++] = str_trim(v->v[i].s);
    }
    return ERR_OK;
}

static enum err
image_read(const struct jval *v, struct image *img, struct fault *flt)
{
    const struct jval *alt = jin_get(v, "alt");

    *img = (struct image){.alt = STR("")};
    if (v->type == J_STR) {
        img->url = v->s;
        return ERR_OK;
    }
    if (v->type != J_OBJECT || jin_get_type(v, "url", J_STR) == NULL)
        return wrong(flt, "/images", "each a URL or {\"url\", \"alt\"}");
    img->url = jin_str(v, "url");
    if (alt != NULL && alt->type != J_STR && alt->type != J_NULL)
        return wrong(flt, "/images", "alt is a string");
    if (alt != NULL && alt->type == J_STR)
        img->alt = alt->s;
    return ERR_OK;
}

enum err
draft_images(struct arena *a, const struct jval *v, struct product *p, struct fault *flt)
{
    struct image one;
    size_t i;
    enum err e;

    p->images = NULL;
    p->images_n = 0;
    if (v == NULL || v->type == J_NULL || (v->type == J_STR && v->s.n == 0))
        return ERR_OK;
    if (v->type == J_STR) {
        p->images = arena_calloc(a, 1, sizeof(*p->images));
        p->images[p->images_n++] = (struct image){v->s, STR("")};
        return ERR_OK;
    }
    if (v->type != J_ARRAY)
        return wrong(flt, "/images", "an array");
    if (v->n > PRODUCT_IMAGES_MAX)
        return fault_field(flt, "/images", "too_long", "at most %d", PRODUCT_IMAGES_MAX);
    p->images = arena_calloc(a, v->n, sizeof(*p->images));
    for (i = 0; i < v->n; i++) {
        if ((e = image_read(&v->v[i], &one, flt)) != ERR_OK)
            return e;
        p->images[p->images_n++] = one;
    }
    return ERR_OK;
}

static size_t
attribute_find(const struct product *p, struct str name)
{
    size_t i;

    for (i = 0; i < p->attributes_n && !str_eq(p->attributes[i].name, name); i++)
        ;
    return i;
}

/* Set or, with a null, remove one attribute; the list has room for one more. */
static enum err
attribute_put(struct product *p, struct str name, const struct jval *v, struct fault *flt)
{
    size_t i = attribute_find(p, name);
    struct str text;

    if (v->type == J_NULL) {
        for (; i + 1 < p->attributes_n; i++)
            p->attributes[i] = p->attributes[i + 1];
        if (i < p->attributes_n)
            p->attributes_n--;
        return ERR_OK;
    }
    if (!draft_text(v, &text))
        return wrong(flt, "/attributes", "values are strings, numbers or booleans");
    p->attributes[i] = (struct attribute){name, text};
    if (i == p->attributes_n)
        p->attributes_n++;
    return ERR_OK;
}

enum err
draft_attributes(struct arena *a, const struct jval *v, bool merge, struct product *p,
    struct fault *flt)
{
    const struct attribute *old = p->attributes;
    size_t i, kept;
    enum err e = ERR_OK;

    kept = merge && v != NULL && v->type == J_OBJECT ? p->attributes_n : 0;
    p->attributes_n = 0;
    if (v == NULL || v->type == J_NULL)
        return ERR_OK;
    if (v->type != J_OBJECT && v->type != J_ARRAY)
        return wrong(flt, "/attributes", "an object");
    /* Twice the limit here, so that the draft's check names the real count. */
    if (v->n > 2 * PRODUCT_ATTRIBUTES_MAX)
        return fault_field(
            flt, "/attributes", "too_long", "at most %d", PRODUCT_ATTRIBUTES_MAX);
    p->attributes = arena_calloc(a, v->n + kept, sizeof(*p->attributes));
    for (; p->attributes_n < kept; p->attributes_n++)
        p->attributes[p->attributes_n] = old[p->attributes_n];
    for (i = 0; i < v->n && e == ERR_OK; i++) {
        const struct jval *item = &v->v[i];

        if (v->type == J_OBJECT)
            e = attribute_put(p, v->key[i], item, flt);
        else if (jin_get_type(item, "name", J_STR) == NULL ||
                 jin_get(item, "value") == NULL)
            e = wrong(flt, "/attributes", "each {\"name\", \"value\"}");
        else
            e = attribute_put(p, jin_str(item, "name"), jin_get(item, "value"), flt);
    }
    return e;
}

enum err
draft_options(struct arena *a, const struct jval *v, const char *pointer, struct sku *s,
    struct fault *flt)
{
    struct buf json, name;
    struct jout j;
    struct str text;
    size_t i;

    s->options = STR("{}");
    if (v == NULL || v->type == J_NULL)
        return ERR_OK;
    if (v->type != J_OBJECT || v->n > OPTIONS_MAX)
        return wrong(flt, pointer, "an object of at most 20 strings");
    buf_init_arena(&json, a, OPTIONS_JSON_MAX);
    buf_init_arena(&name, a, OPTIONS_JSON_MAX);
    jout_init(&j, &json);
    jout_obj(&j);
    for (i = 0; i < v->n; i++) {
        if (!draft_text(&v->v[i], &text))
            return wrong(flt, pointer, "values are strings");
        jout_key_str(&j, v->key[i]);
        jout_str(&j, text);
        buf_c(&name, i > 0 ? ", " : "");
        buf_str(&name, text);
    }
    jout_obj_end(&j);
    if (json.overflow || name.overflow)
        return fault_field(flt, pointer, "too_long", "too much text");
    s->options = buf_view(&json);
    if (s->variant.n == 0)
        s->variant = buf_view(&name);
    return ERR_OK;
}

static enum err
price_object(const struct jval *v, const char *pointer, struct str *currency,
    int64_t *out, struct fault *flt)
{
    const struct jval *amount = jin_get_type(v, "amount", J_INT);
    struct str code = jin_str(v, "currency");

    if (amount == NULL || amount->huge)
        return wrong(flt, pointer, "{\"amount\": integer, \"currency\": \"USD\"}");
    if (code.p != NULL && currency->p != NULL && !str_eq(code, *currency))
        return fault_field(
            flt, pointer, "currency", "all prices of a product in one currency");
    if (code.p != NULL)
        *currency = code;
    *out = amount->i;
    return ERR_OK;
}

enum err
draft_price(const struct jval *v, enum draft_form form, const char *pointer,
    struct str *currency, int64_t *out, struct fault *flt)
{
    if (v == NULL || v->type == J_NULL)
        return fault_field(flt, pointer, "required", "a price");
    if (form == DRAFT_API)
        return price_object(v, pointer, currency, out, flt);
    if (v->type != J_STR && v->type != J_INT && v->type != J_REAL)
        return wrong(flt, pointer, "a decimal string or number");
    if (money_parse_decimal(str_trim(v->s), *currency, out) == ERR_OK)
        return ERR_OK;
    return fault_field(flt, pointer, "out_of_range", "\"%.*s\" is no price in %.*s",
        STR_F(str_utf8_cut(v->s, 40)), STR_F(str_utf8_cut(*currency, 8)));
}
