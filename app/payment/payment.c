/* Attempts to pay and what is given back of them. Nothing here reads or writes an order. */
#include "payment/payment.h"

#include <inttypes.h>

#include "base/crash.h"
#include "base/log.h"
#include "base/rand.h"
#include "payment/payment_store.h"

#define REFERENCE_BYTES 16
#define REASON_MAX 300
#define EVENTS_KEPT_MS (7 * INT64_C(86400000))

const struct pay_provider *
pay_find(const struct pay_desk *d, struct str name)
{
    for (size_t i = 0; i < d->n; i++)
        if (str_eq_c(name, d->p[i]->name))
            return d->p[i];
    return NULL;
}

/* What is new about it. */
static void
begin(struct arena *a, struct payment *p, int64_t now)
{
    char token[RAND_TOKEN_N(REFERENCE_BYTES)];
    struct str t = rand_token(token, sizeof(token), REFERENCE_BYTES);

    p->id = id_next();
    p->created_at = now;
    p->provider = STR(PAYMENT_PROVIDER);
    p->reference = arena_printf(a, "sim_%.*s", STR_F(t));
    p->status = STR("started");
}

enum err
payment_start(
    struct db *db, struct arena *a, const struct payment_new *in, struct payment *out)
{
    *out = (struct payment){.order_id = in->order_id,
        .amount = in->amount,
        .settles_by = in->settles_by,
        .currency = in->currency,
        .asked = in->asked};
    begin(a, out, in->now);
    return payment_store_add_many(db, a, out, 1, in->now);
}

enum err
payment_start_many(
    struct db *db, struct arena *a, struct payment *p, size_t n, int64_t now)
{
    for (size_t i = 0; i < n; i++)
        begin(a, &p[i], now);
    return payment_store_add_many(db, a, p, n, now);
}

enum err
payment_open_among(
    struct db *db, struct arena *a, const int64_t *order_id, size_t n, bool *open)
{
    return payment_store_open_among(db, a, order_id, n, open);
}

enum err
payment_open(struct db *db, struct arena *a, int64_t order_id, enum pay_asked asked,
    int64_t now, struct payment *out)
{
    struct payment *p;
    size_t n;
    enum err e = payment_store_open(db, a, order_id, &p, &n);

    for (size_t i = 0; i < n && e == ERR_OK; i++)
        if (p[i].asked == asked && (p[i].settles_by == 0 || p[i].settles_by > now)) {
            *out = p[i];
            return ERR_OK;
        }
    return e == ERR_OK ? ERR_NOT_FOUND : e;
}

enum err
payment_open_all(
    struct db *db, struct arena *a, int64_t order_id, struct payment **out, size_t *n)
{
    return payment_store_open(db, a, order_id, out, n);
}

enum err
payment_find(struct db *db, struct arena *a, struct str provider, struct str reference,
    struct payment *out)
{
    return payment_store_find(db, a, provider, reference, out);
}

enum err
payment_find_many(struct db *db, struct arena *a, struct str provider,
    const struct str *reference, size_t refs, struct payment **out, size_t *n)
{
    return payment_store_find_many(db, a, provider, reference, refs, out, n);
}

enum err
payment_lock_id(struct db *db, struct arena *a, int64_t id, struct payment *out)
{
    return payment_store_lock_id(db, a, id, out);
}

