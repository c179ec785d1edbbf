/* Placing orders against a real database: all lines or none, one order a key, exactly
 * what is in stock sold, whatever many buyers do at once. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cart/cart.h"
#include "it.h"
#include "it_pay.h"
#include "it_shop.h"

static struct fault flt;

static enum err
place(const struct order_in *in, struct order_answer *an)
{
    fault_clear(&flt);
    return order_place(shop_db, shop_ar, NULL, in, an, &flt);
}

static void
test_prices_are_copied_and_stock_is_taken(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(1250, 5);
    int64_t id = order_new(&who, &g, 3);
    struct order o;

    sql_do("UPDATE sku SET price = 9999 WHERE id = ?", g.sku_id);
    o = order_read(id);
    CU_ASSERT_EQUAL(o.status, ORDER_PENDING);
    CU_ASSERT_EQUAL(o.total, 3750);
    CU_ASSERT_EQUAL_FATAL(o.n, 1);
    CU_ASSERT_EQUAL(o.lines[0].unit_price, 1250);
    CU_ASSERT(str_eq(o.address.country, STR("MA")));
    CU_ASSERT_EQUAL(o.number.n, 11);
    CU_ASSERT(str_starts(o.number, STR("S-")));
    CU_ASSERT_EQUAL(goods_left(&g), 2);
}

static void
test_same_key_same_answer(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 5);
    struct order_in in = order_of(shop_ar, &who, &g, 1, "key-1");
    struct order_answer a, b;

    CU_ASSERT_EQUAL_FATAL(place(&in, &a), ERR_OK);
    CU_ASSERT_FALSE(a.replayed);
    /* Even when the goods are gone by then. */
    sql_do("UPDATE sku SET status = 'archived' WHERE id = ?", g.sku_id);
    CU_ASSERT_EQUAL_FATAL(place(&in, &b), ERR_OK);
    CU_ASSERT_TRUE(b.replayed);
    CU_ASSERT_EQUAL(b.http_status, 201);
    CU_ASSERT_EQUAL(a.order_id, b.order_id);
    CU_ASSERT(str_eq(a.body, b.body));
    CU_ASSERT_EQUAL(goods_left(&g), 4);
}

static void
test_same_key_other_body_is_refused(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 5);
    struct order_in in = order_of(shop_ar, &who, &g, 1, "key-2");
    struct order_answer an;

    CU_ASSERT_EQUAL(place(&in, &an), ERR_OK);
    in.body_hash = STR("another body's hash of 32 bytes.");
    CU_ASSERT_EQUAL(place(&in, &an), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(flt.slug, "idempotency_key_reused");
    in.idem_scope = STR("other:orders");
    CU_ASSERT_EQUAL(place(&in, &an), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 3);
}

static void
test_refused_order_leaves_its_key_free(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 1);
    struct order_in in = order_of(shop_ar, &who, &g, 2, "key-3");
    struct order_answer an;

    CU_ASSERT_EQUAL(place(&in, &an), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "out_of_stock");
    sql_do("UPDATE stock SET available = 2 WHERE sku_id = ?", g.sku_id);
    sql_do("UPDATE stock_move SET quantity = 2 WHERE sku_id = ?", g.sku_id);
    CU_ASSERT_EQUAL(place(&in, &an), ERR_OK);
}

static void
test_all_lines_or_none(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g[3] = {goods_new(100, 5), goods_new(100, 1), goods_new(100, 0)};
    struct order_in in = order_of(shop_ar, &who, &g[0], 1, "key-4");
    struct order_want want[3];
    struct order_answer an;

    for (size_t i = 0; i < 3; i++)
        want[i] = (struct order_want){.sku = str_c(g[i].sku), .quantity = 2};
    in.want = want;
    in.n = 3;
    CU_ASSERT_EQUAL(place(&in, &an), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "out_of_stock");
    CU_ASSERT_EQUAL_FATAL(flt.n, 2);
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/items/1/quantity");
    CU_ASSERT_STRING_EQUAL(flt.field[0].code, "out_of_stock");
    CU_ASSERT(strstr(flt.field[0].extra, "\"available\":1") != NULL);
    CU_ASSERT(strstr(flt.field[0].extra, g[1].sku) != NULL);
    CU_ASSERT(strstr(flt.field[1].extra, "\"available\":0") != NULL);
    CU_ASSERT_EQUAL(goods_left(&g[0]), 5);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM idempotency_key WHERE idem_key = 'key-4'", 0), 0);
}

