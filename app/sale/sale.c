/* What a sale must keep, and the list of those that run: bytes in the cache that every order
 * reads without asking anyone. They may have come from Redis, so nothing in them is trusted
 * further than a wrong time to hold for a second. */
#include "sale/sale.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/rand.h"
#include "sale/sale_store.h"

#define KEY STR("sales")
/* The list is read anew at least that often: those that begin before are in it. */
#define AHEAD_MS INT64_C(120000)
/* LIST, then of each sale its head and its ids: products, then categories. */
#define LIST INT64_C(0x31656c61730a0000)
#define HEAD_N 6
enum { H_STARTS, H_ENDS, H_HOLD, H_UNITS, H_PRODUCTS, H_CATEGORIES };

static enum err
check(const struct sale *s, struct fault *flt)
{
    enum err e = ERR_OK;

    if (s->starts_at >= s->ends_at)
        e = fault_field(flt, "/ends_at", "out_of_range", "must be after starts_at");
    if (s->products_n + s->categories_n > SALE_ITEMS_MAX)
        e = fault_field(flt, "/products", "out_of_range",
            "at most %d products and categories", SALE_ITEMS_MAX);
    return e;
}

static enum err
items(struct db *db, struct arena *a, const struct sale *s, struct fault *flt)
{
    int64_t *category_id = arena_calloc(a, s->categories_n + 1, sizeof(*category_id));
    enum err e = ERR_OK;
    char ptr[40];
    size_t i;

    for (i = 0; i < s->categories_n && e == ERR_OK; i++)
        e = sale_store_category(db, a, s->categories[i], &category_id[i]);
    if (e == ERR_NOT_FOUND) {
        (void)snprintf(ptr, sizeof(ptr), "/categories/%zu", i - 1);
        return fault_field(flt, ptr, "unknown", "there is no such category");
    }
    if (e == ERR_OK)
        e = sale_store_items(db, a, s, category_id);
    if (e == ERR_CONFLICT)
        return fault_field(
            flt, "/products", "unknown", "one of the products does not exist");
    return e;
}

enum err
sale_list(struct db *db, struct arena *a, struct sale **out, size_t *n)
{
    return sale_store_list(db, a, 0, INT64_MAX, out, n);
}

enum err
sale_get(struct db *db, struct arena *a, int64_t id, bool lock, struct sale *out)
{
    return sale_store_get(db, a, id, lock, out);
}

enum err
sale_create(struct db *db, struct arena *a, struct sale *s, struct fault *flt)
{
    enum err e = check(s, flt);

    if (e != ERR_OK)
        return e;
    s->id = id_next();
    s->version = 1;
    s->created_at = s->updated_at = clock_ms();
    if ((e = sale_store_add(db, s)) != ERR_OK)
        return e;
    return items(db, a, s, flt);
}

enum err
sale_replace(struct db *db, struct arena *a, struct sale *s, struct fault *flt)
{
    enum err e = check(s, flt);

    if (e != ERR_OK)
        return e;
    s->updated_at = clock_ms();
    if ((e = sale_store_update(db, s)) != ERR_OK)
        return e;
    s->version++;
    return items(db, a, s, flt);
}

enum err
sale_delete(struct db *db, int64_t id)
{
    return sale_store_delete(db, id);
}

void
sales_changed(struct cache *cache)
{
    if (cache != NULL)
        cache_drop(cache, KEY);
}

/* --- the list --- */

static void
put(struct buf *b, const int64_t *v, size_t n)
{
    buf_str(b, (struct str){(const char *)v, n * sizeof(*v)});
}

/* A sale's categories with all below them. */
static enum err
put_sale(struct db *db, struct arena *a, const struct sale *s, struct buf *out)
{
    int64_t *below, head[HEAD_N];
    size_t n, all = 0;
    struct buf ids;
    enum err e;

    buf_init_arena(&ids, a, (size_t)4 << 20);
    for (size_t i = 0; i < s->categories_n; i++) {
        if ((e = sale_store_subtree(db, a, s->categories[i], &below, &n)) != ERR_OK)
            return e;
        put(&ids, below, n);
        all += n;
    }
    head[H_STARTS] = s->starts_at;
    head[H_ENDS] = s->ends_at;
    head[H_HOLD] = s->hold_ms;
    head[H_UNITS] = s->max_units;
    head[H_PRODUCTS] = (int64_t)s->products_n;
    head[H_CATEGORIES] = (int64_t)all;
    put(out, head, HEAD_N);
    put(out, s->products, s->products_n);
    buf_str(out, buf_view(&ids));
    return ERR_OK;
}

