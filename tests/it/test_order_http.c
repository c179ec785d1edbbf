/* The API of cart and orders through the router, on a real database: statuses, problems
 * and shapes of the contract, for guests, accounts and the shop's people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base/log.h"
#include "http/front.h"
#include "http/route.h"
#include "it.h"
#include "it_pay.h"
#include "it_shop.h"
#include "order/order_till.h"
#include "routes.h"

static struct app app;
static struct router *router;
static struct resp rs;
static const struct jval *out; /* the answer's body */

/* What the next requests carry; "" for none. */
static struct principal me;
static char key[300], token[80];

static enum err
fake_authenticate(struct req *rq, struct resp *r, struct fault *f)
{
    (void)r;
    (void)f;
    rq->who = me;
    return ERR_OK;
}

static bool
fake_csrf(struct req *rq, struct str t)
{
    (void)rq;
    (void)t;
    return true;
}

static void
fake_page(struct req *rq, struct resp *r, enum err e)
{
    (void)rq;
    resp_bytes(r, err_status(e), "text/html", STR("page"));
}

static char *
env_line(const char *name, const char *value)
{
    return arena_cstr(shop_ar, arena_printf(shop_ar, "%s=%s", name, value));
}

/* Send it; the status. */
static int
call(const char *method, const char *path, const char *body)
{
    struct req *rq = arena_calloc(shop_ar, 1, sizeof(*rq));
    char *env[10];
    struct jval *parsed;
    struct fault flt;
    size_t n = 0;

    env[n++] = env_line("REQUEST_METHOD", method);
    env[n++] = env_line("REQUEST_URI", path);
    env[n++] = env_line("REMOTE_ADDR", "127.0.0.1");
    env[n++] = env_line("HTTP_HOST", "shop.test");
    if (body != NULL)
        env[n++] = env_line("CONTENT_TYPE", "application/json");
    if (key[0] != '\0')
        env[n++] = env_line("HTTP_IDEMPOTENCY_KEY", key);
    if (token[0] != '\0')
        env[n++] = env_line("HTTP_X_CART_TOKEN", token);
    env[n] = NULL;
    fault_clear(&flt);
    resp_init(&rs, shop_ar);
    CU_ASSERT_EQUAL_FATAL(req_build(rq, shop_ar, env, str_c(body), &flt), ERR_OK);
    router_handle(router, rq, &rs);
    out = NULL;
    if (rs.body.n > 0 && jin_parse(shop_ar, buf_view(&rs.body), &parsed, &flt) == ERR_OK)
        out = parsed;
    return rs.status;
}

static bool
head_has(const char *text)
{
    return strstr(buf_cstr(&rs.head), text) != NULL;
}

static bool
problem_is(const char *slug)
{
    struct str t = jin_str(out, "type");

    return str_ends(t, str_c(slug));
}

/* The code of the first field error. */
static struct str
first_code(void)
{
    const struct jval *e = jin_get_type(out, "errors", J_ARRAY);

    return e != NULL && e->n > 0 ? jin_str(&e->v[0], "code") : STR_NULL;
}

static const char *
path_of(const char *fmt, struct str id)
{
    struct buf b;

    buf_init_arena(&b, shop_ar, 256);
    for (; *fmt != '\0'; fmt++) {
        if (*fmt == '#')
            buf_str(&b, id);
        else
            buf_char(&b, *fmt);
    }
    return buf_cstr(&b);
}

#define ADDRESS                                                                          \
    "\"shipping_address\":{\"name\":\"A\",\"line1\":\"L\",\"city\":\"C\","               \
    "\"postal_code\":\"P\",\"country\":\"us\"}"

static const char *
order_body(const struct goods *g, int quantity, const char *more)
{
    return arena_printf(shop_ar,
        "{\"items\":[{\"sku\":\"%s\",\"quantity\":%d}]," ADDRESS "%s}", g->sku, quantity,
        more)
        .p;
}

/* Keep the guest token that the last answer gave. */
static void
keep_token(void)
{
    static const char name[] = "X-Cart-Token: ";
    const char *p = strstr(buf_cstr(&rs.head), name);
    struct str value, rest;

    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    str_cut(str_c(p + strlen(name)), '\r', &value, &rest);
    snprintf(token, sizeof(token), "%.*s", STR_F(value));
}

static void
fresh_key(void)
{
    static int n;

    snprintf(key, sizeof(key), "key-%d", ++n);
}

static void
test_up(void)
{
    shop_test_up();
    me = (struct principal){.user_id = 0};
    key[0] = token[0] = '\0';
}

