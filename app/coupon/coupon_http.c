/* Coupons in the back office's API. */
#include "admin/rest_http.h"
#include "coupon/coupon.h"
#include "price/money_json.h"

#include <stddef.h>

#define COUNT_MAX INT64_C(1000000000)

const struct field coupon_rest_fields[] = {
    {.name = "code",
        .type = F_STR,
        .flags = FIELD_REQUIRED | FIELD_TRIM,
        .min = 1,
        .max = COUPON_CODE_MAX,
        .help = "A-Z 0-9 - _, whatever the case"},
    {.name = "kind",
        .type = F_ENUM,
        .choices = "percent|fixed|free_shipping",
        .help = "default percent"},
    {.name = "rate_ppm",
        .type = F_I64,
        .min = 1,
        .max = PRICE_PPM,
        .help = "of kind percent: parts per million, 100000 is 10 %"},
    {.name = "amount",
        .type = F_OBJECT,
        .fields = money_fields,
        .help = "of kind fixed: what is taken off"},
    {.name = "minimum",
        .type = F_OBJECT,
        .flags = FIELD_NULL,
        .fields = money_fields,
        .help = "of the goods before the discount"},
    {.name = "starts_at", .type = F_STR, .flags = FIELD_NULL, .max = 40},
    {.name = "ends_at",
        .type = F_STR,
        .flags = FIELD_NULL,
        .max = 40,
        .help = "the first moment at which it is over"},
    {.name = "limit_total",
        .type = F_I64,
        .flags = FIELD_NULL,
        .min = 1,
        .max = COUNT_MAX,
        .help = "orders that may hold it at once; not below those that do"},
    {.name = "limit_per_account",
        .type = F_I64,
        .flags = FIELD_NULL,
        .min = 1,
        .max = COUNT_MAX,
        .help = "the same for one account, or one e-mail address of guests"},
    {.name = "active", .type = F_BOOL, .help = "default true"},
    {.name = NULL},
};

static const struct field out_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "version", .type = F_I64},
    {.name = "code", .type = F_STR, .example = "\"WELCOME10\""},
    {.name = "kind", .type = F_ENUM, .choices = "percent|fixed|free_shipping"},
    {.name = "rate_ppm", .type = F_I64, .flags = FIELD_NULL, .example = "100000"},
    {.name = "amount", .type = F_OBJECT, .flags = FIELD_NULL, .of = &money_schema},
    {.name = "minimum", .type = F_OBJECT, .flags = FIELD_NULL, .of = &money_schema},
    {.name = "starts_at", .type = F_TIME, .flags = FIELD_NULL},
    {.name = "ends_at", .type = F_TIME, .flags = FIELD_NULL},
    {.name = "limit_total", .type = F_I64, .flags = FIELD_NULL},
    {.name = "limit_per_account", .type = F_I64, .flags = FIELD_NULL},
    {.name = "used", .type = F_I64, .help = "orders that hold it"},
    {.name = "active", .type = F_BOOL},
    {.name = "created_at", .type = F_TIME},
    {.name = "updated_at", .type = F_TIME},
    {.name = NULL},
};
const struct schema coupon_rest_schema = {"Coupon", "A coupon.", out_fields};

static void
init(void *obj)
{
    *(struct coupon *)obj =
        (struct coupon){.starts_at = -1, .ends_at = -1, .active = true};
}

static enum coupon_kind
kind_read(struct str s, enum coupon_kind was)
{
    for (int k = COUPON_PERCENT; k <= COUPON_FREE_SHIPPING; k++)
        if (str_eq_c(s, coupon_kind_text((enum coupon_kind)k)))
            return (enum coupon_kind)k;
    return was;
}

/* What it takes off belongs to its kind: another kind needs it anew. */
static enum err
value_read(const struct jval *in, struct coupon *c, struct fault *flt)
{
    enum coupon_kind kind = kind_read(jin_str(in, "kind"), c->p.kind);
    enum err e = ERR_OK;

    if (kind != c->p.kind)
        c->p.value = 0;
    c->p.kind = kind;
    if (jin_get(in, "rate_ppm") != NULL && kind != COUPON_PERCENT)
        e = fault_field(flt, "/rate_ppm", "wrong_kind", "is for kind percent alone");
    if (jin_get(in, "amount") != NULL && kind != COUPON_FIXED)
        e = fault_field(flt, "/amount", "wrong_kind", "is for kind fixed alone");
    if (e != ERR_OK)
        return e;
    rest_i64(in, "rate_ppm", 0, &c->p.value);
    return rest_money(in, "amount", 0, &c->p.value, &c->p.currency, flt);
}

