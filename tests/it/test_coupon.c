/* Coupons, tax and delivery in orders that are really placed: limits hold whoever hurries,
 * slots come back with a cancel or at expiry, and what was reckoned is what is stored. The
 * books are read after each test. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "coupon/coupon.h"
#include "it.h"
#include "it_db.h"
#include "it_pay.h"
#include "it_shop.h"
#include "order/order_committer.h"
#include "price/rules.h"

#define BUYERS 32
#define CONNECTIONS 8

static struct committer *cm;
static struct fault flt;

static int
up(void)
{
    const struct db_conf conf = it_conf(1);

    shop_up();
    cm = committer_new(&conf);
    return 0;
}

static int
down(void)
{
    committer_free(cm);
    return shop_down();
}

/* A percent coupon of 10 %; fields may be changed before coupon_add(). */
static struct coupon
coupon_of(const char *code)
{
    return (struct coupon){.p = {.code = str_c(code),
                               .kind = COUPON_PERCENT,
                               .value = 100000,
                               .currency = STR("USD")},
        .starts_at = -1,
        .ends_at = -1,
        .active = true};
}

static void
coupon_new(struct coupon *c)
{
    CU_ASSERT_EQUAL_FATAL(coupon_check(shop_ar, c, &flt), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(coupon_add(shop_db, c, &flt), ERR_OK);
}

static int64_t
used(const struct coupon *c)
{
    int64_t held = sql_int("SELECT COUNT(*) FROM coupon_redemption WHERE coupon_id = ?"
                           " AND released_at IS NULL",
        c->id);

    CU_ASSERT_EQUAL(sql_int("SELECT used FROM coupon WHERE id = ?", c->id), held);
    return held;
}

static enum err
place_with(const struct shopper *who, const struct goods *g, const char *code, int64_t *id)
{
    struct order_in in = order_of(shop_ar, who, g, 1, NULL);
    struct order_answer an;
    enum err e;

    fault_clear(&flt);
    in.coupon = str_c(code);
    e = order_place(shop_db, shop_ar, NULL, &in, &an, &flt);
    *id = an.order_id;
    return e;
}

/* --- many at once --- */

/* A crowd of threads, each with its own arena, shopper and (without committer) connection. */
struct crowd {
    const struct goods *g;
    const char *code[2]; /* each thread brings one of them, in turn */
    struct shopper who;  /* 0: each a guest with an address of its own */
    bool committed;      /* through the committer */
    bool cancels;        /* each order it gets at once */
    int orders_each;
    atomic_int next, ok, used_up, other;
};

static void
crowd_order(struct crowd *c, struct arena *a, struct db *db, int me, int k)
{
    struct shopper who = c->who.account_id != 0 ? c->who : guest_new(a);
    struct order_in in = order_of(a, &who, c->g, 1, NULL);
    struct order_answer an;
    struct fault f;
    enum err e;

    fault_clear(&f);
    in.coupon = str_c(c->code[(me + k) % 2]);
    in.email = arena_printf(a, "b%d.%d@example.com", me, k);
    e = c->committed ? committer_place(cm, a, NULL, &in, &an, &f)
                     : order_place(db, a, NULL, &in, &an, &f);
    if (e == ERR_OK && c->cancels &&
        order_cancel(db, a, NULL, an.order_id, "test", NULL, &f) != ERR_OK)
        c->other++;
    if (e == ERR_OK)
        c->ok++;
    else if (e == ERR_INVALID && strcmp(f.field[0].code, "coupon_used_up") == 0)
        c->used_up++;
    else
        c->other++;
}

static void *
crowd_thread(void *arg)
{
    struct crowd *c = arg;
    struct arena *a = arena_new(1 << 14);
    struct db *db = NULL;
    int me = c->next++;

    if (!c->committed && db_acquire(shop_pool(), &db) != ERR_OK)
        abort();
    for (int k = 0; k < c->orders_each; k++)
        crowd_order(c, a, db, me, k);
    db_release(db);
    arena_free(a);
    return NULL;
}

static void
crowd_run(struct crowd *c, bool committed)
{
    c->committed = committed;
    c->orders_each = 4;
    it_threads(committed ? BUYERS : CONNECTIONS, crowd_thread, c);
    CU_ASSERT_EQUAL(c->other, 0);
}

static void
last_use(const char *code, bool committed)
{
    struct goods g = goods_new(1000, 1000);
    struct coupon c = coupon_of(code);
    struct crowd crowd = {.g = &g, .code = {code, code}};

    c.limit_total = 20;
    coupon_new(&c);
    crowd_run(&crowd, committed);
    CU_ASSERT_EQUAL(crowd.ok, 20);
    CU_ASSERT_EQUAL(crowd.used_up, (committed ? BUYERS : CONNECTIONS) * 4 - 20);
    CU_ASSERT_EQUAL(used(&c), 20);
    CU_ASSERT_EQUAL(goods_left(&g), 980);
}

static void
test_the_last_use_of_many_threads(void)
{
    last_use("MANY-THREADS", true);
}

static void
test_the_last_use_of_many_connections(void)
{
    last_use("MANY-CONNECTIONS", false);
}

static void
account_limit(const char *code, bool committed)
{
    struct goods g = goods_new(1000, 1000);
    struct coupon c = coupon_of(code);
    struct crowd crowd = {.g = &g, .code = {code, code}, .who = account_new()};

    c.limit_per_account = 3;
    coupon_new(&c);
    crowd_run(&crowd, committed);
    CU_ASSERT_EQUAL(crowd.ok, 3);
    CU_ASSERT_EQUAL(used(&c), 3);
    crowd = (struct crowd){.g = &g, .code = {code, code}};
    crowd_run(&crowd, committed); /* guests, each with an address of its own */
    CU_ASSERT_EQUAL(crowd.used_up, 0);
}

static void
test_an_accounts_limit(void)
{
    account_limit("ACCOUNT-1", true);
    account_limit("ACCOUNT-2", false);
}

/* Two coupons at once in every batch, brought in either order. */
static void
twins(const char *one, const char *two, bool committed)
{
    struct goods g = goods_new(1000, 1000);
    struct coupon a = coupon_of(one), b = coupon_of(two);
    struct crowd crowd = {.g = &g, .code = {two, one}};

    a.limit_total = 7;
    b.limit_total = 5;
    coupon_new(&a);
    coupon_new(&b);
    crowd_run(&crowd, committed);
    CU_ASSERT_EQUAL(crowd.ok, 12);
    CU_ASSERT_EQUAL(used(&a), 7);
    CU_ASSERT_EQUAL(used(&b), 5);
}

static void
test_twin_coupons(void)
{
    twins("TWIN-A", "TWIN-B", true);
    twins("TWIN-Z", "TWIN-Y", false);
}

/* Coupon and stock are locked in the same order by those who take and those who give back:
 * nobody is refused for a deadlock, and at the end all is as it was. */
static void
test_taken_and_given_back_at_once(void)
{
    struct goods g = goods_new(1000, 40);
    struct coupon a = coupon_of("TO-AND-FRO"), b = coupon_of("FRO-AND-TO");
    struct crowd crowd = {.g = &g, .code = {"FRO-AND-TO", "TO-AND-FRO"}, .cancels = true};

    a.limit_total = b.limit_total = CONNECTIONS;
    a.limit_per_account = 1;
    coupon_new(&a);
    coupon_new(&b);
    for (int i = 0; i < 5; i++) {
        crowd.next = 0;
        crowd_run(&crowd, false);
    }
    CU_ASSERT_EQUAL(crowd.ok, 5 * 4 * CONNECTIONS);
    CU_ASSERT_EQUAL(used(&a), 0);
    CU_ASSERT_EQUAL(used(&b), 0);
    CU_ASSERT_EQUAL(goods_left(&g), 40);
}

/* The same request twice at once, with the coupon's last use: one order, two answers. */
struct pair {
    const struct goods *g;
    int64_t round;
    atomic_llong id[2];
    atomic_int next;
};

static void *
pair_thread(void *arg)
{
    struct pair *p = arg;
    struct arena *a = arena_new(1 << 14);
    struct shopper who = {.guest_hash = STR("0123456789abcdef0123456789abcdef")};
    struct order_in in = order_of(a, &who, p->g, 1, "pair");
    struct order_answer an = {.order_id = 0};
    struct fault f;
    struct db *db;

    fault_clear(&f);
    in.coupon = arena_printf(a, "PAIR-%" PRId64, p->round);
    in.idem_key = in.coupon;
    if (db_acquire(shop_pool(), &db) != ERR_OK)
        abort();
    CU_ASSERT_EQUAL(order_place(db, a, NULL, &in, &an, &f), ERR_OK);
    p->id[p->next++] = an.order_id;
    db_release(db);
    arena_free(a);
    return NULL;
}

static void
test_a_repeat_beside_the_last_use(void)
{
    struct goods g = goods_new(1000, 1000);

    for (int64_t round = 0; round < 50; round++) {
        struct pair p = {.g = &g, .round = round};
        char code[32];
        struct coupon c;

        snprintf(code, sizeof(code), "PAIR-%" PRId64, round);
        c = coupon_of(code);
        c.limit_total = 1;
        coupon_new(&c);
        it_threads(2, pair_thread, &p);
        CU_ASSERT(p.id[0] == p.id[1] && p.id[0] != 0);
        CU_ASSERT_EQUAL(used(&c), 1);
    }
    CU_ASSERT_EQUAL(goods_left(&g), 950);
}

/* --- one at a time --- */

static void
test_a_guest_is_an_address(void)
{
    struct goods g = goods_new(1000, 10);
    struct shopper who = guest_new(shop_ar), other = guest_new(shop_ar);
    struct coupon c = coupon_of("ONE-EACH");
    struct order_in in = order_of(shop_ar, &other, &g, 1, NULL);
    struct order_answer an;
    int64_t id;

    c.limit_per_account = 1;
    coupon_new(&c);
    CU_ASSERT_EQUAL(place_with(&who, &g, "one-each ", &id), ERR_OK);
    CU_ASSERT(str_eq(order_read(id).coupon, STR("ONE-EACH")));
    CU_ASSERT_EQUAL(order_read(id).discount, 100);
    in.coupon = STR("One-Each");
    in.email = STR("BUYER@example.com");
    fault_clear(&flt);
    CU_ASSERT_EQUAL(order_place(shop_db, shop_ar, NULL, &in, &an, &flt), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(flt.field[0].code, "coupon_used_up");
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/coupon");
    in.email = STR("another@example.com");
    fault_clear(&flt);
    CU_ASSERT_EQUAL(order_place(shop_db, shop_ar, NULL, &in, &an, &flt), ERR_OK);
    CU_ASSERT_EQUAL(used(&c), 2);
}

static void
test_given_back(void)
{
    struct goods g = goods_new(1000, 10);
    struct shopper who = guest_new(shop_ar);
    struct coupon c = coupon_of("BACK");
    int64_t id[3], n, more;

    c.limit_total = 3;
    c.limit_per_account = 3;
    coupon_new(&c);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(place_with(&who, &g, "BACK", &id[i]), ERR_OK);
    CU_ASSERT_EQUAL(place_with(&who, &g, "BACK", &more), ERR_INVALID);
    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, NULL, id[1], "test", NULL, &flt), ERR_OK);
    CU_ASSERT_EQUAL(used(&c), 2);
    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, NULL, id[1], "test", NULL, &flt), ERR_OK);
    CU_ASSERT_EQUAL(used(&c), 2);
    /* The hole in the middle is found. */
    CU_ASSERT_EQUAL(place_with(&who, &g, "BACK", &more), ERR_OK);
    CU_ASSERT_EQUAL(
        sql_int("SELECT slot FROM coupon_redemption WHERE order_id = ?", more), 2);
    CU_ASSERT_EQUAL(pay_now(shop_db, shop_ar, NULL, more, true, &flt), ERR_OK);
    CU_ASSERT_EQUAL(
        order_expire_due(shop_db, shop_ar, NULL, clock_ms() + 3600000, 1000, &n), ERR_OK);
    CU_ASSERT_EQUAL(used(&c), 1);
    /* A paid order that is cancelled gives it back as well. */
    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, NULL, more, "test", NULL, &flt), ERR_OK);
    CU_ASSERT_EQUAL(used(&c), 0);
}

