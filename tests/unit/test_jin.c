/* Reading JSON: the whole JSONTestSuite, and what it leaves to each implementation. */
#include "json/jin.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "tar_each.h"

static struct arena *arena;
static struct fault flt;

static void
set_up(void)
{
    arena = arena_new(4096);
    fault_clear(&flt);
}

static void
tear_down(void)
{
    arena_free(arena);
}

static enum err
parse(const char *text, struct jval **v)
{
    *v = NULL;
    return jin_parse(arena, str_c(text), v, &flt);
}

static bool
refused(const char *text)
{
    struct jval *v;

    fault_clear(&flt);
    return parse(text, &v) == ERR_BAD && flt.detail[0] != '\0';
}

/* Two things that RFC 8259 allows and we refuse on purpose. */
static bool
ours_to_refuse(const char *name)
{
    return strstr(name, "object_duplicated_key") != NULL ||
           strcmp(name, "y_object_escaped_null_in_key.json") == 0 ||
           strcmp(name, "y_string_null_escape.json") == 0;
}

static void
suite_file(void *arg, const char *name, struct str content)
{
    const char *base = strrchr(name, '/');
    struct jval *v;
    enum err want, got;

    (void)arg;
    base = base != NULL ? base + 1 : name;
    got = jin_parse(arena, content, &v, &flt);
    if (base[0] == 'i' || strstr(base, ".json") == NULL)
        return; /* left to us: it must only not crash */
    want = base[0] == 'y' && !ours_to_refuse(base) ? ERR_OK : ERR_BAD;
    if (got != want)
        (void)printf("%s: %d\n", base, (int)got);
    CU_ASSERT_EQUAL(got, want);
    arena_reset(arena);
}

static void
test_json_test_suite(void)
{
    size_t n = tar_each("json/JSONTestSuite_test_parsing.tar.gz", suite_file, NULL);

    CU_ASSERT(n == 0 || n > 300);
}

static void
test_tree_has_all_types(void)
{
    struct jval *v;

    CU_ASSERT_EQUAL_FATAL(parse(" {\"a\":[1,-2.50e1,\"x\\u00e9\\n\",true,false,null,{}],"
                                "\"b\":\"\"} ",
                              &v),
        ERR_OK);
    CU_ASSERT_EQUAL(v->type, J_OBJECT);
    CU_ASSERT_EQUAL_FATAL(v->n, 2);
    CU_ASSERT_EQUAL_FATAL(v->v[0].type, J_ARRAY);
    CU_ASSERT_EQUAL_FATAL(v->v[0].n, 7);
    CU_ASSERT_EQUAL(v->v[0].v[0].type, J_INT);
    CU_ASSERT_EQUAL(v->v[0].v[0].i, 1);
    CU_ASSERT_EQUAL(v->v[0].v[1].type, J_REAL);
    CU_ASSERT_EQUAL(v->v[0].v[1].d, -25.0);
    CU_ASSERT(str_eq_c(v->v[0].v[1].s, "-2.50e1"));
    CU_ASSERT(str_eq_c(v->v[0].v[2].s, "x\xc3\xa9\n"));
    CU_ASSERT(v->v[0].v[3].type == J_BOOL && v->v[0].v[3].b);
    CU_ASSERT(v->v[0].v[4].type == J_BOOL && !v->v[0].v[4].b);
    CU_ASSERT_EQUAL(v->v[0].v[5].type, J_NULL);
    CU_ASSERT(v->v[0].v[6].type == J_OBJECT && v->v[0].v[6].n == 0);
    CU_ASSERT(str_eq(jin_str(v, "b"), STR("")) && jin_str(v, "b").p != NULL);
}

static void
test_integers_keep_their_digits(void)
{
    struct jval *v;

    CU_ASSERT_EQUAL_FATAL(parse("[9223372036854775807,-9223372036854775808,"
                                "9223372036854775808,-99999999999999999999,-0]",
                              &v),
        ERR_OK);
    CU_ASSERT(v->v[0].i == INT64_MAX && !v->v[0].huge);
    CU_ASSERT(v->v[1].i == INT64_MIN && !v->v[1].huge);
    CU_ASSERT(v->v[2].i == INT64_MAX && v->v[2].huge);
    CU_ASSERT(v->v[3].i == INT64_MIN && v->v[3].huge);
    CU_ASSERT(str_eq_c(v->v[3].s, "-99999999999999999999"));
    CU_ASSERT(v->v[3].type == J_INT);
    CU_ASSERT(v->v[4].i == 0 && str_eq_c(v->v[4].s, "-0"));
}

