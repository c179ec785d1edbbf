/* The pages of what the shop's people keep in lists: the list and the form.
 * admin_kept_change.c does what the form sends. */
#include "admin/admin_kept.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "routes.h"

#define PREFIX STR("/admin/")
#define PER_PAGE 50
#define ZONES_MAX 1000

static const struct kept_kind *
kind_of(const struct req *rq)
{
    struct str name = str_sub(str_c(rq->route->pattern), PREFIX.n, SIZE_MAX), rest;
    const struct kept_kind *k;

    (void)str_cut(name, '/', &name, &rest);
    for (size_t i = 0; (k = kept_kind_at(i)) != NULL; i++)
        if (str_eq_c(name, k->rest->name))
            return k;
    return NULL;
}

enum err
kept_open(struct kept *c, struct req *rq)
{
    *c = (struct kept){.rq = rq, .k = kind_of(rq)};
    return app_db(rq, &c->db);
}

enum err
kept_cats(struct kept *c)
{
    enum err e = ERR_OK;

    if (!c->has_cats)
        e = catalog_categories(c->db, c->rq->arena, &c->cats, &c->cats_n);
    c->has_cats = e == ERR_OK;
    return e;
}

enum err
kept_zones(struct kept *c)
{
    const struct rest_kind *k = &shipping_zone_rest;
    struct arena *a = c->rq->arena;
    void *objs = NULL;
    int64_t total;
    size_t n = 0;
    enum err e = ERR_OK;

    if (!c->has_zones)
        e = k->list(c->db, a, ZONES_MAX, 0, &objs, &n, &total);
    if (c->has_zones || e != ERR_OK)
        return e;
    c->zones = arena_calloc(a, n + 1, sizeof(*c->zones));
    for (c->zones_n = 0; c->zones_n < n; c->zones_n++) {
        struct jval *o;

        if ((e = kept_json(a, k, (char *)objs + c->zones_n * k->size, &o)) != ERR_OK)
            return e;
        c->zones[c->zones_n] = (struct kept_zone){jin_str(o, "id"), jin_str(o, "name")};
    }
    c->has_zones = true;
    return ERR_OK;
}

enum err
kept_zone_name(struct kept *c, struct str id, struct str *out)
{
    enum err e = kept_zones(c);

    *out = id;
    for (size_t i = 0; i < c->zones_n; i++)
        if (str_eq(c->zones[i].id, id))
            *out = c->zones[i].name;
    return e;
}

int64_t
kept_number_at(const void *obj, size_t at)
{
    int64_t v;

    memcpy(&v, (const char *)obj + at, sizeof(v));
    return v;
}

/* --- what list and form share --- */

/* Which part of the navigation this is, and its neighbours. */
static void
place_fill(const struct kept *c, struct tval *t)
{
    struct arena *a = c->rq->arena;
    const struct kept_kind *k;
    struct tval *tabs;

    tval_set_bool(a, t, "in_offers", c->k->group == KEPT_OFFERS);
    tval_set_bool(a, t, "in_charges", c->k->group == KEPT_CHARGES);
    tval_set_bool(a, t, "in_news", c->k->group == KEPT_NEWS);
    tval_set_c(a, t, "path", c->k->rest->name);
    tval_set_c(a, t, "one", c->k->one);
    tval_set_c(a, t, "many", c->k->many);
    tval_set_c(a, t, "kind_title", c->k->title);
    tval_set_bool(a, t, "can_change", admin_may_change(c->rq));
    if (c->k->group == KEPT_NEWS) {
        admin_news_tabs(a, t, c->k->rest->name);
        return;
    }
    tabs = tval_add_arr(a, t, "tabs");
    for (size_t i = 0; (k = kept_kind_at(i)) != NULL; i++) {
        struct tval *tab;

        if (k->group != c->k->group)
            continue;
        tab = tval_push_obj(a, tabs);
        tval_set_c(a, tab, "label", k->title);
        tval_set_fmt(a, tab, "url", "/admin/%s", k->rest->name);
        view_null(a, tab, "count");
        tval_set_bool(a, tab, "current", k == c->k);
    }
}

/* --- the list --- */

