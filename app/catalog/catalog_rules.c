/* What a product may be: bounds and texts of a draft, and what is derived from it.  Pure:
 * no database, no HTTP. */
#include "catalog/catalog_rules.h"

#include <stdio.h>

#include "base/buf.h"
#include "catalog/slug.h"
#include "price/money.h"
#include "stock/stock.h"

#define NAME_MAX_N 500
#define SKU_MAX_N 64
#define BRAND_MAX_N 120
#define CATEGORY_MAX_N 120
#define VARIANT_MAX_N 200
#define OPTIONS_MAX_N 2000
#define DESCRIPTION_MAX_N 65535
#define URL_MAX_N 1000
#define ALT_MAX_N 300
#define ATTRIBUTE_MAX_N 120
#define VALUE_MAX_N 1000
#define SEARCH_TEXT_MAX ((size_t)16 << 10)

#define POINTER_N 96

static bool
has_control(struct str s, bool lines_allowed)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c == 0x7f ||
            (c < 0x20 && !(lines_allowed && (c == '\n' || c == '\r' || c == '\t'))))
            return true;
    }
    return false;
}

/* One line of text of min..max characters. */
static void
check_line(struct fault *flt, const char *pointer, struct str s, size_t min, size_t max,
    bool *bad)
{
    size_t n = str_utf8_count(s);

    if (n < min)
        (void)fault_field(
            flt, pointer, min == 1 ? "required" : "too_short", "at least %zu", min);
    else if (n > max)
        (void)fault_field(flt, pointer, "too_long", "at most %zu characters", max);
    else if (has_control(s, false))
        (void)fault_field(flt, pointer, "bad_text", "no control characters");
    else
        return;
    *bad = true;
}

static void
check_range(struct fault *flt, const char *pointer, int64_t v, int64_t min, int64_t max,
    bool *bad)
{
    if (v >= min && v <= max)
        return;
    (void)fault_field(
        flt, pointer, "out_of_range", "%lld to %lld", (long long)min, (long long)max);
    *bad = true;
}

/* "/sku" for a product of one SKU, "/variants/2/sku" otherwise. */
static const char *
sku_pointer(const struct product *p, size_t i, const char *member, char out[POINTER_N])
{
    if (p->skus_n == 1)
        (void)snprintf(out, POINTER_N, "/%s", member);
    else
        (void)snprintf(out, POINTER_N, "/variants/%zu/%s", i, member);
    return out;
}

static const char *
item_pointer(const char *list, size_t i, const char *member, char out[POINTER_N])
{
    (void)snprintf(
        out, POINTER_N, "/%s/%zu%s%s", list, i, *member != '\0' ? "/" : "", member);
    return out;
}

static void
check_sku(const struct product *p, size_t i, struct fault *flt, bool *bad)
{
    const struct sku *s = &p->skus[i];
    char at[POINTER_N];
    size_t k;

    check_line(flt, sku_pointer(p, i, "sku", at), s->sku, 1, SKU_MAX_N, bad);
    if (str_trim(s->sku).n != s->sku.n) {
        (void)fault_field(flt, at, "bad_text", "no white space at the ends");
        *bad = true;
    }
    for (k = 0; k < i; k++) {
        if (!str_eq(p->skus[k].sku, s->sku))
            continue;
        (void)fault_field(flt, at, "duplicate", "each SKU once");
        *bad = true;
        break;
    }
    check_line(flt, sku_pointer(p, i, "name", at), s->variant, 0, VARIANT_MAX_N, bad);
    check_line(flt, sku_pointer(p, i, "options", at), s->options, 0, OPTIONS_MAX_N, bad);
    check_range(flt, sku_pointer(p, i, "price", at), s->price, 0, MONEY_MAX, bad);
    check_range(flt, sku_pointer(p, i, "stock", at), s->stock < 0 ? 0 : s->stock, 0,
        STOCK_MAX, bad);
}

/* An address a browser may load a picture from: the web's, or a path of this shop. */
static bool
image_url_ok(struct str url)
{
    return str_starts(url, STR("https://")) || str_starts(url, STR("http://")) ||
           (str_starts(url, STR("/")) && !str_starts(url, STR("//")));
}

