/* Transactions: begin, the caller's work, commit; a deadlock or a lock wait is tried
 * again a bounded number of times.  Nothing here nests. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "db/db_priv.h"

#define TRIES_MAX 3
#define PAUSE_MS 5
#define PAUSE_SPREAD_MS 20

static enum err
tx_begin(struct db *db, const char *how)
{
    enum err e = db_command(db, how);

    db->in_tx = e == ERR_OK;
    return e;
}

static void
tx_rollback(struct db *db)
{
    /* A failed roll back leaves a transaction nobody may commit: close with it. */
    if (!db->dead && db_command(db, "ROLLBACK") != ERR_OK)
        db->dead = true;
    db->in_tx = db->tx_lost = false;
}

static enum err
tx_commit(struct db *db)
{
    const int64_t t0 = clock_mono_us();
    enum err e;

    if (db->tx_lost) {
        tx_rollback(db);
        return ERR_BUSY;
    }
    if ((e = db_command(db, "COMMIT")) != ERR_OK)
        tx_rollback(db);
    else
        db_tell(db, DB_TOLD_COMMIT, clock_mono_us() - t0);
    db->in_tx = false;
    return e;
}

static enum err
tx_once(struct db *db, const char *how, enum err (*fn)(struct db *db, void *arg),
    void *arg)
{
    enum err e = tx_begin(db, how);

    if (e != ERR_OK)
        return e;
    e = fn(db, arg);
    if (e == ERR_OK)
        return tx_commit(db);
    tx_rollback(db);
    return e;
}

static void
must_not_nest(const struct db *db)
{
    if (db->in_tx) {
        log_error("db", "transactions do not nest");
        abort();
    }
}

enum err
db_tx(struct db *db, enum err (*fn)(struct db *db, void *arg), void *arg)
{
    enum err e;

    must_not_nest(db);
    for (int tries = 1;; tries++) {
        e = tx_once(db, "START TRANSACTION", fn, arg);
        if (e != ERR_BUSY || db->dead)
            return e;
        if (tries == TRIES_MAX)
            break;
        db_tell(db, DB_TOLD_RETRY, 1);
        clock_sleep_ms(tries * (PAUSE_MS + (int64_t)rand_below(PAUSE_SPREAD_MS)));
    }
    log_warn("db", "transaction busy after %d tries", TRIES_MAX);
    return e;
}

enum err
db_snapshot(struct db *db, enum err (*fn)(struct db *db, void *arg), void *arg)
{
    enum err e;

    must_not_nest(db);
    /* Of the next transaction alone. */
    e = db_command(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    if (e != ERR_OK)
        return e;
    return tx_once(db, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", fn, arg);
}

bool
db_in_tx(const struct db *db)
{
    return db->in_tx;
}

const char *
db_marks(struct arena *a, size_t n)
{
    char *p = arena_calloc(a, n + 1, 2), *q = p;

    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            *q++ = ',';
        *q++ = '?';
    }
    return p;
}

struct str
db_like_prefix(struct arena *a, struct str s)
{
    char *p = arena_calloc(a, s.n + 1, 2);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%' || s.p[i] == '_' || s.p[i] == '\\')
            p[n++] = '\\';
        p[n++] = s.p[i];
    }
    p[n++] = '%';
    return (struct str){p, n};
}
