/* What the import asks the database in bulk. */
#include "catalog/import_priv.h"
#include "db/db_insert.h"

static const char known_head[] =
    "SELECT s.sku, s.id, s.product_id, k.available, p.import_hash, s.status, p.status,"
    " (SELECT COUNT(*) FROM sku o WHERE o.product_id = s.product_id AND o.status = "
    "'active')"
    " FROM sku s JOIN product p ON p.id = s.product_id JOIN stock k ON k.sku_id = s.id"
    " WHERE s.sku IN ";

enum err
import_store_known(struct db *db, struct arena *a, const struct str *skus, size_t n,
    struct import_known **out, size_t *out_n)
{
    struct db_val *asked = arena_calloc(a, n, sizeof(*asked)), *v;
    struct import_known *k;
    struct db_rows r;
    const char *sql;
    size_t i, v_n;
    enum err e;

    *out_n = 0;
    if (n == 0)
        return ERR_OK;
    for (i = 0; i < n; i++)
        asked[i] = DB_STR(skus[i]);
    sql = db_in_list(a, known_head, asked, n, "", &v, &v_n);
    if ((e = db_query(db, sql, v, v_n, a, &r)) != ERR_OK)
        return e;
    k = arena_calloc(a, r.n, sizeof(*k));
    for (i = 0; i < r.n; i++) {
        k[i].sku = db_str(&r, i, 0);
        k[i].sku_id = db_i64(&r, i, 1);
        k[i].product_id = db_i64(&r, i, 2);
        k[i].available = db_i64(&r, i, 3);
        k[i].hash = db_str(&r, i, 4);
        k[i].archived = str_eq_c(db_str(&r, i, 5), "archived");
        k[i].product_archived = str_eq_c(db_str(&r, i, 6), "archived");
        k[i].active_n = db_i64(&r, i, 7);
    }
    *out = k;
    *out_n = r.n;
    return ERR_OK;
}
