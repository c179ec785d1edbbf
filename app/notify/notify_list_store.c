/* Mails, deliveries and dead letters as people look at them, by key; figures of them, and
 * forgetting. */
#include "notify/notify_parts.h"

#include "base/buf.h"
#include "base/rand.h"
#include "db/db_insert.h"

#define LIST_MAX 100
#define COUNT_TO "10000"
#define SQL_MAX 2048

#define MAIL_COLS                                                                        \
    "id, event_id, subject_id, tries, created_at, next_at, sent_at, last_code, kind,"    \
    " recipient, subject, status, last_error"
#define DELIVERY_COLS                                                                    \
    "d.id, d.event_id, d.subject_id, d.tries, d.created_at, d.next_at, d.sent_at,"       \
    " d.last_code, d.type, p.url, d.status, d.last_error, d.endpoint_id"
#define FROM_DELIVERIES                                                                  \
    " FROM webhook_delivery d JOIN webhook_endpoint p ON p.id = d.endpoint_id"
#define AGAIN(table)                                                                     \
    "UPDATE " table " SET status = 'queued', tries = 0, next_at = ?, give_up_at = ?,"    \
    " claim = 0 WHERE id = ? AND status = 'dead'"
/* Dead ones are an equality of the index, its keys in order: a page costs its rows. */
#define DEAD_PAGE " ORDER BY id DESC LIMIT ?)"

/* What waits in `t`, each status by its own part of the index: an IN of the three may be
 * answered by a walk through the whole of it. */
#define WAITING(t)                                                                       \
    "(SELECT COUNT(*) FROM (" COUNT_OF(t, "queued") " UNION ALL " COUNT_OF(              \
        t, "failed") " UNION ALL " COUNT_OF(t, "sending") ") n)"
#define COUNT_OF(t, status)                                                              \
    "(SELECT 1 FROM " t " WHERE status = '" status "' LIMIT " COUNT_TO ")"
#define OLDEST(t)                                                                        \
    "(SELECT MIN(created_at) FROM (" FIRST_OF(t, "queued") " UNION ALL " FIRST_OF(       \
        t, "failed") " UNION ALL " FIRST_OF(t, "sending") ") o)"
#define FIRST_OF(t, status)                                                              \
    "(SELECT created_at FROM " t " WHERE status = '" status "' ORDER BY id LIMIT 1)"

enum {
    SQL_MAIL_GET,
    SQL_DELIVERY_GET,
    SQL_DEAD,
    SQL_DEAD_COUNT,
    SQL_MAIL_AGAIN,
    SQL_DELIVERY_AGAIN,
    SQL_MAIL_THERE,
    SQL_DELIVERY_THERE,
    SQL_WAITING,
    SQL_OLD_MAILS,
    SQL_FORGET_MAILS,
    SQL_FORGET_DELIVERIES,
    SQL_FORGET_SEEN,
    SQL_FORGET_BAD,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_MAIL_GET] = "SELECT " MAIL_COLS ", body_text, body_html FROM mail WHERE id = ?",
    [SQL_DELIVERY_GET] =
        "SELECT " DELIVERY_COLS ", d.body" FROM_DELIVERIES " WHERE d.id = ?",
    [SQL_DEAD] =
        "SELECT 0 AS kind, x.* FROM (SELECT id, subject_id, tries, created_at, last_code,"
        " kind AS type, recipient, last_error FROM mail WHERE status = 'dead'"
        " AND id < ?" DEAD_PAGE " x UNION ALL "
        "SELECT 1, y.* FROM (SELECT d.id, d.subject_id, d.tries, d.created_at,"
        " d.last_code, d.type, p.url, d.last_error" FROM_DELIVERIES
        " WHERE d.status = 'dead' AND d.id < ? ORDER BY d.id DESC LIMIT ?) y UNION ALL "
        "SELECT 2, z.* FROM (SELECT id, subject_id, 0, created_at, 0 AS code, type, ''"
        " AS nobody, reason FROM event_dead WHERE id < ?" DEAD_PAGE " z"
        " ORDER BY id DESC LIMIT ?",
    [SQL_DEAD_COUNT] =
        "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM mail WHERE status = 'dead'"
        " LIMIT " COUNT_TO ") x) + (SELECT COUNT(*) FROM (SELECT 1 FROM webhook_delivery"
        " WHERE status = 'dead' LIMIT " COUNT_TO ") y) + (SELECT COUNT(*) FROM"
        " (SELECT 1 FROM event_dead LIMIT " COUNT_TO ") z)",
    [SQL_MAIL_AGAIN] = AGAIN("mail"),
    [SQL_DELIVERY_AGAIN] = AGAIN("webhook_delivery"),
    [SQL_MAIL_THERE] = "SELECT 1 FROM mail WHERE id = ?",
    [SQL_DELIVERY_THERE] = "SELECT 1 FROM webhook_delivery WHERE id = ?",
    [SQL_WAITING] = "SELECT " WAITING("mail") ", " WAITING(
        "webhook_delivery") ", " OLDEST("mail") ", " OLDEST("webhook_delivery"),
    [SQL_OLD_MAILS] =
        "SELECT id FROM mail WHERE id < ? AND next_at IS NULL ORDER BY id LIMIT ?",
    [SQL_FORGET_MAILS] = "DELETE FROM mail WHERE next_at IS NULL AND id IN ",
    [SQL_FORGET_DELIVERIES] = ("DELETE FROM webhook_delivery WHERE id < ? AND next_at IS"
                               " NULL ORDER BY id LIMIT ?"),
    [SQL_FORGET_SEEN] = "DELETE FROM event_seen WHERE seen_at < ? LIMIT ?",
    [SQL_FORGET_BAD] = "DELETE FROM event_dead WHERE created_at < ? LIMIT ?",
};

