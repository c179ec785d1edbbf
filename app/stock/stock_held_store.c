/* What unpaid orders keep of a product: units that may come back. Asked when it is sold out. */
#include "stock/stock.h"

/* Those that hold something are among the newest: older ones are paid or closed. */
static const char held_sql[] =
    "SELECT COALESCE(SUM(l.quantity), 0) FROM (SELECT order_id, quantity FROM order_line"
    " WHERE sku_id IN (SELECT id FROM sku WHERE product_id = ?)"
    " ORDER BY id DESC LIMIT 1000) l"
    " JOIN orders o ON o.id = l.order_id WHERE o.status = 'pending'";

enum err
stock_held(struct db *db, struct arena *a, int64_t product_id, int64_t *units)
{
    const struct db_val v[] = {DB_I64(product_id)};
    struct db_rows r;
    enum err e = db_row(db, held_sql, v, NELEM(v), a, &r);

    *units = e == ERR_OK ? db_i64(&r, 0, 0) : 0;
    return e;
}
