/* The rules of the address book: what an address is, how many, and which is the default. */
#include "address/address.h"

#include "account/account.h"
#include "address/address_store.h"
#include "base/clock.h"
#include "base/rand.h"

enum err
book_list(struct db *db, struct arena *a, int64_t account_id, struct book_entry **out,
    size_t *n)
{
    return address_store_read(db, a, account_id, 0, out, n);
}

enum err
book_get(
    struct db *db, struct arena *a, int64_t account_id, int64_t id, struct book_entry *out)
{
    struct book_entry *found;
    size_t n;
    enum err e = address_store_read(db, a, account_id, id, &found, &n);

    if (e == ERR_OK && n == 0)
        return ERR_NOT_FOUND;
    if (e == ERR_OK)
        *out = found[0];
    return e;
}

struct work {
    struct arena *a;
    int64_t account_id, id;
    struct book_entry *e;
    struct fault *flt;
};

/* The account's row is the lock: two that are added at once do not both become the default,
 * or the twenty-first. */
static enum err
book_lock(struct db *db, struct work *w, struct book_entry **list, size_t *n)
{
    struct account acc;
    enum err e = account_lock(db, w->a, w->account_id, &acc);

    return e == ERR_OK ? book_list(db, w->a, w->account_id, list, n) : e;
}

static enum err
put_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    struct book_entry *list, was;
    bool added = w->id == 0;
    size_t n;
    enum err e = book_lock(db, w, &list, &n);

    if (e != ERR_OK)
        return e;
    if (added && n >= ADDRESSES_MAX)
        return fault_set(w->flt, ERR_CONFLICT, "too_many_addresses",
            "There are %d addresses already. Remove one first.", ADDRESSES_MAX);
    if (added) {
        w->e->id = id_next();
        w->e->is_default = w->e->is_default || n == 0;
        e = address_store_add(db, w->account_id, w->e);
    } else {
        e = book_get(db, w->a, w->account_id, w->id, &was);
        if (e == ERR_OK) {
            /* A default stays it until another becomes it. */
            w->e->is_default = w->e->is_default || was.is_default;
            w->e->created_at = was.created_at;
            e = address_store_set(db, w->account_id, w->e);
        }
    }
    if (e == ERR_OK && w->e->is_default)
        e = address_store_default(db, w->account_id, w->e->id);
    return e;
}

enum err
book_put(struct db *db, struct arena *a, int64_t account_id, struct book_entry *e,
    struct fault *flt)
{
    struct work w = {a, account_id, e->id, e, flt};
    enum err err = order_check_address(a, &e->to, flt);

    if (err != ERR_OK)
        return err;
    e->created_at = e->updated_at = clock_ms();
    return db_tx(db, put_tx, &w);
}

static enum err
remove_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    struct book_entry *list;
    size_t n, i;
    enum err e = book_lock(db, w, &list, &n);

    if (e == ERR_OK)
        e = address_store_remove(db, w->account_id, w->id);
    /* The default stands first, and the newest of the others behind it. */
    for (i = 0; e == ERR_OK && i < n; i++)
        if (list[i].id != w->id)
            return address_store_default(db, w->account_id, list[i].id);
    return e;
}

enum err
book_remove(struct db *db, struct arena *a, int64_t account_id, int64_t id)
{
    struct work w = {a, account_id, id, NULL, NULL};

    return db_tx(db, remove_tx, &w);
}

enum err
book_forget(struct db *db, int64_t account_id)
{
    return address_store_forget(db, account_id);
}