static void
sign_in(int64_t id, const char *role)
{
    me = (struct principal){.user_id = id, .session_id = 1};
    snprintf(me.role, sizeof(me.role), "%s", role);
}

static void
test_guest_cart(void)
{
    struct goods g = goods_new(1999, 3);
    struct str id;
    const char *body;

    CU_ASSERT_EQUAL(call("GET", "/api/v1/cart", NULL), 200);
    CU_ASSERT_EQUAL(jin_get(out, "items")->n, 0);
    CU_ASSERT_FALSE(head_has("Set-Cookie"));
    body = arena_printf(shop_ar, "{\"sku\":\"%s\",\"quantity\":2}", g.sku).p;
    CU_ASSERT_EQUAL_FATAL(call("POST", "/api/v1/cart", body), 201);
    CU_ASSERT_EQUAL(jin_i64(jin_get(out, "line_total"), "amount", 0), 3998);
    id = jin_str(out, "id");
    CU_ASSERT(id.n > 0);
    keep_token();
    CU_ASSERT_EQUAL(call("POST", "/api/v1/cart", body), 409);
    CU_ASSERT(problem_is("out_of_stock"));
    CU_ASSERT_EQUAL(call("PUT", path_of("/api/v1/cart/#", id), "{\"quantity\":3}"), 200);
    CU_ASSERT_EQUAL(jin_i64(out, "quantity", 0), 3);
    CU_ASSERT_EQUAL(
        call("PUT", path_of("/api/v1/cart/#", id), "{\"quantity\":1.5}"), 422);
    CU_ASSERT_EQUAL(call("GET", "/api/v1/cart", NULL), 200);
    CU_ASSERT_EQUAL(jin_i64(jin_get(out, "subtotal"), "amount", 0), 5997);
    CU_ASSERT_EQUAL(call("DELETE", path_of("/api/v1/cart/#", id), NULL), 204);
    CU_ASSERT_EQUAL(call("DELETE", path_of("/api/v1/cart/#", id), NULL), 404);
    CU_ASSERT_EQUAL(
        call("POST", "/api/v1/cart", "{\"sku\":\"nope\",\"quantity\":1}"), 404);
    CU_ASSERT(problem_is("unknown_sku"));
    CU_ASSERT_EQUAL(call("POST", "/api/v1/cart", "{\"sku\":\"nope\"}"), 422);
}

static void
test_bad_orders(void)
{
    struct goods g = goods_new(500, 3);
    const char *good = order_body(&g, 1, ",\"email\":\"a@example.com\"");
    int i;

    CU_ASSERT_EQUAL(call("POST", "/api/v1/orders", good), 400);
    CU_ASSERT(problem_is("idempotency_key_required"));
    for (i = 0; i < 256; i++)
        key[i] = 'k';
    key[i] = '\0';
    CU_ASSERT_EQUAL(call("POST", "/api/v1/orders", good), 400);
    fresh_key();
    CU_ASSERT_EQUAL(call("POST", "/api/v1/orders", order_body(&g, 1, "")), 422);
    CU_ASSERT(str_eq(first_code(), STR("required")));
    CU_ASSERT_EQUAL(call("POST", "/api/v1/orders", order_body(&g, 0, "")), 422);
    CU_ASSERT_EQUAL(
        call("POST", "/api/v1/orders", order_body(&g, 1, ",\"price\":1")), 422);
    CU_ASSERT_EQUAL(call("POST", "/api/v1/orders", "{\"items\":["), 400);
    CU_ASSERT_EQUAL(
        call("POST", "/api/v1/orders", "{" ADDRESS ",\"email\":\"a@example.com\"}"), 422);
    CU_ASSERT(problem_is("empty_cart"));
    CU_ASSERT_EQUAL(call("POST", "/api/v1/orders",
                        order_body(&g, 1,
                            ",\"email\":\"a@example.com\",\"expected_total\":"
                            "{\"amount\":1,\"currency\":\"USD\"}")),
        409);
    CU_ASSERT(problem_is("cart_changed"));
    CU_ASSERT_EQUAL(goods_left(&g), 3);
}

