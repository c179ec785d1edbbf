/* Repeats that meet a changed shop: the last unit clicked twice while another buyer wants
 * it, an answered order sent again while its goods are sold out and archived, a cart whose
 * goods go to somebody else. The books are read after each test. SOUK_RACE_FACTOR makes
 * them longer. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "cart/cart.h"
#include "it.h"
#include "it_db.h"
#include "it_race.h"
#include "it_shop.h"
#include "order/order_committer.h"

#define BODY_MAX 4096

struct answer {
    enum err e;
    int64_t order_id;
    bool replayed;
    size_t n;
    char body[BODY_MAX];
};

static struct committer *cm;
static struct goods g;
static struct shopper who;
static struct answer first, answer[RACERS_MAX];
static char key[32];
static atomic_long served_n, rival_n;

static void
up(void)
{
    struct db_conf c = it_conf(1);

    shop_test_up();
    cm = committer_new(&c);
    served_n = rival_n = 0;
}

static void
down(void)
{
    committer_free(cm);
    shop_test_down();
}

static void
keep(struct answer *to, enum err e, const struct order_answer *an)
{
    to->e = e;
    to->n = 0;
    if (e != ERR_OK)
        return;
    race_expect(an->body.n < BODY_MAX, "the answer fits", (int64_t)an->body.n);
    to->order_id = an->order_id;
    to->replayed = an->replayed;
    to->n = an->body.n < BODY_MAX ? an->body.n : 0;
    memcpy(to->body, an->body.p, to->n);
}

static bool
same(const struct answer *x, const struct answer *y)
{
    return x->e == ERR_OK && y->e == ERR_OK && x->order_id == y->order_id && x->n > 0 &&
           x->n == y->n && memcmp(x->body, y->body, x->n) == 0;
}

static bool
says(const struct racer *r, enum err e, const char *slug)
{
    return e == ERR_CONFLICT && strcmp(r->flt.slug, slug) == 0;
}

/* Through the committer, or on a connection of one's own. */
static enum err
place(struct racer *r, const struct order_in *in, bool together, struct order_answer *an)
{
    enum err e;

    do {
        fault_clear(&r->flt);
        *an = (struct order_answer){.order_id = 0};
        e = together ? committer_place(cm, r->a, NULL, in, an, &r->flt)
                     : order_place(r->db, r->a, NULL, in, an, &r->flt);
    } while (e == ERR_BUSY || says(r, e, "request_in_progress"));
    return e;
}

static void
buy_away(struct racer *r, bool may_fail)
{
    struct shopper rival = guest_new(r->a);
    struct order_in in = order_of(r->a, &rival, &g, 1, NULL);
    struct order_answer an;
    enum err e = place(r, &in, true, &an);

    answer[r->me].e = e;
    race_expect(e == ERR_OK || (may_fail && says(r, e, "out_of_stock")),
        "another buyer gets it or there is none", e);
    atomic_fetch_add(&rival_n, e == ERR_OK);
}

/* --- the last unit, clicked twice --- */

#define CLICKS 3
#define LAST_ROUNDS 400

static void
last_begin(struct racer *r)
{
    arena_reset(shop_ar);
    g = goods_new(500, 1);
    who = guest_new(shop_ar);
    snprintf(key, sizeof(key), "last-%d", r->round);
}

static void
last_act(struct racer *r)
{
    struct order_in in;
    struct order_answer an;
    enum err e;

    if (r->me == CLICKS) {
        if (r->round % 2 == 1)
            buy_away(r, true);
        return;
    }
    in = order_of(r->a, &who, &g, 1, key);
    e = place(r, &in, r->me == 0, &an);
    race_expect(e == ERR_OK || says(r, e, "out_of_stock"), "it is had or gone", e);
    keep(&answer[r->me], e, &an);
}

static void
last_look(struct racer *r)
{
    int fresh = 0;

    if (r->me != 0)
        return;
    for (int i = 0; i < CLICKS; i++) {
        fresh += answer[i].e == ERR_OK && !answer[i].replayed;
        race_expect(answer[0].e == ERR_OK ? same(&answer[i], &answer[0])
                                          : answer[i].e == answer[0].e,
            "every click has the same answer", r->round);
    }
    race_expect(fresh == (answer[0].e == ERR_OK), "one answer is the first", fresh);
    if (r->round % 2 == 0)
        race_expect(answer[0].e == ERR_OK, "nobody else wanted it", r->round);
    else
        race_expect((answer[0].e == ERR_OK) != (answer[CLICKS].e == ERR_OK),
            "one of two buyers has it", r->round);
    race_expect(
        race_int(r, "SELECT available FROM stock WHERE sku_id = ?", g.sku_id) == 0,
        "it is sold", g.sku_id);
    atomic_fetch_add(&served_n, answer[0].e == ERR_OK);
}

static void
test_last_unit_clicked_twice(void)
{
    const struct race race = {
        CLICKS + 1, race_rounds(LAST_ROUNDS), last_begin, NULL, last_act, last_look};

    race_run(&race);
    CU_ASSERT_EQUAL(race_wrong(), 0);
    CU_ASSERT_EQUAL(served_n + rival_n, race.rounds);
    printf("(%ld to the clicks, %ld to others) ", served_n, rival_n);
    CU_ASSERT(rival_n > 0 && served_n > race.rounds / 2);
}

/* --- the only order its owner may hold, clicked twice --- */

#define CAP_ROUNDS 200

static void
cap_begin(struct racer *r)
{
    arena_reset(shop_ar);
    g = goods_new(500, 2); /* few: looked at with care */
    who = guest_new(shop_ar);
    snprintf(key, sizeof(key), "cap-%d", r->round);
}

