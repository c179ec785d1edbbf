/* What becomes of an order: paid, cancelled, expired, shipped, refunded, one at a time
 * and all at once. Whoever wins, stock and money are right: the books are read after each
 * test. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "it.h"
#include "it_clash.h"
#include "it_pay.h"
#include "it_shop.h"

#define ROUNDS 120

static struct fault flt;

static enum err
pay(int64_t id, bool approve)
{
    return pay_now(shop_db, shop_ar, NULL, id, approve, &flt);
}

static enum err
cancel(int64_t id)
{
    return order_cancel(shop_db, shop_ar, NULL, id, "test", NULL, &flt);
}

static enum err
ship(int64_t id)
{
    return order_ship(shop_db, shop_ar, id, STR("DHL"), STR("42"), "test", &flt);
}

static enum err
refund(int64_t id, int64_t amount)
{
    return order_refund(shop_db, shop_ar, id, amount, STR("why"), "test", &flt);
}

static int64_t
expire_all(void)
{
    int64_t n = -1;

    CU_ASSERT_EQUAL(
        order_expire_due(shop_db, shop_ar, NULL, clock_ms() + 3600000, 1000, &n), ERR_OK);
    return n;
}

static struct goods g;
static struct shopper who;

static int64_t
fresh(int64_t stock, int64_t quantity)
{
    g = goods_new(1000, stock);
    who = guest_new(shop_ar);
    return order_new(&who, &g, quantity);
}

static void
test_pay_once(void)
{
    int64_t id = fresh(3, 2);
    struct order o;

    CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
    CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
    CU_ASSERT_EQUAL(pay(id, false), ERR_OK);
    o = order_read(id);
    CU_ASSERT_EQUAL(o.status, ORDER_PAID);
    CU_ASSERT(str_eq(o.payment_status, STR("paid")));
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM payment WHERE order_id = ?", id), 1);
    CU_ASSERT_EQUAL(expire_all(), 0);
}

static void
test_declined_stays_payable(void)
{
    int64_t id = fresh(3, 2);

    CU_ASSERT_EQUAL(pay(id, false), ERR_DECLINED);
    CU_ASSERT_STRING_EQUAL(flt.slug, "payment_declined");
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PENDING);
    CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM payment WHERE order_id = ? AND status = 'declined'",
            id),
        1);
}

static void
test_cancel_gives_back_once(void)
{
    int64_t id = fresh(3, 2);

    CU_ASSERT_EQUAL(goods_left(&g), 1);
    CU_ASSERT_EQUAL(cancel(id), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 3);
    CU_ASSERT_EQUAL(cancel(id), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 3);
    CU_ASSERT_EQUAL(pay(id, true), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "not_payable");
    CU_ASSERT_EQUAL(expire_all(), 0);
}

static void
test_cancel_paid_refunds_first(void)
{
    int64_t id = fresh(3, 2);
    struct order o;

    CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
    CU_ASSERT_EQUAL(cancel(id), ERR_OK);
    o = order_read(id);
    CU_ASSERT_EQUAL(o.status, ORDER_CANCELLED);
    CU_ASSERT(str_eq(o.payment_status, STR("refunded")));
    CU_ASSERT(str_eq(o.fulfilment_status, STR("cancelled")));
    CU_ASSERT_EQUAL(o.refunded, 2000);
    CU_ASSERT_EQUAL(goods_left(&g), 3);
}

static void
test_shipped_is_not_cancelled(void)
{
    int64_t id = fresh(3, 2);
    struct order o;

    CU_ASSERT_EQUAL(ship(id), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "not_shippable");
    CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
    CU_ASSERT_EQUAL(ship(id), ERR_OK);
    CU_ASSERT_EQUAL(ship(id), ERR_CONFLICT);
    CU_ASSERT_EQUAL(cancel(id), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "not_cancellable");
    CU_ASSERT_EQUAL(refund(id, -1), ERR_OK);
    CU_ASSERT_EQUAL(cancel(id), ERR_CONFLICT);
    o = order_read(id);
    CU_ASSERT_EQUAL(o.status, ORDER_REFUNDED);
    CU_ASSERT(str_eq(o.fulfilment_status, STR("shipped")));
    CU_ASSERT(str_eq(o.tracking, STR("42")));
    CU_ASSERT_EQUAL(goods_left(&g), 1);
}

static void
test_refund_in_parts(void)
{
    int64_t id = fresh(3, 2);

    CU_ASSERT_EQUAL(refund(id, 1), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "not_refundable");
    CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
    CU_ASSERT_EQUAL(refund(id, 0), ERR_INVALID);
    CU_ASSERT_EQUAL(refund(id, 2001), ERR_CONFLICT);
    CU_ASSERT_EQUAL(refund(id, 500), ERR_OK);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PARTIALLY_REFUNDED);
    CU_ASSERT_EQUAL(refund(id, 700), ERR_OK);
    CU_ASSERT_EQUAL(ship(id), ERR_OK);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_SHIPPED);
    CU_ASSERT(str_eq(order_read(id).payment_status, STR("partially_refunded")));
    CU_ASSERT_EQUAL(refund(id, 801), ERR_CONFLICT);
    CU_ASSERT_EQUAL(refund(id, -1), ERR_OK);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_REFUNDED);
    CU_ASSERT_EQUAL(order_read(id).refunded, 2000);
    CU_ASSERT_EQUAL(refund(id, -1), ERR_CONFLICT);
    CU_ASSERT_EQUAL(pay(id, true), ERR_CONFLICT);
}

static void
test_refund_once_a_key(void)
{
    int64_t id = fresh(3, 2);
    struct order_refund_in in = {.deed = {.id = id,
                                     .actor = "test",
                                     .once = {STR("test:refund"), STR("k"),
                                         STR("0123456789abcdef0123456789abcdef")}},
        .amount = 400};
    struct order_answer a, b;

    CU_ASSERT_EQUAL(order_refund_once(shop_db, shop_ar, &in, &a, &flt), ERR_CONFLICT);
    CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
    CU_ASSERT_EQUAL(order_refund_once(shop_db, shop_ar, &in, &a, &flt), ERR_OK);
    CU_ASSERT_FALSE(a.replayed);
    CU_ASSERT_EQUAL(order_refund_once(shop_db, shop_ar, &in, &b, &flt), ERR_OK);
    CU_ASSERT_TRUE(b.replayed);
    CU_ASSERT(str_eq(a.body, b.body));
    CU_ASSERT_EQUAL(order_read(id).refunded, 400);
    in.deed.once.body_hash = STR("another body's hash of 32 bytes.");
    CU_ASSERT_EQUAL(order_refund_once(shop_db, shop_ar, &in, &b, &flt), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(flt.slug, "idempotency_key_reused");
    in.deed.once.key = STR("k2");
    CU_ASSERT_EQUAL(order_refund_once(shop_db, shop_ar, &in, &b, &flt), ERR_OK);
    CU_ASSERT_EQUAL(order_read(id).refunded, 800);
}

static void
test_refunded_goods_go_back_by_cancel(void)
{
    int64_t id = fresh(3, 2);

    CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
    CU_ASSERT_EQUAL(refund(id, -1), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 1);
    CU_ASSERT_EQUAL(cancel(id), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 3);
}

static void
test_nothing_to_pay(void)
{
    int64_t id;

    g = goods_new(0, 3);
    who = guest_new(shop_ar);
    id = order_new(&who, &g, 1);
    CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
    CU_ASSERT_EQUAL(refund(id, -1), ERR_CONFLICT);
    CU_ASSERT_EQUAL(cancel(id), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 3);
}

static void
test_expiry_gives_back_in_time(void)
{
    int64_t id = fresh(3, 2), n;

    CU_ASSERT_EQUAL(
        order_expire_due(shop_db, shop_ar, NULL, clock_ms(), 100, &n), ERR_OK);
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT_EQUAL(expire_all(), 1);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_EXPIRED);
    CU_ASSERT_EQUAL(goods_left(&g), 3);
    CU_ASSERT_EQUAL(expire_all(), 0);
    CU_ASSERT_EQUAL(cancel(id), ERR_CONFLICT);
}

static void
test_late_payment_revives(void)
{
    int64_t id = fresh(3, 2);

    CU_ASSERT_EQUAL(expire_all(), 1);
    CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PAID);
    CU_ASSERT(str_eq(order_read(id).fulfilment_status, STR("unfulfilled")));
    CU_ASSERT_EQUAL(goods_left(&g), 1);
    CU_ASSERT_EQUAL(cancel(id), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 3);
}

static void
test_late_payment_without_goods_takes_no_money(void)
{
    int64_t id = fresh(3, 2);

    CU_ASSERT_EQUAL(expire_all(), 1);
    (void)order_new(&who, &g, 2);
    CU_ASSERT_EQUAL(pay(id, true), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "not_payable");
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_EXPIRED);
    CU_ASSERT_EQUAL(pay_test_taken(id), 0);
    CU_ASSERT_EQUAL(goods_left(&g), 1);
}

/* --- at once --- */