static void
expire_all(void)
{
    int64_t n;

    CU_ASSERT_EQUAL(
        order_expire_due(shop_db, shop_ar, NULL, clock_ms() + 3600000, 1000, &n), ERR_OK);
}

/* A late payment takes the coupon again if it is free, else it is refused and nothing of the
 * order comes back to life. */
static void
test_a_late_payment(void)
{
    struct goods g = goods_new(1000, 10);
    struct shopper who = guest_new(shop_ar), other = guest_new(shop_ar);
    struct coupon c = coupon_of("LATE");
    int64_t first, second;

    c.limit_total = c.limit_per_account = 1;
    coupon_new(&c);
    CU_ASSERT_EQUAL(place_with(&who, &g, "LATE", &first), ERR_OK);
    expire_all();
    CU_ASSERT_EQUAL(place_with(&other, &g, "LATE", &second), ERR_OK);
    fault_clear(&flt);
    CU_ASSERT_EQUAL(
        pay_now(shop_db, shop_ar, NULL, first, true, &flt), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "not_payable");
    CU_ASSERT_EQUAL(order_read(first).status, ORDER_EXPIRED);
    CU_ASSERT_EQUAL(goods_left(&g), 9);
    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, NULL, second, "test", NULL, &flt), ERR_OK);
    /* Whatever its window says by now: the order keeps its price. */
    sql_do("UPDATE coupon SET active = 0, ends_at = 1 WHERE id = ?", c.id);
    CU_ASSERT_EQUAL(pay_now(shop_db, shop_ar, NULL, first, true, &flt), ERR_OK);
    CU_ASSERT_EQUAL(order_read(first).total, 900);
    CU_ASSERT_EQUAL(used(&c), 1);
    CU_ASSERT_EQUAL(goods_left(&g), 9);
}

