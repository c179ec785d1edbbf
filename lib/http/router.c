/* From a request to its answer: the route's own checks in one fixed order, the handler,
 * and errors turned into answers in one place.  Knows no FastCGI and no shop; who asks
 * and how error pages look come from the program's hooks. */
#include "http/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/form.h"
#include "http/negotiate.h"
#include "http/problem.h"
#include "http/route_input.h"
#include "http/route_tree.h"

#define LOG_PATH_MAX 200
#define SLOW_US 100000 /* logged wherever the answer came from */

struct router {
    struct route_node *root;
    const struct route **list;
    size_t n;
    struct router_hooks hooks;
    void *app;
};

static void
router_add(struct router *r, const struct route *rt)
{
    if (!route_tree_add(r->root, rt)) {
        log_error("http", "route %s %s cannot be added: twice the same, or a bad pattern",
            method_text(rt->method), rt->pattern);
        abort();
    }
    r->list[r->n++] = rt;
}

struct router *
router_new(
    const struct route *const *tables, size_t n, const struct router_hooks *h, void *app)
{
    struct router *r = calloc(1, sizeof(*r));
    const struct route *rt;
    size_t i, count = 0;

    for (i = 0; i < n; i++)
        for (rt = tables[i]; rt->pattern != NULL; rt++)
            count++;
    if (r != NULL)
        r->list = calloc(count + 1, sizeof(const struct route *));
    if (r == NULL || r->list == NULL)
        abort();
    r->root = route_tree_new();
    r->hooks = *h;
    r->app = app;
    for (i = 0; i < n; i++)
        for (rt = tables[i]; rt->pattern != NULL; rt++)
            router_add(r, rt);
    return r;
}

void
router_free(struct router *r)
{
    if (r == NULL)
        return;
    route_tree_free(r->root);
    free(r->list);
    free(r);
}

const struct route *
router_route(const struct router *r, size_t i)
{
    return i < r->n ? r->list[i] : NULL;
}

/* All that a path knows: HEAD comes with GET, OPTIONS with any. */
static unsigned
methods_known(unsigned methods)
{
    if ((methods & 1u << M_GET) != 0)
        methods |= 1u << M_HEAD;
    return methods | 1u << M_OPTIONS;
}

static void
put_allow(struct resp *rs, unsigned methods)
{
    struct buf b;
    unsigned m;

    methods = methods_known(methods);
    buf_init_arena(&b, rs->arena, 128);
    for (m = 0; m < M_OTHER; m++)
        if ((methods & 1u << m) != 0)
            buf_printf(&b, "%s%s", b.n > 0 ? ", " : "", method_text((enum method)m));
    resp_header(rs, "Allow", "%s", buf_cstr(&b));
}

static bool
role_ok(const struct req *rq)
{
    const char *role = rq->who.role;

    switch (rq->route->auth) {
    case AUTH_STAFF:
        return strcmp(role, "staff") == 0 || strcmp(role, "admin") == 0;
    case AUTH_ADMIN:
        return strcmp(role, "admin") == 0;
    case AUTH_NONE:
    case AUTH_OPTIONAL:
    case AUTH_USER:
        return true;
    }
    return false;
}

static void
redirect_login(const struct req *rq, struct resp *rs)
{
    struct str back = rq->path;

    if (rq->query_text.n > 0)
        back =
            arena_printf(rq->arena, "%.*s?%.*s", STR_F(rq->path), STR_F(rq->query_text));
    back = percent_encode(rq->arena, back);
    resp_redirect(rs, "/login?next=%.*s", STR_F(back));
}

/* ERR_OK with rs->status 303 set: a guest on a page goes to sign in and comes back. */
static enum err
admit(const struct router *r, struct req *rq, struct resp *rs)
{
    const struct route *rt = rq->route;
    bool page = (rt->flags & ROUTE_PAGE) != 0;
    enum err e;

    if (rt->auth == AUTH_NONE)
        return ERR_OK;
    e = r->hooks.authenticate(rq, rs, &rs->fault);
    if (e != ERR_OK || rt->auth == AUTH_OPTIONAL)
        return e;
    if (rq->who.user_id == 0) {
        if (!page || (rq->method != M_GET && rq->method != M_HEAD))
            return ERR_AUTH;
        redirect_login(rq, rs);
        return ERR_OK;
    }
    if (!role_ok(rq))
        return fault_set(&rs->fault, ERR_FORBIDDEN, "", "Your account may not do this.");
    if (rt->auth == AUTH_USER || r->hooks.enter == NULL)
        return ERR_OK;
    return r->hooks.enter(rq, rs, &rs->fault);
}

static bool
is_api(const struct req *rq)
{
    return str_starts(rq->path, STR("/api/"));
}

/* Cache-Control as the table has it. */
static void
cache_policy(const struct req *rq, struct resp *rs)
{
    if (is_api(rq) && !resp_has(rs, "Cache-Control"))
        resp_header(rs, "Cache-Control", "%s",
            rq->route->cache != NULL ? rq->route->cache : "no-store");
}

