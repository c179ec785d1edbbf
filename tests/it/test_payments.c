/* Payments between the shop and its provider: what is lost on the way, said twice, said too
 * late or said wrong. The money the provider holds for an order is looked at after each. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "it.h"
#include "it_clash.h"
#include "it_pay.h"
#include "it_shop.h"

#define ROUNDS 100
#define WAIT_MS 10000
#define LATER (WAIT_MS + 1)

static struct fault flt;
static struct goods g;
static struct shopper who;

static int64_t
fresh(int64_t stock, int64_t quantity)
{
    g = goods_new(1000, stock);
    who = guest_new(shop_ar);
    return order_new(&who, &g, quantity);
}

static enum err
pay(int64_t id)
{
    return pay_now(shop_db, shop_ar, NULL, id, true, &flt);
}

static int64_t
settle_at(int64_t now)
{
    int64_t n = -1;

    enum err e =
        order_settle_overdue(
            shop_db, shop_ar, &pay_test_desk, NULL, now - WAIT_MS, now, 10000, &n);

    CU_ASSERT(e == ERR_OK || e == ERR_UPSTREAM);
    return n;
}

static int64_t
send_refunds(void)
{
    int64_t n = -1;

    enum err e = payment_send_refunds(shop_db, shop_ar, &pay_test_desk, 1000, &n);

    CU_ASSERT(e == ERR_OK || e == ERR_UPSTREAM);
    return n;
}

static void
expire_all(void)
{
    int64_t n;

    CU_ASSERT_EQUAL(
        order_expire_due(shop_db, shop_ar, NULL, clock_ms() + 3600000, 1000, &n), ERR_OK);
}

/* A message of the provider's about this payment, as it stands now. */
static enum err
message(struct db *db, struct arena *a, struct str reference, const char *event_id,
    struct order_settled *out)
{
    struct pay_event ev = {.id = arena_str(a, str_c(event_id)),
        .type = STR("payment.succeeded"),
        .told = pay_test_told(a, reference),
        .about = true};
    const struct order_settle_in in = {.provider = pay_test_desk.p[0],
        .told = &ev.told,
        .event = &ev,
        .actor = "payment"};
    struct fault f;

    return order_settle(db, a, NULL, &in, out, &f);
}

static enum order_settled_as
told(struct str reference)
{
    struct order_settled s;

    CU_ASSERT_EQUAL(message(shop_db, shop_ar, reference,
                        arena_printf(shop_ar, "evt_%" PRId64, id_next()).p, &s),
        ERR_OK);
    return s.became;
}

static int64_t
attempts(int64_t id, const char *status)
{
    return sql_int(arena_printf(shop_ar,
                       "SELECT COUNT(*) FROM payment WHERE order_id = ? AND status = '%s'",
                       status)
                       .p,
        id);
}

static void
test_provider_away_keeps_the_order_payable(void)
{
    int64_t id = fresh(3, 2);

    pay_test_mood(PAY_AWAY);
    CU_ASSERT_EQUAL(pay(id), ERR_UPSTREAM);
    CU_ASSERT_STRING_EQUAL(flt.slug, "payment_unavailable");
    CU_ASSERT(flt.retry_after > 0);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PENDING);
    CU_ASSERT_EQUAL(settle_at(clock_ms() + LATER), 0);
    pay_test_mood(PAY_WELL);
    CU_ASSERT_EQUAL(pay(id), ERR_OK);
    CU_ASSERT_EQUAL(pay_test_taken(id), 1);
}

