/* Carts against a real database: adding, setting, merging at login, ordering from them.
 */
#include <stdlib.h>
#include <string.h>

#include "cart/cart.h"
#include "it.h"
#include "it_shop.h"

static struct fault flt;

static enum err
add(const struct shopper *who, const struct goods *g, int64_t quantity, int64_t *item)
{
    fault_clear(&flt);
    return cart_add(shop_db, shop_ar, who, str_c(g->sku), quantity, item, &flt);
}

static struct cart *
read_cart(const struct shopper *who)
{
    struct cart *c = arena_calloc(shop_ar, 1, sizeof(*c));

    CU_ASSERT_EQUAL(cart_get(shop_db, shop_ar, who, STR("USD"), c), ERR_OK);
    return c;
}

static void
test_second_add_adds_to_it(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(250, 10);
    int64_t a, b, n;
    struct cart *c;

    CU_ASSERT_EQUAL(add(&who, &g, 2, &a), ERR_OK);
    CU_ASSERT_EQUAL(add(&who, &g, 3, &b), ERR_OK);
    CU_ASSERT_EQUAL(a, b);
    c = read_cart(&who);
    CU_ASSERT_EQUAL_FATAL(c->n, 1);
    CU_ASSERT_EQUAL(c->items[0].quantity, 5);
    CU_ASSERT_EQUAL(c->subtotal, 1250);
    CU_ASSERT_EQUAL(cart_count(shop_db, shop_ar, &who, &n), ERR_OK);
    CU_ASSERT_EQUAL(n, 5);
    CU_ASSERT_EQUAL(goods_left(&g), 10);
}

static void
test_no_more_than_is_left(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(250, 4);
    int64_t item;

    CU_ASSERT_EQUAL(add(&who, &g, 5, &item), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "out_of_stock");
    CU_ASSERT(strstr(flt.field[0].extra, "\"available\":4") != NULL);
    CU_ASSERT_EQUAL(add(&who, &g, 3, &item), ERR_OK);
    CU_ASSERT_EQUAL(add(&who, &g, 2, &item), ERR_CONFLICT);
    CU_ASSERT_EQUAL(cart_set(shop_db, shop_ar, &who, item, 5, &flt), ERR_CONFLICT);
    CU_ASSERT_EQUAL(cart_set(shop_db, shop_ar, &who, item, 0, &flt), ERR_INVALID);
    CU_ASSERT_EQUAL(cart_set(shop_db, shop_ar, &who, item, 4, &flt), ERR_OK);
    CU_ASSERT_EQUAL(add(&who, &g, 10000, &item), ERR_INVALID);
    CU_ASSERT_EQUAL(read_cart(&who)->items[0].quantity, 4);
}

