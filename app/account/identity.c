/* Proving and changing an account's address and password. What changes who may use an account
 * locks its row first, so that two changes at once are two changes in some order. */
#include "account/identity.h"

#include "account/account_store.h"
#include "account/link_store.h"
#include "account/throttle.h"
#include "account/throttle_store.h"
#include "base/clock.h"
#include "http/field.h"

#define EMAIL_MAX 254

static enum err
link_invalid(struct fault *flt)
{
    return fault_set(flt, ERR_NOT_FOUND, "link_invalid",
        "This link was used already or is too old. Ask for a new one.");
}

/* --- an address proven --- */

struct change {
    struct arena *a;
    struct str token, email, hash;
    int64_t id, session_id, now_ms;
    struct account acc;
    struct fault *flt;
};

static enum err
send_verify_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    enum err e = account_lock(db, c->a, c->id, &c->acc);

    if (e != ERR_OK)
        return e;
    if (c->acc.verified_at != 0)
        return fault_set(c->flt, ERR_CONFLICT, "already_verified",
            "This address is confirmed already.");
    return link_send(db, c->a, LINK_VERIFY, &c->acc, c->acc.email, "verify", c->now_ms);
}

enum err
identity_send_verify(
    struct app *app, struct db *db, struct arena *a, int64_t id, struct fault *flt)
{
    struct change c = {.a = a, .id = id, .now_ms = clock_ms(), .flt = flt};
    enum err e = throttle_take(app, db, a, THROTTLE_MAIL, throttle_id(a, id), flt);

    return e == ERR_OK ? db_tx(db, send_verify_tx, &c) : e;
}

/* The new address counts from now on; the old one is told. */
static enum err
move(struct db *db, struct change *c, const struct link *l)
{
    enum err e = account_store_set_email(
        db, c->acc.id, l->email, account_email_key(c->a, l->email), c->now_ms);

    if (e == ERR_CONFLICT)
        return fault_set(c->flt, e, "email_taken",
            "There is an account with this e-mail address already.");
    /* Links sent to the old address must not bring it back. */
    if (e == ERR_OK)
        e = link_store_drop(db, c->acc.id, NULL);
    if (e == ERR_OK)
        e = account_tell(db, c->a, &c->acc, "the e-mail address", c->now_ms);
    c->acc.email = l->email;
    return e;
}

static enum err
verify_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    struct link l;
    enum err e = link_take(db, c->a, c->token, 1U << LINK_VERIFY | 1U << LINK_EMAIL,
        c->now_ms, &l, &c->acc);

    /* A link to an address that the account has no more proves nothing. */
    if (e == ERR_NOT_FOUND
        || (e == ERR_OK && l.kind == LINK_VERIFY && !str_eq(l.email, c->acc.email)))
        return link_invalid(c->flt);
    if (e == ERR_OK && l.kind == LINK_EMAIL)
        e = move(db, c, &l);
    if (e == ERR_OK && c->acc.verified_at == 0) {
        e = account_store_verified(db, c->acc.id, c->now_ms);
        c->acc.verified_at = c->now_ms;
    }
    return e;
}

enum err
identity_verify(struct app *app, struct db *db, struct arena *a, struct str token,
    struct account *out, struct fault *flt)
{
    struct change c = {.a = a, .token = token, .now_ms = clock_ms(), .flt = flt};
    enum err e = db_tx(db, verify_tx, &c);

    (void)app;
    if (e == ERR_OK)
        *out = c.acc;
    return e;
}

/* --- a password forgotten --- */

static enum err
forgot_tx(struct db *db, void *arg)
{
    struct change *c = arg;

    if (c->id == 0)
        return link_pretend(db, LINK_RESET, c->email, c->now_ms);
    return link_send(db, c->a, LINK_RESET, &c->acc, c->acc.email, "reset", c->now_ms);
}

enum err
identity_forgot(struct app *app, struct db *db, struct arena *a, struct str email,
    struct str ip, struct fault *flt)
{
    struct change c = {.a = a, .email = str_trim(email), .now_ms = clock_ms()};
    struct account_row row;
    struct str key;
    enum err e;

    if (c.email.n > EMAIL_MAX || !field_email_ok(c.email))
        return fault_field(flt, "/email", "bad_email", "This is not an e-mail address.");
    key = account_email_key(a, c.email);
    e = throttle_take(app, db, a, THROTTLE_FORGOT_IP, ip, flt);
    if (e == ERR_OK)
        e = throttle_take(app, db, a, THROTTLE_FORGOT, key, flt);
    if (e != ERR_OK)
        return e;
    e = account_store_by_email(db, a, key, &row);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    if (e == ERR_OK && row.acc.disabled_at == 0) {
        c.acc = row.acc;
        c.id = row.acc.id;
    }
    return db_tx(db, forgot_tx, &c);
}

/* The address is proven too: the link came by it. */
static enum err
reset_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    struct link l;
    enum err e =
        link_take(db, c->a, c->token, 1U << LINK_RESET, c->now_ms, &l, &c->acc);

    if (e == ERR_NOT_FOUND || (e == ERR_OK && !str_eq(l.email, c->acc.email)))
        return link_invalid(c->flt);
    if (e == ERR_OK)
        e = account_store_set_password(db, c->acc.id, c->hash, c->now_ms);
    if (e == ERR_OK && c->acc.verified_at == 0)
        e = account_store_verified(db, c->acc.id, c->now_ms);
    if (e == ERR_OK)
        e = link_store_drop(db, c->acc.id, NULL);
    if (e == ERR_OK)
        e = session_store_revoke_all(db, c->acc.id, 0, c->now_ms);
    return e == ERR_OK ? account_tell(db, c->a, &c->acc, "the password", c->now_ms) : e;
}

