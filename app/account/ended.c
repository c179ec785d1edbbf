/* The list of sessions that ended of late, sorted by id. Read by every request with a token,
 * loaded anew by the first that finds it stale; only what ended since is read then. */
#include "account/ended.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "account/account_store.h"
#include "base/clock.h"
#include "base/log.h"

#define KEY STR("ended")
/* A row is seen only when its transaction has committed: read back for longer than one takes. */
#define OVERLAP_MS 10000
#define LOAD_ARENA ((size_t)64 << 10)

struct ended {
    pthread_rwlock_t lock; /* guards all below */
    pthread_mutex_t loading;
    struct ended_row *row;
    size_t n;
    uint64_t generation;
    int64_t loaded_at, look_at;
};

struct ended *
ended_new(void)
{
    struct ended *en = calloc(1, sizeof(*en));

    if (en == NULL)
        abort();
    (void)pthread_rwlock_init(&en->lock, NULL);
    (void)pthread_mutex_init(&en->loading, NULL);
    return en;
}

void
ended_free(struct ended *en)
{
    if (en == NULL)
        return;
    (void)pthread_rwlock_destroy(&en->lock);
    (void)pthread_mutex_destroy(&en->loading);
    free(en->row);
    free(en);
}

static int
by_id(const void *x, const void *y)
{
    const struct ended_row *a = x, *b = y;

    return a->id < b->id ? -1 : a->id > b->id;
}

/* The old rows that still matter and the new ones, each once. */
static void
merge(struct ended *en, const struct ended_row *more, size_t more_n, int64_t since_ms)
{
    struct ended_row *all = calloc(en->n + more_n + 1, sizeof(*all));
    size_t i, n = 0, kept = 0;

    if (all == NULL)
        abort();
    for (i = 0; i < en->n; i++)
        if (en->row[i].at_ms >= since_ms)
            all[n++] = en->row[i];
    if (more_n > 0)
        memcpy(all + n, more, more_n * sizeof(*all));
    n += more_n;
    qsort(all, n, sizeof(*all), by_id);
    for (i = 0; i < n; i++)
        if (kept == 0 || all[i].id != all[kept - 1].id)
            all[kept++] = all[i];
    free(en->row);
    en->row = all;
    en->n = kept;
}

static enum err
rows_read(struct app *app, struct arena *a, int64_t since_ms, struct ended_row **out, size_t *n)
{
    struct db *db = NULL;
    enum err e = db_acquire(app->db, &db);

    if (e == ERR_OK)
        e = session_store_ended(db, a, since_ms, out, n);
    db_release(db);
    return e;
}

static bool
fresh(struct ended *en, uint64_t generation, int64_t now)
{
    bool is;

    (void)pthread_rwlock_rdlock(&en->lock);
    is = en->look_at > now && en->generation == generation;
    (void)pthread_rwlock_unlock(&en->lock);
    return is;
}

/* `generation` was read before: what ends while this reads makes it stale again. */
static void
load(struct app *app, struct ended *en, uint64_t generation, int64_t now)
{
    int64_t oldest = now - app->set.access_token_s * 1000, since = oldest;
    struct arena *a = arena_new(LOAD_ARENA);
    struct ended_row *more = NULL;
    size_t n = 0;
    enum err e;

    if (en->loaded_at != 0 && en->loaded_at - OVERLAP_MS > since)
        since = en->loaded_at - OVERLAP_MS;
    e = rows_read(app, a, since, &more, &n);
    (void)pthread_rwlock_wrlock(&en->lock);
    if (e == ERR_OK) {
        merge(en, more, n, oldest);
        en->loaded_at = now;
    }
    en->generation = generation;
    en->look_at = now + ENDED_STALE_MS;
    (void)pthread_rwlock_unlock(&en->lock);
    arena_free(a);
    if (e != ERR_OK)
        log_warn("account", "event=ended_not_read status=%d", err_status(e));
}

bool
ended_has(struct app *app, int64_t session_id)
{
    const struct ended_row key = {.id = session_id};
    struct ended *en = app->ended;
    uint64_t generation;
    int64_t now;
    bool has;

    if (en == NULL)
        return false;
    now = clock_ms();
    generation = app->cache != NULL ? cache_generation(app->cache, KEY) : 0;
    if (!fresh(en, generation, now)) {
        (void)pthread_mutex_lock(&en->loading);
        if (!fresh(en, generation, now))
            load(app, en, generation, now);
        (void)pthread_mutex_unlock(&en->loading);
    }
    (void)pthread_rwlock_rdlock(&en->lock);
    has = en->n > 0 && bsearch(&key, en->row, en->n, sizeof(key), by_id) != NULL;
    (void)pthread_rwlock_unlock(&en->lock);
    return has;
}

void
ended_tell(struct app *app)
{
    if (app->cache != NULL)
        cache_drop(app->cache, KEY);
}
