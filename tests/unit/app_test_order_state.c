/* The life of an order as the one table tells it, and what an order must say of its
 * buyer. */
#include <CUnit/CUnit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "order/order_json.h"
#include "order/order_parts.h"

extern CU_SuiteInfo order_state_suite;

static struct arena *ar;
static struct fault flt;

static void
set_up(void)
{
    ar = arena_new(4096);
    fault_clear(&flt);
}

static void
tear_down(void)
{
    arena_free(ar);
}

/* The contract's arrows, written out once more: an arrow added by a slip is seen. */
static const struct {
    enum order_status from, to;
} arrows[] = {
    {ORDER_PENDING, ORDER_PAID},
    {ORDER_PENDING, ORDER_CANCELLED},
    {ORDER_PENDING, ORDER_EXPIRED},
    {ORDER_PAID, ORDER_PAID},
    {ORDER_PAID, ORDER_SHIPPED},
    {ORDER_PAID, ORDER_CANCELLED},
    {ORDER_PAID, ORDER_REFUNDED},
    {ORDER_PAID, ORDER_PARTIALLY_REFUNDED},
    {ORDER_SHIPPED, ORDER_SHIPPED},
    {ORDER_SHIPPED, ORDER_COMPLETED},
    {ORDER_SHIPPED, ORDER_REFUNDED},
    {ORDER_SHIPPED, ORDER_PARTIALLY_REFUNDED},
    {ORDER_COMPLETED, ORDER_COMPLETED},
    {ORDER_COMPLETED, ORDER_REFUNDED},
    {ORDER_COMPLETED, ORDER_PARTIALLY_REFUNDED},
    {ORDER_EXPIRED, ORDER_PAID},
    {ORDER_REFUNDED, ORDER_REFUNDED},
    {ORDER_REFUNDED, ORDER_CANCELLED},
    {ORDER_PARTIALLY_REFUNDED, ORDER_PARTIALLY_REFUNDED},
    {ORDER_PARTIALLY_REFUNDED, ORDER_REFUNDED},
    {ORDER_PARTIALLY_REFUNDED, ORDER_SHIPPED},
    {ORDER_PARTIALLY_REFUNDED, ORDER_COMPLETED},
};

static bool
is_arrow(enum order_status from, enum order_status to)
{
    for (size_t i = 0; i < NELEM(arrows); i++)
        if (arrows[i].from == from && arrows[i].to == to)
            return true;
    return false;
}

static void
test_exactly_the_arrows(void)
{
    for (int f = 0; f < ORDER_STATUS__MAX; f++)
        for (int t = 0; t < ORDER_STATUS__MAX; t++)
            CU_ASSERT_EQUAL(order_may_become((enum order_status)f, (enum order_status)t),
                is_arrow((enum order_status)f, (enum order_status)t));
    CU_ASSERT_FALSE(order_may_become(ORDER_STATUS__MAX, ORDER_PAID));
    CU_ASSERT_FALSE(order_may_become(ORDER_PENDING, ORDER_STATUS__MAX));
}

/* The transitions as the Promela model includes them: the file is what this makes of the
 * program's table, byte for byte. */
static void
model_text(struct buf *b)
{
    buf_c(b, "/* Which status may follow which: compared with the program's table by"
             " tests/unit. */\n");
    for (int i = 0; i < ORDER_STATUS__MAX; i++)
        buf_printf(b, "#define %s %d\n", order_status_text((enum order_status)i), i);
    buf_c(b, "#define MAY(f, t) (0 \\\n");
    for (int i = 0; i < ORDER_STATUS__MAX * ORDER_STATUS__MAX; i++) {
        enum order_status f = (enum order_status)(i / ORDER_STATUS__MAX);
        enum order_status t = (enum order_status)(i % ORDER_STATUS__MAX);

        if (order_may_become(f, t))
            buf_printf(b, "    || (f == %s && t == %s) \\\n", order_status_text(f),
                order_status_text(t));
    }
    buf_c(b, "    )\n");
}

static void
test_the_model_has_the_same_table(void)
{
    const char *dir = getenv("srcdir"); /* set by `make check` */
    struct str path = arena_printf(ar, "%s/tests/model/transitions.pml",
        dir != NULL ? dir : ".");
    static char text[8192];
    struct buf b;
    size_t n = 0;
    FILE *f = fopen(path.p, "r");

    if (f != NULL) {
        n = fread(text, 1, sizeof(text), f);
        (void)fclose(f);
    }
    buf_init_arena(&b, ar, sizeof(text));
    model_text(&b);
    CU_ASSERT(str_eq(buf_view(&b), (struct str){text, n}));
    if (!str_eq(buf_view(&b), (struct str){text, n}))
        fprintf(stderr, "%s should be:\n%s", path.p, buf_cstr(&b));
}