static void
expect_field(struct order_in *in, const char *pointer, const char *code)
{
    struct order_answer an;

    CU_ASSERT_EQUAL(place(in, &an), ERR_INVALID);
    CU_ASSERT_EQUAL_FATAL(flt.n, 1);
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, pointer);
    CU_ASSERT_STRING_EQUAL(flt.field[0].code, code);
}

static void
test_what_cannot_be_ordered(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 5), eur = goods_new_in(100, 5, "EUR");
    const struct order_in good = order_of(shop_ar, &who, &g, 1, NULL);
    struct order_want two[2] = {{STR_INIT(""), 1}, {STR_INIT(""), 1}};
    struct order_in in = good;

    two[0].sku = two[1].sku = str_c(g.sku);
    in.want = two;
    in.n = 2;
    expect_field(&in, "/items/1/sku", "duplicate");
    two[1].sku = STR("no-such-sku");
    expect_field(&in, "/items/1/sku", "unknown_sku");
    two[1].sku = str_c(eur.sku);
    expect_field(&in, "/items/1/sku", "currency_mismatch");
    two[1].sku = STR("x");
    two[1].quantity = 0;
    expect_field(&in, "/items/1/quantity", "out_of_range");
    in = good;
    in.address.country = STR("XX");
    expect_field(&in, "/shipping_address/country", "unknown_country");
    in = good;
    in.address.city = STR(" ");
    expect_field(&in, "/shipping_address/city", "required");
    in = good;
    in.address.name = STR("a\nb");
    expect_field(&in, "/shipping_address/name", "bad_text");
    in = good;
    in.email = STR("nobody");
    expect_field(&in, "/email", "bad_email");
    in = good;
    in.coupon = STR("FREE");
    expect_field(&in, "/coupon", "unknown_coupon");
    in = good;
    in.shipping_method = STR("rocket");
    expect_field(&in, "/shipping_method", "bad_choice");
    in = good;
    in.want = NULL;
    expect_field(&in, "/items", "empty_cart");
    CU_ASSERT_STRING_EQUAL(flt.slug, "empty_cart");
    sql_do("UPDATE sku SET status = 'archived' WHERE id = ?", g.sku_id);
    in = good;
    expect_field(&in, "/items/0/sku", "unknown_sku");
    CU_ASSERT_EQUAL(goods_left(&g), 5);
}

static void
test_changed_total_is_told(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(1100, 5);
    struct order_in in = order_of(shop_ar, &who, &g, 2, NULL);
    struct order_answer an;

    in.expected_total = 2000;
    in.expected_currency = STR("USD");
    CU_ASSERT_EQUAL(place(&in, &an), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "cart_changed");
    CU_ASSERT_EQUAL_FATAL(flt.n, 1);
    CU_ASSERT(strstr(flt.field[0].extra, "\"amount\":2200") != NULL);
    in.expected_total = 2200;
    in.expected_currency = STR("EUR");
    CU_ASSERT_EQUAL(place(&in, &an), ERR_CONFLICT);
    in.expected_currency = STR("USD");
    CU_ASSERT_EQUAL(place(&in, &an), ERR_OK);
}

/* --- many at once --- */

#define BUYERS 64

struct crowd {
    pthread_barrier_t gate;
    struct order_in in; /* of all, or one's own */
    const struct goods *g;
    bool same;
    pthread_mutex_t mu;
    int ok, replayed, short_of, busy, other, next;
    int64_t id;
};

static void
crowd_count(
    struct crowd *c, enum err e, const struct order_answer *an, const struct fault *f)
{
    pthread_mutex_lock(&c->mu);
    if (e == ERR_OK && an->replayed)
        c->replayed++;
    else if (e == ERR_OK)
        c->ok++;
    else if (e == ERR_CONFLICT && strcmp(f->slug, "out_of_stock") == 0)
        c->short_of++;
    else if (e == ERR_BUSY ||
             (e == ERR_CONFLICT && strcmp(f->slug, "request_in_progress") == 0))
        c->busy++;
    else
        c->other++;
    if (e == ERR_OK)
        c->id = an->order_id;
    pthread_mutex_unlock(&c->mu);
}

static enum err
acquire(struct db **db)
{
    enum err e = ERR_BUSY;

    for (int i = 0; i < 60 && e == ERR_BUSY; i++)
        e = db_acquire(shop_pool(), db);
    return e;
}

