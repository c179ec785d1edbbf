/* What a handler asks of its request: a database connection, and who shops. */
#include "app.h"

#include <string.h>

#include "base/rand.h"
#include "price/rules.h"

#define GUEST_TOKEN_BYTES 24
#define GUEST_TOKEN_MIN 16
#define GUEST_TOKEN_MAX 64
/* One made from a seed is longer: its first part tells who by the seed alone, the second is
 * the secret. */
#define SEEDED_WHO_BYTES 12
#define SEEDED_WHO_N 16
#define SEEDED_BYTES 33
#define SEEDED_N 44

/* Per-request state, made when first asked for. */
struct local {
    struct db *db;
    enum err db_failed; /* why there is none */
    struct str guest_token; /* made by this very request */
    void *later;
    int64_t cart_units; /* as read by this request; -1: not yet */
};

static struct local *
local_of(struct req *rq)
{
    struct local *l = rq->local;

    if (l == NULL) {
        rq->local = l = arena_calloc(rq->arena, 1, sizeof(*l));
        l->cart_units = -1;
    }
    return l;
}

static void
release(void *local)
{
    struct local *l = local;

    db_release(l->db);
    l->db = NULL;
}

enum err
app_db(struct req *rq, struct db **out)
{
    struct local *l = local_of(rq);

    /* Asked once: an error page has parts of its own that would wait for a database that
     * hangs, one after the other. */
    if (l->db_failed != ERR_OK)
        return l->db_failed;
    if (l->db == NULL) {
        l->db_failed = db_acquire(app_of(rq)->db, &l->db);
        if (l->db_failed != ERR_OK)
            return l->db_failed;
        arena_defer(rq->arena, release, l);
    }
    *out = l->db;
    return ERR_OK;
}

void
app_db_done(struct req *rq)
{
    release(local_of(rq));
}

void
app_later_set(struct req *rq, void *what)
{
    local_of(rq)->later = what;
}

void *
app_later(struct req *rq)
{
    return local_of(rq)->later;
}

void
app_cart_units_set(struct req *rq, int64_t units)
{
    local_of(rq)->cart_units = units;
}

int64_t
app_cart_units(struct req *rq)
{
    return local_of(rq)->cart_units;
}

enum err
app_rules(struct req *rq, const struct price_rules **out)
{
    struct db *db;
    enum err e;

    *out = NULL;
    if (app_of(rq)->rules == NULL)
        return ERR_OK;
    if (price_book_look(app_of(rq)->rules, rq->arena, out))
        return ERR_OK;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    return price_book_read(app_of(rq)->rules, db, rq->arena, out);
}

static bool
token_ok(struct str t)
{
    size_t i;

    if (t.n < GUEST_TOKEN_MIN || t.n > GUEST_TOKEN_MAX)
        return false;
    for (i = 0; i < t.n; i++) {
        char c = t.p[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
                || c == '-' || c == '_'))
            return false;
    }
    return true;
}

struct str
app_guest_token(const struct req *rq)
{
    const struct local *l = rq->local;
    struct str t;

    if (l != NULL && l->guest_token.p != NULL)
        return l->guest_token;
    t = req_header(rq, "X-Cart-Token");
    if (t.p == NULL)
        t = req_cookie(rq, resp_cookie_name(rq, "guest"));
    return token_ok(t) ? t : STR_NULL;
}

/* The token that a repeated request gets again. Whoever knows the seed, but not all that was
 * sent with it, gets another one. */
static struct str
token_seeded(struct req *rq, struct str seed)
{
    unsigned char raw[SEEDED_WHO_BYTES + SHA256_N], *body = raw + SEEDED_WHO_BYTES;
    unsigned char who[SHA256_N];
    struct buf b;

    sha256(seed.p, seed.n, who);
    memcpy(raw, who, SEEDED_WHO_BYTES);
    sha256(rq->body.p, rq->body.n, body);
    buf_init_arena(&b, rq->arena, seed.n + SHA256_N);
    buf_str(&b, (struct str){(const char *)body, SHA256_N});
    buf_str(&b, seed);
    token_mac(&app_of(rq)->keys, "guest", buf_view(&b), body);
    return b64url(rq->arena, raw, SEEDED_BYTES);
}

static struct str
token_make(struct req *rq, struct str seed)
{
    char text[RAND_TOKEN_N(GUEST_TOKEN_BYTES)];

    if (seed.p != NULL)
        return token_seeded(rq, seed);
    return arena_str(rq->arena, rand_token(text, sizeof(text), GUEST_TOKEN_BYTES));
}

struct str
app_guest_token_make(struct req *rq, struct resp *rs, struct str seed)
{
    struct str t = app_guest_token(rq);

    if (t.p != NULL)
        return t;
    t = token_make(rq, seed);
    local_of(rq)->guest_token = t;
    resp_cookie(rs, rq, "guest", t, app_of(rq)->set.guest_days * 86400);
    return t;
}

struct str
guest_hash(struct arena *a, struct str token)
{
    unsigned char *h = arena_alloc(a, SHA256_N);

    sha256(token.p, token.n, h);
    return (struct str){(const char *)h, SHA256_N};
}

struct str
app_key_scope(const struct req *rq, const char *call)
{
    struct str token = app_guest_token(rq), who;

    if (rq->who.user_id != 0)
        return arena_printf(
            rq->arena, "u:%lld:%s", (long long)rq->who.user_id, call);
    who = guest_hash(rq->arena, token);
    who = token.n == SEEDED_N ? str_sub(token, 0, SEEDED_WHO_N)
                              : hex(rq->arena, who.p, who.n);
    return arena_printf(rq->arena, "g:%.*s:%s", STR_F(who), call);
}

enum err
app_shopper(struct req *rq, struct resp *rs, bool make, struct str seed, struct shopper *out)
{
    struct str t;

    *out = (struct shopper){.account_id = rq->who.user_id};
    if (out->account_id != 0)
        return ERR_OK;
    t = app_guest_token(rq);
    if (t.p == NULL) {
        if (!make)
            return ERR_NOT_FOUND;
        t = app_guest_token_make(rq, rs, seed);
    }
    if (make)
        resp_header(rs, "X-Cart-Token", "%.*s", STR_F(t));
    out->guest_token = t;
    out->guest_hash = guest_hash(rq->arena, t);
    return ERR_OK;
}

const char *
app_actor(const struct req *rq)
{
    if (rq->who.user_id == 0)
        return "guest";
    return arena_printf(rq->arena, "%s:%lld", rq->who.role, (long long)rq->who.user_id).p;
}
