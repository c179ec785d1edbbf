/* Field tables: what passes, and the code of what does not. */
#include <CUnit/CUnit.h>

#include <string.h>

#include "http/field.h"
#include "http/field_priv.h"
#include "http/form.h"

extern CU_SuiteInfo http_field_suite;

static struct arena *arena;
static struct fault flt;

static const struct field line[] = {
    {.name = "sku", .type = F_STR, .flags = FIELD_REQUIRED, .min = 1, .max = 8},
    {.name = "quantity", .type = F_I64, .flags = FIELD_REQUIRED, .min = 1, .max = 99},
    {0},
};
static const struct field table[] = {
    {.name = "name", .type = F_STR, .flags = FIELD_TRIM, .min = 2, .max = 5},
    {.name = "count", .type = F_I64, .min = -3, .max = 10},
    {.name = "on", .type = F_BOOL},
    {.name = "sort", .type = F_ENUM, .choices = "price|-price|new"},
    {.name = "email", .type = F_EMAIL, .flags = FIELD_TRIM},
    {.name = "id", .type = F_ID},
    {.name = "note", .type = F_STR, .flags = FIELD_NULL, .max = 20},
    {.name = "items", .type = F_ARRAY, .min = 1, .max = 3, .fields = line},
    {.name = "tags", .type = F_ARRAY, .max = 3, .item = F_STR},
    {.name = "map", .type = F_MAP, .max = 2},
    {.name = "one", .type = F_OBJECT, .fields = line},
    {.name = "any", .type = F_ANY},
    {.name = "at", .type = F_TIME},
    {.name = "after", .type = F_ID, .flags = FIELD_ZERO},
    {0},
};

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
check_json(const char *text, struct jval **out)
{
    struct jval *in = NULL;

    fault_clear(&flt);
    CU_ASSERT_EQUAL_FATAL(jin_parse(arena, str_c(text), &in, &flt), ERR_OK);
    return field_check(arena, table, in, FIELD_JSON, "", false, out, &flt);
}

static enum err
check_form(const char *text, struct jval **out)
{
    struct jval *in = NULL;

    fault_clear(&flt);
    CU_ASSERT_EQUAL_FATAL(form_parse(arena, str_c(text), &in, &flt), ERR_OK);
    return field_check(arena, table, in, FIELD_TEXT, "?", false, out, &flt);
}

static void
assert_fault(size_t i, const char *pointer, const char *code)
{
    CU_ASSERT_FATAL(flt.n > i);
    CU_ASSERT_STRING_EQUAL(flt.field[i].pointer, pointer);
    CU_ASSERT_STRING_EQUAL(flt.field[i].code, code);
}

static void
test_good_values_are_typed(void)
{
    struct jval *out;

    CU_ASSERT_EQUAL_FATAL(
        check_json(
            "{\"name\":\"  \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 \",\"count\":-3,"
            "\"on\":true,\"sort\":\"-price\",\"email\":\" a.b+c@example.com \","
            "\"id\":\"9223372036854775807\",\"note\":null,\"tags\":[\"x\",\"\"],"
            "\"items\":[{\"sku\":\"A\",\"quantity\":2}],\"map\":{\"k\":\"v\"},"
            "\"any\":[1,{\"x\":null}]}",
            &out),
        ERR_OK);
    CU_ASSERT_EQUAL(jin_str(out, "name").n, 10);
    CU_ASSERT_EQUAL(jin_i64(out, "count", 0), -3);
    CU_ASSERT_PTR_NOT_NULL(jin_get_type(out, "on", J_BOOL));
    CU_ASSERT(str_eq_c(jin_str(out, "email"), "a.b+c@example.com"));
    CU_ASSERT_PTR_NULL(jin_get(out, "note"));
    CU_ASSERT_EQUAL(jin_get(out, "tags")->n, 2);
    CU_ASSERT_EQUAL(jin_i64(&jin_get(out, "items")->v[0], "quantity", 0), 2);
    CU_ASSERT(str_eq_c(jin_str(jin_get(out, "map"), "k"), "v"));
    CU_ASSERT_EQUAL(jin_get(out, "any")->n, 2);
}

