/* Who asks: the bearer token of a program, or a browser's cookies. */
#include "account/account_http.h"
#include "account/ended.h"
#include "base/clock.h"

void
session_cookies(struct app *app, const struct req *rq, struct resp *rs,
    const struct token_pair *tp)
{
    resp_cookie(rs, rq, "access", tp->access, app->set.access_token_s);
    if (tp->refresh.p != NULL)
        resp_cookie(rs, rq, "refresh", tp->refresh, app->set.refresh_token_s);
}

void
session_cookies_clear(const struct req *rq, struct resp *rs)
{
    resp_cookie(rs, rq, "access", STR(""), 0);
    resp_cookie(rs, rq, "refresh", STR(""), 0);
}

static void
be(struct req *rq, int64_t user_id, int64_t session_id, struct str role, bool by_cookie)
{
    rq->who = (struct principal){
        .user_id = user_id,
        .session_id = session_id,
        .by_cookie = by_cookie,
    };
    (void)snprintf(rq->who.role, sizeof(rq->who.role), "%.*s", STR_F(role));
}

static enum err
by_token(struct req *rq, struct str jwt, bool by_cookie)
{
    struct token_claims c;
    struct app *app = app_of(rq);
    enum err e = token_seen_verify(app->tokens, &app->keys, jwt, clock_ms(), &c);

    if (e == ERR_OK && ended_has(app, c.session_id))
        e = ERR_AUTH;
    if (e == ERR_OK)
        be(rq, c.user_id, c.session_id, str_c(c.role), by_cookie);
    return e;
}

/* "Bearer <token>" (RFC 6750); the scheme in any case. */
static bool
bearer(struct str header, struct str *token)
{
    struct str scheme;

    if (!str_cut(header, ' ', &scheme, token) || !str_eq_nocase(scheme, STR("Bearer")))
        return false;
    *token = str_trim(*token);
    return token->n > 0;
}

/* The browser's access cookie is over or missing: its refresh cookie is rotated, and the
 * answer carries the new pair. A refresh cookie that is no good leaves a guest. */
static enum err
by_refresh_cookie(struct req *rq, struct resp *rs, struct str refresh)
{
    struct app *app = app_of(rq);
    struct account acc;
    struct token_pair tp;
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = session_resume(app, db, rq->arena, refresh, &acc, &tp);
    if (e == ERR_AUTH) {
        session_cookies_clear(rq, rs);
        return ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    session_cookies(app, rq, rs, &tp);
    be(rq, acc.id, tp.session_id, acc.role, true);
    return ERR_OK;
}

enum err
account_authenticate(struct req *rq, struct resp *rs, struct fault *flt)
{
    struct str header = req_header(rq, "Authorization"), token;

    if (header.p != NULL) {
        if (!bearer(header, &token) || by_token(rq, token, false) != ERR_OK)
            return fault_set(flt, ERR_AUTH, "invalid_token",
                "The access token is not valid or is over. Refresh it or sign in again.");
        return ERR_OK;
    }
    token = req_cookie(rq, resp_cookie_name(rq, "access"));
    if (token.n > 0 && by_token(rq, token, true) == ERR_OK)
        return ERR_OK;
    token = req_cookie(rq, resp_cookie_name(rq, "refresh"));
    return token.n > 0 ? by_refresh_cookie(rq, rs, token) : ERR_OK;
}

enum err
account_peek(struct req *rq)
{
    struct str header = req_header(rq, "Authorization"), token;
    struct account acc;
    struct db *db;
    enum err e;

    if (header.p != NULL)
        return bearer(header, &token) ? by_token(rq, token, false) : ERR_AUTH;
    token = req_cookie(rq, resp_cookie_name(rq, "access"));
    if (token.n > 0 && by_token(rq, token, true) == ERR_OK)
        return ERR_OK;
    token = req_cookie(rq, resp_cookie_name(rq, "refresh"));
    if (token.n == 0)
        return ERR_AUTH;
    e = app_db(rq, &db);
    if (e == ERR_OK)
        e = session_peek(db, rq->arena, token, &acc);
    if (e == ERR_OK)
        be(rq, acc.id, 0, acc.role, true);
    return e;
}
