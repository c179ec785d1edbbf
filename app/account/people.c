/* The rules of roles: who may have one, and that there is always an admin. */
#include "account/people_http.h"

#include "account/account_store.h"
#include "account/identity.h"
#include "base/clock.h"
#include "base/rand.h"
#include "http/field.h"

#define EMAIL_MAX 254
#define NAME_MAX_CHARS 200

enum err
people_list(struct db *db, struct arena *a, const struct people_filter *f,
    struct account **out, size_t *n, int64_t *total)
{
    struct people_filter key = *f;

    if (key.q.p != NULL)
        key.q = account_email_key(a, key.q);
    return people_store_list(db, a, &key, out, n, total);
}

struct work {
    struct arena *a;
    const struct people_change *c;
    struct account acc;
    struct fault *flt;
};

/* Nobody's password opens it until the link was used. */
static enum err
invite_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    enum err e = account_store_add(
        db, &w->acc, account_email_key(w->a, w->acc.email), STR(""));

    return e == ERR_OK ? link_send(db, w->a, LINK_RESET, &w->acc, w->acc.email, "invite",
                             w->acc.created_at)
                       : e;
}

enum err
people_invite(struct app *app, struct db *db, struct arena *a, struct str email,
    struct str name, const char *role, struct account *out, struct fault *flt)
{
    struct work w = {.a = a};
    enum err e;

    (void)app;
    w.acc = (struct account){.id = id_next(), .created_at = clock_ms(),
        .email = str_trim(email), .name = str_trim(name), .role = str_c(role), .version = 1};
    if (w.acc.email.n > EMAIL_MAX || !field_email_ok(w.acc.email))
        return fault_field(flt, "/email", "bad_email", "This is not an e-mail address.");
    if (w.acc.name.n == 0 || str_utf8_count(w.acc.name) > NAME_MAX_CHARS)
        return fault_field(flt, "/name", "out_of_range", "A name has 1 to %d characters.",
            NAME_MAX_CHARS);
    e = db_tx(db, invite_tx, &w);
    if (e == ERR_CONFLICT)
        return fault_set(flt, e, "email_taken",
            "There is an account with this e-mail address already. Change its role instead.");
    if (e == ERR_OK)
        *out = w.acc;
    return e;
}

enum err
account_last_admin(struct db *db, struct arena *a, int64_t id, bool *last)
{
    return people_store_last_admin(db, a, id, last);
}

static enum err
change_check(const struct work *w, bool last)
{
    const struct people_change *c = w->c;
    const struct account *acc = &w->acc;
    bool loses = (c->role.p != NULL && !str_eq_c(c->role, "admin")) || c->disabled == 1;

    if (c->version != 0 && c->version != acc->version)
        return fault_set(
            w->flt, ERR_PRECONDITION, "", "The account has changed since you looked.");
    if (last && loses)
        return fault_set(w->flt, ERR_CONFLICT, "last_admin",
            "This is the shop's only admin. Make another one first.");
    if (c->role.p != NULL && !str_eq_c(c->role, "customer") && acc->verified_at == 0)
        return fault_set(w->flt, ERR_FORBIDDEN, "email_unverified",
            "Its owner has not confirmed the address yet.");
    return ERR_OK;
}

static enum err
change_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    const struct people_change *c = w->c;
    int64_t now = clock_ms();
    bool last = false;
    enum err e = people_store_last_admin(db, w->a, c->id, &last);

    if (e == ERR_OK)
        e = account_lock(db, w->a, c->id, &w->acc);
    if (e == ERR_OK)
        e = change_check(w, last);
    if (e != ERR_OK)
        return e;
    if (c->role.p != NULL)
        w->acc.role = c->role;
    if (c->disabled >= 0)
        w->acc.disabled_at = c->disabled == 1 ? now : 0;
    e = people_store_set(db, &w->acc, now);
    if (e == ERR_OK)
        e = session_store_revoke_all(db, c->id, 0, now);
    if (e == ERR_OK)
        e = account_tell(db, w->a, &w->acc, "what it may do in the shop", now);
    return e == ERR_OK ? account_get(db, w->a, c->id, &w->acc) : e;
}

enum err
people_change(struct db *db, struct arena *a, const struct people_change *c,
    struct account *out, struct fault *flt)
{
    struct work w = {.a = a, .c = c, .flt = flt};
    enum err e = db_tx(db, change_tx, &w);

    if (e == ERR_OK)
        *out = w.acc;
    return e;
}
