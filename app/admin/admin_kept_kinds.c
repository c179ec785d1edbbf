/* The kinds of things that the back office's pages keep: their forms and lists. */
#include "admin/admin_kept.h"
#include "base/clock.h"
#include "price/money.h"
#include "price/price.h"
#include "sale/sale.h"
#include "web/order_view.h"

#define ZONE_NAMES 4

/* --- what cells are made of --- */

static struct arena *
arena_of(const struct kept *c)
{
    return c->rq->arena;
}

static struct str
money_at(struct arena *a, const struct jval *o, const char *name)
{
    const struct jval *m = jin_get_type(o, name, J_OBJECT);

    return m != NULL ? money_format(a, jin_i64(m, "amount", 0), jin_str(m, "currency"))
                     : STR_NULL;
}

static int64_t
time_at(const struct jval *o, const char *name)
{
    int64_t ms;

    return time_rfc3339_parse(jin_str(o, name), &ms) ? ms : -1;
}

static bool
true_at(const struct jval *o, const char *name)
{
    const struct jval *v = jin_get_type(o, name, J_BOOL);

    return v != NULL && v->b;
}

/* "from 3 May 2025, 14:05 UTC" over "until ...". */
static enum err
cell_window(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    struct arena *a = arena_of(c);
    int64_t from = time_at(o, "starts_at"), to = time_at(o, "ends_at");

    if (from >= 0)
        out->text = arena_printf(a, "from %.*s", STR_F(view_time_text(a, from)));
    if (to >= 0)
        out->note = arena_printf(a, "until %.*s", STR_F(view_time_text(a, to)));
    if (from < 0 && to < 0)
        out->text = STR("always");
    if (from < 0 && to >= 0) {
        out->text = out->note;
        out->note = STR_NULL;
    }
    return ERR_OK;
}

/* Where a window stands now. */
static const char *
window_badge(const struct jval *o, struct str *text)
{
    int64_t now = clock_ms(), from = time_at(o, "starts_at"), to = time_at(o, "ends_at");

    *text = from > now             ? STR("To come")
            : to >= 0 && to <= now ? STR("Over")
                                   : STR("Runs");
    return from > now ? "pending" : to >= 0 && to <= now ? "archived" : "active";
}

static enum err
cell_name(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    out->text = jin_str(o, c->k->name);
    return ERR_OK;
}

/* --- coupons --- */

static enum err
cell_worth(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    struct arena *a = arena_of(c);
    struct str kind = jin_str(o, "kind"), least = money_at(a, o, "minimum");

    if (str_eq_c(kind, "percent"))
        out->text = view_rate(a, jin_i64(o, "rate_ppm", 0));
    else if (str_eq_c(kind, "fixed"))
        out->text = money_at(a, o, "amount");
    else
        out->text = STR("Free delivery");
    if (least.p != NULL)
        out->note = arena_printf(a, "from %.*s on", STR_F(least));
    return ERR_OK;
}

static enum err
cell_used(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    const int64_t used = jin_i64(o, "used", 0), most = jin_i64(o, "limit_total", 0);

    out->text = arena_printf(arena_of(c), most > 0 ? "%lld of %lld" : "%lld",
        (long long)used, (long long)most);
    return ERR_OK;
}

static enum err
cell_coupon_state(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    const int64_t most = jin_i64(o, "limit_total", 0);

    (void)c;
    out->badge = window_badge(o, &out->text);
    if (most > 0 && jin_i64(o, "used", 0) >= most) {
        out->text = STR("Used up");
        out->badge = "archived";
    }
    if (!true_at(o, "active")) {
        out->text = STR("Switched off");
        out->badge = "archived";
    }
    return ERR_OK;
}

