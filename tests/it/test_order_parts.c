/* Orders in parts: parcels, refunds by line, returns, one at a time and all at once.
 * Whoever wins, units and money are right: the books are read after each test. */
#include <stdlib.h>

#include "it.h"
#include "it_clash.h"
#include "it_pay.h"
#include "it_shop.h"

#define ROUNDS 150

static struct fault flt;
static struct goods g, g2;

/* A paid order of `n` units at 10.01 and `n2` of another at 3.00; 0: without. */
static int64_t
bought(int64_t n, int64_t n2)
{
    struct shopper who = guest_new(shop_ar);
    struct order_want *w = arena_calloc(shop_ar, 2, sizeof(*w));
    struct order_answer an;
    struct order_in in;

    g = goods_new(1001, n);
    g2 = goods_new(300, 10);
    in = order_of(shop_ar, &who, &g, n, NULL);
    w[0] = in.want[0];
    w[1] = (struct order_want){arena_str(shop_ar, str_c(g2.sku)), n2};
    in.want = w;
    in.n = n2 > 0 ? 2 : 1;
    CU_ASSERT_EQUAL_FATAL(order_place(shop_db, shop_ar, NULL, &in, &an, &flt), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(
        pay_now(shop_db, shop_ar, NULL, an.order_id, true, &flt), ERR_OK);
    return an.order_id;
}

static struct order_deed
deed(int64_t id, const struct order_item *it)
{
    return (struct order_deed){.id = id, .items = it, .n = it != NULL, .actor = "test"};
}

static enum err
ship(int64_t id, const struct goods *what, int64_t n)
{
    const struct order_item it = {.sku = str_c(what->sku), .quantity = n};
    const struct order_ship_in in = {
        .deed = deed(id, &it), .carrier = STR("Mule"), .tracking = STR("1")};
    struct order_answer an;

    return order_ship_once(shop_db, shop_ar, &in, &an, &flt);
}

static enum err
refund(int64_t id, const struct goods *what, int64_t n, bool restock)
{
    const struct order_item it = {.sku = str_c(what->sku), .quantity = n, .amount = -1};
    const struct order_refund_in in = {
        .deed = deed(id, &it), .amount = -1, .restock = restock};
    struct order_answer an;

    return order_refund_once(shop_db, shop_ar, &in, &an, &flt);
}

static enum err
take_back(int64_t id, const struct goods *what, int64_t n, bool restock, bool money)
{
    const struct order_item it = {.sku = str_c(what->sku), .quantity = n};
    const struct order_return_in in = {
        .deed = deed(id, &it), .restock = restock, .refund = money};
    struct order_answer an;

    return order_return_once(shop_db, shop_ar, &in, &an, &flt);
}

static bool
is(int64_t id, enum order_status s, const char *payment, const char *fulfilment)
{
    struct order o = order_read(id);

    return o.status == s && str_eq_c(o.payment_status, payment) &&
           str_eq_c(o.fulfilment_status, fulfilment);
}

static void
test_parcels(void)
{
    int64_t id = bought(3, 2);

    CU_ASSERT_EQUAL(ship(id, &g, 2), ERR_OK);
    CU_ASSERT(is(id, ORDER_PAID, "paid", "partially_shipped"));
    CU_ASSERT_EQUAL(ship(id, &g, 2), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "not_shippable");
    CU_ASSERT_EQUAL(
        order_cancel(shop_db, shop_ar, NULL, id, "test", NULL, &flt), ERR_CONFLICT);
    CU_ASSERT_EQUAL(order_complete(shop_db, shop_ar, id, "test", &flt), ERR_CONFLICT);
    CU_ASSERT_EQUAL(ship(id, &g, 1), ERR_OK);
    CU_ASSERT(is(id, ORDER_PAID, "paid", "partially_shipped"));
    CU_ASSERT_EQUAL(ship(id, &g2, 2), ERR_OK);
    CU_ASSERT(is(id, ORDER_SHIPPED, "paid", "shipped"));
    CU_ASSERT_EQUAL(order_complete(shop_db, shop_ar, id, "test", &flt), ERR_OK);
    CU_ASSERT(is(id, ORDER_COMPLETED, "paid", "completed"));
    CU_ASSERT_EQUAL(order_read(id).history.shipments_n, 3);
    CU_ASSERT_EQUAL(take_back(id, &g, 1, true, true), ERR_OK);
    CU_ASSERT(
        is(id, ORDER_PARTIALLY_REFUNDED, "partially_refunded", "partially_returned"));
}

/* The last open units are refunded: all that is still wanted is on its way. */
static void
test_the_rest_refunded(void)
{
    int64_t id = bought(3, 2);

    CU_ASSERT_EQUAL(ship(id, &g, 3), ERR_OK);
    CU_ASSERT_EQUAL(refund(id, &g2, 2, true), ERR_OK);
    CU_ASSERT(is(id, ORDER_PARTIALLY_REFUNDED, "partially_refunded", "shipped"));
    CU_ASSERT_EQUAL(goods_left(&g2), 10);
    CU_ASSERT_EQUAL(ship(id, &g2, 1), ERR_CONFLICT);
    CU_ASSERT_EQUAL(order_complete(shop_db, shop_ar, id, "test", &flt), ERR_OK);
    CU_ASSERT(is(id, ORDER_COMPLETED, "partially_refunded", "completed"));
}

/* Units that were decided about before the cancel are not given back a second time. */
static void
test_cancel_after_line_refunds(void)
{
    int64_t id = bought(3, 2);

    CU_ASSERT_EQUAL(refund(id, &g, 1, true), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 1);
    CU_ASSERT_EQUAL(refund(id, &g, 1, false), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 1);
    CU_ASSERT_EQUAL(refund(id, &g2, 2, true), ERR_OK);
    CU_ASSERT_EQUAL(order_cancel(shop_db, shop_ar, NULL, id, "test", NULL, &flt), ERR_OK);
    CU_ASSERT_EQUAL(goods_left(&g), 2);
    CU_ASSERT_EQUAL(goods_left(&g2), 10);
    CU_ASSERT(is(id, ORDER_CANCELLED, "refunded", "cancelled"));
}

static void
test_a_refusal_changes_nothing(void)
{
    int64_t id = bought(3, 0);
    struct order was, now;

    CU_ASSERT_EQUAL(ship(id, &g, 2), ERR_OK);
    CU_ASSERT_EQUAL(refund(id, &g, 1, true), ERR_OK);
    was = order_read(id);
    CU_ASSERT_EQUAL(refund(id, &g, 3, true), ERR_CONFLICT);
    CU_ASSERT_EQUAL(refund(id, &g, 0, true), ERR_INVALID);
    CU_ASSERT_EQUAL(refund(id, &g2, 1, true), ERR_INVALID);
    CU_ASSERT_EQUAL(take_back(id, &g, 3, true, false), ERR_CONFLICT);
    CU_ASSERT_EQUAL(ship(id, &g, 1), ERR_CONFLICT);
    now = order_read(id);
    CU_ASSERT_EQUAL(now.updated_at, was.updated_at);
    CU_ASSERT_EQUAL(now.refunded, was.refunded);
    CU_ASSERT_EQUAL(now.history.refunds_n, 1);
    CU_ASSERT_EQUAL(sql_int("SELECT event_n FROM orders WHERE id = ?", id),
        sql_int("SELECT COUNT(*) FROM order_event WHERE order_id = ?", id));
}

/* The schema has the last word, whatever the program does. */
static void
test_the_schema_refuses(void)
{
    static const char *const lies[] = {
        "UPDATE order_line SET shipped = quantity + 1 WHERE order_id = ?",
        "UPDATE order_line SET withdrawn = 1, refunded = 1, shipped = quantity"
        " WHERE order_id = ?",
        "UPDATE order_line SET returned = 1 WHERE order_id = ?",
        "UPDATE order_line SET restocked = 1 WHERE order_id = ?",
        "UPDATE order_line SET refunded = 1 WHERE order_id = ?",
        "UPDATE order_line SET withdrawn = 1 WHERE order_id = ?",
        "UPDATE order_line SET refunded_amount = line_total + 1 WHERE order_id = ?",
        "UPDATE stock_move SET cause_id = 1 WHERE order_line_id ="
        " (SELECT id FROM order_line WHERE order_id = ?)",
    };
    int64_t id = bought(3, 0);
    const struct db_val v[] = {DB_I64(id)};

    for (size_t i = 0; i < NELEM(lies); i++)
        CU_ASSERT_EQUAL(db_exec(shop_db, lies[i], v, 1, NULL), ERR_INVALID);
}

/* --- at once --- */

enum act { SHIP_ONE, SHIP_REST, CANCEL, REFUND_ONE, REFUND_ALL, RETURN_ONE, RETURN_PAID };

static enum err
act(struct db *db, struct arena *a, int64_t id, int what, struct fault *f)
{
    const struct order_item it = {.sku = str_c(g.sku), .quantity = 1, .amount = -1};
    const struct order_ship_in sh = {
        .deed = deed(id, what == SHIP_ONE ? &it : NULL), .carrier = STR("M")};
    const struct order_refund_in rf = {
        .deed = deed(id, what == REFUND_ONE ? &it : NULL), .amount = -1, .restock = true};
    const struct order_return_in rt = {
        .deed = deed(id, &it), .restock = true, .refund = what == RETURN_PAID};
    struct order_answer an;

    switch ((enum act)what) {
    case SHIP_ONE:
    case SHIP_REST:
        return order_ship_once(db, a, &sh, &an, f);
    case REFUND_ONE:
    case REFUND_ALL:
        return order_refund_once(db, a, &rf, &an, f);
    case RETURN_ONE:
    case RETURN_PAID:
        return order_return_once(db, a, &rt, &an, f);
    case CANCEL:
        break;
    }
    return order_cancel(db, a, NULL, id, "race", NULL, f);
}

static void
test_line_refunds_race(void)
{
    static const int acts[] = {
        REFUND_ONE, REFUND_ONE, REFUND_ONE, REFUND_ONE, REFUND_ONE, REFUND_ONE};
    bool ok[CLASH_MAX];

    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = bought(4, 0);

        CU_ASSERT_EQUAL(clash(act, id, acts, 6, ok), 4);
        CU_ASSERT_EQUAL(order_read(id).refunded, 4004);
        CU_ASSERT_EQUAL(goods_left(&g), 4);
    }
}

