/* The rules about orders, payments and lines, judged from what the walks have gathered.
 * Reads nothing itself, and trusts none of the schema's constraints. */
#include <string.h>

#include "order/order.h"
#include "verify/verify_store.h"

int64_t
verify_plus(int64_t a, int64_t b)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

int64_t
verify_minus(int64_t a, int64_t b)
{
    return b == INT64_MIN ? INT64_MAX : verify_plus(a, -b);
}

/* Sums of several currencies say nothing. */
static void
add_sum(struct verify_line *l, const struct verify_result *r)
{
    if (r->unit.n == 0 || r->unit.n >= sizeof(l->unit))
        return;
    if (l->unit[0] == '\0')
        memcpy(l->unit, r->unit.p, r->unit.n);
    else if (!str_eq_c(r->unit, l->unit))
        memcpy(l->unit, "-", 2);
    l->sum = verify_plus(l->sum, r->sum);
}

void
verify_add(struct verify_line *l, const struct verify_result *r)
{
    if (l->broken == 0)
        l->first_id = r->first_id;
    l->looked += r->looked;
    l->broken += r->broken;
    add_sum(l, r);
}

/* One thing looked at, `sum` of `unit`; "": nothing to sum. */
static void
judged(struct verify_line *l, int64_t id, bool bad, int64_t sum, const char *unit)
{
    const struct verify_result r = {.looked = 1,
        .broken = bad ? 1 : 0,
        .first_id = bad ? id : 0,
        .sum = sum,
        .unit = str_c(unit)};

    verify_add(l, &r);
}

static bool
closed(int status)
{
    return status == ORDER_CANCELLED || status == ORDER_EXPIRED;
}

/* --- orders --- */

static bool
total_is_off(const struct verify_order *o)
{
    int64_t sum = verify_plus(verify_plus(o->subtotal, o->shipping), o->tax);

    return o->total != verify_minus(sum, o->discount) || o->lines.n == 0 ||
           o->subtotal != o->lines.total || o->lines.miscounted;
}

static bool
parts_are_off(const struct verify_order *o)
{
    int64_t within = o->shipping_inclusive ? o->shipping_tax : 0;
    int64_t added = o->shipping_inclusive ? 0 : o->shipping_tax;

    return o->lines.n == 0 || o->discount != o->lines.discount ||
           o->tax != verify_plus(o->lines.tax, added) ||
           o->tax_included != verify_plus(o->lines.tax_included, within);
}

static bool
payment_is_off(const struct verify_order *o)
{
    if (strcmp(o->payment_status, "unpaid") == 0)
        return o->paid.n > 0;
    return o->paid.n != 1 || o->paid.amount != o->total || o->paid.foreign;
}

static const char *
payment_status(const struct verify_order *o)
{
    if (o->paid.n == 0)
        return "unpaid";
    if (o->paid.refunded == 0)
        return "paid";
    return o->paid.refunded < o->total ? "partially_refunded" : "refunded";
}

/* Each event left from where the one before it led: the walk has seen to that. */
static bool
chain_is_off(const struct verify_order *o)
{
    return o->events.n > 0 &&
           (o->events.first != 1 || o->events.last != o->events.n || o->events.jumped);
}

static bool
shipments_are_off(const struct verify_order *o)
{
    bool shipped = o->shipments > 0, cancelled = strcmp(o->fulfilment, "cancelled") == 0;
    bool says = !cancelled && strcmp(o->fulfilment, "unfulfilled") != 0;
    bool must = o->status == ORDER_SHIPPED || o->status == ORDER_COMPLETED;

    return says != shipped || (must && !shipped) || cancelled != closed(o->status);
}

static const char *
fulfilment(const struct verify_order *o)
{
    if (strcmp(o->fulfilment, "cancelled") == 0)
        return o->fulfilment;
    if (o->lines.shipped == 0)
        return "unfulfilled";
    if (o->lines.open > 0)
        return "partially_shipped";
    if (o->lines.returned == o->lines.shipped)
        return "returned";
    if (o->lines.returned > 0)
        return "partially_returned";
    return strcmp(o->fulfilment, "completed") == 0 ? o->fulfilment : "shipped";
}

