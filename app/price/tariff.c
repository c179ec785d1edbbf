/* Changing rates, zones and methods: the database's keys decide, here they get their
 * words.
 */
#include "price/tariff.h"

#include "base/clock.h"
#include "base/rand.h"

static enum err
taken(struct fault *flt, const char *pointer, const char *what)
{
    (void)fault_field(flt, pointer, "taken", "%s", what);
    return fault_set(flt, ERR_CONFLICT, "taken", "There is one already: %s.", what);
}

static enum err
tax_write(
    struct db *db, struct arena *a, struct tax_rate *t, bool fresh, struct fault *flt)
{
    int64_t category_id = 0;
    enum err e = ERR_OK;

    t->updated_at = clock_ms();
    if (t->category.p != NULL)
        e = tariff_store_category(db, a, t->category, &category_id);
    if (e == ERR_NOT_FOUND)
        return fault_field(flt, "/category", "unknown_category", "there is no such path");
    if (e == ERR_OK)
        e = tariff_store_tax(db, t, category_id, fresh);
    return e == ERR_CONFLICT
               ? taken(flt, "/category", "the country's rate for this category")
               : e;
}

enum err
tax_rate_add(struct db *db, struct arena *a, struct tax_rate *t, struct fault *flt)
{
    t->id = id_next();
    t->created_at = clock_ms();
    return tax_write(db, a, t, true, flt);
}

enum err
tax_rate_change(struct db *db, struct arena *a, struct tax_rate *t, struct fault *flt)
{
    return tax_write(db, a, t, false, flt);
}

enum err
tax_rate_remove(struct db *db, int64_t id, struct fault *flt)
{
    (void)flt;
    return tariff_store_remove(db, TARIFF_TAX, id);
}

static enum err
zone_write(struct db *db, struct arena *a, struct shipping_zone *z, bool fresh,
    struct fault *flt)
{
    enum err e;

    z->updated_at = clock_ms();
    e = tariff_store_zone(db, z, fresh);
    if (e == ERR_CONFLICT)
        return taken(flt, "/name", "a zone of this name");
    if (e == ERR_OK)
        e = tariff_store_countries(db, a, z);
    return e == ERR_CONFLICT
               ? taken(flt, "/countries", "one of the countries is in another zone")
               : e;
}

enum err
shipping_zone_add(
    struct db *db, struct arena *a, struct shipping_zone *z, struct fault *flt)
{
    z->id = id_next();
    z->created_at = clock_ms();
    return zone_write(db, a, z, true, flt);
}

enum err
shipping_zone_change(
    struct db *db, struct arena *a, struct shipping_zone *z, struct fault *flt)
{
    return zone_write(db, a, z, false, flt);
}

enum err
shipping_zone_remove(struct db *db, int64_t id, struct fault *flt)
{
    enum err e = tariff_store_remove(db, TARIFF_ZONE, id);

    return e == ERR_CONFLICT ? fault_set(flt, e, "in_use",
                                   "Methods deliver in this zone: remove them first.")
                             : e;
}

static enum err
method_write(struct db *db, struct arena *a, struct shipping_method *m, bool fresh,
    struct fault *flt)
{
    struct shipping_zone *z = arena_calloc(a, 1, sizeof(*z));
    enum err e = shipping_zone_get(db, a, m->zone_id, true, z);

    if (e == ERR_NOT_FOUND)
        return fault_field(flt, "/zone_id", "unknown_zone", "there is no such zone");
    if (e != ERR_OK)
        return e;
    m->updated_at = clock_ms();
    e = tariff_store_method(db, m, fresh);
    return e == ERR_CONFLICT
               ? taken(flt, "/code", "the zone's method of this code and currency")
               : e;
}

enum err
shipping_method_add(
    struct db *db, struct arena *a, struct shipping_method *m, struct fault *flt)
{
    m->id = id_next();
    m->created_at = clock_ms();
    return method_write(db, a, m, true, flt);
}

enum err
shipping_method_change(
    struct db *db, struct arena *a, struct shipping_method *m, struct fault *flt)
{
    return method_write(db, a, m, false, flt);
}

enum err
shipping_method_remove(struct db *db, int64_t id, struct fault *flt)
{
    (void)flt;
    return tariff_store_remove(db, TARIFF_METHOD, id);
}