/* Who has opened the mail is no guesser: what others have guessed keeps nobody out. */
static enum err
clear_tries(struct app *app, struct db *db, struct arena *a, const struct account *acc)
{
    struct str id = throttle_id(a, acc->id);
    enum err e = throttle_clear(
        app, db, a, THROTTLE_LOGIN_MAIL, account_email_key(a, acc->email));

    if (e == ERR_OK)
        e = throttle_clear(app, db, a, THROTTLE_TOTP, id);
    return e == ERR_OK ? throttle_clear(app, db, a, THROTTLE_PROVE, id) : e;
}

enum err
identity_reset(struct app *app, struct arena *a, struct str token, struct str password,
    struct fault *flt)
{
    struct change c = {.a = a, .token = token, .now_ms = clock_ms(), .flt = flt};
    char hash[PASSWORD_HASH_N];
    struct db *db = NULL;
    enum err e = password_acceptable(password, "/password", flt);

    if (e != ERR_OK || (e = db_acquire(app->db, &db)) != ERR_OK)
        return e;
    /* A link that opens nothing does not cost a hash. */
    e = identity_link_ok(db, a, token, 1U << LINK_RESET);
    db_release(db);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? link_invalid(flt) : e;
    if ((e = password_hash(app->passwords, password, hash)) != ERR_OK)
        return e;
    c.hash = str_c(hash);
    db = NULL;
    if ((e = db_acquire(app->db, &db)) == ERR_OK)
        e = db_tx(db, reset_tx, &c);
    if (e == ERR_OK)
        e = clear_tries(app, db, a, &c.acc);
    db_release(db);
    return e;
}

/* --- changes by who is signed in --- */

static enum err
set_password_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    enum err e = account_lock(db, c->a, c->id, &c->acc);

    if (e == ERR_OK)
        e = account_store_set_password(db, c->id, c->hash, c->now_ms);
    if (e == ERR_OK)
        e = link_store_drop(db, c->id, "reset");
    if (e == ERR_OK)
        e = session_store_revoke_all(db, c->id, c->session_id, c->now_ms);
    return e == ERR_OK ? account_tell(db, c->a, &c->acc, "the password", c->now_ms) : e;
}

enum err
identity_set_password(struct app *app, struct arena *a, int64_t id, int64_t session_id,
    struct str old, struct str password, struct fault *flt)
{
    struct change c = {
        .a = a, .id = id, .session_id = session_id, .now_ms = clock_ms(), .flt = flt};
    char hash[PASSWORD_HASH_N];
    struct db *db = NULL;
    enum err e = password_acceptable(password, "/password", flt);

    if (e == ERR_OK)
        e = account_prove(app, a, id, old, flt);
    if (e == ERR_OK)
        e = password_hash(app->passwords, password, hash);
    if (e == ERR_OK)
        e = db_acquire(app->db, &db);
    c.hash = str_c(hash);
    if (e == ERR_OK)
        e = db_tx(db, set_password_tx, &c);
    db_release(db);
    return e;
}

/* The latest wish counts: a link for another address is no good any more. An address that
 * somebody has gets no mail, and who asked cannot tell. */
static enum err
set_email_tx(struct db *db, void *arg)
{
    struct change *c = arg;
    struct account_row taken;
    enum err e = account_lock(db, c->a, c->id, &c->acc);

    if (e == ERR_OK)
        e = link_store_drop(db, c->id, "email");
    if (e != ERR_OK)
        return e;
    e = account_store_by_email(db, c->a, account_email_key(c->a, c->email), &taken);
    if (e == ERR_OK && taken.acc.id != c->id)
        return link_pretend(db, LINK_EMAIL, c->email, c->now_ms);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    return link_send(db, c->a, LINK_EMAIL, &c->acc, c->email, "email", c->now_ms);
}

enum err
identity_set_email(struct app *app, struct arena *a, int64_t id, struct str password,
    struct str email, struct fault *flt)
{
    struct change c = {
        .a = a, .id = id, .email = str_trim(email), .now_ms = clock_ms(), .flt = flt};
    struct db *db = NULL;
    enum err e;

    if (c.email.n > EMAIL_MAX || !field_email_ok(c.email))
        return fault_field(flt, "/email", "bad_email", "This is not an e-mail address.");
    if ((e = account_prove(app, a, id, password, flt)) != ERR_OK)
        return e;
    e = db_acquire(app->db, &db);
    if (e == ERR_OK)
        e = throttle_take(app, db, a, THROTTLE_MAIL, throttle_id(a, id), flt);
    if (e == ERR_OK)
        e = db_tx(db, set_email_tx, &c);
    db_release(db);
    return e;
}

/* --- what is over --- */

enum err
identity_forget(struct db *db, int64_t now_ms, int64_t limit, int64_t *n)
{
    int64_t links = 0, buckets = 0;
    enum err e = link_store_forget(db, now_ms, limit, &links);

    if (e == ERR_OK)
        e = throttle_store_forget(db, now_ms, limit, &buckets);
    *n = links > buckets ? links : buckets;
    return e;
}