static void
test_refuses_what_it_does_not_know(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(250, 4), eur = goods_new_in(250, 4, "EUR");
    int64_t item;

    CU_ASSERT_EQUAL(
        cart_add(shop_db, shop_ar, &who, STR("none"), 1, &item, &flt), ERR_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(flt.slug, "unknown_sku");
    CU_ASSERT_EQUAL(read_cart(&who)->id, 0); /* and made no cart */
    CU_ASSERT_EQUAL(add(&who, &g, 1, &item), ERR_OK);
    CU_ASSERT_EQUAL(add(&who, &eur, 1, &item), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(flt.field[0].code, "currency_mismatch");
    sql_do("UPDATE product SET status = 'archived' WHERE id = ?", g.product_id);
    CU_ASSERT_EQUAL(add(&who, &g, 1, &item), ERR_NOT_FOUND);
}

static void
test_others_lines_are_not_there(void)
{
    struct shopper who = guest_new(shop_ar), stranger = guest_new(shop_ar);
    struct goods g = goods_new(250, 9);
    int64_t item, theirs;

    CU_ASSERT_EQUAL(add(&who, &g, 1, &item), ERR_OK);
    CU_ASSERT_EQUAL(cart_remove(shop_db, &stranger, item), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(add(&stranger, &g, 1, &theirs), ERR_OK);
    CU_ASSERT_EQUAL(cart_set(shop_db, shop_ar, &stranger, item, 2, &flt), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(cart_remove(shop_db, &stranger, item), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(cart_remove(shop_db, &who, item), ERR_OK);
    CU_ASSERT_EQUAL(read_cart(&who)->n, 0);
    CU_ASSERT_EQUAL(read_cart(&stranger)->n, 1);
}

static void
test_hundred_lines(void)
{
    struct shopper who = guest_new(shop_ar);
    int64_t item;

    for (int i = 0; i < CART_LINES_MAX; i++) {
        struct goods g = goods_new(1, 9);

        CU_ASSERT_EQUAL_FATAL(add(&who, &g, 1, &item), ERR_OK);
    }
    struct goods more = goods_new(1, 9);
    CU_ASSERT_EQUAL(add(&who, &more, 1, &item), ERR_INVALID);
    CU_ASSERT_EQUAL(read_cart(&who)->n, 100);
}

static void
merge(const struct shopper *guest, const struct shopper *user, int64_t merged,
    int64_t capped)
{
    int64_t m, c;

    CU_ASSERT_EQUAL(
        cart_merge(shop_db, shop_ar, guest->guest_hash, user->account_id, &m, &c),
        ERR_OK);
    CU_ASSERT_EQUAL(m, merged);
    CU_ASSERT_EQUAL(c, capped);
}

static void
test_merge_adds_up_and_caps(void)
{
    struct shopper guest = guest_new(shop_ar), user = account_new();
    struct goods both = goods_new(100, 9), tight = goods_new(100, 4);
    struct goods mine = goods_new(100, 9), gone = goods_new(100, 2);
    int64_t item;
    struct cart *c;

    merge(&guest, &user, 0, 0);
    CU_ASSERT_EQUAL(read_cart(&user)->id, 0);
    CU_ASSERT_EQUAL(add(&user, &both, 2, &item), ERR_OK);
    CU_ASSERT_EQUAL(add(&user, &tight, 3, &item), ERR_OK);
    CU_ASSERT_EQUAL(add(&guest, &both, 3, &item), ERR_OK);
    CU_ASSERT_EQUAL(add(&guest, &tight, 3, &item), ERR_OK);
    CU_ASSERT_EQUAL(add(&guest, &mine, 1, &item), ERR_OK);
    CU_ASSERT_EQUAL(add(&guest, &gone, 1, &item), ERR_OK);
    sql_do("UPDATE stock SET available = 0 WHERE sku_id = ?", gone.sku_id);
    merge(&guest, &user, 3, 2);
    sql_do("UPDATE stock SET available = 2 WHERE sku_id = ?", gone.sku_id);
    c = read_cart(&user);
    CU_ASSERT_EQUAL_FATAL(c->n, 3);
    CU_ASSERT_EQUAL(c->items[0].quantity, 5);
    CU_ASSERT_EQUAL(c->items[1].quantity, 4);
    CU_ASSERT_EQUAL(c->items[2].quantity, 1);
    CU_ASSERT_EQUAL(read_cart(&guest)->id, 0);
    merge(&guest, &user, 0, 0);
}

static void
test_merge_into_no_cart(void)
{
    struct shopper guest = guest_new(shop_ar), user = account_new();
    struct goods g = goods_new(100, 9);
    int64_t item;

    CU_ASSERT_EQUAL(add(&guest, &g, 3, &item), ERR_OK);
    merge(&guest, &user, 1, 0);
    CU_ASSERT_EQUAL(read_cart(&user)->items[0].quantity, 3);
}

static enum err
order_cart(const struct shopper *who, struct order_answer *an)
{
    struct goods none = {.sku = ""};
    struct order_in in = order_of(shop_ar, who, &none, 1, NULL);

    in.want = NULL;
    in.n = 0;
    fault_clear(&flt);
    return order_place(shop_db, shop_ar, NULL, &in, an, &flt);
}

static void
test_ordering_empties_the_cart(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods a = goods_new(100, 9), b = goods_new(200, 9);
    struct order_answer an;
    int64_t item;

    CU_ASSERT_EQUAL(add(&who, &b, 2, &item), ERR_OK);
    CU_ASSERT_EQUAL(add(&who, &a, 1, &item), ERR_OK);
    CU_ASSERT_EQUAL(order_cart(&who, &an), ERR_OK);
    CU_ASSERT_EQUAL(order_read(an.order_id).total, 500);
    CU_ASSERT_EQUAL(order_read(an.order_id).n, 2);
    CU_ASSERT_EQUAL(read_cart(&who)->n, 0);
    CU_ASSERT_EQUAL(order_cart(&who, &an), ERR_INVALID);
}

static void
test_short_cart_stays(void)
{
    struct shopper who = guest_new(shop_ar), other = guest_new(shop_ar);
    struct goods g = goods_new(100, 2);
    struct order_answer an;
    int64_t item;

    CU_ASSERT_EQUAL(add(&who, &g, 2, &item), ERR_OK);
    (void)order_new(&other, &g, 1);
    CU_ASSERT_EQUAL(order_cart(&who, &an), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "out_of_stock");
    CU_ASSERT_EQUAL(read_cart(&who)->n, 1);
}

struct twice {
    struct shopper who;
    struct goods g;
};

static void *
adder(void *arg)
{
    const struct twice *t = arg;
    struct arena *a = arena_new(1 << 14);
    struct fault f;
    struct db *db;
    int64_t item;

    if (db_acquire(shop_pool(), &db) != ERR_OK)
        abort();
    for (int i = 0; i < 10; i++)
        while (cart_add(db, a, &t->who, str_c(t->g.sku), 1, &item, &f) == ERR_BUSY)
            continue;
    db_release(db);
    arena_free(a);
    return NULL;
}

static void
test_adds_at_once_all_count(void)
{
    struct twice t = {.who = guest_new(shop_ar), .g = goods_new(100, 1000)};

    it_threads(6, adder, &t);
    CU_ASSERT_EQUAL(read_cart(&t.who)->n, 1);
    CU_ASSERT_EQUAL(read_cart(&t.who)->count, 60);
}

static CU_TestInfo tests[] = {
    {"a second add adds to it", test_second_add_adds_to_it},
    {"no more than is left", test_no_more_than_is_left},
    {"refuses what it does not know", test_refuses_what_it_does_not_know},
    {"others' lines are not there", test_others_lines_are_not_there},
    {"a hundred lines", test_hundred_lines},
    {"a merge adds up and caps", test_merge_adds_up_and_caps},
    {"a merge into no cart", test_merge_into_no_cart},
    {"ordering empties the cart", test_ordering_empties_the_cart},
    {"a short cart stays", test_short_cart_stays},
    {"adds at once all count", test_adds_at_once_all_count},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"cart", shop_up, shop_down, shop_test_up, shop_test_down, tests};

    return it_main(&s);
}
