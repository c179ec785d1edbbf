/* Sessions: a family of refresh tokens, of which one is good at a time. */
#include <arpa/inet.h>

#include "account/account_store.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"

#define REFRESH_BYTES 32
#define REFRESH_TEXT_MAX 128

static struct str
token_hash(struct arena *a, struct str token)
{
    unsigned char *h = arena_alloc(a, SHA256_N);

    sha256(token.p, token.n, h);
    return (struct str){(const char *)h, SHA256_N};
}

/* A new refresh token of the session; in the arena. */
static enum err
refresh_add(struct app *app, struct db *db, struct arena *a, int64_t session_id,
    int64_t now_ms, struct str *out)
{
    char text[RAND_TOKEN_N(REFRESH_BYTES)];
    *out = arena_str(a, rand_token(text, sizeof(text), REFRESH_BYTES));
    return refresh_store_add(db, token_hash(a, *out), session_id, now_ms,
        now_ms + app->set.refresh_token_s * 1000);
}

static enum err
access_sign(struct app *app, struct arena *a, const struct account *acc,
    struct token_pair *tp)
{
    struct token_claims c = {
        .user_id = acc->id,
        .session_id = tp->session_id,
        .exp_ms = clock_ms() + app->set.access_token_s * 1000,
    };

    (void)snprintf(c.role, sizeof(c.role), "%.*s", STR_F(acc->role));
    tp->expires_in = app->set.access_token_s;
    return token_sign(&app->keys, &c, a, &tp->access);
}

struct opening {
    struct app *app;
    struct arena *a;
    const struct account *acc;
    const struct client *from;
    struct token_pair *tp;
};

static enum err
open_tx(struct db *db, void *arg)
{
    struct opening *o = arg;
    int64_t now = clock_ms();
    enum err e = session_store_add(db, o->a, o->tp->session_id, o->acc->id, o->from, now,
        now + o->app->set.refresh_token_s * 1000);

    if (e != ERR_OK)
        return e;
    return refresh_add(o->app, db, o->a, o->tp->session_id, now, &o->tp->refresh);
}

enum err
session_open(struct app *app, struct db *db, struct arena *a, const struct account *acc,
    const struct client *from, struct token_pair *out)
{
    struct opening o = {app, a, acc, from, out};
    enum err e;

    *out = (struct token_pair){.session_id = id_next()};
    if ((e = db_tx(db, open_tx, &o)) != ERR_OK)
        return e;
    return access_sign(app, a, acc, out);
}

struct rotation {
    struct app *app;
    struct arena *a;
    struct str hash;
    int64_t overlap_ms;
    struct account *acc;
    struct token_pair *tp;
    bool reused;
};

/* A token that was spent before: stolen, or a page opened beside another. */
static enum err
spent(struct db *db, struct rotation *r, const struct refresh_row *row, int64_t now)
{
    /* Without an overlap not even a difference below zero counts, which two requests of the
     * same instant have. */
    if (r->overlap_ms > 0 && now - row->used_at < r->overlap_ms)
        return ERR_OK;
    r->reused = true;
    return session_store_revoke(db, row->session_id, now);
}

/* Commits in every case but a failing database: the end of a session whose token was used
 * twice must last. r->reused or a zero session tells that it is no. */
static enum err
rotate_tx(struct db *db, void *arg)
{
    struct rotation *r = arg;
    struct refresh_row row;
    int64_t now = clock_ms();
    enum err e = refresh_store_get(db, r->a, r->hash, &row);

    r->reused = false;
    *r->tp = (struct token_pair){.refresh = STR_NULL};
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (e != ERR_OK)
        return e;
    if (row.revoked_at != 0 || row.expires_at <= now)
        return ERR_OK;
    e = row.used_at == 0 ? refresh_store_use(db, r->hash, now) : ERR_CONFLICT;
    if (e == ERR_CONFLICT) {
        /* Somebody used it between the read and the update: then it was just now. */
        if (row.used_at == 0)
            row.used_at = now;
        if ((e = spent(db, r, &row, now)) != ERR_OK || r->reused)
            return e;
    } else if (e == ERR_OK) {
        e = refresh_add(r->app, db, r->a, row.session_id, now, &r->tp->refresh);
        if (e == ERR_OK)
            e = session_store_touch(
                db, row.session_id, now, now + r->app->set.refresh_token_s * 1000);
    }
    if (e != ERR_OK)
        return e;
    *r->acc = row.acc;
    r->tp->session_id = row.session_id;
    return ERR_OK;
}

