/* The sweep over the books must find each lie: every rule is broken by hand, in a
 * transaction that is rolled back, and must be named; before and after, all hold. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "it.h"
#include "it_pay.h"
#include "it_shop.h"
#include "verify/verify.h"

/* The orders the lies are told about. */
enum which { PENDING, PART_REFUNDED, CANCELLED, SHIPPED, IN_PARTS, WHICH__MAX };
static int64_t ids[WHICH__MAX];
static struct fault flt;

#define LINES_OF "order_line_id IN (SELECT id FROM order_line WHERE order_id = ?)"
#define STOCK_OF "sku_id = (SELECT sku_id FROM order_line WHERE order_id = ?)"
#define LINE_OF "order_line_id = (SELECT id FROM order_line WHERE order_id = ?)"
#define NEGATIVE "stock is never negative"
#define OUTBOX "no event waits longer than a minute to be handed on"
#define LEDGER "stock on hand is the sum of its ledger"
#define TAKEN "every ordered unit was taken from stock once"
#define BACK "closed orders gave their units back, all others hold them"
#define LINELESS "every sale in the ledger has its order line"
#define TOTAL "an order's total is lines + shipping + tax - discount"
#define PAID "a paid order has one successful payment of its total, an unpaid one none"
#define REFUNDS "refunds never exceed their payment"
#define ORDER_REFUNDS "an order's refunds are its payment's"
#define ASKED "an attempt to pay asks its order's total in its currency"
#define STATES "payments and refunds are in a state there is"
#define REFERENCES "no two payments have one reference"
#define CLOSED_MONEY "money of a closed order was given back"
#define KEYS "an idempotency key has one order, an order at most one key"
#define ANSWER "the answer kept for a key names its order"
#define LED "an order is where its last event led"
#define DUE "due exactly while unpaid and open"
#define SHIPMENT "an order has a shipment exactly when it was shipped"
#define PARTS "an order's discount and taxes are those of its lines and delivery"
#define COUPONS "no coupon is used above its limit"
#define HOLDS_COUPON "an order holds its coupon while it stands"
#define FAR "an order is as far on its way as its lines"
#define SENT "a line's shipped units are its parcels', never more than were ordered"
#define CAME_BACK "a line's returned units are its returns', never more than were shipped"
#define LINE_REFUNDS "a line's refunds are those of it, never more than was paid for it"
#define REFUND_LINES "a refund's lines never exceed it"
#define RESTOCKED "restocked units in the ledger are those of returns and refunds"
#define HELD "what owners of unpaid orders hold is what their orders say"
#define LEASES "every lease of a job ends soon"
#define CHAIN "events follow one another as the rules allow"

