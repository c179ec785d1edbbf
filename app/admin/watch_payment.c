/* Payments and what was given back of them, for the shop's people. */
#include <stddef.h>

#include "admin/watch.h"
#include "http/field.h"
#include "payment/payment.h"
#include "price/money_json.h"

struct watched {
    struct payment p;
    struct refund *refunds;
    size_t refunds_n;
};

static enum err
list(struct db *db, struct arena *a, const struct watch_ask *ask, void **out, size_t *n)
{
    const struct payment_filter f = {.status = ask->status,
        .order_id = ask->subject_id,
        .after = ask->after,
        .limit = ask->limit};
    struct payment *p = NULL;
    struct watched *w;
    enum err e = payment_list(db, a, &f, &p, n);

    if (e != ERR_OK)
        return e;
    *out = w = arena_calloc(a, *n + 1, sizeof(*w));
    for (size_t i = 0; i < *n; i++)
        w[i].p = p[i];
    return ERR_OK;
}

static enum err
get(struct db *db, struct arena *a, int64_t id, void *out)
{
    struct watched *w = out;
    enum err e = payment_get(db, a, id, &w->p);

    return e == ERR_OK ? payment_refunds(db, a, id, &w->refunds, &w->refunds_n) : e;
}

static void
refund_jout(struct jout *j, const struct refund *r, struct str currency)
{
    jout_obj(j);
    jout_kid(j, "id", r->id);
    jout_kstr(j, "status", r->status);
    jout_key(j, "amount");
    money_jout(j, r->amount, currency);
    jout_kstr(j, "reason", r->reason);
    jout_kstr(j, "by", r->actor);
    jout_ktime(j, "created_at", r->created_at);
    jout_obj_end(j);
}

static void
write(struct jout *j, const void *obj, bool whole)
{
    const struct watched *w = obj;

    jout_obj(j);
    jout_kid(j, "id", w->p.id);
    jout_kid(j, "order_id", w->p.order_id);
    jout_kstr(j, "provider", w->p.provider);
    jout_kstr(j, "reference", w->p.reference);
    jout_kstr(j, "status", w->p.status);
    jout_key(j, "amount");
    money_jout(j, w->p.amount, w->p.currency);
    jout_key(j, "refunded");
    money_jout(j, w->p.refunded, w->p.currency);
    jout_ktime(j, "settles_by", w->p.settles_by > 0 ? w->p.settles_by : -1);
    jout_ktime(j, "created_at", w->p.created_at);
    if (whole) {
        jout_key(j, "refunds");
        jout_arr(j);
        for (size_t i = 0; i < w->refunds_n; i++)
            refund_jout(j, &w->refunds[i], w->p.currency);
        jout_arr_end(j);
    }
    jout_obj_end(j);
}

const struct watch_kind payment_watch = {.name = "payments",
    .statuses = PAYMENT_LISTS,
    .size = sizeof(struct watched),
    .id_at = offsetof(struct watched, p.id),
    .list = list,
    .get = get,
    .jout = write};

static const struct field refund_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "status", .type = F_ENUM, .choices = "started|succeeded|failed"},
    {.name = "amount", .type = F_OBJECT, .of = &money_schema},
    {.name = "reason", .type = F_STR},
    {.name = "by", .type = F_STR},
    {.name = "created_at", .type = F_TIME},
    {.name = NULL},
};
static const struct schema refund_schema = {
    "PaymentRefund", "Money given back of a payment.", refund_fields};
static const struct field payment_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "order_id", .type = F_ID},
    {.name = "provider", .type = F_STR},
    {.name = "reference", .type = F_STR},
    {.name = "status", .type = F_ENUM, .choices = PAYMENT_STATUSES},
    {.name = "amount", .type = F_OBJECT, .of = &money_schema},
    {.name = "refunded", .type = F_OBJECT, .of = &money_schema},
    {.name = "settles_by", .type = F_TIME, .flags = FIELD_NULL},
    {.name = "created_at", .type = F_TIME},
    {.name = "refunds",
        .type = F_ARRAY,
        .flags = FIELD_OPTIONAL,
        .of = &refund_schema,
        .item = F_OBJECT,
        .help = "of a single payment"},
    {.name = NULL},
};
const struct schema payment_watch_schema = {
    "WatchedPayment", "An attempt to pay an order.", payment_fields};
static const struct field list_fields[] = {
    {.name = "items", .type = F_ARRAY, .of = &payment_watch_schema, .item = F_OBJECT},
    {.name = "next_after", .type = F_ID, .flags = FIELD_NULL},
    {.name = NULL},
};
const struct schema payment_watch_list_schema = {
    "WatchedPayments", "Payments, the newest first.", list_fields};
