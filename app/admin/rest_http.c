/* One set of handlers for the lists that the shop's people keep over the API. An If-Match
 * check and the change it guards are one transaction with the object's row locked. */
#include "admin/rest_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "http/etag.h"
#include "price/money_json.h"
#include "price/price.h"
#include "routes.h"

#define PREFIX STR("/api/v1/admin/")

static const struct rest_kind *
kind_of(const struct req *rq)
{
    static const struct rest_kind *const kinds[] = {
        &coupon_rest, &tax_rate_rest, &shipping_zone_rest, &shipping_method_rest,
        &webhook_endpoint_rest};
    struct str name = str_sub(str_c(rq->route->pattern), PREFIX.n, SIZE_MAX), rest;

    (void)str_cut(name, '/', &name, &rest);
    for (size_t i = 0; i < NELEM(kinds); i++)
        if (str_eq_c(name, kinds[i]->name))
            return kinds[i];
    return NULL;
}

static int64_t
number_at(const void *obj, size_t at)
{
    int64_t v;

    memcpy(&v, (const char *)obj + at, sizeof(v));
    return v;
}

static void
send_one(const struct req *rq, struct resp *rs, int status, const struct rest_kind *k,
    const void *obj)
{
    k->jout(resp_json(rs, status), obj);
    etag_put(rs, rq, number_at(obj, k->version_at));
}

static enum err
list(struct req *rq, struct resp *rs)
{
    const struct rest_kind *k = kind_of(rq);
    struct paging pg = req_paging(rq, 20);
    int64_t total = -1, after, next = 0;
    bool walks = req_after(rq, &after);
    void *objs = NULL;
    struct jout *j;
    struct db *db;
    size_t n = 0;
    enum err e;

    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if (walks)
        e = k->walk(db, rq->arena, pg.per_page, after, &objs, &n);
    else
        e = k->list(
            db, rq->arena, pg.per_page, (pg.page - 1) * pg.per_page, &objs, &n, &total);
    if (e != ERR_OK)
        return e;
    if ((int64_t)n == pg.per_page)
        next = number_at((const char *)objs + (n - 1) * k->size, k->id_at);
    j = resp_json(rs, 200);
    jout_obj(j);
    jout_key(j, "items");
    jout_arr(j);
    for (size_t i = 0; i < n; i++)
        k->jout(j, (const char *)objs + i * k->size);
    jout_arr_end(j);
    resp_list_end(rs, rq, j, pg, total, next);
    jout_obj_end(j);
    return ERR_OK;
}

/* One change, so that a transaction can run it anew. */
struct change {
    struct req *rq;
    struct fault *flt;
    const struct rest_kind *k;
    int64_t id;
    void *obj;
};

static enum err
add_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    struct arena *a = c->rq->arena;
    enum err e;

    fault_clear(c->flt);
    c->k->init(c->obj);
    if ((e = c->k->read(db, a, c->rq->in, c->obj, c->flt)) != ERR_OK)
        return e;
    if ((e = c->k->add(db, a, c->obj, c->flt)) != ERR_OK)
        return e;
    return c->k->get(db, a, number_at(c->obj, c->k->id_at), false, c->obj);
}

static enum err
change_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    struct arena *a = c->rq->arena;
    enum err e;

    fault_clear(c->flt);
    if ((e = c->k->get(db, a, c->id, true, c->obj)) != ERR_OK)
        return e;
    if (!etag_matches(c->rq, number_at(c->obj, c->k->version_at)))
        return fault_set(c->flt, ERR_PRECONDITION, "", "It has changed since.");
    if (c->rq->method == M_DELETE)
        return c->k->remove(db, c->id, c->flt);
    if ((e = c->k->read(db, a, c->rq->in, c->obj, c->flt)) != ERR_OK)
        return e;
    if ((e = c->k->change(db, a, c->obj, c->flt)) != ERR_OK)
        return e;
    return c->k->get(db, a, c->id, false, c->obj);
}

