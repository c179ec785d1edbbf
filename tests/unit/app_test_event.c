/* Events as text: what is written is read back; what is no event is not taken for one. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "outbox/outbox.h"

static struct arena *ar;

static void
set_up(void)
{
    ar = arena_new(4096);
}

static void
tear_down(void)
{
    arena_free(ar);
}

static struct str
text_of(const struct event *ev)
{
    struct buf b;

    buf_init_arena(&b, ar, EVENT_TEXT_MAX);
    event_write(&b, ev);
    return buf_view(&b);
}

static void
test_written_as_promised(void)
{
    const struct event ev = {.id = 12345678901234567,
        .type = STR_INIT("order.paid"),
        .subject_id = 42,
        .at_ms = 1700000000123,
        .version = 1};
    const struct event low = {.id = 1,
        .type = STR_INIT("stock.low"),
        .subject_id = 7,
        .version = 1,
        .data = STR_INIT("{\"available\":2}")};

    CU_ASSERT(str_eq_c(text_of(&ev),
        "{\"id\":\"12345678901234567\",\"type\":\"order.paid\",\"version\":1,"
        "\"time\":\"2023-11-14T22:13:20.123Z\",\"subject\":\"order/42\",\"data\":{}}"));
    CU_ASSERT(str_eq_c(text_of(&low),
        "{\"id\":\"1\",\"type\":\"stock.low\",\"version\":1,"
        "\"time\":\"1970-01-01T00:00:00.000Z\",\"subject\":\"sku/7\","
        "\"data\":{\"available\":2}}"));
}

static void
test_read_back_as_it_was(void)
{
    static const struct event all[] = {
        {1, STR_INIT("order.placed"), 2, 3, 1, {NULL, 0}},
        {INT64_MAX, STR_INIT("payment.late_refunded"), INT64_MAX, 4102444800000, 1,
            STR_INIT("{\"amount\":1}")},
        {9, STR_INIT("account.reset"), 8, 1, 1,
            STR_INIT("{\"name\":\"\\\"\\u0001\xc3\xa9\",\"n\":-1.50,\"a\":[true,null,{}]}")},
    };

    for (size_t i = 0; i < NELEM(all); i++) {
        struct event ev;

        CU_ASSERT_EQUAL_FATAL(event_read(ar, text_of(&all[i]), &ev), ERR_OK);
        CU_ASSERT_EQUAL(ev.id, all[i].id);
        CU_ASSERT(str_eq(ev.type, all[i].type));
        CU_ASSERT_EQUAL(ev.subject_id, all[i].subject_id);
        CU_ASSERT_EQUAL(ev.at_ms, all[i].at_ms);
        CU_ASSERT_EQUAL(ev.version, all[i].version);
        CU_ASSERT(str_eq(ev.data, all[i].data));
        CU_ASSERT((ev.data.p == NULL) == (all[i].data.p == NULL));
    }
}

#define AN_EVENT(id, type, version, time, subject, data)                                  \
    "{\"id\":" id ",\"type\":" type ",\"version\":" version ",\"time\":" time             \
    ",\"subject\":" subject ",\"data\":" data "}"
#define T "\"2023-11-14T22:13:20.123Z\""

static void
test_what_is_no_event(void)
{
    static const char *const bad[] = {
        "", "{", "[]", "null", "{}", "\"order.paid\"",
        AN_EVENT("1", "\"order.paid\"", "1", T, "\"order/1\"", "{}"),
        AN_EVENT("\"0\"", "\"order.paid\"", "1", T, "\"order/1\"", "{}"),
        AN_EVENT("\"-1\"", "\"order.paid\"", "1", T, "\"order/1\"", "{}"),
        AN_EVENT("\"9223372036854775808\"", "\"order.paid\"", "1", T, "\"order/1\"", "{}"),
        AN_EVENT("\"1\"", "\"order paid\"", "1", T, "\"order/1\"", "{}"),
        AN_EVENT("\"1\"", "\"\"", "1", T, "\"/1\"", "{}"),
        AN_EVENT("\"1\"", "\"order.paid\"", "0", T, "\"order/1\"", "{}"),
        AN_EVENT("\"1\"", "\"order.paid\"", "2", T, "\"order/1\"", "{}"),
        AN_EVENT("\"1\"", "\"order.paid\"", "1", "\"yesterday\"", "\"order/1\"", "{}"),
        AN_EVENT("\"1\"", "\"order.paid\"", "1", T, "\"sku/1\"", "{}"),
        AN_EVENT("\"1\"", "\"order.paid\"", "1", T, "\"order/x\"", "{}"),
        AN_EVENT("\"1\"", "\"order.paid\"", "1", T, "\"order/1\"", "[]"),
        AN_EVENT("\"1\"", "\"order.paid\"", "1", T, "\"order/1\"", "{}") "x",
    };
    struct event ev;

    CU_ASSERT_EQUAL(event_read(ar, STR(AN_EVENT("\"1\"", "\"order.paid\"", "1", T,
                                       "\"order/1\"", "{}")), &ev), ERR_OK);
    for (size_t i = 0; i < NELEM(bad); i++)
        CU_ASSERT_EQUAL(event_read(ar, str_c(bad[i]), &ev), ERR_BAD);
}

static void
test_too_long(void)
{
    char *long_text = arena_alloc(ar, EVENT_TEXT_MAX + 1);
    struct event ev;

    memset(long_text, ' ', EVENT_TEXT_MAX + 1);
    CU_ASSERT_EQUAL(
        event_read(ar, (struct str){long_text, EVENT_TEXT_MAX + 1}, &ev), ERR_BAD);
}

static CU_TestInfo tests[] = {
    {"written as promised", test_written_as_promised},
    {"read back as it was", test_read_back_as_it_was},
    {"what is no event", test_what_is_no_event},
    {"too long", test_too_long},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo event_suite = {"event", NULL, NULL, set_up, tear_down, tests};