/* It took the money and its answer was lost: asked again it is the same payment. */
static void
test_a_lost_answer_is_no_second_payment(void)
{
    int64_t id = fresh(3, 2);

    pay_test_mood(PAY_MUTE);
    CU_ASSERT_EQUAL(pay(id), ERR_UPSTREAM);
    CU_ASSERT_EQUAL(pay(id), ERR_UPSTREAM);
    pay_test_mood(PAY_WELL);
    CU_ASSERT_EQUAL(pay(id), ERR_OK);
    CU_ASSERT_EQUAL(pay_test_taken(id), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM payment WHERE order_id = ?", id), 1);
}

static void
test_the_sweep_finishes_a_lost_answer(void)
{
    int64_t id = fresh(3, 2);

    pay_test_mood(PAY_MUTE);
    CU_ASSERT_EQUAL(pay(id), ERR_UPSTREAM);
    pay_test_mood(PAY_WELL);
    CU_ASSERT_EQUAL(settle_at(clock_ms()), 0);
    CU_ASSERT_EQUAL(settle_at(clock_ms() + LATER), 1);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PAID);
    CU_ASSERT_EQUAL(settle_at(clock_ms() + LATER), 0);
    CU_ASSERT_EQUAL(pay_test_money(id), 2000);
}

/* Called off: when it comes to the provider after all it finds that. */
static void
test_the_sweep_calls_off_what_never_came(void)
{
    int64_t id = fresh(3, 2);
    struct pay_told t;
    struct payment pm;

    pay_test_mood(PAY_AWAY);
    CU_ASSERT_EQUAL(pay(id), ERR_UPSTREAM);
    pay_test_mood(PAY_WELL);
    CU_ASSERT_EQUAL(
        payment_open(shop_db, shop_ar, id, PAY_APPROVE, clock_ms(), &pm), ERR_OK);
    CU_ASSERT_EQUAL(settle_at(clock_ms() + LATER), 1);
    CU_ASSERT_EQUAL(attempts(id, "declined"), 1);
    CU_ASSERT_EQUAL(
        pay_test_desk.p[0]->create(NULL, shop_ar, &pm, STR("/"), &t), ERR_OK);
    CU_ASSERT_EQUAL(t.status, PAY_CANCELLED);
    CU_ASSERT_EQUAL(pay_test_money(id), 0);
    CU_ASSERT_EQUAL(pay(id), ERR_OK);
}

static void
test_a_message_pays_for_a_vanished_buyer(void)
{
    int64_t id = fresh(3, 2);
    struct str ref = pay_away(shop_db, shop_ar, id);

    CU_ASSERT_EQUAL(told(ref), ORDER_SETTLED_NOTHING);
    pay_test_decide(ref, true);
    CU_ASSERT_EQUAL(told(ref), ORDER_SETTLED_PAID);
    CU_ASSERT_EQUAL(told(ref), ORDER_SETTLED_NOTHING);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PAID);
    CU_ASSERT_EQUAL(settle_at(clock_ms() + 86400000), 0);
}

static void
test_one_message_acts_once(void)
{
    int64_t id = fresh(3, 2), other = fresh(3, 2);
    struct str a = pay_away(shop_db, shop_ar, id), b = pay_away(shop_db, shop_ar, other);
    struct order_settled s;

    pay_test_decide(a, true);
    pay_test_decide(b, true);
    CU_ASSERT_EQUAL(message(shop_db, shop_ar, a, "evt_same", &s), ERR_OK);
    CU_ASSERT_EQUAL(s.became, ORDER_SETTLED_PAID);
    /* The same id once more does nothing, whatever it says. */
    CU_ASSERT_EQUAL(message(shop_db, shop_ar, b, "evt_same", &s), ERR_OK);
    CU_ASSERT_EQUAL(s.became, ORDER_SETTLED_NOTHING);
    CU_ASSERT_EQUAL(order_read(other).status, ORDER_PENDING);
    CU_ASSERT_EQUAL(told(b), ORDER_SETTLED_PAID);
}

static void
test_a_second_visit_is_the_same_page(void)
{
    int64_t id = fresh(3, 2);
    struct str a = pay_away(shop_db, shop_ar, id), b = pay_away(shop_db, shop_ar, id);

    CU_ASSERT(str_eq(a, b));
    pay_test_decide(a, false);
    CU_ASSERT_EQUAL(told(a), ORDER_SETTLED_DECLINED);
    CU_ASSERT_FALSE(str_eq(a, pay_away(shop_db, shop_ar, id)));
}

