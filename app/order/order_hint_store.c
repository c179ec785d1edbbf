/* The SQL behind "sold out": what is left of a product's SKUs, and with which keys those that
 * have nothing left were ordered. */
#include "db/db_insert.h"
#include "order/order_parts.h"

#define SKUS_MAX 100

/* What is not for sale any more is not sold out: it gets the answer of its own. */
static const char left_sql[] =
    "SELECT s.id FROM sku s JOIN product p ON p.id = s.product_id JOIN stock k"
    " ON k.sku_id = s.id WHERE s.product_id = ? AND p.status = 'active'"
    " AND s.status = 'active' AND k.available = 0 ORDER BY s.id LIMIT ?";
/* The newest of them, for older keys are forgotten; of placing, not of what came later. */
static const char keys_head[] =
    "SELECT k.scope, k.idem_key FROM (SELECT order_id FROM order_line WHERE sku_id IN ";
static const char keys_tail[] = " ORDER BY id DESC LIMIT ?) l"
                                " LEFT JOIN idempotency_key k ON k.order_id = l.order_id"
                                " AND (k.scope LIKE '%:orders' OR k.scope LIKE"
                                " '%:checkout')";

static enum err
keys_load(struct db *db, struct arena *a, int64_t most, struct hint_rows *out)
{
    struct db_val *id = arena_calloc(a, out->skus_n, sizeof(*id)), *in, *v;
    struct db_rows r;
    const char *sql;
    size_t i, in_n;
    enum err e;

    for (i = 0; i < out->skus_n; i++)
        id[i] = DB_I64(out->sku_id[i]);
    sql = db_in_list(a, keys_head, id, out->skus_n, keys_tail, &in, &in_n);
    v = arena_calloc(a, in_n + 1, sizeof(*v));
    for (i = 0; i < in_n; i++)
        v[i] = in[i];
    v[in_n] = DB_I64(most + 1);
    if ((e = db_query(db, sql, v, in_n + 1, a, &r)) != ERR_OK)
        return e;
    out->key = arena_calloc(a, 2 * r.n + 2, sizeof(*out->key));
    for (i = 0; i < r.n; i++) {
        out->key[2 * i] = db_str(&r, i, 0);
        out->key[2 * i + 1] = db_str(&r, i, 1);
    }
    out->keys_n = r.n;
    return ERR_OK;
}

enum err
hint_store_load(struct db *db, struct arena *a, int64_t product_id, int64_t most,
    struct hint_rows *out)
{
    const struct db_val v[] = {DB_I64(product_id), DB_I64(SKUS_MAX)};
    struct db_rows r;
    enum err e;

    *out = (struct hint_rows){.skus_n = 0};
    if ((e = db_query(db, left_sql, v, NELEM(v), a, &r)) != ERR_OK || r.n == 0)
        return e;
    out->sku_id = arena_calloc(a, r.n, sizeof(*out->sku_id));
    for (size_t i = 0; i < r.n; i++)
        out->sku_id[i] = db_i64(&r, i, 0);
    out->skus_n = r.n;
    return keys_load(db, a, most, out);
}
