/* The admin's side of the catalogue over JSON.  An If-Match check and the change it
 * guards are one transaction with the product's row locked. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "catalog/catalog_http.h"
#include "catalog/catalog_json.h"
#include "catalog/draft.h"
#include "once/once_http.h"
#include "routes.h"
#include "stock/stock.h"

/* One change, so that a transaction can run it anew. */
struct change {
    struct req *rq;
    struct resp *rs;
    enum method method;
    const char *actor;
    int64_t id;
    struct product out;
    struct str was; /* the slug before */
    struct str sku; /* of a stock movement */
    int64_t available;
    struct once once;
    struct once_answer an;
};

static void
change_init(struct change *c, struct req *rq, struct resp *rs)
{
    *c = (struct change){
        .rq = rq, .rs = rs, .method = rq->method, .actor = app_actor(rq)};
}

/* The product as it now is, with its validator. */
static void
product_send(struct resp *rs, int status, const struct product *p)
{
    char tag[PRODUCT_TAG_N];

    resp_header(rs, "ETag", "\"%s\"", product_tag(tag, p));
    product_jout(resp_json(rs, status), p);
}

static void
changed(const struct change *c)
{
    struct cache *cache = app_of(c->rq)->cache;

    catalog_changed(cache, c->id);
    catalog_nav_changed(cache);
    catalog_slug_changed(cache, c->out.slug);
    catalog_slug_changed(cache, c->was);
}

static enum err
create_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    struct arena *a = c->rq->arena;
    struct fault *flt = &c->rs->fault;
    struct product_draft d;
    enum err e;

    fault_clear(flt);
    e = draft_read(a, c->rq->in, DRAFT_API, str_c(app_of(c->rq)->set.currency), &d, flt);
    if (e == ERR_OK)
        e = catalog_create(db, a, &d, c->actor, &c->id, flt);
    return e == ERR_OK ? catalog_get(db, a, c->id, &c->out) : e;
}

/* POST /admin/products: 201; 409 sku_taken, slug_taken; 422. */
static enum err
product_post(struct req *rq, struct resp *rs)
{
    struct change c;
    struct db *db;
    enum err e;

    change_init(&c, rq, rs);
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = db_tx(db, create_tx, &c)) != ERR_OK)
        return e;
    changed(&c);
    resp_header(rs, "Location", "/api/v1/products/%" PRId64, c.id);
    product_send(rs, 201, &c.out);
    return ERR_OK;
}

/* Does the body say anything of stock, its own or a variant's? */
static bool
brings_stock(const struct jval *in)
{
    const struct jval *v = jin_get_type(in, "variants", J_ARRAY);
    size_t i;

    if (jin_get(in, "stock") != NULL)
        return true;
    for (i = 0; v != NULL && i < v->n; i++)
        if (jin_get(&v->v[i], "stock") != NULL)
            return true;
    return false;
}

static enum err
draft_of_change(
    const struct change *c, const struct product *cur, struct product_draft *d)
{
    struct arena *a = c->rq->arena;
    struct fault *flt = &c->rs->fault;
    enum err e;

    if (c->method == M_PATCH)
        return draft_patch(a, c->rq->in, cur, d, flt);
    e = draft_read(a, c->rq->in, DRAFT_API, cur->currency, d, flt);
    /* A product of one SKU that stays one: another code renames it and keeps its stock.
     */
    if (e == ERR_OK && d->p.skus_n == 1 && cur->skus_n == 1)
        d->p.skus[0].id = cur->skus[0].id;
    return e;
}

static enum err
change_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    struct arena *a = c->rq->arena;
    struct fault *flt = &c->rs->fault;
    bool stock = c->method != M_DELETE && brings_stock(c->rq->in);
    struct product cur;
    struct product_draft d;
    enum err e;

    fault_clear(flt);
    if ((e = catalog_lock(db, a, c->id, stock, &cur)) != ERR_OK)
        return e;
    if (!product_if_match(req_header(c->rq, "If-Match"), &cur, stock))
        return fault_set(flt, ERR_PRECONDITION, "", "The product has changed since.");
    c->was = cur.slug;
    if (c->method == M_DELETE)
        return catalog_archive(db, c->id, cur.version);
    if ((e = draft_of_change(c, &cur, &d)) != ERR_OK)
        return e;
    e = catalog_replace(db, a, c->id, cur.version, &d, c->actor, flt);
    return e == ERR_OK ? catalog_get(db, a, c->id, &c->out) : e;
}

