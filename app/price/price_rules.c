/* Looking up what the rules say of a country, a category, an order's worth. */
#include "price/rules.h"

#include <stdlib.h>

#define DEPTH_MAX 32 /* deeper than any tree of categories: one with a circle ends here  \
                      */

static int
tax_cmp(const void *x, const void *y)
{
    const struct tax_rule *a = x, *b = y;
    int c = str_cmp(a->country, b->country);

    return c != 0 ? c
                  : (a->category_id > b->category_id) - (a->category_id < b->category_id);
}

static int
category_cmp(const void *x, const void *y)
{
    const struct category_rule *a = x, *b = y;

    return (a->id > b->id) - (a->id < b->id);
}

static int
place_cmp(const void *x, const void *y)
{
    const struct place_rule *a = x, *b = y;

    return str_cmp(a->country, b->country);
}

void
price_rules_sort(struct price_rules *r)
{
    if (r->tax_n > 0)
        qsort(r->tax, r->tax_n, sizeof(*r->tax), tax_cmp);
    if (r->categories_n > 0)
        qsort(r->categories, r->categories_n, sizeof(*r->categories), category_cmp);
    if (r->places_n > 0)
        qsort(r->places, r->places_n, sizeof(*r->places), place_cmp);
}

static const void *
find(const void *key, const void *list, size_t n, size_t size,
    int (*cmp)(const void *, const void *))
{
    return n > 0 ? bsearch(key, list, n, size, cmp) : NULL;
}

const struct tax_rule *
price_rules_tax(const struct price_rules *r, struct str country, int64_t category_id)
{
    struct tax_rule key = {.country = country, .category_id = category_id};
    const struct category_rule *c;
    const struct tax_rule *found;

    if (r == NULL)
        return NULL;
    for (int i = 0; i < DEPTH_MAX; i++) {
        found = find(&key, r->tax, r->tax_n, sizeof(key), tax_cmp);
        if (found != NULL || key.category_id == 0)
            return found;
        c = find(&(struct category_rule){.id = key.category_id}, r->categories,
            r->categories_n, sizeof(*c), category_cmp);
        key.category_id = c != NULL ? c->parent_id : 0;
    }
    return NULL;
}

static bool
zone_of(const struct price_rules *r, struct str country, int64_t *zone_id)
{
    const struct place_rule *p = find(&(struct place_rule){.country = country}, r->places,
        r->places_n, sizeof(*p), place_cmp);

    if (p == NULL)
        p = find(&(struct place_rule){.country = STR("*")}, r->places, r->places_n,
            sizeof(*p), place_cmp);
    if (p != NULL)
        *zone_id = p->zone_id;
    return p != NULL;
}

static bool
applies(const struct method_rule *m, int64_t zone_id, struct str currency, int64_t goods)
{
    return m->zone_id == zone_id && str_eq(m->currency, currency) &&
           (m->max_order < 0 || goods <= m->max_order);
}

size_t
price_methods(const struct price_rules *r, struct str country, struct str currency,
    int64_t goods, struct price_method out[PRICE_METHODS_MAX], bool *zone)
{
    int64_t zone_id = 0;
    size_t n = 0;
    bool known = true;

    if (r == NULL || r->methods_n == 0) {
        /* A shop that has set up no delivery: the one place that says what that means. */
        out[n++] =
            (struct price_method){.code = STR("standard"), .name = STR("Standard")};
    } else if ((known = country.n > 0 && zone_of(r, country, &zone_id))) {
        for (size_t i = 0; i < r->methods_n && n < PRICE_METHODS_MAX; i++) {
            const struct method_rule *m = &r->methods[i];

            if (applies(m, zone_id, currency, goods))
                out[n++] = (struct price_method){.code = m->code,
                    .name = m->name,
                    .charge = m->free_from >= 0 && goods >= m->free_from ? 0 : m->charge};
        }
    }
    if (zone != NULL)
        *zone = known;
    return n;
}

struct str
price_method_name(const struct price_rules *r, struct str country, struct str currency,
    struct str code)
{
    int64_t zone_id;

    if (r == NULL || country.n == 0 || !zone_of(r, country, &zone_id))
        return STR_NULL;
    for (size_t i = 0; i < r->methods_n; i++) {
        const struct method_rule *m = &r->methods[i];

        if (m->zone_id == zone_id && str_eq(m->currency, currency) &&
            str_eq(m->code, code))
            return m->name;
    }
    return STR_NULL;
}
