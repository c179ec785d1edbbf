/* The threads of a clash and their gate; no tests here. */
#include "it_clash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "it.h"
#include "it_shop.h"

#define ARENA_BYTES (1 << 16)

struct clash {
    pthread_barrier_t gate;
    clash_fn act;
    int64_t id;
    const int *whats;
    bool *ok;
    atomic_int taken;
};

static void *
actor(void *arg)
{
    struct clash *c = arg;
    struct arena *a = arena_new(ARENA_BYTES);
    int me = atomic_fetch_add(&c->taken, 1);
    struct fault f;
    struct db *db;
    enum err e;

    if (db_acquire(shop_pool(), &db) != ERR_OK)
        abort();
    fault_clear(&f);
    pthread_barrier_wait(&c->gate);
    e = c->act(db, a, c->id, c->whats[me], &f);
    if (e != ERR_OK && e != ERR_CONFLICT && e != ERR_BUSY && e != ERR_DECLINED)
        abort();
    c->ok[me] = e == ERR_OK;
    db_release(db);
    arena_free(a);
    return NULL;
}

int
clash(clash_fn act, int64_t id, const int *whats, int n, bool ok[CLASH_MAX])
{
    struct clash c = {.act = act, .id = id, .whats = whats, .ok = ok};
    int done = 0;

    if (n > CLASH_MAX)
        abort();
    pthread_barrier_init(&c.gate, NULL, (unsigned)n);
    it_threads(n, actor, &c);
    pthread_barrier_destroy(&c.gate);
    for (int i = 0; i < n; i++)
        done += ok[i];
    return done;
}
