/* Stock: what can be sold of a SKU and the ledger that explains the figure. Every change
 * is one guarded UPDATE of `stock` and one row of `stock_move`, in the caller's
 * transaction. Callers with several SKUs go through them in sku_id order. */
#ifndef SOUK_STOCK_STOCK_H
#define SOUK_STOCK_STOCK_H

#include "db/db.h"

#define STOCK_MAX INT64_C(1000000000)

/* A new SKU's row; a first quantity above 0 is a 'receive' move. */
enum err stock_create(struct db *db, int64_t sku_id, int64_t quantity, const char *actor,
    struct str reason) MUST_CHECK;
/* The same for many at once: quantity[i] of sku_id[i]. */
enum err stock_create_many(struct db *db, struct arena *a, const int64_t *sku_id,
    const int64_t *quantity, size_t n, const char *actor, struct str reason) MUST_CHECK;
/* Lock these SKUs' rows until the transaction's end and read what is left of each (0: no
 * such row). sku_id[] must be ascending and without repeats. */
enum err stock_lock_many(struct db *db, struct arena *a, const int64_t *sku_id, size_t n,
    int64_t *left) MUST_CHECK;
/* The same without waiting: STOCK_LOCKED is left of those that another transaction holds. */
#define STOCK_LOCKED INT64_C(-1)
enum err stock_lock_free(struct db *db, struct arena *a, const int64_t *sku_id, size_t n,
    int64_t *left) MUST_CHECK;
/* Take the units of many order lines at once, all or none. ERR_CONFLICT: a SKU has fewer left
 * (never when its row was locked and had enough); the transaction must not be committed. */
struct stock_sale {
    int64_t sku_id, quantity, order_line_id;
};
enum err stock_sell_many(struct db *db, struct arena *a, const struct stock_sale *s,
    size_t n) MUST_CHECK;
/* One line's units once more, for an order that had expired and gave them back: a 'revive'
 * move, at most once a line. ERR_CONFLICT: not that many left, or taken again before. */
enum err stock_revive(struct db *db, int64_t sku_id, int64_t quantity, int64_t order_line_id,
    const char *actor) MUST_CHECK;
enum stock_back { STOCK_CANCEL, STOCK_EXPIRE };
/* Give an order line's units back, once per kind: a second time is ERR_CONFLICT. */
enum err stock_give_back(struct db *db, int64_t sku_id, int64_t quantity,
    int64_t order_line_id, enum stock_back kind, const char *actor) MUST_CHECK;
/* Put units of an order line back that were shipped and returned, or that will not be
 * sent: once for each `cause_id`, the return or refund they came by. A second time is
 * ERR_CONFLICT. */
enum err stock_return(struct db *db, int64_t sku_id, int64_t quantity,
    int64_t order_line_id, int64_t cause_id, const char *actor) MUST_CHECK;
/* The same for many lines at once, their SKUs' rows in sku_id order. */
enum err stock_give_back_many(struct db *db, struct arena *a, const struct stock_sale *s,
    size_t n, enum stock_back kind, const char *actor) MUST_CHECK;
/* The shop's people: delta > 0 or < 0, never 0. *available gets the new figure.
 * ERR_CONFLICT "out_of_stock" when it would fall below zero, ERR_INVALID above STOCK_MAX,
 * ERR_NOT_FOUND no such SKU. */
enum err stock_adjust(struct db *db, int64_t sku_id, int64_t delta, struct str reason,
    const char *actor, int64_t *available, struct fault *flt) MUST_CHECK;
/* Make the figure `quantity`; the difference, if any, is an 'adjust' move.
 * ERR_NOT_FOUND. */
enum err stock_set(struct db *db, struct arena *a, int64_t sku_id, int64_t quantity,
    struct str reason, const char *actor) MUST_CHECK;
/* What is left; ERR_NOT_FOUND. */
enum err stock_available(
    struct db *db, struct arena *a, int64_t sku_id, int64_t *out) MUST_CHECK;

/* Units of a product in orders that are not paid yet, of the newest thousand lines: what a
 * sold out product's buyers may still hope for. */
enum err stock_held(
    struct db *db, struct arena *a, int64_t product_id, int64_t *units) MUST_CHECK;

struct stock_move {
    int64_t id, quantity, order_id, created_at;
    struct str kind, reason, actor, order_number;
};
/* The newest `limit` movements of a SKU, newest first, with their orders. */
enum err stock_moves(struct db *db, struct arena *a, int64_t sku_id, size_t limit,
    struct stock_move **out, size_t *n) MUST_CHECK;

/* Tell of SKUs that sold down to `few` (1 to 5) or under, each once until it has more again: at
 * most `limit` now, *n counts them. ERR_CONFLICT: another teller was quicker. */
enum err stock_tell_low(struct db *db, struct arena *a, int64_t few, int64_t now,
    int64_t limit, int64_t *n) MUST_CHECK;

#endif
