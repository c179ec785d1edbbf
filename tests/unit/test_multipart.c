/* multipart/form-data: what browsers send is taken, byte for byte, and what they do not
 * is refused; with the vectors of python-multipart where they are there. */
#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#include "http/multipart.h"
#include "tar_each.h"

extern CU_SuiteInfo multipart_suite;

static struct arena *arena;
static struct fault flt;
static struct part *part;
static size_t n;

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
parse(const char *body)
{
    return multipart_parse(arena, STR("b"), str_c(body), &part, &n, &flt);
}

#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"

static void
test_boundary(void)
{
    static const char *const bad[] = {"", "multipart/form-data",
        "multipart/mixed; boundary=b",
        "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"b", "multipart/form-data; boundary=a b",
        "multipart/form-data boundary=b", "multipart/form-data; boundary=\"a\x01\"",
        "multipart/form-data; boundary=b; junk",
        "multipart/form-data; boundary="
        "12345678901234567890123456789012345678901234567890123456789012345678901"};
    struct str b;

    CU_ASSERT(multipart_boundary(
        STR("multipart/form-data; boundary=----WebKitFormBoundary7"), &b));
    CU_ASSERT(str_eq_c(b, "----WebKitFormBoundary7"));
    CU_ASSERT(multipart_boundary(
        STR("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""), &b));
    CU_ASSERT(str_eq_c(b, "a b"));
    for (size_t i = 0; i < NELEM(bad); i++)
        CU_ASSERT_FALSE(multipart_boundary(str_c(bad[i]), &b));
}

static void
test_parts(void)
{
    CU_ASSERT_EQUAL_FATAL(
        parse("--b\r\n" FIELD(
            "csrf") "\r\nabc\r\n--b\r\n"
                    "content-disposition: form-data; name=\"file\"; "
                    "filename=\"a%22b.jsonl\"\r\n"
                    "Content-Type: "
                    "application/jsonl\r\n\r\n{}\r\n--bb\r\n--b-x\r\n\r\n--b  \r\n" FIELD(
                        "empty") "\r\n\r\n--b--\r\nafterwards"),
        ERR_OK);
    CU_ASSERT_EQUAL_FATAL(n, 3);
    CU_ASSERT(str_eq_c(part[0].name, "csrf") && str_eq_c(part[0].data, "abc"));
    CU_ASSERT_PTR_NULL(part[0].filename.p);
    CU_ASSERT(str_eq_c(part[1].filename, "a\"b.jsonl"));
    CU_ASSERT(str_eq_c(part[1].type, "application/jsonl"));
    CU_ASSERT(str_eq_c(part[1].data, "{}\r\n--bb\r\n--b-x\r\n"));
    CU_ASSERT(str_eq_c(part[2].name, "empty"));
    CU_ASSERT_EQUAL(part[2].data.n, 0);
    CU_ASSERT_EQUAL_FATAL(parse("--b--"), ERR_OK);
    CU_ASSERT_EQUAL(n, 0);
}

static void
test_refuses(void)
{
    static const char *const bad[] = {"", "--", "--b", "--b\r\n", "--c\r\n", "x--b\r\n",
        "--b\r\n" FIELD("x"), "--b\r\n" FIELD("x") "\r\nabc",
        "--b\r\n" FIELD("x") "\r\nabc\r\n--b", "--b\r\n" FIELD("x") "\r\nabc--b--",
        "--b\r\n\r\nabc\r\n--b--", "--b\r\nContent-Type: text/plain\r\n\r\nabc\r\n--b--",
        "--b\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--b--",
        "--b\r\n" FIELD("") "\r\nabc\r\n--b--",
        "--b\r\n" FIELD("x") FIELD("y") "\r\nabc\r\n--b--",
        "--b\r\nContent-Disposition: attachment; name=\"x\"\r\n\r\nabc\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"x\r\n\r\nabc\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"x\" y\r\n\r\nabc\r\n--b--",
        "--b\r\n" FIELD("x") "Content-Transfer-Encoding: base64\r\n\r\nabcd\r\n--b--",
        "--b\r\n" FIELD("x\xff") "\r\nabc\r\n--b--",
        "--b\r\n" FIELD("x") "\r\n\xff\r\n--b--",
        "--b\r\n" FIELD("x") "no header\r\n\r\nabc\r\n--b--",
        "--b\r\n" FIELD("x") " folded: x\r\n\r\nabc\r\n--b--"};

    for (size_t i = 0; i < NELEM(bad); i++) {
        CU_ASSERT_EQUAL(parse(bad[i]), ERR_BAD);
        if (parse(bad[i]) != ERR_BAD)
            (void)printf("taken: %s\n", bad[i]);
    }
}

static void
test_any_bytes(void)
{
    static const char head[] =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n";
    char body[600];
    size_t at = sizeof(head) - 1;

    memcpy(body, head, at);
    for (int c = 0; c < 256; c++)
        body[at++] = (char)c;
    memcpy(body + at, "\r\n--b--", 7);
    CU_ASSERT_EQUAL_FATAL(
        multipart_parse(arena, STR("b"), (struct str){body, at + 7}, &part, &n, &flt),
        ERR_OK);
    CU_ASSERT_EQUAL(n, 1);
    CU_ASSERT_EQUAL(part[0].data.n, 256);
}

static void
test_bounds(void)
{
    char *body = arena_alloc(arena, 100000);
    size_t at = 0;

    for (int i = 0; i <= MULTIPART_PARTS_MAX; i++)
        at += (size_t)snprintf(
            body + at, 100000 - at, "--b\r\n" FIELD("x%d") "\r\n1\r\n", i);
    memcpy(body + at, "--b--", 6);
    CU_ASSERT_EQUAL(parse(body), ERR_BAD);
    at = (size_t)snprintf(body, 100000, "--b\r\n" FIELD("x"));
    for (int i = 0; i < 20; i++)
        at += (size_t)snprintf(body + at, 100000 - at, "X-%d: y\r\n", i);
    memcpy(body + at, "\r\n1\r\n--b--", 11);
    CU_ASSERT_EQUAL(parse(body), ERR_BAD);
}

/* --- the vectors: x.yaml says the boundary and "error:" or the parts' names, x.http is
 * it --- */

struct vector {
    char name[64];
    char boundary[80];
    bool refused;
    size_t parts;
};
static struct vector vectors[64];
static size_t vectors_n;

/* Ours refuses what these hold: transfer encodings, which no browser uses. */
static bool
encoded(const char *name)
{
    return strstr(name, "base64") != NULL || strstr(name, "quoted") != NULL ||
           strcmp(name, "mixed_case_headers") == 0;
}

static bool
stem(const char *path, const char *end, char *out, size_t cap)
{
    const char *base = strrchr(path, '/');
    size_t k;

    base = base != NULL ? base + 1 : path;
    k = strlen(base);
    if (k <= strlen(end) || strcmp(base + k - strlen(end), end) != 0)
        return false;
    (void)snprintf(out, cap, "%.*s", (int)(k - strlen(end)), base);
    return true;
}

static void
read_expected(void *arg, const char *path, struct str text)
{
    struct vector *v = &vectors[vectors_n];
    struct str line;

    (void)arg;
    if (vectors_n == NELEM(vectors) || !stem(path, ".yaml", v->name, sizeof(v->name)))
        return;
    *v->boundary = '\0';
    v->refused = false;
    v->parts = 0;
    while (str_next(&text, '\n', &line)) {
        line = str_trim(line);
        if (str_starts(line, STR("boundary: ")))
            (void)snprintf(
                v->boundary, sizeof(v->boundary), "%.*s", STR_F(str_sub(line, 10, 79)));
        v->refused |= str_starts(line, STR("error:"));
        v->parts += str_starts(line, STR("- name:"));
    }
    vectors_n++;
}

static void
judge(void *arg, const char *path, struct str body)
{
    char name[64];
    struct str boundary;
    enum err e;

    (void)arg;
    if (!stem(path, ".http", name, sizeof(name)))
        return;
    for (size_t i = 0; i < vectors_n; i++) {
        if (strcmp(vectors[i].name, name) != 0)
            continue;
        boundary = str_c(vectors[i].boundary);
        /* This one names its boundary with the two dashes that stand before it. */
        if (strcmp(name, "single_field_blocks") == 0)
            boundary = str_sub(boundary, 2, boundary.n);
        e = multipart_parse(arena, boundary, body, &part, &n, &flt);
        if (vectors[i].refused || encoded(name))
            CU_ASSERT_EQUAL(e, ERR_BAD);
        if (!vectors[i].refused && !encoded(name)) {
            CU_ASSERT_EQUAL(e, ERR_OK);
            CU_ASSERT(e != ERR_OK || n == vectors[i].parts);
        }
        if ((e != ERR_OK) != (vectors[i].refused || encoded(name)))
            (void)printf("%s: %s\n", name, e == ERR_OK ? "taken" : flt.detail);
    }
}

static void
test_vectors(void)
{
    vectors_n = 0;
    if (tar_each("http/multipart_test_data.tar.gz", read_expected, NULL) == 0)
        return;
    CU_ASSERT(vectors_n >= 30);
    CU_ASSERT(tar_each("http/multipart_test_data.tar.gz", judge, NULL) >= 60);
}

static CU_TestInfo tests[] = {
    {"the boundary of a Content-Type", test_boundary},
    {"fields and files, byte for byte", test_parts},
    {"what no browser sends is refused", test_refuses},
    {"a file has any bytes", test_any_bytes},
    {"parts and headers are bounded", test_bounds},
    {"python-multipart's vectors", test_vectors},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo multipart_suite = {"multipart", NULL, NULL, set_up, tear_down, tests};