static enum err
row_fill(struct kept *c, struct tval *rows, const void *obj)
{
    struct arena *a = c->rq->arena;
    struct tval *row = tval_push_obj(a, rows), *cells = tval_add_arr(a, row, "cells");
    struct jval *o;
    enum err e = kept_json(a, c->k->rest, obj, &o);

    for (const struct kept_column *col = c->k->columns; e == ERR_OK && col->label != NULL;
         col++) {
        struct kept_cell cell = {.badge = NULL};
        struct tval *t = tval_push_obj(a, cells);

        e = col->cell(c, o, &cell);
        tval_set_bool(a, t, "first", col == c->k->columns);
        tval_set_fmt(a, t, "url", "/admin/%s/%lld", c->k->rest->name,
            (long long)kept_number_at(obj, c->k->rest->id_at));
        tval_set_c(a, t, "label", col->label);
        tval_set_bool(a, t, "num", col->num);
        view_text(a, t, "text", cell.text);
        view_text(a, t, "note", cell.note);
        tval_set_c(a, t, "badge", cell.badge);
    }
    return e;
}

static void
columns_fill(const struct kept *c, struct tval *t)
{
    struct tval *list = tval_add_arr(c->rq->arena, t, "columns");

    for (const struct kept_column *col = c->k->columns; col->label != NULL; col++) {
        struct tval *v = tval_push_obj(c->rq->arena, list);

        tval_set_c(c->rq->arena, v, "label", col->label);
        tval_set_bool(c->rq->arena, v, "num", col->num);
    }
}

static enum err
list_get(struct req *rq, struct resp *rs)
{
    struct paging pg = req_paging(rq, PER_PAGE);
    struct tval *t = tval_obj(rq->arena), *rows;
    struct kept c;
    void *objs = NULL;
    int64_t total = 0;
    size_t n = 0;
    enum err e = kept_open(&c, rq);

    if (e == ERR_OK)
        e = c.k->rest->list(
            c.db, rq->arena, pg.per_page, (pg.page - 1) * pg.per_page, &objs, &n, &total);
    if (e != ERR_OK)
        return e;
    place_fill(&c, t);
    columns_fill(&c, t);
    tval_set_c(rq->arena, t, "title", c.k->title);
    tval_set_c(rq->arena, t, "intro", c.k->intro);
    tval_set_str(
        rq->arena, t, "total_text", admin_count(rq->arena, total, c.k->one, c.k->many));
    rows = tval_add_arr(rq->arena, t, "rows");
    for (size_t i = 0; i < n && e == ERR_OK; i++)
        e = row_fill(&c, rows, (const char *)objs + i * c.k->rest->size);
    if (e != ERR_OK)
        return e;
    tval_set_bool(rq->arena, t, "has_rows", n > 0);
    view_pager(
        rq->arena, t, arena_printf(rq->arena, "/admin/%s?", c.k->rest->name), pg, total);
    return admin_send(rq, rs, 200, "admin_kept_list", t);
}

/* --- the form --- */

/* A time of the object's for the machine, and beside it for people. */
static void
moment(struct arena *a, struct tval *t, const char *name, const char *words,
    const struct jval *o)
{
    struct str s = jin_str(o, name);
    int64_t ms;

    tval_set_str(a, t, name, s);
    if (time_rfc3339_parse(s, &ms))
        tval_set_str(a, t, words, view_time_text(a, ms));
}

enum err
kept_form_show(
    struct kept *c, struct resp *rs, int status, int64_t id, struct jval *typed)
{
    struct arena *a = c->rq->arena;
    struct tval *t = tval_obj(a);
    void *obj = arena_calloc(a, 1, c->k->rest->size);
    struct jval *o, *form;
    enum err e = ERR_OK;

    c->k->rest->init(obj);
    if (id != 0)
        e = c->k->rest->get(c->db, a, id, false, obj);
    if (e == ERR_OK)
        e = kept_json(a, c->k->rest, obj, &o);
    if (e == ERR_OK)
        e = kept_form(c, o, &form);
    if (e == ERR_OK)
        e = kept_fields_fill(c, t, typed != NULL ? typed : form, id != 0, &rs->fault);
    if (e != ERR_OK)
        return e;
    place_fill(c, t);
    tval_set_bool(a, t, "is_new", id == 0);
    if (id == 0) {
        tval_set_fmt(a, t, "title", "New %s", c->k->one);
        tval_set_fmt(a, t, "form_action", "/admin/%s", c->k->rest->name);
        view_null(a, t, "version");
    } else {
        tval_set_str(a, t, "title", jin_str(o, c->k->name));
        tval_set_fmt(a, t, "form_action", "/admin/%s/%" PRId64, c->k->rest->name, id);
        tval_set_i64(a, t, "version", kept_number_at(obj, c->k->rest->version_at));
        moment(a, t, "created_at", "created_on", o);
        moment(a, t, "updated_at", "updated_on", o);
    }
    return admin_send(c->rq, rs, status, "admin_kept_edit", t);
}