static enum err
change_run(struct change *c)
{
    struct db *db;
    enum err e;

    if ((e = req_param_id(c->rq, 0, &c->id)) != ERR_OK)
        return e;
    if ((e = app_db(c->rq, &db)) != ERR_OK)
        return e;
    if ((e = db_tx(db, change_tx, c)) == ERR_OK)
        changed(c);
    return e;
}

/* PUT, PATCH /admin/products/{id}: 200; 404; 409; 412 stale; 422. */
static enum err
product_change(struct req *rq, struct resp *rs)
{
    struct change c;
    enum err e;

    change_init(&c, rq, rs);
    if ((e = change_run(&c)) == ERR_OK)
        product_send(rs, 200, &c.out);
    return e;
}

/* DELETE /admin/products/{id}: 204, archived; 404; 412 stale. */
static enum err
product_delete(struct req *rq, struct resp *rs)
{
    struct change c;
    enum err e;

    change_init(&c, rq, rs);
    if ((e = change_run(&c)) == ERR_OK)
        resp_empty(rs, 204);
    return e;
}

/* GET /admin/products: as the public one, with archived products. */
static enum err
admin_list_get(struct req *rq, struct resp *rs)
{
    return product_list_send(rq, rs, true);
}

/* GET /admin/products/{id}: 200, 304, archived ones too; 404. */
static enum err
admin_product_get(struct req *rq, struct resp *rs)
{
    char tag[PRODUCT_TAG_N];
    struct product p;
    struct db *db;
    int64_t id;
    enum err e;

    if ((e = req_param_id(rq, 0, &id)) != ERR_OK)
        return e;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = catalog_get(db, rq->arena, id, &p)) != ERR_OK)
        return e;
    if (!resp_not_modified(rs, rq, product_tag(tag, &p)))
        product_jout(resp_json(rs, 200), &p);
    return ERR_OK;
}

#define ANSWER_MAX ((size_t)1 << 20)

/* The movement as it is answered and kept for a repeat. */
static enum err
stock_answer(struct db *db, struct change *c)
{
    struct jout j;
    struct buf b;

    buf_init_arena(&b, c->rq->arena, ANSWER_MAX);
    jout_init(&j, &b);
    jout_obj(&j);
    jout_kstr(&j, "sku", c->sku);
    jout_ki64(&j, "stock", c->available);
    jout_key(&j, "product");
    product_jout(&j, &c->out);
    jout_obj_end(&j);
    if (b.overflow)
        return ERR_TOO_LARGE;
    c->an = (struct once_answer){
        .subject_id = c->id, .http_status = 200, .body = buf_view(&b)};
    return once_keep(db, &c->once, &c->an);
}

static enum err
stock_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    struct arena *a = c->rq->arena;
    const struct jval *in = c->rq->in;
    struct fault *flt = &c->rs->fault;
    struct str sku = jin_str(in, "sku");
    struct product cur;
    size_t i = 0;
    enum err e;

    fault_clear(flt);
    e = once_claim(db, a, &c->once, c->id, &c->an, flt);
    if (e != ERR_OK || c->an.replayed)
        return e;
    if ((e = catalog_get(db, a, c->id, &cur)) != ERR_OK)
        return e;
    while (sku.p != NULL && i < cur.skus_n && !str_eq(cur.skus[i].sku, sku))
        i++;
    if (i >= cur.skus_n)
        return fault_field(flt, "/sku", "unknown", "no SKU of this product");
    c->sku = cur.skus[i].sku;
    e = stock_adjust(db, cur.skus[i].id, jin_i64(in, "delta", 0), jin_str(in, "reason"),
        c->actor, &c->available, flt);
    if (e == ERR_OK)
        e = catalog_get(db, a, c->id, &c->out);
    return e == ERR_OK ? stock_answer(db, c) : e;
}