static void
test_a_page_left_open_is_called_off_in_the_end(void)
{
    int64_t id = fresh(3, 2);
    struct str ref = pay_away(shop_db, shop_ar, id);

    (void)settle_at(clock_ms() + LATER);
    CU_ASSERT_EQUAL(attempts(id, "started"), 1);
    (void)settle_at(clock_ms() + 86400000);
    CU_ASSERT_EQUAL(pay_test_told(shop_ar, ref).status, PAY_CANCELLED);
    CU_ASSERT_EQUAL(attempts(id, "declined"), 1);
}

static void
test_money_after_the_end_goes_back(void)
{
    int64_t id = fresh(3, 2);
    struct str ref = pay_away(shop_db, shop_ar, id);

    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, NULL, id, "test", NULL, &flt), ERR_OK);
    pay_test_decide(ref, true);
    CU_ASSERT_EQUAL(told(ref), ORDER_SETTLED_LATE);
    CU_ASSERT_EQUAL(told(ref), ORDER_SETTLED_NOTHING);
    CU_ASSERT_EQUAL(attempts(id, "late"), 1);
    CU_ASSERT_EQUAL(pay_test_money(id), 2000);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM outbox WHERE subject_id = ?"
                            " AND type = 'payment.late_refunded'",
                        id),
        1);
    pay_test_mood(PAY_AWAY);
    CU_ASSERT_EQUAL(send_refunds(), 0);
    pay_test_mood(PAY_MUTE); /* done, and nobody knows */
    CU_ASSERT_EQUAL(send_refunds(), 0);
    pay_test_mood(PAY_WELL);
    CU_ASSERT_EQUAL(send_refunds(), 1);
    CU_ASSERT_EQUAL(send_refunds(), 0);
    CU_ASSERT_EQUAL(pay_test_money(id), 0);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_CANCELLED);
    CU_ASSERT_EQUAL(order_read(id).refunded, 0);
}

static void
test_late_money_revives_if_stock_allows(void)
{
    int64_t id = fresh(3, 2);
    struct str ref = pay_away(shop_db, shop_ar, id);

    sql_do("UPDATE payment SET created_at = 1 WHERE order_id = ?", id);
    expire_all();
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_EXPIRED);
    pay_test_decide(ref, true);
    CU_ASSERT_EQUAL(told(ref), ORDER_SETTLED_PAID);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PAID);
    CU_ASSERT_EQUAL(goods_left(&g), 1);
}

static void
test_late_money_without_goods_goes_back(void)
{
    int64_t id = fresh(3, 2);
    struct str ref = pay_away(shop_db, shop_ar, id);

    sql_do("UPDATE payment SET created_at = 1 WHERE order_id = ?", id);
    expire_all();
    (void)order_new(&who, &g, 2);
    pay_test_decide(ref, true);
    (void)settle_at(clock_ms() + 86400000);
    CU_ASSERT_EQUAL(attempts(id, "late"), 1);
    CU_ASSERT_EQUAL(send_refunds(), 1);
    CU_ASSERT_EQUAL(pay_test_money(id), 0);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_EXPIRED);
    CU_ASSERT_EQUAL(goods_left(&g), 1);
}

/* Paid here while its page was open, and there too. */
static void
test_a_second_payment_goes_back(void)
{
    int64_t id = fresh(3, 2);
    struct str ref = pay_away(shop_db, shop_ar, id);

    CU_ASSERT_EQUAL(pay(id), ERR_OK);
    pay_test_decide(ref, true);
    CU_ASSERT_EQUAL(told(ref), ORDER_SETTLED_LATE);
    CU_ASSERT_EQUAL(pay_test_money(id), 4000);
    CU_ASSERT_EQUAL(send_refunds(), 1);
    CU_ASSERT_EQUAL(pay_test_money(id), 2000);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PAID);
    CU_ASSERT_EQUAL(order_read(id).refunded, 0);
}

