/* Strings: every edge that a caller may lean on. */
#include "base/str.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tar_each.h"

static void
test_equality(void)
{
    CU_ASSERT(str_eq(STR("abc"), STR("abc")));
    CU_ASSERT(!str_eq(STR("abc"), STR("abd")) && !str_eq(STR("abc"), STR("ab")));
    CU_ASSERT(str_eq(STR_NULL, STR("")));
    CU_ASSERT(str_eq(STR("a\0b"), STR("a\0b")) && !str_eq(STR("a\0b"), STR("a\0c")));
    CU_ASSERT(str_eq_c(STR("abc"), "abc") && !str_eq_c(STR("abc"), "abcd"));
    CU_ASSERT(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
    CU_ASSERT(!str_eq_nocase(STR("["), STR("{")) && !str_eq_nocase(STR("@"), STR("`")));
    CU_ASSERT(str_c(NULL).p == NULL && str_c("ab").n == 2);
}

static void
test_prefix_and_suffix(void)
{
    CU_ASSERT(str_starts(STR("/api/v1"), STR("/api")) && str_starts(STR("a"), STR("")));
    CU_ASSERT(!str_starts(STR("/ap"), STR("/api")));
    CU_ASSERT(str_ends(STR("a.css"), STR(".css")) && !str_ends(STR("css"), STR(".css")));
    CU_ASSERT(str_ends(STR_NULL, STR("")));
}

static void
test_order_is_bytewise_shorter_first(void)
{
    CU_ASSERT(str_cmp(STR("a"), STR("b")) < 0 && str_cmp(STR("b"), STR("a")) > 0);
    CU_ASSERT(str_cmp(STR("a"), STR("ab")) < 0 && str_cmp(STR("ab"), STR("a")) > 0);
    CU_ASSERT(str_cmp(STR("\xff"), STR("a")) > 0);
    CU_ASSERT(str_cmp(STR_NULL, STR("")) == 0);
}

static void
test_trim_and_sub(void)
{
    CU_ASSERT(str_eq_c(str_trim(STR(" \t\r\n a b \v\f")), "a b"));
    CU_ASSERT(str_trim(STR("  ")).n == 0 && str_trim(STR_NULL).p == NULL);
    CU_ASSERT(str_eq_c(str_trim(STR("\xc2\xa0")), "\xc2\xa0"));
    CU_ASSERT(str_eq_c(str_sub(STR("hello"), 1, 3), "ell"));
    CU_ASSERT(str_eq_c(str_sub(STR("hello"), 3, SIZE_MAX), "lo"));
    CU_ASSERT(str_sub(STR("hello"), 9, 1).n == 0 && str_sub(STR("hello"), 5, 1).n == 0);
}

static void
test_cut(void)
{
    struct str h, t;

    CU_ASSERT(str_cut(STR("a=b=c"), '=', &h, &t));
    CU_ASSERT(str_eq_c(h, "a") && str_eq_c(t, "b=c"));
    CU_ASSERT(str_cut(STR("="), '=', &h, &t) && h.n == 0 && t.n == 0);
    CU_ASSERT(!str_cut(STR("ab"), '=', &h, &t) && str_eq_c(h, "ab") && t.n == 0);
    CU_ASSERT(str_chr(STR("ab"), 'b') == 1 && str_chr(STR("ab"), 'c') == SIZE_MAX);
}

static void
test_next_gives_every_piece(void)
{
    static const char *const want[] = {"a", "", "b", ""};
    struct str rest = STR("a,,b,"), one;
    size_t n = 0;

    while (str_next(&rest, ',', &one) && n < NELEM(want))
        CU_ASSERT(str_eq_c(one, want[n++]));
    CU_ASSERT_EQUAL(n, NELEM(want));
    rest = STR("");
    CU_ASSERT(str_next(&rest, ',', &one) && one.n == 0 && !str_next(&rest, ',', &one));
}

static bool
i64_is(const char *s, int64_t want)
{
    int64_t v = want ^ 1;

    return str_i64(str_c(s), &v) && v == want;
}

static void
test_integers_in_range_are_read(void)
{
    uint64_t u;

    CU_ASSERT(
        i64_is("0", 0) && i64_is("-0", 0) && i64_is("007", 7) && i64_is("-12", -12));
    CU_ASSERT(i64_is("9223372036854775807", INT64_MAX));
    CU_ASSERT(i64_is("-9223372036854775808", INT64_MIN));
    CU_ASSERT(str_u64(STR("18446744073709551615"), &u) && u == UINT64_MAX);
}

static void
test_what_is_no_integer_is_refused(void)
{
    static const char *const bad[] = {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x1",
        "--1", "9223372036854775808", "-9223372036854775809", "99999999999999999999",
        "\xd9\xa1"};
    int64_t v = 42;
    uint64_t u = 42;
    size_t i;

    for (i = 0; i < NELEM(bad); i++)
        CU_ASSERT_FALSE(str_i64(str_c(bad[i]), &v));
    CU_ASSERT(!str_u64(STR("18446744073709551616"), &u) && !str_u64(STR("-1"), &u));
    CU_ASSERT(!str_i64(STR_NULL, &v) && !str_i64(STR("1\0"), &v));
    CU_ASSERT(v == 42 && u == 42);
}

/* The bounds of each row of Unicode's table 3-7, and one step beyond them. */
static void
test_utf8_follows_the_table(void)
{
    static const char *const good[] = {"", "\x01", "\x7f", "\xc2\x80", "\xdf\xbf",
        "\xe0\xa0\x80", "\xec\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
        "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f",
        "\xc2\xc0", "\xe0\x9f\xbf", "\xe1\x80", "\xe1\x80\xc0", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf1\x80\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "a\xbf", "\xf0\x9f\x98"};
    size_t i;

    for (i = 0; i < NELEM(good); i++)
        CU_ASSERT(str_utf8_valid(str_c(good[i])));
    for (i = 0; i < NELEM(bad); i++)
        CU_ASSERT_FALSE(str_utf8_valid(str_c(bad[i])));
    CU_ASSERT_FALSE(str_utf8_valid(STR("a\0b")));
}

static void
test_utf8_count_and_cut(void)
{
    struct str s = STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");

    CU_ASSERT_EQUAL(str_utf8_count(s), 4);
    CU_ASSERT_EQUAL(str_utf8_cut(s, 10).n, 10);
    CU_ASSERT_EQUAL(str_utf8_cut(s, 9).n, 6);
    CU_ASSERT_EQUAL(str_utf8_cut(s, 5).n, 3);
    CU_ASSERT_EQUAL(str_utf8_cut(s, 2).n, 1);
    CU_ASSERT_EQUAL(str_utf8_cut(s, 0).n, 0);
    CU_ASSERT_EQUAL(str_utf8_step(str_sub(s, 3, 9)), 3);
    CU_ASSERT_EQUAL(str_utf8_step(str_sub(s, 4, 9)), 0);
}

/* Figures published with FNV-1a. */
static void
test_hash_is_fnv1a(void)
{
    CU_ASSERT_EQUAL(str_hash(STR("")), UINT64_C(0xcbf29ce484222325));
    CU_ASSERT_EQUAL(str_hash(STR("a")), UINT64_C(0xaf63dc4c8601ec8c));
    CU_ASSERT_EQUAL(str_hash(STR("foobar")), UINT64_C(0x85944171f73967e8));
}

/* Bytes written as "C2 A9" or "c2a9", or as they are. */
static size_t
bytes_of(const char *text, bool hex, char *out, size_t cap)
{
    char two[3] = "";
    size_t n = 0;

    if (!hex)
        return (size_t)snprintf(out, cap, "%s", text);
    while (*text != '\0' && *text != ':' && n < cap) {
        if (*text == ' ') {
            text++;
            continue;
        }
        memcpy(two, text, 2);
        out[n++] = (char)strtoul(two, NULL, 16);
        text += 2;
    }
    return n;
}

/* "num:valid:bytes", "num:valid hex:E2 80 90", "num:invalid hex:FF:...": 1 if it is a case. */
static size_t
utf8_case(char *line)
{
    bool valid = strstr(line, "invalid") == NULL, hex = strstr(line, " hex:") != NULL;
    char *text = strchr(line, ':'), bytes[256];
    struct str s;

    text = text != NULL ? strchr(text + 1, ':') : NULL;
    if (line[0] < '0' || line[0] > '9' || text == NULL)
        return 0;
    text[strcspn(text, "\r\n")] = '\0';
    s = (struct str){bytes, bytes_of(text + 1, hex, bytes, sizeof(bytes))};
    /* NUL is a character of UTF-8, and none that a text of ours may have. */
    valid = valid && memchr(s.p, '\0', s.n) == NULL;
    if (str_utf8_valid(s) != valid)
        (void)printf("utf8tests: %s\n", line);
    CU_ASSERT_EQUAL(str_utf8_valid(s), valid);
    return 1;
}

static void
test_utf8_vectors(void)
{
    char path[512], line[1024];
    size_t n = 0;
    FILE *f;

    if (!test_data("input/utf8tests.txt", path, sizeof(path)))
        return;
    f = fopen(path, "re");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    while (fgets(line, sizeof(line), f) != NULL)
        n += utf8_case(line);
    (void)fclose(f);
    CU_ASSERT(n > 200);
}

static void
test_every_printable_character(void)
{
    char path[512], command[600], *text;
    size_t n;
    FILE *f;

    if (!test_data("input/utf8_assigned_printable.txt.gz", path, sizeof(path)))
        return;
    (void)snprintf(command, sizeof(command), "exec gzip -dc '%s'", path);
    f = popen(command, "re"); /* NOLINT(cert-env33-c): a path of the test's own */
    text = malloc((size_t)4 << 20);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    n = fread(text, 1, (size_t)4 << 20, f);
    CU_ASSERT_EQUAL(pclose(f), 0);
    CU_ASSERT(n > 100000);
    CU_ASSERT_TRUE(str_utf8_valid((struct str){text, n}));
    CU_ASSERT(str_utf8_count((struct str){text, n}) > n / 4);
    free(text);
}

static CU_TestInfo tests[] = {
    {"equality", test_equality},
    {"prefix and suffix", test_prefix_and_suffix},
    {"order is bytewise, the shorter first", test_order_is_bytewise_shorter_first},
    {"trim and sub", test_trim_and_sub},
    {"cut", test_cut},
    {"next gives every piece", test_next_gives_every_piece},
    {"integers in range are read", test_integers_in_range_are_read},
    {"what is no integer is refused", test_what_is_no_integer_is_refused},
    {"UTF-8 follows the table", test_utf8_follows_the_table},
    {"UTF-8 count and cut", test_utf8_count_and_cut},
    {"the hash is FNV-1a", test_hash_is_fnv1a},
    {"UTF-8 is told from what is none", test_utf8_vectors},
    {"every printable character is taken", test_every_printable_character},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo str_suite = {"str", NULL, NULL, NULL, NULL, tests};