static void
test_decimal_text_survives(void)
{
    struct jval *v;

    CU_ASSERT_EQUAL_FATAL(parse("19.990", &v), ERR_OK);
    CU_ASSERT(v->type == J_REAL && str_eq_c(v->s, "19.990"));
    CU_ASSERT_EQUAL_FATAL(parse("{\"p\" : 0.1000000000000000055 }", &v), ERR_OK);
    CU_ASSERT(str_eq_c(jin_get(v, "p")->s, "0.1000000000000000055"));
}

static void
test_duplicates_refused(void)
{
    CU_ASSERT(refused("{\"a\":1,\"a\":1}"));
    CU_ASSERT(refused("{\"a\":1,\"b\":2,\"\\u0061\":3}"));
    CU_ASSERT(refused("{\"a\":{},\"a\":1}"));
    CU_ASSERT(refused("{\"a\":1,\"a\":{\"x\":[1,2]},\"b\":3}"));
    CU_ASSERT(refused("[{\"x\":{\"a\":[],\"b\":1,\"a\":[]}}]"));
    CU_ASSERT(refused("{\"\":1,\"\":1}"));
    CU_ASSERT(refused("{\"a\":null,\"b\":null,\"a\":null}"));
}

static void
test_duplicate_names_in_different_objects_accepted(void)
{
    struct jval *v;

    CU_ASSERT_EQUAL(parse("{\"a\":{\"a\":[{\"a\":1},{\"a\":1}]}}", &v), ERR_OK);
}

static void
test_text_that_is_no_unicode_refused(void)
{
    struct jval *v;

    CU_ASSERT(refused("\"\\ud800\""));
    CU_ASSERT(refused("\"\\udc00\\ud800\""));
    CU_ASSERT(refused("\"\\u0000\""));
    CU_ASSERT(refused("{\"a\\u0000b\":1}"));
    CU_ASSERT(refused("\"\xed\xa0\x80\""));
    CU_ASSERT(refused("\xef\xbb\xbf{}"));
    CU_ASSERT_EQUAL(jin_parse(arena, STR("\"\0\""), &v, &flt), ERR_BAD);
    CU_ASSERT_EQUAL(jin_parse(arena, STR("1\0"), &v, &flt), ERR_BAD);
    CU_ASSERT_EQUAL_FATAL(parse("\"\\ud83d\\ude00\"", &v), ERR_OK);
    CU_ASSERT(str_eq_c(v->s, "\xf0\x9f\x98\x80"));
}

static void
test_laxness_of_json_c_refused(void)
{
    static const char *const texts[] = {"NaN", "-Infinity", "Infinity", "True", "nul",
        "'a'", "{'a':1}", "[1,]", "{\"a\":1,}", "01", "-", "-01", "1.", ".5", "1e", "1e+",
        "+1", "0x1", "1/**/", "//\n1", "\v1", "\f1", "\"a\tb\"", "\"\\x\"", "[1 2]",
        "[1:2]", "{\"a\",1}", "{1:1}", "[", "]", "{", "}", "[}", "{]", "[1", "\"a", "1 2",
        "{}{}", "", " ", ",", "[,1]", "truefalse", "[1]]", "1e400", "-1e999"};
    size_t i;

    for (i = 0; i < NELEM(texts); i++)
        if (!refused(texts[i])) {
            (void)printf("accepted: %s\n", texts[i]);
            CU_FAIL("accepted");
        }
}

static void
test_depth_is_bounded(void)
{
    char text[2 * (JIN_DEPTH_MAX + 1) + 1];
    struct jval *v;

    memset(text, '[', JIN_DEPTH_MAX);
    memset(text + JIN_DEPTH_MAX, ']', JIN_DEPTH_MAX);
    text[2 * JIN_DEPTH_MAX] = '\0';
    CU_ASSERT_EQUAL(parse(text, &v), ERR_OK);
    memset(text, '[', JIN_DEPTH_MAX + 1);
    memset(text + JIN_DEPTH_MAX + 1, ']', JIN_DEPTH_MAX + 1);
    text[2 * JIN_DEPTH_MAX + 2] = '\0';
    CU_ASSERT(refused(text));
}