static enum err
load(void *arg, struct arena *a, struct str *out)
{
    const struct sale_source *from = arg;
    const int64_t now = clock_ms();
    const int64_t first = LIST;
    struct sale *s;
    struct buf b;
    struct db *db;
    size_t n;
    enum err e;

    if ((e = from->open(from->arg, &db)) != ERR_OK)
        return e;
    e = sale_store_list(db, a, now, now + AHEAD_MS, &s, &n);
    buf_init_arena(&b, a, (size_t)8 << 20);
    put(&b, &first, 1);
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        e = put_sale(db, a, &s[i], &b);
    if (e == ERR_OK && b.overflow)
        return ERR_TOO_LARGE;
    *out = buf_view(&b);
    return e;
}

enum err
sales_running(const struct sale_source *from, struct arena *a, struct str *out)
{
    struct sale_source src = *from;
    enum err e;

    *out = STR_NULL;
    if (from->cache == NULL)
        return ERR_OK;
    e = cache_get(from->cache, a, KEY, load, &src, out);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static bool
has(const char *ids, int64_t n, int64_t id)
{
    for (int64_t i = 0; i < n; i++)
        if (memcmp(ids + (size_t)i * sizeof(id), &id, sizeof(id)) == 0)
            return true;
    return false;
}

/* The units that a sale covers of an order. */
static int64_t
covered(const int64_t head[HEAD_N], const char *ids, const struct sale_line *l, size_t n)
{
    const char *categories = ids + (size_t)head[H_PRODUCTS] * sizeof(int64_t);
    const bool all = head[H_PRODUCTS] == 0 && head[H_CATEGORIES] == 0;
    int64_t units = 0;

    for (size_t i = 0; i < n; i++)
        if (all || has(ids, head[H_PRODUCTS], l[i].product_id) ||
            (l[i].category_id != 0 &&
                has(categories, head[H_CATEGORIES], l[i].category_id)))
            units += l[i].quantity;
    return units;
}

static bool
sane(const int64_t head[HEAD_N], size_t left)
{
    const int64_t most = (int64_t)(left / sizeof(int64_t));

    return head[H_HOLD] >= SALE_HOLD_MIN_S * 1000 &&
           head[H_HOLD] <= SALE_HOLD_MAX_S * INT64_C(1000) && head[H_PRODUCTS] >= 0 &&
           head[H_PRODUCTS] <= most && head[H_CATEGORIES] >= 0 &&
           head[H_CATEGORIES] <= most - head[H_PRODUCTS];
}

void
sale_terms(struct str running, int64_t now, const struct sale_line *l, size_t n,
    struct sale_terms *out)
{
    int64_t head[HEAD_N], units, first = 0;
    size_t at = sizeof(first);

    *out = (struct sale_terms){.hold_ms = 0};
    if (running.n >= sizeof(first))
        memcpy(&first, running.p, sizeof(first));
    if (first != LIST)
        return;
    while (running.n - at >= sizeof(head)) {
        const char *ids = running.p + at + sizeof(head);

        memcpy(head, running.p + at, sizeof(head));
        at += sizeof(head);
        if (!sane(head, running.n - at))
            return;
        at += (size_t)(head[H_PRODUCTS] + head[H_CATEGORIES]) * sizeof(int64_t);
        if (now < head[H_STARTS] || now >= head[H_ENDS])
            continue;
        if ((units = covered(head, ids, l, n)) == 0)
            continue;
        if (out->hold_ms == 0 || head[H_HOLD] < out->hold_ms)
            out->hold_ms = head[H_HOLD];
        if (head[H_UNITS] > 0 && units > head[H_UNITS])
            out->max_units = head[H_UNITS];
    }
}
