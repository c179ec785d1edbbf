/* SQL of sessions and their refresh tokens, all of it in one table. */
#include "account/account_store.h"

#include "db/db_insert.h"

#define AGENT_MAX 200
#define FORGET_STEP 128

enum {
    SQL_ADD,
    SQL_REVOKE,
    SQL_REVOKE_OF,
    SQL_REVOKE_ALL,
    SQL_STRIP,
    SQL_ENDED_OF_LATE,
    SQL_TOUCH,
    SQL_LIST,
    SQL_KNOWN,
    SQL_ENDED,
    SQL_REFRESH_ADD,
    SQL_REFRESH_GET,
    SQL_REFRESH_USE,
    SQL_REFRESH_FORGET,
    SQL__MAX
};

static const char *const sqls[SQL__MAX] = {
    [SQL_ADD] = "INSERT INTO session (id, account_id, created_at, used_at, ends_at, ip,"
                " user_agent) VALUES (?, ?, ?, ?, ?, ?, ?)",
    [SQL_REVOKE] = "UPDATE session SET revoked_at = ?, ends_at = ?"
                   " WHERE id = ? AND revoked_at IS NULL",
    [SQL_REVOKE_OF] = "UPDATE session SET revoked_at = ?, ends_at = ?"
                      " WHERE id = ? AND account_id = ? AND revoked_at IS NULL",
    [SQL_REVOKE_ALL] = "UPDATE session SET revoked_at = ?, ends_at = ?"
                       " WHERE account_id = ? AND id <> ? AND revoked_at IS NULL",
    [SQL_ENDED_OF_LATE] = "SELECT id, revoked_at FROM session WHERE revoked_at >= ?",
    [SQL_STRIP] = "UPDATE session SET ip = '', user_agent = '' WHERE account_id = ?",
    [SQL_TOUCH] = "UPDATE session SET used_at = ?, ends_at = ?"
                  " WHERE id = ? AND revoked_at IS NULL",
    [SQL_LIST] = "SELECT id, created_at, used_at, ends_at, ip, user_agent FROM session"
                 " WHERE account_id = ? AND revoked_at IS NULL AND ends_at > ?"
                 " ORDER BY used_at DESC, id DESC LIMIT ?",
    [SQL_KNOWN] = "SELECT 1 FROM session WHERE account_id = ? AND ip = ? LIMIT 1",
    [SQL_ENDED] = "SELECT id FROM session WHERE ends_at < ? ORDER BY ends_at LIMIT ?",
    [SQL_REFRESH_ADD] = "INSERT INTO refresh_token (token_hash, session_id, created_at,"
                        " expires_at) VALUES (?, ?, ?, ?)",
    [SQL_REFRESH_GET] = "SELECT r.session_id, r.expires_at, r.used_at, s.revoked_at,"
                        " s.account_id FROM refresh_token r"
                        " JOIN session s ON s.id = r.session_id WHERE r.token_hash = ?",
    [SQL_REFRESH_USE] = "UPDATE refresh_token SET used_at = ?"
                        " WHERE token_hash = ? AND used_at IS NULL",
    [SQL_REFRESH_FORGET] = "DELETE FROM refresh_token WHERE expires_at < ? LIMIT ?",
};

/* What a stranger writes into a header is cut to what the column holds. */
static struct str
agent_text(struct arena *a, struct str s)
{
    bool valid = str_utf8_valid(s);
    char *p;
    size_t i;

    s = valid ? str_utf8_cut(s, AGENT_MAX) : str_sub(s, 0, AGENT_MAX);
    p = arena_cstr(a, s);
    for (i = 0; i < s.n; i++)
        if ((unsigned char)p[i] < ' ' || p[i] == 0x7f || (!valid && (p[i] & 0x80) != 0))
            p[i] = '?';
    return (struct str){p, s.n};
}

enum err
session_store_add(struct db *db, struct arena *a, int64_t id, int64_t account_id,
    const struct client *from, int64_t now_ms, int64_t ends_ms)
{
    const struct db_val v[] = {DB_I64(id), DB_I64(account_id), DB_I64(now_ms),
        DB_I64(now_ms), DB_I64(ends_ms), DB_STR(session_ip(a, from->ip)),
        DB_STR(agent_text(a, from->user_agent))};

    return db_exec(db, sqls[SQL_ADD], v, NELEM(v), NULL);
}

enum err
session_store_revoke(struct db *db, int64_t id, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(now_ms + SESSION_KEPT_MS), DB_I64(id)};

    /* No row: it had ended already, which is what the caller wants. */
    return db_exec(db, sqls[SQL_REVOKE], v, NELEM(v), NULL);
}

enum err
session_store_revoke_of(struct db *db, int64_t id, int64_t account_id, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(now_ms + SESSION_KEPT_MS), DB_I64(id),
        DB_I64(account_id)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_REVOKE_OF], v, NELEM(v), &rows);

    return e == ERR_OK && rows != 1 ? ERR_NOT_FOUND : e;
}

enum err
session_store_revoke_all(struct db *db, int64_t account_id, int64_t but, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(now_ms + SESSION_KEPT_MS),
        DB_I64(account_id), DB_I64(but)};

    return db_exec(db, sqls[SQL_REVOKE_ALL], v, NELEM(v), NULL);
}

