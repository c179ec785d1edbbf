/* Reading the rules. The tree of categories is read only when a rate depends on it. */
#include "price/rules.h"

enum { SQL_TAX, SQL_CATEGORIES, SQL_PLACES, SQL_METHODS, SQL__MAX };

static const char *const sqls[SQL__MAX] = {
    [SQL_TAX] = "SELECT country, category_id, rate_ppm, inclusive FROM tax_rate",
    [SQL_CATEGORIES] = "SELECT id, parent_id FROM category",
    [SQL_PLACES] = "SELECT country, zone_id FROM shipping_zone_country",
    [SQL_METHODS] = ("SELECT zone_id, code, name, currency, charge, free_from, max_order"
                     " FROM shipping_method ORDER BY zone_id, position, code"),
};

static enum err
tax_read(struct db *db, struct arena *a, struct price_rules *out, bool *by_category)
{
    struct db_rows r;
    enum err e = db_query(db, sqls[SQL_TAX], NULL, 0, a, &r);

    if (e != ERR_OK)
        return e;
    out->tax = arena_calloc(a, r.n + 1, sizeof(*out->tax));
    out->tax_n = r.n;
    *by_category = false;
    for (size_t i = 0; i < r.n; i++) {
        out->tax[i] = (struct tax_rule){.country = db_str(&r, i, 0),
            .category_id = db_i64(&r, i, 1),
            .ppm = db_i64(&r, i, 2),
            .inclusive = db_i64(&r, i, 3) != 0};
        *by_category = *by_category || out->tax[i].category_id != 0;
    }
    return ERR_OK;
}

static enum err
categories_read(struct db *db, struct arena *a, struct price_rules *out)
{
    struct db_rows r;
    enum err e = db_query(db, sqls[SQL_CATEGORIES], NULL, 0, a, &r);

    if (e != ERR_OK)
        return e;
    out->categories = arena_calloc(a, r.n + 1, sizeof(*out->categories));
    out->categories_n = r.n;
    for (size_t i = 0; i < r.n; i++)
        out->categories[i] =
            (struct category_rule){.id = db_i64(&r, i, 0), .parent_id = db_i64(&r, i, 1)};
    return ERR_OK;
}

static enum err
places_read(struct db *db, struct arena *a, struct price_rules *out)
{
    struct db_rows r;
    enum err e = db_query(db, sqls[SQL_PLACES], NULL, 0, a, &r);

    if (e != ERR_OK)
        return e;
    out->places = arena_calloc(a, r.n + 1, sizeof(*out->places));
    out->places_n = r.n;
    for (size_t i = 0; i < r.n; i++)
        out->places[i] =
            (struct place_rule){.country = db_str(&r, i, 0), .zone_id = db_i64(&r, i, 1)};
    return ERR_OK;
}

static enum err
methods_read(struct db *db, struct arena *a, struct price_rules *out)
{
    struct db_rows r;
    enum err e = db_query(db, sqls[SQL_METHODS], NULL, 0, a, &r);

    if (e != ERR_OK)
        return e;
    out->methods = arena_calloc(a, r.n + 1, sizeof(*out->methods));
    out->methods_n = r.n;
    for (size_t i = 0; i < r.n; i++)
        out->methods[i] = (struct method_rule){.zone_id = db_i64(&r, i, 0),
            .code = db_str(&r, i, 1),
            .name = db_str(&r, i, 2),
            .currency = db_str(&r, i, 3),
            .charge = db_i64(&r, i, 4),
            .free_from = db_is_null(&r, i, 5) ? -1 : db_i64(&r, i, 5),
            .max_order = db_is_null(&r, i, 6) ? -1 : db_i64(&r, i, 6)};
    return ERR_OK;
}

enum err
price_rules_read(struct db *db, struct arena *a, struct price_rules *out)
{
    bool by_category;
    enum err e;

    *out = (struct price_rules){.tax_n = 0};
    e = tax_read(db, a, out, &by_category);
    if (e == ERR_OK && by_category)
        e = categories_read(db, a, out);
    if (e == ERR_OK)
        e = places_read(db, a, out);
    if (e == ERR_OK)
        e = methods_read(db, a, out);
    if (e == ERR_OK)
        price_rules_sort(out);
    return e;
}
