/* Answers: headers that cannot be broken out of, cookies, validators, paging, problems.
 */
#include <CUnit/CUnit.h>

#include <string.h>

#include "http/resp.h"
#include "http/front.h"
#include "http/route.h"

extern CU_SuiteInfo http_resp_suite;

static struct arena *arena;
static struct resp rs;
static struct req rq;

static void
set_up(void)
{
    arena = arena_new(4096);
    resp_init(&rs, arena);
    memset(&rq, 0, sizeof(rq));
    rq.arena = arena;
}

static void
tear_down(void)
{
    arena_free(arena);
}

static void
build(char *const *env)
{
    struct fault flt;

    CU_ASSERT_EQUAL_FATAL(req_build(&rq, arena, env, STR(""), &flt), ERR_OK);
}

static bool
head_has(const char *line)
{
    return strstr(buf_cstr(&rs.head), line) != NULL;
}

static void
test_header_cannot_be_split(void)
{
    resp_header(&rs, "X-Name", "%s", "a\r\nSet-Cookie: x=1\n");
    CU_ASSERT_STRING_EQUAL(buf_cstr(&rs.head), "X-Name: aSet-Cookie: x=1\r\n");
}

static void
test_headers_are_found(void)
{
    CU_ASSERT_FALSE(resp_has(&rs, "Cache-Control"));
    resp_header(&rs, "X-Note", "Cache-Control: no-store");
    CU_ASSERT_FALSE(resp_has(&rs, "Cache-Control"));
    resp_header(&rs, "Cache-Control", "no-store");
    CU_ASSERT_TRUE(resp_has(&rs, "cache-control"));
    CU_ASSERT_FALSE(resp_has(&rs, "Cache"));
}

static void
test_redirect_stays_here(void)
{
    static const struct {
        const char *to, *line;
    } cases[] = {
        {"/cart?a=b", "Location: /cart?a=b\r\n"},
        {"//evil.example", "Location: /\r\n"},
        {"/\\evil.example", "Location: /\r\n"},
        {"https://evil.example", "Location: /\r\n"},
        {"", "Location: /\r\n"},
        {"/a\r\nX: y", "Location: /a%0D%0AX:%20y\r\n"},
        {"/\xc3\xa4", "Location: /%C3%A4\r\n"},
    };
    size_t i;

    for (i = 0; i < NELEM(cases); i++) {
        buf_clear(&rs.head);
        resp_redirect(&rs, "%s", cases[i].to);
        CU_ASSERT_EQUAL(rs.status, 303);
        CU_ASSERT_STRING_EQUAL(buf_cstr(&rs.head), cases[i].line);
    }
}

static void
test_cookie_flags(void)
{
    resp_cookie(&rs, &rq, "session", STR("a;b c\"d"), 60);
    CU_ASSERT_STRING_EQUAL(buf_cstr(&rs.head),
        "Set-Cookie: session=abcd; Path=/; HttpOnly; SameSite=Lax; Max-Age=60\r\n");
    buf_clear(&rs.head);
    rq.secure = true;
    resp_cookie(&rs, &rq, "session", STR("x"), -1);
    CU_ASSERT_STRING_EQUAL(buf_cstr(&rs.head),
        "Set-Cookie: __Host-session=x; Path=/; HttpOnly; SameSite=Lax; Secure\r\n");
    buf_clear(&rs.head);
    resp_cookie(&rs, &rq, "session", STR("x"), 0);
    CU_ASSERT(head_has("__Host-session=; "));
    CU_ASSERT(head_has("Max-Age=0\r\n"));
    CU_ASSERT_STRING_EQUAL(resp_cookie_name(&rq, "session"), "__Host-session");
}

static void
test_not_modified(void)
{
    static const struct {
        const char *method, *header;
        bool same;
    } cases[] = {
        {"REQUEST_METHOD=GET", "HTTP_IF_NONE_MATCH=\"v1\"", true},
        {"REQUEST_METHOD=HEAD", "HTTP_IF_NONE_MATCH=W/\"v1\"", true},
        {"REQUEST_METHOD=GET", "HTTP_IF_NONE_MATCH=\"a,b\" , W/\"v0\",\"v1\"", true},
        {"REQUEST_METHOD=GET", "HTTP_IF_NONE_MATCH= * ", true},
        {"REQUEST_METHOD=GET", "HTTP_IF_NONE_MATCH=\"v10\"", false},
        {"REQUEST_METHOD=GET", "HTTP_IF_NONE_MATCH=v1", false},
        {"REQUEST_METHOD=GET", "HTTP_IF_NONE_MATCH=\"v1", false},
        {"REQUEST_METHOD=GET", "HTTP_IF_NONE_MATCH=W/", false},
        {"REQUEST_METHOD=GET", "HTTP_X=1", false},
        {"REQUEST_METHOD=PUT", "HTTP_IF_NONE_MATCH=\"v1\"", false},
    };
    char method[64], header[64];
    char *env[] = {method, header, (char[]){"REQUEST_URI=/x"}, NULL};
    size_t i;

    for (i = 0; i < NELEM(cases); i++) {
        memcpy(method, cases[i].method, strlen(cases[i].method) + 1);
        memcpy(header, cases[i].header, strlen(cases[i].header) + 1);
        build(env);
        resp_init(&rs, arena);
        resp_bytes(&rs, 200, "text/plain", STR("body"));
        CU_ASSERT_EQUAL(resp_not_modified(&rs, &rq, "v1"), cases[i].same);
        CU_ASSERT_EQUAL(rs.status, cases[i].same ? 304 : 200);
        CU_ASSERT_EQUAL(rs.body.n, cases[i].same ? 0u : 4u);
        CU_ASSERT(head_has("ETag: \"v1\"\r\n"));
    }
}

