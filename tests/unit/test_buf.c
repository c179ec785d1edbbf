/* The growing buffer: its maximum, and escaping for JSON. */
#include "base/buf.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct arena *arena;

static void
set_up(void)
{
    arena = arena_new(128);
}

static void
tear_down(void)
{
    arena_free(arena);
}

static void
test_grows_and_keeps_content(void)
{
    struct buf b, in_arena;
    int i;

    buf_init(&b, 100000);
    buf_init_arena(&in_arena, arena, 100000);
    for (i = 0; i < 5000; i++) {
        buf_printf(&b, "%04d ", i);
        buf_printf(&in_arena, "%04d ", i);
    }
    CU_ASSERT(b.n == 25000 && !b.overflow);
    CU_ASSERT(memcmp(b.p, "0000 0001 ", 10) == 0);
    CU_ASSERT(memcmp(b.p + b.n - 5, "4999 ", 5) == 0);
    CU_ASSERT(str_eq(buf_view(&b), buf_view(&in_arena)));
    buf_done(&b);
    buf_done(&in_arena);
}

static void
test_maximum_is_reached_but_not_passed(void)
{
    struct buf b;

    buf_init(&b, 5);
    buf_c(&b, "abc");
    buf_c(&b, "def");
    CU_ASSERT(b.overflow && str_eq_c(buf_view(&b), "abc"));
    buf_printf(&b, "%s", "xyz");
    CU_ASSERT(str_eq_c(buf_view(&b), "abc"));
    buf_c(&b, "de");
    CU_ASSERT(str_eq_c(buf_view(&b), "abcde") && b.overflow);
    CU_ASSERT_STRING_EQUAL(buf_cstr(&b), "abcde");
    buf_clear(&b);
    CU_ASSERT(b.n == 0 && !b.overflow);
    buf_printf(&b, "%d", 12345);
    CU_ASSERT(!b.overflow && str_eq_c(buf_view(&b), "12345"));
    buf_done(&b);
}

static void
test_empty_has_a_c_string(void)
{
    struct buf b;

    buf_init(&b, 0);
    CU_ASSERT(buf_view(&b).n == 0 && buf_view(&b).p != NULL);
    CU_ASSERT_STRING_EQUAL(buf_cstr(&b), "");
    buf_put(&b, NULL, 0);
    buf_str(&b, STR_NULL);
    CU_ASSERT_FALSE(b.overflow);
    buf_done(&b);
}

static void
test_numbers_and_formats(void)
{
    struct buf b;
    size_t i;

    buf_init(&b, 2000);
    buf_i64(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_i64(&b, INT64_MAX);
    CU_ASSERT(str_eq_c(buf_view(&b), "-9223372036854775808 9223372036854775807"));
    buf_clear(&b);
    /* Every length around the first block's end. */
    for (i = 0; i < 600; i++) {
        buf_clear(&b);
        buf_printf(&b, "%*s", (int)i, "");
        CU_ASSERT_FATAL(b.n == i && strlen(buf_cstr(&b)) == i);
    }
    buf_done(&b);
}

static bool
escapes_to(struct str s, const char *want)
{
    struct buf b;
    bool same;

    buf_init_arena(&b, arena, 1000);
    buf_json(&b, s);
    same = str_eq_c(buf_view(&b), want);
    buf_done(&b);
    return same;
}

static void
test_json_escaping(void)
{
    CU_ASSERT(escapes_to(STR("a\"b\\c/"), "a\\\"b\\\\c/"));
    CU_ASSERT(escapes_to(STR("\b\f\n\r\t"), "\\b\\f\\n\\r\\t"));
    CU_ASSERT(escapes_to(STR("\x01\x1f\0\x7f"), "\\u0001\\u001f\\u0000\x7f"));
    CU_ASSERT(escapes_to(STR("\xc3\xa9\xf0\x9f\x98\x80"), "\xc3\xa9\xf0\x9f\x98\x80"));
    CU_ASSERT(escapes_to(STR(""), "") && escapes_to(STR_NULL, ""));
}

static void
test_json_replaces_what_is_no_utf8(void)
{
    CU_ASSERT(escapes_to(STR("a\xff"
                             "b"),
        "a\xef\xbf\xbd"
        "b"));
    CU_ASSERT(escapes_to(STR("\xc3"), "\xef\xbf\xbd"));
    CU_ASSERT(escapes_to(STR("\xc3\""), "\xef\xbf\xbd\\\""));
}

static CU_TestInfo tests[] = {
    {"grows and keeps its content", test_grows_and_keeps_content},
    {"the maximum is reached but not passed", test_maximum_is_reached_but_not_passed},
    {"an empty one has a C string", test_empty_has_a_c_string},
    {"numbers and formats", test_numbers_and_formats},
    {"JSON escaping", test_json_escaping},
    {"JSON: what is no UTF-8 is replaced", test_json_replaces_what_is_no_utf8},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo buf_suite = {"buf", NULL, NULL, set_up, tear_down, tests};