static enum err
change_init(struct change *c, struct req *rq, struct resp *rs, struct db **db)
{
    const struct rest_kind *k = kind_of(rq);

    *c = (struct change){
        .rq = rq, .flt = &rs->fault, .k = k, .obj = arena_calloc(rq->arena, 1, k->size)};
    return app_db(rq, db);
}

/* 201; 409, 422. */
static enum err
post(struct req *rq, struct resp *rs)
{
    struct change c;
    struct db *db;
    enum err e;

    if ((e = change_init(&c, rq, rs, &db)) != ERR_OK)
        return e;
    if ((e = db_tx(db, add_tx, &c)) != ERR_OK)
        return e;
    price_rules_changed(app_of(rq)->cache);
    resp_header(rs, "Location", "/api/v1/admin/%s/%" PRId64, c.k->name,
        number_at(c.obj, c.k->id_at));
    send_one(rq, rs, 201, c.k, c.obj);
    return ERR_OK;
}

static enum err
get(struct req *rq, struct resp *rs)
{
    struct change c;
    struct db *db;
    enum err e;

    if ((e = change_init(&c, rq, rs, &db)) != ERR_OK)
        return e;
    if ((e = req_param_id(rq, 0, &c.id)) != ERR_OK)
        return e;
    if ((e = c.k->get(db, rq->arena, c.id, false, c.obj)) == ERR_OK)
        send_one(rq, rs, 200, c.k, c.obj);
    return e;
}

/* PATCH 200, DELETE 204; 404, 409, 412 stale, 422. */
static enum err
change(struct req *rq, struct resp *rs)
{
    struct change c;
    struct db *db;
    enum err e;

    if ((e = change_init(&c, rq, rs, &db)) != ERR_OK)
        return e;
    if ((e = req_param_id(rq, 0, &c.id)) != ERR_OK)
        return e;
    if ((e = db_tx(db, change_tx, &c)) != ERR_OK)
        return e;
    price_rules_changed(app_of(rq)->cache);
    if (rq->method == M_DELETE)
        resp_empty(rs, 204);
    else
        send_one(rq, rs, 200, c.k, c.obj);
    return ERR_OK;
}

void
rest_str(const struct jval *in, const char *name, struct str *out)
{
    if (jin_get(in, name) != NULL)
        *out = jin_str(in, name);
}

void
rest_i64(const struct jval *in, const char *name, int64_t none, int64_t *out)
{
    if (jin_get(in, name) != NULL)
        *out = jin_i64(in, name, none);
}

void
rest_bool(const struct jval *in, const char *name, bool *out)
{
    const struct jval *v = jin_get_type(in, name, J_BOOL);

    if (v != NULL)
        *out = v->b;
}

enum err
rest_time(const struct jval *in, const char *name, int64_t *out, struct fault *flt)
{
    struct str s = jin_str(in, name);
    char ptr[48];

    if (jin_get(in, name) == NULL)
        return ERR_OK;
    *out = -1;
    if (s.p == NULL || time_rfc3339_parse(s, out))
        return ERR_OK;
    (void)snprintf(ptr, sizeof(ptr), "/%s", name);
    return fault_field(flt, ptr, "bad_time", "must be as 2026-11-22T20:30:00Z");
}

enum err
rest_money(const struct jval *in, const char *name, int64_t none, int64_t *amount,
    struct str *currency, struct fault *flt)
{
    const struct jval *v = jin_get_type(in, name, J_OBJECT);
    struct str own = jin_str(v, "currency");
    char ptr[48];

    if (jin_get(in, name) == NULL)
        return ERR_OK;
    *amount = jin_i64(v, "amount", none);
    if (v == NULL)
        return ERR_OK;
    (void)snprintf(ptr, sizeof(ptr), "/%s/currency", name);
    if (currency_digits(own) < 0)
        return fault_field(flt, ptr, "unknown_currency", "must be an ISO 4217 code");
    if (currency->n == 0)
        *currency = own;
    if (str_eq(*currency, own))
        return ERR_OK;
    return fault_field(
        flt, ptr, "currency_mismatch", "the other amounts are in %.*s", STR_F(*currency));
}

