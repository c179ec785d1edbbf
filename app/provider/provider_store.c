/* The provider's books in SQLite. The CHECKs are the last word on sums and states. */
#include "provider/provider_store.h"

const char prov_schema[] =
    "CREATE TABLE IF NOT EXISTS payment ("
    " reference TEXT PRIMARY KEY, idem_key TEXT NOT NULL UNIQUE, body_hash TEXT NOT NULL,"
    " amount INTEGER NOT NULL CHECK (amount >= 0), currency TEXT NOT NULL,"
    " status TEXT NOT NULL"
    " CHECK (status IN ('pending', 'succeeded', 'declined', 'cancelled')),"
    " refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),"
    " return_to TEXT NOT NULL, code TEXT, tries INTEGER NOT NULL DEFAULT 0,"
    " created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,"
    " CHECK (refunded = 0 OR status = 'succeeded')) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS refund ("
    " idem_key TEXT PRIMARY KEY, body_hash TEXT NOT NULL,"
    " reference TEXT NOT NULL REFERENCES payment (reference),"
    " amount INTEGER NOT NULL CHECK (amount > 0), created_at INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS event ("
    " id TEXT PRIMARY KEY, body TEXT NOT NULL, tries INTEGER NOT NULL,"
    " due_at INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS event_due ON event (due_at);";

enum {
    SQL_ADD,
    SQL_GET,
    SQL_END,
    SQL_CODE,
    SQL_REFUND_OF,
    SQL_TAKE,
    SQL_REFUND,
    SQL_EVENT,
    SQL_DUE,
    SQL_DELIVERED,
    SQL_RETRY,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_ADD] = "INSERT INTO payment (reference, idem_key, body_hash, amount, currency,"
                " status, return_to, created_at, updated_at)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
    [SQL_GET] = "SELECT currency, return_to, code, amount, refunded, tries, created_at,"
                " status, idem_key, body_hash FROM payment WHERE reference = ?",
    [SQL_END] = "UPDATE payment SET status = ?, updated_at = ?"
                " WHERE reference = ? AND status = 'pending'",
    [SQL_CODE] = "UPDATE payment SET code = ?, tries = ?, updated_at = ?"
                 " WHERE reference = ? AND status = 'pending'",
    [SQL_REFUND_OF] = "SELECT reference, body_hash FROM refund WHERE idem_key = ?",
    [SQL_TAKE] = "UPDATE payment SET refunded = refunded + ?1, updated_at = ?2"
                 " WHERE reference = ?3 AND status = 'succeeded'"
                 " AND refunded + ?1 <= amount",
    [SQL_REFUND] = "INSERT INTO refund (idem_key, body_hash, reference, amount, created_at)"
                   " VALUES (?, ?, ?, ?, ?)",
    [SQL_EVENT] = "INSERT INTO event (id, body, tries, due_at, created_at)"
                  " VALUES (?, ?, 0, ?, ?)",
    [SQL_DUE] = "SELECT id, body, tries, created_at FROM event WHERE due_at <= ?"
                " ORDER BY due_at LIMIT ?",
    [SQL_DELIVERED] = "DELETE FROM event WHERE id = ?",
    [SQL_RETRY] = "UPDATE event SET tries = tries + 1, due_at = ? WHERE id = ?",
};

static const char *const statuses[PROV_STATUS__MAX] = {
    [PROV_PENDING] = "pending",
    [PROV_SUCCEEDED] = "succeeded",
    [PROV_DECLINED] = "declined",
    [PROV_CANCELLED] = "cancelled",
};

const char *
prov_status_text(enum prov_status s)
{
    return statuses[s];
}

#define STATUS(s) LITE_TEXT(str_c(statuses[s]))

