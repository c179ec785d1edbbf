/* Forms, percent encoding and cookies, with the vectors of the Web Platform Tests. */
#include <CUnit/CUnit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/form.h"

extern CU_SuiteInfo http_form_suite;

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

static const struct jval *
parsed(const char *text)
{
    struct jval *out = NULL;

    CU_ASSERT_EQUAL_FATAL(form_parse(arena, str_c(text), &out, &flt), ERR_OK);
    return out;
}

static void
test_decode(void)
{
    struct str out;

    CU_ASSERT(percent_decode(arena, STR("a%20b+c%C3%A4"), false, &out));
    CU_ASSERT(str_eq_c(out, "a b+c\xc3\xa4"));
    CU_ASSERT(percent_decode(arena, STR("a+b%2B"), true, &out));
    CU_ASSERT(str_eq_c(out, "a b+"));
    CU_ASSERT(percent_decode(arena, STR(""), true, &out));
    CU_ASSERT_EQUAL(out.n, 0);
}

static void
test_decode_refuses(void)
{
    static const char *const bad[] = {"%", "%4", "a%", "%zz", "%4g", "%00", "%ff", "%C3",
        "%C0%80", "%ED%A0%80", "\xff"};
    struct str out;
    size_t i;

    for (i = 0; i < NELEM(bad); i++)
        CU_ASSERT_FALSE(percent_decode(arena, str_c(bad[i]), true, &out));
}

static void
test_encode(void)
{
    CU_ASSERT(str_eq_c(
        percent_encode(arena, STR("a/b?c=\xc3\xa4~-._")), "a%2Fb%3Fc%3D%C3%A4~-._"));
    CU_ASSERT(str_eq_c(percent_encode(arena, STR("")), ""));
}

static void
test_repeated_name_is_array(void)
{
    const struct jval *v = parsed("a=1&b=x&a=2&a=3&a=4&a=5");
    const struct jval *a = jin_get_type(v, "a", J_ARRAY);

    CU_ASSERT_EQUAL(v->n, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    CU_ASSERT_EQUAL_FATAL(a->n, 5);
    CU_ASSERT(str_eq_c(a->v[0].s, "1"));
    CU_ASSERT(str_eq_c(a->v[2].s, "3"));
    CU_ASSERT(str_eq_c(a->v[4].s, "5"));
    CU_ASSERT(str_eq_c(jin_str(v, "b"), "x"));
}

static void
test_too_many_fields(void)
{
    char text[2 * FORM_FIELDS_MAX + 8];
    struct jval *out;
    size_t i;

    for (i = 0; i <= FORM_FIELDS_MAX; i++)
        memcpy(text + 2 * i, "a&", 2);
    CU_ASSERT_EQUAL(form_parse(arena, (struct str){text, 2 * i}, &out, &flt), ERR_BAD);
    CU_ASSERT_EQUAL(form_parse(arena, (struct str){text, 2 * i - 2}, &out, &flt), ERR_OK);
    CU_ASSERT_EQUAL(out->v[0].n, FORM_FIELDS_MAX);
}

static void
test_cookies(void)
{
    struct str h = STR("a=1; session=abc==; b; x=; session=second");

    CU_ASSERT(str_eq_c(cookie_find(h, "session"), "abc=="));
    CU_ASSERT(str_eq_c(cookie_find(h, "a"), "1"));
    CU_ASSERT(str_eq_c(cookie_find(h, "x"), ""));
    CU_ASSERT_PTR_NOT_NULL(cookie_find(h, "x").p);
    CU_ASSERT_PTR_NULL(cookie_find(h, "b").p);
    CU_ASSERT_PTR_NULL(cookie_find(h, "sess").p);
    CU_ASSERT_PTR_NULL(cookie_find(STR_NULL, "a").p);
}

static char *
read_file(const char *name, size_t *n)
{
    const char *dir = getenv("SOUK_TEST_DATA");
    char path[512], *text;
    FILE *f;

    snprintf(path, sizeof(path), "%s/url/%s", dir != NULL ? dir : ".", name);
    f = dir != NULL ? fopen(path, "r") : NULL;
    if (f == NULL) {
        printf("skipped: no SOUK_TEST_DATA/url/%s\n", name);
        return NULL;
    }
    text = malloc((size_t)1 << 20);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    *n = fread(text, 1, (size_t)1 << 20, f);
    fclose(f);
    return text;
}

/* A vector that only a repairing parser can pass: a lone '%', or bytes that are no UTF-8
 * and come out as U+FFFD.  We refuse those, and must. */
static bool
needs_repair(struct str input)
{
    struct str out;

    return !percent_decode(arena, input, true, &out);
}

/* The k-th pair of the expected list is among ours: same name, its value in order. */
static bool
pair_present(const struct jval *form, const struct jval *expected, size_t k)
{
    struct str name = expected->v[k].v[0].s, value = expected->v[k].v[1].s;
    size_t i, nth = 0;

    for (i = 0; i < k; i++)
        nth += str_eq(expected->v[i].v[0].s, name);
    for (i = 0; i < form->n; i++) {
        if (!str_eq(form->key[i], name))
            continue;
        if (form->v[i].type == J_STR)
            return nth == 0 && str_eq(form->v[i].s, value);
        return nth < form->v[i].n && str_eq(form->v[i].v[nth].s, value);
    }
    return false;
}

static void
check_vector(const struct jval *t)
{
    struct str input = jin_str(t, "input");
    const struct jval *expected = jin_get(t, "output");
    struct jval *form;
    enum err e = form_parse(arena, input, &form, &flt);
    size_t k;

    if (needs_repair(input)) {
        CU_ASSERT_EQUAL(e, ERR_BAD);
        return;
    }
    CU_ASSERT_EQUAL_FATAL(e, ERR_OK);
    for (k = 0; k < expected->n; k++) {
        if (!pair_present(form, expected, k))
            printf("vector: %.*s\n", STR_F(input));
        CU_ASSERT(pair_present(form, expected, k));
    }
    CU_ASSERT(form->n <= expected->n && (form->n > 0) == (expected->n > 0));
}

static void
test_wpt_vectors(void)
{
    struct jval *list;
    size_t i, n;
    char *text = read_file("wpt_urlencoded-parser-data.json", &n);

    if (text == NULL)
        return;
    CU_ASSERT_EQUAL_FATAL(jin_parse(arena, (struct str){text, n}, &list, &flt), ERR_OK);
    CU_ASSERT(list->n > 30);
    for (i = 0; i < list->n; i++)
        check_vector(&list->v[i]);
    free(text);
}

static CU_TestInfo tests[] = {
    {"percent escapes decode", test_decode},
    {"broken escapes, NUL and bad UTF-8 are refused", test_decode_refuses},
    {"all but unreserved bytes are encoded", test_encode},
    {"a repeated name becomes an array", test_repeated_name_is_array},
    {"more than the maximum of fields is refused", test_too_many_fields},
    {"cookies are found by their whole name, the first wins", test_cookies},
    {"Web Platform Tests vectors", test_wpt_vectors},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo http_form_suite = {"http_form", NULL, NULL, set_up, tear_down, tests};