static void
test_each_bad_value_has_its_code(void)
{
    static const struct {
        const char *json, *pointer, *code;
    } bad[] = {
        {"{\"name\":\"a\"}", "/name", "too_short"},
        {"{\"name\":\"abcdef\"}", "/name", "too_long"},
        {"{\"name\":\"a\\u0007b\"}", "/name", "bad_text"},
        {"{\"name\":\"a\\u0085b\"}", "/name", "bad_text"},
        {"{\"name\":7}", "/name", "wrong_type"},
        {"{\"name\":null}", "/name", "wrong_type"},
        {"{\"count\":11}", "/count", "out_of_range"},
        {"{\"count\":-4}", "/count", "out_of_range"},
        {"{\"count\":99999999999999999999}", "/count", "out_of_range"},
        {"{\"count\":1.5}", "/count", "wrong_type"},
        {"{\"count\":1.0}", "/count", "wrong_type"},
        {"{\"count\":\"1\"}", "/count", "wrong_type"},
        {"{\"on\":1}", "/on", "wrong_type"},
        {"{\"on\":\"true\"}", "/on", "wrong_type"},
        {"{\"sort\":\"pric\"}", "/sort", "bad_choice"},
        {"{\"sort\":\"\"}", "/sort", "bad_choice"},
        {"{\"sort\":\"price|-price\"}", "/sort", "bad_choice"},
        {"{\"email\":\"a@b\"}", "/email", "bad_email"},
        {"{\"id\":\"0\"}", "/id", "bad_id"},
        {"{\"id\":\"01\"}", "/id", "bad_id"},
        {"{\"id\":\"-1\"}", "/id", "bad_id"},
        {"{\"id\":\"9223372036854775808\"}", "/id", "bad_id"},
        {"{\"id\":5}", "/id", "wrong_type"},
        {"{\"items\":[]}", "/items", "too_short"},
        {"{\"items\":[1]}", "/items/0", "wrong_type"},
        {"{\"items\":[{\"sku\":\"A\"}]}", "/items/0/quantity", "required"},
        {"{\"items\":[{\"sku\":\"A\",\"quantity\":1,\"x\":1}]}", "/items/0/x", "unknown"},
        {"{\"items\":{}}", "/items", "wrong_type"},
        {"{\"tags\":[\"a\",2]}", "/tags/1", "wrong_type"},
        {"{\"tags\":[\"a\",\"b\",\"c\",\"d\"]}", "/tags", "too_long"},
        {"{\"map\":{\"a\":1}}", "/map/a", "wrong_type"},
        {"{\"map\":{\"a\":\"\",\"b\":\"\",\"c\":\"\"}}", "/map", "too_long"},
        {"{\"one\":{\"sku\":\"\",\"quantity\":1}}", "/one/sku", "too_short"},
        {"{\"one\":3}", "/one", "wrong_type"},
        {"{\"a/b~c\":3}", "/a~1b~0c", "unknown"},
        {"[]", "", "wrong_type"},
    };
    struct jval *out;
    size_t i;

    for (i = 0; i < NELEM(bad); i++) {
        CU_ASSERT_EQUAL(check_json(bad[i].json, &out), ERR_INVALID);
        CU_ASSERT_EQUAL(flt.n, 1);
        assert_fault(0, bad[i].pointer, bad[i].code);
    }
}

static void
test_all_bad_fields_are_named(void)
{
    struct jval *out;

    CU_ASSERT_EQUAL(
        check_json("{\"items\":[{\"quantity\":0},{}],\"z\":1}", &out), ERR_INVALID);
    CU_ASSERT_EQUAL_FATAL(flt.n, 5);
    assert_fault(0, "/items/0/sku", "required");
    assert_fault(1, "/items/0/quantity", "out_of_range");
    assert_fault(2, "/items/1/sku", "required");
    assert_fault(4, "/z", "unknown");
}