static void
refused(const char *code, const char *why)
{
    static struct goods g;
    struct shopper who = guest_new(shop_ar);
    int64_t orders = sql_int("SELECT COUNT(*) FROM orders", 0), id;

    g = goods_new(1000, 10);
    CU_ASSERT_EQUAL(place_with(&who, &g, code, &id), ERR_INVALID);
    CU_ASSERT_EQUAL_FATAL(flt.n, 1);
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/coupon");
    CU_ASSERT_STRING_EQUAL(flt.field[0].code, why);
    CU_ASSERT_EQUAL(goods_left(&g), 10);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM orders", 0), orders);
}

static void
test_refused(void)
{
    struct coupon early = coupon_of("EARLY"), over = coupon_of("OVER"),
                  off = coupon_of("OFF"), rich = coupon_of("RICH"), euro = coupon_of("EURO");

    early.starts_at = clock_ms() + 3600000;
    over.ends_at = clock_ms();
    off.active = false;
    rich.p.minimum = 1001;
    euro.p.currency = STR("EUR");
    euro.p.minimum = 1;
    coupon_new(&early);
    coupon_new(&over);
    coupon_new(&off);
    coupon_new(&rich);
    coupon_new(&euro);
    refused("EARLY", "coupon_not_started");
    refused("OVER", "coupon_over");
    refused("OFF", "unknown_coupon");
    refused("NEVER", "unknown_coupon");
    refused("not a code!", "unknown_coupon");
    refused("RICH", "coupon_minimum");
    refused("EURO", "coupon_not_applicable");
}

