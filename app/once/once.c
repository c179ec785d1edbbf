/* The key that makes a repeated request harmless; once.h says how it is used. */
#include "once/once_store.h"

#include "base/clock.h"

#define DAY_MS INT64_C(86400000)
/* A claim that ends BUSY after this long waited for a lock: the first request still runs.
 * One that ends at once lost a deadlock, which the transaction's own retry settles. */
#define WAITED_US 1000000

enum err
once_replay(struct arena *a, const struct once *k, const struct once_row *row,
    struct once_answer *out, struct fault *flt)
{
    if (!str_eq(row->body_hash, k->body_hash))
        return fault_set(flt, ERR_INVALID, "idempotency_key_reused",
            "This Idempotency-Key was used with another request.");
    *out = (struct once_answer){.subject_id = row->subject_id,
        .http_status = (int)row->http_status,
        .body = arena_str(a, row->answer),
        .replayed = true};
    return ERR_OK;
}

enum err
once_look(struct db *db, struct arena *a, const struct once *k, struct once_answer *out,
    struct fault *flt)
{
    struct once_row row;
    enum err e = once_store_get(db, a, k->scope, k->key, &row);

    return e == ERR_OK ? once_replay(a, k, &row, out, flt) : e;
}

enum err
once_claim(struct db *db, struct arena *a, const struct once *k, int64_t subject_id,
    struct once_answer *out, struct fault *flt)
{
    int64_t t0 = clock_mono_us();
    bool waited;
    enum err e;

    out->replayed = false;
    if (k->key.p == NULL)
        return ERR_OK;
    e = once_store_add(db, k->scope, k->key, k->body_hash, subject_id, clock_ms());
    waited = clock_mono_us() - t0 >= WAITED_US;
    if (e == ERR_CONFLICT) {
        e = once_look(db, a, k, out, flt);
        /* Forgotten between the two statements: claim anew. */
        return e == ERR_NOT_FOUND ? ERR_BUSY : e;
    }
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
once_keep(struct db *db, const struct once *k, const struct once_answer *an)
{
    if (k->key.p == NULL)
        return ERR_OK;
    return once_store_answer(db, k->scope, k->key, an->http_status, an->body);
}

enum err
once_add(struct db *db, struct arena *a, const struct once *k, struct once_answer *an,
    struct fault *flt)
{
    enum err e = once_store_put(db, k, an, clock_ms());

    return e == ERR_CONFLICT ? once_look(db, a, k, an, flt) : e;
}

enum err
once_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n)
{
    return once_store_forget(db, now_ms - DAY_MS, limit, n);
}