void
verify_judge_order(struct verify_line *found, const struct verify_order *o)
{
    judged(&found[RULE_TOTAL], o->id, total_is_off(o), o->total, o->currency);
    judged(&found[RULE_PARTS], o->id, parts_are_off(o),
        verify_plus(o->tax, o->tax_included), o->currency);
    judged(&found[RULE_PAID], o->id, payment_is_off(o), o->paid.amount, o->currency);
    judged(&found[RULE_ORDER_REFUNDS], o->id,
        o->refunded != o->paid.refunded ||
            strcmp(o->payment_status, payment_status(o)) != 0,
        o->refunded, o->currency);
    judged(&found[RULE_LED], o->id, o->events.led != 1 || o->events.last > o->event_n, 0,
        "");
    judged(&found[RULE_CHAIN], o->id, chain_is_off(o), o->events.n, "events");
    judged(&found[RULE_DUE], o->id,
        (o->status == ORDER_PENDING) != o->due || (o->due && o->due_at != o->expires_at),
        0, "");
    judged(&found[RULE_SHIPMENT], o->id, shipments_are_off(o), 0, "");
    judged(&found[RULE_FAR], o->id, strcmp(o->fulfilment, fulfilment(o)) != 0, 0, "");
}

void
verify_judge_payment(struct verify_line *found, const struct verify_payment *p,
    const struct verify_order *o)
{
    judged(&found[RULE_REFUNDS], p->id,
        p->refunded < 0 || p->refunded > p->amount || p->refunded != p->refunds ||
            (p->refunded > 0 && !p->succeeded && !p->late) ||
            (p->late && p->refunded != p->amount),
        p->refunds, p->currency);
    judged(&found[RULE_STATES], p->id, p->stateless, 0, "");
    if (o != NULL)
        judged(&found[RULE_ASKED], p->id,
            p->amount != o->total || strcmp(p->currency, o->currency) != 0, 0, "");
    if (o != NULL && closed(o->status) && p->succeeded)
        judged(&found[RULE_CLOSED_MONEY], o->id, p->amount != p->refunded, p->refunded,
            p->currency);
}

/* --- lines --- */

static bool
was_not_taken(const struct verify_item *l)
{
    return l->moves.sales != 1 || l->moves.sold != l->quantity || l->moves.other_sku;
}

static bool
is_not_held(const struct verify_item *l)
{
    /* What was decided about before the order was closed stays decided. */
    int64_t held = closed(l->status) ? l->withdrawn : l->quantity;

    return verify_minus(l->moves.returned, l->moves.net) != held ||
           l->moves.returned > l->quantity;
}

static bool
refunds_are_off(const struct verify_item *l)
{
    int64_t paid = verify_minus(l->line_total, l->discount);

    /* As order_line_paid() has it. */
    if (!l->tax_inclusive)
        paid = verify_plus(paid, l->tax);
    return l->refunded > l->quantity ||
           verify_minus(l->refunded, l->withdrawn) > l->shipped ||
           l->refunded_amount > paid || l->refunded != l->by_parts.refunded ||
           l->refunded_amount != l->by_parts.refunded_amount ||
           l->withdrawn != l->by_parts.withdrawn;
}

void
verify_judge_item(struct verify_line *found, const struct verify_item *l)
{
    judged(&found[RULE_TAKEN], l->id, was_not_taken(l), l->quantity, "units");
    judged(
        &found[RULE_BACK], l->id, is_not_held(l), verify_minus(0, l->moves.net), "units");
    judged(&found[RULE_SENT], l->id,
        l->shipped < 0 || verify_plus(l->shipped, l->withdrawn) > l->quantity ||
            l->shipped != l->by_parts.shipped,
        l->shipped, "units");
    judged(&found[RULE_CAME_BACK], l->id,
        l->returned < 0 || l->returned > l->shipped ||
            l->returned != l->by_parts.returned,
        l->returned, "units");
    if (l->ordered)
        judged(&found[RULE_LINE_REFUNDS], l->id, refunds_are_off(l), l->refunded_amount,
            l->currency);
    judged(&found[RULE_RESTOCKED], l->id,
        l->restocked != l->moves.returned ||
            l->restocked !=
                verify_plus(l->by_parts.returned_restocked, l->by_parts.restocked),
        l->restocked, "units");
}

void
verify_judge_move(struct verify_line *found, int64_t id, bool has_line)
{
    judged(&found[RULE_LINELESS], id, !has_line, 0, "");
}
