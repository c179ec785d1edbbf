/* lib/html: what the Mustache specification (test_tmpl_spec.c) leaves to us: limits,
 * errors, values, the scope of blocks. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "html/tmpl.h"

extern CU_SuiteInfo tmpl_suite;

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

static enum err
add(const char *name, const char *text)
{
    return tmpl_add(set, name, str_c(text), msg, sizeof(msg));
}

static bool
renders(const char *name, const struct tval *data, const char *expected)
{
    struct buf b;
    bool same;

    buf_init_arena(&b, ar, 65536);
    if (tmpl_render(set, name, data, ar, &b) != ERR_OK)
        return false;
    same = str_eq_c(buf_view(&b), expected);
    if (!same)
        (void)printf("\n  want <%s>\n  have <%.*s>\n", expected, STR_F(buf_view(&b)));
    return same;
}

static void
test_values_print_and_decide(void)
{
    struct tval *d = tval_obj(ar), *o = tval_add_obj(ar, d, "o"), *l;
    char local[8] = "local";

    CU_ASSERT_EQUAL_FATAL(
        add("t", "{{s}}|{{{s}}}|{{zero}}{{#zero}}!{{/zero}}|{{n}}|{{f}}|"
                 "{{#yes}}y{{/yes}}{{^no}}n{{/no}}{{no}}|{{^empty}}e{{/empty}}|"
                 "{{^null}}0{{/null}}|{{o.x}}{{o.missing}}|{{#l}}{{x}},{{/l}}|"
                 "{{o}}{{l}}|{{local}}"),
        ERR_OK);
    tval_set_str(ar, d, "s", STR("<a href='x'>&\""));
    tval_set_i64(ar, d, "zero", 0);
    tval_set_i64(ar, d, "n", INT64_MIN);
    tval_set_fmt(ar, d, "f", "%d%%", 7);
    tval_set_bool(ar, d, "yes", true);
    tval_set_bool(ar, d, "no", false);
    tval_set_c(ar, d, "empty", "");
    tval_set_c(ar, d, "null", NULL);
    tval_set_c(ar, o, "x", "old");
    tval_set_c(ar, o, "x", "set twice");
    l = tval_add_arr(ar, d, "l");
    tval_set_c(ar, tval_push_obj(ar, l), "x", "1");
    tval_set_c(ar, tval_push_obj(ar, l), "x", "2");
    tval_set_c(ar, d, "local", local);
    memset(local, 'X', sizeof(local) - 1);
    CU_ASSERT_TRUE(renders("t", d,
        "&lt;a href=&#39;x&#39;&gt;&amp;&quot;|<a href='x'>&\"|0|-9223372036854775808|7%|"
        "yn|e|0|set twice|1,2,||local"));
}

static void
test_null_hides_the_outer_value(void)
{
    struct tval *d = tval_obj(ar), *o = tval_add_obj(ar, d, "o");

    CU_ASSERT_EQUAL_FATAL(add("t", "{{#o}}[{{x}}{{y}}]{{/o}}"), ERR_OK);
    tval_set_c(ar, d, "x", "outer");
    tval_set_c(ar, d, "y", "outer");
    tval_set_c(ar, o, "x", NULL);
    CU_ASSERT_TRUE(renders("t", d, "[outer]"));
}

/* A page's own block must not leak into a card it includes that has a block of the
 * same name. */
static void
test_blocks_are_scoped_where_written(void)
{
    CU_ASSERT_EQUAL(
        add("layout", "<{{$title}}none{{/title}}|{{$main}}{{/main}}>"), ERR_OK);
    CU_ASSERT_EQUAL(add("card", "({{$title}}card{{/title}})"), ERR_OK);
    CU_ASSERT_EQUAL(
        add("page", "{{<layout}}{{$title}}T{{/title}}{{$main}}{{<card}}{{/card}}"
                    "{{<card}}{{$title}}own{{/title}}{{/card}}{{/main}}{{/layout}}"),
        ERR_OK);
    CU_ASSERT_TRUE(renders("page", tval_obj(ar), "<T|(card)(own)>"));
}

