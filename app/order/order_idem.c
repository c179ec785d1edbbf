/* The key that makes a repeated request harmless: claimed by INSERT in the transaction of
 * the order itself, so that either both are there or neither. The answer is stored with
 * it. */
#include "order/order_parts.h"

#include "base/clock.h"

#define DAY_MS INT64_C(86400000)
/* A claim that ends BUSY after this long waited for a lock: the first request still runs.
 * One that ends at once lost a deadlock, which the transaction's own retry settles. */
#define WAITED_US 1000000

enum err
order_idem_replay(struct arena *a, const struct order_idem *k, const struct idem_row *row,
    struct order_answer *out, struct fault *flt)
{
    if (!str_eq(row->body_hash, k->body_hash))
        return fault_set(flt, ERR_INVALID, "idempotency_key_reused",
            "This Idempotency-Key was used with another request.");
    *out = (struct order_answer){.order_id = row->order_id,
        .http_status = (int)row->http_status,
        .body = arena_str(a, row->answer),
        .replayed = true};
    return ERR_OK;
}

static enum err
replay(struct db *db, struct arena *a, const struct order_idem *k,
    struct order_answer *out, struct fault *flt)
{
    struct idem_row row;
    enum err e = idem_store_get(db, a, k->scope, k->key, &row);

    if (e == ERR_NOT_FOUND) /* forgotten between the two statements: claim anew */
        return ERR_BUSY;
    return e == ERR_OK ? order_idem_replay(a, k, &row, out, flt) : e;
}

enum err
order_idem_claim(struct db *db, struct arena *a, const struct order_idem *k,
    int64_t order_id, struct order_answer *out, struct fault *flt)
{
    int64_t t0 = clock_mono_us();
    bool waited;
    enum err e;

    out->replayed = false;
    if (k->key.p == NULL)
        return ERR_OK;
    e = idem_store_add(db, k->scope, k->key, k->body_hash, order_id, clock_ms());
    waited = clock_mono_us() - t0 >= WAITED_US;
    if (e == ERR_CONFLICT)
        return replay(db, a, k, out, flt);
    /* The statement's own time limit may end the wait first, as ERR_UPSTREAM. */
    if ((e == ERR_BUSY || e == ERR_UPSTREAM) && waited) {
        if (flt != NULL)
            flt->retry_after = 1;
        return fault_set(flt, ERR_CONFLICT, "request_in_progress",
            "A request with this Idempotency-Key is still running.");
    }
    return e;
}

enum err
order_idem_answer(
    struct db *db, const struct order_idem *k, const struct order_answer *an)
{
    if (k->key.p == NULL)
        return ERR_OK;
    return idem_store_answer(db, k->scope, k->key, an->http_status, an->body);
}

enum err
order_forget_keys(struct db *db, int64_t now_ms, int64_t limit, int64_t *n)
{
    return idem_store_forget(db, now_ms - DAY_MS, limit, n);
}
