/* Mails and deliveries that are due: claimed by a few statements, marked by one whose row
 * count says whether the claim still held. Decides nothing. */
#include "notify/notify_parts.h"

#include "base/rand.h"
#include "db/db_insert.h"

/* Both tables have these in this order. */
#define DUE_COLS                                                                         \
    "id, tries, give_up_at, created_at, event_id, subject_id, event_at, data, lapses"

enum {
    SQL_MAIL_FIND,
    SQL_MAIL_CLAIM,
    SQL_MAIL_READ,
    SQL_MAIL_WRITE,
    SQL_MAIL_MARK,
    SQL_MAIL_SENT,
    SQL_HOOK_FIND,
    SQL_HOOK_CLAIM,
    SQL_HOOK_READ,
    SQL_HOOK_WRITE,
    SQL_HOOK_MARK,
    SQL__MAX
};

#define CLAIM(table)                                                                     \
    "UPDATE " table " SET lapses = lapses + (status = 'sending'), status = 'sending',"   \
    " tries = tries + 1, claim = ?, next_at = ? WHERE id IN "
#define MARK(table)                                                                      \
    "UPDATE " table " SET status = ?, next_at = ?, sent_at = ?, last_code = ?,"          \
    " lapses = 0, last_error = ?, data = CASE WHEN ? = 1 THEN NULL ELSE data END"    \
    " WHERE id = ? AND claim = ? AND status = 'sending'"

static const char *const sqls[SQL__MAX] = {
    [SQL_MAIL_FIND] = "SELECT id, status = 'sending' FROM mail WHERE next_at <= ?"
                      " ORDER BY next_at LIMIT ? FOR UPDATE SKIP LOCKED",
    [SQL_MAIL_CLAIM] = CLAIM("mail"),
    [SQL_MAIL_READ] = "SELECT " DUE_COLS ", kind, recipient, subject, body_text,"
                      " body_html FROM mail WHERE id IN ",
    [SQL_MAIL_WRITE] = "UPDATE mail SET recipient = ?, subject = ?, body_text = ?,"
                       " body_html = ? WHERE id = ? AND claim = ? AND status = 'sending'",
    [SQL_MAIL_MARK] = MARK("mail"),
    [SQL_MAIL_SENT] = "UPDATE mail SET status = 'sent', next_at = NULL, sent_at = ?,"
                      " last_code = 0, last_error = '', data = NULL, lapses = 0"
                      " WHERE claim = ? AND status = 'sending' AND id IN ",
    [SQL_HOOK_FIND] = "SELECT id, status = 'sending' FROM webhook_delivery"
                      " WHERE endpoint_id = ? AND next_at <= ? ORDER BY next_at LIMIT ?"
                      " FOR UPDATE SKIP LOCKED",
    [SQL_HOOK_CLAIM] = CLAIM("webhook_delivery"),
    [SQL_HOOK_READ] = "SELECT " DUE_COLS ", type, endpoint_id, body"
                      " FROM webhook_delivery WHERE id IN ",
    [SQL_HOOK_WRITE] = "UPDATE webhook_delivery SET body = ? WHERE id = ? AND claim = ?"
                       " AND status = 'sending'",
    [SQL_HOOK_MARK] = MARK("webhook_delivery"),
};

/* What a claim is about, so that a transaction can run it anew. */
struct claim {
    struct arena *a;
    int find, claim, read; /* statements */
    int64_t endpoint_id, now, lease_ms, token;
    size_t limit;
    struct db_rows r; /* what was claimed, read again */
};

/* One whose last claim was not ended may have ended who had it: it goes alone, and takes no
 * other with it. */
static struct db_val *
together(struct arena *a, const struct db_rows *r, size_t *n)
{
    struct db_val *id = arena_calloc(a, r->n, sizeof(*id));

    for (*n = 0; *n < r->n; ++*n) {
        id[*n] = DB_I64(db_i64(r, *n, 0));
        if (db_i64(r, *n, 1) == 0)
            continue;
        id[0] = id[*n];
        *n = 1;
        break;
    }
    return id;
}

static enum err
claim_tx(struct db *db, void *arg)
{
    struct claim *c = arg;
    const struct db_val find[] = {
        DB_I64(c->endpoint_id), DB_I64(c->now), DB_I64((int64_t)c->limit)};
    const size_t skip = c->find == SQL_MAIL_FIND ? 1 : 0;
    struct db_val *bound, *v, *which;
    size_t n, which_n;
    struct db_rows ids;
    const char *sql;
    enum err e;

    c->r.n = 0;
    e = db_query(db, sqls[c->find], find + skip, NELEM(find) - skip, c->a, &ids);
    if (e != ERR_OK || ids.n == 0)
        return e;
    which = together(c->a, &ids, &which_n);
    sql = db_in_list(c->a, sqls[c->claim], which, which_n, "", &bound, &n);
    v = arena_calloc(c->a, n + 2, sizeof(*v));
    v[0] = DB_I64(c->token);
    v[1] = DB_I64(c->now + c->lease_ms);
    for (size_t i = 0; i < n; i++)
        v[i + 2] = bound[i];
    if ((e = db_exec(db, sql, v, n + 2, NULL)) != ERR_OK)
        return e;
    sql = db_in_list(c->a, sqls[c->read], which, which_n, " ORDER BY id", &bound, &n);
    return db_query(db, sql, bound, n, c->a, &c->r);
}

