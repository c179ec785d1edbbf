/* Orders on pages. */
#include "web/order_view.h"

#include "base/clock.h"

static void
money_or_null(struct arena *a, struct tval *t, const char *name, int64_t amount,
    struct str currency)
{
    if (amount > 0)
        view_money(a, t, name, amount, currency);
    else
        view_null(a, t, name);
}

/* A coupon that took nothing off the goods made the delivery free. */
static struct str
shipping_label(struct arena *a, const struct totals_view *v)
{
    struct str name = view_label(a, v->shipping_method);

    if (v->coupon.n == 0 || v->discount > 0 || name.n == 0)
        return name;
    return arena_printf(a, "%.*s · %.*s", STR_F(name), STR_F(v->coupon));
}

void
view_totals(struct arena *a, struct tval *t, const struct totals_view *v)
{
    view_money(a, t, "subtotal", v->subtotal, v->currency);
    money_or_null(a, t, "discount", v->discount, v->currency);
    view_text(a, t, "discount_label", v->coupon);
    if (v->shipping > 0)
        view_money(a, t, "shipping", v->shipping, v->currency);
    else
        tval_set_c(a, t, "shipping",
            v->shipping_method.n > 0 ? "Free" : "depends on the country");
    view_text(a, t, "shipping_label", shipping_label(a, v));
    money_or_null(a, t, "tax", v->tax, v->currency);
    view_null(a, t, "tax_note");
    money_or_null(a, t, "tax_included", v->tax_included, v->currency);
    view_money(a, t, "total", v->total, v->currency);
    money_or_null(a, t, "refunded", v->refunded, v->currency);
}

void
view_order_totals(struct arena *a, struct tval *t, const struct order *o)
{
    const struct totals_view v = {
        .subtotal = o->subtotal,
        .discount = o->discount,
        .shipping = o->shipping,
        .tax = o->tax,
        .tax_included = o->tax_included,
        .coupon = o->coupon,
        .total = o->total,
        .refunded = o->refunded,
        .currency = o->currency,
        .shipping_method = o->shipping_method,
    };

    view_totals(a, t, &v);
}

void
view_countries(struct arena *a, struct tval *t, struct str chosen)
{
    struct tval *list = tval_add_arr(a, t, "countries"), *v = tval_push_obj(a, list);
    struct str code, name;
    size_t i;

    tval_set_c(a, v, "code", "");
    tval_set_c(a, v, "name", "Choose a country");
    tval_set_bool(a, v, "selected", false);
    for (i = 0; country_at(i, &code, &name); i++) {
        v = tval_push_obj(a, list);
        tval_set_str(a, v, "code", code);
        tval_set_str(a, v, "name", name);
        tval_set_bool(a, v, "selected", str_eq(code, chosen));
    }
}

struct str
view_country(struct str code)
{
    struct str known, name;
    size_t i;

    for (i = 0; country_at(i, &known, &name); i++)
        if (str_eq(known, code))
            return name;
    return code;
}

void
view_address(struct arena *a, struct tval *t, const struct address *ad)
{
    struct tval *v = tval_add_obj(a, t, "address");

    tval_set_str(a, v, "name", ad->name);
    tval_set_str(a, v, "line1", ad->line1);
    view_text(a, v, "line2", ad->line2);
    tval_set_str(a, v, "city", ad->city);
    view_text(a, v, "region", ad->region);
    tval_set_str(a, v, "postal_code", ad->postal_code);
    tval_set_str(a, v, "country_name", view_country(ad->country));
}

void
view_order_lines(struct arena *a, struct tval *t, const struct assets *as,
    const struct order *o, bool admin)
{
    struct tval *list = tval_add_arr(a, t, "items");
    size_t i;

    for (i = 0; i < o->n; i++) {
        const struct order_line *ln = &o->lines[i];
        struct tval *v = tval_push_obj(a, list);

        tval_set_str(a, v, "name", ln->name);
        tval_set_str(a, v, "sku", ln->sku);
        view_null(a, v, "variant");
        if (admin)
            tval_set_fmt(a, v, "url", "/admin/products/%lld", (long long)ln->product_id);
        else if (ln->slug.n > 0)
            tval_set_fmt(a, v, "url", "/products/%.*s", STR_F(ln->slug));
        else
            view_null(a, v, "url");
        view_image(a, v, "image", as, ln->image);
        tval_set_i64(a, v, "quantity", ln->quantity);
        view_money(a, v, "unit_price", ln->unit_price, o->currency);
        view_money(a, v, "line_total", ln->line_total, o->currency);
        view_null(a, v, "problem");
    }
}

/* "Placed", "Paid", "Declined: ..." in a reader's words. */
static struct str
event_text(struct arena *a, const struct order_event *ev, bool admin)
{
    struct str what = view_label(a, ev->to);

    if (ev->from.n == 0)
        what = STR("Placed");
    /* The reason is the shop's own note: a payment's reference, a clerk's words. */
    if (!admin || ev->reason.n == 0)
        return what;
    return arena_printf(a, "%.*s: %.*s", STR_F(what), STR_F(ev->reason));
}

void
view_order_events(struct arena *a, struct tval *t, const struct order_event *ev, size_t n,
    bool admin)
{
    struct tval *list = tval_add_arr(a, t, "events");
    size_t i;

    for (i = n; i-- > 0;) {
        struct tval *v = tval_push_obj(a, list);

        view_time(a, v, "time", ev[i].created_at);
        tval_set_str(a, v, "text", event_text(a, &ev[i], admin));
        view_text(a, v, "who", admin ? ev[i].actor : STR_NULL);
    }
}

void
view_order_head(struct arena *a, struct tval *t, const struct order *o)
{
    struct str status = str_c(order_status_text(o->status));

    tval_set_fmt(a, t, "title", "Order %.*s", STR_F(o->number));
    tval_set_i64(a, t, "id", o->id);
    tval_set_str(a, t, "number", o->number);
    tval_set_str(a, t, "status", status);
    tval_set_str(a, t, "status_label", view_label(a, status));
    view_time(a, t, "placed_at", o->created_at);
    tval_set_str(a, t, "email", o->email);
}

void
view_shipments(struct arena *a, struct tval *t, const struct order *o)
{
    struct tval *list = tval_add_arr(a, t, "shipments");

    tval_set_bool(a, t, "has_shipments", o->carrier.n > 0);
    if (o->carrier.n > 0) {
        struct tval *v = tval_push_obj(a, list);

        tval_set_str(a, v, "carrier", o->carrier);
        view_text(a, v, "tracking", o->tracking);
        view_time(a, v, "time", o->shipped_at);
    }
}