static int64_t
clamp(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* A page of `head`, whose columns have the prefix `t`, by what the filter asks. */
static enum err
page(struct db *db, struct arena *a, const char *head, const char *t,
    const struct notify_filter *f, struct db_rows *r)
{
    struct db_val v[4];
    struct buf sql;
    size_t n = 0;

    buf_init_arena(&sql, a, SQL_MAX);
    buf_c(&sql, head);
    v[n++] = DB_I64(f->after > 0 ? f->after : INT64_MAX);
    buf_printf(&sql, " WHERE %sid < ?", t);
    if (f->status.p != NULL) {
        v[n++] = DB_STR(f->status);
        buf_printf(&sql, " AND %sstatus = ?", t);
    }
    if (f->subject_id != 0) {
        v[n++] = DB_I64(f->subject_id);
        buf_printf(&sql, " AND %ssubject_id = ?", t);
    }
    v[n++] = DB_I64(clamp(f->limit, 1, LIST_MAX));
    buf_printf(&sql, " ORDER BY %sid DESC LIMIT ?", t);
    return db_query(db, buf_cstr(&sql), v, n, a, r);
}

static struct mail
mail_from_row(const struct db_rows *r, size_t i)
{
    return (struct mail){.id = db_i64(r, i, 0),
        .event_id = db_i64(r, i, 1),
        .subject_id = db_i64(r, i, 2),
        .tries = db_i64(r, i, 3),
        .created_at = db_i64(r, i, 4),
        .next_at = db_i64(r, i, 5),
        .sent_at = db_i64(r, i, 6),
        .last_code = db_i64(r, i, 7),
        .kind = db_str(r, i, 8),
        .recipient = db_str(r, i, 9),
        .subject = db_str(r, i, 10),
        .status = db_str(r, i, 11),
        .last_error = db_str(r, i, 12)};
}

enum err
mail_list(struct db *db, struct arena *a, const struct notify_filter *f,
    struct mail **out, size_t *n)
{
    struct db_rows r;
    enum err e;

    *n = 0;
    if ((e = page(db, a, "SELECT " MAIL_COLS " FROM mail", "", f, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = mail_from_row(&r, i);
    *n = r.n;
    return ERR_OK;
}

enum err
mail_get(struct db *db, struct arena *a, int64_t id, struct mail *out)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_MAIL_GET], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *out = mail_from_row(&r, 0);
    out->text = db_str(&r, 0, 13);
    out->html = db_str(&r, 0, 14);
    return ERR_OK;
}

static struct delivery
delivery_from_row(const struct db_rows *r, size_t i)
{
    return (struct delivery){.id = db_i64(r, i, 0),
        .event_id = db_i64(r, i, 1),
        .subject_id = db_i64(r, i, 2),
        .tries = db_i64(r, i, 3),
        .created_at = db_i64(r, i, 4),
        .next_at = db_i64(r, i, 5),
        .sent_at = db_i64(r, i, 6),
        .last_code = db_i64(r, i, 7),
        .type = db_str(r, i, 8),
        .url = db_str(r, i, 9),
        .status = db_str(r, i, 10),
        .last_error = db_str(r, i, 11),
        .endpoint_id = db_i64(r, i, 12)};
}

enum err
delivery_list(struct db *db, struct arena *a, const struct notify_filter *f,
    struct delivery **out, size_t *n)
{
    struct db_rows r;
    enum err e;

    *n = 0;
    e = page(db, a, "SELECT " DELIVERY_COLS FROM_DELIVERIES, "d.", f, &r);
    if (e != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = delivery_from_row(&r, i);
    *n = r.n;
    return ERR_OK;
}

enum err
delivery_get(struct db *db, struct arena *a, int64_t id, struct delivery *out)
{
    const struct db_val v[] = {DB_I64(id)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_DELIVERY_GET], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *out = delivery_from_row(&r, 0);
    out->body = db_str(&r, 0, 13);
    return ERR_OK;
}

enum err
notify_dead_list(struct db *db, struct arena *a, const struct notify_filter *f,
    struct dead_letter **out, size_t *n)
{
    const struct db_val after = DB_I64(f->after > 0 ? f->after : INT64_MAX);
    const struct db_val limit = DB_I64(clamp(f->limit, 1, LIST_MAX));
    const struct db_val v[] = {after, limit, after, limit, after, limit, limit};
    struct db_rows r;
    enum err e;

    *n = 0;
    if ((e = db_query(db, sqls[SQL_DEAD], v, NELEM(v), a, &r)) != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = (struct dead_letter){.kind = (enum dead_kind)db_i64(&r, i, 0),
            .id = db_i64(&r, i, 1),
            .subject_id = db_i64(&r, i, 2),
            .tries = db_i64(&r, i, 3),
            .created_at = db_i64(&r, i, 4),
            .last_code = db_i64(&r, i, 5),
            .type = db_str(&r, i, 6),
            .to = db_str(&r, i, 7),
            .reason = db_str(&r, i, 8)};
    *n = r.n;
    return ERR_OK;
}

enum err
notify_dead_count(struct db *db, struct arena *a, int64_t *n)
{
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_DEAD_COUNT], NULL, 0, a, &r);

    if (e == ERR_OK)
        *n = db_i64(&r, 0, 0);
    return e;
}

enum err
notify_store_again(
    struct db *db, struct arena *a, enum dead_kind kind, int64_t id, int64_t now)
{
    const bool mail = kind == DEAD_MAIL;
    const struct db_val v[] = {DB_I64(now), DB_I64(now + NOTIFY_GIVE_UP_MS), DB_I64(id)};
    uint64_t rows = 0;
    struct db_rows r;
    enum err e;

    e = db_exec(db, sqls[mail ? SQL_MAIL_AGAIN : SQL_DELIVERY_AGAIN], v, NELEM(v), &rows);
    if (e != ERR_OK || rows == 1)
        return e;
    e = db_row(db, sqls[mail ? SQL_MAIL_THERE : SQL_DELIVERY_THERE], v + 2, 1, a, &r);
    return e == ERR_OK ? ERR_CONFLICT : e;
}

enum err
notify_figures(struct db *db, struct arena *a, int64_t now, struct notify_figures *out)
{
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_WAITING], NULL, 0, a, &r);

    if (e != ERR_OK)
        return e;
    *out = (struct notify_figures){
        .mails_waiting = db_i64(&r, 0, 0), .deliveries_waiting = db_i64(&r, 0, 1)};
    if (!db_is_null(&r, 0, 2))
        out->mail_age_ms = clamp(now - db_i64(&r, 0, 2), 0, INT64_MAX);
    if (!db_is_null(&r, 0, 3))
        out->delivery_age_ms = clamp(now - db_i64(&r, 0, 3), 0, INT64_MAX);
    return notify_dead_count(db, a, &out->dead);
}

