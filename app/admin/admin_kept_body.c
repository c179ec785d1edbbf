/* From what was typed into a form to the API's JSON: only how people write a value is
 * decided here; what a coupon or a rate may be is the kind's to say. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin/admin_kept.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "price/money.h"
#include "price/price.h"

#define SKUS_MAX 1000
#define SKUS_STEP 100
#define PERCENT_DIGITS 4

static struct arena *
arena_of(const struct kept *c)
{
    return c->rq->arena;
}

struct typed {
    struct kept *c;
    const struct kept_field *f;
    struct str s, currency;
    struct fault *flt;
};

static bool
refuse(const struct typed *t, const char *what)
{
    char at[64];

    (void)snprintf(at, sizeof(at), "/%s", t->f->name);
    (void)fault_field(t->flt, at, "typed", "%s", what);
    return false;
}

/* The currency of a form's amounts: the shop's own where none is said. */
static struct str
currency_typed(struct kept *c, const struct jval *form)
{
    struct str s = jin_str(form, "currency");
    char *p;

    if (s.n == 0)
        return str_c(app_of(c->rq)->set.currency);
    p = arena_cstr(arena_of(c), s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
    return (struct str){p, s.n};
}

static bool
money_json(const struct typed *t, struct jval *out)
{
    struct str known = t->currency;
    int64_t amount;

    /* One that there is not is told by the kind, once for all amounts. */
    if (currency_digits(known) < 0)
        known = str_c(app_of(t->c->rq)->set.currency);
    if (money_parse_decimal(t->s, known, &amount) != ERR_OK)
        return refuse(t, "Not an amount: write it as 12.50");
    *out = *jin_new_object(arena_of(t->c), 2);
    jin_add(out, STR("amount"), &(struct jval){.type = J_INT, .i = amount});
    jin_add_str(out, STR("currency"), t->currency);
    return true;
}

/* "7.5" to 75000. */
static bool
percent_json(const struct typed *t, struct jval *out)
{
    struct str whole, part;
    int64_t ppm = 0, more = 0;
    bool dot = str_cut(t->s, '.', &whole, &part), ok;
    size_t digits = part.n;

    ok = whole.n > 0 && whole.n <= 3 && str_i64(whole, &ppm) && ppm >= 0;
    if (dot)
        ok = ok && digits > 0 && digits <= PERCENT_DIGITS && str_i64(part, &more) &&
             more >= 0;
    if (!ok || ppm > 100)
        return refuse(t, "A percentage such as 7.5, at most 100.");
    for (; digits < PERCENT_DIGITS; digits++)
        more *= 10;
    *out = (struct jval){.type = J_INT, .i = ppm * (PRICE_PPM / 100) + more};
    return true;
}

/* As browsers send it, or with a blank for the T. */
static bool
time_json(const struct typed *t, struct jval *out)
{
    struct str day = str_sub(t->s, 0, 10), clock = str_sub(t->s, 11, t->s.n), s;
    int64_t ms;

    if (str_ends(clock, STR("Z")))
        clock.n--;
    s = arena_printf(arena_of(t->c), "%.*sT%.*s%sZ", STR_F(day), STR_F(clock),
        clock.n == 5 ? ":00" : "");
    if (t->s.n < 16 || !time_rfc3339_parse(s, &ms))
        return refuse(t, "A day and a time, as 2026-11-22 20:30");
    *out = (struct jval){.type = J_STR, .s = s};
    return true;
}

/* "5", "1:30" */
static bool
minutes_json(const struct typed *t, struct jval *out)
{
    struct str min, sec;
    int64_t m = 0, s = 0;
    bool colon = str_cut(t->s, ':', &min, &sec);

    if (!str_i64(min, &m) || m < 0 || m > INT32_MAX ||
        (colon && (sec.n != 2 || !str_i64(sec, &s) || s < 0 || s > 59)))
        return refuse(t, "Minutes, as 5, or 1:30 for a minute and a half.");
    *out = (struct jval){.type = J_INT, .i = m * 60 + s};
    return true;
}

static bool
count_json(const struct typed *t, struct jval *out)
{
    int64_t n;

    if (!str_i64(t->s, &n))
        return refuse(t, "A whole number.");
    *out = (struct jval){.type = J_INT, .i = n};
    return true;
}

/* The lines of a text that are not empty. */
static size_t
lines_of(struct str text, struct str *out, size_t max)
{
    struct str line;
    size_t n = 0;

    while (n < max && str_next(&text, '\n', &line))
        if ((line = str_trim(line)).n > 0)
            out[n++] = line;
    return n;
}

static bool
has_id(const struct jval *list, struct str id)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->v[i].s, id))
            return true;
    return false;
}

