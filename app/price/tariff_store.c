/* Rates, zones and methods in the database. Decides nothing. */
#include "price/tariff.h"

#include "db/db_insert.h"

#define TAX                                                                              \
    "SELECT t.id, t.version, t.created_at, t.updated_at, t.country, t.name, c.path,"     \
    " t.rate_ppm, t.inclusive FROM tax_rate t LEFT JOIN category c ON c.id = "           \
    "t.category_id"
#define ZONE "SELECT id, version, created_at, updated_at, name FROM shipping_zone"
#define METHOD                                                                           \
    "SELECT id, version, created_at, updated_at, zone_id, code, name, currency, charge," \
    " free_from, max_order, position FROM shipping_method"
#define PAGE " LIMIT ? OFFSET ?"
#define LOCKED " FOR UPDATE"

enum { LIST, WALK, COUNT, GET, GET_LOCK, ADD, CHANGE, REMOVE, SQL__MAX };

static const char *const sqls[][SQL__MAX] = {
    [TARIFF_TAX] = {TAX " ORDER BY t.country, t.category_key" PAGE,
        TAX " WHERE t.id > ? ORDER BY t.id LIMIT ?",
        "SELECT COUNT(*) FROM tax_rate", TAX " WHERE t.id = ?",
        TAX " WHERE t.id = ?" LOCKED,
        "INSERT INTO tax_rate (country, category_id, name, rate_ppm, inclusive, "
        "updated_at,"
        " id, version, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)",
        "UPDATE tax_rate SET country = ?, category_id = ?, name = ?, rate_ppm = ?,"
        " inclusive = ?, updated_at = ?, version = version + 1 WHERE id = ?",
        "DELETE FROM tax_rate WHERE id = ?"},
    [TARIFF_ZONE] = {ZONE " ORDER BY name" PAGE,
        ZONE " WHERE id > ? ORDER BY id LIMIT ?", "SELECT COUNT(*) FROM shipping_zone",
        ZONE " WHERE id = ?", ZONE " WHERE id = ?" LOCKED,
        "INSERT INTO shipping_zone (name, updated_at, id, version, created_at)"
        " VALUES (?, ?, ?, 1, ?)",
        "UPDATE shipping_zone SET name = ?, updated_at = ?, version = version + 1"
        " WHERE id = ?",
        "DELETE FROM shipping_zone WHERE id = ?"},
    [TARIFF_METHOD] = {METHOD " ORDER BY zone_id, position, code" PAGE,
        METHOD " WHERE id > ? ORDER BY id LIMIT ?",
        "SELECT COUNT(*) FROM shipping_method", METHOD " WHERE id = ?",
        METHOD " WHERE id = ?" LOCKED,
        "INSERT INTO shipping_method (zone_id, code, name, currency, charge, free_from,"
        " max_order, position, updated_at, id, version, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
        "UPDATE shipping_method SET zone_id = ?, code = ?, name = ?, currency = ?,"
        " charge = ?, free_from = ?, max_order = ?, position = ?, updated_at = ?,"
        " version = version + 1 WHERE id = ?",
        "DELETE FROM shipping_method WHERE id = ?"},
};

static const char category_sql[] = "SELECT id FROM category WHERE path = ?";
static const char countries_sql[] =
    "SELECT country FROM shipping_zone_country WHERE zone_id = ? ORDER BY country";
static const char countries_drop[] =
    "DELETE FROM shipping_zone_country WHERE zone_id = ?";
static const char countries_add[] =
    "INSERT INTO shipping_zone_country (country, zone_id) VALUES";

static int64_t
amount_of(const struct db_rows *r, size_t i, size_t col)
{
    return db_is_null(r, i, col) ? -1 : db_i64(r, i, col);
}

static enum err
tax_row(struct db *db, struct arena *a, const struct db_rows *r, size_t i, void *out)
{
    (void)db;
    (void)a;
    *(struct tax_rate *)out = (struct tax_rate){.id = db_i64(r, i, 0),
        .version = db_i64(r, i, 1),
        .created_at = db_i64(r, i, 2),
        .updated_at = db_i64(r, i, 3),
        .country = db_str(r, i, 4),
        .name = db_str(r, i, 5),
        .category = db_str(r, i, 6),
        .rate_ppm = db_i64(r, i, 7),
        .inclusive = db_i64(r, i, 8) != 0};
    return ERR_OK;
}