enum act { ACT_PAY, ACT_CANCEL, ACT_EXPIRE, ACT_SHIP, ACT_REFUND };

static enum err
act(struct db *db, struct arena *a, int64_t id, int what, struct fault *f)
{
    int64_t n;
    enum err e = ERR_INTERNAL;

    switch ((enum act)what) {
    case ACT_PAY:
        return pay_now(db, a, NULL, id, true, f);
    case ACT_CANCEL:
        return order_cancel(db, a, NULL, id, "race", NULL, f);
    case ACT_EXPIRE:
        e = order_expire_due(db, a, NULL, clock_ms() + 3600000, 100, &n);
        return e == ERR_OK && n == 0 ? ERR_CONFLICT : e;
    case ACT_SHIP:
        return order_ship(db, a, id, STR("DHL"), STR("1"), "race", f);
    case ACT_REFUND:
        return order_refund(db, a, id, 600, STR("race"), "race", f);
    }
    return e;
}

static void
test_cancel_races_cancel(void)
{
    static const int acts[] = {ACT_CANCEL, ACT_CANCEL, ACT_CANCEL, ACT_CANCEL};
    bool ok[CLASH_MAX];

    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = fresh(3, 2);

        CU_ASSERT_EQUAL(clash(act, id, acts, 4, ok), 4);
        CU_ASSERT_EQUAL(goods_left(&g), 3);
    }
}