void
rest_head_jout(struct jout *j, const struct rest_head *h)
{
    jout_kid(j, "id", h->id);
    jout_ki64(j, "version", h->version);
}

void
rest_times_jout(struct jout *j, const struct rest_head *h)
{
    jout_ktime(j, "created_at", h->created_at);
    jout_ktime(j, "updated_at", h->updated_at);
}

static const struct field list_query[] = {
    PAGING_FIELDS,
    {.name = NULL},
};

#define PATCHING (ROUTE_IF_MATCH | ROUTE_MERGE_PATCH | ROUTE_ETAG)
/* clang-format off */
#define KIND(path, fields, One, what, schema, post_errors, change_errors, body, patch) \
    {M_GET, "/api/v1/admin/" path, list, AUTH_STAFF, ROUTE_LIST, list_query, NULL, \
        "adminList" One "s", "All " what "s", 200, &schema}, \
    {M_POST, "/api/v1/admin/" path, post, AUTH_ADMIN, ROUTE_ETAG | ROUTE_CREATES, NULL, \
        fields, "adminAdd" One, "Add a " what, 201, &schema, post_errors, .example = body}, \
    {M_GET, "/api/v1/admin/" path "/{id}", get, AUTH_STAFF, ROUTE_ETAG, NULL, NULL, \
        "adminGet" One, "One " what, 200, &schema, .cache = "private, no-cache"}, \
    {M_PATCH, "/api/v1/admin/" path "/{id}", change, AUTH_ADMIN, PATCHING, NULL, fields, \
        "adminChange" One, "Change members of a " what " (JSON merge patch)", 200, \
        &schema, change_errors, .example = patch}, \
    {M_DELETE, "/api/v1/admin/" path "/{id}", change, AUTH_ADMIN, ROUTE_IF_MATCH, NULL, \
        NULL, "adminRemove" One, "Remove a " what, 204, NULL, "in_use"}

const struct route rest_routes[] = {
    KIND("coupons", coupon_rest_fields, "Coupon", "coupon", coupon_rest_schema,
        "coupon_taken", "coupon_taken in_use",
        "{\"code\":\"WELCOME10\",\"kind\":\"percent\",\"rate_ppm\":100000}",
        "{\"limit_total\":500}"),
    KIND("tax-rates", tax_rate_rest_fields, "TaxRate", "tax rate", tax_rate_rest_schema,
        "taken", "taken", "{\"country\":\"MA\",\"name\":\"TVA\",\"rate_ppm\":200000}",
        "{\"rate_ppm\":190000}"),
    KIND("shipping-zones", shipping_zone_rest_fields, "ShippingZone", "shipping zone",
        shipping_zone_rest_schema, "taken", "taken",
        "{\"name\":\"Maghreb\",\"countries\":[\"MA\",\"DZ\",\"TN\"]}",
        "{\"name\":\"Maghreb and near\"}"),
    KIND("shipping-methods", shipping_method_rest_fields, "ShippingMethod",
        "shipping method", shipping_method_rest_schema, "taken", "taken",
        "{\"zone_id\":\"7241937510412289\",\"code\":\"express\",\"name\":\"Express\","
        "\"charge\":{\"amount\":1500,\"currency\":\"USD\"}}",
        "{\"name\":\"Express, two days\"}"),
    KIND("webhook-endpoints", webhook_endpoint_rest_fields, "WebhookEndpoint",
        "webhook endpoint", webhook_endpoint_rest_schema, "too_many_endpoints", NULL,
        "{\"url\":\"https://example.com/souk\",\"events\":[\"order.paid\"]}",
        "{\"active\":false}"),
    {.pattern = NULL},
};
/* clang-format on */
