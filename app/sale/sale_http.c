/* The admin's side of sales over JSON. An If-Match check and the change it guards are one
 * transaction with the sale's row locked. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "admin/rest_http.h"
#include "app.h"
#include "base/clock.h"
#include "http/etag.h"
#include "routes.h"
#include "sale/sale.h"

const struct field sale_rest_fields[] = {
    {.name = "name", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM, .min = 1, .max = 120},
    {.name = "starts_at", .type = F_STR, .flags = FIELD_REQUIRED, .min = 20, .max = 40,
        .help = "RFC 3339"},
    {.name = "ends_at", .type = F_STR, .flags = FIELD_REQUIRED, .min = 20, .max = 40,
        .help = "RFC 3339"},
    {.name = "hold_s", .type = F_I64, .flags = FIELD_REQUIRED, .min = SALE_HOLD_MIN_S,
        .max = SALE_HOLD_MAX_S, .help = "how long an unpaid order keeps its stock"},
    {.name = "max_units", .type = F_I64, .flags = FIELD_NULL, .min = 1, .max = 1000000,
        .help = "units of the sale in one order; null: as many as there are"},
    {.name = "products", .type = F_ARRAY, .max = SALE_ITEMS_MAX, .item = F_ID,
        .help = "ids; neither products nor categories: the whole shop"},
    {.name = "categories", .type = F_ARRAY, .max = SALE_ITEMS_MAX, .item = F_STR,
        .help = "paths; with all below them"},
    {.name = NULL},
};
static const struct field sale_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "name", .type = F_STR, .example = "\"Winter sale\""},
    {.name = "starts_at", .type = F_TIME},
    {.name = "ends_at", .type = F_TIME},
    {.name = "hold_s", .type = F_I64, .example = "300"},
    {.name = "max_units", .type = F_I64, .flags = FIELD_NULL},
    {.name = "products", .type = F_ARRAY, .item = F_ID},
    {.name = "categories", .type = F_ARRAY, .item = F_STR},
    {.name = "version", .type = F_I64},
    {.name = "created_at", .type = F_TIME},
    {.name = "updated_at", .type = F_TIME},
    {.name = NULL},
};
static const struct schema sale_schema = {"Sale", "A sale.", sale_fields};

/* --- out --- */

static void
jout_ids(struct jout *j, const char *name, const int64_t *id, size_t n)
{
    jout_key(j, name);
    jout_arr(j);
    for (size_t i = 0; i < n; i++) {
        char text[24];

        (void)snprintf(text, sizeof(text), "%" PRId64, id[i]);
        jout_str(j, str_c(text));
    }
    jout_arr_end(j);
}

static void
sale_jout(struct jout *j, const struct sale *s)
{
    jout_obj(j);
    jout_kid(j, "id", s->id);
    jout_kstr(j, "name", s->name);
    jout_ktime(j, "starts_at", s->starts_at);
    jout_ktime(j, "ends_at", s->ends_at);
    jout_ki64(j, "hold_s", s->hold_ms / 1000);
    jout_key(j, "max_units");
    if (s->max_units > 0)
        jout_i64(j, s->max_units);
    else
        jout_null(j);
    jout_ids(j, "products", s->products, s->products_n);
    jout_key(j, "categories");
    jout_arr(j);
    for (size_t i = 0; i < s->categories_n; i++)
        jout_str(j, s->categories[i]);
    jout_arr_end(j);
    jout_ki64(j, "version", s->version);
    jout_ktime(j, "created_at", s->created_at);
    jout_ktime(j, "updated_at", s->updated_at);
    jout_obj_end(j);
}

static void
sale_send(const struct req *rq, struct resp *rs, int status, const struct sale *s)
{
    sale_jout(resp_json(rs, status), s);
    etag_put(rs, rq, s->version);
}

/* --- in --- */

static enum err
read_time(const struct jval *in, const char *name, int64_t *out, struct fault *flt)
{
    const struct jval *v = jin_get(in, name);
    char ptr[32];

    if (v == NULL || time_rfc3339_parse(v->s, out))
        return ERR_OK;
    (void)snprintf(ptr, sizeof(ptr), "/%s", name);
    return fault_field(flt, ptr, "bad_time", "must be a time like 2026-11-22T20:30:00Z");
}

