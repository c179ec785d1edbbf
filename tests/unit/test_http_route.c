/* Requests from parameters, and the router over a toy table. */
#include <CUnit/CUnit.h>

#include <string.h>

#include "base/log.h"
#include "http/front.h"
#include "http/route.h"

extern CU_SuiteInfo http_route_suite;

static struct arena *arena;
static struct router *router;
static struct req rq;
static struct resp rs;
static struct fault flt;

/* What the hooks do and saw. */
static struct principal who;
static enum err auth_result;
static int calls, authentications, done_calls;
static char seen[256];

static enum err
fake_authenticate(struct req *r, struct resp *s, struct fault *f)
{
    (void)f;
    authentications++;
    r->who = who;
    resp_header(s, "X-Auth", "seen");
    return auth_result;
}

static bool
fake_csrf_ok(struct req *r, struct str token)
{
    (void)r;
    return str_eq_c(token, "good");
}

static void
fake_error_page(struct req *r, struct resp *s, enum err e)
{
    (void)r;
    resp_bytes(s, err_status(e), "text/html", STR("<p>error page"));
}

static void
fake_done(struct req *r, struct resp *s, int64_t us)
{
    (void)r;
    (void)s;
    CU_ASSERT(us >= 0);
    done_calls++;
}

static enum err
echo(struct req *r, struct resp *s)
{
    struct buf b;

    calls++;
    buf_init_arena(&b, r->arena, sizeof(seen) - 1);
    buf_printf(&b, "%s|%.*s|%.*s", r->route->id, STR_F(r->param[0]), STR_F(r->param[1]));
    memcpy(seen, buf_cstr(&b), b.n + 1);
    resp_bytes(s, 200, "text/plain", buf_view(&b));
    return ERR_OK;
}

static enum err
fails(struct req *r, struct resp *s)
{
    (void)r;
    resp_header(s, "X-Half", "done");
    jout_obj(resp_json(s, 200));
    return fault_set(&s->fault, ERR_CONFLICT, "paid", "It is paid.");
}

static enum err
too_much(struct req *r, struct resp *s)
{
    static const char block[4096];
    size_t i;

    (void)r;
    for (i = 0; i <= RESP_BODY_MAX / sizeof(block); i++)
        buf_put(&s->body, block, sizeof(block));
    return ERR_OK;
}

static const struct field query[] = {
    {.name = "page", .type = F_I64, .min = 1, .max = 9}, {0}};
static const struct field in[] = {
    {.name = "n", .type = F_I64, .flags = FIELD_REQUIRED, .min = 1, .max = 9}, {0}};
static const struct field optional[] = {
    {.name = "n", .type = F_I64, .flags = FIELD_NULL, .min = 1, .max = 9}, {0}};