/* POST /admin/products/{id}/stock: 200 with the new figure, once a key; 409 out_of_stock;
 * 422. */
static enum err
stock_post(struct req *rq, struct resp *rs)
{
    char tag[PRODUCT_TAG_N];
    struct change c;
    struct str key;
    struct db *db;
    enum err e;

    change_init(&c, rq, rs);
    if ((e = req_param_id(rq, 0, &c.id)) != ERR_OK)
        return e;
    if ((e = once_http_key(rq, false, &key, &rs->fault)) != ERR_OK)
        return e;
    c.once = once_http_of(rq, "stock_api", key);
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = db_tx(db, stock_tx, &c)) != ERR_OK)
        return e;
    if (!c.an.replayed) {
        catalog_changed(app_of(rq)->cache, c.id);
        resp_header(rs, "ETag", "\"%s\"", product_tag(tag, &c.out));
    }
    once_http_answer(rs, &c.an);
    return ERR_OK;
}

#define PRODUCT_EXAMPLE                                                                  \
    "{\"sku\":\"TEA-MINT-1\",\"name\":\"Mint Tea\",\"price\":{\"amount\":1250,"              \
    "\"currency\":\"USD\"},\"stock\":40,\"category\":[\"Tea\"],\"brand\":\"Atlas\"}"

const struct route catalog_admin_routes[] = {
    {M_GET, "/api/v1/admin/products", admin_list_get, AUTH_STAFF, ROUTE_LIST,
        product_admin_list_query, NULL, "adminListProducts",
        "Products, archived ones too", .status = 200, .out = &product_list_schema},
    {M_POST, "/api/v1/admin/products", product_post, AUTH_ADMIN, ROUTE_ETAG | ROUTE_CREATES,
        NULL, product_body,
        "createProduct", "Add a product", .status = 201, .out = &product_schema,
        .errors = "sku_taken slug_taken", .example = PRODUCT_EXAMPLE},
    {M_GET, "/api/v1/admin/products/{id}", admin_product_get, AUTH_STAFF, ROUTE_ETAG, NULL, NULL,
        "adminGetProduct", "One product, archived or not", .status = 200,
        .out = &product_schema, .cache = "private, no-cache"},
    {M_PUT, "/api/v1/admin/products/{id}", product_change, AUTH_ADMIN,
        ROUTE_IF_MATCH | ROUTE_ETAG, NULL, product_body, "replaceProduct",
        "Replace a product", .status = 200, .out = &product_schema,
        .errors = "sku_taken slug_taken in_use", .example = PRODUCT_EXAMPLE},
    {M_PATCH, "/api/v1/admin/products/{id}", product_change, AUTH_ADMIN,
        ROUTE_IF_MATCH | ROUTE_MERGE_PATCH | ROUTE_ETAG, NULL, product_patch_body,
        "patchProduct", "Change members of a product (JSON merge patch)", .status = 200,
        .out = &product_schema, .errors = "sku_taken slug_taken in_use",
        .example = "{\"price\":{\"amount\":2499},\"brand\":null}"},
    {M_DELETE, "/api/v1/admin/products/{id}", product_delete, AUTH_ADMIN, ROUTE_IF_MATCH,
        NULL, NULL, "archiveProduct", "Archive a product", .status = 204},
    {M_POST, "/api/v1/admin/products/{id}/stock", stock_post, AUTH_STAFF,
        ROUTE_ETAG | ROUTE_KEY, NULL,
        product_stock_body, "adjustStock", "Add to or take from a SKU's stock",
        .status = 200, .out = &stock_schema, .errors = "out_of_stock",
        .example = "{\"delta\":5,\"reason\":\"Delivery\"}"},
    {.pattern = NULL},
};
