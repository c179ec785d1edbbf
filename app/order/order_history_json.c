/* The parcels, refunds and returns of an order as the API shows them, to its buyer and to
 * the shop's people: who did it and why is for the latter alone. */
#include "order/order_json.h"

#include "price/money_json.h"

enum part { PARCEL, REFUND, RETURN };

static void
part_lines_jout(
    struct jout *j, const struct order_part *p, enum part what, struct str currency)
{
    jout_key(j, "items");
    jout_arr(j);
    for (size_t i = 0; i < p->n; i++) {
        jout_obj(j);
        jout_kstr(j, "sku", p->lines[i].sku);
        jout_kstr(j, "name", p->lines[i].name);
        jout_ki64(j, "quantity", p->lines[i].quantity);
        if (what == REFUND)
            money_kjout(j, "amount", p->lines[i].amount, currency);
        jout_obj_end(j);
    }
    jout_arr_end(j);
}

static void
part_jout(struct jout *j, const struct order_part *p, enum part what, struct str currency,
    bool admin)
{
    jout_obj(j);
    jout_kid(j, "id", p->id);
    if (what == PARCEL) {
        jout_kstr(j, "carrier", p->carrier);
        jout_kstr(j, "tracking", p->tracking);
        jout_ktime(j, "shipped_at", p->created_at);
    } else {
        jout_ktime(j, "created_at", p->created_at);
    }
    if (what == REFUND)
        money_kjout(j, "amount", p->amount, currency);
    if (what != PARCEL && admin) {
        jout_kbool(j, "restock", p->restock);
        jout_kstr(j, "reason", p->reason);
        jout_kstr(j, "actor", p->actor);
    }
    part_lines_jout(j, p, what, currency);
    jout_obj_end(j);
}

static void
parts_jout(struct jout *j, const char *name, const struct order_part *p, size_t n,
    enum part what, struct str currency, bool admin)
{
    jout_key(j, name);
    jout_arr(j);
    for (size_t i = 0; i < n; i++)
        part_jout(j, &p[i], what, currency, admin);
    jout_arr_end(j);
}

void
order_history_jout(struct jout *j, const struct order *o, bool admin)
{
    const struct order_history *h = &o->history;

    parts_jout(j, "shipments", h->shipments, h->shipments_n, PARCEL, o->currency, admin);
    parts_jout(j, "refunds", h->refunds, h->refunds_n, REFUND, o->currency, admin);
    parts_jout(j, "returns", h->returns, h->returns_n, RETURN, o->currency, admin);
}
