/* "Sold out" from memory: no trip to the database, gone the moment stock comes back, and
 * whatever becomes of Redis, exactly what is there is sold. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "catalog/catalog.h"
#include "it.h"
#include "it_db.h"
#include "it_shop.h"
#include "order/order_committer.h"
#include "order/order_hint.h"
#include "stock/stock.h"

#define BUYERS 32
#define ROUNDS 40

static struct committer *cm;
static struct kv *kv;
static struct cache *cache;
static struct order_hints *hints;
static char redis_socket[256];
static pid_t redis;
static atomic_int opened;

static void
release(void *db)
{
    db_release(db);
}

/* Its connection is the caller's until its arena is emptied, as a request's is. */
static enum err
open_db(void *arg, struct db **db)
{
    enum err e = db_acquire(shop_pool(), db);

    atomic_fetch_add(&opened, 1);
    if (e == ERR_OK)
        arena_defer(arg, release, *db);
    return e;
}

static struct cache *
cache_on(struct kv *k)
{
    char path[256];
    const struct cache_conf c = {.shared_path = it_path(path, "generations"),
        .memory_max = 1 << 20,
        .memory_ttl_ms = 1000,
        .ttl_ms = 60000,
        .absent_ttl_ms = 2000};
    struct cache *out;

    if (cache_new(&out, &c, k) != ERR_OK)
        abort();
    return out;
}

static void
up(void)
{
    struct db_conf c = it_conf(2);
    const struct kv_conf k = {
        .socket = it_path(redis_socket, "own.sock"), .size = 8, .prefix = "t:"};

    shop_test_up();
    redis = it_redis_start(redis_socket);
    kv = kv_new(&k);
    cache = cache_on(kv);
    cm = committer_new(&c);
    hints = order_hints_new();
}

static void
down(void)
{
    committer_free(cm);
    order_hints_free(hints);
    cache_free(cache);
    kv_free(kv);
    if (redis > 0)
        it_redis_kill(redis);
    shop_test_down();
    arena_reset(shop_ar);
}

struct attempt {
    struct order_answer an;
    struct fault flt;
    bool hinted; /* refused without the committer */
};

/* As a request does it. Connections the hint opened are given back at once. */
static enum err
place(struct arena *a, struct order_in *in, struct attempt *t)
{
    const struct hint_source from = {.cache = cache, .open = open_db, .arg = a};
    enum err e;

    *t = (struct attempt){.hinted = false};
    in->hints = hints;
    e = order_hints_refuse(hints, a, &from, in, &t->flt);
    t->hinted = e != ERR_OK;
    return e == ERR_OK ? committer_place(cm, a, cache, in, &t->an, &t->flt) : e;
}

static enum err
buy(const struct goods *g, int64_t n, const char *key, struct attempt *t)
{
    struct arena *a = arena_new(1 << 14);
    struct shopper who = {.guest_hash = STR("one and the same guest, 32 bytes")};
    struct order_in in;
    enum err e;

    in = order_of(a, &who, g, n, key);
    if (key != NULL) /* each test's own */
        in.idem_key = arena_printf(a, "%s %s", key, g->sku);
    e = place(a, &in, t);
    t->an.body = STR_NULL;
    arena_free(a);
    return e;
}

/* One more: refused by the database, then by the hint. */
static void
sell_out(const struct goods *g, int64_t stock)
{
    struct attempt t;

    CU_ASSERT_EQUAL(buy(g, stock, "last one", &t), ERR_OK);
    CU_ASSERT_EQUAL(buy(g, 1, "late", &t), ERR_CONFLICT);
    CU_ASSERT(!t.hinted);
    CU_ASSERT_EQUAL(buy(g, 1, "later", &t), ERR_CONFLICT);
    CU_ASSERT(t.hinted);
}