static void
test_block_default_comes_out_as_written(void)
{
    static const char text[] = "<pre>\n    {{$b}}\n      deep\n\n  shallow\n    {{#x}}\n"
                               "   in\n    {{/x}}\n    {{/b}}\n</pre>\n";

    CU_ASSERT_EQUAL(add("t", text), ERR_OK);
    CU_ASSERT_TRUE(
        renders("t", tval_obj(ar), "<pre>\n      deep\n\n  shallow\n</pre>\n"));
    CU_ASSERT_EQUAL(add("child", "{{<t}}{{$b}}\n\tone\n\n\t\ttwo\n{{/b}}{{/t}}"), ERR_OK);
    CU_ASSERT_TRUE(renders("child", tval_obj(ar), "<pre>\n  one\n\n  \ttwo\n</pre>\n"));
}

static void
test_indentation_adds_up_through_partials(void)
{
    struct tval *d = tval_obj(ar);

    tval_set_c(ar, d, "v", "a\nb");
    CU_ASSERT_EQUAL(add("in", "{{v}}\n\n{{! c }}x\n{{#v}}\ny\n{{/v}}\n"), ERR_OK);
    CU_ASSERT_EQUAL(add("mid", "-\n {{>in}}\n"), ERR_OK);
    CU_ASSERT_EQUAL(add("t", "  {{>mid}}\n"), ERR_OK);
    CU_ASSERT_TRUE(renders("t", d, "  -\n   a\nb\n\n   x\n   y\n"));
}

static void
test_errors_name_template_and_line(void)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"a\nb {{x", "t.mustache:2: the tag is not closed"},
        {"{{#a}}\n{{#b}}\n{{/b}}\n", "t.mustache:1: a section"},
        {"\n\n{{/a}}", "t.mustache:3: a closing tag without"},
        {"{{#a}}\n{{/b}}", "t.mustache:2: a closing tag for another"},
        {"{{}}", "t.mustache:1: the tag names nothing"},
        {"{{a b}}", "t.mustache:1: a name has white space"},
        {"{{a..b}}", "t.mustache:1: a name has an empty part"},
        {"{{a.b.c.d.e.f.g.h.i}}", "t.mustache:1: a name has too many"},
        {"{{=x=}}", "t.mustache:1: the delimiters"},
        {"{{={ }{ }=}}", "t.mustache:1: the delimiters"},
        {"{{{x}}", "t.mustache:1: the tag is not closed"},
        {"{{<p}}{{$b}}{{/p}}{{/b}}", "t.mustache:1: a closing tag for another"},
    };
    size_t i;

    for (i = 0; i < NELEM(bad); i++) {
        CU_ASSERT_EQUAL(add("t", bad[i].text), ERR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(msg, bad[i].says));
    }
    CU_ASSERT_EQUAL(add("t", "fine"), ERR_OK);
    CU_ASSERT_EQUAL(add("t", "again"), ERR_INVALID);
}

static void
test_nesting_is_bounded(void)
{
    struct buf b;
    int i, n;

    for (n = 32; n <= 33; n++) {
        buf_init_arena(&b, ar, 4096);
        for (i = 0; i < n; i++)
            buf_c(&b, "{{#a}}");
        for (i = 0; i < n; i++)
            buf_c(&b, "{{/a}}");
        CU_ASSERT_EQUAL(
            add(n == 32 ? "fits" : "deep", buf_cstr(&b)), n == 32 ? ERR_OK : ERR_INVALID);
    }
}

static void
test_endless_recursion_is_refused(void)
{
    struct buf b;

    CU_ASSERT_EQUAL(add("t", "x{{>t}}{{>t}}"), ERR_OK);
    CU_ASSERT_EQUAL(add("p", "{{<p}}{{/p}}"), ERR_OK);
    buf_init_arena(&b, ar, 65536);
    CU_ASSERT_EQUAL(tmpl_render(set, "t", tval_obj(ar), ar, &b), ERR_TOO_LARGE);
    CU_ASSERT_EQUAL(tmpl_render(set, "p", tval_obj(ar), ar, &b), ERR_TOO_LARGE);
}

