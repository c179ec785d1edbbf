/* From the product's form to a product_draft, and from the draft's faults back to the
 * form. What the form does not show (options, attributes, further pictures) stays as it
 * is. What a product may be is product_draft_check()'s to say. */
#include <stdio.h>
#include <string.h>

#include "admin/admin_page.h"
#include "price/money.h"
#include "stock/stock.h"

struct str
admin_row(const struct jval *in, const char *name, size_t i)
{
    const struct jval *v = jin_get(in, name);

    if (v != NULL && v->type == J_STR && i == 0)
        return v->s;
    if (v == NULL || v->type != J_ARRAY || i >= v->n || v->v[i].type != J_STR)
        return STR_NULL;
    return v->v[i].s;
}

static struct str
or_empty(struct str s)
{
    return s.p != NULL ? s : STR("");
}

/* Browsers send CR LF for a line's end. */
static struct str
unix_lines(struct arena *a, struct str s)
{
    char *p = arena_cstr(a, s);
    size_t i, n = 0;

    for (i = 0; i < s.n; i++)
        if (s.p[i] != '\r')
            p[n++] = s.p[i];
    return (struct str){p, n};
}

/* The names from the top of the chosen category, found upwards by parent. */
static enum err
draft_names(struct str path, const struct category *cats, size_t n, struct product *p,
    struct fault *flt)
{
    int64_t want = 0;
    size_t i, depth;

    p->category_n = 0;
    if (path.n == 0)
        return ERR_OK;
    for (i = 0; i < n && !str_eq(cats[i].path, path); i++)
        ;
    if (i == n || cats[i].depth < 1 || cats[i].depth > CATEGORY_DEPTH_MAX)
        return fault_field(flt, "/category", "bad_choice", "There is no such category.");
    p->category_n = depth = (size_t)cats[i].depth;
    p->category[--depth] = cats[i].name;
    /* In path order a parent stands before its children. */
    for (want = cats[i].parent_id; i-- > 0 && depth > 0;) {
        if (cats[i].id != want)
            continue;
        p->category[--depth] = cats[i].name;
        want = cats[i].parent_id;
    }
    return ERR_OK;
}

/* The form shows the first picture; those behind it stay. */
static void
draft_picture(struct arena *a, struct str url, struct product *p)
{
    struct image *old = p->images;
    size_t kept = p->images_n > 0 ? p->images_n - 1 : 0, i;

    if (p->images_n > 0 && str_eq(old[0].url, url))
        return;
    p->images = arena_calloc(a, kept + 1, sizeof(*p->images));
    p->images_n = 0;
    if (url.n > 0)
        p->images[p->images_n++] = (struct image){url, STR("")};
    for (i = 0; i < kept; i++)
        p->images[p->images_n++] = old[i + 1];
}

static enum err
draft_amount(struct str typed, struct str currency, const char *pointer, int64_t *out,
    struct fault *flt)
{
    *out = 0;
    if (money_parse_decimal(str_trim(typed), currency, out) == ERR_OK)
        return ERR_OK;
    return fault_field(flt, pointer, "bad_price",
        "Not a price in %.*s: write it as 1999.00", STR_F(currency));
}

static enum err
draft_first_sku(struct req *rq, struct product *p, struct fault *flt)
{
    struct str stock = jin_str(rq->in, "stock");
    struct sku *s = arena_calloc(rq->arena, 1, sizeof(*s));
    enum err e;

    *s = (struct sku){.sku = or_empty(jin_str(rq->in, "sku")),
        .variant = STR(""),
        .options = STR("{}")};
    p->skus = s;
    p->skus_n = 1;
    e = draft_amount(jin_str(rq->in, "price"), p->currency, "/price", &s->price, flt);
    if (stock.n > 0 &&
        (!str_i64(stock, &s->stock) || s->stock < 0 || s->stock > STOCK_MAX)) {
        s->stock = 0;
        e = fault_field(flt, "/stock", "out_of_range", "A whole number from 0 on.");
    }
    return e;
}

static const struct sku *
sku_by_id(const struct product *p, struct str id_text)
{
    int64_t id;
    size_t i;

    if (!str_i64(id_text, &id))
        return NULL;
    for (i = 0; i < p->skus_n; i++)
        if (p->skus[i].id == id)
            return &p->skus[i];
    return NULL;
}

/* One row a SKU. A row without a code takes its variant off, or is the empty last one. */
static enum err
draft_variants(
    struct req *rq, const struct product *cur, struct product *p, struct fault *flt)
{
    struct sku *s = arena_calloc(rq->arena, PRODUCT_SKUS_MAX + 1, sizeof(*s));
    char at[48];
    struct str id, code;
    size_t i, n = 0;
    enum err e = ERR_OK;