static void
test_texts_read_back(void)
{
    enum order_status s;

    for (int i = 0; i < ORDER_STATUS__MAX; i++) {
        const char *text = order_status_text((enum order_status)i);

        CU_ASSERT_NOT_EQUAL(text[0], '\0');
        CU_ASSERT_FATAL(order_status_parse(str_c(text), &s));
        CU_ASSERT_EQUAL((int)s, i);
    }
    CU_ASSERT_FALSE(order_status_parse(STR("Paid"), &s));
    CU_ASSERT_FALSE(order_status_parse(STR(""), &s));
    CU_ASSERT_STRING_EQUAL(order_status_text(ORDER_STATUS__MAX), "");
}

/* Cancelling never touches what was paid or given back: those stand in payment_status. */
static void
test_what_goes_with_a_status(void)
{
    CU_ASSERT_STRING_EQUAL(order_payment_status_of(ORDER_PENDING), "unpaid");
    CU_ASSERT_STRING_EQUAL(order_fulfilment_status_of(ORDER_PENDING), "unfulfilled");
    CU_ASSERT_PTR_NULL(order_payment_status_of(ORDER_CANCELLED));
    CU_ASSERT_PTR_NULL(order_payment_status_of(ORDER_SHIPPED));
    CU_ASSERT_PTR_NULL(order_fulfilment_status_of(ORDER_REFUNDED));
    CU_ASSERT_STRING_EQUAL(order_fulfilment_status_of(ORDER_EXPIRED), "cancelled");
    /* An order that had expired is open again once it is paid. */
    CU_ASSERT_STRING_EQUAL(order_fulfilment_status_of(ORDER_PAID), "unfulfilled");
}

static void
test_fulfilment_follows_the_lines(void)
{
    static const struct {
        struct order_line l[2];
        bool completed;
        const char *want;
    } rows[] = {
        {{{.quantity = 2}, {.quantity = 1}}, false, "unfulfilled"},
        {{{.quantity = 2, .withdrawn = 2}, {.quantity = 1}}, false, "unfulfilled"},
        {{{.quantity = 2, .shipped = 1}, {.quantity = 1}}, false, "partially_shipped"},
        {{{.quantity = 2, .shipped = 1, .returned = 1}, {.quantity = 1}}, false,
            "partially_shipped"},
        {{{.quantity = 2, .shipped = 2}, {.quantity = 1, .withdrawn = 1}}, false,
            "shipped"},
        {{{.quantity = 2, .shipped = 2}, {.quantity = 1, .shipped = 1}}, true,
            "completed"},
        {{{.quantity = 2, .shipped = 2, .returned = 1}, {.quantity = 1, .shipped = 1}},
            true, "partially_returned"},
        {{{.quantity = 2, .shipped = 2, .returned = 2}, {.quantity = 1, .withdrawn = 1}},
            false, "returned"},
    };

    for (size_t i = 0; i < NELEM(rows); i++)
        CU_ASSERT_STRING_EQUAL(
            order_fulfilment_of(rows[i].completed, rows[i].l, 2), rows[i].want);
}

/* However a line is refunded, one unit at a time or many, all of it adds up to what was
 * paid for it; never more, also when some units were given back for less or more. */
static void
test_units_add_up_to_what_was_paid(void)
{
    for (int64_t total = 0; total < 40; total++)
        for (int64_t step = 1; step <= 7; step++) {
            struct order_line l = {.quantity = 7, .line_total = total};

            while (order_line_unrefunded(&l) > 0) {
                int64_t left = order_line_unrefunded(&l);
                int64_t n = step < left ? step : left, worth = order_line_worth(&l, n);

                CU_ASSERT(worth >= n * (total / 7) && worth <= n * (total / 7 + 1));
                l.refunded += n;
                l.refunded_amount += worth;
            }
            CU_ASSERT_EQUAL(l.refunded_amount, order_line_paid(&l));
        }
    struct order_line most = {
        .quantity = 3, .line_total = 100, .refunded = 1, .refunded_amount = 90};

    CU_ASSERT_EQUAL(order_line_worth(&most, 2), 10);
    most = (struct order_line){
        .quantity = 1, .line_total = 1000, .discount = 100, .tax = 171};
    CU_ASSERT_EQUAL(order_line_worth(&most, 1), 1071);
    most.tax_inclusive = true;
    CU_ASSERT_EQUAL(order_line_worth(&most, 1), 900);
}

static void
test_units_left_to_send(void)
{
    struct order_line l = {.quantity = 5, .shipped = 2, .withdrawn = 1, .refunded = 2};

    CU_ASSERT_EQUAL(order_line_open(&l), 2);
    CU_ASSERT_EQUAL(order_line_unrefunded(&l), 3);
}

