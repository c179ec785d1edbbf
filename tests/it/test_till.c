/* The till: payments written together are what they would be one by one, and whatever is not
 * plain is left alone. */
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "it.h"
#include "it_pay.h"
#include "it_shop.h"
#include "order/order_till.h"

#define MANY 24
#define ROUNDS 8

static struct till *till;
static struct fault flt;
static struct goods g;
static struct shopper who;

static void
up(void)
{
    shop_test_up();
    till = till_new(shop_pool());
    g = goods_new(1000, 1000);
    who = guest_new(shop_ar);
}

static void
down(void)
{
    till_free(till);
    shop_test_down();
}

static struct order_pay
paying(int64_t id, bool approve)
{
    return (struct order_pay){.who = &who,
        .id = id,
        .asked = approve ? PAY_APPROVE : PAY_DECLINE,
        .tell = true};
}

static bool
begin_and_ask(struct arena *a, struct order_pay *p)
{
    struct fault f;

    return till_begin(till, a, p) && order_pay_ask(&pay_test_desk, a, p, &f) == ERR_OK;
}

static int64_t
rows(const char *from, int64_t id)
{
    return sql_int(arena_printf(shop_ar, "SELECT COUNT(*) FROM %s", from).p, id);
}

static void
paid_once(int64_t id)
{
    CU_ASSERT_EQUAL(order_read(id).status, ORDER_PAID);
    CU_ASSERT_EQUAL(pay_test_taken(id), 1);
    CU_ASSERT_EQUAL(rows("payment WHERE order_id = ?", id), 1);
    CU_ASSERT_EQUAL(rows("order_event WHERE status_to = 'paid' AND order_id = ?", id), 1);
    CU_ASSERT_EQUAL(rows("outbox WHERE type = 'order.paid' AND subject_id = ?", id), 1);
}

struct crowd {
    int64_t id[MANY];
    atomic_int next, done;
};

static void *
buyer(void *arg)
{
    struct crowd *c = arg;
    struct arena *a = arena_new(1 << 16);
    struct order_pay p = paying(c->id[c->next++], true);

    if (begin_and_ask(a, &p) && till_end(till, a, &p) && p.order.n > 0)
        c->done++;
    arena_free(a);
    return NULL;
}

static void
test_many_at_once_are_each_paid_once(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct crowd c = {.next = 0};

        for (int i = 0; i < MANY; i++)
            c.id[i] = order_new(&who, &g, 1);
        it_threads(MANY, buyer, &c);
        CU_ASSERT_EQUAL(c.done, MANY);
        for (int i = 0; i < MANY; i++)
            paid_once(c.id[i]);
    }
}

/* The second click finds the first one's attempt, or its end: the one-by-one way knows. */
static void *
impatient(void *arg)
{
    struct crowd *c = arg;
    struct arena *a = arena_new(1 << 16);
    struct order_pay p = paying(c->id[0], true);
    struct db *db;

    if (begin_and_ask(a, &p)) {
        c->next++;
        c->done += till_end(till, a, &p);
    } else if (db_acquire(shop_pool(), &db) == ERR_OK) {
        struct fault f;

        c->done += order_pay(db, a, &pay_test_desk, &p, NULL, &f) == ERR_OK;
        db_release(db);
    }
    arena_free(a);
    return NULL;
}

static void
test_two_clicks_at_once_pay_once(void)
{
    for (int round = 0; round < 10 * ROUNDS; round++) {
        struct crowd c = {.next = 0};

        c.id[0] = order_new(&who, &g, 1);
        it_threads(2, impatient, &c);
        CU_ASSERT(c.next <= 1);
        CU_ASSERT(c.done >= 1);
        paid_once(c.id[0]);
    }
}

static void
test_what_it_answers_is_the_order(void)
{
    int64_t id = order_new(&who, &g, 2);
    struct order_pay p = paying(id, true);

    CU_ASSERT(begin_and_ask(shop_ar, &p));
    CU_ASSERT(till_end(till, shop_ar, &p));
    CU_ASSERT(p.order.n > 0);
    CU_ASSERT(strstr(arena_cstr(shop_ar, p.order), "\"status\":\"paid\"") != NULL);
    CU_ASSERT(strstr(arena_cstr(shop_ar, p.order), "\"quantity\":2") != NULL);
}

