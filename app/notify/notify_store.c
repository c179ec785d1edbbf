/* Events and what they become, in the database. Decides nothing. */
#include "notify/notify_parts.h"

#include "base/rand.h"
#include "db/db_insert.h"

#define CONSUMER "notify"
#define SEEN_COLS 3
#define MAIL_COLS 10
#define DELIVERY_COLS 11
#define TYPE_MAX 80

enum {
    SQL_SEEN,
    SQL_SEE,
    SQL_UNSEE,
    SQL_MAIL,
    SQL_DELIVERY,
    SQL_BAD,
    SQL_BAD_GET,
    SQL_BAD_DROP,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_SEEN] = "SELECT event_id FROM event_seen WHERE consumer = '" CONSUMER
                 "' AND event_id IN ",
    [SQL_SEE] = "INSERT INTO event_seen (consumer, event_id, seen_at) VALUES",
    [SQL_MAIL] = "INSERT INTO mail (id, event_id, kind, subject_id, event_at, data,"
                 " status, next_at, give_up_at, created_at) VALUES",
    [SQL_DELIVERY] = "INSERT INTO webhook_delivery (id, endpoint_id, event_id, type,"
                     " subject_id, event_at, data, status, next_at, give_up_at,"
                     " created_at) VALUES",
    [SQL_BAD] = "INSERT INTO event_dead (id, event_id, type, subject_id, event_at,"
                " version, data, reason, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_BAD_GET] = "SELECT event_id, type, subject_id, event_at, version, data"
                    " FROM event_dead WHERE id = ? FOR UPDATE",
    [SQL_BAD_DROP] = "DELETE FROM event_dead WHERE id = ?",
};

enum err
notify_store_seen(struct db *db, struct arena *a, const int64_t *id, size_t n, bool *seen)
{
    struct db_val *v = arena_calloc(a, n, sizeof(*v)), *bound;
    const char *sql;
    size_t bound_n;
    struct db_rows r;
    enum err e;

    for (size_t i = 0; i < n; i++)
        v[i] = DB_I64(id[i]);
    sql = db_in_list(a, sqls[SQL_SEEN], v, n, "", &bound, &bound_n);
    if ((e = db_query(db, sql, bound, bound_n, a, &r)) != ERR_OK)
        return e;
    for (size_t row = 0; row < r.n; row++)
        for (size_t i = 0; i < n; i++)
            seen[i] = seen[i] || id[i] == db_i64(&r, row, 0);
    return ERR_OK;
}

enum err
notify_store_see(struct db *db, struct arena *a, const int64_t *id, size_t n, int64_t now)
{
    struct db_val *v = arena_calloc(a, n * SEEN_COLS + 1, sizeof(*v)), *at = v;

    for (size_t i = 0; i < n; i++) {
        *at++ = DB_STR(STR(CONSUMER));
        *at++ = DB_I64(id[i]);
        *at++ = DB_I64(now);
    }
    return db_insert_rows(db, a, sqls[SQL_SEE], v, n, SEEN_COLS);
}

enum err
notify_store_mails(
    struct db *db, struct arena *a, const struct event *ev, size_t n, int64_t now)
{
    struct db_val *v = arena_calloc(a, n * MAIL_COLS + 1, sizeof(*v)), *at = v;

    for (size_t i = 0; i < n; i++) {
        *at++ = DB_I64(id_next());
        *at++ = DB_I64(ev[i].id);
        *at++ = DB_STR(ev[i].type);
        *at++ = DB_I64(ev[i].subject_id);
        *at++ = DB_I64(ev[i].at_ms);
        *at++ = DB_STRN(ev[i].data);
        *at++ = DB_STR(STR("queued"));
        *at++ = DB_I64(now);
        *at++ = DB_I64(now + NOTIFY_GIVE_UP_MS);
        *at++ = DB_I64(now);
    }
    return db_insert_rows(db, a, sqls[SQL_MAIL], v, n, MAIL_COLS);
}

enum err
notify_store_deliveries(struct db *db, struct arena *a, const struct event *ev,
    const int64_t *endpoint_id, size_t n, int64_t now)
{
    struct db_val *v = arena_calloc(a, n * DELIVERY_COLS + 1, sizeof(*v)), *at = v;

    for (size_t i = 0; i < n; i++) {
        *at++ = DB_I64(id_next());
        *at++ = DB_I64(endpoint_id[i]);
        *at++ = DB_I64(ev[i].id);
        *at++ = DB_STR(ev[i].type);
        *at++ = DB_I64(ev[i].subject_id);
        *at++ = DB_I64(ev[i].at_ms);
        *at++ = DB_STRN(ev[i].data);
        *at++ = DB_STR(STR("queued"));
        *at++ = DB_I64(now);
        *at++ = DB_I64(now + NOTIFY_GIVE_UP_MS);
        *at++ = DB_I64(now);
    }
    return db_insert_rows(db, a, sqls[SQL_DELIVERY], v, n, DELIVERY_COLS);
}

enum err
notify_store_bad(struct db *db, const struct event *ev, struct str reason, int64_t now)
{
    const struct db_val v[] = {DB_I64(id_next()), DB_I64(ev->id),
        DB_STR(str_utf8_cut(ev->type, TYPE_MAX)), DB_I64(ev->subject_id),
        DB_I64(ev->at_ms), DB_I64(ev->version), DB_STRN(ev->data), DB_STR(reason),
        DB_I64(now)};

    return db_exec(db, sqls[SQL_BAD], v, NELEM(v), NULL);
}

enum err
notify_store_bad_get(struct db *db, struct arena *a, int64_t id, struct event *out)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_BAD_GET], v, NELEM(v), a, &r);

    if (e == ERR_OK)
        *out = (struct event){.id = db_i64(&r, 0, 0),
            .type = db_str(&r, 0, 1),
            .subject_id = db_i64(&r, 0, 2),
            .at_ms = db_i64(&r, 0, 3),
            .version = (int)db_i64(&r, 0, 4),
            .data = db_str(&r, 0, 5)};
    return e;
}

enum err
notify_store_bad_drop(struct db *db, int64_t id)
{
    const struct db_val v[] = {DB_I64(id)};

    return db_exec(db, sqls[SQL_BAD_DROP], v, NELEM(v), NULL);
}
