/* For those who run the shop: is it alive, is it ready, what does it count; nginx' question
 * whether somebody may see the admin's pages; what a problem's type means. */
#include "account/account_http.h"
#include "base/log.h"
#include "db/migrate.h"
#include "ops/api_doc.h"
#include "ops/ops_metrics.h"
#include "ops/problem.h"
#include "routes.h"
#include "web/page.h"


/* 200 while the process answers. */
static enum err
healthz_get(struct req *rq, struct resp *rs)
{
    (void)rq;
    resp_bytes(rs, 200, "text/plain; charset=utf-8", STR("ok\n"));
    resp_header(rs, "Cache-Control", "no-store");
    return ERR_OK;
}

/* 200 when the database is there and at this program's version; else 503. */
static enum err
readyz_get(struct req *rq, struct resp *rs)
{
    char msg[256] = "the database cannot be reached";
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = migrate_check(db,
            arena_printf(rq->arena, "%s/sql", app_of(rq)->set.share_dir).p, msg, sizeof(msg));
    if (e != ERR_OK) {
        log_warn("ops", "event=not_ready why=\"%s\"", msg);
        return fault_set(&rs->fault, ERR_UPSTREAM, "not_ready", "Not ready to serve.");
    }
    resp_bytes(rs, 200, "text/plain; charset=utf-8", STR("ready\n"));
    resp_header(rs, "Cache-Control", "no-store");
    return ERR_OK;
}

/* Prometheus' text format. nginx lets only loopback and a configured list through. */
static enum err
metrics_get(struct req *rq, struct resp *rs)
{
    struct buf b;

    buf_init_arena(&b, rq->arena, OPS_METRICS_MAX);
    ops_metrics_write(&app_of(rq)->meter, app_of(rq)->set.state_dir, &b);
    resp_bytes(rs, 200, "text/plain; version=0.0.4; charset=utf-8", buf_view(&b));
    resp_header(rs, "Cache-Control", "no-store");
    return ERR_OK;
}

/* nginx' auth_request: 204 for staff and admins, 401 or 403 for others. Anyone may ask which
 * methods there are: a browser asks so before a call, without credentials. */
static enum err
auth_check_get(struct req *rq, struct resp *rs)
{
    struct str role;
    enum err e;

    resp_empty(rs, 204);
    if (str_eq_c(req_env(rq, "SOUK_METHOD"), "OPTIONS"))
        return ERR_OK;
    if ((e = account_peek(rq)) != ERR_OK)
        return e;
    role = str_c(rq->who.role);
    if (!str_eq_c(role, "admin") && !str_eq_c(role, "staff"))
        return ERR_FORBIDDEN;
    return ERR_OK;
}

/* The page behind a problem's "type". */
static enum err
problem_get(struct req *rq, struct resp *rs)
{
    const struct problem_type *p = problem_type_find(rq->param[0]);
    struct tval *t = tval_obj(rq->arena), *list;

    if (p == NULL)
        return ERR_NOT_FOUND;
    tval_set_c(rq->arena, t, "title", err_title(p->err));
    tval_set_str(rq->arena, t, "slug", rq->param[0]);
    tval_set_fmt(rq->arena, t, "type", "/problems/%s", p->slug);
    tval_set_i64(rq->arena, t, "status", err_status(p->err));
    list = tval_add_arr(rq->arena, t, "meaning");
    tval_push(rq->arena, list, tval_str(rq->arena, str_c(p->meaning)));
    tval_set_bool(rq->arena, t, "has_fixes", p->mend != NULL);
    list = tval_add_arr(rq->arena, t, "fixes");
    if (p->mend != NULL)
        tval_push(rq->arena, list, tval_str(rq->arena, str_c(p->mend)));
    tval_set_bool(rq->arena, t, "example", false);
    return page_send(rq, rs, 200, "problem_type", t);
}

/* The API's description: 200, 304. */
static enum err
openapi_get(struct req *rq, struct resp *rs)
{
    const struct api_doc *doc = app_of(rq)->api_doc;

    if (doc == NULL)
        return ERR_NOT_FOUND;
    if (!resp_not_modified(rs, rq, doc->tag))
        resp_bytes(rs, 200, "application/json", buf_view(&doc->text));
    return ERR_OK;
}

static const struct field openapi_fields[] = {
    {.name = "openapi", .type = F_STR, .example = "\"3.1.0\""},
    {.name = "info", .type = F_ANY, .example = "{\"title\":\"Souk\"}"},
    {.name = "servers", .type = F_ANY, .example = "[]"},
    {.name = "tags", .type = F_ANY, .example = "[]"},
    {.name = "paths", .type = F_ANY, .example = "{}"},
    {.name = "components", .type = F_ANY, .example = "{}"},
    {.name = NULL},
};
static const struct schema openapi_schema = {
    "OpenApiDocument", "A document of OpenAPI 3.1.", openapi_fields};

const struct route ops_routes[] = {
    {M_GET, "/healthz", healthz_get, AUTH_NONE, ROUTE_QUIET, NULL, NULL, "healthz", "Alive"},
    {M_GET, "/readyz", readyz_get, AUTH_NONE, ROUTE_QUIET, NULL, NULL, "readyz", "Ready"},
    {M_GET, "/metrics", metrics_get, AUTH_NONE, ROUTE_QUIET, NULL, NULL, "metrics",
        "Prometheus metrics"},
    {M_GET, "/internal/auth/staff", auth_check_get, AUTH_NONE, ROUTE_QUIET, NULL, NULL,
        "authCheck", "May this client see the back office?"},
    {M_GET, "/problems/{slug}", problem_get, AUTH_OPTIONAL, ROUTE_PAGE, NULL, NULL,
        "getProblem", "What a problem means"},
    {.method = M_GET,
        .pattern = "/api/v1/openapi.json",
        .fn = openapi_get,
        .auth = AUTH_NONE,
        .flags = ROUTE_ETAG,
        .id = "getOpenApi",
        .summary = "This document",
        .status = 200,
        .out = &openapi_schema,
        .cache = "no-cache"},
    {.pattern = NULL},
};