/* 2^40 instructions in 40 templates: stopped although nothing comes out. */
static void
test_work_is_bounded(void)
{
    char name[16], text[48];
    struct buf b;
    int i;

    for (i = 0; i < 40; i++) {
        (void)snprintf(name, sizeof(name), "t%d", i);
        (void)snprintf(text, sizeof(text), "{{>t%d}}{{>t%d}}", i + 1, i + 1);
        CU_ASSERT_EQUAL(add(name, text), ERR_OK);
    }
    buf_init_arena(&b, ar, 64);
    CU_ASSERT_EQUAL(tmpl_render(set, "t0", tval_obj(ar), ar, &b), ERR_TOO_LARGE);
}

static void
test_output_maximum_is_kept(void)
{
    struct buf b;

    CU_ASSERT_EQUAL(add("t", "12345678"), ERR_OK);
    buf_init_arena(&b, ar, 8);
    CU_ASSERT_EQUAL(tmpl_render(set, "t", tval_obj(ar), ar, &b), ERR_OK);
    buf_init_arena(&b, ar, 7);
    CU_ASSERT_EQUAL(tmpl_render(set, "t", tval_obj(ar), ar, &b), ERR_TOO_LARGE);
    CU_ASSERT_EQUAL(tmpl_render(set, "nope", tval_obj(ar), ar, &b), ERR_NOT_FOUND);
}

static void
put_file(const char *dir, const char *name, const char *text)
{
    struct str path = arena_printf(ar, "%s/%s", dir, name);
    FILE *f = fopen(path.p, "w");

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT(fputs(text, f) >= 0);
    CU_ASSERT_EQUAL(fclose(f), 0);
}

static void
drop_file(const char *dir, const char *name)
{
    CU_ASSERT_EQUAL(unlink(arena_printf(ar, "%s/%s", dir, name).p), 0);
}

static void
test_load_finds_what_is_missing(void)
{
    char dir[] = "/tmp/souk-tmpl-XXXXXX";
    struct tmpl_set *t;

    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    put_file(
        dir, "a.mustache", "A\n{{#x}}\n{{<z}}{{$b}}{{>b}}{{/b}}{{/z}}{{/x}}{{>*dyn}}");
    put_file(dir, "notes.txt", "{{#broken");
    put_file(dir, "z.mustache", "{{$b}}{{/b}}");
    CU_ASSERT_EQUAL(tmpl_load(&t, dir, msg, sizeof(msg)), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(msg, "a.mustache:3: includes \"b\", which is not there");
    CU_ASSERT_PTR_NULL(t);
    put_file(dir, "b.mustache", "B");
    CU_ASSERT_EQUAL_FATAL(tmpl_load(&t, dir, msg, sizeof(msg)), ERR_OK);
    tmpl_free(t);
    put_file(dir, "b.mustache", "\n{{/x}}");
    CU_ASSERT_EQUAL(tmpl_load(&t, dir, msg, sizeof(msg)), ERR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "b.mustache:2: "));
    drop_file(dir, "a.mustache");
    drop_file(dir, "b.mustache");
    drop_file(dir, "z.mustache");
    drop_file(dir, "notes.txt");
    CU_ASSERT_EQUAL(rmdir(dir), 0);
    CU_ASSERT_NOT_EQUAL(tmpl_load(&t, dir, msg, sizeof(msg)), ERR_OK);
}

static CU_TestInfo tests[] = {
    {"values print and decide sections", test_values_print_and_decide},
    {"null hides the outer value", test_null_hides_the_outer_value},
    {"blocks are scoped where they are written", test_blocks_are_scoped_where_written},
    {"a block's default comes out as written", test_block_default_comes_out_as_written},
    {"indentation adds up through partials", test_indentation_adds_up_through_partials},
    {"errors name the template and the line", test_errors_name_template_and_line},
    {"nesting is bounded", test_nesting_is_bounded},
    {"endless recursion is refused", test_endless_recursion_is_refused},
    {"work without output is bounded", test_work_is_bounded},
    {"the output's maximum is kept", test_output_maximum_is_kept},
    {"loading finds what is missing", test_load_finds_what_is_missing},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo tmpl_suite = {"tmpl", NULL, NULL, set_up, tear_down, tests};
