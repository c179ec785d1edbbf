/* lib/html against the official Mustache specification's tests, optional modules too. */
#include <CUnit/CUnit.h>
#include <stdio.h>

#include "html/tmpl.h"
#include "json/jin.h"
#include "tar_each.h"

extern CU_SuiteInfo tmpl_spec_suite;

#define SPEC_TESTS 194

static struct arena *ar;
static struct tmpl_set *set;
static char msg[256];

static void
set_up(void)
{
    ar = arena_new(65536);
    set = tmpl_new();
    msg[0] = '\0';
}

static void
tear_down(void)
{
    tmpl_free(set);
    arena_free(ar);
}

/* ---- its lambdas, by test name ---- */

static int calls;

static struct str
say(void *arg, struct arena *a, struct str text)
{
    (void)a;
    (void)text;
    return str_c(arg);
}

static struct str
count_calls(void *arg, struct arena *a, struct str text)
{
    (void)arg;
    (void)text;
    return arena_printf(a, "%d", ++calls);
}

static struct str
is_x(void *arg, struct arena *a, struct str text)
{
    (void)arg;
    (void)a;
    return str_eq_c(text, "{{x}}") ? STR("yes") : STR("no");
}

static struct str
around(void *arg, struct arena *a, struct str text)
{
    const char *mid = arg;

    return arena_printf(a, "%.*s%s%.*s", STR_F(text), mid, STR_F(text));
}

static struct str
underline(void *arg, struct arena *a, struct str text)
{
    (void)arg;
    return arena_printf(a, "__%.*s__", STR_F(text));
}

static char world[] = "world", planet[] = "{{planet}}", both[] = "|planet| => {{planet}}",
            gt[] = ">", both_section[] = "{{planet}} => |planet|", none[] = "";

static const struct {
    const char *test;
    struct str (*fn)(void *arg, struct arena *a, struct str text);
    char *arg;
} lambdas[] = {
    {"Interpolation", say, world},
    {"Interpolation - Expansion", say, planet},
    {"Interpolation - Alternate Delimiters", say, both},
    {"Interpolation - Multiple Calls", count_calls, NULL},
    {"Escaping", say, gt},
    {"Section", is_x, NULL},
    {"Section - Expansion", around, planet},
    {"Section - Alternate Delimiters", around, both_section},
    {"Section - Multiple Calls", underline, NULL},
    {"Inverted Section", say, none},
};

static struct tval *
lambda_for(struct str test)
{
    size_t i;

    calls = 0;
    for (i = 0; i < NELEM(lambdas); i++) {
        if (str_eq_c(test, lambdas[i].test))
            return tval_lambda(ar, lambdas[i].fn, lambdas[i].arg);
    }
    CU_FAIL("a lambda test without its lambda");
    return tval_str(ar, STR_NULL);
}

static struct tval *
to_tval(const struct jval *j, struct str test)
{
    struct tval *v;
    size_t i;

    switch (j->type) {
    case J_NULL:
        return tval_str(ar, STR_NULL);
    case J_INT:
    case J_REAL:
    case J_STR:
        return tval_str(ar, j->s);
    case J_ARRAY:
        v = tval_arr(ar);
        for (i = 0; i < j->n; i++)
            tval_push(ar, v, to_tval(&j->v[i], test));
        return v;
    case J_OBJECT:
        if (str_eq_c(jin_str(j, "__tag__"), "code"))
            return lambda_for(test);
        v = tval_obj(ar);
        for (i = 0; i < j->n; i++)
            tval_set(ar, v, arena_cstr(ar, j->key[i]), to_tval(&j->v[i], test));
        return v;
    case J_BOOL:
        break;
    }
    /* A bare boolean has no constructor of its own: text and null do what it does. */
    return j->b ? tval_str(ar, STR("true")) : tval_str(ar, STR_NULL);
}

static bool
spec_case(const struct jval *t)
{
    const struct jval *partials = jin_get_type(t, "partials", J_OBJECT);
    struct str name = jin_str(t, "name");
    struct buf b;
    bool ok;
    size_t i;

    tmpl_free(set);
    set = tmpl_new();
    for (i = 0; partials != NULL && i < partials->n; i++) {
        if (tmpl_add(set, arena_cstr(ar, partials->key[i]), partials->v[i].s, msg,
                sizeof(msg)) != ERR_OK)
            return false;
    }
    if (tmpl_add(set, "the test", jin_str(t, "template"), msg, sizeof(msg)) != ERR_OK)
        return false;
    buf_init_arena(&b, ar, 65536);
    ok =
        tmpl_render(set, "the test", to_tval(jin_get(t, "data"), name), ar, &b) == ERR_OK;
    ok = ok && str_eq(buf_view(&b), jin_str(t, "expected"));
    if (!ok)
        (void)printf("\n  %.*s: %s\n  template <%.*s>\n  want <%.*s>\n  have <%.*s>\n",
            STR_F(name), msg, STR_F(jin_str(t, "template")),
            STR_F(jin_str(t, "expected")), STR_F(buf_view(&b)));
    return ok;
}

static void
spec_file(void *arg, const char *file, struct str text)
{
    size_t *n = arg, i;
    struct jval *j;
    const struct jval *tests;
    struct fault flt;

    CU_ASSERT_EQUAL_FATAL(jin_parse(ar, text, &j, &flt), ERR_OK);
    tests = jin_get_type(j, "tests", J_ARRAY);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tests);
    (void)file;
    for (i = 0; tests != NULL && i < tests->n; i++) {
        CU_ASSERT_TRUE(spec_case(&tests->v[i]));
        ++*n;
    }
}

static void
test_specification(void)
{
    size_t n = 0;

    if (tar_each("json/mustache_spec.tar.gz", spec_file, &n) > 0)
        CU_ASSERT_EQUAL(n, SPEC_TESTS);
}

static CU_TestInfo tests[] = {
    {"passes the Mustache specification", test_specification},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo tmpl_spec_suite = {"tmpl_spec", NULL, NULL, set_up, tear_down, tests};