static void
test_guest_orders_and_pays(void)
{
    struct goods g = goods_new(500, 3);
    const char *body = order_body(&g, 2, ",\"email\":\"Guest@example.com\"");
    struct str id, first;

    fresh_key();
    CU_ASSERT_EQUAL_FATAL(call("POST", "/api/v1/orders", body), 201);
    first = arena_str(shop_ar, buf_view(&rs.body));
    id = jin_str(out, "id");
    CU_ASSERT(head_has("Location: /api/v1/orders/"));
    CU_ASSERT_FALSE(head_has("Idempotent-Replayed"));
    CU_ASSERT(str_eq(jin_str(out, "status"), STR("pending")));
    CU_ASSERT_EQUAL(jin_i64(jin_get(out, "total"), "amount", 0), 1000);
    CU_ASSERT(jin_str(out, "expires_at").n > 0);
    /* The answer was lost: the same request, still without a token, then with it. */
    CU_ASSERT_EQUAL(call("POST", "/api/v1/orders", body), 201);
    CU_ASSERT(head_has("Idempotent-Replayed: true"));
    CU_ASSERT(head_has("Location: /api/v1/orders/"));
    CU_ASSERT(str_eq(first, buf_view(&rs.body)));
    CU_ASSERT_EQUAL(call("GET", path_of("/api/v1/orders/#", id), NULL), 404);
    call("POST", "/api/v1/orders", body);
    keep_token();
    CU_ASSERT_EQUAL(call("POST", "/api/v1/orders", body), 201);
    CU_ASSERT(str_eq(first, buf_view(&rs.body)));
    CU_ASSERT_EQUAL(call("POST", "/api/v1/orders",
                        order_body(&g, 1, ",\"email\":\"Guest@example.com\"")),
        422);
    CU_ASSERT(problem_is("idempotency_key_reused"));
    CU_ASSERT_EQUAL(goods_left(&g), 1);
    CU_ASSERT_EQUAL(call("GET", path_of("/api/v1/orders/#", id), NULL), 200);
    CU_ASSERT_EQUAL(call("POST", path_of("/api/v1/orders/#/pay", id),
                        "{\"method\":\"simulated\",\"outcome\":\"decline\"}"),
        402);
    CU_ASSERT(problem_is("payment_declined"));
    CU_ASSERT_EQUAL(
        call("POST", path_of("/api/v1/orders/#/pay", id), "{\"method\":\"cash\"}"), 422);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(call("POST", path_of("/api/v1/orders/#/pay", id),
                            "{\"method\":\"simulated\"}"),
            200);
        CU_ASSERT(str_eq(jin_str(out, "status"), STR("paid")));
    }
    CU_ASSERT_EQUAL(call("GET", "/api/v1/orders?per_page=5", NULL), 200);
    CU_ASSERT_EQUAL(jin_i64(out, "total", 0), 1);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(call("POST", path_of("/api/v1/orders/#/cancel", id), NULL), 200);
        CU_ASSERT(str_eq(jin_str(out, "status"), STR("cancelled")));
    }
    CU_ASSERT_EQUAL(goods_left(&g), 3);
    CU_ASSERT_EQUAL(
        call("POST", path_of("/api/v1/orders/#/pay", id), "{\"method\":\"simulated\"}"),
        200);
    CU_ASSERT(head_has("Idempotent-Replayed: true"));
    fresh_key();
    CU_ASSERT_EQUAL(
        call("POST", path_of("/api/v1/orders/#/pay", id), "{\"method\":\"simulated\"}"),
        409);
    CU_ASSERT(problem_is("not_payable"));
}

static void
test_account_orders_from_its_cart(void)
{
    struct shopper user = account_new();
    struct goods g = goods_new(700, 3);

    sign_in(user.account_id, "customer");
    CU_ASSERT_EQUAL(
        call("POST", "/api/v1/cart",
            arena_printf(shop_ar, "{\"sku\":\"%s\",\"quantity\":3}", g.sku).p),
        201);
    fresh_key();
    CU_ASSERT_EQUAL_FATAL(call("POST", "/api/v1/orders", "{" ADDRESS "}"), 201);
    CU_ASSERT(str_ends(jin_str(out, "email"), STR("@example.com")));
    CU_ASSERT_EQUAL(call("GET", "/api/v1/cart", NULL), 200);
    CU_ASSERT_EQUAL(jin_get(out, "items")->n, 0);
    /* Signed out, it is not there; nor is the back office for a customer. */
    CU_ASSERT_EQUAL(call("GET", "/api/v1/orders", NULL), 200);
    CU_ASSERT_EQUAL(jin_i64(out, "total", 0), 1);
    CU_ASSERT_EQUAL(call("GET", "/api/v1/admin/orders", NULL), 403);
    me.user_id = 0;
    CU_ASSERT_EQUAL(call("GET", "/api/v1/orders", NULL), 200);
    CU_ASSERT_EQUAL(jin_i64(out, "total", 0), 0);
    CU_ASSERT_EQUAL(call("GET", "/api/v1/admin/orders", NULL), 401);
}

