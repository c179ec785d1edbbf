/* The hint: a small table of SKUs that were refused lately, and for these what the cache
 * knows of their product. What the cache holds came from Redis perhaps, so every byte of it
 * is doubted. */
#include "order/order_hint.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "order/order_parts.h"

#define SLOTS 4096
#define NOTED_MS 60000 /* a product nobody was refused for so long is not looked at */
#define SKUS_MAX 100
#define KEYS_MAX 5000 /* a product ordered more often than that is left to the database */
#define KEY_N 40

struct slot {
    uint64_t hash; /* of the SKU's code; 0: empty */
    int64_t product_id, sku_id, noted_ms, renewed_ms;
};

struct order_hints {
    pthread_mutex_t lock;
    struct slot slot[SLOTS];
};

/* What a hint is made of, as bytes: head, sku_id[skus], mark[keys] ascending. */
struct head {
    int64_t loaded_ms;
    uint32_t skus, keys;
};
struct hint {
    struct head head;
    const char *sku_id, *mark;
};

struct order_hints *
order_hints_new(void)
{
    struct order_hints *h = calloc(1, sizeof(*h));

    if (h == NULL)
        abort();
    pthread_mutex_init(&h->lock, NULL);
    return h;
}

void
order_hints_free(struct order_hints *h)
{
    if (h == NULL)
        return;
    pthread_mutex_destroy(&h->lock);
    free(h);
}

static uint64_t
code_hash(struct str sku)
{
    return str_hash(sku) | 1;
}

void
order_hints_note(struct order_hints *h, const struct sku_info *s)
{
    const uint64_t hash = code_hash(s->sku);
    struct slot *at = &h->slot[(hash >> 1) % SLOTS];

    pthread_mutex_lock(&h->lock);
    if (at->hash != hash)
        at->renewed_ms = 0;
    at->hash = hash;
    at->product_id = s->product_id;
    at->sku_id = s->sku_id;
    at->noted_ms = clock_mono_us() / 1000;
    pthread_mutex_unlock(&h->lock);
}

static bool
noted(struct order_hints *h, struct str sku, struct slot *out)
{
    const uint64_t hash = code_hash(sku);
    const struct slot *at = &h->slot[(hash >> 1) % SLOTS];
    bool is;

    pthread_mutex_lock(&h->lock);
    is = at->hash == hash && clock_mono_us() / 1000 - at->noted_ms < NOTED_MS;
    if (is)
        *out = *at;
    pthread_mutex_unlock(&h->lock);
    return is;
}

/* --- the bytes --- */

static uint32_t
mark_of(struct arena *a, struct str scope, struct str key)
{
    struct str both = arena_printf(a, "%.*s\n%.*s", STR_F(scope), STR_F(key));

    return (uint32_t)(str_hash(both) >> 16);
}

static int
by_mark(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}

struct loading {
    const struct hint_source *from;
    int64_t product_id;
};

/* What is left is read before the keys: an order that took the last unit is committed then,
 * and its key is among those read. */
static enum err
load(void *arg, struct arena *a, struct str *out)
{
    const struct loading *l = arg;
    struct head head = {.loaded_ms = clock_ms()};
    struct hint_rows rows;
    struct db *db;
    enum err e;
    char *p;

    if ((e = l->from->open(l->from->arg, &db)) != ERR_OK)
        return e;
    e = hint_store_load(db, a, l->product_id, KEYS_MAX, &rows);
    if (e != ERR_OK)
        return e;
    head.skus = (uint32_t)(rows.keys_n > KEYS_MAX ? 0 : rows.skus_n);
    head.keys = (uint32_t)(head.skus > 0 ? rows.keys_n : 0);
    uint32_t *mark = arena_calloc(a, head.keys + 1, sizeof(*mark));
    for (size_t i = 0; i < head.keys; i++)
        mark[i] = mark_of(a, rows.key[2 * i], rows.key[2 * i + 1]);
    qsort(mark, head.keys, sizeof(*mark), by_mark);
    out->n = sizeof(head) + head.skus * sizeof(int64_t) + head.keys * sizeof(*mark);
    out->p = p = arena_alloc(a, out->n);
    memcpy(p, &head, sizeof(head));
    p += sizeof(head);
    if (head.skus > 0)
        memcpy(p, rows.sku_id, head.skus * sizeof(int64_t));
    memcpy(p + head.skus * sizeof(int64_t), mark, head.keys * sizeof(*mark));
    return ERR_OK;
}

