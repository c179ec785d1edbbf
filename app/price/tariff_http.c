/* Tax rates, delivery zones and methods in the back office's API. */
#include "admin/rest_http.h"
#include "order/order.h"
#include "price/money_json.h"
#include "price/tariff.h"

#include <stddef.h>
#include <stdio.h>

#define NAME_MAX_N 80
#define CODE_MAX 40
#define POSITION_MAX 10000

const struct field tax_rate_rest_fields[] = {
    {.name = "country",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 2,
        .max = 2,
        .help = "ISO 3166-1 alpha-2"},
    {.name = "category",
        .type = F_STR,
        .flags = FIELD_NULL | FIELD_TRIM,
        .min = 1,
        .max = 400,
        .help = "a path, audio/headphones; null: the country's general rate"},
    {.name = "name",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 1,
        .max = NAME_MAX_N},
    {.name = "rate_ppm",
        .type = F_I64,
        .flags = FIELD_REQUIRED,
        .min = 0,
        .max = PRICE_PPM,
        .help = "parts per million: 190000 is 19 %"},
    {.name = "inclusive",
        .type = F_BOOL,
        .help = "true: prices contain it; false, the default: it is added"},
    {.name = NULL},
};
const struct field shipping_zone_rest_fields[] = {
    {.name = "name",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 1,
        .max = NAME_MAX_N},
    {.name = "countries",
        .type = F_ARRAY,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = ZONE_COUNTRIES_MAX,
        .item = F_STR,
        .help = "ISO 3166-1 alpha-2; \"*\": all that no other zone has"},
    {.name = NULL},
};
const struct field shipping_method_rest_fields[] = {
    {.name = "zone_id", .type = F_ID, .flags = FIELD_REQUIRED},
    {.name = "code",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 1,
        .max = CODE_MAX,
        .help = "a-z 0-9 - _: what orders ask for"},
    {.name = "name",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 1,
        .max = NAME_MAX_N},
    {.name = "charge", .type = F_OBJECT, .flags = FIELD_REQUIRED, .fields = money_fields},
    {.name = "free_from",
        .type = F_OBJECT,
        .flags = FIELD_NULL,
        .fields = money_fields,
        .help = "goods of this worth, after the discount, travel free"},
    {.name = "max_order",
        .type = F_OBJECT,
        .flags = FIELD_NULL,
        .fields = money_fields,
        .help = "goods above this worth do not travel this way"},
    {.name = "position",
        .type = F_I64,
        .min = 0,
        .max = POSITION_MAX,
        .help = "the lowest is the default"},
    {.name = NULL},
};

#define HEAD {.name = "id", .type = F_ID}, {.name = "version", .type = F_I64}
#define TIMES                                                                            \
    {.name = "created_at", .type = F_TIME},                                              \
    {                                                                                    \
        .name = "updated_at", .type = F_TIME                                             \
    }
static const struct field tax_rate_out[] = {
    HEAD,
    {.name = "country", .type = F_STR, .example = "\"MA\""},
    {.name = "category", .type = F_STR, .flags = FIELD_NULL},
    {.name = "name", .type = F_STR, .example = "\"TVA\""},
    {.name = "rate_ppm", .type = F_I64, .example = "200000"},
    {.name = "inclusive", .type = F_BOOL},
    TIMES,
    {.name = NULL},
};
static const struct field zone_out[] = {
    HEAD,
    {.name = "name", .type = F_STR, .example = "\"Maghreb\""},
    {.name = "countries", .type = F_ARRAY, .item = F_STR, .example = "[\"MA\",\"DZ\"]"},
    TIMES,
    {.name = NULL},
};
static const struct field method_out[] = {
    HEAD,
    {.name = "zone_id", .type = F_ID},
    {.name = "code", .type = F_STR, .example = "\"express\""},
    {.name = "name", .type = F_STR, .example = "\"Express\""},
    {.name = "charge", .type = F_OBJECT, .flags = FIELD_NULL, .of = &money_schema},
    {.name = "free_from", .type = F_OBJECT, .flags = FIELD_NULL, .of = &money_schema},
    {.name = "max_order", .type = F_OBJECT, .flags = FIELD_NULL, .of = &money_schema},
    {.name = "position", .type = F_I64},
    TIMES,
    {.name = NULL},
};
const struct schema tax_rate_rest_schema = {
    "TaxRate", "The tax on a category of goods in a country.", tax_rate_out};
const struct schema shipping_zone_rest_schema = {
    "ShippingZone", "Countries that are served alike.", zone_out};
const struct schema shipping_method_rest_schema = {
    "ShippingMethod", "A way of delivery within a zone.", method_out};

