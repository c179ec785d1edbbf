/* Placing one order on a connection of the caller's: a batch of one. Request threads use
 * order_committer.h, which makes larger ones. */
#include "order/order_batch.h"

#define SCRATCH_CHUNK ((size_t)64 << 10)

enum err
order_place(struct db *db, struct arena *a, struct cache *cache,
    const struct order_in *in, struct order_answer *out, struct fault *flt)
{
    struct batch_source from = {.db = db};
    struct placing p, *one = &p;
    struct arena *scratch;
    enum err e = placing_init(&p, a, in, out, flt);

    if (e != ERR_OK)
        return e;
    scratch = arena_new(SCRATCH_CHUNK);
    order_batch_settle(&from, scratch, &one, 1);
    arena_free(scratch);
    if (p.e == ERR_OK && !out->replayed)
        order_products_changed(cache, p.od.lines, p.od.n);
    return p.e;
}