static const struct route table[] = {
    {M_GET, "/", echo, AUTH_NONE, ROUTE_PAGE, NULL, NULL, "home", ""},
    {M_GET, "/api/v1/things", echo, AUTH_NONE, 0, query, NULL, "list", ""},
    {M_POST, "/api/v1/things", echo, AUTH_OPTIONAL, 0, NULL, in, "add", ""},
    {M_GET, "/api/v1/things/{id}", echo, AUTH_NONE, 0, NULL, NULL, "get", ""},
    {M_DELETE, "/api/v1/things/{id}", echo, AUTH_USER, ROUTE_IF_MATCH, NULL, NULL, "del",
        ""},
    {M_GET, "/api/v1/things/best", echo, AUTH_NONE, 0, NULL, NULL, "best", ""},
    {M_PATCH, "/api/v1/things/{id}", echo, AUTH_STAFF, ROUTE_MERGE_PATCH, NULL, optional,
        "patch", ""},
    {M_POST, "/api/v1/things/{id}/ping", echo, AUTH_OPTIONAL, 0, NULL, NULL, "ping", ""},
    {M_GET, "/api/v1/admin", echo, AUTH_ADMIN, 0, NULL, NULL, "admin", ""},
    {M_POST, "/api/v1/fails", fails, AUTH_OPTIONAL, 0, NULL, NULL, "fails", ""},
    {M_GET, "/api/v1/big", too_much, AUTH_NONE, ROUTE_QUIET, NULL, NULL, "big", ""},
    {0},
};
static const struct route pages[] = {
    {M_GET, "/docs/", echo, AUTH_NONE, ROUTE_PAGE, query, NULL, "docs", ""},
    {M_GET, "/c/{path*}", echo, AUTH_NONE, ROUTE_PAGE, NULL, NULL, "category", ""},
    {M_GET, "/c/{a}/edit", echo, AUTH_NONE, ROUTE_PAGE, NULL, NULL, "edit", ""},
    {M_GET, "/u/{a}/x/{b}", echo, AUTH_NONE, ROUTE_PAGE, NULL, NULL, "two", ""},
    {M_GET, "/account", echo, AUTH_USER, ROUTE_PAGE, NULL, NULL, "account", ""},
    {M_POST, "/account", echo, AUTH_USER, ROUTE_PAGE, NULL, in, "save", ""},
    {M_POST, "/logout", echo, AUTH_OPTIONAL, ROUTE_PAGE, NULL, NULL, "logout", ""},
    {M_POST, "/open", echo, AUTH_OPTIONAL, ROUTE_PAGE | ROUTE_NO_CSRF, NULL, in, "open",
        ""},
    {0},
};

static void
set_up(void)
{
    static const struct route *const tables[] = {table, pages};
    static const struct router_hooks hooks = {fake_authenticate, fake_csrf_ok,
        fake_error_page, .done = fake_done, .cors_origins = "https://a.example https://b.example"};

    log_init(LOG_LVL_ERROR, 2);
    arena = arena_new(4096);
    router = router_new(tables, NELEM(tables), &hooks, NULL);
    memset(&who, 0, sizeof(who));
    auth_result = ERR_OK;
    calls = authentications = done_calls = 0;
    seen[0] = '\0';
}

static void
tear_down(void)
{
    router_free(router);
    arena_free(arena);
    log_init(LOG_LVL_INFO, 2);
}

static void
sign_in(const char *role, bool by_cookie)
{
    who.user_id = 7;
    who.by_cookie = by_cookie;
    memcpy(who.role, role, strlen(role) + 1);
}

/* A request with up to two more parameters and a body; the status of its answer. */
static int
ask(const char *method, const char *uri, const char *type, const char *body,
    const char *h1, const char *h2)
{
    char *const env[] = {
        arena_cstr(arena, arena_printf(arena, "REQUEST_METHOD=%s", method)),
        arena_cstr(arena, arena_printf(arena, "REQUEST_URI=%s", uri)),
        arena_cstr(arena, STR("HTTP_HOST=shop.example:8080")),
        arena_cstr(
            arena, arena_printf(arena, "CONTENT_TYPE=%s", type != NULL ? type : "")),
        h1 != NULL ? arena_cstr(arena, str_c(h1)) : NULL,
        h2 != NULL ? arena_cstr(arena, str_c(h2)) : NULL, NULL};
    enum err e;

    resp_init(&rs, arena);
    e = req_build(&rq, arena, env, str_c(body != NULL ? body : ""), &rs.fault);
    if (e != ERR_OK)
        return err_status(e);
    router_handle(router, &rq, &rs);
    return rs.status;
}

static int
get(const char *uri)
{
    return ask("GET", uri, NULL, NULL, NULL, NULL);
}

static bool
head_has(const char *line)
{
    return strstr(buf_cstr(&rs.head), line) != NULL;
}

static bool
body_has(const char *text)
{
    return strstr(buf_cstr(&rs.body), text) != NULL;
}