enum err
notify_store_old_mails(struct db *db, struct arena *a, int64_t before, int64_t limit,
    int64_t **id, size_t *n)
{
    const struct db_val v[] = {DB_I64(id_at_ms(before)), DB_I64(limit)};
    struct db_rows r;
    enum err e = db_query(db, sqls[SQL_OLD_MAILS], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *n = r.n;
    *id = arena_calloc(a, r.n + 1, sizeof(**id));
    for (size_t i = 0; i < r.n; i++)
        (*id)[i] = db_i64(&r, i, 0);
    return ERR_OK;
}

enum err
notify_store_forget_mails(struct db *db, struct arena *a, const int64_t *id, size_t n)
{
    struct db_val *in = arena_calloc(a, n, sizeof(*in)), *v;
    const char *sql;
    size_t v_n;

    for (size_t i = 0; i < n; i++)
        in[i] = DB_I64(id[i]);
    sql = db_in_list(a, sqls[SQL_FORGET_MAILS], in, n, "", &v, &v_n);
    return db_exec(db, sql, v, v_n, NULL);
}

enum err
notify_store_forget(struct db *db, int64_t before, int64_t limit, int64_t *n)
{
    static const int by_id[] = {SQL_FORGET_DELIVERIES};
    static const int by_time[] = {SQL_FORGET_SEEN, SQL_FORGET_BAD};
    const struct db_val id[] = {DB_I64(id_at_ms(before)), DB_I64(limit)};
    const struct db_val time[] = {DB_I64(before), DB_I64(limit)};
    enum err e = ERR_OK;
    uint64_t rows = 0;

    *n = 0;
    for (size_t i = 0; e == ERR_OK && i < NELEM(by_id); i++) {
        e = db_exec(db, sqls[by_id[i]], id, NELEM(id), &rows);
        *n += (int64_t)rows;
    }
    for (size_t i = 0; e == ERR_OK && i < NELEM(by_time); i++) {
        e = db_exec(db, sqls[by_time[i]], time, NELEM(time), &rows);
        *n += (int64_t)rows;
    }
    return e;
}