static void *
buyer(void *arg)
{
    struct crowd *c = arg;
    struct arena *a = arena_new(1 << 14);
    struct shopper who = guest_new(a);
    struct order_answer an = {.order_id = 0};
    struct order_in in = c->in;
    struct fault f;
    struct db *db;
    enum err e;

    if (!c->same)
        in = order_of(a, &who, c->g, 1, NULL);
    pthread_barrier_wait(&c->gate);
    if ((e = acquire(&db)) == ERR_OK) {
        /* A shopper whom the shop asks to try again does. */
        for (int i = 0; i < 20; i++) {
            fault_clear(&f);
            e = order_place(db, a, NULL, &in, &an, &f);
            if (e != ERR_BUSY)
                break;
        }
        crowd_count(c, e, &an, &f);
        db_release(db);
    } else {
        crowd_count(c, ERR_UPSTREAM, &an, &f);
    }
    arena_free(a);
    return NULL;
}

static void
crowd_run(struct crowd *c, int n)
{
    pthread_mutex_init(&c->mu, NULL);
    pthread_barrier_init(&c->gate, NULL, (unsigned)n);
    it_threads(n, buyer, c);
    pthread_barrier_destroy(&c->gate);
    pthread_mutex_destroy(&c->mu);
}

static void
test_two_at_one_instant_make_one_order(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 1000);
    char key[32];

    for (int i = 0; i < 40; i++) {
        struct crowd c = {.same = true, .g = &g};

        snprintf(key, sizeof(key), "twin-%d", i);
        c.in = order_of(shop_ar, &who, &g, 1, key);
        crowd_run(&c, 2);
        CU_ASSERT_EQUAL(c.ok, 1);
        CU_ASSERT_EQUAL(c.replayed, 1);
    }
    CU_ASSERT_EQUAL(goods_left(&g), 960);
}

static void
test_buyers_get_exactly_what_is_there(void)
{
    struct goods g = goods_new(100, 50);
    struct crowd c = {.g = &g};

    crowd_run(&c, BUYERS);
    CU_ASSERT_EQUAL(c.ok, 50);
    CU_ASSERT_EQUAL(c.short_of, BUYERS - 50);
    CU_ASSERT_EQUAL(c.other + c.busy, 0);
    CU_ASSERT_EQUAL(goods_left(&g), 0);
    CU_ASSERT_EQUAL(
        sql_int("SELECT SUM(quantity) FROM order_line WHERE sku_id = ?", g.sku_id), 50);
}

/* The first of two requests still runs: its row is locked, the other learns so. */
static void
test_key_still_running(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 5);
    struct order_in in = order_of(shop_ar, &who, &g, 1, "running");
    struct order_answer an;
    struct db *other;

    CU_ASSERT_EQUAL_FATAL(acquire(&other), ERR_OK);
    CU_ASSERT_EQUAL(db_exec(other, "SET autocommit = 0", NULL, 0, NULL), ERR_OK);
    CU_ASSERT_EQUAL(
        db_exec(other,
            "INSERT INTO idempotency_key (scope, idem_key, body_hash, order_id,"
            " http_status, answer, created_at)"
            " VALUES ('test:orders', 'running', REPEAT('x', 32), 1, 0, '', 1)",
            NULL, 0, NULL),
        ERR_OK);
    CU_ASSERT_EQUAL(place(&in, &an), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "request_in_progress");
    CU_ASSERT_EQUAL(flt.retry_after, 1);
    CU_ASSERT_EQUAL(db_exec(other, "ROLLBACK", NULL, 0, NULL), ERR_OK);
    CU_ASSERT_EQUAL(db_exec(other, "SET autocommit = 1", NULL, 0, NULL), ERR_OK);
    db_release(other);
    CU_ASSERT_EQUAL(place(&in, &an), ERR_OK);
}

static void
test_many_lines_in_any_order_do_not_deadlock(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g[8];
    struct order_want want[8];
    struct order_in in;
    struct order_answer an;

    for (int i = 0; i < 8; i++)
        g[i] = goods_new(100 + i, 100);
    for (int i = 0; i < 8; i++)
        want[i] = (struct order_want){.sku = str_c(g[7 - i].sku), .quantity = i + 1};
    in = order_of(shop_ar, &who, &g[0], 1, NULL);
    in.want = want;
    in.n = 8;
    CU_ASSERT_EQUAL_FATAL(place(&in, &an), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g[7]), 99);
    CU_ASSERT_EQUAL(goods_left(&g[0]), 92);
}

