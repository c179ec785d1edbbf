/* The stock's statements; stock.c and stock_many.c alone call them. */
#ifndef SOUK_STOCK_STOCK_STORE_H
#define SOUK_STOCK_STOCK_STORE_H

#include "stock/stock.h"

struct stock_entry {
    int64_t sku_id, quantity, order_line_id; /* 0: no order line */
    int64_t cause_id; /* of kind "return": the return or refund it came by; else 0 */
    const char *kind;
    struct str reason;
    const char *actor;
};

/* How the ledger calls what comes back (stock.c). */
const char *stock_back_kind(enum stock_back kind);
/* A SKU's row with its first figure. */
enum err stock_store_add(struct db *db, int64_t sku_id, int64_t available) MUST_CHECK;
enum err stock_store_add_many(struct db *db, struct arena *a, const int64_t *sku_id,
    const int64_t *quantity, size_t n) MUST_CHECK;
enum err stock_store_move_many(
    struct db *db, struct arena *a, const struct stock_entry *m, size_t n) MUST_CHECK;
/* Change the figure by `delta` if the result stays within 0..STOCK_MAX; *changed
 * tells. */
enum err stock_store_change(
    struct db *db, int64_t sku_id, int64_t delta, bool *changed) MUST_CHECK;
/* ERR_CONFLICT: this order line has an entry of this kind. */
enum err stock_store_move(struct db *db, const struct stock_entry *m) MUST_CHECK;
/* The figure; `lock` keeps its row until the transaction's end. */
enum err stock_store_available(
    struct db *db, struct arena *a, int64_t sku_id, bool lock, int64_t *out) MUST_CHECK;

/* --- stock_many_store.c --- */

/* left[i] of sku_id[i], which are ascending; the rows stay locked. Without `wait`, those that
 * another transaction holds are passed over: STOCK_LOCKED. */
enum err stock_store_lock_many(struct db *db, struct arena *a, const int64_t *sku_id,
    size_t n, bool wait, int64_t *left) MUST_CHECK;
/* Take units[i] of sku_id[i] (below zero: give); ERR_INTERNAL when a row is missing, ERR_INVALID when there
 * are fewer. */
enum err stock_store_take_many(struct db *db, struct arena *a, const int64_t *sku_id,
    const int64_t *units, size_t n) MUST_CHECK;

#endif