/* The window is from starts_at to before ends_at, to the millisecond. */
static void
test_the_windows_edges(void)
{
    struct coupon_ask ask = {.code = STR("EDGES"), .who = STR("x")};
    struct coupon c = coupon_of("EDGES");
    const struct coupon *found;
    struct coupon_desk *d;

    c.starts_at = 1000;
    c.ends_at = 2000;
    coupon_new(&c);
    CU_ASSERT_EQUAL(coupon_desk_open(shop_db, shop_ar, &ask, 1, &d), ERR_OK);
    CU_ASSERT_EQUAL(coupon_desk_find(d, ask.code, 999, &found, &flt), ERR_INVALID);
    CU_ASSERT_EQUAL(coupon_desk_find(d, ask.code, 1000, &found, &flt), ERR_OK);
    CU_ASSERT_EQUAL(coupon_desk_find(d, ask.code, 1999, &found, &flt), ERR_OK);
    CU_ASSERT_EQUAL(coupon_desk_find(d, ask.code, 2000, &found, &flt), ERR_INVALID);
}

static enum err
change_tx(struct db *db, void *arg)
{
    struct coupon *c = arg;
    struct coupon was;

    fault_clear(&flt);
    if (coupon_get(db, shop_ar, c->id, true, &was) != ERR_OK)
        return ERR_INTERNAL;
    c->used = was.used;
    return coupon_change(db, shop_ar, c, &flt);
}