static void
test_pay_races_pay(void)
{
    static const int acts[] = {ACT_PAY, ACT_PAY, ACT_PAY, ACT_PAY};
    bool ok[CLASH_MAX];

    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = fresh(3, 2);

        CU_ASSERT_EQUAL(clash(act, id, acts, 4, ok), 4);
        CU_ASSERT_EQUAL(order_read(id).status, ORDER_PAID);
        CU_ASSERT_EQUAL(pay_test_taken(id), 1);
    }
}

static void
test_pay_races_cancel_and_expiry(void)
{
    /* A sweep passes over a row that somebody has: every other time nobody cancels. */
    static const int acts[] = {ACT_PAY, ACT_EXPIRE, ACT_EXPIRE, ACT_CANCEL};
    int ended[ORDER_STATUS__MAX] = {0};
    bool ok[CLASH_MAX];

    for (int i = 0; i < 2 * ROUNDS; i++) {
        int64_t id = fresh(3, 2);
        enum order_status s;

        (void)clash(act, id, acts, i % 2 == 0 ? 4 : 3, ok);
        /* Both sweeps may have passed over it, and the clock they were told closes the
         * attempt to pay: the next one finds it. */
        if (order_read(id).status == ORDER_PENDING)
            CU_ASSERT_EQUAL(expire_all(), 1);
        s = order_read(id).status;
        ended[s]++;
        CU_ASSERT(s == ORDER_PAID || s == ORDER_CANCELLED || s == ORDER_EXPIRED);
        CU_ASSERT_EQUAL(goods_left(&g), s == ORDER_PAID ? 1 : 3);
    }
    /* The race is one: more than one way it went. */
    CU_ASSERT((ended[ORDER_PAID] > 0) + (ended[ORDER_CANCELLED] > 0) +
                  (ended[ORDER_EXPIRED] > 0) >=
              2);
}

static void
test_refunds_race(void)
{
    static const int acts[] = {
        ACT_REFUND, ACT_REFUND, ACT_REFUND, ACT_REFUND, ACT_REFUND, ACT_REFUND};
    bool ok[CLASH_MAX];

    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = fresh(3, 2);

        CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
        CU_ASSERT_EQUAL(clash(act, id, acts, 6, ok), 3); /* of 2000: three times 600 */
        CU_ASSERT_EQUAL(order_read(id).refunded, 1800);
    }
}

static void
test_ship_races_cancel_and_refund(void)
{
    static const int acts[] = {ACT_SHIP, ACT_CANCEL, ACT_REFUND, ACT_SHIP};
    bool ok[CLASH_MAX];

    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = fresh(3, 2);
        struct order o;

        CU_ASSERT_EQUAL(pay(id, true), ERR_OK);
        (void)clash(act, id, acts, 4, ok);
        o = order_read(id);
        CU_ASSERT_NOT_EQUAL(ok[1], ok[0] || ok[3]);
        CU_ASSERT_EQUAL(goods_left(&g), ok[1] ? 3 : 1);
        CU_ASSERT_EQUAL(str_eq(o.fulfilment_status, STR("shipped")), !ok[1]);
    }
}

static CU_TestInfo tests[] = {
    {"paying twice pays once", test_pay_once},
    {"declined stays payable", test_declined_stays_payable},
    {"a cancel gives back once", test_cancel_gives_back_once},
    {"cancelling a paid order refunds first", test_cancel_paid_refunds_first},
    {"shipped is not cancelled", test_shipped_is_not_cancelled},
    {"refunds in parts", test_refund_in_parts},
    {"a refund once a key", test_refund_once_a_key},
    {"refunded goods go back by a cancel", test_refunded_goods_go_back_by_cancel},
    {"nothing to pay", test_nothing_to_pay},
    {"expiry gives back, in time", test_expiry_gives_back_in_time},
    {"a late payment revives", test_late_payment_revives},
    {"too late: no money taken", test_late_payment_without_goods_takes_no_money},
    {"cancel races cancel", test_cancel_races_cancel},
    {"pay races pay", test_pay_races_pay},
    {"pay races cancel and expiry", test_pay_races_cancel_and_expiry},
    {"refunds race", test_refunds_race},
    {"ship races cancel and refund", test_ship_races_cancel_and_refund},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {
        "order_life", shop_up, shop_down, shop_test_up, shop_test_down, tests};

    return it_main(&s);
}