static void
test_page_links(void)
{
    char *env[] = {(char[]){"REQUEST_METHOD=GET"},
        (char[]){"REQUEST_URI=/p?q=a%20b&page=2&x=\"><y>&per_page=10"},
        (char[]){"QUERY_STRING=q=a%20b&page=2&x=\"><y>&per_page=10"}, NULL};

    build(env);
    resp_link_pages(&rs, &rq, (struct paging){.page = 2, .per_page = 10}, 31);
    CU_ASSERT(head_has(
        "Link: </p?q=a%20b&x=%22%3E%3Cy%3E&per_page=10&page=1>; rel=\"first\", "));
    CU_ASSERT(head_has("&page=1>; rel=\"prev\""));
    CU_ASSERT(head_has("&page=3>; rel=\"next\""));
    CU_ASSERT(head_has("&page=4>; rel=\"last\"\r\n"));
    buf_clear(&rs.head);
    resp_link_pages(&rs, &rq, (struct paging){.page = 4, .per_page = 10}, 31);
    CU_ASSERT_FALSE(head_has("next"));
    buf_clear(&rs.head);
    resp_link_pages(&rs, &rq, (struct paging){.page = 1, .per_page = 10}, 0);
    CU_ASSERT_FALSE(head_has("next"));
    CU_ASSERT_FALSE(head_has("prev"));
    CU_ASSERT(head_has("page=1>; rel=\"last\""));
}

static const struct jval *
problem_parsed(void)
{
    struct jval *v = NULL;
    struct fault flt;

    CU_ASSERT_STRING_EQUAL(rs.type, "application/problem+json");
    CU_ASSERT_EQUAL_FATAL(jin_parse(arena, buf_view(&rs.body), &v, &flt), ERR_OK);
    return v;
}

static void
test_problem_has_fields(void)
{
    const struct jval *v, *errors;

    rq.id = STR("id-1");
    fault_field(&rs.fault, "/items/0", "out_of_stock", "Only %d left.", 2);
    fault_extra_str(&rs.fault, "sku", STR("A\"1"));
    fault_extra_i64(&rs.fault, "available", 2);
    (void)fault_set(&rs.fault, ERR_CONFLICT, "out_of_stock", "Not enough.");
    problem_write(&rs, &rq, ERR_CONFLICT);
    v = problem_parsed();
    CU_ASSERT_EQUAL(rs.status, 409);
    CU_ASSERT(str_eq_c(jin_str(v, "type"), "/problems/out_of_stock"));
    CU_ASSERT_EQUAL(jin_i64(v, "status", 0), 409);
    CU_ASSERT(str_eq_c(jin_str(v, "detail"), "Not enough."));
    CU_ASSERT(str_eq_c(jin_str(v, "instance"), "id-1"));
    errors = jin_get(v, "errors");
    CU_ASSERT_EQUAL_FATAL(errors->n, 1);
    CU_ASSERT(str_eq_c(jin_str(&errors->v[0], "sku"), "A\"1"));
    CU_ASSERT_EQUAL(jin_i64(&errors->v[0], "available", 0), 2);
    CU_ASSERT(head_has("Cache-Control: no-store\r\n"));
    CU_ASSERT_FALSE(head_has("Retry-After"));
}

static void
test_problem_5xx_tells_nothing(void)
{
    (void)fault_set(&rs.fault, ERR_INTERNAL, "", "SELECT secret FROM users");
    problem_write(&rs, &rq, ERR_INTERNAL);
    CU_ASSERT_PTR_NULL(strstr(buf_cstr(&rs.body), "SELECT"));
    CU_ASSERT_PTR_NOT_NULL(jin_get(problem_parsed(), "detail"));
    problem_write(&rs, &rq, ERR_UPSTREAM);
    CU_ASSERT(head_has("Retry-After: 1\r\n"));
    CU_ASSERT_PTR_NULL(strstr(buf_cstr(&rs.body), "SELECT"));
}

static void
test_problem_401_challenges(void)
{
    char *env[] = {(char[]){"REQUEST_METHOD=GET"}, (char[]){"REQUEST_URI=/"},
        (char[]){"HTTP_AUTHORIZATION=bearer abc"}, NULL};

    problem_write(&rs, &rq, ERR_AUTH);
    CU_ASSERT(head_has("WWW-Authenticate: Bearer realm=\"souk\"\r\n"));
    build(env);
    problem_write(&rs, &rq, ERR_AUTH);
    CU_ASSERT(head_has("realm=\"souk\", error=\"invalid_token\"\r\n"));
}

static CU_TestInfo tests[] = {
    {"a header value cannot start another header", test_header_cannot_be_split},
    {"a header line is found by its name", test_headers_are_found},
    {"a redirect stays on this site", test_redirect_stays_here},
    {"cookies have their flags and prefix", test_cookie_flags},
    {"If-None-Match: lists, weak tags, star", test_not_modified},
    {"Link headers keep the query and replace the page", test_page_links},
    {"a problem names its fields with extra members", test_problem_has_fields},
    {"a problem of ours tells nothing", test_problem_5xx_tells_nothing},
    {"401 challenges; a bad token is called one", test_problem_401_challenges},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo http_resp_suite = {"http_resp", NULL, NULL, set_up, tear_down, tests};