static void
test_anothers_order_is_left_alone(void)
{
    int64_t id = order_new(&who, &g, 1);
    struct shopper other = guest_new(shop_ar);
    struct order_pay p = paying(id, true);

    p.who = &other;
    CU_ASSERT_FALSE(till_begin(till, shop_ar, &p));
    CU_ASSERT_EQUAL(rows("payment WHERE order_id = ?", id), 0);
}

static void
test_what_is_not_pending_is_left_alone(void)
{
    int64_t id = order_new(&who, &g, 1), gone = order_new(&who, &g, 1), n;
    struct order_pay p = paying(id, true);

    CU_ASSERT_EQUAL(order_cancel(shop_db, shop_ar, &who, id, NULL, NULL, &flt), ERR_OK);
    CU_ASSERT_FALSE(till_begin(till, shop_ar, &p));
    CU_ASSERT_EQUAL(
        order_expire_due(shop_db, shop_ar, NULL, clock_ms() + 3600000, 10, &n), ERR_OK);
    p = paying(gone, true);
    CU_ASSERT_FALSE(till_begin(till, shop_ar, &p));
    p = paying(424242, true);
    CU_ASSERT_FALSE(till_begin(till, shop_ar, &p));
}

static void
test_a_refusal_and_a_wrong_sum_are_left_alone(void)
{
    int64_t id = order_new(&who, &g, 1), other = order_new(&who, &g, 1);
    struct order_pay p = paying(id, false);

    CU_ASSERT(begin_and_ask(shop_ar, &p));
    CU_ASSERT_FALSE(till_end(till, shop_ar, &p));
    pay_test_mood(PAY_LYING);
    p = paying(other, true);
    CU_ASSERT(begin_and_ask(shop_ar, &p));
    CU_ASSERT_FALSE(till_end(till, shop_ar, &p));
    pay_test_mood(PAY_WELL);
    CU_ASSERT_EQUAL(rows("payment WHERE status = 'started' AND order_id = ?", id), 1);
    CU_ASSERT_EQUAL(rows("payment WHERE status = 'started' AND order_id = ?", other), 1);
}

/* The order ends while the provider is asked: its money is nobody's batch's. */
static void
test_money_too_late_is_left_to_those_who_give_it_back(void)
{
    int64_t id = order_new(&who, &g, 1);
    struct order_pay p = paying(id, true);

    CU_ASSERT(begin_and_ask(shop_ar, &p));
    CU_ASSERT_EQUAL(order_cancel(shop_db, shop_ar, &who, id, NULL, NULL, &flt), ERR_OK);
    CU_ASSERT_FALSE(till_end(till, shop_ar, &p));
    CU_ASSERT_EQUAL(
        order_pay_end(shop_db, shop_ar, &pay_test_desk, &p, NULL, &flt), ERR_CONFLICT);
    CU_ASSERT_EQUAL(rows("payment WHERE status = 'late' AND order_id = ?", id), 1);
}

/* Somebody else settled it in between: said once more, nothing is doubled. */
static void
test_what_was_settled_meanwhile_is_left_alone(void)
{
    int64_t id = order_new(&who, &g, 1);
    struct order_pay p = paying(id, true);

    CU_ASSERT(begin_and_ask(shop_ar, &p));
    CU_ASSERT_EQUAL(
        order_pay_end(shop_db, shop_ar, &pay_test_desk, &p, NULL, &flt), ERR_OK);
    CU_ASSERT_FALSE(till_end(till, shop_ar, &p));
    paid_once(id);
}

static CU_TestInfo tests[] = {
    {"many at once are each paid once", test_many_at_once_are_each_paid_once},
    {"two clicks at once pay once", test_two_clicks_at_once_pay_once},
    {"what it answers is the order", test_what_it_answers_is_the_order},
    {"another's order is left alone", test_anothers_order_is_left_alone},
    {"what is not pending is left alone", test_what_is_not_pending_is_left_alone},
    {"a refusal, a wrong sum: left alone", test_a_refusal_and_a_wrong_sum_are_left_alone},
    {"money too late goes back", test_money_too_late_is_left_to_those_who_give_it_back},
    {"settled meanwhile: left alone", test_what_was_settled_meanwhile_is_left_alone},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    static CU_SuiteInfo suite = {
        "the till: payments together", shop_up, shop_down, up, down, tests};

    return it_main(&suite);
}