static const struct lie {
    const char *rule;
    enum which who;
    const char *sql; /* its one value: the order's id */
} lies[] = {
    {HELD, PENDING, "UPDATE orders SET hold_owner = NULL WHERE id = ?"},
    {HELD, PENDING, "UPDATE orders SET hold_owner = 'u:other' WHERE id = ?"},
    {HELD, PENDING, "UPDATE hold_counter SET units = units + 1 WHERE ? > 0"},
    {HELD, PENDING, "DELETE FROM hold_counter WHERE ? > 0"},
    {HELD, PENDING, "UPDATE hold_counter SET orders_max = 0 WHERE ? > 0"},
    {LEASES, PENDING, "UPDATE job_lease SET until_ms = 9000000000000 WHERE ? > 0"},
    {NEGATIVE, PENDING, "UPDATE stock SET available = -1 WHERE " STOCK_OF},
    {OUTBOX, PENDING, "UPDATE outbox SET created_at = created_at - 90000 WHERE subject_id = ?"},
    {LEDGER, PENDING, "UPDATE stock SET available = available + 1 WHERE " STOCK_OF},
    {LEDGER, PENDING, "DELETE FROM stock WHERE " STOCK_OF},
    {LEDGER, PENDING,
        "UPDATE stock_move SET quantity = quantity + 1 WHERE kind = 'receive' "
        "AND " STOCK_OF},
    {TAKEN, PENDING, "DELETE FROM stock_move WHERE kind = 'sale' AND " LINE_OF},
    {TAKEN, SHIPPED,
        "UPDATE stock_move SET quantity = quantity - 1 WHERE kind = 'sale' AND " LINE_OF},
    {TAKEN, SHIPPED, "UPDATE stock_move SET sku_id = 1 WHERE kind = 'sale' AND " LINE_OF},
    {BACK, CANCELLED, "DELETE FROM stock_move WHERE kind = 'cancel' AND " LINE_OF},
    {BACK, PENDING,
        "INSERT INTO stock_move SELECT 1, sku_id, 'cancel', 1, id, '', '', 1, 0 FROM "
        "order_line"
        " WHERE order_id = ?"},
    {BACK, SHIPPED,
        "INSERT INTO stock_move SELECT 1, sku_id, 'return', 9, id, '', '', 1, 1 FROM "
        "order_line"
        " WHERE order_id = ?"},
    {LINELESS, PENDING, "DELETE FROM order_line WHERE order_id = ?"},
    {TOTAL, PENDING, "UPDATE orders SET total = total + 1 WHERE id = ?"},
    {TOTAL, PENDING,
        "UPDATE orders SET total = total - 1, discount = discount + 2 WHERE id = ?"},
    {TOTAL, PENDING,
        "UPDATE orders SET total = total + 1, subtotal = subtotal + 1 WHERE id = ?"},
    {TOTAL, PENDING, "UPDATE order_line SET unit_price = 1 WHERE order_id = ?"},
    {TOTAL, PENDING, "DELETE FROM order_line WHERE order_id = ?"},
    {PAID, SHIPPED, "UPDATE payment SET status = 'declined' WHERE order_id = ?"},
    {PAID, SHIPPED, "UPDATE payment SET amount = amount - 1 WHERE order_id = ?"},
    {PAID, SHIPPED, "UPDATE payment SET currency = 'EUR' WHERE order_id = ?"},
    {PAID, PENDING,
        "INSERT INTO payment (id, order_id, provider, reference, status, amount, "
        "currency,"
        " refunded, created_at, updated_at) SELECT 1, id, 'simulated', 'lie', "
        "'succeeded',"
        " total, currency, 0, 1, 1 FROM orders WHERE id = ?"},
    {REFUNDS, PART_REFUNDED,
        "UPDATE payment SET refunded = amount + 1 WHERE order_id = ?"},
    {REFUNDS, PART_REFUNDED,
        "UPDATE payment SET refunded = refunded + 1 WHERE order_id = ?"},
    {REFUNDS, PART_REFUNDED,
        "DELETE FROM refund WHERE payment_id IN (SELECT id FROM payment WHERE order_id = "
        "?)"},
    {REFUNDS, PART_REFUNDED, "UPDATE payment SET status = 'declined' WHERE order_id = ?"},
    {REFUNDS, PART_REFUNDED, "UPDATE payment SET status = 'late' WHERE order_id = ?"},
    {ORDER_REFUNDS, PART_REFUNDED,
        "UPDATE orders SET refunded = refunded + 1 WHERE id = ?"},
    {ORDER_REFUNDS, PART_REFUNDED,
        "UPDATE orders SET payment_status = 'paid' WHERE id = ?"},
    {ORDER_REFUNDS, SHIPPED,
        "UPDATE orders SET payment_status = 'refunded' WHERE id = ?"},
    {ASKED, PENDING,
        "INSERT INTO payment (id, order_id, provider, reference, status, amount, currency,"
        " refunded, created_at, updated_at) SELECT 1, id, 'simulated', 'lie', 'started',"
        " total - 1, currency, 0, 1, 1 FROM orders WHERE id = ?"},
    {ASKED, PENDING,
        "INSERT INTO payment (id, order_id, provider, reference, status, amount, currency,"
        " refunded, created_at, updated_at) SELECT 1, id, 'simulated', 'lie', 'declined',"
        " total, 'EUR', 0, 1, 1 FROM orders WHERE id = ?"},
    {STATES, PART_REFUNDED,
        "UPDATE refund SET status = 'lost' WHERE payment_id IN (SELECT id FROM payment"
        " WHERE order_id = ?)"},
    {STATES, PART_REFUNDED, "UPDATE payment SET status = 'gone' WHERE order_id = ?"},
    {REFERENCES, SHIPPED,
        "INSERT INTO payment (id, order_id, provider, reference, status, amount, currency,"
        " refunded, created_at, updated_at) SELECT 1, order_id, 'other', reference,"
        " 'declined', amount, currency, 0, 1, 1 FROM payment WHERE order_id = ?"},
    {CLOSED_MONEY, CANCELLED, "UPDATE payment SET refunded = 0 WHERE order_id = ?"},
    {KEYS, PENDING,
        "INSERT INTO idempotency_key (scope, idem_key, body_hash, order_id,"
        " http_status, answer, created_at) SELECT scope, 'lie', body_hash, order_id, "
        "http_status,"
        " answer, 1 FROM idempotency_key WHERE order_id = ?"},
    {KEYS, PENDING, "UPDATE idempotency_key SET order_id = order_id + 1 WHERE order_id = ?"},
    {ANSWER, PENDING, "UPDATE idempotency_key SET http_status = 0 WHERE order_id = ?"},
    {ANSWER, PENDING, "UPDATE idempotency_key SET answer = '{}' WHERE order_id = ?"},
    {LED, PENDING, "UPDATE orders SET status = 'paid', due_at = NULL WHERE id = ?"},
    {LED, SHIPPED,
        "DELETE FROM order_event WHERE status_to = 'shipped' AND order_id = ?"},
    {LED, SHIPPED, "UPDATE orders SET event_n = event_n + 1 WHERE id = ?"},
    {LED, PENDING,
        "INSERT INTO order_event SELECT 1, id, event_n + 1, 'pending', 'paid', '', '', 1,"
        " NULL"
        " FROM orders WHERE id = ?"},
    {DUE, PENDING, "UPDATE orders SET due_at = NULL WHERE id = ?"},
    {DUE, PENDING, "UPDATE orders SET due_at = due_at + 1 WHERE id = ?"},
    {DUE, SHIPPED, "UPDATE orders SET due_at = 1 WHERE id = ?"},
    {SHIPMENT, SHIPPED, "DELETE FROM shipment WHERE order_id = ?"},
    {SHIPMENT, PENDING,
        "INSERT INTO shipment SELECT 1, id, '', '', 1 FROM orders WHERE id = ?"},
    {SHIPMENT, SHIPPED, "UPDATE orders SET fulfilment_status = 'cancelled' WHERE id = ?"},
    {PARTS, PENDING, "UPDATE order_line SET discount = discount + 1 WHERE order_id = ?"},
    {PARTS, PENDING, "UPDATE order_line SET tax = tax + 1 WHERE order_id = ?"},
    {PARTS, PENDING,
        "UPDATE order_line SET tax = tax + 1, tax_inclusive = 1 WHERE order_id = ?"},
    {PARTS, PENDING, "UPDATE orders SET shipping_tax = 1 WHERE id = ?"},
    {PARTS, PENDING, "UPDATE orders SET tax_included = 1 WHERE id = ?"},
    {COUPONS, PENDING,
        "UPDATE coupon SET limit_total = 0 WHERE id IN"
        " (SELECT coupon_id FROM coupon_redemption WHERE order_id = ?)"},
    {COUPONS, PENDING,
        "UPDATE coupon SET limit_per_account = 0 WHERE id IN"
        " (SELECT coupon_id FROM coupon_redemption WHERE order_id = ?)"},
    {COUPONS, PENDING,
        "UPDATE coupon SET used = used - 1 WHERE id IN"
        " (SELECT coupon_id FROM coupon_redemption WHERE order_id = ?)"},
    {HOLDS_COUPON, PENDING, "DELETE FROM coupon_redemption WHERE order_id = ?"},
    {HOLDS_COUPON, PENDING, "UPDATE orders SET coupon = '' WHERE id = ?"},
    {HOLDS_COUPON, PENDING,
        "UPDATE coupon_redemption SET released_at = 1 WHERE order_id = ?"},
    {HOLDS_COUPON, CANCELLED, "UPDATE orders SET coupon = 'X' WHERE id = ?"},
    {FAR, IN_PARTS, "UPDATE orders SET fulfilment_status = 'shipped' WHERE id = ?"},
    {FAR, SHIPPED, "UPDATE orders SET fulfilment_status = 'returned' WHERE id = ?"},
    {FAR, PENDING, "UPDATE orders SET fulfilment_status = 'completed' WHERE id = ?"},
    {SENT, IN_PARTS, "UPDATE order_line SET shipped = shipped + 1 WHERE order_id = ?"},
    {SENT, IN_PARTS, "UPDATE order_line SET quantity = 2 WHERE order_id = ?"},
    {SENT, IN_PARTS, "DELETE FROM shipment_line WHERE " LINES_OF},
    {CAME_BACK, IN_PARTS, "UPDATE order_line SET returned = 0 WHERE order_id = ?"},
    {CAME_BACK, IN_PARTS, "UPDATE order_return_line SET quantity = 9 WHERE " LINES_OF},
    {LINE_REFUNDS, IN_PARTS, "UPDATE order_line SET refunded = 2 WHERE order_id = ?"},
    {LINE_REFUNDS, IN_PARTS, "UPDATE order_line SET withdrawn = 0 WHERE order_id = ?"},
    {LINE_REFUNDS, IN_PARTS, "UPDATE refund_line SET amount = 1 WHERE " LINES_OF},
    {LINE_REFUNDS, IN_PARTS,
        "UPDATE order_line SET line_total = 1, unit_price = 0 WHERE order_id = ?"},
    {REFUND_LINES, IN_PARTS, "UPDATE refund_line SET amount = amount + 1 WHERE " LINES_OF},
    {RESTOCKED, IN_PARTS, "UPDATE order_line SET restocked = 1 WHERE order_id = ?"},
    {RESTOCKED, IN_PARTS, "UPDATE order_return_line SET restock = 0 WHERE " LINES_OF},
    {RESTOCKED, IN_PARTS, "UPDATE refund_line SET restocked = 0 WHERE " LINES_OF},
    {RESTOCKED, IN_PARTS, "DELETE FROM stock_move WHERE kind = 'return' AND " LINES_OF},
    {CHAIN, SHIPPED,
        "UPDATE order_event SET status_from = 'pending' WHERE seq = 3 AND order_id = ?"},
    {CHAIN, PENDING,
        "UPDATE order_event SET status_to = 'shipped' WHERE seq = 1 AND order_id = ?"},
    {CHAIN, SHIPPED, "DELETE FROM order_event WHERE seq = 2 AND order_id = ?"},
    {CHAIN, SHIPPED, "DELETE FROM order_event WHERE seq = 1 AND order_id = ?"},
    {CHAIN, CANCELLED,
        "INSERT INTO order_event SELECT 1, id, event_n + 1, 'cancelled', 'paid', '', '', "
        "1, NULL"
        " FROM orders WHERE id = ?"},
};