static void
test_matching(void)
{
    static const struct {
        const char *uri;
        int status;
        const char *seen;
    } cases[] = {
        {"/", 200, "home||"},
        {"/?x=1", 200, "home||"},
        {"/api/v1/things", 200, "list||"},
        {"/api/v1/thi%6Egs", 200, "list||"},
        {"/api/v1/things/", 404, ""},
        {"/api/v1/things/7", 200, "get|7|"},
        {"/api/v1/things/a%20%2Fb", 200, "get|a /b|"},
        {"/api/v1/things/best", 200, "best||"},
        {"/api/v1/things/7/", 404, ""},
        {"/api/v1/things/..", 404, ""},
        {"/api/v1/things/%2e%2E", 404, ""},
        {"/api/v1//things", 404, ""},
        {"//", 404, ""},
        {"/nothing", 404, ""},
        {"/docs", 404, ""},
        {"/docs/", 200, "docs||"},
        {"/c", 404, ""},
        {"/c/", 404, ""},
        {"/c/a", 200, "category|a|"},
        {"/c/a/b%20c/d", 200, "category|a/b c/d|"},
        {"/c/a/edit", 200, "edit|a|"},
        {"/c/a//b", 404, ""},
        {"/c/a/b/", 404, ""},
        {"/u/1/x/2", 200, "two|1|2"},
        {"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s", 404, ""},
        {"/%", 400, ""},
        {"/%zz", 400, ""},
        {"/a%00b", 400, ""},
        {"/%ff", 400, ""},
        {"", 400, ""},
        {"x", 400, ""},
    };
    size_t i;

    for (i = 0; i < NELEM(cases); i++) {
        seen[0] = '\0';
        CU_ASSERT_EQUAL(get(cases[i].uri), cases[i].status);
        CU_ASSERT_STRING_EQUAL(seen, cases[i].seen);
    }
}

static void
test_methods(void)
{
    CU_ASSERT_EQUAL(ask("HEAD", "/api/v1/things", NULL, NULL, NULL, NULL), 200);
    CU_ASSERT_STRING_EQUAL(seen, "list||");
    CU_ASSERT_EQUAL(ask("PUT", "/api/v1/things", NULL, NULL, NULL, NULL), 405);
    CU_ASSERT(head_has("Allow: GET, HEAD, POST, OPTIONS\r\n"));
    CU_ASSERT_EQUAL(ask("BREW", "/api/v1/things", NULL, NULL, NULL, NULL), 405);
    CU_ASSERT_EQUAL(ask("OPTIONS", "/api/v1/things/7", NULL, NULL, NULL, NULL), 204);
    CU_ASSERT(head_has("Allow: GET, HEAD, PATCH, DELETE, OPTIONS\r\n"));
    CU_ASSERT_EQUAL(rs.body.n, 0);
    /* The static sibling has no DELETE, the parameter has. */
    who.user_id = 7;
    CU_ASSERT_EQUAL(
        ask("DELETE", "/api/v1/things/best", NULL, NULL, "HTTP_IF_MATCH=\"1\"", NULL),
        200);
    CU_ASSERT_STRING_EQUAL(seen, "del|best|");
    CU_ASSERT_EQUAL(ask("OPTIONS", "/nowhere", NULL, NULL, NULL, NULL), 404);
}

static void
test_errors_are_pages_or_problems(void)
{
    CU_ASSERT_EQUAL(get("/nothing"), 404);
    CU_ASSERT(body_has("<p>error page"));
    CU_ASSERT_EQUAL(get("/api/v1/nothing"), 404);
    CU_ASSERT_STRING_EQUAL(rs.type, "application/problem+json");
    CU_ASSERT_EQUAL(ask("POST", "/docs/", NULL, NULL, NULL, NULL), 405);
    CU_ASSERT(body_has("<p>error page"));
    CU_ASSERT(head_has("Allow: GET, HEAD, OPTIONS\r\n"));
    CU_ASSERT_EQUAL(done_calls, 3);
}

static void
test_failed_handler_leaves_nothing(void)
{
    CU_ASSERT_EQUAL(ask("POST", "/api/v1/fails", NULL, NULL, NULL, NULL), 409);
    CU_ASSERT_FALSE(head_has("X-Half"));
    CU_ASSERT(head_has("X-Auth: seen\r\n"));
    CU_ASSERT(body_has("\"/problems/paid\""));
    CU_ASSERT(body_has("It is paid."));
    CU_ASSERT_EQUAL(get("/api/v1/big"), 500);
    CU_ASSERT(rs.body.n < 1000);
}