static bool
given(struct str s, const char *pointer, struct fault *flt)
{
    if (s.n > 0)
        return true;
    (void)fault_field(flt, pointer, "required", "is required");
    return false;
}

/* In upper case, and one that there is. */
static bool
country_ok(struct arena *a, struct str *s, const char *pointer, struct fault *flt)
{
    char *p = arena_cstr(a, *s);

    for (size_t i = 0; i < s->n; i++)
        if (p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
    *s = (struct str){p, s->n};
    if (country_known(*s))
        return true;
    (void)fault_field(
        flt, pointer, "unknown_country", "must be an ISO 3166-1 alpha-2 code such as DE");
    return false;
}

/* --- tax rates --- */

static void
tax_init(void *obj)
{
    *(struct tax_rate *)obj = (struct tax_rate){.rate_ppm = -1};
}

static enum err
tax_read(
    struct db *db, struct arena *a, const struct jval *in, void *obj, struct fault *flt)
{
    struct tax_rate *t = obj;
    bool ok;

    (void)db;
    rest_str(in, "country", &t->country);
    rest_str(in, "category", &t->category);
    rest_str(in, "name", &t->name);
    rest_i64(in, "rate_ppm", -1, &t->rate_ppm);
    rest_bool(in, "inclusive", &t->inclusive);
    ok = given(t->name, "/name", flt);
    if (t->rate_ppm < 0) {
        (void)fault_field(flt, "/rate_ppm", "required", "is required");
        ok = false;
    }
    ok = given(t->country, "/country", flt) &&
         country_ok(a, &t->country, "/country", flt) && ok;
    return ok ? ERR_OK : ERR_INVALID;
}

static void
tax_jout(struct jout *j, const void *obj)
{
    const struct tax_rate *t = obj;
    const struct rest_head h = {t->id, t->version, t->created_at, t->updated_at};

    jout_obj(j);
    rest_head_jout(j, &h);
    jout_kstr(j, "country", t->country);
    jout_kstr(j, "category", t->category);
    jout_kstr(j, "name", t->name);
    jout_ki64(j, "rate_ppm", t->rate_ppm);
    jout_kbool(j, "inclusive", t->inclusive);
    rest_times_jout(j, &h);
    jout_obj_end(j);
}

static enum err
tax_add(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    return tax_rate_add(db, a, obj, flt);
}

static enum err
tax_change(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    return tax_rate_change(db, a, obj, flt);
}

const struct rest_kind tax_rate_rest = {.name = "tax-rates",
    .size = sizeof(struct tax_rate),
    .id_at = offsetof(struct tax_rate, id),
    .version_at = offsetof(struct tax_rate, version),
    .init = tax_init,
    .read = tax_read,
    .jout = tax_jout,
    .list = tax_rate_list,
    .walk = tax_rate_walk,
    .get = tax_rate_get,
    .add = tax_add,
    .change = tax_change,
    .remove = tax_rate_remove};

/* --- zones --- */

static void
zone_init(void *obj)
{
    ((struct shipping_zone *)obj)->n = 0;
}

static bool
countries_read(
    struct arena *a, const struct jval *list, struct shipping_zone *z, struct fault *flt)
{
    bool ok = true;
    char ptr[48];

    z->n = 0;
    for (size_t i = 0; i < list->n && i < ZONE_COUNTRIES_MAX; i++) {
        struct str c = list->v[i].s;

        (void)snprintf(ptr, sizeof(ptr), "/countries/%zu", i);
        if (!str_eq_c(c, "*"))
            ok = country_ok(a, &c, ptr, flt) && ok;
        for (size_t k = 0; k < z->n; k++)
            if (str_eq(z->country[k], c)) {
                (void)fault_field(flt, ptr, "duplicate", "stands in countries already");
                ok = false;
            }
        z->country[z->n++] = c;
    }
    return ok;
}

static enum err
zone_read(
    struct db *db, struct arena *a, const struct jval *in, void *obj, struct fault *flt)
{
    const struct jval *list = jin_get_type(in, "countries", J_ARRAY);
    struct shipping_zone *z = obj;
    bool ok = true;

    (void)db;
    rest_str(in, "name", &z->name);
    if (list != NULL)
        ok = countries_read(a, list, z, flt);
    else if (z->n == 0)
        ok = given(STR_NULL, "/countries", flt);
    ok = given(z->name, "/name", flt) && ok;
    return ok ? ERR_OK : ERR_INVALID;
}

static void
zone_jout(struct jout *j, const void *obj)
{
    const struct shipping_zone *z = obj;
    const struct rest_head h = {z->id, z->version, z->created_at, z->updated_at};

    jout_obj(j);
    rest_head_jout(j, &h);
    jout_kstr(j, "name", z->name);
    jout_key(j, "countries");
    jout_arr(j);
    for (size_t i = 0; i < z->n; i++)
        jout_str(j, z->country[i]);
    jout_arr_end(j);
    rest_times_jout(j, &h);
    jout_obj_end(j);
}

static enum err
zone_add(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    return shipping_zone_add(db, a, obj, flt);
}

static enum err
zone_change(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    return shipping_zone_change(db, a, obj, flt);
}

const struct rest_kind shipping_zone_rest = {.name = "shipping-zones",
    .size = sizeof(struct shipping_zone),
    .id_at = offsetof(struct shipping_zone, id),
    .version_at = offsetof(struct shipping_zone, version),
    .init = zone_init,
    .read = zone_read,
    .jout = zone_jout,
    .list = shipping_zone_list,
    .walk = shipping_zone_walk,
    .get = shipping_zone_get,
    .add = zone_add,
    .change = zone_change,
    .remove = shipping_zone_remove};

/* --- methods --- */

static void
method_init(void *obj)
{
    *(struct shipping_method *)obj =
        (struct shipping_method){.charge = -1, .free_from = -1, .max_order = -1};
}

static bool
code_ok(struct str code, struct fault *flt)
{
    for (size_t i = 0; i < code.n; i++) {
        char c = code.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) {
            (void)fault_field(flt, "/code", "bad_text", "must be of a-z 0-9 - _");
            return false;
        }
    }
    return given(code, "/code", flt);
}

