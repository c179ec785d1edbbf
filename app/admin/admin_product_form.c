/* What the product's page sends: create, save, stock movement, archive. A refusal that
 * can be mended is the page again with what was typed. */
#include "admin/admin_page.h"
#include "admin/admin_store.h"
#include "auth/token.h"
#include "base/clock.h"
#include "stock/stock.h"

/* One change, so that a transaction can run it anew. */
struct change {
    struct req *rq;
    struct fault *flt;
    struct product_draft *draft;
    int64_t id, version, sku_id, delta, left;
    bool again; /* the same form was sent before */
};

static enum err
change_begin(struct change *c, struct req *rq, struct resp *rs, struct db **db)
{
    enum err e;

    *c = (struct change){.rq = rq, .flt = &rs->fault};
    c->version = jin_i64(rq->in, "version", 0);
    e = req_param_id(rq, 0, &c->id);
    return e == ERR_OK ? app_db(rq, db) : e;
}

/* After COMMIT. The slug is read back: it may have been made from the name. */
static void
product_changed(const struct change *c, struct db *db)
{
    struct cache *cache = app_of(c->rq)->cache;
    struct product p;

    catalog_changed(cache, c->id);
    catalog_nav_changed(cache);
    if (catalog_get(db, c->rq->arena, c->id, &p) == ERR_OK)
        catalog_slug_changed(cache, p.slug);
}

static enum err
create_tx(struct db *db, void *arg)
{
    struct change *c = arg;

    fault_clear(c->flt);
    return catalog_create(db, c->rq->arena, c->draft, app_actor(c->rq), &c->id, c->flt);
}

/* POST /admin/products: 303 to the product; 409 code or slug taken; 422. */
enum err
admin_product_create_form(struct req *rq, struct resp *rs)
{
    const struct admin_product v = {.typed = rq->in};
    struct product_draft d;
    struct change c = {.rq = rq, .flt = &rs->fault, .draft = &d};
    struct category *cats = NULL;
    struct db *db;
    size_t cats_n = 0;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = catalog_categories(db, rq->arena, &cats, &cats_n);
    if (e != ERR_OK)
        return e;
    if ((e = admin_draft(rq, NULL, cats, cats_n, &d, &rs->fault)) == ERR_OK)
        e = db_tx(db, create_tx, &c);
    if (e == ERR_INVALID || e == ERR_CONFLICT) {
        admin_draft_faults(rq->arena, &d, true, &rs->fault);
        return admin_product_show(rq, rs, err_status(e), &v);
    }
    if (e != ERR_OK)
        return e;
    product_changed(&c, db);
    page_flash(rq, rs, "success", "The product is in the shop.");
    resp_redirect(rs, "/admin/products/%lld", (long long)c.id);
    return ERR_OK;
}

static enum err
save_tx(struct db *db, void *arg)
{
    struct change *c = arg;

    fault_clear(c->flt);
    return catalog_replace(
        db, c->rq->arena, c->id, c->version, c->draft, app_actor(c->rq), c->flt);
}

/* The form again. It carries the version of now: who saves after this message has read
 * it. */
static enum err
save_refused(struct req *rq, struct resp *rs, enum err e, const struct change *c)
{
    const struct admin_product v = {.id = c->id, .typed = rq->in};

    if (e != ERR_PRECONDITION) {
        admin_draft_faults(rq->arena, c->draft, false, &rs->fault);
        return admin_product_show(rq, rs, err_status(e), &v);
    }
    fault_clear(&rs->fault);
    (void)fault_set(&rs->fault, ERR_CONFLICT, "",
        "Someone else has changed it meanwhile. Below is what you typed: saving it now"
        " overwrites their change, loading the page again shows it.");
    return admin_product_show(rq, rs, err_status(ERR_CONFLICT), &v);
}

