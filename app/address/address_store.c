/* SQL of address books. */
#include "address/address_store.h"

#define COLS                                                                             \
    "SELECT id, name, line1, line2, city, region, postal_code, country,"                 \
    " default_of IS NOT NULL, created_at, updated_at FROM account_address"
#define ORDER " ORDER BY default_of IS NULL, id DESC"

static const char all_sql[] = COLS " WHERE account_id = ?" ORDER;
static const char one_sql[] = COLS " WHERE account_id = ? AND id = ?";
static const char add_sql[] =
    "INSERT INTO account_address (name, line1, line2, city, region, postal_code, country,"
    " updated_at, account_id, id, created_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)";
static const char set_sql[] =
    "UPDATE account_address SET name = ?, line1 = ?, line2 = ?, city = ?, region = ?,"
    " postal_code = ?, country = ?, updated_at = ? WHERE account_id = ? AND id = ?";
static const char clear_default_sql[] =
    "UPDATE account_address SET default_of = NULL WHERE account_id = ? AND id <> ?";
static const char set_default_sql[] =
    "UPDATE account_address SET default_of = account_id WHERE account_id = ? AND id = ?";
static const char remove_sql[] =
    "DELETE FROM account_address WHERE account_id = ? AND id = ?";
static const char forget_sql[] = "DELETE FROM account_address WHERE account_id = ?";

enum err
address_store_read(struct db *db, struct arena *a, int64_t account_id, int64_t id,
    struct book_entry **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(account_id), DB_I64(id)};
    struct db_rows r;
    size_t i;
    enum err e = id == 0 ? db_query(db, all_sql, v, 1, a, &r)
                         : db_query(db, one_sql, v, 2, a, &r);

    if (e != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (i = 0; i < r.n; i++)
        (*out)[i] = (struct book_entry){
            .id = db_i64(&r, i, 0),
            .to = {db_str(&r, i, 1), db_str(&r, i, 2), db_str(&r, i, 3), db_str(&r, i, 4),
                db_str(&r, i, 5), db_str(&r, i, 6), db_str(&r, i, 7)},
            .is_default = db_i64(&r, i, 8) != 0,
            .created_at = db_i64(&r, i, 9),
            .updated_at = db_i64(&r, i, 10),
        };
    *n = r.n;
    return ERR_OK;
}

#define ADDRESS_VALUES(e)                                                                \
    DB_STR((e)->to.name), DB_STR((e)->to.line1), DB_STR((e)->to.line2),                  \
        DB_STR((e)->to.city), DB_STR((e)->to.region), DB_STR((e)->to.postal_code),       \
        DB_STR((e)->to.country), DB_I64((e)->updated_at)

enum err
address_store_add(struct db *db, int64_t account_id, const struct book_entry *e)
{
    const struct db_val v[] = {
        ADDRESS_VALUES(e), DB_I64(account_id), DB_I64(e->id), DB_I64(e->created_at)};

    return db_exec(db, add_sql, v, NELEM(v), NULL);
}

enum err
address_store_set(struct db *db, int64_t account_id, const struct book_entry *e)
{
    const struct db_val v[] = {ADDRESS_VALUES(e), DB_I64(account_id), DB_I64(e->id)};
    uint64_t rows = 0;
    enum err err = db_exec(db, set_sql, v, NELEM(v), &rows);

    return err == ERR_OK && rows != 1 ? ERR_NOT_FOUND : err;
}

enum err
address_store_default(struct db *db, int64_t account_id, int64_t id)
{
    const struct db_val v[] = {DB_I64(account_id), DB_I64(id)};
    enum err e = db_exec(db, clear_default_sql, v, NELEM(v), NULL);

    return e == ERR_OK ? db_exec(db, set_default_sql, v, NELEM(v), NULL) : e;
}

enum err
address_store_remove(struct db *db, int64_t account_id, int64_t id)
{
    const struct db_val v[] = {DB_I64(account_id), DB_I64(id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, remove_sql, v, NELEM(v), &rows);

    return e == ERR_OK && rows != 1 ? ERR_NOT_FOUND : e;
}

enum err
address_store_forget(struct db *db, int64_t account_id)
{
    const struct db_val v[] = {DB_I64(account_id)};

    return db_exec(db, forget_sql, v, NELEM(v), NULL);
}
