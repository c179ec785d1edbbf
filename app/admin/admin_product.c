/* The page of one product: its form, its stock and the ledger that explains the stock. */
#include "admin/admin_page.h"
#include "price/money.h"
#include "stock/stock.h"

#define MOVES 20
#define MOVES_MAX 1000

/* A field's value: what was typed into a refused form, else what is stored. */
static void
value(struct arena *a, struct tval *t, const char *name, const struct jval *typed,
    struct str stored)
{
    view_text(a, t, name, typed != NULL ? jin_str(typed, name) : stored);
}

static void
values_fill(
    struct arena *a, struct tval *data, const struct product *p, const struct jval *typed)
{
    struct tval *t = tval_add_obj(a, data, "values");

    value(a, t, "name", typed, p->name);
    value(a, t, "slug", typed, p->slug);
    value(a, t, "brand", typed, p->brand);
    value(a, t, "description", typed, p->description);
    value(a, t, "image", typed, p->images_n > 0 ? p->images[0].url : STR_NULL);
    value(a, t, "sku", typed, STR_NULL);
    value(a, t, "price", typed, STR_NULL);
    value(a, t, "stock", typed, STR_NULL);
}

/* In path order a parent stands before its children. */
struct str
admin_category_label(struct arena *a, const struct category *c, size_t i)
{
    struct str label = c[i].name;
    int64_t want = c[i].parent_id;

    while (i-- > 0 && want != 0) {
        if (c[i].id != want)
            continue;
        label = arena_printf(a, "%.*s / %.*s", STR_F(c[i].name), STR_F(label));
        want = c[i].parent_id;
    }
    return label;
}

static void
option(struct arena *a, struct tval *list, struct str v, struct str label, bool selected)
{
    struct tval *t = tval_push_obj(a, list);

    tval_set_str(a, t, "value", v);
    tval_set_str(a, t, "label", label);
    tval_set_bool(a, t, "selected", selected);
}

static enum err
categories_fill(struct arena *a, struct db *db, struct tval *data, struct str chosen)
{
    struct tval *list = tval_add_arr(a, data, "categories");
    struct category *c;
    size_t i, n;
    enum err e = catalog_categories(db, a, &c, &n);

    if (e != ERR_OK)
        return e;
    option(a, list, STR(""), STR("None"), chosen.n == 0);
    for (i = 0; i < n; i++)
        option(a, list, c[i].path, admin_category_label(a, c, i),
            str_eq(c[i].path, chosen));
    return ERR_OK;
}

/* The SKU whose ledger is shown: the one just typed about, the one asked for, the first.
 */
static const struct sku *
sku_shown(const struct product *p, const struct admin_product *v)
{
    struct str code = jin_str(v->stock_typed, "sku");
    size_t i;

    for (i = 0; i < p->skus_n; i++)
        if (code.n > 0 ? str_eq(p->skus[i].sku, code) : p->skus[i].id == v->variant)
            return &p->skus[i];
    return p->skus_n > 0 ? &p->skus[0] : NULL;
}

static void
variant_stored(
    struct arena *a, struct tval *list, const struct product *p, const struct sku *s)
{
    struct tval *t = tval_push_obj(a, list);

    tval_set_i64(a, t, "variant_id", s->id);
    tval_set_str(a, t, "sku", s->sku);
    view_text(a, t, "label", s->variant);
    tval_set_str(a, t, "price", money_decimal(a, s->price, p->currency));
    tval_set_i64(a, t, "available", s->stock);
    tval_set_c(a, t, "stock_level", view_stock_level(s->stock));
    tval_set_fmt(a, t, "ledger_url", "/admin/products/%lld?variant=%lld#ledger-title",
        (long long)p->id, (long long)s->id);
}

/* A row as it was typed; false when it is the empty one behind the last. */
static bool
variant_typed(struct arena *a, struct tval *list, const struct jval *typed, size_t i)
{
    struct str code = admin_row(typed, "variant_sku", i);
    struct tval *t;

    if (code.n == 0 && admin_row(typed, "variant_id", i).n == 0)
        return false;
    t = tval_push_obj(a, list);
    view_text(a, t, "variant_id", admin_row(typed, "variant_id", i));
    view_text(a, t, "sku", code);
    view_text(a, t, "label", admin_row(typed, "variant_label", i));
    view_text(a, t, "price", admin_row(typed, "variant_price", i));
    view_null(a, t, "available");
    tval_set_c(a, t, "stock_level", "in");
    view_null(a, t, "ledger_url");
    return true;
}

