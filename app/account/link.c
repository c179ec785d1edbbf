/* Links that are sent by mail and good once. What stands in the database is a hash: who reads
 * it there can open nothing. The token itself is in the outbox until the mail is made. */
#include "account/account_store.h"
#include "account/identity.h"
#include "account/link_store.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/rand.h"
#include "json/jout.h"
#include "outbox/outbox.h"

#define DATA_MAX 4000

static const struct {
    const char *name, *event, *path;
    int64_t life_ms;
} kinds[LINK__MAX] = {
    [LINK_VERIFY] = {"verify", "account.verify", "/verify", VERIFY_MS},
    [LINK_RESET] = {"reset", "account.reset", "/reset", RESET_MS},
    [LINK_EMAIL] = {"email", "account.verify", "/verify", VERIFY_MS},
};

static struct str
hash_of(struct arena *a, struct str token)
{
    unsigned char *h = arena_alloc(a, SHA256_N);

    sha256(token.p, token.n, h);
    return (struct str){(const char *)h, SHA256_N};
}

/* What the mail needs: whose, where a link leads, and what it is about, in words; F_EMAIL and names are bounded, so that it always fits. */
static enum err
tell(struct db *db, struct arena *a, const char *event, int64_t account_id, struct str email,
    struct str name, struct str path, const char *what, int64_t now_ms)
{
    struct buf b;
    struct jout j;

    buf_init_arena(&b, a, DATA_MAX);
    jout_init(&j, &b);
    jout_obj(&j);
    jout_kstr(&j, "email", email);
    jout_kstr(&j, "name", name);
    if (path.p != NULL)
        jout_kstr(&j, "path", path);
    jout_kc(&j, "what", what);
    jout_obj_end(&j);
    return outbox_add(db, id_next(), event, account_id, buf_view(&b), now_ms);
}

enum err
account_tell(struct db *db, struct arena *a, const struct account *acc, const char *what,
    int64_t now_ms)
{
    return tell(db, a, "account.changed", acc->id, acc->email, acc->name, STR_NULL, what,
        now_ms);
}

enum err
link_send(struct db *db, struct arena *a, enum link_kind kind, const struct account *acc,
    struct str email, const char *what, int64_t now_ms)
{
    char text[RAND_TOKEN_N(LINK_BYTES)];
    struct str token = rand_token(text, sizeof(text), LINK_BYTES);
    enum err e = link_store_add(db, hash_of(a, token), acc->id, kinds[kind].name, email,
        now_ms, now_ms + kinds[kind].life_ms);

    if (e != ERR_OK)
        return e;
    return tell(db, a, kinds[kind].event, acc->id, email, acc->name,
        arena_printf(a, "%s?token=%.*s", kinds[kind].path, STR_F(token)), what, now_ms);
}

/* Two rows and a COMMIT, as link_send() in its transaction. */
enum err
link_pretend(struct db *db, enum link_kind kind, struct str email, int64_t now_ms)
{
    unsigned char nothing[SHA256_N];
    enum err e = ERR_OK;
    int i;

    for (i = 0; i < 2 && e == ERR_OK; i++) {
        rand_bytes(nothing, sizeof(nothing));
        e = link_store_add(db, (struct str){(const char *)nothing, sizeof(nothing)}, 0,
            kinds[kind].name, email, now_ms, now_ms + kinds[kind].life_ms);
    }
    return e;
}

/* Which of the allowed kinds it is, that it leads somewhere, and is not over. */
static enum err
look(struct db *db, struct arena *a, struct str hash, unsigned allowed, int64_t now_ms,
    struct link *out)
{
    struct link_row row;
    enum err e = link_store_get(db, a, hash, &row);
    unsigned k = 0;

    if (e != ERR_OK)
        return e;
    while (k < LINK__MAX && !str_eq_c(row.kind, kinds[k].name))
        k++;
    if (k == LINK__MAX || (allowed & 1U << k) == 0 || row.account_id == 0
        || row.expires_at <= now_ms)
        return ERR_NOT_FOUND;
    *out = (struct link){(enum link_kind)k, row.account_id, row.email};
    return ERR_OK;
}

enum err
link_take(struct db *db, struct arena *a, struct str token, unsigned allowed, int64_t now_ms,
    struct link *out, struct account *acc)
{
    struct str hash;
    enum err e;

    if (token.n == 0 || token.n > LINK_TEXT_MAX)
        return ERR_NOT_FOUND;
    hash = hash_of(a, token);
    e = look(db, a, hash, allowed, now_ms, out);
    if (e == ERR_OK)
        e = account_lock(db, a, out->account_id, acc);
    return e == ERR_OK ? link_store_use(db, hash) : e;
}

enum err
identity_link_ok(struct db *db, struct arena *a, struct str token, unsigned allowed)
{
    struct link l;

    if (token.n == 0 || token.n > LINK_TEXT_MAX)
        return ERR_NOT_FOUND;
    return look(db, a, hash_of(a, token), allowed, clock_ms(), &l);
}