static void
read_items(struct arena *a, const struct jval *in, struct sale *s)
{
    const struct jval *products = jin_get_type(in, "products", J_ARRAY);
    const struct jval *categories = jin_get_type(in, "categories", J_ARRAY);
    size_t i;

    if (products != NULL) {
        s->products = arena_calloc(a, products->n + 1, sizeof(*s->products));
        for (i = s->products_n = 0; i < products->n; i++)
            if (str_i64(products->v[i].s, &s->products[s->products_n]))
                s->products_n++;
    }
    if (categories != NULL) {
        s->categories = arena_calloc(a, categories->n + 1, sizeof(*s->categories));
        for (i = 0; i < categories->n; i++)
            s->categories[i] = categories->v[i].s;
        s->categories_n = categories->n;
    }
}

/* What the body says, over what is there. */
static enum err
sale_read(struct arena *a, const struct jval *in, struct sale *s, struct fault *flt)
{
    const struct jval *units = jin_get(in, "max_units");
    enum err e, worst = ERR_OK;

    if (jin_get(in, "name") != NULL)
        s->name = jin_str(in, "name");
    if ((e = read_time(in, "starts_at", &s->starts_at, flt)) != ERR_OK)
        worst = e;
    if ((e = read_time(in, "ends_at", &s->ends_at, flt)) != ERR_OK)
        worst = e;
    s->hold_ms = jin_i64(in, "hold_s", s->hold_ms / 1000) * 1000;
    if (units != NULL)
        s->max_units = units->type == J_INT ? units->i : 0;
    read_items(a, in, s);
    return worst;
}

/* --- handlers --- */

struct change {
    struct req *rq;
    struct resp *rs;
    int64_t id;
    struct sale s;
};

static enum err
create_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    struct fault *flt = &c->rs->fault;
    enum err e;

    fault_clear(flt);
    c->s = (struct sale){.id = 0};
    if ((e = sale_read(c->rq->arena, c->rq->in, &c->s, flt)) != ERR_OK)
        return e;
    return sale_create(db, c->rq->arena, &c->s, flt);
}

static enum err
change_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    struct fault *flt = &c->rs->fault;
    enum err e;

    fault_clear(flt);
    if ((e = sale_get(db, c->rq->arena, c->id, true, &c->s)) != ERR_OK)
        return e;
    if (!etag_matches(c->rq, c->s.version))
        return fault_set(flt, ERR_PRECONDITION, "", "The sale has changed since.");
    if (c->rq->method == M_DELETE)
        return sale_delete(db, c->id);
    if ((e = sale_read(c->rq->arena, c->rq->in, &c->s, flt)) != ERR_OK)
        return e;
    return sale_replace(db, c->rq->arena, &c->s, flt);
}

/* POST /admin/sales: 201; 422. */
static enum err
post(struct req *rq, struct resp *rs)
{
    struct change c = {.rq = rq, .rs = rs};
    struct db *db;
    enum err e;

    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = db_tx(db, create_tx, &c)) != ERR_OK)
        return e;
    sales_changed(app_of(rq)->cache);
    resp_header(rs, "Location", "/api/v1/admin/sales/%" PRId64, c.s.id);
    sale_send(rq, rs, 201, &c.s);
    return ERR_OK;
}

/* PATCH: 200; DELETE: 204; 404; 412 stale; 422. */
static enum err
change(struct req *rq, struct resp *rs)
{
    struct change c = {.rq = rq, .rs = rs};
    struct db *db;
    enum err e;

    if ((e = req_param_id(rq, 0, &c.id)) != ERR_OK)
        return e;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = db_tx(db, change_tx, &c)) != ERR_OK)
        return e;
    sales_changed(app_of(rq)->cache);
    if (rq->method == M_DELETE)
        resp_empty(rs, 204);
    else
        sale_send(rq, rs, 200, &c.s);
    return ERR_OK;
}

static enum err
get(struct req *rq, struct resp *rs)
{
    struct sale s;
    struct db *db;
    int64_t id;
    enum err e;

    if ((e = req_param_id(rq, 0, &id)) != ERR_OK)
        return e;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = sale_get(db, rq->arena, id, false, &s)) == ERR_OK)
        sale_send(rq, rs, 200, &s);
    return e;
}

static const struct field list_query[] = {PAGING_FIELDS, {.name = NULL}};

/* Where the page that is asked for begins among all. */
static size_t
page_start(const struct req *rq, struct paging pg, const struct sale *s, size_t n)
{
    const int64_t skip = (pg.page - 1) * pg.per_page;
    int64_t after;
    size_t i = 0;

    if (!req_after(rq, &after))
        return skip < (int64_t)n ? (size_t)skip : n;
    if (after == 0)
        return 0;
    while (i < n && s[i].id != after)
        i++;
    return i < n ? i + 1 : n;
}

