/* The rules of accounts: who may open one, and what proves that one is theirs. */
#include "account/account.h"

#include <inttypes.h>

#include "account/account_store.h"
#include "account/identity.h"
#include "account/link_store.h"
#include "account/totp_store.h"
#include "base/clock.h"
#include "base/rand.h"
#include "http/field.h"

#define EMAIL_MAX 254
#define NAME_MAX_CHARS 200

/* What makes two addresses the same: the address in lower case. Local parts may differ by
 * case in theory; in practice a second account by a capital letter is a trap. */
struct str
account_email_key(struct arena *a, struct str email)
{
    char *p = arena_cstr(a, email);
    size_t i;

    for (i = 0; i < email.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] + ('a' - 'A'));
    return (struct str){p, email.n};
}

static enum err
check_new(const struct account_new *in, struct fault *flt)
{
    enum err e = password_acceptable(in->password, "/password", flt);

    if (in->email.n > EMAIL_MAX || !field_email_ok(in->email))
        e = fault_field(flt, "/email", "bad_email", "This is not an e-mail address.");
    if (in->name.n == 0 || str_utf8_count(in->name) > NAME_MAX_CHARS)
        e = fault_field(flt, "/name", "out_of_range", "A name has 1 to %d characters.",
            NAME_MAX_CHARS);
    return e;
}

struct opening {
    struct arena *a;
    const struct account *acc;
    struct str hash;
    bool verified;
};

/* The account and the link that proves its address, or neither. */
static enum err
open_tx(struct db *db, void *arg)
{
    const struct opening *o = arg;
    enum err e =
        account_store_add(db, o->acc, account_email_key(o->a, o->acc->email), o->hash);

    if (e != ERR_OK || o->verified)
        return e;
    return link_send(db, o->a, LINK_VERIFY, o->acc, o->acc->email, "verify",
        o->acc->created_at);
}

static enum err
store_new(struct app *app, struct opening *o, struct fault *flt)
{
    struct db *db = NULL;
    enum err e = db_acquire(app->db, &db);

    if (e == ERR_OK)
        e = db_tx(db, open_tx, o);
    db_release(db);
    if (e == ERR_CONFLICT)
        return fault_set(flt, e, "email_taken",
            "There is an account with this e-mail address already. Sign in instead.");
    return e;
}

enum err
account_create(struct app *app, const struct account_new *in, struct arena *a,
    struct account *out, struct fault *flt)
{
    struct account_new an = *in;
    struct opening o = {.a = a, .acc = out, .verified = in->verified};
    char hash[PASSWORD_HASH_N];
    enum err e;

    an.email = str_trim(an.email);
    an.name = str_trim(an.name);
    if ((e = check_new(&an, flt)) != ERR_OK)
        return e;
    if ((e = password_hash(app->passwords, an.password, hash)) != ERR_OK)
        return e;
    *out = (struct account){
        .id = id_next(),
        .created_at = clock_ms(),
        .email = an.email,
        .name = an.name,
        .role = str_c(an.role),
        .version = 1,
    };
    if (an.verified)
        out->verified_at = out->created_at;
    o.hash = str_c(hash);
    return store_new(app, &o, flt);
}

enum err
account_get(struct db *db, struct arena *a, int64_t id, struct account *out)
{
    return account_store_get(db, a, id, out);
}

enum err
account_set_name(struct db *db, int64_t id, struct str name)
{
    return account_store_set_name(db, id, name, clock_ms());
}

struct new_password {
    int64_t account_id, now_ms;
    struct str hash;
};

static enum err
set_password_tx(struct db *db, void *arg)
{
    const struct new_password *np = arg;
    enum err e = account_store_set_password(db, np->account_id, np->hash, np->now_ms);

    return e == ERR_OK ? session_store_revoke_all(db, np->account_id, 0, np->now_ms) : e;
}

enum err
account_set_password(struct app *app, struct db *db, struct arena *a, struct str email,
    struct str password)
{
    struct new_password np = {.now_ms = clock_ms()};
    struct account_row row;
    char hash[PASSWORD_HASH_N];
    enum err e = account_store_by_email(db, a, account_email_key(a, str_trim(email)), &row);

    if (e == ERR_OK)
        e = password_hash(app->passwords, password, hash);
    if (e != ERR_OK)
        return e;
    np.account_id = row.acc.id;
    np.hash = str_c(hash);
    return db_tx(db, set_password_tx, &np);
}

enum err
account_lock(struct db *db, struct arena *a, int64_t id, struct account *out)
{
    return account_store_lock(db, a, id, out);
}

enum err
account_erase(struct db *db, int64_t id, int64_t now_ms)
{
    char nobody[64];
    enum err e;

    /* RFC 2606: no mail can ever go there, and nobody can register it. */
    (void)snprintf(nobody, sizeof(nobody), "deleted-%" PRId64 "@account.invalid", id);
    e = account_store_erase(db, id, str_c(nobody), now_ms);
    if (e == ERR_OK)
        e = session_store_revoke_all(db, id, 0, now_ms);
    if (e == ERR_OK)
        e = session_store_strip(db, id);
    if (e == ERR_OK)
        e = link_store_drop(db, id, NULL);
    return e == ERR_OK ? totp_store_drop(db, id) : e;
}