static bool
parse(struct str s, struct hint *out)
{
    struct head *head = &out->head;

    if (s.n < sizeof(*head))
        return false;
    memcpy(head, s.p, sizeof(*head));
    out->sku_id = s.p + sizeof(*head);
    if (head->skus > SKUS_MAX || head->keys > KEYS_MAX)
        return false;
    out->mark = out->sku_id + head->skus * sizeof(int64_t);
    return s.n == sizeof(*head) + head->skus * sizeof(int64_t) +
                      head->keys * sizeof(uint32_t);
}

static bool
has_sku(const struct hint *h, int64_t sku_id)
{
    for (size_t i = 0; i < h->head.skus; i++)
        if (memcmp(h->sku_id + i * sizeof(sku_id), &sku_id, sizeof(sku_id)) == 0)
            return true;
    return false;
}

static bool
has_mark(const struct hint *h, uint32_t mark)
{
    size_t lo = 0, hi = h->head.keys;
    uint32_t at;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        memcpy(&at, h->mark + mid * sizeof(at), sizeof(at));
        if (at == mark)
            return true;
        if (at < mark)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

/* --- asking --- */

/* Too old to refuse anybody: one caller has it read anew at its next look, at most twice in
 * the time a hint lives. */
static bool
mine_to_renew(struct order_hints *h, struct str sku)
{
    const uint64_t hash = code_hash(sku);
    struct slot *at = &h->slot[(hash >> 1) % SLOTS];
    int64_t now = clock_mono_us() / 1000;
    bool mine;

    pthread_mutex_lock(&h->lock);
    mine = at->hash == hash && now - at->renewed_ms >= HINT_MS / 2;
    if (mine)
        at->renewed_ms = now;
    pthread_mutex_unlock(&h->lock);
    return mine;
}

static bool
fresh(const struct hint *h)
{
    int64_t age = clock_ms() - h->head.loaded_ms;

    return age >= 0 && age <= HINT_MS;
}

static bool
sold_out(struct order_hints *h, struct arena *a, const struct hint_source *from,
    const struct order_in *in, struct str sku)
{
    struct slot s;
    struct loading l = {.from = from};
    struct hint hint;
    struct str bytes;
    char key[KEY_N];

    if (!noted(h, sku, &s))
        return false;
    l.product_id = s.product_id;
    (void)snprintf(key, sizeof(key), "so:%" PRId64, s.product_id);
    if (cache_get(from->cache, a, str_c(key), load, &l, &bytes) != ERR_OK)
        return false;
    if (!parse(bytes, &hint) || !fresh(&hint)) {
        if (!mine_to_renew(h, sku))
            return false;
        cache_drop(from->cache, str_c(key));
        if (cache_get(from->cache, a, str_c(key), load, &l, &bytes) != ERR_OK ||
            !parse(bytes, &hint) || !fresh(&hint))
            return false;
    }
    if (!has_sku(&hint, s.sku_id))
        return false;
    return in->idem_key.p == NULL ||
           !has_mark(&hint, mark_of(a, in->idem_scope, order_idem_key(in)));
}

enum err
order_hints_refuse(struct order_hints *h, struct arena *a, const struct hint_source *from,
    const struct order_in *in, struct fault *flt)
{
    size_t n = 0;
    char ptr[48];

    for (size_t i = 0; in->want != NULL && i < in->n; i++) {
        if (!sold_out(h, a, from, in, in->want[i].sku))
            continue;
        (void)snprintf(ptr, sizeof(ptr), "/items/%zu/quantity", i);
        (void)fault_field(flt, ptr, "out_of_stock", "%s: only 0 left",
            arena_cstr(a, str_utf8_cut(in->want[i].sku, 64)));
        fault_extra_str(flt, "sku", in->want[i].sku);
        fault_extra_i64(flt, "available", 0);
        n++;
    }
    if (n == 0)
        return ERR_OK;
    return fault_set(flt, ERR_CONFLICT, "out_of_stock",
        "There is not enough left of %zu of the lines; nothing was ordered.", n);
}