static void
test_who_may(void)
{
    CU_ASSERT_EQUAL(get("/api/v1/things"), 200);
    CU_ASSERT_EQUAL(authentications, 0);
    CU_ASSERT_EQUAL(get("/api/v1/admin"), 401);
    CU_ASSERT(head_has("WWW-Authenticate: Bearer realm=\"souk\"\r\n"));
    sign_in("customer", false);
    CU_ASSERT_EQUAL(get("/api/v1/admin"), 403);
    CU_ASSERT_EQUAL(ask("PATCH", "/api/v1/things/7", NULL, NULL, NULL, NULL), 403);
    sign_in("staff", false);
    CU_ASSERT_EQUAL(get("/api/v1/admin"), 403);
    CU_ASSERT_EQUAL(ask("PATCH", "/api/v1/things/7", NULL, NULL, NULL, NULL), 200);
    sign_in("admin", false);
    CU_ASSERT_EQUAL(get("/api/v1/admin"), 200);
    CU_ASSERT_EQUAL(ask("PATCH", "/api/v1/things/7", NULL, NULL, NULL, NULL), 200);
    auth_result = ERR_AUTH;
    CU_ASSERT_EQUAL(
        ask("POST", "/api/v1/things", "application/json", "{\"n\":1}", NULL, NULL), 401);
    auth_result = ERR_UPSTREAM;
    CU_ASSERT_EQUAL(get("/api/v1/admin"), 503);
    CU_ASSERT(head_has("Retry-After: 1\r\n"));
}

static void
test_guest_on_a_page_signs_in(void)
{
    CU_ASSERT_EQUAL(get("/account?a=b&c=%20d"), 303);
    CU_ASSERT(head_has("Location: /login?next=%2Faccount%3Fa%3Db%26c%3D%2520d\r\n"));
    CU_ASSERT(head_has("X-Auth: seen\r\n"));
    CU_ASSERT_EQUAL(ask("POST", "/account", NULL, NULL, NULL, NULL), 401);
    CU_ASSERT(body_has("<p>error page"));
    CU_ASSERT_EQUAL(calls, 0);
}

static void
test_if_match_is_required(void)
{
    sign_in("customer", false);
    CU_ASSERT_EQUAL(ask("DELETE", "/api/v1/things/7", NULL, NULL, NULL, NULL), 428);
    CU_ASSERT_EQUAL(
        ask("DELETE", "/api/v1/things/7", NULL, NULL, "HTTP_IF_MATCH=", NULL), 428);
    CU_ASSERT_EQUAL(calls, 0);
}

static void
test_json_bodies(void)
{
    static const struct {
        const char *type, *body;
        int status;
    } cases[] = {
        {"application/json", "{\"n\":1}", 200},
        {"Application/JSON; charset=UTF-8", "{\"n\":1}", 200},
        {"application/json;charset=\"utf-8\"", "{\"n\":1}", 200},
        {"application/json; charset=latin1", "{\"n\":1}", 415},
        {"application/jsonx", "{\"n\":1}", 415},
        {"application/merge-patch+json", "{\"n\":1}", 415},
        {"text/plain", "{\"n\":1}", 415},
        {NULL, "{\"n\":1}", 415},
        {"application/json", "", 400},
        {"application/json", "{", 400},
        {"application/json", "{\"n\":1,\"n\":2}", 400},
        {"application/json", "{\"n\":1} x", 400},
        {"application/json", "{\"n\":\"\xff\"}", 400},
        {"application/json", "[1]", 422},
        {"application/json", "{\"n\":0}", 422},
        {"application/json", "{\"n\":1,\"m\":1}", 422},
        {"application/json", "{}", 422},
    };
    size_t i;

    for (i = 0; i < NELEM(cases); i++)
        CU_ASSERT_EQUAL(
            ask("POST", "/api/v1/things", cases[i].type, cases[i].body, NULL, NULL),
            cases[i].status);
    CU_ASSERT_EQUAL(calls, 3);
    CU_ASSERT_EQUAL(
        ask("POST", "/api/v1/things/7/ping", "x/y", "ignored {", NULL, NULL), 415);
    CU_ASSERT_EQUAL(ask("POST", "/api/v1/things/7/ping", "application/json", "ignored {", NULL,
                        NULL),
        200);
    sign_in("admin", false);
    CU_ASSERT_EQUAL(ask("PATCH", "/api/v1/things/7", NULL, "", NULL, NULL), 200);
    CU_ASSERT_EQUAL(ask("PATCH", "/api/v1/things/7", "application/merge-patch+json",
                        "{\"n\":null}", NULL, NULL),
        200);
    CU_ASSERT_PTR_NOT_NULL(jin_get_type(rq.in, "n", J_NULL));
}