/* SKUs to the ids of their products, each once. */
static enum err
skus_json(const struct typed *t, struct jval *out, bool *ok)
{
    struct arena *a = arena_of(t->c);
    struct str *sku = arena_calloc(a, SKUS_MAX + 1, sizeof(*sku));
    struct sku_info *info = arena_calloc(a, SKUS_STEP, sizeof(*info));
    size_t n = lines_of(t->s, sku, SKUS_MAX + 1), step;
    enum err e;

    *out = (struct jval){.type = J_ARRAY, .v = arena_calloc(a, n + 1, sizeof(*out->v))};
    if (n > SKUS_MAX) {
        *ok = refuse(t, "At most 1000.");
        return ERR_OK;
    }
    for (size_t from = 0; from < n; from += step) {
        step = n - from < SKUS_STEP ? n - from : SKUS_STEP;
        if ((e = catalog_skus(t->c->db, a, sku + from, step, info)) != ERR_OK)
            return e;
        for (size_t i = 0; i < step; i++) {
            struct str id = arena_printf(a, "%" PRId64, info[i].product_id);

            if (info[i].sku_id == 0) {
                *ok = refuse(t, arena_printf(a, "There is no SKU %.*s.",
                                    STR_F(str_utf8_cut(sku[from + i], 64)))
                                    .p);
                return ERR_OK;
            }
            if (!has_id(out, id))
                out->v[out->n++] = (struct jval){.type = J_STR, .s = id};
        }
    }
    return ERR_OK;
}

/* Boxes: none, one or many. */
static void
boxes_json(struct arena *a, const struct jval *form, const char *name, struct jval *out)
{
    struct str s;

    *out = (struct jval){.type = J_ARRAY};
    while (admin_row(form, name, out->n).p != NULL)
        out->n++;
    out->v = arena_calloc(a, out->n + 1, sizeof(*out->v));
    for (size_t i = 0; i < out->n; i++) {
        s = admin_row(form, name, i);
        out->v[i] = (struct jval){.type = J_STR, .s = s};
    }
}

/* One member; false: it is left out, or was refused. */
static enum err
to_json(const struct typed *t, const struct jval *form, struct jval *out, bool *ok)
{
    *ok = true;
    if (kept_has_boxes(t->f)) {
        boxes_json(arena_of(t->c), form, t->f->name, out);
        return ERR_OK;
    }
    if (t->f->input == IN_SKUS)
        return skus_json(t, out, ok);
    if (t->f->input == IN_CHECK) {
        *out = (struct jval){.type = J_BOOL, .b = t->s.n > 0};
        return ERR_OK;
    }
    if (t->s.n == 0 || t->f->input == IN_CURRENCY)
        *ok = false;
    else if (t->f->input == IN_MONEY)
        *ok = money_json(t, out);
    else if (t->f->input == IN_PERCENT)
        *ok = percent_json(t, out);
    else if (t->f->input == IN_TIME)
        *ok = time_json(t, out);
    else if (t->f->input == IN_MINUTES)
        *ok = minutes_json(t, out);
    else if (t->f->input == IN_COUNT)
        *ok = count_json(t, out);
    else
        *out = (struct jval){.type = J_STR, .s = t->s};
    return ERR_OK;
}

/* Is the member one that this form's object has at all? */
static bool
applies(const struct kept_field *f, const struct jval *form)
{
    return f->input != IN_CURRENCY &&
           (f->when == NULL || str_eq_c(jin_str(form, "kind"), f->when));
}

/* What the table let through, and null for all else: a form says the whole. */
static void
nulls_add(const struct kept *c, const struct jval *form, struct jval *body)
{
    static const struct jval null = {.type = J_NULL};

    for (const struct kept_field *f = c->k->fields; f->name != NULL; f++)
        if (applies(f, form) && jin_get(body, f->name) == NULL)
            jin_add(body, str_c(f->name), &null);
}

bool
kept_has_boxes(const struct kept_field *f)
{
    return f->input == IN_COUNTRIES || f->input == IN_CATEGORIES || f->input == IN_EVENTS;
}

bool
kept_required(const struct kept_field *f)
{
    return (f->flags & KEPT_OPTIONAL) == 0 && f->input != IN_CHECK &&
           f->input != IN_CATEGORY && f->input != IN_CURRENCY;
}

/* All that is missing at once, beside what else is wrong. */
static void
missing_add(const struct kept *c, const struct jval *form, struct fault *flt)
{
    char at[64];

    for (const struct kept_field *f = c->k->fields; f->name != NULL; f++) {
        if (!kept_required(f) || !applies(f, form) ||
            str_trim(admin_row(form, f->name, 0)).n > 0)
            continue;
        (void)snprintf(at, sizeof(at), "/%s", f->name);
        (void)fault_field(flt, at, "required", "is required");
    }
}

enum err
kept_body(struct kept *c, const struct jval *form, struct jval **out, struct fault *flt)
{
    struct arena *a = arena_of(c);
    struct jval *raw = jin_new_object(a, KEPT_MEMBERS_MAX), *checked, v;
    enum err e;
    bool ok;

    for (const struct kept_field *f = c->k->fields; f->name != NULL; f++) {
        const struct typed t = {.c = c,
            .f = f,
            .s = str_trim(jin_str(form, f->name)),
            .currency = currency_typed(c, form),
            .flt = flt};

        if (!applies(f, form))
            continue;
        if ((e = to_json(&t, form, &v, &ok)) != ERR_OK)
            return e;
        if (ok)
            jin_add(raw, str_c(f->name), &v);
    }
    missing_add(c, form, flt);
    e = field_check(a, c->k->in, raw, FIELD_JSON, "", false, &checked, flt);
    if (e != ERR_OK || flt->n > 0)
        return ERR_INVALID;
    *out = jin_new_object(a, KEPT_MEMBERS_MAX);
    for (size_t i = 0; i < checked->n; i++) {
        (*out)->key[i] = checked->key[i];
        (*out)->v[i] = checked->v[i];
    }
    (*out)->n = checked->n;
    nulls_add(c, form, *out);
    return ERR_OK;
}
