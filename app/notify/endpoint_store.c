/* Webhook endpoints in the database. Decides nothing; row counts go up. */
#include "notify/notify_parts.h"

#define COLS "id, url, events, secret, active, version, created_at, updated_at"

enum {
    SQL_ACTIVE,
    SQL_LIST,
    SQL_WALK,
    SQL_COUNT,
    SQL_GET,
    SQL_LOCK,
    SQL_ADD,
    SQL_CHANGE,
    SQL_REMOVE,
    SQL_GIVE_UP,
    SQL_DUE,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_ACTIVE] = "SELECT " COLS " FROM webhook_endpoint WHERE active = 1 ORDER BY id",
    [SQL_LIST] = "SELECT " COLS " FROM webhook_endpoint WHERE removed_at IS NULL"
                 " ORDER BY id DESC LIMIT ? OFFSET ?",
    [SQL_WALK] = "SELECT " COLS " FROM webhook_endpoint WHERE removed_at IS NULL"
                 " AND id < ? ORDER BY id DESC LIMIT ?",
    [SQL_COUNT] = "SELECT COUNT(*) FROM webhook_endpoint WHERE removed_at IS NULL",
    [SQL_GET] =
        "SELECT " COLS " FROM webhook_endpoint WHERE id = ? AND removed_at IS NULL",
    [SQL_LOCK] =
        "SELECT " COLS " FROM webhook_endpoint WHERE id = ? AND removed_at IS NULL"
        " FOR UPDATE",
    [SQL_ADD] = "INSERT INTO webhook_endpoint (" COLS ") VALUES (?, ?, ?, ?, ?, 1, ?, ?)",
    [SQL_CHANGE] = "UPDATE webhook_endpoint SET url = ?, events = ?, secret = ?,"
                   " active = ?, version = version + 1, updated_at = ?"
                   " WHERE id = ? AND version = ? AND removed_at IS NULL",
    [SQL_REMOVE] = "UPDATE webhook_endpoint SET removed_at = ?, active = 0,"
                   " version = version + 1 WHERE id = ? AND removed_at IS NULL",
    [SQL_GIVE_UP] =
        "UPDATE webhook_delivery w JOIN (SELECT d.id FROM webhook_endpoint p"
        " JOIN webhook_delivery d ON d.endpoint_id = p.id AND d.next_at IS NOT NULL"
        " WHERE p.active = 0 AND (p.removed_at IS NOT NULL OR d.give_up_at <= ?) LIMIT ?) x"
        " ON x.id = w.id SET w.status = 'dead', w.next_at = NULL,"
        " w.last_error = 'its endpoint was removed, or not active for three days'",
    /* The first one due of each endpoint is the first of its part of the index. */
    [SQL_DUE] = "SELECT " COLS " FROM webhook_endpoint p WHERE p.active = 1 AND EXISTS ("
                "SELECT 1 FROM webhook_delivery d WHERE d.endpoint_id = p.id"
                " AND d.next_at <= ?) ORDER BY id",
};

static struct endpoint
from_row(const struct db_rows *r, size_t i)
{
    return (struct endpoint){.id = db_i64(r, i, 0),
        .url = db_str(r, i, 1),
        .events = db_str(r, i, 2),
        .secret = db_str(r, i, 3),
        .active = db_i64(r, i, 4) != 0,
        .version = db_i64(r, i, 5),
        .created_at = db_i64(r, i, 6),
        .updated_at = db_i64(r, i, 7)};
}

static enum err
read_list(struct db *db, struct arena *a, int which, const struct db_val *v, size_t v_n,
    struct endpoint **out, size_t *n)
{
    struct db_rows r;
    enum err e;

    *n = 0;
    if ((e = db_query(db, sqls[which], v, v_n, a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = from_row(&r, i);
    *n = r.n;
    return ERR_OK;
}

enum err
endpoint_store_active(struct db *db, struct arena *a, struct endpoint **out, size_t *n)
{
    return read_list(db, a, SQL_ACTIVE, NULL, 0, out, n);
}

enum err
hook_store_endpoints(
    struct db *db, struct arena *a, int64_t now, struct endpoint **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(now)};

    return read_list(db, a, SQL_DUE, v, NELEM(v), out, n);
}

enum err
endpoint_store_count(struct db *db, struct arena *a, int64_t *n)
{
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_COUNT], NULL, 0, a, &r);

    if (e == ERR_OK)
        *n = db_i64(&r, 0, 0);
    return e;
}

enum err
endpoint_store_list(struct db *db, struct arena *a, int64_t limit, int64_t skip,
    struct endpoint **out, size_t *n, int64_t *total)
{
    const struct db_val v[] = {DB_I64(limit), DB_I64(skip)};
    enum err e = read_list(db, a, SQL_LIST, v, NELEM(v), out, n);

    return e == ERR_OK ? endpoint_store_count(db, a, total) : e;
}

enum err
endpoint_store_walk(struct db *db, struct arena *a, int64_t limit, int64_t after,
    struct endpoint **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(after > 0 ? after : INT64_MAX), DB_I64(limit)};

    return read_list(db, a, SQL_WALK, v, NELEM(v), out, n);
}

enum err
endpoint_store_get(
    struct db *db, struct arena *a, int64_t id, bool lock, struct endpoint *out)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e;

    e = db_row(db, sqls[lock ? SQL_LOCK : SQL_GET], v, NELEM(v), a, &r);
    if (e == ERR_OK)
        *out = from_row(&r, 0);
    return e;
}

enum err
endpoint_store_add(struct db *db, const struct endpoint *p)
{
    const struct db_val v[] = {DB_I64(p->id), DB_STR(p->url), DB_STR(p->events),
        DB_STR(p->secret), DB_I64(p->active), DB_I64(p->created_at),
        DB_I64(p->created_at)};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
endpoint_store_change(struct db *db, const struct endpoint *p)
{
    const struct db_val v[] = {DB_STR(p->url), DB_STR(p->events), DB_STR(p->secret),
        DB_I64(p->active), DB_I64(p->updated_at), DB_I64(p->id), DB_I64(p->version)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_CHANGE], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_CONFLICT;
}

enum err
endpoint_store_remove(struct db *db, int64_t id, int64_t now)
{
    const struct db_val v[] = {DB_I64(now), DB_I64(id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_REMOVE], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_NOT_FOUND;
}

enum err
endpoint_store_give_up(struct db *db, int64_t now, int64_t limit)
{
    const struct db_val v[] = {DB_I64(now), DB_I64(limit)};

    return db_exec(db, sqls[SQL_GIVE_UP], v, NELEM(v), NULL);
}