    for (i = 0; (id = admin_row(rq->in, "variant_id", i)).p != NULL; i++) {
        const struct sku *old = sku_by_id(cur, id);

        if (id.n > 0 && old == NULL)
            return fault_set(flt, ERR_PRECONDITION, "", "A variant is no longer there.");
        code = str_trim(admin_row(rq->in, "variant_sku", i));
        if (code.n == 0 || n > PRODUCT_SKUS_MAX)
            continue;
        s[n] = old != NULL ? *old : (struct sku){.options = STR("{}")};
        /* Stock has its own form: nothing is changed of what was, a new one begins empty.
         */
        s[n].stock = old != NULL ? -1 : 0;
        s[n].sku = code;
        s[n].variant = or_empty(str_trim(admin_row(rq->in, "variant_label", i)));
        (void)snprintf(at, sizeof(at), "/variants/%zu/price", n);
        if (draft_amount(admin_row(rq->in, "variant_price", i), p->currency, at,
                &s[n].price, flt) != ERR_OK)
            e = ERR_INVALID;
        n++;
    }
    p->skus = s;
    p->skus_n = n;
    return e;
}

enum err
admin_draft(struct req *rq, const struct product *cur, const struct category *cats,
    size_t cats_n, struct product_draft *d, struct fault *flt)
{
    struct product *p = &d->p;
    enum err skus, names, rules;

    *d = (struct product_draft){.has_stock = cur == NULL, .import_hash = STR_NULL};
    if (cur != NULL)
        *p = *cur;
    else
        p->currency = str_c(app_of(rq)->set.currency);
    p->archived = false;
    p->name = or_empty(jin_str(rq->in, "name"));
    p->slug = jin_str(rq->in, "slug");
    p->brand = jin_str(rq->in, "brand");
    p->description = unix_lines(rq->arena, or_empty(jin_str(rq->in, "description")));
    draft_picture(rq->arena, jin_str(rq->in, "image"), p);
    names = draft_names(jin_str(rq->in, "category"), cats, cats_n, p, flt);
    skus = cur != NULL ? draft_variants(rq, cur, p, flt) : draft_first_sku(rq, p, flt);
    if (skus == ERR_PRECONDITION)
        return skus;
    rules = product_draft_check(d, flt);
    return skus != ERR_OK ? skus : names != ERR_OK ? names : rules;
}

/* "/variants/2/price" -> the code of that SKU, "" when the pointer names none. */
static struct str
code_at(const struct product_draft *d, const char *pointer)
{
    struct str rest = str_c(pointer), index, member;
    int64_t i;

    if (!str_starts(rest, STR("/variants/")))
        return STR("");
    (void)str_cut(str_sub(rest, 10, rest.n), '/', &index, &member);
    if (!str_i64(index, &i) || i < 0 || (size_t)i >= d->p.skus_n)
        return STR("");
    return str_sub(d->p.skus[i].sku, 0, 64);
}

static const char *
form_pointer(const char *pointer, bool is_new)
{
    static const char *const of_sku[] = {"/sku", "/price", "/stock", "/options"};
    size_t i;

    if (strncmp(pointer, "/images", 7) == 0)
        return "/image";
    if (strncmp(pointer, "/category", 9) == 0)
        return "/category";
    if (strncmp(pointer, "/variants", 9) == 0)
        return is_new ? "/sku" : "/variants";
    for (i = 0; i < NELEM(of_sku) && !is_new; i++)
        if (strcmp(pointer, of_sku[i]) == 0)
            return "/variants";
    return pointer;
}

/* The API's terse details as a person's sentences. */
static struct str
form_detail(struct arena *a, const struct product_draft *d, const struct fault_field *f,
    bool is_new)
{
    struct str code = is_new ? STR("") : code_at(d, f->pointer);

    if (strcmp(f->code, "required") == 0)
        return STR("This is needed.");
    if (strcmp(f->code, "bad_url") == 0)
        return STR("It begins with https:// or, if it is this shop's own, with a slash.");
    if (strcmp(f->code, "bad_text") == 0 && strcmp(f->pointer, "/slug") == 0)
        return STR("Small letters from a to z, digits and single hyphens.");
    if (d->p.skus_n == 0 && strcmp(f->pointer, "/variants") == 0)
        return STR("One SKU must stay; archive the product to take it off the shop.");
    if (code.n > 0)
        return arena_printf(a, "%.*s: %s", STR_F(code), f->detail);
    return admin_sentence(a, str_c(f->detail));
}

void
admin_draft_faults(
    struct arena *a, const struct product_draft *d, bool is_new, struct fault *flt)
{
    size_t i;

    for (i = 0; i < flt->n; i++) {
        struct fault_field *f = &flt->field[i];
        struct str detail = arena_str(a, form_detail(a, d, f, is_new));
        struct str pointer = arena_str(a, str_c(form_pointer(f->pointer, is_new)));

        (void)snprintf(f->detail, sizeof(f->detail), "%.*s", STR_F(detail));
        (void)snprintf(f->pointer, sizeof(f->pointer), "%.*s", STR_F(pointer));
    }
}
