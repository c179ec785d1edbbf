/* The catalogue as a table, archived products too. */
#include "admin/admin_page.h"
#include "http/form.h"

#define PER_PAGE 25

static void
product_row(struct req *rq, struct tval *list, const struct product_card *c)
{
    struct arena *a = rq->arena;
    struct tval *t = tval_push_obj(a, list);
    const char *status = c->archived ? "archived" : "active";

    tval_set_fmt(a, t, "url", "/admin/products/%lld", (long long)c->id);
    tval_set_str(a, t, "name", c->name);
    tval_set_str(a, t, "sku", c->sku);
    view_image(a, t, "image", app_of(rq)->assets, c->image);
    view_text(a, t, "brand", c->brand);
    view_text(a, t, "category", c->category_name);
    view_money(a, t, "price", c->price, c->currency);
    tval_set_bool(a, t, "price_from", c->price_max > c->price);
    view_text(a, t, "variants_text",
        c->skus_n > 1 ? admin_count(a, (int64_t)c->skus_n, "variant", "variants")
                      : STR_NULL);
    tval_set_i64(a, t, "stock", c->stock);
    tval_set_c(a, t, "stock_level", view_stock_level(c->stock));
    tval_set_c(a, t, "status", status);
    tval_set_str(a, t, "status_label", view_label(a, str_c(status)));
}

static void
statuses_fill(struct arena *a, struct tval *t, struct str chosen)
{
    static const char *const all[][2] = {
        {"", "Any status"}, {"active", "Active"}, {"archived", "Archived"}};
    struct tval *list = tval_add_arr(a, t, "statuses");
    size_t i;

    for (i = 0; i < NELEM(all); i++) {
        struct tval *v = tval_push_obj(a, list);

        tval_set_c(a, v, "value", all[i][0]);
        tval_set_c(a, v, "label", all[i][1]);
        tval_set_bool(a, v, "selected", str_eq_c(chosen, all[i][0]));
    }
}

enum err
admin_products_get(struct req *rq, struct resp *rs)
{
    struct str q = jin_str(rq->query, "q"), status = jin_str(rq->query, "status");
    struct paging pg = req_paging(rq, PER_PAGE);
    const struct catalog_query cq = {.q = q,
        .category = STR_NULL,
        .min_price = -1,
        .max_price = -1,
        .with_archived = !str_eq_c(status, "active"),
        .only_archived = str_eq_c(status, "archived"),
        .sort = q.n > 0 ? SORT_RELEVANCE : SORT_NEWEST,
        .page = pg.page,
        .per_page = pg.per_page};
    struct tval *t = tval_obj(rq->arena), *list;
    struct product_card *cards = NULL;
    struct db *db;
    int64_t total = 0;
    size_t i, n = 0;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = catalog_list(db, rq->arena, &cq, &cards, &n, &total);
    if (e != ERR_OK)
        return e;
    tval_set_c(rq->arena, t, "title", "Products");
    tval_set_bool(rq->arena, t, "can_change", admin_may_change(rq));
    view_text(rq->arena, t, "q", q);
    statuses_fill(rq->arena, t, status);
    tval_set_str(
        rq->arena, t, "total_text", admin_count(rq->arena, total, "product", "products"));
    list = tval_add_arr(rq->arena, t, "products");
    for (i = 0; i < n; i++)
        product_row(rq, list, &cards[i]);
    tval_set_bool(rq->arena, t, "has_products", n > 0);
    view_pager(rq->arena, t,
        arena_printf(rq->arena, "/admin/products?q=%.*s&status=%.*s&",
            STR_F(percent_encode(rq->arena, q)), STR_F(status)),
        pg, total);
    return admin_send(rq, rs, 200, "admin_products", t);
}

const struct field admin_products_query[] = {
    {.name = "q", .type = F_STR, .flags = FIELD_TRIM, .max = 200},
    {.name = "status", .type = F_ENUM, .choices = "active|archived"},
    PAGE_FIELD,
    {.name = NULL},
};
