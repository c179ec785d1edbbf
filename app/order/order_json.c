/* Orders as the API shows them: one shape for the answer to a POST, which is stored, and
 * for every reading after it. Money as objects, ids as strings. */
#include "order/order_json.h"

#include "price/money_json.h"

static void
line_jout(struct jout *j, const struct order_line *l, struct str currency)
{
    jout_obj(j);
    jout_kstr(j, "sku", l->sku);
    jout_kid(j, "product_id", l->product_id);
    jout_kstr(j, "name", l->name);
    jout_ki64(j, "quantity", l->quantity);
    money_kjout(j, "unit_price", l->unit_price, currency);
    money_kjout(j, "line_total", l->line_total, currency);
    money_kjout(j, "discount", l->discount, currency);
    money_kjout(j, "tax", l->tax, currency);
    jout_ki64(j, "tax_rate_ppm", l->tax_ppm);
    jout_kbool(j, "tax_inclusive", l->tax_inclusive);
    if (l->id != 0) { /* a quote's lines have no fate */
        jout_ki64(j, "shipped", l->shipped);
        jout_ki64(j, "refunded", l->refunded);
        jout_ki64(j, "returned", l->returned);
        money_kjout(j, "refunded_amount", l->refunded_amount, currency);
    }
    jout_obj_end(j);
}

static void
address_jout(struct jout *j, const struct address *ad)
{
    jout_key(j, "shipping_address");
    jout_obj(j);
    jout_kstr(j, "name", ad->name);
    jout_kstr(j, "line1", ad->line1);
    jout_kstr(j, "line2", ad->line2.n > 0 ? ad->line2 : STR_NULL);
    jout_kstr(j, "city", ad->city);
    jout_kstr(j, "region", ad->region.n > 0 ? ad->region : STR_NULL);
    jout_kstr(j, "postal_code", ad->postal_code);
    jout_kstr(j, "country", ad->country);
    jout_obj_end(j);
}

static void
shipment_jout(struct jout *j, const struct order *o)
{
    jout_key(j, "shipment");
    if (o->shipped_at == 0) {
        jout_null(j);
        return;
    }
    jout_obj(j);
    jout_kstr(j, "carrier", o->carrier);
    jout_kstr(j, "tracking", o->tracking);
    jout_ktime(j, "shipped_at", o->shipped_at);
    jout_obj_end(j);
}

void
order_sums_jout(struct jout *j, const struct order *o)
{
    if (o->lines != NULL) {
        jout_key(j, "items");
        jout_arr(j);
        for (size_t i = 0; i < o->n; i++)
            line_jout(j, &o->lines[i], o->currency);
        jout_arr_end(j);
    }
    money_kjout(j, "subtotal", o->subtotal, o->currency);
    money_kjout(j, "discount", o->discount, o->currency);
    jout_kstr(j, "coupon", o->coupon.n > 0 ? o->coupon : STR_NULL);
    money_kjout(j, "shipping", o->shipping, o->currency);
    jout_kstr(j, "shipping_method", o->shipping_method);
    money_kjout(j, "shipping_tax", o->shipping_tax, o->currency);
    jout_ki64(j, "shipping_tax_rate_ppm", o->shipping_tax_ppm);
    jout_kbool(j, "shipping_tax_inclusive", o->shipping_tax_inclusive);
    money_kjout(j, "tax", o->tax, o->currency);
    money_kjout(j, "tax_included", o->tax_included, o->currency);
    money_kjout(j, "total", o->total, o->currency);
}

static void
members_jout(struct jout *j, const struct order *o)
{
    jout_kid(j, "id", o->id);
    jout_kstr(j, "number", o->number);
    jout_kc(j, "status", order_status_text(o->status));
    jout_kstr(j, "payment_status", o->payment_status);
    jout_kstr(j, "fulfilment_status", o->fulfilment_status);
    jout_kstr(j, "email", o->email);
    jout_kstr(j, "currency", o->currency);
    order_sums_jout(j, o);
    money_kjout(j, "refunded", o->refunded, o->currency);
    address_jout(j, &o->address);
    shipment_jout(j, o);
    jout_ktime(j, "created_at", o->created_at);
    jout_ktime(j, "updated_at", o->updated_at);
    jout_ktime(j, "expires_at", o->expires_at);
}

void
order_jout(struct jout *j, const struct order *o)
{
    jout_obj(j);
    members_jout(j, o);
    if (o->lines != NULL)
        order_history_jout(j, o, false);
    jout_obj_end(j);
}

static void
event_jout(struct jout *j, const struct order_event *ev)
{
    jout_obj(j);
    jout_kstr(j, "from", ev->from.n > 0 ? ev->from : STR_NULL);
    jout_kstr(j, "to", ev->to);
    jout_kstr(j, "what", ev->what);
    jout_kstr(j, "actor", ev->actor);
    jout_kstr(j, "reason", ev->reason);
    jout_ktime(j, "created_at", ev->created_at);
    jout_obj_end(j);
}

static void
payment_jout(struct jout *j, const struct order_payment *pm, struct str currency)
{
    jout_obj(j);
    jout_kid(j, "id", pm->id);
    jout_kstr(j, "provider", pm->provider);
    jout_kstr(j, "reference", pm->reference);
    jout_kstr(j, "status", pm->status);
    money_kjout(j, "amount", pm->amount, currency);
    money_kjout(j, "refunded", pm->refunded, currency);
    jout_ktime(j, "created_at", pm->created_at);
    jout_obj_end(j);
}

void
order_admin_jout(struct jout *j, const struct order_full *f)
{
    jout_obj(j);
    members_jout(j, &f->o);
    order_history_jout(j, &f->o, true);
    jout_kid(j, "account_id", f->o.account_id);
    jout_key(j, "events");
    jout_arr(j);
    for (size_t i = 0; i < f->events_n; i++)
        event_jout(j, &f->events[i]);
    jout_arr_end(j);
    jout_key(j, "payments");
    jout_arr(j);
    for (size_t i = 0; i < f->payments_n; i++)
        payment_jout(j, &f->payments[i], f->o.currency);
    jout_arr_end(j);
    jout_obj_end(j);
}
