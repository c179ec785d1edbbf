/* A guest's orders become an account's at sign-in. */
#include "base/clock.h"
#include "order/order.h"

static const char sql_claim[] =
    "UPDATE orders SET account_id = ?, guest_hash = NULL, updated_at = ? WHERE guest_hash = ?";

enum err
order_claim(struct db *db, struct str guest_hash, int64_t account_id)
{
    const struct db_val v[] = {DB_I64(account_id), DB_I64(clock_ms()), DB_STR(guest_hash)};

    return db_exec(db, sql_claim, v, NELEM(v), NULL);
}
