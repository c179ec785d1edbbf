/* Carts in the database. The owner, account or guest, stands in every WHERE. */
#include "cart/cart_store.h"

#include "catalog/catalog_sku.h"

enum {
    SQL_LOCK,
    SQL_NEW,
    SQL_LINES,
    SQL_ITEMS,
    SQL_COUNT,
    SQL_ADD,
    SQL_SET,
    SQL_REMOVE,
    SQL_CLEAR,
    SQL_DROP,
    SQL_TOUCH,
    SQL_FORGET,
    SQL__MAX
};

/* Statistics are old while carts are new: neither may the server begin elsewhere, nor walk all
 * lines of all carts in the order of their ids to spare sorting (hence + 0). */
#define ITEMS(owner)                                                                     \
    "SELECT STRAIGHT_JOIN " CATALOG_SKU_COLUMNS(CATALOG_SKU_IMAGE)                       \
    ", i.id, i.cart_id, i.quantity FROM cart c JOIN cart_item i ON i.cart_id = c.id"     \
    " JOIN sku s ON s.id = i.sku_id" CATALOG_SKU_JOINS CATALOG_SKU_IMAGE_JOIN            \
    " WHERE " owner " = ? ORDER BY i.id + 0 LIMIT 100"

/* One text for each kind of owner, so that each uses its own UNIQUE key. */
static const char *const by_account[SQL__MAX] = {
    [SQL_LOCK] = "SELECT id FROM cart WHERE account_id = ? FOR UPDATE",
    [SQL_LINES] = "SELECT i.id, i.cart_id, i.sku_id, i.quantity FROM cart c"
                  " JOIN cart_item i ON i.cart_id = c.id WHERE c.account_id = ?"
                  " ORDER BY i.id + 0 LIMIT 100",
    [SQL_ITEMS] = ITEMS("c.account_id"),
    [SQL_COUNT] = "SELECT COALESCE(SUM(i.quantity), 0) FROM cart c"
                  " JOIN cart_item i ON i.cart_id = c.id WHERE c.account_id = ?",
    [SQL_REMOVE] = "DELETE FROM cart_item WHERE cart_id ="
                   " (SELECT id FROM cart WHERE account_id = ?) AND id = ?",
    [SQL_CLEAR] = "DELETE FROM cart_item WHERE cart_id ="
                  " (SELECT id FROM cart WHERE account_id = ?)",
};
static const char *const by_guest[SQL__MAX] = {
    [SQL_LOCK] = "SELECT id FROM cart WHERE guest_hash = ? FOR UPDATE",
    [SQL_LINES] = "SELECT i.id, i.cart_id, i.sku_id, i.quantity FROM cart c"
                  " JOIN cart_item i ON i.cart_id = c.id WHERE c.guest_hash = ?"
                  " ORDER BY i.id + 0 LIMIT 100",
    [SQL_ITEMS] = ITEMS("c.guest_hash"),
    [SQL_COUNT] = "SELECT COALESCE(SUM(i.quantity), 0) FROM cart c"
                  " JOIN cart_item i ON i.cart_id = c.id WHERE c.guest_hash = ?",
    [SQL_REMOVE] = "DELETE FROM cart_item WHERE cart_id ="
                   " (SELECT id FROM cart WHERE guest_hash = ?) AND id = ?",
    [SQL_CLEAR] = "DELETE FROM cart_item WHERE cart_id ="
                  " (SELECT id FROM cart WHERE guest_hash = ?)",
};
static const char *const sqls[SQL__MAX] = {
    [SQL_NEW] = "INSERT INTO cart (id, account_id, guest_hash, updated_at)"
                " VALUES (?, ?, ?, ?)",
    [SQL_ADD] =
        "INSERT INTO cart_item (id, cart_id, sku_id, quantity) VALUES (?, ?, ?, ?)",
    [SQL_SET] = "UPDATE cart_item SET quantity = ? WHERE id = ?",
    [SQL_DROP] = "DELETE FROM cart WHERE id = ?",
    [SQL_FORGET] =
        "DELETE FROM cart WHERE guest_hash IS NOT NULL AND updated_at < ? LIMIT ?",
    [SQL_TOUCH] = "UPDATE cart SET updated_at = ? WHERE id = ?",
};

static const char *
own_sql(const struct shopper *who, int which)
{
    return who->account_id != 0 ? by_account[which] : by_guest[which];
}

static struct db_val
owner(const struct shopper *who)
{
    return who->account_id != 0 ? DB_I64(who->account_id) : DB_STR(who->guest_hash);
}