/* POST /admin/products/{id}: 303; 409 stale, code or slug taken; 422. Stock stays. */
enum err
admin_product_save_form(struct req *rq, struct resp *rs)
{
    struct product_draft d;
    struct category *cats = NULL;
    struct product cur;
    struct change c;
    struct db *db;
    size_t cats_n = 0;
    enum err e = change_begin(&c, rq, rs, &db);

    c.draft = &d;
    if (e == ERR_OK)
        e = catalog_get(db, rq->arena, c.id, &cur);
    if (e == ERR_OK)
        e = catalog_categories(db, rq->arena, &cats, &cats_n);
    if (e != ERR_OK)
        return e;
    e = cur.version != c.version ? ERR_PRECONDITION
                                 : admin_draft(rq, &cur, cats, cats_n, &d, &rs->fault);
    if (e == ERR_OK)
        e = db_tx(db, save_tx, &c);
    if (e == ERR_INVALID || e == ERR_CONFLICT || e == ERR_PRECONDITION)
        return save_refused(rq, rs, e, &c);
    if (e != ERR_OK)
        return e;
    catalog_slug_changed(app_of(rq)->cache, cur.slug);
    product_changed(&c, db);
    page_flash(rq, rs, "success", "Saved.");
    resp_redirect(rs, "/admin/products/%lld", (long long)c.id);
    return ERR_OK;
}

/* The movement as typed: which SKU of this product, how many. */
static enum err
stock_read(struct change *c, struct db *db)
{
    struct str sku = jin_str(c->rq->in, "sku");
    struct product p;
    size_t i;
    enum err e = catalog_get(db, c->rq->arena, c->id, &p);

    if (e != ERR_OK)
        return e;
    for (i = 0; i < p.skus_n; i++)
        if (str_eq(p.skus[i].sku, sku))
            c->sku_id = p.skus[i].id;
    if (c->sku_id == 0)
        return fault_field(c->flt, "/sku", "unknown", "This SKU is no longer on sale.");
    if (!str_i64(jin_str(c->rq->in, "delta"), &c->delta) || c->delta == 0)
        e = fault_field(c->flt, "/delta", "wrong_type", "A whole number, not 0.");
    if (c->delta > STOCK_MAX || c->delta < -STOCK_MAX)
        e = fault_field(c->flt, "/delta", "out_of_range", "That is too many.");
    if (jin_str(c->rq->in, "reason").n == 0)
        e = fault_field(c->flt, "/reason", "required", "The ledger needs a reason.");
    return e;
}

static enum err
stock_claim(struct req *rq, struct db *db, int64_t product_id)
{
    unsigned char sum[SHA256_N];

    sha256(rq->body.p, rq->body.n, sum);
    return admin_store_stock_key(db,
        arena_printf(rq->arena, "u:%lld:stock", (long long)rq->who.user_id),
        jin_str(rq->in, "idempotency_key"), (struct str){(const char *)sum, SHA256_N},
        product_id, clock_ms());
}

/* The key is claimed in the same transaction: the movement is made once or not at all. */
static enum err
stock_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    enum err e;

    fault_clear(c->flt);
    e = stock_claim(c->rq, db, c->id);
    c->again = e == ERR_CONFLICT;
    if (e != ERR_OK)
        return e;
    return stock_adjust(db, c->sku_id, c->delta, jin_str(c->rq->in, "reason"),
        app_actor(c->rq), &c->left, c->flt);
}

/* POST /admin/products/{id}/stock: 303, also when it was sent before; 409 too few; 422.
 */
enum err
admin_stock_form(struct req *rq, struct resp *rs)
{
    struct admin_product v = {.stock_typed = rq->in};
    struct change c;
    struct db *db;
    enum err e = change_begin(&c, rq, rs, &db);

    if (e != ERR_OK)
        return e;
    if ((e = stock_read(&c, db)) == ERR_OK)
        e = db_tx(db, stock_tx, &c);
    if (c.again) {
        page_flash(rq, rs, "info", "This movement is in the ledger already.");
    } else if (e == ERR_INVALID || e == ERR_CONFLICT) {
        v.id = c.id;
        return admin_product_show(rq, rs, err_status(e), &v);
    } else if (e != ERR_OK) {
        return e;
    } else {
        catalog_changed(app_of(rq)->cache, c.id);
        page_flash(rq, rs, "success", "Entered: %lld are left now.", (long long)c.left);
    }
    resp_redirect(
        rs, "/admin/products/%lld?variant=%lld", (long long)c.id, (long long)c.sku_id);
    return ERR_OK;
}