enum err
session_store_ended(struct db *db, struct arena *a, int64_t since_ms, struct ended_row **out,
    size_t *n)
{
    const struct db_val v[] = {DB_I64(since_ms)};
    struct db_rows r;
    size_t i;
    enum err e = db_query(db, sqls[SQL_ENDED_OF_LATE], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (i = 0; i < r.n; i++)
        (*out)[i] = (struct ended_row){db_i64(&r, i, 0), db_i64(&r, i, 1)};
    *n = r.n;
    return ERR_OK;
}

enum err
session_store_strip(struct db *db, int64_t account_id)
{
    const struct db_val v[] = {DB_I64(account_id)};

    return db_exec(db, sqls[SQL_STRIP], v, NELEM(v), NULL);
}

enum err
session_store_touch(struct db *db, int64_t id, int64_t now_ms, int64_t ends_ms)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(ends_ms), DB_I64(id)};

    /* No row: it was ended while its token was exchanged; the new one is no good then. */
    return db_exec(db, sqls[SQL_TOUCH], v, NELEM(v), NULL);
}

enum err
session_store_list(struct db *db, struct arena *a, int64_t account_id, int64_t now_ms,
    int64_t limit, struct session **out, size_t *n)
{
    const struct db_val v[] = {DB_I64(account_id), DB_I64(now_ms), DB_I64(limit)};
    struct db_rows r;
    size_t i;
    enum err e = db_query(db, sqls[SQL_LIST], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    *out = arena_calloc(a, r.n + 1, sizeof(**out));
    for (i = 0; i < r.n; i++)
        (*out)[i] = (struct session){
            .id = db_i64(&r, i, 0),
            .created_at = db_i64(&r, i, 1),
            .used_at = db_i64(&r, i, 2),
            .ends_at = db_i64(&r, i, 3),
            .ip = db_str(&r, i, 4),
            .user_agent = db_str(&r, i, 5),
        };
    *n = r.n;
    return ERR_OK;
}

enum err
session_store_known(
    struct db *db, struct arena *a, int64_t account_id, struct str ip, bool *known)
{
    const struct db_val v[] = {DB_I64(account_id), DB_STR(session_ip(a, ip))};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_KNOWN], v, NELEM(v), a, &r);

    *known = e == ERR_OK;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Tokens before their sessions, whose rows they name. */
static enum err
forget_some(struct db *db, struct arena *a, const struct db_val *id, size_t n)
{
    struct db_val *v;
    size_t v_n;
    const char *sql = db_in_list(
        a, "DELETE FROM refresh_token WHERE session_id IN ", id, n, "", &v, &v_n);
    enum err e = db_exec(db, sql, v, v_n, NULL);

    if (e != ERR_OK)
        return e;
    sql = db_in_list(a, "DELETE FROM session WHERE id IN ", id, n, "", &v, &v_n);
    return db_exec(db, sql, v, v_n, NULL);
}

enum err
session_store_forget(
    struct db *db, struct arena *a, int64_t now_ms, int64_t limit, int64_t *n)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(limit)};
    struct db_val *id;
    struct db_rows r;
    size_t i;
    enum err e = db_query(db, sqls[SQL_ENDED], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    id = arena_calloc(a, r.n + 1, sizeof(*id));
    for (i = 0; i < r.n; i++)
        id[i] = DB_I64(db_i64(&r, i, 0));
    for (i = 0; i < r.n && e == ERR_OK; i += FORGET_STEP)
        e = forget_some(db, a, id + i, r.n - i < FORGET_STEP ? r.n - i : FORGET_STEP);
    *n = (int64_t)r.n;
    return e;
}

enum err
refresh_store_add(struct db *db, struct str hash, int64_t session_id, int64_t now_ms,
    int64_t expires_ms)
{
    const struct db_val v[] = {DB_STR(hash), DB_I64(session_id), DB_I64(now_ms),
        DB_I64(expires_ms)};

    return db_exec(db, sqls[SQL_REFRESH_ADD], v, NELEM(v), NULL);
}

enum err
refresh_store_get(struct db *db, struct arena *a, struct str hash, struct refresh_row *out)
{
    const struct db_val v[] = {DB_STR(hash)};
    struct db_rows r;
    enum err e = db_row(db, sqls[SQL_REFRESH_GET], v, NELEM(v), a, &r);

    if (e != ERR_OK)
        return e;
    out->session_id = db_i64(&r, 0, 0);
    out->expires_at = db_i64(&r, 0, 1);
    out->used_at = db_i64(&r, 0, 2);
    out->revoked_at = db_i64(&r, 0, 3);
    return account_store_get(db, a, db_i64(&r, 0, 4), &out->acc);
}

enum err
refresh_store_use(struct db *db, struct str hash, int64_t now_ms)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_STR(hash)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_REFRESH_USE], v, NELEM(v), &rows);

    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_CONFLICT;
}

enum err
refresh_store_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n)
{
    const struct db_val v[] = {DB_I64(now_ms), DB_I64(limit)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_REFRESH_FORGET], v, NELEM(v), &rows);

    *n = (int64_t)rows;
    return e;
}