/* More bad fields than a fault holds, and no fault at all, still refuse. */
static void
test_refuses_beyond_the_faults_room(void)
{
    struct jval *in = jin_new_object(arena, FAULT_FIELDS_MAX + 8), *out;
    size_t i;

    for (i = 0; i < FAULT_FIELDS_MAX + 8; i++)
        jin_add_str(in, arena_printf(arena, "x%zu", i), STR(""));
    CU_ASSERT_EQUAL(
        field_check(arena, table, in, FIELD_JSON, "", false, &out, &flt), ERR_INVALID);
    CU_ASSERT_EQUAL(flt.n, FAULT_FIELDS_MAX);
    CU_ASSERT_EQUAL(
        field_check(arena, table, in, FIELD_JSON, "", false, &out, NULL), ERR_INVALID);
    CU_ASSERT_EQUAL(
        field_check(arena, table, in, FIELD_JSON, "", true, &out, NULL), ERR_OK);
    CU_ASSERT_EQUAL(out->n, 0);
}

static void
test_text_source(void)
{
    struct jval *out;

    CU_ASSERT_EQUAL_FATAL(
        check_form("count=7&on=on&name=&note=&tags=a&id=12&sort=new", &out), ERR_OK);
    CU_ASSERT_EQUAL(jin_i64(out, "count", 0), 7);
    CU_ASSERT_TRUE(jin_get(out, "on")->b);
    CU_ASSERT_PTR_NULL(jin_get(out, "name"));
    CU_ASSERT_EQUAL(jin_get(out, "tags")->n, 1);
    CU_ASSERT_EQUAL(check_form("count=7x", &out), ERR_INVALID);
    assert_fault(0, "?count", "wrong_type");
    CU_ASSERT_EQUAL(check_form("count=+7", &out), ERR_INVALID);
    CU_ASSERT_EQUAL(check_form("count=99999999999999999999", &out), ERR_INVALID);
    assert_fault(0, "?count", "out_of_range");
    CU_ASSERT_EQUAL(check_form("count=1&count=2", &out), ERR_INVALID);
    assert_fault(0, "?count", "wrong_type");
    CU_ASSERT_EQUAL(check_form("what=1", &out), ERR_INVALID);
    assert_fault(0, "?what", "unknown");
}

static void
test_required_text_may_not_be_empty(void)
{
    struct jval *in = jin_new_object(arena, 2), *out;

    jin_add_str(in, STR("sku"), STR(""));
    jin_add_str(in, STR("quantity"), STR("1"));
    CU_ASSERT_EQUAL(
        field_check(arena, line, in, FIELD_TEXT, "", false, &out, &flt), ERR_INVALID);
    assert_fault(0, "/sku", "required");
}

static void
test_merge_patch_keeps_allowed_nulls(void)
{
    struct jval *in, *out;

    CU_ASSERT_EQUAL(jin_parse(arena, STR("{\"note\":null}"), &in, &flt), ERR_OK);
    CU_ASSERT_EQUAL(
        field_check_mode(arena, table, in, FIELD_JSON, "", FIELD_KEEP_NULL, &out, &flt),
        ERR_OK);
    CU_ASSERT_PTR_NOT_NULL(jin_get_type(out, "note", J_NULL));
    CU_ASSERT_EQUAL(jin_parse(arena, STR("{\"count\":null}"), &in, &flt), ERR_OK);
    CU_ASSERT_EQUAL(
        field_check_mode(arena, table, in, FIELD_JSON, "", FIELD_KEEP_NULL, &out, &flt),
        ERR_INVALID);
}