static enum err
archive_tx(struct db *db, void *arg)
{
    const struct change *c = arg;

    return catalog_archive(db, c->id, c->version);
}

/* POST /admin/products/{id}/archive: 303; 409 stale. */
enum err
admin_archive_form(struct req *rq, struct resp *rs)
{
    struct admin_product v = {.id = 0};
    struct change c;
    struct db *db;
    enum err e = change_begin(&c, rq, rs, &db);

    if (e == ERR_OK)
        e = db_tx(db, archive_tx, &c);
    if (e == ERR_PRECONDITION) {
        v.id = c.id;
        e = fault_set(&rs->fault, ERR_CONFLICT, "",
            "Someone else has changed it meanwhile: look at it again before you archive "
            "it.");
        return admin_product_show(rq, rs, err_status(e), &v);
    }
    if (e != ERR_OK)
        return e;
    product_changed(&c, db);
    page_flash(rq, rs, "info", "The product is archived.");
    resp_redirect(rs, "/admin/products/%lld", (long long)c.id);
    return ERR_OK;
}

/* Sizes only, wide enough that what is wrong comes back beside its field. */
#define PRODUCT_FIELDS                                                                   \
    {.name = "name", .type = F_STR, .flags = FIELD_TRIM, .max = 1000},                   \
        {.name = "slug", .type = F_STR, .flags = FIELD_TRIM, .max = 400},                \
        {.name = "brand", .type = F_STR, .flags = FIELD_TRIM, .max = 400},               \
        {.name = "category", .type = F_STR, .max = 400},                                 \
        {.name = "description", .type = F_STR, .flags = FIELD_TRIM, .max = 200000},      \
    {                                                                                    \
        .name = "image", .type = F_STR, .flags = FIELD_TRIM, .max = 2000                 \
    }

const struct field admin_product_new_in[] = {
    PRODUCT_FIELDS,
    {.name = "sku", .type = F_STR, .flags = FIELD_TRIM, .max = 400},
    {.name = "price", .type = F_STR, .flags = FIELD_TRIM, .max = 100},
    {.name = "stock", .type = F_STR, .flags = FIELD_TRIM, .max = 100},
    {.name = NULL},
};
/* One row a SKU; the empty one behind the last makes a new SKU when it is filled in. */
#define ROWS_MAX (PRODUCT_SKUS_MAX + 1)
const struct field admin_product_in[] = {
    PRODUCT_FIELDS,
    {.name = "version",
        .type = F_I64,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = INT64_MAX},
    {.name = "variant_id", .type = F_ARRAY, .item = F_STR, .max = ROWS_MAX},
    {.name = "variant_sku", .type = F_ARRAY, .item = F_STR, .max = ROWS_MAX},
    {.name = "variant_label", .type = F_ARRAY, .item = F_STR, .max = ROWS_MAX},
    {.name = "variant_price", .type = F_ARRAY, .item = F_STR, .max = ROWS_MAX},
    {.name = NULL},
};
const struct field admin_stock_in[] = {
    {.name = "idempotency_key",
        .type = F_STR,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = 64},
    {.name = "sku", .type = F_STR, .max = 400},
    {.name = "delta", .type = F_STR, .flags = FIELD_TRIM, .max = 100},
    {.name = "reason", .type = F_STR, .flags = FIELD_TRIM, .max = 300},
    {.name = NULL},
};
const struct field admin_archive_in[] = {
    {.name = "version",
        .type = F_I64,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = INT64_MAX},
    {.name = NULL},
};