static void
test_queries(void)
{
    CU_ASSERT_EQUAL(get("/api/v1/things?page=3"), 200);
    CU_ASSERT_EQUAL(jin_i64(rq.query, "page", 0), 3);
    CU_ASSERT_EQUAL(get("/api/v1/things?page=0"), 422);
    CU_ASSERT(body_has("\"?page\""));
    CU_ASSERT_EQUAL(get("/api/v1/things?x=1"), 422);
    CU_ASSERT(body_has("\"unknown\""));
    CU_ASSERT_EQUAL(get("/api/v1/things/7?x=1"), 422);
    CU_ASSERT_EQUAL(get("/api/v1/things?page=%"), 400);
    CU_ASSERT_EQUAL(get("/docs/?utm_source=x&page=2"), 200);
    CU_ASSERT_EQUAL(get("/docs/?page=x"), 422);
    CU_ASSERT_PTR_NOT_NULL(rq.in);
}

static void
test_forms_need_their_token(void)
{
    const char *type = "application/x-www-form-urlencoded";

    sign_in("customer", true);
    CU_ASSERT_EQUAL(ask("POST", "/account", type, "n=1&csrf=good", NULL, NULL), 200);
    CU_ASSERT_EQUAL(rq.in->n, 1);
    CU_ASSERT_EQUAL(ask("POST", "/account", type, "n=1&csrf=bad", NULL, NULL), 403);
    CU_ASSERT_EQUAL(ask("POST", "/account", type, "n=1", NULL, NULL), 403);
    CU_ASSERT_EQUAL(ask("POST", "/account", type, "csrf=good", NULL, NULL), 422);
    CU_ASSERT_EQUAL(
        ask("POST", "/account", "text/plain", "n=1&csrf=good", NULL, NULL), 415);
    CU_ASSERT_EQUAL(ask("POST", "/logout", type, "csrf=good&more=1", NULL, NULL), 200);
    CU_ASSERT_EQUAL(ask("POST", "/logout", NULL, "", NULL, NULL), 403);
    CU_ASSERT_EQUAL(ask("POST", "/logout", "text/plain", "csrf=good", NULL, NULL), 415);
    CU_ASSERT_EQUAL(ask("POST", "/open", type, "n=1", NULL, NULL), 200);
    CU_ASSERT_EQUAL(calls, 3);
}

static void
test_foreign_forms_are_refused(void)
{
    const char *type = "application/x-www-form-urlencoded", *body = "n=1&csrf=good";

    sign_in("customer", true);
    CU_ASSERT_EQUAL(
        ask("POST", "/account", type, body, "HTTP_SEC_FETCH_SITE=cross-site", NULL), 403);
    CU_ASSERT_EQUAL(
        ask("POST", "/account", type, body, "HTTP_ORIGIN=https://evil.example", NULL),
        403);
    CU_ASSERT_EQUAL(ask("POST", "/account", type, body, "HTTP_ORIGIN=null", NULL), 403);
    CU_ASSERT_EQUAL(
        ask("POST", "/account", type, body, "HTTP_ORIGIN=http://shop.example:8080", NULL),
        200);
    CU_ASSERT_EQUAL(ask("POST", "/account", type, body, "HTTP_ORIGIN=null",
                        "HTTP_SEC_FETCH_SITE=same-origin"),
        200);
    CU_ASSERT_EQUAL(
        ask("POST", "/open", type, "n=1", "HTTP_SEC_FETCH_SITE=cross-site", NULL), 403);
}

