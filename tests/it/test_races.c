/* The races of orders and money, thousands of times: pay against expire, cancel against
 * pay, cancel against cancel, refund against refund. Whichever side wins, units and money
 * are where the order says; the books are read after each test. SOUK_RACE_FACTOR makes
 * them longer. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "it.h"
#include "it_race.h"
#include "it_shop.h"

#define PRICE 1000
/* Past every deadline, but not so far that the sweep takes payments of now for left ones. */
#define AHEAD_MS 720000

static struct goods g;
static struct shopper who;

/* --- pay against expire ---
 * Four orders hold all there is of an article. Each is paid by its own thread while two
 * sweep, after the deadline of all; a fourth kind of thread takes what the sweep frees,
 * so that a payment which comes too late cannot always have its units again. */

#define PAYERS 4
#define SWEEPERS 2
#define PAY_ROUNDS 2500 /* of PAYERS orders */

static atomic_long paid_n, late_n, taken_n, swept_n;
static _Thread_local int64_t mine;
static _Thread_local enum err mine_paid;

static int64_t
place(struct racer *r, int64_t quantity, enum err *e)
{
    struct order_in in = order_of(r->a, &who, &g, quantity, NULL);
    struct order_answer an = {0};

    do {
        fault_clear(&r->flt);
        *e = order_place(r->db, r->a, NULL, &in, &an, &r->flt);
    } while (*e == ERR_BUSY);
    return *e == ERR_OK ? an.order_id : 0;
}

static void
goods_begin(struct racer *r)
{
    (void)r;
    g = goods_new(PRICE, PAYERS);
    arena_reset(shop_ar);
    who = guest_new(shop_ar);
}

static void
expire_ready(struct racer *r)
{
    enum err e;

    if (r->me >= PAYERS)
        return;
    mine = place(r, 1, &e);
    race_expect(e == ERR_OK, "an order of what there is", e);
}

static void
sweep(struct racer *r)
{
    int64_t n = 0;
    enum err e = order_expire_due(r->db, r->a, NULL, clock_ms() + AHEAD_MS, 8, &n);

    race_expect(e == ERR_OK || e == ERR_BUSY, "the sweep works", e);
    atomic_fetch_add(&swept_n, n);
}

static void
expire_act(struct racer *r)
{
    enum err e;

    if (r->me < PAYERS) {
        mine_paid = race_pay(r, mine);
    } else if (r->me < PAYERS + SWEEPERS) {
        sweep(r);
    } else if (place(r, 1, &e) != 0) {
        atomic_fetch_add(&taken_n, 1);
    } else {
        race_expect(e == ERR_CONFLICT && strcmp(r->flt.slug, "out_of_stock") == 0,
            "a buyer gets a unit or there is none", e);
    }
}

/* Is the order in this state, with this much of the customer's money kept? */
#define KEPT_SQL(status, kept)                                                           \
    "SELECT COUNT(*) FROM orders o WHERE o.id = ? AND o.status = '" status "' AND"       \
    " (SELECT COALESCE(SUM(p.amount - p.refunded), 0) FROM payment p"                    \
    " WHERE p.order_id = o.id AND p.status = 'succeeded') = " kept

static void
expire_look(struct racer *r)
{
    if (r->me >= PAYERS)
        return;
    if (mine_paid == ERR_OK) {
        race_expect(race_int(r, KEPT_SQL("paid", "o.total"), mine) == 1,
            "who was told paid has paid", mine);
        atomic_fetch_add(&paid_n, 1);
    } else {
        race_expect(mine_paid == ERR_CONFLICT, "a late payment is refused", mine_paid);
        race_expect(race_int(r, KEPT_SQL("expired", "0"), mine) == 1,
            "no money for an expired order", mine);
        atomic_fetch_add(&late_n, 1);
    }
}

static void
test_pay_against_expire(void)
{
    const struct race race = {PAYERS + SWEEPERS + 1, race_rounds(PAY_ROUNDS), goods_begin,
        expire_ready, expire_act, expire_look};

    race_run(&race);
    CU_ASSERT_EQUAL(race_wrong(), 0);
    CU_ASSERT_EQUAL(paid_n + late_n, race.rounds * PAYERS);
    printf("(%ld paid, %ld too late, %ld swept) ", paid_n, late_n, swept_n);
    CU_ASSERT(paid_n > 0 && late_n > 0 && taken_n > 0);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM payment WHERE status = 'started'", 0), 0);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM orders WHERE status = 'paid'", 0), paid_n);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COALESCE(SUM(amount - refunded), 0) FROM payment"
                " WHERE status = 'succeeded'",
            0),
        paid_n * PRICE);
    CU_ASSERT_EQUAL(sql_int("SELECT SUM(available) FROM stock", 0) +
                        sql_int("SELECT COALESCE(SUM(l.quantity), 0) FROM order_line l"
                                " JOIN orders o ON o.id = l.order_id"
                                " WHERE o.status IN ('pending', 'paid')",
                            0),
        race.rounds * PAYERS);
}

/* --- cancel against pay, cancel against cancel --- */

#define LANES 4
#define CANCEL_ROUNDS 500 /* of LANES orders */
#define DOUBLE_ROUNDS 150

static int64_t lane[LANES];
static atomic_long both_n, refused_n;

