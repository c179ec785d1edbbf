/* Carts against a real database: adding, setting, merging at login, ordering from them.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cart/cart_desk.h"
#include "it.h"
#include "it_db.h"
#include "it_shop.h"

static struct fault flt;

static enum err
add(const struct shopper *who, const struct goods *g, int64_t quantity, int64_t *item)
{
    fault_clear(&flt);
    return goods_to_cart(shop_db, shop_ar, who, str_c(g->sku), quantity, item, &flt);
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
    CU_ASSERT_EQUAL(cart_line_set(shop_db, shop_ar, &who, item, 5, &flt), ERR_CONFLICT);
    CU_ASSERT_EQUAL(cart_line_set(shop_db, shop_ar, &who, item, 0, &flt), ERR_INVALID);
    CU_ASSERT_EQUAL(cart_line_set(shop_db, shop_ar, &who, item, 4, &flt), ERR_OK);
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
        goods_to_cart(shop_db, shop_ar, &who, STR("none"), 1, &item, &flt), ERR_NOT_FOUND);
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
    CU_ASSERT_EQUAL(cart_line_set(shop_db, shop_ar, &stranger, item, 2, &flt), ERR_NOT_FOUND);
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
        while (goods_to_cart(db, a, &t->who, str_c(t->g.sku), 1, &item, &f) == ERR_BUSY)
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

/* --- the desk: changes of many written together --- */

struct desk_end {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int left;
};

static void
desk_done(void *arg)
{
    struct desk_end *end = arg;

    pthread_mutex_lock(&end->lock);
    if (--end->left == 0)
        pthread_cond_signal(&end->changed);
    pthread_mutex_unlock(&end->lock);
}

static void
desk_wait(struct desk_end *end)
{
    pthread_mutex_lock(&end->lock);
    while (end->left > 0)
        pthread_cond_wait(&end->changed, &end->lock);
    pthread_mutex_unlock(&end->lock);
}

#define ERRANDS 30

static struct cart_errand *
errands_new(struct desk_end *end, const struct shopper *who, struct str sku, int64_t quantity)
{
    struct cart_errand *one = arena_calloc(shop_ar, ERRANDS, sizeof(*one));
    struct fault *faults = arena_calloc(shop_ar, ERRANDS, sizeof(*faults));

    for (int i = 0; i < ERRANDS; i++)
        one[i] = (struct cart_errand){
            .change = {.who = who, .sku = sku, .quantity = quantity, .flt = &faults[i]},
            .a = shop_ar,
            .done = desk_done,
            .arg = end};
    return one;
}

static void
test_desk_gives_each_its_own_end(void)
{
    struct desk_end end = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, ERRANDS};
    struct goods g = goods_new(250, 4), eur = goods_new_in(300, 9, "EUR");
    struct shopper who[ERRANDS];
    struct cart_errand *one = errands_new(&end, NULL, str_c(g.sku), 2);
    const struct db_conf conf = it_conf(1);
    struct cart_desk *d = cart_desk_new(&conf);
    int64_t item;

    for (int i = 0; i < ERRANDS; i++) {
        struct cart_change *c = &one[i].change;

        who[i] = i % 7 == 6 ? account_new() : guest_new(shop_ar);
        c->who = &who[i];
        if (i % 5 == 1)
            c->quantity = 5; /* more than there are */
        else if (i % 5 == 2)
            c->sku = STR("none");
        else if (i % 5 == 3)
            CU_ASSERT_EQUAL(add(&who[i], &eur, 1, &item), ERR_OK);
    }
    for (int i = 0; i < ERRANDS; i++)
        cart_desk_submit(d, &one[i]);
    desk_wait(&end);
    cart_desk_free(d);
    for (int i = 0; i < ERRANDS; i++) {
        const struct cart_change *c = &one[i].change;
        static const enum err ends[] = {
            ERR_OK, ERR_CONFLICT, ERR_NOT_FOUND, ERR_INVALID, ERR_OK};

        CU_ASSERT_EQUAL(c->e, ends[i % 5]);
        CU_ASSERT_EQUAL(read_cart(&who[i])->count, ends[i % 5] == ERR_OK ? 2 : i % 5 == 3);
        if (c->e != ERR_OK)
            continue;
        CU_ASSERT_EQUAL(c->item.id, read_cart(&who[i])->items[0].id);
        CU_ASSERT_EQUAL(c->item.line_total, 500);
        CU_ASSERT(str_eq_c(c->item.sku.sku, g.sku));
    }
    CU_ASSERT_STRING_EQUAL(one[1].change.flt->slug, "out_of_stock");
    CU_ASSERT_STRING_EQUAL(one[2].change.flt->slug, "unknown_sku");
    CU_ASSERT_STRING_EQUAL(one[3].change.flt->field[0].code, "currency_mismatch");
}