static enum err
zone_row(struct db *db, struct arena *a, const struct db_rows *r, size_t i, void *out)
{
    struct shipping_zone *z = out;
    const struct db_val v[] = {DB_I64(db_i64(r, i, 0))};
    struct db_rows c;
    enum err e;

    z->id = db_i64(r, i, 0);
    z->version = db_i64(r, i, 1);
    z->created_at = db_i64(r, i, 2);
    z->updated_at = db_i64(r, i, 3);
    z->name = db_str(r, i, 4);
    if ((e = db_query(db, countries_sql, v, NELEM(v), a, &c)) != ERR_OK)
        return e;
    for (z->n = 0; z->n < c.n && z->n < ZONE_COUNTRIES_MAX; z->n++)
        z->country[z->n] = db_str(&c, z->n, 0);
    return ERR_OK;
}

static enum err
method_row(struct db *db, struct arena *a, const struct db_rows *r, size_t i, void *out)
{
    (void)db;
    (void)a;
    *(struct shipping_method *)out = (struct shipping_method){.id = db_i64(r, i, 0),
        .version = db_i64(r, i, 1),
        .created_at = db_i64(r, i, 2),
        .updated_at = db_i64(r, i, 3),
        .zone_id = db_i64(r, i, 4),
        .code = db_str(r, i, 5),
        .name = db_str(r, i, 6),
        .currency = db_str(r, i, 7),
        .charge = db_i64(r, i, 8),
        .free_from = amount_of(r, i, 9),
        .max_order = amount_of(r, i, 10),
        .position = db_i64(r, i, 11)};
    return ERR_OK;
}

static const struct {
    size_t size;
    enum err (*row)(
        struct db *db, struct arena *a, const struct db_rows *r, size_t i, void *out);
} kinds[] = {
    [TARIFF_TAX] = {sizeof(struct tax_rate), tax_row},
    [TARIFF_ZONE] = {sizeof(struct shipping_zone), zone_row},
    [TARIFF_METHOD] = {sizeof(struct shipping_method), method_row},
};

static enum err
rows_get(struct db *db, struct arena *a, enum tariff what, int sql,
    const struct db_val v[2], void **out, size_t *n)
{
    struct db_rows r;
    enum err e = db_query(db, sqls[what][sql], v, 2, a, &r);

    if (e != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, kinds[what].size);
    *n = r.n;
    for (size_t i = 0; i < r.n && e == ERR_OK; i++)
        e = kinds[what].row(db, a, &r, i, (char *)*out + i * kinds[what].size);
    return e;
}

static enum err
list(struct db *db, struct arena *a, enum tariff what, const struct db_val page[2],
    void **out, size_t *n, int64_t *total)
{
    struct db_rows r;
    enum err e;

    if ((e = db_row(db, sqls[what][COUNT], NULL, 0, a, &r)) != ERR_OK)
        return e;
    *total = db_i64(&r, 0, 0);
    return rows_get(db, a, what, LIST, page, out, n);
}

static enum err
walk(struct db *db, struct arena *a, enum tariff what, int64_t limit, int64_t after,
    void **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(after), DB_I64(limit)};

    return rows_get(db, a, what, WALK, v, out, n);
}

static enum err
get(struct db *db, struct arena *a, enum tariff what, int64_t id, bool lock, void *out)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e = db_row(db, sqls[what][lock ? GET_LOCK : GET], v, NELEM(v), a, &r);

    return e == ERR_OK ? kinds[what].row(db, a, &r, 0, out) : e;
}

enum err
tax_rate_list(struct db *db, struct arena *a, int64_t limit, int64_t skip, void **out,
    size_t *n, int64_t *total)
{
    const struct db_val page[] = {DB_I64(limit), DB_I64(skip)};

    return list(db, a, TARIFF_TAX, page, out, n, total);
}

enum err
tax_rate_walk(struct db *db, struct arena *a, int64_t limit, int64_t after, void **out,
    size_t *n)
{
    return walk(db, a, TARIFF_TAX, limit, after, out, n);
}

enum err
tax_rate_get(struct db *db, struct arena *a, int64_t id, bool lock, void *out)
{
    return get(db, a, TARIFF_TAX, id, lock, out);
}