static void
must(enum err e, const char *what)
{
    if (e == ERR_OK)
        return;
    fprintf(stderr, "%s: error %d\n", what, (int)e);
    abort();
}

/* One of five units refunded and back on the shelf, three shipped, one of those returned. */
static void
tell_parts(const struct goods *g)
{
    const struct order_item one = {.sku = str_c(g->sku), .quantity = 1, .amount = -1};
    const struct order_item three = {.sku = str_c(g->sku), .quantity = 3};
    struct order_deed deed = {
        .id = ids[IN_PARTS], .items = &one, .n = 1, .actor = "test"};
    const struct order_refund_in refund = {.deed = deed, .amount = -1, .restock = true};
    const struct order_return_in back = {.deed = deed, .restock = true};
    struct order_ship_in parcel = {
        .deed = deed, .carrier = STR("DHL"), .tracking = STR("1")};
    struct order_answer an;

    parcel.deed.items = &three;
    must(order_refund_once(shop_db, shop_ar, &refund, &an, &flt), "refund a line");
    must(order_ship_once(shop_db, shop_ar, &parcel, &an, &flt), "ship a part");
    must(order_return_once(shop_db, shop_ar, &back, &an, &flt), "return");
}

static void
tell_orders(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g[WHICH__MAX];
    struct order_answer an;
    struct order_in in;

    for (int i = 0; i < WHICH__MAX; i++)
        g[i] = goods_new(1000, 5);
    sql_do("INSERT INTO coupon (id, code, kind, value, minimum, used, active, version,"
           " created_at, updated_at) VALUES (1, 'LIE', 'percent', 100000, 0, 0, 1, 1, 1, 1)",
        0);
    in = order_of(shop_ar, &who, &g[PENDING], 2, "books");
    in.coupon = STR("LIE");
    in.cap = (struct order_cap){.owner = STR("u:1"), .orders = 5, .units = 9};
    must(order_place(shop_db, shop_ar, NULL, &in, &an, &flt), "place");
    ids[PENDING] = an.order_id;
    for (int i = PENDING + 1; i < WHICH__MAX; i++) {
        ids[i] = order_new(&who, &g[i], i == IN_PARTS ? 5 : 2);
        must(pay_now(shop_db, shop_ar, NULL, ids[i], true, &flt), "pay");
    }
    must(order_refund(shop_db, shop_ar, ids[PART_REFUNDED], 300, STR(""), "test", &flt),
        "refund");
    must(order_cancel(shop_db, shop_ar, NULL, ids[CANCELLED], "test", NULL, &flt),
        "cancel");
    must(order_ship(shop_db, shop_ar, ids[SHIPPED], STR("DHL"), STR("1"), "test", &flt),
        "ship");
    tell_parts(&g[IN_PARTS]);
}

