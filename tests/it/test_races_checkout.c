/* The races of checkout: one key sent by several pools at once makes one order with one
 * answer, and a cart that changes while it is ordered loses nothing and doubles nothing.
 * The books are read after each test. SOUK_RACE_FACTOR makes them longer. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "cart/cart.h"
#include "it.h"
#include "it_db.h"
#include "it_race.h"
#include "it_shop.h"
#include "order/order_committer.h"

static struct shopper who;

/* --- the same key twice ---
 * Two committers, as two worker processes have them, and two connections of their own. */

#define SENDERS 4
#define KEY_ROUNDS 300
#define ANSWER_MAX 4096

struct answer {
    int64_t order_id;
    int status;
    bool replayed;
    size_t n;
    char body[ANSWER_MAX];
};

static struct committer *cm[2];
static struct goods g;
static struct answer answer[SENDERS];
static char key[32];

static void
key_begin(struct racer *r)
{
    arena_reset(shop_ar);
    if (r->round % 50 == 0)
        g = goods_new(500, 100);
    who = guest_new(shop_ar);
    snprintf(key, sizeof(key), "key-%d", r->round);
}

static enum err
send_once(struct racer *r, struct order_answer *an)
{
    struct order_in in = order_of(r->a, &who, &g, 2, key);

    fault_clear(&r->flt);
    if (r->me < 2)
        return committer_place(cm[r->me], r->a, NULL, &in, an, &r->flt);
    return order_place(r->db, r->a, NULL, &in, an, &r->flt);
}

static bool
in_progress(enum err e, const struct fault *flt)
{
    return e == ERR_BUSY ||
           (e == ERR_CONFLICT && strcmp(flt->slug, "request_in_progress") == 0);
}

static void
key_act(struct racer *r)
{
    struct answer *mine = &answer[r->me];
    struct order_answer an = {0};
    enum err e;

    do
        e = send_once(r, &an);
    while (in_progress(e, &r->flt));
    race_expect(e == ERR_OK, "each sender gets the order", e);
    *mine = (struct answer){.order_id = an.order_id, .status = an.http_status};
    mine->replayed = an.replayed;
    race_expect(an.body.n < ANSWER_MAX, "the answer fits", (int64_t)an.body.n);
    if (e != ERR_OK || an.body.n >= ANSWER_MAX)
        return;
    mine->n = an.body.n;
    memcpy(mine->body, an.body.p, an.body.n);
}

static void
key_look(struct racer *r)
{
    int fresh = 0;

    if (r->me != 0)
        return;
    for (int i = 0; i < SENDERS; i++) {
        fresh += !answer[i].replayed;
        race_expect(answer[i].order_id == answer[0].order_id &&
                        answer[i].status == answer[0].status &&
                        answer[i].n == answer[0].n && answer[i].n > 0 &&
                        memcmp(answer[i].body, answer[0].body, answer[0].n) == 0,
            "all are answered the same, byte for byte", answer[i].order_id);
    }
    race_expect(fresh == 1, "one answer is the first", fresh);
}

static void
test_same_key_twice(void)
{
    const struct race race = {
        SENDERS, race_rounds(KEY_ROUNDS), key_begin, NULL, key_act, key_look};
    int64_t before = sql_int("SELECT COUNT(*) FROM orders", 0);
    struct db_conf c = it_conf(1);

    for (int i = 0; i < 2; i++)
        cm[i] = committer_new(&c);
    race_run(&race);
    for (int i = 0; i < 2; i++)
        committer_free(cm[i]);
    CU_ASSERT_EQUAL(race_wrong(), 0);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM orders", 0) - before, race.rounds);
    CU_ASSERT_EQUAL(sql_int("SELECT SUM(available) FROM stock", 0),
        (race.rounds + 49) / 50 * 100 - 2 * race.rounds);
}

/* --- the cart changes during checkout --- */

enum hand { CHECKOUT, CHECKOUT_AGAIN, ADD_MORE, ADD_OTHER, REMOVE, HANDS };
enum ware { MORE, OTHER, GONE, WARES };
#define CART_ROUNDS 300

static struct goods ware[WARES];
static int64_t gone_item;
static int64_t placed[2]; /* the checkouts' orders, 0: there was nothing to order */
static bool removed;
static atomic_long split_n, removed_n;