static void
test_others_orders_are_not_there(void)
{
    struct shopper who = guest_new(shop_ar), stranger = guest_new(shop_ar);
    struct shopper user = account_new();
    struct goods g = goods_new(100, 5);
    int64_t id = order_new(&who, &g, 1), mine = order_new(&user, &g, 1), total;
    struct order_filter f = {.who = &user, .page = 1, .per_page = 20};
    struct order o, *os;
    size_t n;

    CU_ASSERT_EQUAL(order_get(shop_db, shop_ar, &who, id, &o), ERR_OK);
    CU_ASSERT_EQUAL(order_get(shop_db, shop_ar, &stranger, id, &o), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(order_get(shop_db, shop_ar, &user, id, &o), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(order_get(shop_db, shop_ar, &who, mine, &o), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(order_get(shop_db, shop_ar, NULL, mine, &o), ERR_OK);
    CU_ASSERT_EQUAL(
        pay_now(shop_db, shop_ar, &stranger, id, true, &flt), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, &user, id, NULL, NULL, &flt), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(order_list(shop_db, shop_ar, &f, &os, &n, &total), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(n, 1);
    CU_ASSERT_EQUAL(total, 1);
    CU_ASSERT_EQUAL(os[0].id, mine);
}

static void
test_lists_walk_and_filter(void)
{
    struct shopper user = account_new();
    struct goods g = goods_new(100, 50);
    struct order_filter f = {.who = &user, .page = 1, .per_page = 3};
    int64_t ids[7], total, seen = 0;
    struct order *os, o;
    size_t n;

    for (size_t i = 0; i < NELEM(ids); i++)
        ids[i] = order_new(&user, &g, 1);
    for (int page = 0; page < 4; page++) {
        CU_ASSERT_EQUAL_FATAL(order_list(shop_db, shop_ar, &f, &os, &n, &total), ERR_OK);
        CU_ASSERT_EQUAL(total, 7);
        for (size_t i = 0; i < n; i++)
            CU_ASSERT_EQUAL(os[i].id, ids[6 - seen++]);
        if (n > 0)
            f.after = os[n - 1].id;
    }
    CU_ASSERT_EQUAL(seen, 7);
    o = order_read(ids[2]);
    f = (struct order_filter){.q = o.number, .page = 1, .per_page = 9};
    CU_ASSERT_EQUAL(order_list(shop_db, shop_ar, &f, &os, &n, &total), ERR_OK);
    CU_ASSERT(n == 1 && os[0].id == ids[2]);
    f.q = STR("BUYER@");
    CU_ASSERT_EQUAL(order_list(shop_db, shop_ar, &f, &os, &n, &total), ERR_OK);
    CU_ASSERT(total >= 7);
    f.q = STR("%");
    CU_ASSERT_EQUAL(order_list(shop_db, shop_ar, &f, &os, &n, &total), ERR_OK);
    CU_ASSERT_EQUAL(total, 0);
    f = (struct order_filter){.status = STR("shipped"), .page = 1, .per_page = 9};
    CU_ASSERT_EQUAL(order_list(shop_db, shop_ar, &f, &os, &n, &total), ERR_OK);
    CU_ASSERT_EQUAL(total, 0);
}

static void
test_old_keys_are_forgotten(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 5);
    struct order_in in = order_of(shop_ar, &who, &g, 1, "old");
    struct order_answer an, again;
    int64_t n, now = clock_ms();

    CU_ASSERT_EQUAL(place(&in, &an), ERR_OK);
    CU_ASSERT_EQUAL(order_forget_keys(shop_db, now + 86000000, 1000, &n), ERR_OK);
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT_EQUAL(order_forget_keys(shop_db, now + 87000000, 1000, &n), ERR_OK);
    CU_ASSERT(n >= 1);
    CU_ASSERT_EQUAL(place(&in, &again), ERR_OK);
    CU_ASSERT_NOT_EQUAL(an.order_id, again.order_id);
}

static CU_TestInfo tests[] = {
    {"prices copied, stock taken", test_prices_are_copied_and_stock_is_taken},
    {"same key, same answer", test_same_key_same_answer},
    {"same key, other body", test_same_key_other_body_is_refused},
    {"a refused order leaves its key free", test_refused_order_leaves_its_key_free},
    {"all lines or none, each short one named", test_all_lines_or_none},
    {"what cannot be ordered", test_what_cannot_be_ordered},
    {"a changed total is told", test_changed_total_is_told},
    {"two at one instant make one order", test_two_at_one_instant_make_one_order},
    {"64 buyers, 50 units", test_buyers_get_exactly_what_is_there},
    {"a key still running", test_key_still_running},
    {"many lines", test_many_lines_in_any_order_do_not_deadlock},
    {"others' orders are not there", test_others_orders_are_not_there},
    {"lists walk and filter", test_lists_walk_and_filter},
    {"old keys are forgotten", test_old_keys_are_forgotten},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {
        "order_it", shop_up, shop_down, shop_test_up, shop_test_down, tests};

    return it_main(&s);
}
