/* Every route below /api/v1 is described, and every problem once. */
#include <CUnit/CUnit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/jin.h"
#include "ops/api_doc.h"
#include "ops/problem.h"
#include "routes.h"

extern CU_SuiteInfo api_suite;

static struct router *router;

static int
api_init(void)
{
    const struct router_hooks hooks = {.done = NULL};

    router = router_new(all_routes, all_routes_n, &hooks, NULL);
    return 0;
}

static int
api_done(void)
{
    router_free(router);
    return 0;
}

static void
every_route_is_described(void)
{
    struct buf why;

    buf_init(&why, 1 << 20);
    CU_ASSERT_EQUAL(openapi_lacks(router, &api_info, &why), 0);
    if (why.n > 0)
        (void)printf("\n%s", buf_cstr(&why));
    buf_done(&why);
}

static enum err
toy_get(struct req *rq, struct resp *rs)
{
    (void)rq;
    (void)rs;
    return ERR_OK;
}

static void
a_route_without_description_is_refused(void)
{
    static const struct route toys[] = {
        {.method = M_GET,
            .pattern = "/api/v1/products/toys",
            .fn = toy_get,
            .id = "getToys",
            .summary = "Toys",
            .errors = "no_such_problem"},
        {.pattern = NULL},
    };
    static const struct route *const tables[] = {toys};
    const struct router_hooks hooks = {.done = NULL};
    struct router *r = router_new(tables, 1, &hooks, NULL);
    struct buf why;

    buf_init(&why, 1 << 16);
    CU_ASSERT(openapi_lacks(r, &api_info, &why) > 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_cstr(&why), "no status of success"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_cstr(&why), "no such problem: no_such_problem"));
    buf_done(&why);
    router_free(r);
}

static void
the_document_is_json(void)
{
    struct api_doc *doc = api_doc_new(router);
    struct arena *a = arena_new(1 << 16);
    struct jval *v;

    CU_ASSERT_FALSE(doc->text.overflow);
    CU_ASSERT_EQUAL(jin_parse(a, buf_view(&doc->text), &v, NULL), ERR_OK);
    CU_ASSERT_PTR_NOT_NULL(jin_get(jin_get(v, "paths"), "/products/{id}"));
    arena_free(a);
    api_doc_free(doc);
}

static void
every_error_has_its_problem_once(void)
{
    const struct problem_type *p, *q;
    int e;

    for (p = problem_types; p->slug != NULL; p++)
        for (q = problem_types; q != p; q++)
            CU_ASSERT_STRING_NOT_EQUAL(p->slug, q->slug);
    for (e = ERR_OK + 1; e < ERR__MAX; e++) {
        p = problem_type_find(str_c(err_slug((enum err)e)));
        CU_ASSERT(p != NULL && err_status(p->err) == err_status((enum err)e));
    }
}

/* They are the labels of metrics: one each, whatever is asked for. */
static void
every_route_has_a_label_of_its_own(void)
{
    struct route_book *b = route_book_new();
    const char *const *labels = route_book_labels(b);
    const struct route *rt;
    size_t n, all = 0;

    while (labels[all] != NULL)
        all++;
    for (n = 0; (rt = router_route(router, n)) != NULL; n++) {
        CU_ASSERT_EQUAL(route_book_number(b, rt), n);
        CU_ASSERT_PTR_NOT_NULL(strstr(labels[n], rt->pattern));
    }
    for (size_t i = 0; i < all; i++)
        for (size_t j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(labels[i], labels[j]);
    CU_ASSERT(n < all); /* the provider's, and the last: what matches none */
    CU_ASSERT_EQUAL(route_book_number(b, NULL), all - 1);
    CU_ASSERT_STRING_EQUAL(labels[all - 1], "method=\"any\",route=\"unmatched\"");
    route_book_free(b);
}

static void
every_route_has_an_id_of_its_own(void)
{
    const struct route *rt, *other;

    for (size_t n = 0; (rt = router_route(router, n)) != NULL; n++)
        for (size_t i = 0; i < n && (other = router_route(router, i)) != NULL; i++)
            CU_ASSERT_STRING_NOT_EQUAL(other->id, rt->id);
}

static CU_TestInfo tests[] = {
    {"every route has an id of its own", every_route_has_an_id_of_its_own},
    {"every route has a label of its own", every_route_has_a_label_of_its_own},
    {"every route is described", every_route_is_described},
    {"a route without description is refused", a_route_without_description_is_refused},
    {"the document is JSON", the_document_is_json},
    {"every error has its problem once", every_error_has_its_problem_once},
    CU_TEST_INFO_NULL,
};

CU_SuiteInfo api_suite = {.pName = "api",
    .pInitFunc = api_init,
    .pCleanupFunc = api_done,
    .pTests = tests};