static void
test_cookie_calls_need_evidence(void)
{
    const char *type = "application/json", *body = "{\"n\":1}";

    CU_ASSERT_EQUAL(ask("POST", "/api/v1/things", type, body, NULL, NULL), 200);
    sign_in("customer", false);
    CU_ASSERT_EQUAL(ask("POST", "/api/v1/things", type, body, NULL, NULL), 200);
    sign_in("customer", true);
    CU_ASSERT_EQUAL(ask("POST", "/api/v1/things", type, body, NULL, NULL), 403);
    CU_ASSERT(body_has("/problems/csrf"));
    CU_ASSERT_EQUAL(ask("POST", "/api/v1/things", type, body,
                        "HTTP_SEC_FETCH_SITE=same-origin", NULL),
        200);
    CU_ASSERT_EQUAL(
        ask("POST", "/api/v1/things", type, body, "HTTP_SEC_FETCH_SITE=same-site", NULL),
        403);
    CU_ASSERT_EQUAL(ask("POST", "/api/v1/things", type, body,
                        "HTTP_ORIGIN=https://shop.example:8080", NULL),
        200);
    CU_ASSERT_EQUAL(ask("POST", "/api/v1/things", type, body,
                        "HTTP_ORIGIN=https://shop.example", NULL),
        403);
    CU_ASSERT_EQUAL(
        ask("POST", "/api/v1/things", type, body, "HTTP_X_CSRF_TOKEN=good", NULL), 200);
    CU_ASSERT_EQUAL(
        ask("POST", "/api/v1/things", type, body, "HTTP_X_CSRF_TOKEN=no", NULL), 403);
    CU_ASSERT_EQUAL(get("/api/v1/things"), 200);
}

/* A guest is known by a cookie, which a foreign page makes the browser send as well. */
static void
test_guests_calls_from_other_sites(void)
{
    const char *type = "application/json", *body = "{\"n\":1}", *uri = "/api/v1/things";
    const char *cookie = "HTTP_COOKIE=guest=abc", *evil = "HTTP_ORIGIN=https://evil.example";

    CU_ASSERT_EQUAL(ask("POST", uri, type, body, cookie, evil), 403);
    CU_ASSERT_EQUAL(
        ask("POST", uri, type, body, cookie, "HTTP_SEC_FETCH_SITE=cross-site"), 403);
    CU_ASSERT_EQUAL(ask("POST", uri, type, body, cookie, NULL), 200);
    CU_ASSERT_EQUAL(ask("POST", uri, type, body, evil, NULL), 200);
    CU_ASSERT_EQUAL(
        ask("POST", uri, type, body, evil, "HTTP_AUTHORIZATION=Bearer x"), 200);
}

static void
test_build_reads_parameters(void)
{
    static char long_path[2100] = "REQUEST_URI=/";
    char *env[] = {(char[]){"REQUEST_METHOD=POST"}, (char[]){"REQUEST_URI=/a%20b?x=1"},
        (char[]){"QUERY_STRING=x=1"}, (char[]){"REMOTE_ADDR=192.0.2.1"},
        (char[]){"HTTPS=on"}, (char[]){"HTTP_X_REQUEST_ID=abc.1_-Z"},
        (char[]){"CONTENT_TYPE="}, NULL};

    CU_ASSERT_EQUAL_FATAL(req_build(&rq, arena, env, STR("body"), &flt), ERR_OK);
    CU_ASSERT_EQUAL(rq.method, M_POST);
    CU_ASSERT(str_eq_c(rq.path, "/a%20b"));
    CU_ASSERT(str_eq_c(rq.query_text, "x=1"));
    CU_ASSERT(str_eq_c(rq.ip, "192.0.2.1"));
    CU_ASSERT(str_eq_c(rq.id, "abc.1_-Z"));
    CU_ASSERT(rq.secure);
    CU_ASSERT_PTR_NULL(rq.content_type.p);
    CU_ASSERT(str_eq_c(req_header(&rq, "x-request-id"), "abc.1_-Z"));
    CU_ASSERT_PTR_NULL(req_header(&rq, "X-Request").p);
    env[5] = (char[]){"HTTP_X_REQUEST_ID=a b"};
    CU_ASSERT_EQUAL_FATAL(req_build(&rq, arena, env, STR(""), &flt), ERR_OK);
    CU_ASSERT_EQUAL(rq.id.n, 16);
    memset(long_path + strlen(long_path), 'a', 2048);
    env[1] = long_path;
    CU_ASSERT_EQUAL(req_build(&rq, arena, env, STR(""), &flt), ERR_BAD);
    long_path[strlen("REQUEST_URI=") + 2048] = '\0';
    CU_ASSERT_EQUAL(req_build(&rq, arena, env, STR(""), &flt), ERR_OK);
}

