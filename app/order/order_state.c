/* The life of an order: which status may follow which, and the one function that changes
 * it. Nothing else in the program writes orders.status. */
#include "order/order_parts.h"

#include <string.h>

#include "base/log.h"

static const struct {
    const char *text, *payment, *fulfilment; /* NULL: stays as it was */
} states[ORDER_STATUS__MAX] = {
    [ORDER_PENDING] = {"pending", "unpaid", "unfulfilled"},
    /* Also for one that had expired: a late payment opens it again. */
    [ORDER_PAID] = {"paid", "paid", "unfulfilled"},
    [ORDER_SHIPPED] = {"shipped", NULL, "shipped"},
    [ORDER_COMPLETED] = {"completed", NULL, "completed"},
    [ORDER_CANCELLED] = {"cancelled", NULL, "cancelled"},
    [ORDER_EXPIRED] = {"expired", NULL, "cancelled"},
    [ORDER_REFUNDED] = {"refunded", "refunded", NULL},
    [ORDER_PARTIALLY_REFUNDED] = {"partially_refunded", "partially_refunded", NULL},
};

#define TO(s) (1u << (s))
static const unsigned may[ORDER_STATUS__MAX] = {
    [ORDER_PENDING] = TO(ORDER_PAID) | TO(ORDER_CANCELLED) | TO(ORDER_EXPIRED),
    /* Straight to cancelled only when nothing was to pay: else its money goes back first.
     */
    [ORDER_PAID] = TO(ORDER_PAID) | TO(ORDER_SHIPPED) | TO(ORDER_CANCELLED) |
                   TO(ORDER_REFUNDED) | TO(ORDER_PARTIALLY_REFUNDED),
    [ORDER_SHIPPED] = TO(ORDER_SHIPPED) | TO(ORDER_COMPLETED) | TO(ORDER_REFUNDED) |
                      TO(ORDER_PARTIALLY_REFUNDED),
    [ORDER_COMPLETED] =
        TO(ORDER_COMPLETED) | TO(ORDER_REFUNDED) | TO(ORDER_PARTIALLY_REFUNDED),
    [ORDER_CANCELLED] = 0,
    [ORDER_EXPIRED] = TO(ORDER_PAID),
    /* Unshipped goods of a refunded order go back on the shelf by a cancel. */
    [ORDER_REFUNDED] = TO(ORDER_REFUNDED) | TO(ORDER_CANCELLED),
    [ORDER_PARTIALLY_REFUNDED] = TO(ORDER_PARTIALLY_REFUNDED) | TO(ORDER_REFUNDED) |
                                 TO(ORDER_SHIPPED) | TO(ORDER_COMPLETED),
};

const char *
order_status_text(enum order_status s)
{
    return (unsigned)s < ORDER_STATUS__MAX ? states[s].text : "";
}

bool
order_status_parse(struct str s, enum order_status *out)
{
    for (int i = 0; i < ORDER_STATUS__MAX; i++) {
        if (str_eq_c(s, states[i].text)) {
            *out = (enum order_status)i;
            return true;
        }
    }
    return false;
}

bool
order_may_become(enum order_status from, enum order_status to)
{
    return (unsigned)from < ORDER_STATUS__MAX && (unsigned)to < ORDER_STATUS__MAX &&
           (may[from] & TO(to)) != 0;
}

const char *
order_payment_status_of(enum order_status s)
{
    return states[s].payment;
}

const char *
order_fulfilment_status_of(enum order_status s)
{
    return states[s].fulfilment;
}

const char *
order_fulfilment_of(bool completed, const struct order_line *l, size_t n)
{
    int64_t shipped = 0, returned = 0, open = 0;

    for (size_t i = 0; i < n; i++) {
        shipped += l[i].shipped;
        returned += l[i].returned;
        open += order_line_open(&l[i]);
    }
    if (shipped == 0)
        return "unfulfilled";
    if (open > 0)
        return "partially_shipped";
    if (returned > 0)
        return returned < shipped ? "partially_returned" : "returned";
    return completed ? "completed" : "shipped";
}

const char *
order_event_type(enum order_status to, const char *what)
{
    static const char *const types[ORDER_STATUS__MAX] = {
        [ORDER_PENDING] = "order.placed",
        [ORDER_PAID] = "order.paid",
        [ORDER_SHIPPED] = "order.shipped",
        [ORDER_COMPLETED] = "order.completed",
        [ORDER_CANCELLED] = "order.cancelled",
        [ORDER_EXPIRED] = "order.expired",
        [ORDER_REFUNDED] = "order.refunded",
        [ORDER_PARTIALLY_REFUNDED] = "order.refunded",
    };
    static const struct {
        const char *what, *type;
    } deeds[] = {
        {"part_shipped", "order.shipped"},
        {"part_refunded", "order.refunded"},
        {"returned", "order.returned"},
    };

    for (size_t i = 0; what != NULL && i < NELEM(deeds); i++)
        if (strcmp(deeds[i].what, what) == 0)
            return deeds[i].type;
    return types[to];
}

/* It holds nothing more that counts against its owner. Rows of holds are locked before rows of
 * stock, as a batch of new orders does: callers give units back afterwards. */
static enum err
release(struct db *db, const struct order_at *o, size_t n, enum order_status from)
{
    struct arena *a;
    enum err e;

    if (from != ORDER_PENDING)
        return ERR_OK;
    a = arena_new(4096);
    e = hold_store_release(db, a, o, n);
    arena_free(a);
    return e;
}

enum err
order_state_step(struct db *db, int64_t id, const struct order_step *s)
{
    enum err e;

    if (!order_may_become(s->from, s->to) || (s->from == s->to && s->what == NULL)) {
        log_error("order", "refused status=%s to=%s", order_status_text(s->from),
            order_status_text(s->to));
        return ERR_CONFLICT;
    }
    /* The WHERE decides, not what was read before: only who changed the row acts on it.
     */
    e = order_store_status(db, id, states[s->from].text, states[s->to].text,
        states[s->to].payment,
        s->fulfilment != NULL ? s->fulfilment : states[s->to].fulfilment, s->now);
    if (e == ERR_OK)
        e = order_store_event(db, id, s);
    return e == ERR_OK ? release(db, &(struct order_at){.id = id}, 1, s->from) : e;
}

enum err
order_state_change(struct db *db, int64_t id, enum order_status from,
    enum order_status to, const char *actor, struct str reason, int64_t now)
{
    const struct order_step s = {
        .from = from, .to = to, .actor = actor, .reason = reason, .now = now};

    return order_state_step(db, id, &s);
}

enum err
order_state_change_many(struct db *db, struct arena *a, const struct order_at *o,
    size_t n, const struct order_change *c)
{
    enum err e;

    if (!order_may_become(c->from, c->to)) {
        log_error("order", "refused status=%s to=%s", order_status_text(c->from),
            order_status_text(c->to));
        return ERR_CONFLICT;
    }
    e = order_store_status_many(
        db, a, o, n, c, states[c->to].payment, states[c->to].fulfilment);
    if (e == ERR_OK)
        e = order_store_event_many(db, a, o, n, c);
    return e == ERR_OK ? release(db, o, n, c->from) : e;
}