static void
lanes_ready(struct racer *r)
{
    enum err e;

    if (r->me >= LANES)
        return;
    lane[r->me] = place(r, 1, &e);
    race_expect(e == ERR_OK, "an order of what there is", e);
}

static void
cancel_pay_act(struct racer *r)
{
    if (r->me >= LANES) {
        race_expect(
            race_cancel(r, lane[r->me - LANES]) == ERR_OK, "a cancel works", r->round);
    } else {
        enum err e = race_pay(r, lane[r->me]);

        race_expect(e == ERR_OK || e == ERR_CONFLICT, "paid or refused", e);
        atomic_fetch_add(e == ERR_OK ? &both_n : &refused_n, 1);
    }
}

/* Money that was taken went back, and so did the units: once. */
static void
lanes_look(struct racer *r)
{
    if (r->me >= LANES)
        return;
    race_expect(race_int(r, "SELECT status = 'cancelled' FROM orders WHERE id = ?",
                    lane[r->me]) == 1,
        "a cancelled order stays cancelled", lane[r->me]);
    race_expect(race_int(r,
                    "SELECT COALESCE(SUM(amount - refunded), 0) FROM payment"
                    " WHERE order_id = ? AND status = 'succeeded'",
                    lane[r->me]) == 0,
        "no money for a cancelled order", lane[r->me]);
    race_expect(
        race_int(r, "SELECT available FROM stock WHERE sku_id = ?", g.sku_id) == LANES,
        "all units are back", g.sku_id);
}

static void
test_cancel_against_pay(void)
{
    const struct race race = {2 * LANES, race_rounds(CANCEL_ROUNDS), goods_begin,
        lanes_ready, cancel_pay_act, lanes_look};

    race_run(&race);
    CU_ASSERT_EQUAL(race_wrong(), 0);
    CU_ASSERT_EQUAL(both_n + refused_n, race.rounds * LANES);
    printf("(%ld paid and refunded, %ld refused) ", both_n, refused_n);
    CU_ASSERT(both_n > 0 && refused_n > 0);
}

/* Half of the orders are paid. */
static void
double_ready(struct racer *r)
{
    lanes_ready(r);
    if (r->me < LANES && r->me % 2 == 0)
        race_expect(race_pay(r, lane[r->me]) == ERR_OK, "a payment works", r->round);
}

static void
double_act(struct racer *r)
{
    race_expect(race_cancel(r, lane[r->me % LANES]) == ERR_OK,
        "a second cancel is told the same", lane[r->me % LANES]);
}

static void
test_cancel_against_cancel(void)
{
    const struct race race = {3 * LANES, race_rounds(DOUBLE_ROUNDS), goods_begin,
        double_ready, double_act, lanes_look};

    race_run(&race);
    CU_ASSERT_EQUAL(race_wrong(), 0);
}

/* --- refund against refund --- */

#define REFUNDERS 6
#define REFUND_ROUNDS 250

static int64_t amount[REFUNDERS];
static enum err outcome[REFUNDERS];

static void
refund_ready(struct racer *r)
{
    enum err e;

    if (r->me != 0)
        return;
    mine = lane[0] = place(r, 1, &e);
    race_expect(e == ERR_OK, "an order", e);
    race_expect(race_pay(r, mine) == ERR_OK, "a payment works", mine);
}

static void
refund_act(struct racer *r)
{
    enum err e;

    amount[r->me] = 1 + (int64_t)race_dice(r, PRICE * 3 / 5);
    do {
        fault_clear(&r->flt);
        e = order_refund(
            r->db, r->a, lane[0], amount[r->me], STR("race"), "race", &r->flt);
    } while (e == ERR_BUSY);
    race_expect(e == ERR_OK || e == ERR_CONFLICT, "refunded or refused", e);
    outcome[r->me] = e;
}

static void
refund_look(struct racer *r)
{
    int64_t sum = 0, left;

    if (r->me != 0)
        return;
    for (int i = 0; i < REFUNDERS; i++)
        sum += outcome[i] == ERR_OK ? amount[i] : 0;
    left = PRICE - sum;
    race_expect(left >= 0, "refunds are within the payment", sum);
    race_expect(
        race_int(r, "SELECT refunded FROM payment WHERE order_id = ?", mine) == sum &&
            race_int(r, "SELECT refunded FROM orders WHERE id = ?", mine) == sum,
        "the payment and the order know all refunds", mine);
    for (int i = 0; i < REFUNDERS; i++)
        race_expect(outcome[i] == ERR_OK || amount[i] > left,
            "what there was money for is refunded", amount[i]);
}

static void
test_refund_against_refund(void)
{
    const struct race race = {REFUNDERS, race_rounds(REFUND_ROUNDS), goods_begin,
        refund_ready, refund_act, refund_look};

    race_run(&race);
    CU_ASSERT_EQUAL(race_wrong(), 0);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM payment WHERE refunded > amount", 0), 0);
}

static CU_TestInfo tests[] = {
    {"pay against expire", test_pay_against_expire},
    {"cancel against pay", test_cancel_against_pay},
    {"cancel against cancel", test_cancel_against_cancel},
    {"refund against refund", test_refund_against_refund},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"races", shop_up, shop_down, shop_test_up, shop_test_down, tests};

    return it_main(&s);
}