/* By line and all that is left at once: never more than the payment, which the books say.
 */
static void
test_refunds_of_all_kinds_race(void)
{
    static const int acts[] = {
        REFUND_ALL, REFUND_ONE, REFUND_ONE, REFUND_ALL, RETURN_PAID, REFUND_ONE};
    bool ok[CLASH_MAX];

    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = bought(3, 2);

        CU_ASSERT_EQUAL(ship(id, &g, 1), ERR_OK);
        CU_ASSERT(clash(act, id, acts, 6, ok) >= 1);
        CU_ASSERT_EQUAL(ok[0] + ok[3], 1);
        CU_ASSERT(is(id, ORDER_REFUNDED, "refunded", ok[4] ? "returned" : "shipped"));
        CU_ASSERT_EQUAL(goods_left(&g2), 10);
    }
}

static void
test_ship_races_cancel(void)
{
    static const int acts[] = {SHIP_ONE, CANCEL, SHIP_REST, CANCEL};
    int cancelled = 0;
    bool ok[CLASH_MAX];

    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = bought(3, 0);

        (void)clash(act, id, acts, 4, ok);
        CU_ASSERT_EQUAL(ok[1], ok[3]);
        CU_ASSERT_NOT_EQUAL(ok[1], ok[0] || ok[2]);
        CU_ASSERT_EQUAL(goods_left(&g), ok[1] ? 3 : 0);
        cancelled += ok[1];
    }
    /* The race is one: it goes both ways. */
    CU_ASSERT(cancelled > 0 && cancelled < ROUNDS);
}