static void
variants_fill(
    struct arena *a, struct tval *data, const struct product *p, const struct jval *typed)
{
    struct tval *list = tval_add_arr(a, data, "variants");
    size_t i;

    for (i = 0; typed == NULL && i < p->skus_n; i++)
        variant_stored(a, list, p, &p->skus[i]);
    for (i = 0; typed != NULL && i <= PRODUCT_SKUS_MAX; i++)
        if (!variant_typed(a, list, typed, i))
            break;
}

static void
stock_form_fill(struct req *rq, struct tval *data, const struct product *p,
    const struct sku *chosen, const struct jval *typed, const struct fault *flt)
{
    struct arena *a = rq->arena;
    struct tval *t = tval_add_obj(a, data, "stock_form"),
                *list = tval_add_arr(a, t, "skus");
    size_t i;

    for (i = 0; i < p->skus_n; i++) {
        const struct sku *s = &p->skus[i];

        option(a, list, s->sku,
            s->variant.n > 0
                ? arena_printf(a, "%.*s · %.*s", STR_F(s->sku), STR_F(s->variant))
                : s->sku,
            s == chosen);
    }
    view_text(a, t, "delta", jin_str(typed, "delta"));
    view_text(a, t, "reason", jin_str(typed, "reason"));
    view_text(a, t, "delta_error", admin_sentence(a, view_fault(flt, "delta")));
    view_text(a, t, "reason_error", admin_sentence(a, view_fault(flt, "reason")));
    tval_set_str(a, t, "key", admin_form_key(rq));
}

static struct str
move_label(struct arena *a, struct str kind)
{
    static const char *const words[][2] = {{"receive", "Received"},
        {"adjust", "Adjusted"}, {"sale", "Sold"}, {"cancel", "Cancelled"},
        {"expire", "Not paid in time"}, {"return", "Returned"},
        {"revive", "Sold, paid late"}};
    size_t i;

    for (i = 0; i < NELEM(words); i++)
        if (str_eq_c(kind, words[i][0]))
            return str_c(words[i][1]);
    return view_label(a, kind);
}

static void
move_row(struct arena *a, struct tval *list, const struct stock_move *m, struct str sku,
    int64_t balance)
{
    struct tval *t = tval_push_obj(a, list);

    admin_time(a, t, "time", m->created_at);
    tval_set_str(a, t, "sku", sku);
    tval_set_str(a, t, "kind_label", move_label(a, m->kind));
    tval_set_fmt(a, t, "delta", "%+lld", (long long)m->quantity);
    tval_set_bool(a, t, "up", m->quantity > 0);
    tval_set_i64(a, t, "balance", balance);
    view_text(a, t, "reason", m->reason);
    view_text(a, t, "order_number", m->order_number);
    if (m->order_id != 0)
        tval_set_fmt(a, t, "order_url", "/admin/orders/%lld", (long long)m->order_id);
    else
        view_null(a, t, "order_url");
    view_text(a, t, "who", m->actor);
}

/* The newest movements of one SKU. What was left after each is counted back from the
 * figure of now; a sale between the two reads shows as a gap until the page is loaded
 * again. */
static enum err
moves_fill(struct arena *a, struct db *db, struct tval *data, const struct product *p,
    const struct sku *s, int64_t limit)
{
    struct tval *list = tval_add_arr(a, data, "moves");
    int64_t left = 0;
    struct stock_move *m;
    size_t i, n;
    enum err e = stock_moves(db, a, s->id, (size_t)limit, &m, &n);

    if (e == ERR_OK)
        e = stock_available(db, a, s->id, &left);
    if (e != ERR_OK)
        return e;
    for (i = 0; i < n; i++) {
        move_row(a, list, &m[i], s->sku, left);
        left -= m[i].quantity;
    }
    tval_set_bool(a, data, "has_moves", n > 0);
    tval_set_str(a, data, "ledger_sku", s->sku);
    if ((int64_t)n == limit && limit < MOVES_MAX)
        tval_set_fmt(a, data, "moves_more_url",
            "/admin/products/%lld?variant=%lld&moves=%d#ledger-title", (long long)p->id,
            (long long)s->id, limit < MOVES_MAX / 5 ? MOVES_MAX / 5 : MOVES_MAX);
    else
        view_null(a, data, "moves_more_url");
    return ERR_OK;
}