static bool
amounts_ok(const struct jval *in, struct shipping_method *m, struct fault *flt)
{
    bool ok = rest_money(in, "charge", -1, &m->charge, &m->currency, flt) == ERR_OK;

    ok =
        rest_money(in, "free_from", -1, &m->free_from, &m->currency, flt) == ERR_OK && ok;
    ok =
        rest_money(in, "max_order", -1, &m->max_order, &m->currency, flt) == ERR_OK && ok;
    return (m->charge >= 0 || given(STR_NULL, "/charge", flt)) && ok;
}

static enum err
method_read(
    struct db *db, struct arena *a, const struct jval *in, void *obj, struct fault *flt)
{
    struct shipping_method *m = obj;
    struct str zone = jin_str(in, "zone_id");
    bool ok;

    (void)db;
    (void)a;
    if (zone.p != NULL && !str_i64(zone, &m->zone_id))
        m->zone_id = 0;
    rest_str(in, "code", &m->code);
    rest_str(in, "name", &m->name);
    rest_i64(in, "position", 0, &m->position);
    ok = amounts_ok(in, m, flt);
    ok = code_ok(m->code, flt) && ok;
    ok = given(m->name, "/name", flt) && ok;
    ok = (m->zone_id != 0 || given(STR_NULL, "/zone_id", flt)) && ok;
    return ok ? ERR_OK : ERR_INVALID;
}

static void
amount_jout(struct jout *j, const char *name, int64_t amount, struct str currency)
{
    jout_key(j, name);
    if (amount >= 0)
        money_jout(j, amount, currency);
    else
        jout_null(j);
}

static void
method_jout(struct jout *j, const void *obj)
{
    const struct shipping_method *m = obj;
    const struct rest_head h = {m->id, m->version, m->created_at, m->updated_at};

    jout_obj(j);
    rest_head_jout(j, &h);
    jout_kid(j, "zone_id", m->zone_id);
    jout_kstr(j, "code", m->code);
    jout_kstr(j, "name", m->name);
    amount_jout(j, "charge", m->charge, m->currency);
    amount_jout(j, "free_from", m->free_from, m->currency);
    amount_jout(j, "max_order", m->max_order, m->currency);
    jout_ki64(j, "position", m->position);
    rest_times_jout(j, &h);
    jout_obj_end(j);
}

static enum err
method_add(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    return shipping_method_add(db, a, obj, flt);
}

static enum err
method_change(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    return shipping_method_change(db, a, obj, flt);
}

const struct rest_kind shipping_method_rest = {.name = "shipping-methods",
    .size = sizeof(struct shipping_method),
    .id_at = offsetof(struct shipping_method, id),
    .version_at = offsetof(struct shipping_method, version),
    .init = method_init,
    .read = method_read,
    .jout = method_jout,
    .list = shipping_method_list,
    .walk = shipping_method_walk,
    .get = shipping_method_get,
    .add = method_add,
    .change = method_change,
    .remove = shipping_method_remove};