static void
test_emails(void)
{
    static const char *const good[] = {"a@b.co", "first.last+tag@sub.example.org",
        "o'neil@example.com", "\xc3\xa4@\xc3\xb6.de", "x@1.example"};
    static const char *const bad[] = {"", "a", "@b.co", "a@", "a@b", "a@@b.co", "a@b..co",
        ".a@b.co", "a.@b.co", "a..b@c.de", "a b@c.de", "a@-b.co", "a@b-.co", "a@b.co.",
        "a@127.0.0.1", "a@b.co\n", "a\t@b.co", "a@b_c.de", "<a@b.co>"};
    size_t i;
    char longest[260];

    for (i = 0; i < NELEM(good); i++)
        CU_ASSERT_TRUE(field_email_ok(str_c(good[i])));
    for (i = 0; i < NELEM(bad); i++)
        CU_ASSERT_FALSE(field_email_ok(str_c(bad[i])));
    memset(longest, 'a', sizeof(longest));
    memcpy(longest, "a@", 2);
    for (i = 60; i < 255; i += 60)
        longest[i] = '.';
    CU_ASSERT_TRUE(field_email_ok((struct str){longest, 254}));
    CU_ASSERT_FALSE(field_email_ok((struct str){longest, 255}));
}

static void
test_times_and_places_in_a_list(void)
{
    struct jval *out;

    CU_ASSERT_EQUAL(
        check_json("{\"at\":\"2026-11-22T20:30:00Z\",\"after\":\"0\"}", &out), ERR_OK);
    CU_ASSERT(str_eq(jin_str(out, "after"), STR("0")));
    CU_ASSERT_EQUAL(check_json("{\"after\":\"00\"}", &out), ERR_INVALID);
    assert_fault(0, "/after", "bad_id");
    CU_ASSERT_EQUAL(check_json("{\"id\":\"0\"}", &out), ERR_INVALID);
    CU_ASSERT_EQUAL(check_json("{\"at\":\"2026-11-32T20:30:00Z\"}", &out), ERR_INVALID);
    assert_fault(0, "/at", "bad_time");
    CU_ASSERT_EQUAL(check_json("{\"at\":1}", &out), ERR_INVALID);
    assert_fault(0, "/at", "wrong_type");
}

/* What is required of a whole is left alone by a patch that does not speak of it; inside
 * of what it does speak of all is asked for. */
static void
test_a_merge_patch_says_only_what_changes(void)
{
    static const struct field t[] = {
        {.name = "name", .type = F_STR, .flags = FIELD_REQUIRED, .max = 9},
        {.name = "one", .type = F_OBJECT, .flags = FIELD_REQUIRED, .fields = line},
        {0},
    };
    static const struct {
        const char *text, *pointer;
    } cases[] = {
        {"{}", NULL}, {"{\"name\":\"a\"}", NULL}, {"{\"name\":null}", "/name"},
        {"{\"one\":{}}", "/one/sku"}};
    struct jval *in, *out;

    for (size_t i = 0; i < NELEM(cases); i++) {
        fault_clear(&flt);
        CU_ASSERT_EQUAL(jin_parse(arena, str_c(cases[i].text), &in, &flt), ERR_OK);
        CU_ASSERT_EQUAL(field_check_mode(arena, t, in, FIELD_JSON, "", FIELD_KEEP_NULL,
                            &out, &flt),
            cases[i].pointer == NULL ? ERR_OK : ERR_INVALID);
        if (cases[i].pointer != NULL)
            CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, cases[i].pointer);
    }
}

static CU_TestInfo tests[] = {
    {"times, and places in a list", test_times_and_places_in_a_list},
    {"a merge patch says only what changes", test_a_merge_patch_says_only_what_changes},
    {"good values are copied and typed", test_good_values_are_typed},
    {"each bad value has its pointer and code", test_each_bad_value_has_its_code},
    {"all bad fields are named", test_all_bad_fields_are_named},
    {"more bad fields than a fault holds still refuse",
        test_refuses_beyond_the_faults_room},
    {"forms and query strings arrive as text", test_text_source},
    {"a required text may not be empty", test_required_text_may_not_be_empty},
    {"a merge patch keeps allowed nulls", test_merge_patch_keeps_allowed_nulls},
    {"plausible e-mail addresses", test_emails},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo http_field_suite = {"http_field", NULL, NULL, set_up, tear_down, tests};