/* What a stored product has and a new one has not. */
static enum err
stored_fill(struct req *rq, struct db *db, struct tval *t, const struct product *p,
    const struct admin_product *v, const struct fault *flt)
{
    struct arena *a = rq->arena;
    const struct sku *s = sku_shown(p, v);

    tval_set_i64(a, t, "id", p->id);
    tval_set_i64(a, t, "version", p->version);
    tval_set_fmt(a, t, "form_action", "/admin/products/%lld", (long long)p->id);
    if (p->archived)
        view_null(a, t, "page_url");
    else
        tval_set_fmt(a, t, "page_url", "/products/%.*s", STR_F(p->slug));
    variants_fill(a, t, p, v->typed);
    stock_form_fill(rq, t, p, s, v->stock_typed, flt);
    if (s != NULL)
        return moves_fill(a, db, t, p, s, v->moves > 0 ? v->moves : MOVES);
    tval_set_bool(a, t, "has_moves", false);
    return ERR_OK;
}

static void
new_fill(struct arena *a, struct tval *t)
{
    view_null(a, t, "id");
    view_null(a, t, "version");
    view_null(a, t, "page_url");
    view_null(a, t, "stock_form");
    tval_set_c(a, t, "form_action", "/admin/products");
}

enum err
admin_product_show(
    struct req *rq, struct resp *rs, int status, const struct admin_product *v)
{
    static const char *const names[] = {"name", "slug", "sku", "price", "stock", "brand",
        "category", "description", "image", "variants", "delta", "reason", NULL};
    struct arena *a = rq->arena;
    struct product p = {.id = 0, .currency = str_c(app_of(rq)->set.currency)};
    struct tval *t = tval_obj(a);
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK && v->id != 0)
        e = catalog_get(db, a, v->id, &p);
    if (e == ERR_OK)
        e = categories_fill(
            a, db, t, v->typed != NULL ? jin_str(v->typed, "category") : p.category_path);
    if (e == ERR_OK && v->id != 0)
        e = stored_fill(rq, db, t, &p, v, &rs->fault);
    if (e != ERR_OK)
        return e;
    if (v->id == 0)
        new_fill(a, t);
    tval_set_str(a, t, "title", v->id != 0 ? p.name : STR("New product"));
    tval_set_bool(a, t, "is_new", v->id == 0);
    tval_set_bool(a, t, "archived", p.archived);
    tval_set_bool(a, t, "can_change", admin_may_change(rq));
    tval_set_bool(a, t, "can_archive", !p.archived && admin_may_change(rq));
    tval_set_str(a, t, "currency", p.currency);
    values_fill(a, t, &p, v->typed);
    view_errors(a, t, &rs->fault, names);
    return admin_send(rq, rs, status, "admin_product_edit", t);
}

enum err
admin_product_get(struct req *rq, struct resp *rs)
{
    struct admin_product v = {.moves = jin_i64(rq->query, "moves", 0)};
    enum err e = req_param_id(rq, 0, &v.id);

    if (!str_i64(jin_str(rq->query, "variant"), &v.variant))
        v.variant = 0;
    return e == ERR_OK ? admin_product_show(rq, rs, 200, &v) : e;
}

enum err
admin_product_new_get(struct req *rq, struct resp *rs)
{
    const struct admin_product v = {.id = 0};

    return admin_product_show(rq, rs, 200, &v);
}

const struct field admin_product_query[] = {
    {.name = "variant", .type = F_ID},
    {.name = "moves", .type = F_I64, .min = 1, .max = MOVES_MAX},
    {.name = NULL},
};