static enum err
read_json(
    struct db *db, struct arena *a, const struct jval *in, void *obj, struct fault *flt)
{
    struct coupon *c = obj;
    enum err e[4];

    (void)db;
    rest_str(in, "code", &c->p.code);
    rest_i64(in, "limit_total", 0, &c->limit_total);
    rest_i64(in, "limit_per_account", 0, &c->limit_per_account);
    rest_bool(in, "active", &c->active);
    e[0] = value_read(in, c, flt);
    e[1] = rest_money(in, "minimum", 0, &c->p.minimum, &c->p.currency, flt);
    e[2] = rest_time(in, "starts_at", &c->starts_at, flt);
    e[3] = rest_time(in, "ends_at", &c->ends_at, flt);
    for (size_t i = 0; i < NELEM(e); i++)
        if (e[i] != ERR_OK)
            return e[i];
    return coupon_check(a, c, flt);
}

static void
limit_jout(struct jout *j, const char *name, int64_t limit)
{
    jout_key(j, name);
    if (limit > 0)
        jout_i64(j, limit);
    else
        jout_null(j);
}

static void
amount_jout(
    struct jout *j, const char *name, int64_t amount, struct str currency, bool has)
{
    jout_key(j, name);
    if (has)
        money_jout(j, amount, currency);
    else
        jout_null(j);
}

static void
write_json(struct jout *j, const void *obj)
{
    const struct coupon *c = obj;
    const struct rest_head h = {c->id, c->version, c->created_at, c->updated_at};

    jout_obj(j);
    rest_head_jout(j, &h);
    jout_kstr(j, "code", c->p.code);
    jout_kc(j, "kind", coupon_kind_text(c->p.kind));
    limit_jout(j, "rate_ppm", c->p.kind == COUPON_PERCENT ? c->p.value : 0);
    amount_jout(j, "amount", c->p.value, c->p.currency, c->p.kind == COUPON_FIXED);
    amount_jout(j, "minimum", c->p.minimum, c->p.currency, c->p.minimum > 0);
    jout_ktime(j, "starts_at", c->starts_at);
    jout_ktime(j, "ends_at", c->ends_at);
    limit_jout(j, "limit_total", c->limit_total);
    limit_jout(j, "limit_per_account", c->limit_per_account);
    jout_ki64(j, "used", c->used);
    jout_kbool(j, "active", c->active);
    rest_times_jout(j, &h);
    jout_obj_end(j);
}

static enum err
list(struct db *db, struct arena *a, int64_t limit, int64_t skip, void **out, size_t *n,
    int64_t *total)
{
    struct coupon *c = NULL;
    enum err e = coupon_list(db, a, limit, skip, &c, n, total);

    *out = c;
    return e;
}

static enum err
walk(struct db *db, struct arena *a, int64_t limit, int64_t after, void **out, size_t *n)
{
    struct coupon *c = NULL;
    enum err e = coupon_walk(db, a, limit, after, &c, n);

    *out = c;
    return e;
}

static enum err
get(struct db *db, struct arena *a, int64_t id, bool lock, void *obj)
{
    return coupon_get(db, a, id, lock, obj);
}

static enum err
add(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    (void)a;
    return coupon_add(db, obj, flt);
}

static enum err
change(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    return coupon_change(db, a, obj, flt);
}

const struct rest_kind coupon_rest = {.name = "coupons",
    .size = sizeof(struct coupon),
    .id_at = offsetof(struct coupon, id),
    .version_at = offsetof(struct coupon, version),
    .init = init,
    .read = read_json,
    .jout = write_json,
    .list = list,
    .walk = walk,
    .get = get,
    .add = add,
    .change = change,
    .remove = coupon_remove};