static void
test_no_trip_to_the_database(void)
{
    struct goods g = goods_new(100, 5);
    struct committer_figures before, after;
    struct attempt t;
    int trips;

    sell_out(&g, 5);
    committer_figures(cm, &before);
    trips = atomic_load(&opened);
    for (int i = 0; i < 1000; i++) {
        CU_ASSERT_EQUAL(buy(&g, 1, "storm", &t), ERR_CONFLICT);
        CU_ASSERT_STRING_EQUAL(t.flt.slug, "out_of_stock");
        CU_ASSERT_STRING_EQUAL(t.flt.field[0].pointer, "/items/0/quantity");
        CU_ASSERT(strstr(t.flt.field[0].extra, "\"available\":0") != NULL);
    }
    committer_figures(cm, &after);
    /* Once a second a hint is too old, and the database is asked. */
    CU_ASSERT(after.orders - before.orders <= 10);
    CU_ASSERT(atomic_load(&opened) - trips <= 10);
}

static void
test_stock_that_comes_back_is_sold_at_once(void)
{
    struct goods g = goods_new(100, 5);
    struct attempt t;
    int64_t id, left, n;
    struct fault f;

    for (int i = 0; i < 3; i++) {
        char key[16];

        (void)snprintf(key, sizeof(key), "back %d", i);
        if (i == 0)
            sell_out(&g, 5);
        id = sql_int("SELECT MAX(o.id) FROM orders o JOIN order_line l ON l.order_id = o.id"
                     " WHERE o.status = 'pending' AND l.sku_id = ?",
            g.sku_id);
        if (i == 0)
            CU_ASSERT_EQUAL(
                order_cancel(shop_db, shop_ar, NULL, id, "t", cache, &f), ERR_OK);
        if (i == 1)
            CU_ASSERT_EQUAL(order_expire_due(shop_db, shop_ar, cache,
                                clock_ms() + 3600000, 10, &n),
                ERR_OK);
        if (i == 2) {
            CU_ASSERT_EQUAL(stock_adjust(shop_db, g.sku_id, 5, STR("found"), "t", &left, &f),
                ERR_OK);
            catalog_changed(cache, g.product_id);
        }
        CU_ASSERT_EQUAL(buy(&g, 5, key, &t), ERR_OK);
        CU_ASSERT_EQUAL(buy(&g, 1, "no more", &t), ERR_CONFLICT);
        CU_ASSERT_EQUAL(buy(&g, 1, "no more", &t), ERR_CONFLICT);
    }
}

static void
test_a_repeat_is_answered_though_all_is_sold(void)
{
    struct goods g = goods_new(100, 5);
    struct attempt t;

    sell_out(&g, 5);
    CU_ASSERT_EQUAL(buy(&g, 5, "last one", &t), ERR_OK);
    CU_ASSERT(t.an.replayed);
    CU_ASSERT_EQUAL(buy(&g, 1, "later", &t), ERR_CONFLICT);
    CU_ASSERT(t.hinted);
}