static void
test_build_refuses_contradictions(void)
{
    static const char *const twice[] = {"HTTP_AUTHORIZATION=x", "HTTP_IDEMPOTENCY_KEY=x",
        "HTTP_IF_MATCH=x", "HTTP_IF_NONE_MATCH=x", "HTTP_X_CART_TOKEN=x", "HTTP_COOKIE=x",
        "HTTP_HOST=x", "HTTP_X_REQUEST_ID=x", "CONTENT_TYPE=x", "CONTENT_LENGTH=0",
        "HTTP_CONTENT_TYPE=x", "HTTP_CONTENT_LENGTH=0"};
    char *env[] = {
        (char[]){"REQUEST_METHOD=GET"}, (char[]){"REQUEST_URI=/"}, NULL, NULL, NULL};
    size_t i;

    for (i = 0; i < NELEM(twice); i++) {
        env[2] = env[3] = arena_cstr(arena, str_c(twice[i]));
        CU_ASSERT_EQUAL(req_build(&rq, arena, env, STR(""), &flt), ERR_BAD);
        CU_ASSERT(rq.id.n > 0);
        env[3] = NULL;
        CU_ASSERT_EQUAL(req_build(&rq, arena, env, STR(""), &flt), ERR_OK);
    }
    /* Found by the fuzzer: a name without a value was read beyond its end. */
    env[2] = env[3] = (char[]){"HTTP_IF_MATCH"};
    CU_ASSERT_EQUAL(req_build(&rq, arena, env, STR(""), &flt), ERR_OK);
    CU_ASSERT_PTR_NULL(req_header(&rq, "If-Match").p);
    env[2] = (char[]){"CONTENT_TYPE=a/b"};
    env[3] = (char[]){"HTTP_CONTENT_TYPE=a/c"};
    CU_ASSERT_EQUAL(req_build(&rq, arena, env, STR(""), &flt), ERR_BAD);
    env[3] = (char[]){"HTTP_CONTENT_TYPE=a/b"};
    CU_ASSERT_EQUAL(req_build(&rq, arena, env, STR(""), &flt), ERR_OK);
}