static int
up(void)
{
    shop_up();
    tell_orders();
    /* The schema would refuse most lies; a restored dump or another program might not. */
    sql_do("SET SESSION check_constraint_checks = 0", 0);
    sql_do("SET SESSION foreign_key_checks = 0", 0);
    return 0;
}

struct telling {
    const struct lie *lie;
    bool named, in_slices, at_once; /* by each kind of round */
};

struct finding {
    const char *rule;
    bool found;
};

static void
find_line(void *arg, const struct verify_line *l)
{
    struct finding *f = arg;

    if (l->broken > 0 && strcmp(l->name, f->rule) == 0)
        f->found = true;
}

static bool
found(const char *rule, int64_t slice_n, int64_t since_id)
{
    struct finding f = {.rule = rule};
    const struct verify_how how = {
        .slice_n = slice_n, .since_id = since_id, .line = find_line, .arg = &f};
    struct verify_told told;

    must(verify_run(shop_db, &how, &told), "verify");
    return f.found;
}

static enum err
tell(struct db *db, void *arg)
{
    struct telling *t = arg;
    const struct db_val v[] = {DB_I64(ids[t->lie->who])};
    uint64_t rows = 0;

    must(db_exec(db, t->lie->sql, v, 1, &rows), t->lie->sql);
    CU_ASSERT(rows > 0);
    (void)books_broken(t->lie->rule, &t->named);
    t->in_slices = found(t->lie->rule, 1, 0);
    t->at_once = found(t->lie->rule, 0, id_at_ms(clock_ms() - 60000));
    return ERR_PRECONDITION; /* roll it back */
}