enum err
payment_succeed(struct db *db, int64_t id, int64_t now)
{
    uint64_t rows = 0;
    enum err e = payment_store_close(db, id, "succeeded", true, now, &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_CONFLICT;
}

enum err
payment_succeed_many(
    struct db *db, struct arena *a, const int64_t *id, size_t n, int64_t now)
{
    uint64_t rows = 0;
    enum err e = payment_store_succeed(db, a, id, n, now, &rows);

    if (e != ERR_OK)
        return e;
    return rows == n ? ERR_OK : ERR_CONFLICT;
}

enum err
payment_decline(struct db *db, int64_t id, int64_t now)
{
    return payment_store_close(db, id, "declined", false, now, NULL);
}

enum err
payment_mismatch(struct db *db, int64_t id, int64_t now)
{
    return payment_store_close(db, id, "mismatch", false, now, NULL);
}

enum err
payment_late(struct db *db, const struct payment *p, int64_t now, int64_t *refund_id)
{
    struct refund_row r = {.id = id_next(),
        .payment_id = p->id,
        .amount = p->amount,
        .now = now,
        .reason = STR("paid when the order could not take it"),
        .actor = "payment",
        .status = "started"};
    uint64_t rows = 0;
    enum err e = payment_store_late(db, p->id, now, &rows);

    *refund_id = r.id;
    if (e == ERR_OK && rows != 1)
        return ERR_CONFLICT;
    return e == ERR_OK && p->amount > 0 ? payment_store_refund(db, &r) : e;
}

enum err
payment_overdue(struct db *db, struct arena *a, int64_t before, int64_t now,
    int64_t limit, struct payment **out, size_t *n)
{
    return payment_store_overdue(db, a, before, now, limit, out, n);
}

enum err
payment_event_seen(struct db *db, const struct pay_provider *p, const struct pay_event *ev,
    int64_t payment_id, int64_t now)
{
    return payment_store_event(db, str_c(p->name), ev->id, ev->type, payment_id, now);
}

enum err
payment_forget_events(struct db *db, int64_t now, int64_t limit, int64_t *n)
{
    uint64_t rows = 0;
    enum err e = payment_store_forget(db, now - EVENTS_KEPT_MS, limit, &rows);

    *n = (int64_t)rows;
    return e;
}

enum err
payment_lock(struct db *db, struct arena *a, int64_t order_id, struct payment *out)
{
    return payment_store_lock(db, a, order_id, out);
}

enum err
payment_refund(struct db *db, const struct payment *p, int64_t refund_id, int64_t amount,
    struct str reason, const char *actor, int64_t now)
{
    const struct refund_row r = {.id = refund_id,
        .payment_id = p->id,
        .amount = amount,
        .now = now,
        .reason = str_utf8_cut(reason, REASON_MAX),
        .actor = actor,
        /* A payment from before there were providers has nobody to be asked. */
        .status = str_eq_c(p->provider, "builtin") ? "succeeded" : "started"};
    uint64_t rows = 0;
    enum err e = payment_store_take_back(db, p->id, amount, now, &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? payment_store_refund(db, &r) : ERR_CONFLICT;
}

static enum err
send_refund(struct db *db, struct arena *a, const struct pay_desk *desk,
    const struct refund_due *r)
{
    const struct pay_provider *p = pay_find(desk, r->provider);
    enum err e = p != NULL ? p->refund(p->self, a, r) : ERR_NOT_FOUND;

    if (e == ERR_UPSTREAM || e == ERR_BUSY)
        return ERR_UPSTREAM;
    CRASH_POINT("payment.refund.asked");
    if (e != ERR_OK)
        log_error("payment", "event=refund_refused refund=%" PRId64 " reference=%.*s status=%d",
            r->id, STR_F(r->reference), err_status(e));
    e = payment_store_refund_close(db, r->id, e == ERR_OK ? "succeeded" : "failed");
    CRASH_POINT("payment.refund.told");
    return e;
}

enum err
payment_send_refunds(struct db *db, struct arena *a, const struct pay_desk *desk,
    int64_t limit, int64_t *n)
{
    struct refund_due *r;
    size_t due = 0;
    enum err e = payment_store_refunds_due(db, a, limit, &r, &due);

    *n = 0;
    for (size_t i = 0; i < due && e == ERR_OK; i++) {
        e = send_refund(db, a, desk, &r[i]);
        *n += e == ERR_OK;
    }
    return e;
}