static const struct kept_field coupon_fields[] = {
    {"code", "Code", "What customers type. Letters, digits, - and _.", IN_CODE, 0, 40,
        NULL, NULL},
    {"kind", "It takes off", NULL, IN_CHOICE, 0, 0,
        "percent=A share of the goods|fixed=A fixed amount|free_shipping=The delivery",
        NULL},
    {"rate_ppm", "Share, %", NULL, IN_PERCENT, 0, 0, NULL, "percent"},
    {"amount", "Amount", NULL, IN_MONEY, 0, 0, NULL, "fixed"},
    {"minimum", "Smallest order", "Worth of the goods, before the discount.", IN_MONEY,
        KEPT_OPTIONAL, 0, NULL, NULL},
    {"starts_at", "From, UTC", NULL, IN_TIME, KEPT_OPTIONAL, 0, NULL, NULL},
    {"ends_at", "Until, UTC", "The first moment at which it is over.", IN_TIME,
        KEPT_OPTIONAL, 0, NULL, NULL},
    {"limit_total", "Uses in all", NULL, IN_COUNT, KEPT_OPTIONAL, 0, NULL, NULL},
    {"limit_per_account", "Uses a customer", NULL, IN_COUNT, KEPT_OPTIONAL, 0, NULL,
        NULL},
    {"currency", "Currency of the amounts", NULL, IN_CURRENCY, 0, 3, NULL, NULL},
    {"active", "Customers may use it", NULL, IN_CHECK, KEPT_WIDE, 0, NULL, NULL},
    {.name = NULL},
};
static const struct kept_column coupon_columns[] = {
    {"Code", false, cell_name},
    {"Takes off", false, cell_worth},
    {"When", false, cell_window},
    {"Used", true, cell_used},
    {"State", false, cell_coupon_state},
    {.label = NULL},
};

/* --- sales --- */

static enum err
cell_covers(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    const struct jval *p = jin_get_type(o, "products", J_ARRAY);
    const struct jval *g = jin_get_type(o, "categories", J_ARRAY);
    struct arena *a = arena_of(c);
    struct str products = STR_NULL, categories = STR_NULL;

    if (p != NULL && p->n > 0)
        products = admin_count(a, (int64_t)p->n, "product", "products");
    if (g != NULL && g->n > 0)
        categories = admin_count(a, (int64_t)g->n, "category", "categories");
    out->text = products.n > 0 ? products : categories.n > 0 ? categories : STR("All");
    if (products.n > 0)
        out->note = categories;
    return ERR_OK;
}

static struct str
minutes_text(struct arena *a, int64_t s)
{
    if (s % 60 != 0)
        return arena_printf(
            a, "%lld:%02lld min", (long long)(s / 60), (long long)(s % 60));
    return arena_printf(a, "%lld min", (long long)(s / 60));
}

static enum err
cell_hold(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    const int64_t most = jin_i64(o, "max_units", 0);

    out->text = minutes_text(arena_of(c), jin_i64(o, "hold_s", 0));
    if (most > 0)
        out->note = arena_printf(arena_of(c), "at most %lld an order", (long long)most);
    return ERR_OK;
}

static enum err
cell_sale_state(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    (void)c;
    out->badge = window_badge(o, &out->text);
    return ERR_OK;
}

static const struct kept_field sale_fields[] = {
    {"name", "Name", NULL, IN_TEXT, KEPT_WIDE, 120, NULL, NULL},
    {"starts_at", "From, UTC", NULL, IN_TIME, 0, 0, NULL, NULL},
    {"ends_at", "Until, UTC", NULL, IN_TIME, 0, 0, NULL, NULL},
    {"hold_s", "Minutes to pay",
        "How long an unpaid order keeps its goods: 5, or 1:30 for a minute and a half.",
        IN_MINUTES, 0, 0, NULL, NULL},
    {"max_units", "Pieces in one order", "Of what the sale covers.", IN_COUNT,
        KEPT_OPTIONAL, 0, NULL, NULL},
    {"products", "Products it covers",
        "SKUs, one a line. Neither products nor categories: the whole shop.", IN_SKUS,
        KEPT_OPTIONAL | KEPT_WIDE, 0, NULL, NULL},
    {"categories", "Categories it covers", "Each with all below it.", IN_CATEGORIES,
        KEPT_OPTIONAL | KEPT_WIDE, 0, NULL, NULL},
    {.name = NULL},
};
static const struct kept_column sale_columns[] = {
    {"Sale", false, cell_name},
    {"When", false, cell_window},
    {"Covers", false, cell_covers},
    {"Time to pay", false, cell_hold},
    {"State", false, cell_sale_state},
    {.label = NULL},
};