static enum err
claim(struct db *db, struct claim *c, struct due **out, size_t *n)
{
    enum err e;

    *n = 0;
    c->token = id_next();
    if ((e = db_tx(db, claim_tx, c)) != ERR_OK)
        return e;
    *out = arena_calloc(c->a, c->r.n + 1, sizeof(**out));
    for (size_t i = 0; i < c->r.n; i++)
        (*out)[i] = (struct due){.id = db_i64(&c->r, i, 0),
            .claim = c->token,
            .tries = db_i64(&c->r, i, 1),
            .give_up_at = db_i64(&c->r, i, 2),
            .created_at = db_i64(&c->r, i, 3),
            .lapses = db_i64(&c->r, i, 8),
            .ev = {.id = db_i64(&c->r, i, 4),
                .type = db_str(&c->r, i, 9),
                .subject_id = db_i64(&c->r, i, 5),
                .at_ms = db_i64(&c->r, i, 6),
                .version = 1,
                .data = db_str(&c->r, i, 7)}};
    *n = c->r.n;
    return ERR_OK;
}

enum err
mail_store_claim(struct db *db, struct arena *a, int64_t now, int64_t lease_ms,
    size_t limit, struct due **out, size_t *n)
{
    struct claim c = {.a = a,
        .find = SQL_MAIL_FIND,
        .claim = SQL_MAIL_CLAIM,
        .read = SQL_MAIL_READ,
        .now = now,
        .lease_ms = lease_ms,
        .limit = limit};
    enum err e = claim(db, &c, out, n);

    for (size_t i = 0; e == ERR_OK && i < *n; i++) {
        struct due *d = &(*out)[i];

        d->recipient = db_str(&c.r, i, 10);
        d->subject = db_str(&c.r, i, 11);
        d->text = db_str(&c.r, i, 12);
        d->html = db_str(&c.r, i, 13);
        d->written = d->text.p != NULL;
    }
    return e;
}

enum err
hook_store_claim(struct db *db, struct arena *a, int64_t endpoint_id, int64_t now,
    int64_t lease_ms, size_t limit, struct due **out, size_t *n)
{
    struct claim c = {.a = a,
        .find = SQL_HOOK_FIND,
        .claim = SQL_HOOK_CLAIM,
        .read = SQL_HOOK_READ,
        .endpoint_id = endpoint_id,
        .now = now,
        .lease_ms = lease_ms,
        .limit = limit};
    enum err e = claim(db, &c, out, n);

    for (size_t i = 0; e == ERR_OK && i < *n; i++) {
        struct due *d = &(*out)[i];

        d->endpoint_id = db_i64(&c.r, i, 10);
        d->text = db_str(&c.r, i, 11);
        d->written = d->text.p != NULL;
    }
    return e;
}

static enum err
still_ours(enum err e, uint64_t rows)
{
    if (e != ERR_OK)
        return e;
    return rows == 1 ? ERR_OK : ERR_CONFLICT;
}

enum err
mail_store_write(struct db *db, const struct due *d, bool keep)
{
    const struct db_val v[] = {DB_STR(d->recipient), DB_STR(d->subject),
        DB_STRN(keep ? d->text : STR_NULL), DB_STRN(keep ? d->html : STR_NULL),
        DB_I64(d->id), DB_I64(d->claim)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_MAIL_WRITE], v, NELEM(v), &rows);

    return still_ours(e, rows);
}

enum err
hook_store_write(struct db *db, const struct due *d)
{
    const struct db_val v[] = {DB_STR(d->text), DB_I64(d->id), DB_I64(d->claim)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sqls[SQL_HOOK_WRITE], v, NELEM(v), &rows);

    return still_ours(e, rows);
}

static enum err
mark(struct db *db, const char *sql, const struct due *d, const struct due_mark *m,
    int64_t now)
{
    static const char *const status[] = {[DUE_SENT] = "sent",
        [DUE_AGAIN] = "failed",
        [DUE_DEAD] = "dead",
        [DUE_SKIPPED] = "skipped"};
    const bool sent = m->end == DUE_SENT;
    const struct db_val v[] = {DB_STR(str_c(status[m->end])),
        m->end == DUE_AGAIN ? DB_I64(m->next_at) : DB_NULL, sent ? DB_I64(now) : DB_NULL,
        DB_I64(m->code), DB_STR(m->why), DB_I64(sent), DB_I64(d->id), DB_I64(d->claim)};
    uint64_t rows = 0;
    enum err e = db_exec(db, sql, v, NELEM(v), &rows);

    return still_ours(e, rows);
}

enum err
mail_store_mark(struct db *db, const struct due *d, const struct due_mark *m, int64_t now)
{
    return mark(db, sqls[SQL_MAIL_MARK], d, m, now);
}

enum err
mail_store_sent(struct db *db, struct arena *a, const struct due *const *d, size_t n,
    int64_t now, size_t *lost)
{
    struct db_val *id = arena_calloc(a, n, sizeof(*id)), *bound, *v;
    uint64_t rows = 0;
    const char *sql;
    size_t bound_n;
    enum err e;

    for (size_t i = 0; i < n; i++)
        id[i] = DB_I64(d[i]->id);
    sql = db_in_list(a, sqls[SQL_MAIL_SENT], id, n, "", &bound, &bound_n);
    v = arena_calloc(a, bound_n + 2, sizeof(*v));
    v[0] = DB_I64(now);
    v[1] = DB_I64(d[0]->claim);
    for (size_t i = 0; i < bound_n; i++)
        v[i + 2] = bound[i];
    e = db_exec(db, sql, v, bound_n + 2, &rows);
    *lost = e == ERR_OK ? n - (size_t)rows : 0;
    return e;
}

enum err
hook_store_mark(struct db *db, const struct due *d, const struct due_mark *m, int64_t now)
{
    return mark(db, sqls[SQL_HOOK_MARK], d, m, now);
}
