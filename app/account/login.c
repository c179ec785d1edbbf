/* Signing in: the password, the code of a device where one is asked for, and what slows down
 * who guesses. No connection is held while a password is hashed. */
#include <inttypes.h>
#include <stdio.h>

#include "account/account_store.h"
#include "account/throttle.h"
#include "account/totp.h"
#include "base/clock.h"

#define CHALLENGE_MS (5 * 60 * INT64_C(1000))
#define CHALLENGE_BYTES 24

struct login {
    struct app *app;
    struct arena *a;
    const struct login_in *in;
    struct str key;  /* of the address */
    struct str pair; /* the address of mail and that of the net */
    struct account_row row;
    bool known; /* the account was signed in from there before */
    struct fault *flt;
};

/* Guesses from one place keep that place out; guesses from many keep out places that were never
 * signed in from. So nobody can keep the owner out of the owner's own. */
static enum err
login_count(struct login *l, struct db *db)
{
    enum err e = throttle_take(l->app, db, l->a, THROTTLE_LOGIN_IP, l->in->ip, l->flt);

    if (e == ERR_OK)
        e = throttle_take(l->app, db, l->a, THROTTLE_LOGIN, l->pair, l->flt);
    if (e == ERR_OK && !l->known)
        e = throttle_take(l->app, db, l->a, THROTTLE_LOGIN_MAIL, l->key, l->flt);
    return e;
}

/* The password was right. */
static enum err
login_uncount(struct login *l, struct db *db)
{
    enum err e = throttle_give(l->app, db, l->a, THROTTLE_LOGIN_IP, l->in->ip);

    if (e == ERR_OK)
        e = throttle_clear(l->app, db, l->a, THROTTLE_LOGIN, l->pair);
    if (e == ERR_OK && !l->known)
        e = throttle_give(l->app, db, l->a, THROTTLE_LOGIN_MAIL, l->key);
    return e;
}

static enum err
login_look(struct login *l)
{
    struct db *db = NULL;
    enum err e = db_acquire(l->app->db, &db);

    if (e == ERR_OK)
        e = account_store_by_email(db, l->a, l->key, &l->row);
    if (e == ERR_NOT_FOUND)
        e = ERR_OK; /* id 0: the same is done for nobody's account */
    if (e == ERR_OK)
        e = session_store_known(db, l->a, l->row.acc.id, l->in->ip, &l->known);
    if (e == ERR_OK)
        e = login_count(l, db);
    db_release(db);
    return e;
}

static enum err
code_check(struct app *app, struct db *db, struct arena *a, const struct account *acc,
    struct str code, struct fault *flt)
{
    if (!acc->totp)
        return ERR_OK;
    if (code.n == 0)
        return fault_set(flt, ERR_AUTH, "totp_required",
            "Send the code that the device shows as well, in the member \"totp\".");
    return totp_use(app, db, a, acc->id, code, flt);
}

static enum err
disabled(const struct account *acc, struct fault *flt)
{
    if (acc->disabled_at == 0)
        return ERR_OK;
    return fault_set(flt, ERR_FORBIDDEN, "account_disabled",
        "The shop has closed this account. Write to us if you think that is wrong.");
}

static struct str
challenge_mac(struct app *app, struct arena *a, int64_t id, int64_t until_ms, struct str hash)
{
    unsigned char mac[SHA256_N];
    struct str text = arena_printf(a, "%" PRId64 ".%" PRId64 ".%.*s", id, until_ms,
        STR_F(hash));

    token_mac(&app->keys, "challenge", text, mac);
    return b64url(a, mac, CHALLENGE_BYTES);
}

struct str
account_challenge(struct app *app, struct arena *a, const struct account *acc)
{
    int64_t until = clock_ms() + CHALLENGE_MS;

    return arena_printf(a, "%" PRId64 ".%" PRId64 ".%.*s", acc->id, until,
        STR_F(challenge_mac(app, a, acc->id, until, acc->proof)));
}