/* Is it a rule that quick rounds leave out? */
static bool
read_whole(const char *rule)
{
    static const char *const whole[] = {
        NEGATIVE, OUTBOX, LEDGER, REFERENCES, COUPONS, HELD, LEASES};

    for (size_t i = 0; i < NELEM(whole); i++)
        if (strcmp(rule, whole[i]) == 0)
            return true;
    return false;
}

static void
test_each_lie_is_found(void)
{
    for (size_t i = 0; i < NELEM(lies); i++) {
        struct telling t = {.lie = &lies[i]};

        CU_ASSERT_EQUAL(db_tx(shop_db, tell, &t), ERR_PRECONDITION);
        CU_ASSERT(t.named);
        CU_ASSERT(t.in_slices);
        /* Stock and coupons as a whole are for full rounds. */
        CU_ASSERT_EQUAL(t.at_once, !read_whole(lies[i].rule));
        if (!t.named)
            fprintf(stderr, "not found by \"%s\": %s\n", lies[i].rule, lies[i].sql);
        CU_ASSERT(books_ok(false));
    }
}

/* Every rule there is has a lie above: a new rule without one fails here. */
static void
each_rule(void *arg, const struct verify_line *l)
{
    bool *all = arg;
    size_t i;

    for (i = 0; i < NELEM(lies) && strcmp(lies[i].rule, l->name) != 0; i++)
        continue;
    if (i == NELEM(lies)) {
        fprintf(stderr, "no lie about: %s\n", l->name);
        *all = false;
    }
    CU_ASSERT(l->looked > 0);
    CU_ASSERT_EQUAL(l->broken, 0);
    CU_ASSERT_EQUAL(l->first_id, 0);
}

static void
test_each_rule_has_a_lie(void)
{
    bool all = true;
    const struct verify_how how = {.line = each_rule, .arg = &all};
    struct verify_told told;

    CU_ASSERT_EQUAL(verify_run(shop_db, &how, &told), ERR_OK);
    CU_ASSERT_TRUE(told.all_ok);
    CU_ASSERT_TRUE(all);
}

static CU_TestInfo tests[] = {
    {"each lie is found by its rule", test_each_lie_is_found},
    {"each rule has a lie", test_each_rule_has_a_lie},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"verify", up, shop_down, NULL, shop_test_down, tests};

    return it_main(&s);
}