/* GET /admin/sales: of the newest thousand, by their beginning: no shop has more to look at,
 * and a page of them costs what all do. */
static enum err
list(struct req *rq, struct resp *rs)
{
    struct paging pg = req_paging(rq, 20);
    struct sale *s = NULL;
    size_t n = 0, from, to;
    struct jout *j;
    struct db *db;
    enum err e;

    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = sale_list(db, rq->arena, &s, &n)) != ERR_OK)
        return e;
    from = page_start(rq, pg, s, n);
    to = n - from > (size_t)pg.per_page ? from + (size_t)pg.per_page : n;
    j = resp_json(rs, 200);
    jout_obj(j);
    jout_key(j, "items");
    jout_arr(j);
    for (size_t i = from; i < to; i++)
        sale_jout(j, &s[i]);
    jout_arr_end(j);
    resp_list_end(rs, rq, j, pg, (int64_t)n, to < n ? s[to - 1].id : 0);
    jout_obj_end(j);
    return ERR_OK;
}

/* --- as one of the kinds that the back office's pages keep --- */

static void
kind_init(void *obj)
{
    *(struct sale *)obj = (struct sale){.starts_at = -1, .ends_at = -1};
}

static enum err
kind_read(
    struct db *db, struct arena *a, const struct jval *in, void *obj, struct fault *flt)
{
    (void)db;
    return sale_read(a, in, obj, flt);
}

static void
kind_jout(struct jout *j, const void *obj)
{
    sale_jout(j, obj);
}

static enum err
kind_list(struct db *db, struct arena *a, int64_t limit, int64_t skip, void **out,
    size_t *n, int64_t *total)
{
    struct sale *all = NULL;
    size_t all_n = 0, from;
    enum err e = sale_list(db, a, &all, &all_n);

    from = (uint64_t)skip < all_n ? (size_t)skip : all_n;
    *out = all + from;
    *n = (uint64_t)limit < all_n - from ? (size_t)limit : all_n - from;
    *total = (int64_t)all_n;
    return e;
}

static enum err
kind_get(struct db *db, struct arena *a, int64_t id, bool lock, void *obj)
{
    return sale_get(db, a, id, lock, obj);
}

static enum err
kind_add(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    return sale_create(db, a, obj, flt);
}

static enum err
kind_change(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    return sale_replace(db, a, obj, flt);
}

static enum err
kind_remove(struct db *db, int64_t id, struct fault *flt)
{
    (void)flt;
    return sale_delete(db, id);
}

const struct rest_kind sale_rest = {.name = "sales",
    .size = sizeof(struct sale),
    .id_at = offsetof(struct sale, id),
    .version_at = offsetof(struct sale, version),
    .init = kind_init,
    .read = kind_read,
    .jout = kind_jout,
    .list = kind_list,
    .get = kind_get,
    .add = kind_add,
    .change = kind_change,
    .remove = kind_remove};

const struct route sale_admin_routes[] = {
    {M_GET, "/api/v1/admin/sales", list, AUTH_STAFF, ROUTE_LIST, list_query, NULL,
        "adminListSales", "Sales, the latest first", 200, &sale_schema},
    {M_POST, "/api/v1/admin/sales", post, AUTH_ADMIN, ROUTE_ETAG | ROUTE_CREATES, NULL,
        sale_rest_fields, "createSale", "Add a sale", 201, &sale_schema,
        .example = "{\"name\":\"Winter sale\",\"starts_at\":\"2027-01-02T09:00:00Z\","
                   "\"ends_at\":\"2027-01-09T09:00:00Z\",\"hold_s\":300}"},
    {M_GET, "/api/v1/admin/sales/{id}", get, AUTH_STAFF, ROUTE_ETAG, NULL, NULL,
        "adminGetSale", "One sale", 200, &sale_schema, .cache = "private, no-cache"},
    {M_PATCH, "/api/v1/admin/sales/{id}", change, AUTH_ADMIN,
        ROUTE_IF_MATCH | ROUTE_MERGE_PATCH | ROUTE_ETAG, NULL, sale_rest_fields,
        "patchSale", "Change members of a sale (JSON merge patch)", 200, &sale_schema,
        .example = "{\"max_units\":2}"},
    {M_DELETE, "/api/v1/admin/sales/{id}", change, AUTH_ADMIN, ROUTE_IF_MATCH, NULL, NULL,
        "deleteSale", "Remove a sale", 204},
    {.pattern = NULL},
};