/* Whose challenge it is. A password that was changed since makes it worthless. */
static enum err
challenge_open(struct app *app, struct db *db, struct arena *a, struct str text,
    struct account *out)
{
    struct account_row row;
    struct str id_text, until_text, mac;
    int64_t id, until;
    enum err e;

    if (!str_cut(text, '.', &id_text, &text) || !str_cut(text, '.', &until_text, &mac)
        || !str_i64(id_text, &id) || !str_i64(until_text, &until) || until < clock_ms())
        return ERR_AUTH;
    e = account_store_password(db, a, id, &row);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_AUTH : e;
    if (!secret_eq(mac, challenge_mac(app, a, id, until, row.password_hash)))
        return ERR_AUTH;
    *out = row.acc;
    return ERR_OK;
}

static enum err
login_challenged(struct app *app, struct arena *a, const struct login_in *in,
    struct account *out, struct fault *flt)
{
    struct db *db = NULL;
    enum err e = db_acquire(app->db, &db);

    if (e == ERR_OK)
        e = challenge_open(app, db, a, in->challenge, out);
    if (e == ERR_AUTH)
        (void)fault_set(flt, e, "challenge_over", "That took too long. Sign in once more.");
    if (e == ERR_OK)
        e = disabled(out, flt);
    if (e == ERR_OK)
        e = code_check(app, db, a, out, in->code, flt);
    db_release(db);
    return e;
}

static enum err
login_finish(struct login *l, struct account *out)
{
    struct db *db = NULL;
    enum err e = db_acquire(l->app->db, &db);

    if (e == ERR_OK)
        e = login_uncount(l, db);
    if (e == ERR_OK)
        e = disabled(&l->row.acc, l->flt);
    if (e == ERR_OK) {
        *out = l->row.acc;
        out->proof = l->row.password_hash;
        e = code_check(l->app, db, l->a, out, l->in->code, l->flt);
    }
    db_release(db);
    return e;
}

enum err
account_login(struct app *app, struct arena *a, const struct login_in *in,
    struct account *out, struct fault *flt)
{
    struct login l = {.app = app, .a = a, .in = in, .flt = flt};
    enum err e;

    *out = (struct account){.id = 0};
    if (in->challenge.n > 0)
        return login_challenged(app, a, in, out, flt);
    l.key = account_email_key(a, str_trim(in->email));
    l.pair = arena_printf(a, "%.*s %.*s", STR_F(l.key), STR_F(in->ip));
    if ((e = login_look(&l)) != ERR_OK)
        return e;
    /* An address without an account is hashed all the same, against nothing: the time of
     * the answer does not tell which addresses exist. */
    e = password_verify(app->passwords, in->password, l.row.password_hash);
    if (e == ERR_AUTH)
        return fault_set(flt, e, "bad_credentials",
            "The e-mail address or the password is not right.");
    return e == ERR_OK ? login_finish(&l, out) : e;
}

/* Counted by the account: who sits at a browser that was left open guesses too. */
enum err
account_prove(
    struct app *app, struct arena *a, int64_t id, struct str password, struct fault *flt)
{
    struct str subject = throttle_id(a, id);
    struct account_row row;
    struct db *db = NULL;
    enum err e = db_acquire(app->db, &db);

    if (e == ERR_OK)
        e = account_store_password(db, a, id, &row);
    if (e == ERR_OK)
        e = throttle_take(app, db, a, THROTTLE_PROVE, subject, flt);
    db_release(db);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_AUTH : e;
    e = password_verify(app->passwords, password, row.password_hash);
    if (e == ERR_AUTH)
        return fault_field(
            flt, "/current_password", "bad_password", "This is not your password.");
    if (e != ERR_OK)
        return e;
    db = NULL;
    if ((e = db_acquire(app->db, &db)) == ERR_OK)
        e = throttle_give(app, db, a, THROTTLE_PROVE, subject);
    db_release(db);
    return e;
}
