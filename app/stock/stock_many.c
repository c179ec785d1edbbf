/* Stock for many order lines at once. A caller that must decide who gets how much locks what
 * is asked for first; one that knows of plenty just takes it. The statement's condition
 * decides, and the schema's CHECK has the last word. */
#include <assert.h>
#include <stdlib.h>

#include "base/crash.h"
#include "stock/stock_store.h"

enum err
stock_lock_many(
    struct db *db, struct arena *a, const int64_t *sku_id, size_t n, int64_t *left)
{
    return n > 0 ? stock_store_lock_many(db, a, sku_id, n, true, left) : ERR_OK;
}

enum err
stock_lock_free(
    struct db *db, struct arena *a, const int64_t *sku_id, size_t n, int64_t *left)
{
    return n > 0 ? stock_store_lock_many(db, a, sku_id, n, false, left) : ERR_OK;
}

/* What a ledger row of many lines says: their units, times `sign`. */
struct many {
    const char *kind, *actor;
    int sign;
};

static int
by_sku_id(const void *x, const void *y)
{
    const struct stock_sale *a = x, *b = y;

    return (a->sku_id > b->sku_id) - (a->sku_id < b->sku_id);
}

/* One ledger row a line. */
static enum err
moves_write(struct db *db, struct arena *a, const struct stock_sale *s, size_t n,
    const struct many *how)
{
    struct stock_entry *m = arena_calloc(a, n, sizeof(*m));

    for (size_t i = 0; i < n; i++) {
        assert(s[i].quantity > 0 && s[i].order_line_id != 0);
        m[i] = (struct stock_entry){.sku_id = s[i].sku_id,
            .quantity = how->sign * s[i].quantity,
            .order_line_id = s[i].order_line_id,
            .kind = how->kind,
            .reason = STR(""),
            .actor = how->actor};
    }
    return stock_store_move_many(db, a, m, n);
}

static enum err
change_many(struct db *db, struct arena *a, const struct stock_sale *s, size_t n,
    const struct many *how)
{
    struct stock_sale *sorted = arena_calloc(a, n + 1, sizeof(*sorted));
    int64_t *ids = arena_calloc(a, n + 1, sizeof(*ids));
    int64_t *units = arena_calloc(a, n + 1, sizeof(*units));
    size_t i, kept = 0;
    enum err e;

    if ((e = moves_write(db, a, s, n, how)) != ERR_OK)
        return e;
    CRASH_POINT("order.place.ledger");
    for (i = 0; i < n; i++)
        sorted[i] = s[i];
    qsort(sorted, n, sizeof(*sorted), by_sku_id);
    for (i = 0; i < n; i++) {
        if (kept == 0 || ids[kept - 1] != sorted[i].sku_id)
            ids[kept++] = sorted[i].sku_id;
        units[kept - 1] -= how->sign * sorted[i].quantity;
    }
    return stock_store_take_many(db, a, ids, units, kept);
}

enum err
stock_sell_many(struct db *db, struct arena *a, const struct stock_sale *s, size_t n)
{
    const struct many how = {.kind = "sale", .actor = "order", .sign = -1};

    return change_many(db, a, s, n, &how);
}

/* Its lines' UNIQUE ledger rows make a second time impossible. */
enum err
stock_give_back_many(struct db *db, struct arena *a, const struct stock_sale *s, size_t n,
    enum stock_back kind, const char *actor)
{
    const struct many how = {.kind = stock_back_kind(kind), .actor = actor, .sign = 1};

    return change_many(db, a, s, n, &how);
}