/* --- tax rates --- */

static enum err
cell_country(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    (void)c;
    out->text = view_country(jin_str(o, "country"));
    out->note = jin_str(o, "country");
    return ERR_OK;
}

static enum err
cell_goods(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    struct str path = jin_str(o, "category");
    enum err e = kept_cats(c);

    out->text = path.p != NULL ? path : STR("All other goods");
    for (size_t i = 0; i < c->cats_n; i++)
        if (str_eq(c->cats[i].path, path))
            out->text = admin_category_label(arena_of(c), c->cats, i);
    return e;
}

static enum err
cell_rate(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    out->text = view_rate(arena_of(c), jin_i64(o, "rate_ppm", 0));
    out->note = true_at(o, "inclusive") ? STR("in the price") : STR("added");
    return ERR_OK;
}

static const struct kept_field tax_fields[] = {
    {"country", "Country", NULL, IN_COUNTRY, 0, 0, NULL, NULL},
    {"category", "Goods", NULL, IN_CATEGORY, 0, 0, NULL, NULL},
    {"name", "Name on the invoice", NULL, IN_TEXT, 0, 80, NULL, NULL},
    {"rate_ppm", "Rate, %", NULL, IN_PERCENT, 0, 0, NULL, NULL},
    {"inclusive", "Prices contain it already", NULL, IN_CHECK, KEPT_WIDE, 0, NULL, NULL},
    {.name = NULL},
};
static const struct kept_column tax_columns[] = {
    {"Country", false, cell_country},
    {"Goods", false, cell_goods},
    {"Name", false, cell_name},
    {"Rate", true, cell_rate},
    {.label = NULL},
};

/* --- delivery zones --- */

/* "France, Spain, Portugal and 12 more". */
static enum err
cell_countries(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    const struct jval *list = jin_get_type(o, "countries", J_ARRAY);
    size_t n = list != NULL ? list->n : 0, shown = n > ZONE_NAMES ? ZONE_NAMES - 1 : n;
    struct buf b;

    buf_init_arena(&b, arena_of(c), 1000);
    for (size_t i = 0; i < shown; i++) {
        struct str code = list->v[i].s;
        struct str name = str_eq_c(code, "*") ? STR("all others") : view_country(code);

        buf_printf(&b, "%s%.*s", i > 0 ? ", " : "", STR_F(name));
    }
    if (n > shown)
        buf_printf(&b, " and %zu more", n - shown);
    out->text = buf_view(&b);
    return ERR_OK;
}

static const struct kept_field zone_fields[] = {
    {"name", "Name", NULL, IN_TEXT, KEPT_WIDE, 80, NULL, NULL},
    {"countries", "Countries", "A country is in one zone at most.", IN_COUNTRIES,
        KEPT_WIDE, 0, NULL, NULL},
    {.name = NULL},
};
static const struct kept_column zone_columns[] = {
    {"Zone", false, cell_name},
    {"Countries", false, cell_countries},
    {.label = NULL},
};

/* --- delivery methods --- */

static enum err
cell_method(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    (void)c;
    out->text = jin_str(o, "name");
    out->note = jin_str(o, "code");
    return ERR_OK;
}

static enum err
cell_zone(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    return kept_zone_name(c, jin_str(o, "zone_id"), &out->text);
}