/* Each unit is either sent or refunded, never both, never neither. */
static void
test_ship_races_refund(void)
{
    static const int acts[] = {
        SHIP_ONE, REFUND_ONE, SHIP_ONE, REFUND_ONE, SHIP_ONE, REFUND_ONE};
    bool ok[CLASH_MAX];

    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = bought(3, 0), sent, withdrawn;

        (void)clash(act, id, acts, 6, ok);
        CU_ASSERT_EQUAL(ok[1] + ok[3] + ok[5], 3);
        sent = sql_int("SELECT shipped FROM order_line WHERE order_id = ?", id);
        withdrawn = sql_int("SELECT withdrawn FROM order_line WHERE order_id = ?", id);
        CU_ASSERT_EQUAL(sent, ok[0] + ok[2] + ok[4]);
        CU_ASSERT_EQUAL(sent + withdrawn, 3);
        CU_ASSERT_EQUAL(goods_left(&g), withdrawn);
        CU_ASSERT_EQUAL(order_read(id).refunded, 3003);
    }
}

static void
test_returns_race(void)
{
    static const int acts[] = {
        RETURN_ONE, RETURN_PAID, RETURN_ONE, RETURN_PAID, RETURN_PAID, RETURN_ONE};
    bool ok[CLASH_MAX];

    for (int i = 0; i < ROUNDS; i++) {
        int64_t id = bought(4, 0);

        CU_ASSERT_EQUAL(ship(id, &g, 3), ERR_OK);
        CU_ASSERT_EQUAL(clash(act, id, acts, 6, ok), 3);
        CU_ASSERT_EQUAL(goods_left(&g), 3);
        CU_ASSERT_EQUAL(order_read(id).refunded, 1001 * (ok[1] + ok[3] + ok[4]));
    }
}

static CU_TestInfo tests[] = {
    {"in several parcels", test_parcels},
    {"the rest refunded", test_the_rest_refunded},
    {"cancelled after lines were refunded", test_cancel_after_line_refunds},
    {"a refusal changes nothing", test_a_refusal_changes_nothing},
    {"the schema refuses", test_the_schema_refuses},
    {"refunds of a line race", test_line_refunds_race},
    {"refunds of all kinds race", test_refunds_of_all_kinds_race},
    {"ship races cancel", test_ship_races_cancel},
    {"ship races refund", test_ship_races_refund},
    {"returns race", test_returns_race},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {
        "order_parts", shop_up, shop_down, shop_test_up, shop_test_down, tests};

    return it_main(&s);
}