enum err
cart_store_lock(
    struct db *db, struct arena *a, const struct shopper *who, int64_t *cart_id)
{
    const struct db_val v[] = {owner(who)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, own_sql(who, SQL_LOCK), v, NELEM(v), a, &r)) == ERR_OK)
        *cart_id = db_i64(&r, 0, 0);
    return e;
}

enum err
cart_store_new(struct db *db, const struct shopper *who, int64_t id, int64_t now)
{
    const struct db_val v[] = {DB_I64(id), DB_ID(who->account_id),
        DB_STRN(who->account_id != 0 ? STR_NULL : who->guest_hash), DB_I64(now)};

    return db_exec(db, sqls[SQL_NEW], v, NELEM(v), NULL);
}

struct cart_line *
cart_lines_read(struct arena *a, const struct db_rows *r)
{
    struct cart_line *l = arena_calloc(a, r->n + 1, sizeof(*l));

    for (size_t i = 0; i < r->n; i++)
        l[i] = (struct cart_line){.id = db_i64(r, i, 0),
            .cart_id = db_i64(r, i, 1),
            .sku_id = db_i64(r, i, 2),
            .quantity = db_i64(r, i, 3)};
    return l;
}

enum err
cart_store_lines(struct db *db, struct arena *a, const struct shopper *who,
    struct cart_line **out, size_t *n)
{
    const struct db_val v[] = {owner(who)};
    struct db_rows r;
    enum err e;

    if ((e = db_query(db, own_sql(who, SQL_LINES), v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = cart_lines_read(a, &r);
    *n = r.n;
    return ERR_OK;
}

enum err
cart_store_items(struct db *db, struct arena *a, const struct shopper *who,
    struct cart_item *out, size_t *n, int64_t *cart_id)
{
    const struct db_val v[] = {owner(who)};
    struct db_rows r;
    enum err e;

    if ((e = db_query(db, own_sql(who, SQL_ITEMS), v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *n = r.n;
    for (size_t i = 0; i < r.n; i++) {
        catalog_sku_read(a, &r, i, &out[i].sku);
        out[i].id = db_i64(&r, i, CATALOG_SKU_N);
        *cart_id = db_i64(&r, i, CATALOG_SKU_N + 1);
        out[i].quantity = db_i64(&r, i, CATALOG_SKU_N + 2);
    }
    return ERR_OK;
}

enum err
cart_store_count(struct db *db, struct arena *a, const struct shopper *who, int64_t *out)
{
    const struct db_val v[] = {owner(who)};
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, own_sql(who, SQL_COUNT), v, NELEM(v), a, &r)) == ERR_OK)
        *out = db_i64(&r, 0, 0);
    return e;
}

enum err
cart_store_add(struct db *db, const struct cart_line *l)
{
    const struct db_val v[] = {
        DB_I64(l->id), DB_I64(l->cart_id), DB_I64(l->sku_id), DB_I64(l->quantity)};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
cart_store_set(struct db *db, int64_t item_id, int64_t quantity)
{
    const struct db_val v[] = {DB_I64(quantity), DB_I64(item_id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_SET], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_NOT_FOUND;
}

enum err
cart_store_remove(struct db *db, const struct shopper *who, int64_t item_id)
{
    const struct db_val v[] = {owner(who), DB_I64(item_id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, own_sql(who, SQL_REMOVE), v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_NOT_FOUND;
}

enum err
cart_store_clear(struct db *db, const struct shopper *who)
{
    const struct db_val v[] = {owner(who)};

    return db_exec(db, own_sql(who, SQL_CLEAR), v, NELEM(v), NULL);
}

enum err
cart_store_drop(struct db *db, int64_t cart_id)
{
    const struct db_val v[] = {DB_I64(cart_id)};

    return db_exec(db, sqls[SQL_DROP], v, NELEM(v), NULL);
}

enum err
cart_store_touch(struct db *db, int64_t cart_id, int64_t now)
{
    const struct db_val v[] = {DB_I64(now), DB_I64(cart_id)};

    return db_exec(db, sqls[SQL_TOUCH], v, NELEM(v), NULL);
}

enum err
cart_forget(struct db *db, int64_t before_ms, int64_t limit, int64_t *n)
{
    const struct db_val v[] = {DB_I64(before_ms), DB_I64(limit)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_FORGET], v, NELEM(v), &rows);

    *n = (int64_t)rows;
    return e;
}
