/* Orders on pages. */
#include "web/order_view.h"

#include "base/buf.h"
#include "base/clock.h"
#include "price/money.h"

#define PART_TEXT_MAX ((size_t)1 << 17)

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
    struct str name = v->shipping_method;

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

struct str
view_order_method(struct arena *a, const struct price_rules *rules, struct str country,
    const struct order *o)
{
    struct str name = price_method_name(rules, country, o->currency, o->shipping_method);

    return name.n > 0 ? name : view_label(a, o->shipping_method);
}

void
view_order_totals(
    struct arena *a, struct tval *t, const struct order *o, struct str method)
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
        .shipping_method = method,
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

/* "2 shipped, 1 refunded": what became of a line's units; STR_NULL: nothing yet. */
static struct str
line_fate(struct arena *a, const struct order_line *l)
{
    const struct {
        int64_t n;
        const char *what;
    } fate[] = {
        {l->shipped, "shipped"}, {l->returned, "returned"}, {l->refunded, "refunded"}};
    struct buf b;

    buf_init_arena(&b, a, 128);
    for (size_t i = 0; i < NELEM(fate); i++)
        if (fate[i].n > 0)
            buf_printf(&b, "%s%lld %s", b.n > 0 ? ", " : "", (long long)fate[i].n,
                fate[i].what);
    return buf_view(&b);
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
        view_text(a, v, "fate", line_fate(a, ln));
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
    else if (ev->what.n > 0)
        what = view_label(a, ev->what);
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

/* "2 × Lamp, 1 × Rug"; STR_NULL: about no line. */
static struct str
part_items(struct arena *a, const struct order_part *p)
{
    struct buf b;

    if (p->n == 0)
        return STR_NULL;
    buf_init_arena(&b, a, PART_TEXT_MAX);
    for (size_t i = 0; i < p->n; i++)
        buf_printf(&b, "%s%lld × %.*s", i > 0 ? ", " : "",
            (long long)p->lines[i].quantity, STR_F(p->lines[i].name));
    return buf_view(&b);
}

static void
given_back(struct arena *a, struct tval *list, const struct order_part *p,
    struct str currency, bool refund)
{
    struct tval *v = tval_push_obj(a, list);

    view_time(a, v, "time", p->created_at);
    if (refund)
        tval_set_fmt(
            a, v, "text", "Refund of %.*s", STR_F(money_format(a, p->amount, currency)));
    else
        tval_set_c(a, v, "text", "Return");
    view_text(a, v, "contents", part_items(a, p));
}

void
view_shipments(struct arena *a, struct tval *t, const struct order *o)
{
    const struct order_history *h = &o->history;
    struct tval *list = tval_add_arr(a, t, "shipments");
    size_t i;

    tval_set_bool(a, t, "has_shipments", h->shipments_n > 0);
    for (i = 0; i < h->shipments_n; i++) {
        struct tval *v = tval_push_obj(a, list);

        tval_set_str(a, v, "carrier", h->shipments[i].carrier);
        view_text(a, v, "tracking", h->shipments[i].tracking);
        view_time(a, v, "time", h->shipments[i].created_at);
        view_text(a, v, "contents", part_items(a, &h->shipments[i]));
    }
    list = tval_add_arr(a, t, "given_back");
    tval_set_bool(a, t, "has_given_back", h->refunds_n + h->returns_n > 0);
    for (i = 0; i < h->returns_n; i++)
        given_back(a, list, &h->returns[i], o->currency, false);
    for (i = 0; i < h->refunds_n; i++)
        given_back(a, list, &h->refunds[i], o->currency, true);
}
