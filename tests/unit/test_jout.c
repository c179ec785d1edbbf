/* Writing JSON, and reading it back. */
#include "json/jout.h"

#include <CUnit/CUnit.h>

#include "json/jin.h"

static struct arena *arena;
static struct buf out;
static struct jout j;

static void
set_up(void)
{
    arena = arena_new(1024);
    buf_init_arena(&out, arena, 10000);
    jout_init(&j, &out);
}

static void
tear_down(void)
{
    arena_free(arena);
}

static void
test_commas(void)
{
    jout_obj(&j);
    jout_kc(&j, "a", "x");
    jout_key(&j, "b");
    jout_arr(&j);
    jout_i64(&j, 1);
    jout_arr(&j);
    jout_arr_end(&j);
    jout_obj(&j);
    jout_obj_end(&j);
    jout_bool(&j, true);
    jout_arr_end(&j);
    jout_kbool(&j, "c", false);
    jout_key(&j, "d");
    jout_raw(&j, STR("{\"r\":1}"));
    jout_key(&j, "e");
    jout_null(&j);
    jout_ki64(&j, "f", INT64_MIN);
    jout_obj_end(&j);
    CU_ASSERT_STRING_EQUAL(buf_cstr(&out),
        "{\"a\":\"x\",\"b\":[1,[],{},true],\"c\":false,\"d\":{\"r\":1},\"e\":null,"
        "\"f\":-9223372036854775808}");
}

static void
test_null_for_no_value(void)
{
    jout_arr(&j);
    jout_str(&j, STR_NULL);
    jout_str(&j, STR(""));
    jout_obj(&j);
    jout_kc(&j, "a", NULL);
    jout_kid(&j, "id", 0);
    jout_ktime(&j, "t", -1);
    jout_obj_end(&j);
    jout_arr_end(&j);
    CU_ASSERT_STRING_EQUAL(
        buf_cstr(&out), "[null,\"\",{\"a\":null,\"id\":null,\"t\":null}]");
}

static void
test_ids_and_times_are_strings(void)
{
    jout_obj(&j);
    jout_kid(&j, "id", INT64_MAX);
    jout_ktime(&j, "t", 1);
    jout_obj_end(&j);
    CU_ASSERT_STRING_EQUAL(buf_cstr(&out),
        "{\"id\":\"9223372036854775807\",\"t\":\"1970-01-01T00:00:00.001Z\"}");
}

/* Whatever the bytes, the output is JSON and valid strings come back the same. */
static void
test_every_byte_comes_back(void)
{
    char all[3] = "..";
    struct fault flt;
    struct jval *v;
    int a, b;

    for (a = 1; a < 256; a++)
        for (b = 1; b < 256; b += 5) {
            struct str s = {all, 2};

            all[0] = (char)a;
            all[1] = (char)b;
            buf_clear(&out);
            jout_init(&j, &out);
            jout_obj(&j);
            jout_key_str(&j, s);
            jout_str(&j, s);
            jout_obj_end(&j);
            CU_ASSERT_EQUAL_FATAL(jin_parse(arena, buf_view(&out), &v, &flt), ERR_OK);
            if (str_utf8_valid(s))
                CU_ASSERT(str_eq(v->v[0].s, s) && str_eq(v->key[0], s));
        }
}

static void
test_deepest_nesting(void)
{
    struct fault flt;
    struct jval *v;
    int i;

    for (i = 0; i < JOUT_DEPTH_MAX; i++)
        jout_arr(&j);
    for (i = 0; i < JOUT_DEPTH_MAX; i++)
        jout_arr_end(&j);
    CU_ASSERT_EQUAL(jin_parse(arena, buf_view(&out), &v, &flt), ERR_OK);
    CU_ASSERT_EQUAL(j.depth, 0);
}

static CU_TestInfo tests[] = {
    {"commas", test_commas},
    {"null for no value", test_null_for_no_value},
    {"ids and times are strings", test_ids_and_times_are_strings},
    {"every byte comes back", test_every_byte_comes_back},
    {"the deepest nesting", test_deepest_nesting},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo jout_suite = {"jout", NULL, NULL, set_up, tear_down, tests};