static void
add(struct racer *r, enum ware w, int64_t quantity, int64_t *item)
{
    enum err e;

    do {
        fault_clear(&r->flt);
        e = goods_to_cart(r->db, r->a, &who, str_c(ware[w].sku), quantity, item, &r->flt);
    } while (e == ERR_BUSY);
    race_expect(e == ERR_OK, "what is added is in the cart", e);
}

static void
cart_begin(struct racer *r)
{
    int64_t item;

    arena_reset(shop_ar);
    if (r->round % 100 == 0)
        for (int i = 0; i < WARES; i++)
            ware[i] = goods_new(100 + i, 1000);
    who = guest_new(shop_ar);
    add(r, MORE, 2, &item);
    add(r, GONE, 3, &gone_item);
    placed[0] = placed[1] = 0;
    removed = false;
}

static void
checkout(struct racer *r, int64_t *id)
{
    struct order_in in = order_of(r->a, &who, &ware[0], 1, NULL);
    struct order_answer an = {0};
    enum err e;

    in.want = NULL;
    in.n = 0;
    do {
        fault_clear(&r->flt);
        e = order_place(r->db, r->a, NULL, &in, &an, &r->flt);
    } while (e == ERR_BUSY);
    race_expect(e == ERR_OK || e == ERR_INVALID, "a cart or none to order", e);
    if (e == ERR_OK)
        *id = an.order_id;
}

static void
cart_act(struct racer *r)
{
    int64_t item;
    enum err e;

    switch ((enum hand)r->me) {
    case CHECKOUT:
    case CHECKOUT_AGAIN:
        checkout(r, &placed[r->me]);
        break;
    case ADD_MORE:
        add(r, MORE, 5, &item);
        break;
    case ADD_OTHER:
        add(r, OTHER, 7, &item);
        break;
    case REMOVE:
        while ((e = cart_remove(r->db, &who, gone_item)) == ERR_BUSY)
            ;
        race_expect(e == ERR_OK || e == ERR_NOT_FOUND, "removed or ordered", e);
        removed = e == ERR_OK;
        break;
    case HANDS:
        break;
    }
}

/* Units of a ware in the cart and in the orders. */
static int64_t
units(struct racer *r, const struct cart *c, enum ware w)
{
    int64_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        n += c->items[i].sku.sku_id == ware[w].sku_id ? c->items[i].quantity : 0;
    for (int i = 0; i < 2; i++) {
        struct order o;

        if (placed[i] == 0)
            continue;
        race_expect(order_get(r->db, r->a, NULL, placed[i], &o) == ERR_OK,
            "the order is there", placed[i]);
        for (size_t k = 0; k < o.n; k++)
            n += o.lines[k].sku_id == ware[w].sku_id ? o.lines[k].quantity : 0;
    }
    return n;
}

static void
cart_look(struct racer *r)
{
    struct cart *c;

    if (r->me != 0)
        return;
    c = arena_calloc(r->a, 1, sizeof(*c));
    race_expect(
        cart_get(r->db, r->a, &who, STR("USD"), c) == ERR_OK, "the cart", r->round);
    race_expect(placed[0] != 0 || placed[1] != 0, "the cart is ordered", r->round);
    race_expect(units(r, c, MORE) == 7, "none of the units added is lost", r->round);
    race_expect(units(r, c, OTHER) == 7, "nor doubled", r->round);
    race_expect(units(r, c, GONE) == (removed ? 0 : 3),
        "what was removed is not ordered, what was not is", r->round);
    atomic_fetch_add(&split_n, c->n > 0 || (placed[0] != 0 && placed[1] != 0));
    atomic_fetch_add(&removed_n, removed);
}

static void
test_cart_changed_during_checkout(void)
{
    const struct race race = {
        HANDS, race_rounds(CART_ROUNDS), cart_begin, NULL, cart_act, cart_look};

    race_run(&race);
    CU_ASSERT_EQUAL(race_wrong(), 0);
    printf("(%ld split, %ld removed in time, of %d) ", split_n, removed_n, race.rounds);
    CU_ASSERT(split_n > 0 && removed_n > 0 && removed_n < race.rounds);
}

static CU_TestInfo tests[] = {
    {"the same key, twice and more", test_same_key_twice},
    {"the cart changed during checkout", test_cart_changed_during_checkout},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {
        "races_checkout", shop_up, shop_down, shop_test_up, shop_test_down, tests};

    return it_main(&s);
}
