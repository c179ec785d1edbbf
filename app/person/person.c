/* All of a person, read as of one moment, and forgotten in one transaction. */
#include "person/person.h"

#include "base/clock.h"

struct work {
    struct app *app;
    struct arena *a;
    int64_t id;
    struct person *p;
    struct fault *flt;
};

/* Lists do not have the orders' lines: each is read whole. */
static enum err
orders_read(struct db *db, struct work *w, const struct shopper *who)
{
    struct order_filter f = {.who = who, .page = 1, .per_page = PERSON_ORDERS_MAX};
    struct person *p = w->p;
    int64_t total;
    size_t i;
    enum err e = order_list(db, w->a, &f, &p->orders, &p->orders_n, &total);

    for (i = 0; e == ERR_OK && i < p->orders_n; i++)
        e = order_get(db, w->a, who, p->orders[i].id, &p->orders[i]);
    return e;
}

static enum err
read_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    const struct shopper who = {.account_id = w->id};
    struct person *p = w->p;
    enum err e = account_get(db, w->a, w->id, &p->acc);

    if (e != ERR_OK)
        return e;
    if (p->acc.verified_at == 0)
        return fault_set(w->flt, ERR_FORBIDDEN, "email_unverified",
            "Confirm your e-mail address first, so that nobody else gets your data.");
    e = book_list(db, w->a, w->id, &p->book, &p->book_n);
    if (e == ERR_OK)
        e = session_list(db, w->a, w->id, clock_ms(), &p->sessions, &p->sessions_n);
    if (e == ERR_OK)
        e = cart_get(db, w->a, &who, str_c(w->app->set.currency), &p->cart);
    return e == ERR_OK ? orders_read(db, w, &who) : e;
}

enum err
person_read(struct app *app, struct db *db, struct arena *a, int64_t id, struct person **out,
    struct fault *flt)
{
    struct work w = {app, a, id, arena_calloc(a, 1, sizeof(**out)), flt};
    enum err e = db_snapshot(db, read_tx, &w);

    if (e == ERR_OK)
        *out = w.p;
    return e;
}

static enum err
forget_parts(struct db *db, struct work *w)
{
    const struct shopper who = {.account_id = w->id};
    enum err e = cart_clear(db, &who);

    if (e == ERR_OK)
        e = book_forget(db, w->id);
    if (e == ERR_OK)
        e = order_forget_person(db, w->a, w->id);
    return e == ERR_OK ? account_erase(db, w->id, clock_ms()) : e;
}

static enum err
erase_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    struct account acc;
    bool any = false, last = false;
    enum err e = account_last_admin(db, w->a, w->id, &last);

    if (e == ERR_OK)
        e = account_lock(db, w->a, w->id, &acc);
    if (e == ERR_OK && last)
        return fault_set(w->flt, ERR_CONFLICT, "last_admin",
            "You are the shop's only admin. Make another one first.");
    if (e == ERR_OK)
        e = order_any_open(db, w->a, w->id, &any);
    if (e != ERR_OK)
        return e;
    if (any)
        return fault_set(w->flt, ERR_CONFLICT, "orders_open",
            "Some of your orders are unpaid or not sent yet. Cancel them, or wait until they"
            " are on their way.");
    /* The last mail to the address, before it is forgotten. */
    e = account_tell(db, w->a, &acc, "it was deleted, as you asked", clock_ms());
    return e == ERR_OK ? forget_parts(db, w) : e;
}

enum err
person_erase(struct db *db, struct arena *a, int64_t id, struct fault *flt)
{
    struct work w = {.a = a, .id = id, .flt = flt};

    return db_tx(db, erase_tx, &w);
}