/* Of one shopper all count, in the order they came, however they meet in batches. */
static void
test_desk_keeps_a_shoppers_order(void)
{
    struct desk_end end = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, ERRANDS};
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(100, 1000);
    struct cart_errand *one = errands_new(&end, &who, str_c(g.sku), 1);
    const struct db_conf conf = it_conf(1);
    struct cart_desk *d = cart_desk_new(&conf);

    for (int i = 0; i < ERRANDS; i++)
        cart_desk_submit(d, &one[i]);
    cart_desk_free(d); /* does what is queued first */
    CU_ASSERT_EQUAL(end.left, 0);
    for (int i = 0; i < ERRANDS; i++) {
        CU_ASSERT_EQUAL(one[i].change.e, ERR_OK);
        CU_ASSERT_EQUAL(one[i].change.item.quantity, i + 1);
    }
    CU_ASSERT_EQUAL(read_cart(&who)->n, 1);
    CU_ASSERT_EQUAL(read_cart(&who)->count, ERRANDS);
}

static void *
remover(void *arg)
{
    const struct twice *t = arg;
    struct arena *a = arena_new(1 << 14);
    struct cart *c = arena_calloc(a, 1, sizeof(*c));
    struct db *db;

    if (db_acquire(shop_pool(), &db) != ERR_OK)
        abort();
    for (int i = 0; i < 200; i++)
        if (cart_get(db, a, &t->who, STR("USD"), c) == ERR_OK && c->n > 0)
            CU_ASSERT_NOT_EQUAL(cart_remove(db, &t->who, c->items[0].id), ERR_INTERNAL);
    db_release(db);
    arena_free(a);
    return NULL;
}

/* A line that goes while units are added to it is a new line, and no error. */
static void
test_desk_beside_removals(void)
{
    struct desk_end end = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    struct twice t = {.who = guest_new(shop_ar), .g = goods_new(100, 1000)};
    const struct db_conf conf = it_conf(1);
    struct cart_desk *d = cart_desk_new(&conf);
    struct cart_errand *one;
    pthread_t thread;

    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, remover, &t), 0);
    for (int round = 0; round < 10; round++) {
        end.left = ERRANDS;
        one = errands_new(&end, &t.who, str_c(t.g.sku), 1);
        for (int i = 0; i < ERRANDS; i++)
            cart_desk_submit(d, &one[i]);
        desk_wait(&end);
        for (int i = 0; i < ERRANDS; i++)
            CU_ASSERT_EQUAL(one[i].change.e, ERR_OK);
    }
    pthread_join(thread, NULL);
    cart_desk_free(d);
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
    {"the desk gives each its own end", test_desk_gives_each_its_own_end},
    {"the desk keeps a shopper's order", test_desk_keeps_a_shoppers_order},
    {"the desk beside removals", test_desk_beside_removals},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"cart", shop_up, shop_down, shop_test_up, shop_test_down, tests};

    return it_main(&s);
}
