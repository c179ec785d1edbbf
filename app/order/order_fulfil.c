/* What the shop's people do with a paid order: hand its goods to carriers, in one parcel
 * or several, and be done with it. */
#include "order/order_parts.h"

#include "base/clock.h"
#include "base/crash.h"
#include "base/rand.h"

static enum err
shippable(const struct deed *d)
{
    const struct order *o = &d->o;
    int64_t open = 0;

    for (size_t i = 0; i < o->n; i++)
        open += order_line_open(&o->lines[i]);
    if (open > 0 && order_may_become(o->status, ORDER_SHIPPED) &&
        (str_eq_c(o->fulfilment_status, "unfulfilled") ||
            str_eq_c(o->fulfilment_status, "partially_shipped")))
        return ERR_OK;
    return fault_set(d->flt, ERR_CONFLICT, "not_shippable",
        "Only a paid order with something left to send can be shipped: this one is %s, "
        "%.*s.",
        order_status_text(o->status), STR_F(o->fulfilment_status));
}

static enum err
ship(struct db *db, struct deed *d)
{
    const struct order_ship_in *in = d->how;
    struct order_line *l = d->o.lines;
    int64_t id = id_next(), left = 0;
    struct order_step s = {.from = d->o.status,
        .to = ORDER_SHIPPED,
        .actor = d->in->actor,
        .reason = in->tracking,
        .now = d->now};
    enum err e;
    size_t i;

    if ((e = shippable(d)) != ERR_OK)
        return e;
    for (i = 0; i < d->o.n && d->in->n == 0; i++)
        d->units[i] = order_line_open(&l[i]);
    if ((e = order_deed_within(d, order_line_open, "not_shippable")) != ERR_OK)
        return e;
    e = order_store_ship(db, id, d->o.id, in->carrier, in->tracking, d->now);
    CRASH_POINT("order.ship.row");
    for (i = 0; i < d->o.n && e == ERR_OK; i++) {
        l[i].shipped += d->units[i];
        left += order_line_open(&l[i]);
        if (d->units[i] > 0)
            e = order_store_ship_line(db, id, l[i].id, d->units[i]);
    }
    if (e != ERR_OK)
        return e;
    if (left > 0) {
        s.to = s.from;
        s.what = "part_shipped";
    }
    s.fulfilment = order_fulfilment_of(false, l, d->o.n);
    return order_state_step(db, d->o.id, &s);
}

enum err
order_ship_once(struct db *db, struct arena *a, const struct order_ship_in *in,
    struct order_answer *out, struct fault *flt)
{
    struct order_ship_in trimmed = *in;
    struct deed d = {
        .a = a, .in = &in->deed, .how = &trimmed, .work = ship, .out = out, .flt = flt};

    trimmed.carrier = str_trim(in->carrier);
    trimmed.tracking = str_trim(in->tracking);
    if (trimmed.carrier.n == 0 || str_utf8_count(trimmed.carrier) > 80)
        return fault_field(flt, "/carrier", "out_of_range", "1 to 80 characters");
    if (str_utf8_count(trimmed.tracking) > 120)
        return fault_field(flt, "/tracking", "too_long", "at most 120 characters");
    return order_deed_do(db, &d);
}

enum err
order_ship(struct db *db, struct arena *a, int64_t id, struct str carrier,
    struct str tracking, const char *actor, struct fault *flt)
{
    const struct order_ship_in in = {
        .deed = {.id = id, .actor = actor}, .carrier = carrier, .tracking = tracking};
    struct order_answer unused;

    return order_ship_once(db, a, &in, &unused, flt);
}

bool
order_completable(const struct order *o)
{
    /* One that was, and had money given back since, is so no second time. */
    return o->status != ORDER_COMPLETED && order_may_become(o->status, ORDER_COMPLETED) &&
           !str_eq_c(o->fulfilment_status, "completed") &&
           !str_eq_c(o->fulfilment_status, "unfulfilled") &&
           !str_eq_c(o->fulfilment_status, "partially_shipped");
}

struct completing {
    struct arena *a;
    int64_t id;
    const char *actor;
    struct fault *flt;
};

static enum err
complete_tx(struct db *db, void *arg)
{
    const struct completing *c = arg;
    struct order_step s = {
        .to = ORDER_COMPLETED, .actor = c->actor, .reason = STR(""), .now = clock_ms()};
    struct order o;
    enum err e;

    fault_clear(c->flt);
    if ((e = order_store_lock(db, c->a, NULL, c->id, &o)) != ERR_OK)
        return e;
    if ((e = order_store_lines(db, c->a, o.id, &o.lines, &o.n)) != ERR_OK)
        return e;
    if (!order_completable(&o))
        return fault_set(c->flt, ERR_CONFLICT, "not_completable",
            "Only an order that was shipped in whole can be completed: this one is %s, "
            "%.*s.",
            order_status_text(o.status), STR_F(o.fulfilment_status));
    s.from = o.status;
    s.fulfilment = order_fulfilment_of(true, o.lines, o.n);
    return order_state_step(db, o.id, &s);
}

enum err
order_complete(
    struct db *db, struct arena *a, int64_t id, const char *actor, struct fault *flt)
{
    struct completing c = {.a = a, .id = id, .actor = actor, .flt = flt};

    return db_tx(db, complete_tx, &c);
}