static void
test_completable(void)
{
    struct order o = {.status = ORDER_SHIPPED, .fulfilment_status = STR("shipped")};

    CU_ASSERT_TRUE(order_completable(&o));
    o.status = ORDER_PARTIALLY_REFUNDED;
    o.fulfilment_status = STR("partially_returned");
    CU_ASSERT_TRUE(order_completable(&o));
    o.fulfilment_status = STR("partially_shipped");
    CU_ASSERT_FALSE(order_completable(&o));
    o.fulfilment_status = STR("completed");
    CU_ASSERT_FALSE(order_completable(&o));
    o.status = ORDER_COMPLETED;
    o.fulfilment_status = STR("returned");
    CU_ASSERT_FALSE(order_completable(&o));
}

static void
test_countries(void)
{
    struct str code, name, last = STR_NULL;
    size_t i;

    CU_ASSERT_TRUE(country_known(STR("DE")));
    CU_ASSERT_TRUE(country_known(STR("NA")));
    CU_ASSERT_FALSE(country_known(STR("de")));
    CU_ASSERT_FALSE(country_known(STR("UK")));
    CU_ASSERT_FALSE(country_known(STR("")));
    CU_ASSERT_FALSE(country_known(STR_NULL));
    for (i = 0; country_at(i, &code, &name); i++) {
        CU_ASSERT_EQUAL(code.n, 2);
        CU_ASSERT(country_known(code));
        CU_ASSERT(str_utf8_valid(name) && name.n > 0);
        CU_ASSERT_FALSE(str_eq(name, last));
        last = name;
    }
    CU_ASSERT_EQUAL(i, 249);
}

static struct order_in
good(void)
{
    static const struct order_want want[] = {{STR_INIT("A"), 1}, {STR_INIT("B"), 9999}};

    return (struct order_in){.email = STR(" a@example.com "),
        .address = {.name = STR("N"),
            .line1 = STR("L"),
            .city = STR("C"),
            .postal_code = STR("P"),
            .country = STR("us")},
        .want = want,
        .n = NELEM(want)};
}

static void
test_check_cleans_what_is_good(void)
{
    struct order_in in = good();

    CU_ASSERT_EQUAL(order_check(ar, &in, &flt), ERR_OK);
    CU_ASSERT(str_eq(in.email, STR("a@example.com")));
    CU_ASSERT(str_eq(in.address.country, STR("US")));
    CU_ASSERT_EQUAL(flt.n, 0);
}

static void
test_check_names_every_fault(void)
{
    const struct order_want want[] = {
        {STR_INIT("A"), 0}, {STR_INIT("B"), 10000}, {STR_INIT("B"), 1}};
    struct order_in in = {.want = want, .n = NELEM(want), .address.region = STR("\x01")};

    CU_ASSERT_EQUAL(order_check(ar, &in, &flt), ERR_INVALID);
    /* name, line1, city, region, postal_code, country, email, three of items */
    CU_ASSERT_EQUAL(flt.n, 10);
    in = good();
    in.n = 0;
    CU_ASSERT_EQUAL(order_check(ar, &in, &flt), ERR_INVALID);
    in.n = ORDER_LINES_MAX + 1;
    CU_ASSERT_EQUAL(order_check(ar, &in, &flt), ERR_INVALID);
}

static void
test_json_has_money_as_objects(void)
{
    struct order_line line = {.product_id = 7,
        .sku = STR("A"),
        .name = STR("N"),
        .quantity = 2,
        .unit_price = 150,
        .line_total = 300};
    struct order o = {.id = 5,
        .number = STR("S-1"),
        .email = STR("a@b.c"),
        .currency = STR("EUR"),
        .total = 300,
        .lines = &line,
        .n = 1};
    struct jout j;
    struct buf b;

    buf_init_arena(&b, ar, 65536);
    jout_init(&j, &b);
    order_jout(&j, &o);
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_cstr(&b), "\"id\":\"5\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_cstr(&b), "\"product_id\":\"7\""));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(buf_cstr(&b), "\"line_total\":{\"amount\":300,\"currency\":\"EUR\"}"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_cstr(&b), "\"shipment\":null"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_cstr(&b), "\"status\":\"pending\""));
    o.lines = NULL;
    buf_clear(&b);
    jout_init(&j, &b);
    order_jout(&j, &o);
    CU_ASSERT_PTR_NULL(strstr(buf_cstr(&b), "\"items\""));
}

static CU_TestInfo tests[] = {
    {"the model has the same table", test_the_model_has_the_same_table},
    {"exactly the contract's arrows", test_exactly_the_arrows},
    {"status texts read back", test_texts_read_back},
    {"what goes with a status", test_what_goes_with_a_status},
    {"fulfilment follows the lines", test_fulfilment_follows_the_lines},
    {"units add up to what was paid", test_units_add_up_to_what_was_paid},
    {"units left to send", test_units_left_to_send},
    {"what can be completed", test_completable},
    {"countries", test_countries},
    {"a good order is cleaned", test_check_cleans_what_is_good},
    {"every fault is named", test_check_names_every_fault},
    {"JSON has money as objects", test_json_has_money_as_objects},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo order_state_suite = {"order_state", NULL, NULL, set_up, tear_down, tests};