/* Nobody told the cache, or Redis has it still: one second later all is well. */
/* Nor is it sold out: it is not for sale, and says so. */
static void
test_what_is_archived_has_its_own_answer(void)
{
    struct goods g = goods_new(100, 5);
    struct attempt t;

    sell_out(&g, 5);
    sql_do("UPDATE product SET status = 'archived' WHERE id = ?", g.product_id);
    catalog_changed(cache, g.product_id);
    CU_ASSERT_EQUAL(buy(&g, 1, "too late", &t), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(t.flt.field[0].code, "unknown_sku");
}

static void
test_a_lie_lasts_a_second(void)
{
    struct goods g = goods_new(100, 5);
    struct attempt t;
    int64_t t0, left;
    struct fault f;

    sell_out(&g, 5);
    CU_ASSERT_EQUAL(
        stock_adjust(shop_db, g.sku_id, 1, STR("found"), "t", &left, &f), ERR_OK);
    t0 = clock_mono_us();
    while (buy(&g, 1, "patient", &t) != ERR_OK && clock_mono_us() - t0 < 5000000)
        clock_sleep_ms(20);
    CU_ASSERT_EQUAL(goods_left(&g), 0);
    CU_ASSERT(clock_mono_us() - t0 < 2 * HINT_MS * 1000);
}

static void
lie(const struct goods *g, struct str bytes)
{
    char key[64];

    (void)snprintf(key, sizeof(key), "c:so:%" PRId64, g->product_id);
    (void)!kv_set(kv, str_c(key), bytes, 60000); /* it may be dead just now */
}

/* --- a crowd while somebody plays with Redis --- */

struct crowd {
    const struct goods *g;
    atomic_int ok, refused, other, next;
    atomic_bool stop;
};

static void *
buyer(void *arg)
{
    struct crowd *c = arg;
    struct arena *a = arena_new(1 << 14);
    int mine = atomic_fetch_add(&c->next, 1);
    struct attempt t;

    for (int i = 0; i < ROUNDS; i++) {
        struct shopper who = guest_new(a);
        struct order_in in;
        char key[32];
        enum err e;

        (void)snprintf(key, sizeof(key), "b%d.%d.%" PRIu64, mine, i, rand_below(1 << 30));
        in = order_of(a, &who, c->g, 1, key);
        e = place(a, &in, &t);
        if (e == ERR_OK)
            atomic_fetch_add(&c->ok, 1);
        else if (e == ERR_CONFLICT && str_eq_c(STR("out_of_stock"), t.flt.slug))
            atomic_fetch_add(&c->refused, 1);
        else
            atomic_fetch_add(&c->other, 1);
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static void *
spoiler(void *arg)
{
    struct crowd *c = arg;
    int64_t forged[3] = {0, 1, c->g->sku_id}; /* sold out, no key known */

    for (int i = 0; !atomic_load(&c->stop); i++) {
        switch (i % 5) {
        case 0:
            (void)!kv_flush(kv);
            break;
        case 1:
            lie(c->g, STR("garbage of no length"));
            break;
        case 2:
            forged[0] = clock_ms();
            lie(c->g, (struct str){(const char *)forged, sizeof(forged)});
            break;
        case 3:
            it_redis_kill(redis);
            redis = 0;
            break;
        default:
            if (redis == 0)
                redis = it_redis_start(redis_socket);
        }
        clock_sleep_ms(20);
    }
    return NULL;
}

static void
test_whatever_becomes_of_redis(void)
{
    struct goods g = goods_new(100, 300);
    struct crowd c = {.g = &g};
    pthread_t t;
    struct attempt last;
    int64_t t0;

    CU_ASSERT_EQUAL_FATAL(pthread_create(&t, NULL, spoiler, &c), 0);
    it_threads(BUYERS, buyer, &c);
    atomic_store(&c.stop, true);
    pthread_join(t, NULL);
    CU_ASSERT_EQUAL(c.other, 0);
    /* A lie refuses for a second; whoever comes again gets what is left. */
    t0 = clock_mono_us();
    while (goods_left(&g) > 0 && clock_mono_us() - t0 < 10000000) {
        c.ok += buy(&g, 1, NULL, &last) == ERR_OK;
        clock_sleep_ms(1);
    }
    CU_ASSERT_EQUAL(c.ok, 300);
    CU_ASSERT_EQUAL(goods_left(&g), 0);
}

static CU_TestInfo tests[] = {
    {"no trip to the database", test_no_trip_to_the_database},
    {"stock that comes back is sold at once", test_stock_that_comes_back_is_sold_at_once},
    {"a repeat is answered though all is sold",
        test_a_repeat_is_answered_though_all_is_sold},
    {"what is archived has its own answer", test_what_is_archived_has_its_own_answer},
    {"a lie lasts a second", test_a_lie_lasts_a_second},
    {"whatever becomes of Redis", test_whatever_becomes_of_redis},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"hint_it", shop_up, shop_down, up, down, tests};

    return it_main(&s);
}