static void
check_details(const struct product *p, struct fault *flt, bool *bad)
{
    char at[POINTER_N];
    size_t i;

    for (i = 0; i < p->category_n; i++)
        check_line(flt, item_pointer("category", i, "", at), p->category[i], 1,
            CATEGORY_MAX_N, bad);
    for (i = 0; i < p->images_n; i++) {
        check_line(flt, item_pointer("images", i, "url", at), p->images[i].url, 1,
            URL_MAX_N, bad);
        if (p->images[i].url.n > 0 && !image_url_ok(p->images[i].url)) {
            (void)fault_field(flt, at, "bad_url", "http://, https:// or a path from /");
            *bad = true;
        }
        check_line(flt, item_pointer("images", i, "alt", at), p->images[i].alt, 0,
            ALT_MAX_N, bad);
    }
    for (i = 0; i < p->attributes_n; i++) {
        check_line(flt, item_pointer("attributes", i, "name", at), p->attributes[i].name,
            1, ATTRIBUTE_MAX_N, bad);
        check_line(flt, item_pointer("attributes", i, "value", at),
            p->attributes[i].value, 0, VALUE_MAX_N, bad);
    }
}

static void
check_counts(const struct product *p, struct fault *flt, bool *bad)
{
    check_range(flt, "/variants", (int64_t)p->skus_n, 1, PRODUCT_SKUS_MAX, bad);
    check_range(flt, "/images", (int64_t)p->images_n, 0, PRODUCT_IMAGES_MAX, bad);
    check_range(
        flt, "/attributes", (int64_t)p->attributes_n, 0, PRODUCT_ATTRIBUTES_MAX, bad);
    check_range(flt, "/category", (int64_t)p->category_n, 0, CATEGORY_DEPTH_MAX, bad);
}

enum err
product_draft_check(const struct product_draft *d, struct fault *flt)
{
    const struct product *p = &d->p;
    bool bad = false;
    size_t i;

    check_counts(p, flt, &bad);
    if (bad)
        return ERR_INVALID;
    check_line(flt, "/name", str_trim(p->name), 1, NAME_MAX_N, &bad);
    if (p->brand.p != NULL)
        check_line(flt, "/brand", p->brand, 1, BRAND_MAX_N, &bad);
    if (str_utf8_count(p->description) > DESCRIPTION_MAX_N) {
        (void)fault_field(
            flt, "/description", "too_long", "at most %d characters", DESCRIPTION_MAX_N);
        bad = true;
    }
    if (has_control(p->description, true)) {
        (void)fault_field(flt, "/description", "bad_text", "no control characters");
        bad = true;
    }
    if (currency_digits(p->currency) < 0) {
        (void)fault_field(flt, "/price/currency", "bad_choice", "an ISO 4217 currency");
        bad = true;
    }
    if (p->slug.p != NULL && !slug_valid(p->slug)) {
        (void)fault_field(flt, "/slug", "bad_text", "a-z, 0-9 and single hyphens");
        bad = true;
    }
    for (i = 0; i < p->skus_n; i++)
        check_sku(p, i, flt, &bad);
    check_details(p, flt, &bad);
    return bad ? ERR_INVALID : ERR_OK;
}

int64_t
product_lowest_price(const struct product *p)
{
    int64_t low = p->skus[0].price;
    size_t i;

    for (i = 1; i < p->skus_n; i++)
        if (p->skus[i].price < low)
            low = p->skus[i].price;
    return low;
}

/* Append words while they fit; a part of a long text is better than none of it. */
static void
words(struct buf *b, struct str s)
{
    size_t room = SEARCH_TEXT_MAX - 1 - b->n;

    if (s.n == 0 || room < 2)
        return;
    buf_str(b, str_utf8_cut(s, room - 1));
    buf_char(b, '\n');
}

struct str
product_search_text(struct arena *a, const struct product *p)
{
    struct buf b;
    size_t i;

    buf_init_arena(&b, a, SEARCH_TEXT_MAX);
    words(&b, p->brand);
    for (i = 0; i < p->skus_n; i++) {
        words(&b, p->skus[i].sku);
        words(&b, p->skus[i].variant);
    }
    for (i = 0; i < p->category_n; i++)
        words(&b, p->category[i]);
    for (i = 0; i < p->attributes_n; i++)
        words(&b, p->attributes[i].value);
    words(&b, p->description);
    return buf_view(&b);
}