static void
cap_act(struct racer *r)
{
    struct order_answer an;
    struct order_in in = order_of(r->a, &who, &g, 1, key);
    enum err e;

    in.cap = (struct order_cap){.owner = str_c(key), .orders = 1, .units = 1};
    e = place(r, &in, r->me == 0, &an);
    race_expect(e == ERR_OK, "its own first request is no rival", e);
    keep(&answer[r->me], e, &an);
}

static void
cap_look(struct racer *r)
{
    if (r->me != 0)
        return;
    for (int i = 1; i < CLICKS; i++)
        race_expect(same(&answer[i], &answer[0]), "every click has the same answer", r->round);
    race_expect(
        race_int(r, "SELECT available FROM stock WHERE sku_id = ?", g.sku_id) == 1,
        "one is sold", g.sku_id);
}

static void
test_the_only_order_clicked_twice(void)
{
    const struct race race = {
        CLICKS, race_rounds(CAP_ROUNDS), cap_begin, NULL, cap_act, cap_look};

    race_run(&race);
    CU_ASSERT_EQUAL(race_wrong(), 0);
}

/* --- an answered order is sent again while its goods go --- */

#define REPEATS 3
#define GONE_ROUNDS 200

static void
gone_begin(struct racer *r)
{
    struct order_answer an;
    struct order_in in;
    enum err e;

    arena_reset(shop_ar);
    g = goods_new(500, 2);
    who = guest_new(shop_ar);
    snprintf(key, sizeof(key), "gone-%d", r->round);
    in = order_of(r->a, &who, &g, 1, key);
    e = place(r, &in, true, &an);
    race_expect(e == ERR_OK, "the order", e);
    keep(&first, e, &an);
}

static void
archive(struct racer *r)
{
    const struct db_val v[] = {DB_I64(g.sku_id)};

    race_expect(db_exec(r->db, "UPDATE sku SET status = 'archived' WHERE id = ?", v, 1,
                    NULL) == ERR_OK,
        "the article is archived", g.sku_id);
}

static void
send_again(struct racer *r, bool together)
{
    struct order_in in = order_of(r->a, &who, &g, 1, key);
    struct order_answer an;
    struct answer again;
    enum err e = place(r, &in, together, &an);

    keep(&again, e, &an);
    race_expect(same(&again, &first) && again.replayed,
        "a repeat gets the first answer", first.order_id);
}

static void
gone_act(struct racer *r)
{
    if (r->me < REPEATS)
        send_again(r, r->me == 0);
    else if (r->round % 2 == 0)
        buy_away(r, false);
    else
        archive(r);
}

/* And when they are gone. */
static void
gone_look(struct racer *r)
{
    if (r->me < REPEATS)
        send_again(r, r->me == 0);
}

static void
test_repeat_while_the_goods_go(void)
{
    const struct race race = {
        REPEATS + 1, race_rounds(GONE_ROUNDS), gone_begin, NULL, gone_act, gone_look};
    int64_t before = sql_int("SELECT COUNT(*) FROM orders", 0);

    race_run(&race);
    CU_ASSERT_EQUAL(race_wrong(), 0);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM orders", 0) - before, race.rounds + rival_n);
}

/* --- a cart whose goods go to somebody else --- */

#define LEFT_ROUNDS 300

static void
left_begin(struct racer *r)
{
    int64_t item;
    enum err e;

    arena_reset(shop_ar);
    g = goods_new(500, 2);
    who = guest_new(shop_ar);
    e = goods_to_cart(r->db, r->a, &who, str_c(g.sku), 2, &item, &r->flt);
    race_expect(e == ERR_OK, "both are in the cart", e);
}

static void
left_act(struct racer *r)
{
    struct order_in in;
    struct order_answer an;

    if (r->me == 1) {
        buy_away(r, true);
        return;
    }
    in = order_of(r->a, &who, &g, 1, NULL);
    in.want = NULL;
    in.n = 0;
    keep(&answer[0], place(r, &in, r->round % 2 == 0, &an), &an);
    race_expect(answer[0].e == ERR_OK || says(r, answer[0].e, "out_of_stock"),
        "the cart is ordered, or short", answer[0].e);
}

static void
left_look(struct racer *r)
{
    int64_t count = -1;

    if (r->me != 0)
        return;
    race_expect((answer[0].e == ERR_OK) != (answer[1].e == ERR_OK),
        "one of two buyers is served", r->round);
    race_expect(cart_count(r->db, r->a, &who, &count) == ERR_OK &&
                    count == (answer[0].e == ERR_OK ? 0 : 2),
        "the cart is empty exactly when it was ordered", count);
    race_expect(race_int(r, "SELECT available FROM stock WHERE sku_id = ?", g.sku_id) ==
                    (answer[0].e == ERR_OK ? 0 : 1),
        "all lines or none", g.sku_id);
    atomic_fetch_add(&served_n, answer[0].e == ERR_OK);
}

static void
test_cart_is_kept_when_refused(void)
{
    const struct race race = {
        2, race_rounds(LEFT_ROUNDS), left_begin, NULL, left_act, left_look};

    race_run(&race);
    CU_ASSERT_EQUAL(race_wrong(), 0);
    CU_ASSERT_EQUAL(served_n + rival_n, race.rounds);
    printf("(%ld carts ordered, %ld kept) ", served_n, rival_n);
    CU_ASSERT(served_n > 0 && rival_n > 0);
}

static CU_TestInfo tests[] = {
    {"the last unit, clicked twice", test_last_unit_clicked_twice},
    {"the only order one may hold, clicked twice", test_the_only_order_clicked_twice},
    {"a repeat while the goods go", test_repeat_while_the_goods_go},
    {"a cart is kept when it is refused", test_cart_is_kept_when_refused},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"races_repeat", shop_up, shop_down, up, down, tests};

    return it_main(&s);
}