static enum err
cell_bounds(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    struct arena *a = arena_of(c);
    struct str from = money_at(a, o, "free_from"), most = money_at(a, o, "max_order");

    if (from.p != NULL)
        out->text = arena_printf(a, "free from %.*s on", STR_F(from));
    if (most.p != NULL)
        out->note = arena_printf(a, "up to %.*s", STR_F(most));
    return ERR_OK;
}

static enum err
cell_charge(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    out->text = money_at(arena_of(c), o, "charge");
    return ERR_OK;
}

static enum err
cell_position(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    out->text = arena_printf(arena_of(c), "%lld", (long long)jin_i64(o, "position", 0));
    return ERR_OK;
}

static const struct kept_field method_fields[] = {
    {"name", "Name", "What customers choose from.", IN_TEXT, 0, 80, NULL, NULL},
    {"code", "Code", "What orders keep: a-z 0-9 - _", IN_CODE, 0, 40, NULL, NULL},
    {"zone_id", "Zone", NULL, IN_ZONE, 0, 0, NULL, NULL},
    {"position", "Place in the list", "The lowest is chosen beforehand.", IN_COUNT, 0, 0,
        NULL, NULL},
    {"charge", "Charge", NULL, IN_MONEY, 0, 0, NULL, NULL},
    {"currency", "Currency of the amounts", NULL, IN_CURRENCY, 0, 3, NULL, NULL},
    {"free_from", "Free from", "Worth of the goods, after the discount.", IN_MONEY,
        KEPT_OPTIONAL, 0, NULL, NULL},
    {"max_order", "Up to", "Goods of more worth do not travel this way.", IN_MONEY,
        KEPT_OPTIONAL, 0, NULL, NULL},
    {.name = NULL},
};
static const struct kept_column method_columns[] = {
    {"Method", false, cell_method},
    {"Zone", false, cell_zone},
    {"Place", true, cell_position},
    {"Conditions", false, cell_bounds},
    {"Charge", true, cell_charge},
    {.label = NULL},
};

static const struct kept_kind kinds[] = {
    {&coupon_rest, coupon_rest_fields, price_rules_changed, KEPT_OFFERS, "Coupons",
        "coupon", "coupons",
        "A coupon is a code that customers type at the checkout for a discount.", "code",
        coupon_fields, coupon_columns},
    {&sale_rest, sale_rest_fields, sales_changed, KEPT_OFFERS, "Sales", "sale", "sales",
        "While a sale runs, orders of what it covers must be paid sooner, and may hold"
        " only so many pieces. Prices stay as they are.",
        "name", sale_fields, sale_columns},
    {&tax_rate_rest, tax_rate_rest_fields, price_rules_changed, KEPT_CHARGES, "Tax rates",
        "tax rate", "tax rates",
        "A country's rate, and rates of its own for single categories.", "name",
        tax_fields, tax_columns},
    {&shipping_zone_rest, shipping_zone_rest_fields, price_rules_changed, KEPT_CHARGES,
        "Delivery zones", "delivery zone", "delivery zones",
        "Where the shop delivers. As long as there is no zone, it delivers everywhere.",
        "name", zone_fields, zone_columns},
    {&shipping_method_rest, shipping_method_rest_fields, price_rules_changed,
        KEPT_CHARGES, "Delivery methods", "delivery method", "delivery methods",
        "How goods travel to a zone, and what that costs.", "name", method_fields,
        method_columns},
    {&webhook_endpoint_rest, webhook_endpoint_rest_fields, NULL, KEPT_NEWS, "Endpoints",
        "endpoint", "endpoints",
        "Programs elsewhere that the shop tells of what happens, each message signed.",
        "url", kept_endpoint_fields, kept_endpoint_columns},
};

const struct kept_kind *
kept_kind_at(size_t i)
{
    return i < NELEM(kinds) ? &kinds[i] : NULL;
}
