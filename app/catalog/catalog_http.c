/* The public side of the catalogue: lists, one product out of the cache, the category
 * tree. Writes nothing. */
#include "catalog/catalog_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "catalog/catalog_json.h"
#include "catalog/catalog_store.h"
#include "routes.h"

#define PRODUCT_JSON_MAX ((size_t)4 << 20)
#define TREE_JSON_MAX ((size_t)4 << 20)
#define KEY_MAX_N 256

/* GET /products: 200; 422 for a bad query field. */
static enum err
list_get(struct req *rq, struct resp *rs)
{
    return product_list_send(rq, rs, false);
}

struct product_load {
    struct req *rq;
    int64_t id;
};

/* The finished bytes of a product: its tag, a line feed, its JSON. */
static enum err
product_load(void *arg, struct arena *a, struct str *out)
{
    const struct product_load *l = arg;
    char tag[PRODUCT_TAG_N];
    struct product p;
    struct jout j;
    struct buf b;
    struct db *db;
    enum err e;

    if ((e = app_db(l->rq, &db)) != ERR_OK)
        return e;
    if ((e = catalog_get(db, a, l->id, &p)) != ERR_OK)
        return e;
    if (p.archived)
        return ERR_NOT_FOUND;
    buf_init_arena(&b, a, PRODUCT_JSON_MAX);
    buf_c(&b, product_tag(tag, &p));
    buf_char(&b, '\n');
    jout_init(&j, &b);
    product_jout(&j, &p);
    *out = buf_view(&b);
    return b.overflow ? ERR_INTERNAL : ERR_OK;
}

static bool
all_digits(struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* The id a path names: itself, or by slug, or by SKU. */
static enum err
product_id(struct req *rq, int64_t *id)
{
    struct str key = rq->param[0];
    struct db *db;
    enum err e;

    if (all_digits(key))
        return req_param_id(rq, 0, id);
    if (key.n == 0 || key.n > KEY_MAX_N)
        return ERR_NOT_FOUND;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    e = catalog_store_id_of_slug(db, rq->arena, key, id);
    return e == ERR_NOT_FOUND ? catalog_store_id_of_sku(db, rq->arena, key, id) : e;
}

/* GET /products/{id}: 200, 304; 404 also for an archived one. */
static enum err
product_get(struct req *rq, struct resp *rs)
{
    struct product_load load = {.rq = rq};
    struct str bytes, tag, json;
    char key[32];
    int n;
    enum err e;

    if ((e = product_id(rq, &load.id)) != ERR_OK)
        return e;
    n = snprintf(key, sizeof(key), "p:%" PRId64, load.id);
    e = cache_get(app_of(rq)->cache, rq->arena, (struct str){key, (size_t)n},
        product_load, &load, &bytes);
    if (e != ERR_OK)
        return e;
    if (!str_cut(bytes, '\n', &tag, &json))
        return ERR_INTERNAL;
    if (!resp_not_modified(rs, rq, arena_cstr(rq->arena, tag)))
        resp_bytes(rs, 200, "application/json", json);
    return ERR_OK;
}

/* Categories come in tree order: a node is open until one that is no deeper follows. */
static void
tree_jout(struct jout *j, const struct category *c, size_t n)
{
    struct str slug;
    int open = 0;
    size_t i;

    for (i = 0; i < n; i++) {
        for (; open >= c[i].depth; open--) {
            jout_arr_end(j);
            jout_obj_end(j);
        }
        slug = c[i].path;
        while (str_chr(slug, '/') != SIZE_MAX)
            slug = str_sub(slug, str_chr(slug, '/') + 1, slug.n);
        jout_obj(j);
        jout_kstr(j, "name", c[i].name);
        jout_kstr(j, "slug", slug);
        jout_kstr(j, "path", c[i].path);
        jout_ki64(j, "count", c[i].count);
        jout_key(j, "children");
        jout_arr(j);
        open = c[i].depth;
    }
    for (; open > 0; open--) {
        jout_arr_end(j);
        jout_obj_end(j);
    }
}

static enum err
tree_load(void *arg, struct arena *a, struct str *out)
{
    struct category *c;
    struct jout j;
    struct buf b;
    struct db *db;
    size_t n;
    enum err e;

    if ((e = app_db(arg, &db)) != ERR_OK)
        return e;
    if ((e = catalog_categories(db, a, &c, &n)) != ERR_OK)
        return e;
    buf_init_arena(&b, a, TREE_JSON_MAX);
    jout_init(&j, &b);
    jout_obj(&j);
    jout_key(&j, "items");
    jout_arr(&j);
    tree_jout(&j, c, n);
    jout_arr_end(&j);
    jout_obj_end(&j);
    *out = buf_view(&b);
    return b.overflow ? ERR_INTERNAL : ERR_OK;
}

/* GET /categories: 200, the tree. */
static enum err
categories_get(struct req *rq, struct resp *rs)
{
    struct str json;
    enum err e;

    e = cache_get(app_of(rq)->cache, rq->arena, STR("c:tree"), tree_load, rq, &json);
    if (e == ERR_OK && !resp_not_modified(rs, rq, resp_tag(rs, json)))
        resp_bytes(rs, 200, "application/json", json);
    return e;
}

static const struct field product_path[] = {
    {.name = "id",
        .type = F_STR,
        .min = 1,
        .max = KEY_MAX_N,
        .help = "id, slug or SKU",
        .example = "\"LAN-FEZ-S\""},
    {.name = NULL},
};

const struct route catalog_routes[] = {
    {M_GET, "/api/v1/products", list_get, AUTH_NONE, ROUTE_LIST | ROUTE_ETAG,
        product_list_query, NULL,
        "listProducts", "Products, searched, filtered and sorted",
        .status = 200,
        .out = &product_list_schema,
        .cache = "no-cache"},
    {M_GET, "/api/v1/products/{id}", product_get, AUTH_NONE, ROUTE_ETAG, NULL, NULL, "getProduct",
        "One product by id, slug or SKU",
        .status = 200,
        .out = &product_schema,
        .cache = "no-cache",
        .path = product_path},
    {M_GET, "/api/v1/categories", categories_get, AUTH_NONE, ROUTE_ETAG, NULL, NULL,
        "listCategories", "The category tree with counts",
        .status = 200,
        .out = &category_tree_schema,
        .cache = "no-cache"},
    {.pattern = NULL},
};