static void
test_limits_are_not_lowered_below_uses(void)
{
    struct goods g = goods_new(1000, 10);
    struct shopper who = guest_new(shop_ar);
    struct coupon c = coupon_of("LOWER");
    int64_t id;

    coupon_new(&c);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(place_with(&who, &g, "LOWER", &id), ERR_OK);
    c.limit_total = 1;
    CU_ASSERT_EQUAL(db_tx(shop_db, change_tx, &c), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/limit_total");
    c.limit_total = 2;
    c.limit_per_account = 1;
    CU_ASSERT_EQUAL(db_tx(shop_db, change_tx, &c), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/limit_per_account");
    c.limit_per_account = 2;
    CU_ASSERT_EQUAL(db_tx(shop_db, change_tx, &c), ERR_OK);
    CU_ASSERT_EQUAL(place_with(&who, &g, "LOWER", &id), ERR_INVALID);
    CU_ASSERT_EQUAL(coupon_remove(shop_db, c.id, &flt), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "in_use");
}

/* --- what is stored --- */

static struct tax_rule tax[] = {{STR_INIT("MA"), 0, 200000, true}};
static struct place_rule places[] = {{STR_INIT("*"), 1}};
static struct method_rule methods[] = {
    {1, STR_INIT("camel"), STR_INIT("Camel"), STR_INIT("USD"), 600, -1, -1}};
static const struct price_rules desert = {
    .tax = tax, .tax_n = 1, .places = places, .places_n = 1, .methods = methods,
    .methods_n = 1};

static void
test_what_was_reckoned_is_stored(void)
{
    struct goods g = goods_new(1000, 10);
    struct shopper who = guest_new(shop_ar);
    struct order_in in = order_of(shop_ar, &who, &g, 3, NULL);
    struct coupon c = coupon_of("STORED");
    struct order_quote *q = arena_calloc(shop_ar, 1, sizeof(*q));
    struct order_answer an;
    struct order o;

    coupon_new(&c);
    in.rules = &desert;
    in.coupon = STR("stored");
    fault_clear(&flt);
    CU_ASSERT_EQUAL(order_quote(shop_db, shop_ar, &in, NULL, q, &flt), ERR_OK);
    CU_ASSERT_EQUAL(q->o.total, 3300);
    CU_ASSERT_EQUAL(q->methods_n, 1);
    in.expected_total = q->o.total;
    CU_ASSERT_EQUAL(order_place(shop_db, shop_ar, NULL, &in, &an, &flt), ERR_OK);
    o = order_read(an.order_id);
    CU_ASSERT_EQUAL(o.subtotal, 3000);
    CU_ASSERT_EQUAL(o.discount, 300);
    CU_ASSERT_EQUAL(o.shipping, 600);
    CU_ASSERT_EQUAL(o.tax, 0);
    CU_ASSERT_EQUAL(o.tax_included, 450 + 100);
    CU_ASSERT_EQUAL(o.shipping_tax, 100);
    CU_ASSERT_EQUAL(o.shipping_tax_ppm, 200000);
    CU_ASSERT(o.shipping_tax_inclusive);
    CU_ASSERT(str_eq(o.shipping_method, STR("camel")));
    CU_ASSERT_EQUAL_FATAL(o.n, 1);
    CU_ASSERT_EQUAL(o.lines[0].discount, 300);
    CU_ASSERT_EQUAL(o.lines[0].tax, 450);
    CU_ASSERT_EQUAL(o.lines[0].tax_ppm, 200000);
    CU_ASSERT(o.lines[0].tax_inclusive);
    in.expected_total = 3299;
    CU_ASSERT_EQUAL(order_place(shop_db, shop_ar, NULL, &in, &an, &flt), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "cart_changed");
    CU_ASSERT_EQUAL(used(&c), 1);
}

/* A tax rate is charged from the moment its change is told; without being told, within a
 * second. */
static void
test_the_book_follows_changes(void)
{
    const struct cache_conf cc = {.memory_max = 1 << 20,
        .memory_ttl_ms = 1000,
        .ttl_ms = 1000,
        .absent_ttl_ms = 1000};
    const struct price_rules *r = NULL;
    struct cache *cache;
    struct price_book *b;

    CU_ASSERT_EQUAL_FATAL(cache_new(&cache, &cc, NULL), ERR_OK);
    b = price_book_new(cache);
    CU_ASSERT_FALSE(price_book_look(b, shop_ar, &r));
    CU_ASSERT_EQUAL(price_book_read(b, shop_db, shop_ar, &r), ERR_OK);
    CU_ASSERT_PTR_NULL(price_rules_tax(r, STR("MA"), 0));
    CU_ASSERT_TRUE(price_book_look(b, shop_ar, &r));
    sql_do("INSERT INTO tax_rate (id, country, name, rate_ppm, inclusive, version,"
           " created_at, updated_at) VALUES (1, 'MA', 'TVA', 200000, 1, 1, 1, 1)",
        0);
    price_rules_changed(cache);
    CU_ASSERT_FALSE(price_book_look(b, shop_ar, &r));
    CU_ASSERT_EQUAL(price_book_read(b, shop_db, shop_ar, &r), ERR_OK);
    CU_ASSERT_EQUAL(price_rules_tax(r, STR("MA"), 0)->ppm, 200000);
    sql_do("DELETE FROM tax_rate", 0);
    for (int i = 0; i < 500 && price_book_look(b, shop_ar, &r); i++)
        clock_sleep_ms(10);
    CU_ASSERT_EQUAL(price_book_read(b, shop_db, shop_ar, &r), ERR_OK);
    CU_ASSERT_PTR_NULL(price_rules_tax(r, STR("MA"), 0));
    arena_reset(shop_ar);
    price_book_free(b);
    cache_free(cache);
}

static CU_TestInfo tests[] = {
    {"the last use, many threads", test_the_last_use_of_many_threads},
    {"the last use, many connections", test_the_last_use_of_many_connections},
    {"an account's limit", test_an_accounts_limit},
    {"twin coupons", test_twin_coupons},
    {"taken and given back at once", test_taken_and_given_back_at_once},
    {"a repeat beside the last use", test_a_repeat_beside_the_last_use},
    {"a guest is an address", test_a_guest_is_an_address},
    {"given back at cancel and expiry", test_given_back},
    {"a late payment", test_a_late_payment},
    {"refused, and nothing changed", test_refused},
    {"the window's edges", test_the_windows_edges},
    {"limits are not lowered below uses", test_limits_are_not_lowered_below_uses},
    {"what was reckoned is stored", test_what_was_reckoned_is_stored},
    {"the book follows changes", test_the_book_follows_changes},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"coupon", up, down, shop_test_up, shop_test_down, tests};

    return it_main(&s);
}
