/* Attempts to pay and what is given back of them. Each function is one step in the
 * caller's transaction (or alone); nothing here reads or writes an order. */
#include "payment/payment_store.h"

#include "base/rand.h"

#define REFERENCE_BYTES 16
#define REASON_MAX 300

enum err
payment_start(struct db *db, struct arena *a, int64_t order_id, int64_t amount,
    struct str currency, int64_t now, struct payment *out)
{
    char token[RAND_TOKEN_N(REFERENCE_BYTES)];
    struct str t = rand_token(token, sizeof(token), REFERENCE_BYTES);

    *out = (struct payment){.id = id_next(),
        .order_id = order_id,
        .amount = amount,
        .reference = arena_printf(a, "sim_%.*s", STR_F(t)),
        .currency = currency,
        .status = STR("started")};
    return payment_store_add(db, out, now);
}

enum err
payment_ask(const struct payment *p, bool approve)
{
    return approve && p->amount >= 0 ? ERR_OK : ERR_DECLINED;
}

enum err
payment_succeed(struct db *db, int64_t id, int64_t now)
{
    uint64_t rows = 0;
    enum err e = payment_store_close(db, id, "succeeded", now, &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_CONFLICT;
}

enum err
payment_decline(struct db *db, int64_t id, int64_t now)
{
    return payment_store_close(db, id, "declined", now, NULL);
}

enum err
payment_lock(struct db *db, struct arena *a, int64_t order_id, struct payment *out)
{
    return payment_store_lock(db, a, order_id, out);
}

enum err
payment_refund(struct db *db, int64_t id, int64_t refund_id, int64_t amount,
    struct str reason, const char *actor, int64_t now)
{
    uint64_t rows = 0;
    enum err e = payment_store_take_back(db, id, amount, now, &rows);

    if (e != ERR_OK)
        return e;
    if (rows != 1)
        return ERR_CONFLICT;
    return payment_store_refund(
        db, refund_id, id, amount, str_utf8_cut(reason, REASON_MAX), actor, now);
}

enum err
payment_close_stale(struct db *db, int64_t before, int64_t now, int64_t limit, int64_t *n)
{
    uint64_t rows = 0;
    enum err e = payment_store_close_stale(db, before, now, limit, &rows);

    *n = e == ERR_OK ? (int64_t)rows : 0;
    return e;
}

enum err
payment_settles(struct db *db, int64_t id, int64_t by)
{
    uint64_t rows = 0;
    enum err e = payment_store_settles(db, id, by, &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_CONFLICT;
}