/* What was given up comes after all: the provider's word counts, not ours. */
static void
test_a_declined_attempt_that_was_paid_counts(void)
{
    int64_t id = fresh(3, 2);
    struct str ref = pay_away(shop_db, shop_ar, id);

    sql_do("UPDATE payment SET status = 'declined' WHERE order_id = ?", id);
    pay_test_decide(ref, true);
    CU_ASSERT_EQUAL(told(ref), ORDER_SETTLED_PAID);
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PAID);
}

static void
test_another_sum_changes_nothing(void)
{
    static const enum pay_mood lies[] = {PAY_LYING, PAY_FOREIGN};

    for (size_t i = 0; i < NELEM(lies); i++) {
        int64_t id = fresh(3, 2);
        struct str ref = pay_away(shop_db, shop_ar, id);

        pay_test_decide(ref, true);
        pay_test_mood(lies[i]);
        CU_ASSERT_EQUAL(told(ref), ORDER_SETTLED_MISMATCH);
        CU_ASSERT_EQUAL(order_read(id).status, ORDER_PENDING);
        CU_ASSERT_EQUAL(attempts(id, "started"), 1);
        /* The sweep leaves it to a person. */
        (void)settle_at(clock_ms() + 86400000);
        CU_ASSERT_EQUAL(attempts(id, "mismatch"), 1);
        CU_ASSERT_EQUAL(pay(id), ERR_INVALID);
        CU_ASSERT_STRING_EQUAL(flt.slug, "payment_mismatch");
        pay_test_mood(PAY_WELL);
        CU_ASSERT_EQUAL(order_read(id).status, ORDER_PENDING);
    }
}

static void
test_an_unknown_reference_is_nobodys(void)
{
    struct pay_told t = {.reference = STR("sim_nobody"),
        .currency = STR("USD"),
        .amount = 1,
        .status = PAY_SUCCEEDED};
    const struct order_settle_in in = {
        .provider = pay_test_desk.p[0], .told = &t, .actor = "payment"};
    struct order_settled s;

    CU_ASSERT_EQUAL(
        order_settle(shop_db, shop_ar, NULL, &in, &s, &flt), ERR_NOT_FOUND);
}

static void
test_refunds_reach_the_provider_once(void)
{
    int64_t id = fresh(3, 2);

    CU_ASSERT_EQUAL(pay(id), ERR_OK);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(order_refund(
                            shop_db, shop_ar, id, 300, STR("why"), "test", &flt),
            ERR_OK);
    CU_ASSERT_EQUAL(pay_test_money(id), 2000);
    pay_test_mood(PAY_MUTE);
    CU_ASSERT_EQUAL(send_refunds(), 0);
    pay_test_mood(PAY_WELL);
    CU_ASSERT_EQUAL(send_refunds(), 3);
    CU_ASSERT_EQUAL(pay_test_money(id), 1100);
    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, NULL, id, "test", NULL, &flt), ERR_OK);
    CU_ASSERT_EQUAL(send_refunds(), 1);
    CU_ASSERT_EQUAL(pay_test_money(id), 0);
}

/* A refund that the provider refuses is kept for a person, and holds up no other. */
static void
test_a_refused_refund_is_told(void)
{
    int64_t id = fresh(3, 2), other;

    CU_ASSERT_EQUAL(pay(id), ERR_OK);
    sql_do("UPDATE payment SET reference = CONCAT('gone', id) WHERE order_id = ?", id);
    CU_ASSERT_EQUAL(
        order_refund(shop_db, shop_ar, id, 300, STR("why"), "test", &flt), ERR_OK);
    other = fresh(3, 2);
    CU_ASSERT_EQUAL(pay(other), ERR_OK);
    CU_ASSERT_EQUAL(
        order_refund(shop_db, shop_ar, other, -1, STR("why"), "test", &flt), ERR_OK);
    CU_ASSERT_EQUAL(send_refunds(), 2);
    CU_ASSERT_EQUAL(pay_test_money(other), 0);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM refund r JOIN payment p ON p.id = r.payment_id"
                " WHERE r.status = 'failed' AND p.order_id = ?",
            id),
        1);
}

/* --- at once --- */

enum act { ACT_PAY, ACT_TELL, ACT_EXPIRE, ACT_CANCEL, ACT_SWEEP, ACT_REFUNDS };

