/* Taking a person out of an account's orders: what the books need stays. */
#include <inttypes.h>

#include "order/order.h"

static const char open_sql[] =
    "SELECT COUNT(*) FROM orders WHERE account_id = ? AND (status IN ('pending', 'paid')"
    " OR (status = 'partially_refunded' AND fulfilment_status = 'unfulfilled'))";
static const char strip_sql[] =
    "UPDATE orders SET email = 'deleted@account.invalid', ship_name = '', ship_line1 = '',"
    " ship_line2 = '', ship_city = '', ship_region = '', ship_postal_code = ''"
    " WHERE account_id = ?";
/* Answers that are kept for repeats tell addresses too. */
static const char keys_sql[] = "DELETE FROM idempotency_key WHERE scope LIKE ?";

enum err
order_any_open(struct db *db, struct arena *a, int64_t account_id, bool *any)
{
    const struct db_val v[] = {DB_I64(account_id)};
    struct db_rows r;
    enum err e = db_row(db, open_sql, v, NELEM(v), a, &r);

    if (e == ERR_OK)
        *any = db_i64(&r, 0, 0) > 0;
    return e;
}

enum err
order_forget_person(struct db *db, struct arena *a, int64_t account_id)
{
    const struct db_val v[] = {DB_I64(account_id)};
    const struct db_val scope[] = {
        DB_STR(arena_printf(a, "u:%" PRId64 ":%%", account_id))};
    enum err e = db_exec(db, strip_sql, v, NELEM(v), NULL);

    return e == ERR_OK ? db_exec(db, keys_sql, scope, NELEM(scope), NULL) : e;
}
