/* What the shop's people do with a paid order: hand it to a carrier, once. */
#include "order/order_parts.h"

#include "base/clock.h"

struct shipping {
    struct arena *a;
    int64_t id;
    struct str carrier, tracking;
    const char *actor;
    struct fault *flt;
};

static enum err
ship_tx(struct db *db, void *arg)
{
    const struct shipping *s = arg;
    int64_t now = clock_ms();
    struct order o;
    enum err e;

    fault_clear(s->flt);
    if ((e = order_store_lock(db, s->a, NULL, s->id, &o)) != ERR_OK)
        return e;
    if (!order_may_become(o.status, ORDER_SHIPPED) ||
        !str_eq(o.fulfilment_status, STR("unfulfilled")))
        return fault_set(s->flt, ERR_CONFLICT, "not_shippable",
            "Only a paid order that has not been shipped can be: this one is %s, %.*s.",
            order_status_text(o.status), STR_F(o.fulfilment_status));
    if ((e = order_store_ship(db, o.id, s->carrier, s->tracking, now)) != ERR_OK)
        return e;
    return order_state_change(
        db, o.id, o.status, ORDER_SHIPPED, s->actor, s->tracking, now);
}

enum err
order_ship(struct db *db, struct arena *a, int64_t id, struct str carrier,
    struct str tracking, const char *actor, struct fault *flt)
{
    struct shipping s = {.a = a,
        .id = id,
        .carrier = str_trim(carrier),
        .tracking = str_trim(tracking),
        .actor = actor,
        .flt = flt};

    if (s.carrier.n == 0 || str_utf8_count(s.carrier) > 80)
        return fault_field(flt, "/carrier", "out_of_range", "1 to 80 characters");
    if (str_utf8_count(s.tracking) > 120)
        return fault_field(flt, "/tracking", "too_long", "at most 120 characters");
    return db_tx(db, ship_tx, &s);
}