static enum err
new_get(struct req *rq, struct resp *rs)
{
    struct kept c;
    enum err e = kept_open(&c, rq);

    return e == ERR_OK ? kept_form_show(&c, rs, 200, 0, NULL) : e;
}

static enum err
one_get(struct req *rq, struct resp *rs)
{
    struct kept c;
    int64_t id = 0;
    enum err e = kept_open(&c, rq);

    if (e == ERR_OK)
        e = req_param_id(rq, 0, &id);
    return e == ERR_OK ? kept_form_show(&c, rs, 200, id, NULL) : e;
}

static const struct field list_query[] = {
    PAGE_FIELD,
    {.name = NULL},
};

/* What any of the forms may send. Sizes only, wide enough that what is wrong comes back
 * beside its field. */
#define TYPED(field_name, most)                                                          \
    {                                                                                    \
        .name = (field_name), .type = F_STR, .max = (most)                               \
    }
#define BOXES(field_name)                                                                \
    {                                                                                    \
        .name = (field_name), .type = F_ARRAY, .item = F_STR, .max = 1000                \
    }
#define VERSION_FIELD                                                                    \
    {                                                                                    \
        .name = "version", .type = F_I64, .min = 1, .max = INT64_MAX                     \
    }
/* clang-format off */
static const struct field form_in[] = {
    VERSION_FIELD,
    TYPED("code", 400), TYPED("kind", 40), TYPED("rate_ppm", 100), TYPED("amount", 100),
    TYPED("minimum", 100), TYPED("currency", 40), TYPED("starts_at", 100),
    TYPED("ends_at", 100), TYPED("limit_total", 100), TYPED("limit_per_account", 100),
    TYPED("active", 10), TYPED("country", 40), TYPED("category", 400), TYPED("name", 1000),
    TYPED("inclusive", 10), BOXES("countries"), TYPED("zone_id", 40), TYPED("charge", 100),
    TYPED("free_from", 100), TYPED("max_order", 100), TYPED("position", 100),
    TYPED("hold_s", 100), TYPED("max_units", 100), TYPED("products", 80000),
    BOXES("categories"), TYPED("url", 8000), BOXES("events"), TYPED("rotate_secret", 10),
    {.name = NULL},
};
static const struct field delete_in[] = {VERSION_FIELD, {.name = NULL}};

#define KIND(path, One, what) \
    {M_GET, "/admin/" path, list_get, AUTH_STAFF, ROUTE_PAGE, list_query, NULL, \
        "admin" One "sPage", "All " what "s"}, \
    {M_GET, "/admin/" path "/new", new_get, AUTH_ADMIN, ROUTE_PAGE, NULL, NULL, \
        "admin" One "NewPage", "A new " what}, \
    {M_POST, "/admin/" path, kept_create_form, AUTH_ADMIN, ROUTE_PAGE, NULL, form_in, \
        "admin" One "CreateForm", "Add a " what}, \
    {M_GET, "/admin/" path "/{id}", one_get, AUTH_STAFF, ROUTE_PAGE, NULL, NULL, \
        "admin" One "Page", "One " what}, \
    {M_POST, "/admin/" path "/{id}", kept_save_form, AUTH_ADMIN, ROUTE_PAGE, NULL, form_in, \
        "admin" One "Form", "Change a " what}, \
    {M_POST, "/admin/" path "/{id}/delete", kept_delete_form, AUTH_ADMIN, ROUTE_PAGE, NULL, \
        delete_in, "admin" One "DeleteForm", "Remove a " what}

const struct route admin_kept_routes[] = {
    KIND("coupons", "Coupon", "coupon"),
    KIND("sales", "Sale", "sale"),
    KIND("tax-rates", "TaxRate", "tax rate"),
    KIND("shipping-zones", "ShippingZone", "delivery zone"),
    KIND("shipping-methods", "ShippingMethod", "delivery method"),
    KIND("webhook-endpoints", "WebhookEndpoint", "endpoint"),
    {.pattern = NULL},
};
/* clang-format on */