/* *kept: the head written by authentication, which stays on an error answer. */
static enum err
route_run(const struct router *r, struct req *rq, struct resp *rs, size_t *kept)
{
    const struct route *rt = rq->route;
    enum err e = admit(r, rq, rs);

    if (is_api(rq) && r->hooks.admit != NULL) {
        enum err limit = r->hooks.admit(rq, rs);

        e = limit != ERR_OK ? limit : e;
    }
    *kept = rs->head.n;
    if (e == ERR_OK && is_api(rq) && !accept_json(req_header(rq, "Accept")))
        return fault_set(
            &rs->fault, ERR_ACCEPT, "", "The answer is JSON, which Accept does not allow.");
    if (e != ERR_OK || rs->status == 303)
        return e;
    if ((rt->flags & ROUTE_IF_MATCH) != 0 && req_header(rq, "If-Match").n == 0)
        return fault_set(&rs->fault, ERR_NO_CONDITION, "",
            "Send If-Match with the ETag of what you change.");
    e = route_input(rq, &r->hooks, &rs->fault);
    if (e != ERR_OK)
        return e;
    e = rt->fn(rq, rs);
    if (e == ERR_OK && rq->later_start == NULL)
        cache_policy(rq, rs);
    if (e == ERR_OK && (rs->body.overflow || rs->head.overflow)) {
        log_error("http", "answer of %s is larger than its bound", rt->id);
        return ERR_INTERNAL;
    }
    return e;
}

/* Forget what a handler began before it failed, but not why it failed. */
static void
resp_restart(struct resp *rs, size_t kept)
{
    rs->head.n = kept;
    rs->head.overflow = false;
    rs->body.overflow = false;
    resp_empty(rs, 200);
}

static void
answer_error(const struct router *r, struct req *rq, struct resp *rs, enum err e,
    bool page, unsigned methods)
{
    if (e == ERR_METHOD)
        put_allow(rs, methods);
    if (page && r->hooks.error_page != NULL) {
        rs->status = err_status(e);
        problem_head(rs, rq, e);
        r->hooks.error_page(rq, rs, e);
    } else {
        problem_write(rs, rq, e);
    }
}

/* Returns the methods that the path knows. */
static unsigned
answer(const struct router *r, struct req *rq, struct resp *rs)
{
    bool page = !is_api(rq);
    struct route_match match;
    size_t kept = 0;
    enum err e = route_tree_match(r->root, rq->arena, rq->path, rq->method, &match);

    if (e == ERR_OK && match.route != NULL) {
        rq->route = match.route;
        memcpy(rq->param, match.param, sizeof(rq->param));
        page = (match.route->flags & ROUTE_PAGE) != 0;
        e = route_run(r, rq, rs, &kept);
    } else if (e == ERR_OK && match.any != NULL) {
        page = (match.any->flags & ROUTE_PAGE) != 0;
        e = ERR_METHOD;
        if (rq->method == M_OPTIONS) {
            resp_empty(rs, 204);
            put_allow(rs, match.methods);
            return match.methods;
        }
    } else if (e == ERR_OK) {
        e = ERR_NOT_FOUND;
    }
    rq->later_kept = kept;
    if (e == ERR_OK)
        return match.methods;
    resp_restart(rs, kept);
    answer_error(r, rq, rs, e, page, match.methods);
    return match.methods;
}

/* Answered at once from this process's memory.  nginx logs it with its id and its time; a
 * line here would be the one system call that is not the connection's own, on a file whose
 * lock all threads of all workers share. */
static bool
from_memory(const struct req *rq, const struct resp *rs, int64_t us)
{
    return (rq->method == M_GET || rq->method == M_HEAD) && rs->status < 400 &&
           us < SLOW_US && trace_get(TRACE_DB) == 0 && trace_get(TRACE_CACHE) == 0;
}

static void
log_answer(const struct req *rq, const struct resp *rs, int64_t us)
{
    bool quiet = (rq->route != NULL && (rq->route->flags & ROUTE_QUIET) != 0) ||
                 from_memory(rq, rs, us);
    const struct fault *f = &rs->fault;
    const bool refused = rs->status >= 400;

    log_write(quiet ? LOG_LVL_DEBUG : LOG_LVL_INFO, "http",
        "%.*s %.*s status=%d ms=%.1f db_ms=%.1f cache_ms=%.1f route=%s bytes=%zu%s%s%s%s",
        STR_F(str_utf8_cut(rq->method_name, 16)),
        STR_F(str_utf8_cut(rq->path, LOG_PATH_MAX)), rs->status, (double)us / 1000,
        (double)trace_get(TRACE_DB) / 1000, (double)trace_get(TRACE_CACHE) / 1000,
        rq->route != NULL ? rq->route->id : "-", rs->body.n,
        refused && f->slug[0] != '\0' ? " problem=" : "", refused ? f->slug : "",
        refused && f->n > 0 ? " code=" : "",
        refused && f->n > 0 ? f->field[0].code : "");
}

static void
answered(const struct router *r, struct req *rq, struct resp *rs, unsigned methods)
{
    int64_t us = clock_mono_us() - rq->start_us;

    if (is_api(rq))
        cors_put(r->hooks.cors_origins, rq, rs, methods_known(methods));
    if (r->hooks.done != NULL)
        r->hooks.done(rq, rs, us);
    log_answer(rq, rs, us);
}

void
router_handle(void *router, struct req *rq, struct resp *rs)
{
    const struct router *r = router;
    unsigned methods;

    rq->app = r->app;
    if (r->hooks.begin != NULL)
        r->hooks.begin(rq);
    methods = answer(r, rq, rs);
    if (rq->later_start == NULL)
        answered(r, rq, rs, methods);
}

void
router_resume(void *router, struct req *rq, struct resp *rs)
{
    const struct router *r = router;
    enum err e = rq->later_finish(rq, rs);

    if (e == ERR_OK)
        cache_policy(rq, rs);
    if (e == ERR_OK && (rs->body.overflow || rs->head.overflow)) {
        log_error("http", "answer of %s is larger than its bound", rq->route->id);
        e = ERR_INTERNAL;
    }
    if (e != ERR_OK) {
        resp_restart(rs, rq->later_kept);
        answer_error(r, rq, rs, e, (rq->route->flags & ROUTE_PAGE) != 0, 0);
    }
    answered(r, rq, rs, 0);
}
