/* Idempotency keys of orders and of what is done to them: the answers as orders have them.
 * The keys themselves are app/once's. */
#include "order/order_parts.h"

static struct order_answer
answer_of(const struct once_answer *an)
{
    return (struct order_answer){an->subject_id, an->http_status, an->body, an->replayed};
}

enum err
order_idem_replay(struct arena *a, const struct once *k, const struct once_row *row,
    struct order_answer *out, struct fault *flt)
{
    struct once_answer an;
    enum err e = once_replay(a, k, row, &an, flt);

    if (e == ERR_OK)
        *out = answer_of(&an);
    return e;
}

enum err
order_idem_claim(struct db *db, struct arena *a, const struct once *k, int64_t order_id,
    struct order_answer *out, struct fault *flt)
{
    struct once_answer an;
    enum err e = once_claim(db, a, k, order_id, &an, flt);

    out->replayed = e == ERR_OK && an.replayed;
    if (out->replayed)
        *out = answer_of(&an);
    return e;
}

enum err
order_idem_answer(struct db *db, const struct once *k, const struct order_answer *an)
{
    return once_keep(db, k,
        &(struct once_answer){.http_status = an->http_status, .body = an->body});
}

enum err
order_forget_keys(struct db *db, int64_t now_ms, int64_t limit, int64_t *n)
{
    return once_forget(db, now_ms, limit, n);
}