static void
test_param_ids(void)
{
    int64_t id;

    CU_ASSERT_EQUAL(get("/api/v1/things/42"), 200);
    CU_ASSERT_EQUAL(req_param_id(&rq, 0, &id), ERR_OK);
    CU_ASSERT_EQUAL(id, 42);
    CU_ASSERT_EQUAL(get("/api/v1/things/-42"), 200);
    CU_ASSERT_EQUAL(req_param_id(&rq, 0, &id), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(req_param_id(&rq, 1, &id), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(req_param_id(&rq, REQ_PARAMS_MAX, &id), ERR_NOT_FOUND);
}

static void
test_routes_are_listed(void)
{
    CU_ASSERT_STRING_EQUAL(router_route(router, 0)->id, "home");
    CU_ASSERT_STRING_EQUAL(router_route(router, NELEM(table) - 1)->id, "docs");
    CU_ASSERT_PTR_NULL(router_route(router, NELEM(table) + NELEM(pages) - 2));
}

static void
test_accept_is_heeded_by_the_api_alone(void)
{
    CU_ASSERT_EQUAL(
        ask("GET", "/api/v1/things", NULL, NULL, "HTTP_ACCEPT=text/html", NULL), 406);
    CU_ASSERT(body_has("not_acceptable"));
    CU_ASSERT_EQUAL(
        ask("GET", "/api/v1/things", NULL, NULL,
            "HTTP_ACCEPT=text/html, application/*;q=0.2", NULL),
        200);
    CU_ASSERT_EQUAL(ask("GET", "/api/v1/things", NULL, NULL,
                        "HTTP_ACCEPT=application/json;q=0, */*", NULL),
        406);
    CU_ASSERT_EQUAL(ask("GET", "/docs/", NULL, NULL, "HTTP_ACCEPT=image/png", NULL), 200);
}

static void
test_other_sites_may_read_if_they_are_listed(void)
{
    CU_ASSERT_EQUAL(ask("GET", "/api/v1/things", NULL, NULL,
                        "HTTP_ORIGIN=https://b.example", NULL),
        200);
    CU_ASSERT(head_has("Access-Control-Allow-Origin: https://b.example\r\n"));
    CU_ASSERT(head_has("Vary: Origin\r\n"));
    CU_ASSERT_FALSE(head_has("Credentials"));
    CU_ASSERT_EQUAL(ask("GET", "/api/v1/nothing", NULL, NULL,
                        "HTTP_ORIGIN=https://b.example", NULL),
        404);
    CU_ASSERT(head_has("Access-Control-Allow-Origin"));
    CU_ASSERT_EQUAL(ask("OPTIONS", "/api/v1/things", NULL, NULL,
                        "HTTP_ORIGIN=https://a.example",
                        "HTTP_ACCESS_CONTROL_REQUEST_METHOD=POST"),
        204);
    CU_ASSERT(head_has("Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n"));
    CU_ASSERT_EQUAL(
        ask("GET", "/api/v1/things", NULL, NULL, "HTTP_ORIGIN=https://c.example", NULL),
        200);
    CU_ASSERT_FALSE(head_has("Access-Control"));
    CU_ASSERT(head_has("Vary: Origin"));
    CU_ASSERT_EQUAL(
        ask("GET", "/docs/", NULL, NULL, "HTTP_ORIGIN=https://a.example", NULL), 200);
    CU_ASSERT_FALSE(head_has("Access-Control"));
}

static CU_TestInfo tests[] = {
    {"Accept is heeded by the API alone", test_accept_is_heeded_by_the_api_alone},
    {"other sites may read if they are listed",
        test_other_sites_may_read_if_they_are_listed},
    {"paths find their routes and nothing else does", test_matching},
    {"HEAD, OPTIONS and 405 with Allow", test_methods},
    {"errors are pages or problems", test_errors_are_pages_or_problems},
    {"a failed handler leaves nothing in the answer", test_failed_handler_leaves_nothing},
    {"roles are asked for", test_who_may},
    {"a guest on a page is sent to sign in and back", test_guest_on_a_page_signs_in},
    {"If-Match is required where a route says so", test_if_match_is_required},
    {"JSON bodies: media type, syntax, fields", test_json_bodies},
    {"queries: strict for the API, lenient for pages", test_queries},
    {"forms need their token", test_forms_need_their_token},
    {"forms from other sites are refused", test_foreign_forms_are_refused},
    {"API calls of a guest's cookie from other sites are refused",
        test_guests_calls_from_other_sites},
    {"API calls signed by a cookie need evidence of origin",
        test_cookie_calls_need_evidence},
    {"a request is read from its parameters", test_build_reads_parameters},
    {"contradicting headers are refused", test_build_refuses_contradictions},
    {"path parameters as ids", test_param_ids},
    {"all routes are listed in order", test_routes_are_listed},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo http_route_suite = {"http_route", NULL, NULL, set_up, tear_down, tests};