enum err
shipping_zone_list(struct db *db, struct arena *a, int64_t limit, int64_t skip,
    void **out, size_t *n, int64_t *total)
{
    const struct db_val page[] = {DB_I64(limit), DB_I64(skip)};

    return list(db, a, TARIFF_ZONE, page, out, n, total);
}

enum err
shipping_zone_walk(struct db *db, struct arena *a, int64_t limit, int64_t after, void **out,
    size_t *n)
{
    return walk(db, a, TARIFF_ZONE, limit, after, out, n);
}

enum err
shipping_zone_get(struct db *db, struct arena *a, int64_t id, bool lock, void *out)
{
    return get(db, a, TARIFF_ZONE, id, lock, out);
}

enum err
shipping_method_list(struct db *db, struct arena *a, int64_t limit, int64_t skip,
    void **out, size_t *n, int64_t *total)
{
    const struct db_val page[] = {DB_I64(limit), DB_I64(skip)};

    return list(db, a, TARIFF_METHOD, page, out, n, total);
}

enum err
shipping_method_walk(struct db *db, struct arena *a, int64_t limit, int64_t after, void **out,
    size_t *n)
{
    return walk(db, a, TARIFF_METHOD, limit, after, out, n);
}

enum err
shipping_method_get(struct db *db, struct arena *a, int64_t id, bool lock, void *out)
{
    return get(db, a, TARIFF_METHOD, id, lock, out);
}

enum err
tariff_store_category(struct db *db, struct arena *a, struct str path, int64_t *id)
{
    const struct db_val v[] = {DB_STR(path)};
    struct db_rows r;
    enum err e;

    /* The column is ASCII; the database will not compare it with what is not. */
    if (!str_is_ascii(path))
        return ERR_NOT_FOUND;
    if ((e = db_row(db, category_sql, v, NELEM(v), a, &r)) == ERR_OK)
        *id = db_i64(&r, 0, 0);
    return e;
}

/* The values end with the id, and for a new row with the time it was made. */
static enum err
write_row(struct db *db, enum tariff what, bool fresh, const struct db_val *v, size_t n)
{
    uint64_t rows = 0;
    enum err e =
        db_exec(db, sqls[what][fresh ? ADD : CHANGE], v, fresh ? n : n - 1, &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_NOT_FOUND;
}

enum err
tariff_store_tax(struct db *db, const struct tax_rate *t, int64_t category_id, bool fresh)
{
    const struct db_val v[] = {DB_STR(t->country), DB_ID(category_id), DB_STR(t->name),
        DB_I64(t->rate_ppm), DB_I64(t->inclusive), DB_I64(t->updated_at), DB_I64(t->id),
        DB_I64(t->created_at)};

    return write_row(db, TARIFF_TAX, fresh, v, NELEM(v));
}

enum err
tariff_store_zone(struct db *db, const struct shipping_zone *z, bool fresh)
{
    const struct db_val v[] = {
        DB_STR(z->name), DB_I64(z->updated_at), DB_I64(z->id), DB_I64(z->created_at)};

    return write_row(db, TARIFF_ZONE, fresh, v, NELEM(v));
}

enum err
tariff_store_countries(struct db *db, struct arena *a, const struct shipping_zone *z)
{
    struct db_val *v = arena_calloc(a, 2 * z->n + 1, sizeof(*v));
    const struct db_val id = DB_I64(z->id);
    enum err e = db_exec(db, countries_drop, &id, 1, NULL);

    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < z->n; i++) {
        v[2 * i] = DB_STR(z->country[i]);
        v[2 * i + 1] = id;
    }
    return db_insert_rows(db, a, countries_add, v, z->n, 2);
}

#define AMOUNT(x) ((x) >= 0 ? DB_I64(x) : DB_NULL)

enum err
tariff_store_method(struct db *db, const struct shipping_method *m, bool fresh)
{
    const struct db_val v[] = {DB_I64(m->zone_id), DB_STR(m->code), DB_STR(m->name),
        DB_STR(m->currency), DB_I64(m->charge), AMOUNT(m->free_from),
        AMOUNT(m->max_order), DB_I64(m->position), DB_I64(m->updated_at), DB_I64(m->id),
        DB_I64(m->created_at)};

    return write_row(db, TARIFF_METHOD, fresh, v, NELEM(v));
}

enum err
tariff_store_remove(struct db *db, enum tariff what, int64_t id)
{
    const struct db_val v[] = {DB_I64(id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[what][REMOVE], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_NOT_FOUND;
}
