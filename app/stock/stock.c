/* The rules of stock: each change is one guarded UPDATE and one row of the ledger.  The
 * caller owns the transaction, so a refusal here is undone there with all else. */
#include "stock/stock.h"

#include <assert.h>

#include "base/log.h"
#include "stock/stock_store.h"

enum err
stock_create(
    struct db *db, int64_t sku_id, int64_t quantity, const char *actor, struct str reason)
{
    const struct stock_entry m = {.sku_id = sku_id,
        .quantity = quantity,
        .kind = "receive",
        .reason = reason,
        .actor = actor};
    enum err e;

    if (quantity < 0 || quantity > STOCK_MAX)
        return ERR_INVALID;
    if ((e = stock_store_add(db, sku_id, quantity)) != ERR_OK || quantity == 0)
        return e;
    return stock_store_move(db, &m);
}

enum err
stock_create_many(struct db *db, struct arena *a, const int64_t *sku_id,
    const int64_t *quantity, size_t n, const char *actor, struct str reason)
{
    struct stock_entry *m = arena_calloc(a, n, sizeof(*m));
    size_t i, moves = 0;
    enum err e;

    for (i = 0; i < n; i++) {
        if (quantity[i] < 0 || quantity[i] > STOCK_MAX)
            return ERR_INVALID;
        if (quantity[i] > 0)
            m[moves++] = (struct stock_entry){.sku_id = sku_id[i],
                .quantity = quantity[i],
                .kind = "receive",
                .reason = reason,
                .actor = actor};
    }
    if ((e = stock_store_add_many(db, a, sku_id, quantity, n)) != ERR_OK)
        return e;
    return stock_store_move_many(db, a, m, moves);
}

const char *
stock_back_kind(enum stock_back kind)
{
    static const char *const kinds[] = {
        [STOCK_CANCEL] = "cancel", [STOCK_EXPIRE] = "expire"};

    return kinds[kind];
}

static enum err
put_back(struct db *db, const struct stock_entry *m)
{
    bool changed;
    enum err e;

    assert(m->quantity > 0 && m->order_line_id != 0);
    /* The ledger first: its UNIQUE key is what makes a second time impossible. */
    if ((e = stock_store_move(db, m)) != ERR_OK)
        return e;
    if ((e = stock_store_change(db, m->sku_id, m->quantity, &changed)) != ERR_OK)
        return e;
    if (changed)
        return ERR_OK;
    log_error("stock", "give back refused sku_id=%lld quantity=%lld",
        (long long)m->sku_id, (long long)m->quantity);
    return ERR_INTERNAL;
}

enum err
stock_give_back(struct db *db, int64_t sku_id, int64_t quantity, int64_t order_line_id,
    enum stock_back kind, const char *actor)
{
    const struct stock_entry m = {.sku_id = sku_id,
        .quantity = quantity,
        .order_line_id = order_line_id,
        .kind = stock_back_kind(kind),
        .reason = STR(""),
        .actor = actor};

    return put_back(db, &m);
}

enum err
stock_return(struct db *db, int64_t sku_id, int64_t quantity, int64_t order_line_id,
    int64_t cause_id, const char *actor)
{
    const struct stock_entry m = {.sku_id = sku_id,
        .quantity = quantity,
        .order_line_id = order_line_id,
        .cause_id = cause_id,
        .kind = "return",
        .reason = STR(""),
        .actor = actor};

    assert(cause_id != 0);
    return put_back(db, &m);
}

enum err
stock_revive(struct db *db, int64_t sku_id, int64_t quantity, int64_t order_line_id,
    const char *actor)
{
    const struct stock_entry m = {.sku_id = sku_id,
        .quantity = -quantity,
        .order_line_id = order_line_id,
        .kind = "revive",
        .reason = STR(""),
        .actor = actor};
    bool changed;
    enum err e;

    assert(quantity > 0 && order_line_id != 0);
    if ((e = stock_store_change(db, sku_id, -quantity, &changed)) != ERR_OK)
        return e;
    return changed ? stock_store_move(db, &m) : ERR_CONFLICT;
}

/* Why the guarded change of stock_adjust() touched no row. */
static enum err
adjust_refused(struct db *db, int64_t sku_id, int64_t delta, struct fault *flt)
{
    struct arena *a = arena_new(1024);
    int64_t left = 0;
    enum err e;

    e = stock_store_available(db, a, sku_id, false, &left);
    arena_free(a);
    if (e != ERR_OK)
        return e;
    if (delta > 0) {
        (void)fault_field(
            flt, "/delta", "out_of_range", "stock would pass %lld", (long long)STOCK_MAX);
        return ERR_INVALID;
    }
    (void)fault_field(flt, "/delta", "out_of_stock", "%lld left", (long long)left);
    fault_extra_i64(flt, "available", left);
    return fault_set(flt, ERR_CONFLICT, "out_of_stock", "Stock cannot fall below zero.");
}

enum err
stock_adjust(struct db *db, int64_t sku_id, int64_t delta, struct str reason,
    const char *actor, int64_t *available, struct fault *flt)
{
    const struct stock_entry m = {.sku_id = sku_id,
        .quantity = delta,
        .kind = "adjust",
        .reason = reason,
        .actor = actor};
    struct arena *a;
    bool changed;
    enum err e;

    if (delta == 0 || delta < -STOCK_MAX || delta > STOCK_MAX)
        return fault_field(flt, "/delta", "out_of_range", "a change between 1 and %lld",
            (long long)STOCK_MAX);
    if ((e = stock_store_change(db, sku_id, delta, &changed)) != ERR_OK)
        return e;
    if (!changed)
        return adjust_refused(db, sku_id, delta, flt);
    if ((e = stock_store_move(db, &m)) != ERR_OK)
        return e;
    a = arena_new(1024);
    e = stock_store_available(db, a, sku_id, false, available);
    arena_free(a);
    return e;
}

enum err
stock_set(struct db *db, struct arena *a, int64_t sku_id, int64_t quantity,
    struct str reason, const char *actor)
{
    struct stock_entry m = {
        .sku_id = sku_id, .kind = "adjust", .reason = reason, .actor = actor};
    int64_t left;
    bool changed;
    enum err e;

    if (quantity < 0 || quantity > STOCK_MAX)
        return ERR_INVALID;
    /* Locked, so that no sale comes between the look and the change. */
    e = stock_store_available(db, a, sku_id, true, &left);
    if (e != ERR_OK || left == quantity)
        return e;
    m.quantity = quantity - left;
    if ((e = stock_store_change(db, sku_id, m.quantity, &changed)) != ERR_OK)
        return e;
    return changed ? stock_store_move(db, &m) : ERR_INTERNAL;
}

enum err
stock_available(struct db *db, struct arena *a, int64_t sku_id, int64_t *out)
{
    return stock_store_available(db, a, sku_id, false, out);
}