enum err
prov_store_add(struct lite *l, const struct prov_create *c, enum prov_status s, int64_t now)
{
    const struct lite_val v[] = {LITE_TEXT(c->reference), LITE_TEXT(c->once.key),
        LITE_TEXT(c->once.body_hash), LITE_INT(c->amount), LITE_TEXT(c->currency),
        STATUS(s), LITE_TEXT(c->return_to.p != NULL ? c->return_to : STR("")),
        LITE_INT(now)};

    return lite_exec(l, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
prov_store_get(struct lite *l, struct arena *a, struct str reference,
    struct prov_payment *out, struct prov_once *once)
{
    const struct lite_val v[] = {LITE_TEXT(reference)};
    struct lite_rows r;
    enum err e = lite_query(l, sqls[SQL_GET], v, NELEM(v), a, &r);
    int s = 0;

    if (e != ERR_OK || r.n == 0)
        return e != ERR_OK ? e : ERR_NOT_FOUND;
    while (s < PROV_STATUS__MAX - 1 && !str_eq_c(lite_str(&r, 0, 7), statuses[s]))
        s++;
    *out = (struct prov_payment){.reference = arena_str(a, reference),
        .currency = lite_str(&r, 0, 0),
        .return_to = lite_str(&r, 0, 1),
        .code = lite_str(&r, 0, 2),
        .amount = lite_i64(&r, 0, 3),
        .refunded = lite_i64(&r, 0, 4),
        .tries = lite_i64(&r, 0, 5),
        .created_at = lite_i64(&r, 0, 6),
        .status = (enum prov_status)s};
    if (once != NULL)
        *once = (struct prov_once){lite_str(&r, 0, 8), lite_str(&r, 0, 9)};
    return ERR_OK;
}

enum err
prov_store_end(
    struct lite *l, struct str reference, enum prov_status to, int64_t now, int64_t *n)
{
    const struct lite_val v[] = {STATUS(to), LITE_INT(now), LITE_TEXT(reference)};

    return lite_exec(l, sqls[SQL_END], v, NELEM(v), n);
}

enum err
prov_store_code(
    struct lite *l, struct str reference, struct str code, int64_t tries, int64_t now)
{
    const struct lite_val v[] = {
        LITE_TEXT(code), LITE_INT(tries), LITE_INT(now), LITE_TEXT(reference)};

    return lite_exec(l, sqls[SQL_CODE], v, NELEM(v), NULL);
}

enum err
prov_store_refund_of(struct lite *l, struct arena *a, struct str key,
    struct str *reference, struct str *body_hash)
{
    const struct lite_val v[] = {LITE_TEXT(key)};
    struct lite_rows r;
    enum err e = lite_query(l, sqls[SQL_REFUND_OF], v, NELEM(v), a, &r);

    if (e != ERR_OK || r.n == 0)
        return e != ERR_OK ? e : ERR_NOT_FOUND;
    *reference = lite_str(&r, 0, 0);
    *body_hash = lite_str(&r, 0, 1);
    return ERR_OK;
}

enum err
prov_store_take(
    struct lite *l, struct str reference, int64_t amount, int64_t now, int64_t *n)
{
    const struct lite_val v[] = {LITE_INT(amount), LITE_INT(now), LITE_TEXT(reference)};

    return lite_exec(l, sqls[SQL_TAKE], v, NELEM(v), n);
}

enum err
prov_store_refund(struct lite *l, const struct prov_refund *r, int64_t now)
{
    const struct lite_val v[] = {LITE_TEXT(r->once.key), LITE_TEXT(r->once.body_hash),
        LITE_TEXT(r->reference), LITE_INT(r->amount), LITE_INT(now)};

    return lite_exec(l, sqls[SQL_REFUND], v, NELEM(v), NULL);
}

enum err
prov_store_event(struct lite *l, const struct prov_event *ev, int64_t due_at)
{
    const struct lite_val v[] = {LITE_TEXT(ev->id), LITE_TEXT(ev->body), LITE_INT(due_at),
        LITE_INT(ev->created_at)};

    return lite_exec(l, sqls[SQL_EVENT], v, NELEM(v), NULL);
}

enum err
prov_store_due(struct lite *l, struct arena *a, int64_t now, int64_t limit,
    struct prov_event **out, size_t *n)
{
    const struct lite_val v[] = {LITE_INT(now), LITE_INT(limit)};
    struct lite_rows r;
    enum err e = lite_query(l, sqls[SQL_DUE], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *n = r.n;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (size_t i = 0; i < r.n; i++)
        (*out)[i] = (struct prov_event){.id = lite_str(&r, i, 0),
            .body = lite_str(&r, i, 1),
            .tries = lite_i64(&r, i, 2),
            .created_at = lite_i64(&r, i, 3)};
    return ERR_OK;
}

enum err
prov_store_delivered(struct lite *l, struct str id)
{
    const struct lite_val v[] = {LITE_TEXT(id)};

    return lite_exec(l, sqls[SQL_DELIVERED], v, NELEM(v), NULL);
}

enum err
prov_store_retry(struct lite *l, struct str id, int64_t due_at)
{
    const struct lite_val v[] = {LITE_INT(due_at), LITE_TEXT(id)};

    return lite_exec(l, sqls[SQL_RETRY], v, NELEM(v), NULL);
}