static void
test_back_office(void)
{
    struct shopper who = guest_new(shop_ar);
    struct goods g = goods_new(1000, 5);
    int64_t order_id = order_new(&who, &g, 2);
    struct str id = arena_printf(shop_ar, "%" PRId64, order_id), first;
    const char *ship = path_of("/api/v1/admin/orders/#/ship", id);
    const char *refund = path_of("/api/v1/admin/orders/#/refund", id);
    const char *part = "{\"amount\":{\"amount\":300,\"currency\":\"USD\"}}";

    sign_in(1, "staff");
    CU_ASSERT_EQUAL(call("POST", ship, "{\"carrier\":\"DHL\",\"tracking\":\"1\"}"), 409);
    CU_ASSERT(problem_is("not_shippable"));
    CU_ASSERT_EQUAL(
        pay_now(shop_db, shop_ar, NULL, order_id, true, &rs.fault), ERR_OK);
    CU_ASSERT_EQUAL(call("POST", ship, "{\"carrier\":\"DHL\"}"), 422);
    CU_ASSERT_EQUAL(call("POST", ship, "{\"carrier\":\"DHL\",\"tracking\":\"1\"}"), 200);
    CU_ASSERT(str_eq(jin_str(jin_get(out, "shipment"), "carrier"), STR("DHL")));
    CU_ASSERT_EQUAL(jin_get(out, "events")->n, 3);
    CU_ASSERT_EQUAL(jin_get(out, "payments")->n, 1);
    CU_ASSERT_EQUAL(
        call("POST", path_of("/api/v1/admin/orders/#/cancel", id), NULL), 409);
    CU_ASSERT_EQUAL(call("POST", refund, part), 403);
    sign_in(2, "admin");
    fresh_key();
    CU_ASSERT_EQUAL(call("POST", refund, part), 200);
    first = arena_str(shop_ar, buf_view(&rs.body));
    CU_ASSERT_EQUAL(call("POST", refund, part), 200);
    CU_ASSERT(head_has("Idempotent-Replayed: true"));
    CU_ASSERT(str_eq(first, buf_view(&rs.body)));
    CU_ASSERT_EQUAL(call("POST", refund, "{}"), 422);
    fresh_key();
    CU_ASSERT_EQUAL(
        call("POST", refund, "{\"amount\":{\"amount\":1,\"currency\":\"EUR\"}}"), 422);
    CU_ASSERT_EQUAL(
        call("POST", refund, "{\"amount\":{\"amount\":1701,\"currency\":\"USD\"}}"), 409);
    CU_ASSERT(problem_is("not_refundable"));
    CU_ASSERT_EQUAL(call("POST", refund, NULL), 200);
    CU_ASSERT(str_eq(jin_str(out, "status"), STR("refunded")));
    CU_ASSERT_EQUAL(
        call("GET", "/api/v1/admin/orders?status=refunded&q=buyer@", NULL), 200);
    CU_ASSERT(jin_i64(out, "total", 0) >= 1);
    CU_ASSERT_EQUAL(call("GET", "/api/v1/admin/orders?status=lost", NULL), 422);
    CU_ASSERT_EQUAL(call("GET", "/api/v1/admin/orders/1", NULL), 404);
    CU_ASSERT_EQUAL(call("GET", "/api/v1/admin/orders/x", NULL), 404);
    CU_ASSERT_EQUAL(
        call("GET", "/api/v1/admin/orders?after=9223372036854775807&per_page=1", NULL),
        200);
    CU_ASSERT(head_has("rel=\"next\""));
}

static int
up(void)
{
    static const struct route *const tables[] = {
        cart_routes, order_routes, order_admin_routes, order_deed_routes};
    static const struct router_hooks hooks = {
        .authenticate = fake_authenticate, .csrf_ok = fake_csrf, .error_page = fake_page};
    static char currency[] = "USD";

    shop_up();
    log_init(LOG_LVL_ERROR, 2);
    app.db = shop_pool();
    app.till = till_new(app.db);
    app.pay = pay_test_desk;
    app.set.currency = currency;
    app.set.hold_s = 1800;
    app.set.guest_days = 30;
    app.keys.n = 1;
    app.keys.k[0].n = 32;
    router = router_new(tables, NELEM(tables), &hooks, &app);
    return 0;
}

static int
down(void)
{
    arena_reset(shop_ar);
    router_free(router);
    till_free(app.till);
    return shop_down();
}

static CU_TestInfo tests[] = {
    {"a guest's cart", test_guest_cart},
    {"bad orders", test_bad_orders},
    {"a guest orders and pays", test_guest_orders_and_pays},
    {"an account orders from its cart", test_account_orders_from_its_cart},
    {"the back office", test_back_office},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"order_http", up, down, test_up, shop_test_down, tests};

    return it_main(&s);
}