static void
test_deepest_value_is_read(void)
{
    char text[JIN_DEPTH_MAX * 6 + 2] = "";
    struct jval *v;
    int i;

    for (i = 0; i < JIN_DEPTH_MAX; i++)
        memcpy(text + (ptrdiff_t)i * 5, "{\"a\":", 5);
    text[JIN_DEPTH_MAX * 5] = '7';
    memset(text + JIN_DEPTH_MAX * 5 + 1, '}', JIN_DEPTH_MAX);
    CU_ASSERT_EQUAL_FATAL(parse(text, &v), ERR_OK);
    for (i = 1; i < JIN_DEPTH_MAX; i++)
        v = &v->v[0];
    CU_ASSERT_EQUAL(jin_i64(v, "a", 0), 7);
}

static void
test_refusal_says_where(void)
{
    CU_ASSERT(refused("{\"a\":1,,}"));
    CU_ASSERT_PTR_NOT_NULL(strstr(flt.detail, "byte 7"));
    CU_ASSERT(refused("\"ab\xff\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(flt.detail, "byte 3"));
}

/* [1,1,...]: `n` ones and the array around them. */
static enum err
parse_ones(size_t n)
{
    char *text = arena_alloc(arena, 2 * n + 1);
    struct jval *v;
    size_t i;

    for (i = 0; i < n; i++)
        memcpy(text + 2 * i, ",1", 2);
    text[0] = '[';
    text[2 * n] = ']';
    return jin_parse(arena, (struct str){text, 2 * n + 1}, &v, &flt);
}

static void
test_number_of_values_is_bounded(void)
{
    CU_ASSERT_EQUAL(parse_ones(JIN_TOKENS_MAX - 1), ERR_OK);
    CU_ASSERT_EQUAL(parse_ones(JIN_TOKENS_MAX), ERR_BAD);
}

static void
test_members_by_type(void)
{
    struct jval *v;

    CU_ASSERT_EQUAL_FATAL(parse("{\"s\":\"t\",\"i\":5,\"n\":null}", &v), ERR_OK);
    CU_ASSERT(jin_get(v, "n") != NULL && jin_get(v, "x") == NULL);
    CU_ASSERT(jin_get(NULL, "n") == NULL && jin_get(jin_get(v, "i"), "n") == NULL);
    CU_ASSERT(jin_get_type(v, "i", J_INT) != NULL && jin_get_type(v, "i", J_STR) == NULL);
    CU_ASSERT(str_eq_c(jin_str(v, "s"), "t") && jin_str(v, "i").p == NULL);
    CU_ASSERT(jin_i64(v, "i", 9) == 5 && jin_i64(v, "s", 9) == 9);
}

static void
test_objects_by_hand(void)
{
    struct jval *v = jin_new_object(arena, 2);

    jin_add_str(v, STR("a"), STR("1"));
    jin_add_str(v, STR("b"), STR("2"));
    CU_ASSERT(v->n == 2 && str_eq_c(jin_str(v, "b"), "2"));
}

static CU_TestInfo tests[] = {
    {"JSONTestSuite: every y_ accepted, every n_ refused", test_json_test_suite},
    {"the tree has all types", test_tree_has_all_types},
    {"integers keep their digits", test_integers_keep_their_digits},
    {"decimal text survives", test_decimal_text_survives},
    {"a member name twice is refused", test_duplicates_refused},
    {"the same name in two objects is accepted",
        test_duplicate_names_in_different_objects_accepted},
    {"text that is no Unicode is refused", test_text_that_is_no_unicode_refused},
    {"what json-c is lax about is refused", test_laxness_of_json_c_refused},
    {"depth is bounded", test_depth_is_bounded},
    {"the deepest value is read", test_deepest_value_is_read},
    {"a refusal says where", test_refusal_says_where},
    {"the number of values is bounded", test_number_of_values_is_bounded},
    {"members by type", test_members_by_type},
    {"objects by hand", test_objects_by_hand},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo jin_suite = {"jin", NULL, NULL, set_up, tear_down, tests};