static enum err
rotate(struct app *app, struct db *db, struct arena *a, struct str refresh, int64_t overlap_ms,
    struct account *acc, struct token_pair *out)
{
    struct rotation r = {app, a, STR_NULL, overlap_ms, acc, out, false};
    enum err e;

    if (refresh.n == 0 || refresh.n > REFRESH_TEXT_MAX)
        return ERR_AUTH;
    r.hash = token_hash(a, refresh);
    if ((e = db_tx(db, rotate_tx, &r)) != ERR_OK)
        return e;
    if (r.reused)
        log_warn("account", "event=refresh_reuse session=ended");
    if (out->session_id == 0)
        return ERR_AUTH;
    return access_sign(app, a, acc, out);
}

enum err
session_refresh(struct app *app, struct db *db, struct arena *a, struct str refresh,
    struct account *acc, struct token_pair *out)
{
    return rotate(app, db, a, refresh, 0, acc, out);
}

enum err
session_resume(struct app *app, struct db *db, struct arena *a, struct str refresh,
    struct account *acc, struct token_pair *out)
{
    return rotate(app, db, a, refresh, SESSION_OVERLAP_MS, acc, out);
}

enum err
session_peek(struct db *db, struct arena *a, struct str refresh, struct account *acc)
{
    struct refresh_row row;
    int64_t now = clock_ms();
    enum err e;

    if (refresh.n == 0 || refresh.n > REFRESH_TEXT_MAX)
        return ERR_AUTH;
    e = refresh_store_get(db, a, token_hash(a, refresh), &row);
    if (e == ERR_NOT_FOUND)
        return ERR_AUTH;
    if (e != ERR_OK)
        return e;
    if (row.revoked_at != 0 || row.expires_at <= now
        || (row.used_at != 0 && now - row.used_at >= SESSION_OVERLAP_MS))
        return ERR_AUTH;
    *acc = row.acc;
    return ERR_OK;
}

enum err
session_end(struct db *db, int64_t session_id)
{
    return session_store_revoke(db, session_id, clock_ms());
}

enum err
session_end_by_token(struct db *db, struct arena *a, struct str refresh)
{
    struct refresh_row row;
    enum err e;

    if (refresh.n == 0 || refresh.n > REFRESH_TEXT_MAX)
        return ERR_OK;
    e = refresh_store_get(db, a, token_hash(a, refresh), &row);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (e != ERR_OK)
        return e;
    return session_end(db, row.session_id);
}

struct forgetting {
    struct arena *a;
    int64_t now_ms, limit, sessions;
};

static enum err
forget_tx(struct db *db, void *arg)
{
    struct forgetting *f = arg;

    return session_store_forget(db, f->a, f->now_ms, f->limit, &f->sessions);
}

enum err
session_forget(struct db *db, struct arena *a, int64_t now_ms, int64_t limit, int64_t *n)
{
    struct forgetting f = {a, now_ms, limit, 0};
    enum err e = refresh_store_forget(db, now_ms, limit, n);

    if (e == ERR_OK)
        e = db_tx(db, forget_tx, &f);
    if (f.sessions > *n)
        *n = f.sessions;
    return e;
}

enum err
session_list(struct db *db, struct arena *a, int64_t account_id, int64_t now_ms,
    struct session **out, size_t *n)
{
    return session_store_list(db, a, account_id, now_ms, SESSIONS_SHOWN, out, n);
}

enum err
session_end_of(struct db *db, int64_t account_id, int64_t session_id)
{
    return session_store_revoke_of(db, session_id, account_id, clock_ms());
}

enum err
session_end_all(struct db *db, int64_t account_id, int64_t but)
{
    return session_store_revoke_all(db, account_id, but, clock_ms());
}

struct str
session_ip(struct arena *a, struct str ip)
{
    unsigned char b[16];
    const char *text = ip.n > 0 ? arena_cstr(a, ip) : "";

    return inet_pton(AF_INET, text, b) == 1 || inet_pton(AF_INET6, text, b) == 1 ? ip
                                                                                 : STR("");
}