/* What the provider calls the attempt that ACT_TELL speaks of. */
static struct str clash_ref;

static enum err
act(struct db *db, struct arena *a, int64_t id, int what, struct fault *f)
{
    struct order_settled s;
    int64_t n;

    switch ((enum act)what) {
    case ACT_PAY:
        return pay_now(db, a, NULL, id, true, f);
    case ACT_TELL:
        return message(db, a, clash_ref, arena_printf(a, "evt_%" PRId64, id_next()).p, &s);
    case ACT_EXPIRE:
        return order_expire_due(db, a, NULL, clock_ms() + 3600000, 100, &n);
    case ACT_CANCEL:
        return order_cancel(db, a, NULL, id, "race", NULL, f);
    case ACT_SWEEP:
        return order_settle_overdue(
            db, a, &pay_test_desk, NULL, INT64_MAX, INT64_MAX, 100, &n);
    case ACT_REFUNDS:
        return payment_send_refunds(db, a, &pay_test_desk, 100, &n);
    }
    return ERR_INTERNAL;
}

/* Whoever wins: when all is quiet the provider holds the order's price if it is paid and
 * nothing otherwise. */
static void
test_everything_at_once(void)
{
    /* A cancel gives a paid order's money back: every other time nobody cancels. */
    static const int acts[] = {ACT_TELL, ACT_TELL, ACT_PAY, ACT_EXPIRE, ACT_SWEEP,
        ACT_REFUNDS, ACT_PAY, ACT_CANCEL};
    int ended[ORDER_STATUS__MAX] = {0};
    bool ok[CLASH_MAX];

    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = fresh(3, 2);
        enum order_status s;

        clash_ref = pay_away(shop_db, shop_ar, id);
        sql_do("UPDATE payment SET created_at = 1 WHERE order_id = ?", id);
        pay_test_decide(clash_ref, true);
        (void)clash(act, id, acts, (int)NELEM(acts) - i % 2, ok);
        (void)settle_at(clock_ms() + 86400000);
        (void)send_refunds();
        s = order_read(id).status;
        ended[s]++;
        CU_ASSERT_EQUAL(pay_test_money(id), s == ORDER_PAID ? 2000 : 0);
        CU_ASSERT_EQUAL(attempts(id, "started"), 0);
        CU_ASSERT_EQUAL(goods_left(&g), s == ORDER_PAID ? 1 : 3);
    }
    CU_ASSERT(ended[ORDER_PAID] > 0);
}

static CU_TestInfo tests[] = {
    {"provider away: still payable", test_provider_away_keeps_the_order_payable},
    {"a lost answer is no second payment", test_a_lost_answer_is_no_second_payment},
    {"the sweep finishes a lost answer", test_the_sweep_finishes_a_lost_answer},
    {"the sweep calls off what never came", test_the_sweep_calls_off_what_never_came},
    {"a message pays for a vanished buyer", test_a_message_pays_for_a_vanished_buyer},
    {"one message acts once", test_one_message_acts_once},
    {"a second visit is the same page", test_a_second_visit_is_the_same_page},
    {"a page left open is called off", test_a_page_left_open_is_called_off_in_the_end},
    {"money after the end goes back", test_money_after_the_end_goes_back},
    {"late money revives", test_late_money_revives_if_stock_allows},
    {"late money without goods goes back", test_late_money_without_goods_goes_back},
    {"a second payment goes back", test_a_second_payment_goes_back},
    {"a declined one that was paid counts", test_a_declined_attempt_that_was_paid_counts},
    {"another sum changes nothing", test_another_sum_changes_nothing},
    {"an unknown reference is nobody's", test_an_unknown_reference_is_nobodys},
    {"refunds reach the provider once", test_refunds_reach_the_provider_once},
    {"a refused refund is told", test_a_refused_refund_is_told},
    {"everything at once", test_everything_at_once},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    static CU_SuiteInfo suite = {"payments: shop and provider", shop_up, shop_down,
        shop_test_up, shop_test_down, tests};

    return it_main(&suite);
}
