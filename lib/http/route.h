/* The route table: every route stands once, with who may call it and what it takes.
 * Dispatch, validation, 405/OPTIONS/HEAD, error answers, metrics labels and the API's
 * description come from it. */
#ifndef SOUK_HTTP_ROUTE_H
#define SOUK_HTTP_ROUTE_H

#include "http/field.h"
#include "http/req.h"
#include "http/resp.h"

enum route_auth {
    AUTH_NONE,     /* credentials are not looked at (a stale cookie does no harm) */
    AUTH_OPTIONAL, /* a guest or a user; a bad bearer token is refused, a bad cookie ignored */
    AUTH_USER,
    AUTH_STAFF,
    AUTH_ADMIN
};

#define ROUTE_PAGE 1u     /* HTML: body is a form, errors are pages, 401 redirects to /login */
#define ROUTE_NO_CSRF 2u  /* a form without the token check */
#define ROUTE_IF_MATCH 4u /* If-Match required: 428 without */
#define ROUTE_MERGE_PATCH 8u /* body application/merge-patch+json or application/json; nulls kept */
#define ROUTE_UPLOAD 32u  /* the form may have files: req_file() */
#define ROUTE_QUIET 16u   /* no request line in the log at info (health checks) */
/* What the API's description needs to know; the handler does it. */
#define ROUTE_ETAG 0x100u     /* answers have a strong ETag; GET knows If-None-Match, 304 */
#define ROUTE_KEY 0x200u      /* Idempotency-Key is heeded */
#define ROUTE_KEY_NEEDED 0x600u /* ... and required */
#define ROUTE_LIST 0x800u     /* `out` is what the list's items are, or a list itself */
#define ROUTE_CREATES 0x1000u /* Location names what was made */

struct route {
    enum method method;
    const char *pattern; /* "/api/v1/cart/{id}"; a last "{path*}" takes the rest, slashes too */
    enum err (*fn)(struct req *rq, struct resp *rs);
    enum route_auth auth;
    unsigned flags;
    const struct field *query; /* NULL: none known */
    const struct field *in;    /* NULL: no body */
    const char *id;            /* "getProduct": operation id and metrics label */
    const char *summary;
    /* The answers. A route of the API without a status is not described: a test refuses it. */
    int status;               /* of success */
    const struct schema *out; /* NULL: none, 204 */
    const char *errors;       /* problems beyond those that follow from the above: "slug slug" */
    const char *cache;        /* Cache-Control of success; NULL: no-store */
    const char *example;      /* an input that works, JSON; NULL: made from the fields */
    const char *about;        /* more than the summary */
    const struct field *path; /* of path parameters that are no ids */
};

struct router;

/* What the program adds. Each may look at rq->app. */
struct router_hooks {
    /* Fill rq->who from bearer token or cookie: ERR_OK (also for a guest), ERR_AUTH for bad
     * credentials, ERR_UPSTREAM. May set cookies on rs; they stay on error answers too. */
    enum err (*authenticate)(struct req *rq, struct resp *rs, struct fault *flt);
    /* Is the form's "csrf" field (may be STR_NULL) right for this browser? */
    bool (*csrf_ok)(struct req *rq, struct str token);
    /* Write an error page for a ROUTE_PAGE route (or an unknown path outside /api/). */
    void (*error_page)(struct req *rq, struct resp *rs, enum err e);
    /* When a request came, before anything else; each has its `done`; may be NULL. */
    void (*begin)(struct req *rq);
    /* After each request, with its answer: metrics, slots; may be NULL. */
    void (*done)(struct req *rq, struct resp *rs, int64_t us);
    /* Before a route of the API runs: may this client send one more? ERR_LIMIT: no. Says
     * on rs what is left; it stays on error answers too. May be NULL. */
    enum err (*admit)(struct req *rq, struct resp *rs);
    /* Before a route of AUTH_STAFF or AUTH_ADMIN runs, for somebody of that role: what more
     * is asked? ERR_OK with a redirect on rs: a page goes there instead. May be NULL. */
    enum err (*enter)(struct req *rq, struct resp *rs, struct fault *flt);
    /* Sites whose pages may call the API, "https://a.example https://b.example" or "*";
     * NULL or empty: none. */
    const char *cors_origins;
};

/* Compile tables (each ended by pattern NULL) into a router; two routes for the same method
 * and pattern, or a pattern that cannot be, abort at start. */
struct router *router_new(const struct route *const *tables, size_t n,
    const struct router_hooks *h, void *app);
void router_free(struct router *r);
/* Answer one request: match, authenticate, parse, validate, call, map errors, log the line
 * "GET /x 200 1.2ms db=.. cache=..". The front's handler. */
void router_handle(void *router, struct req *rq, struct resp *rs);
/* The second half of a request whose handler called req_answer_later(). */
void router_resume(void *router, struct req *rq, struct resp *rs);
/* The table, for documents and tests: the i-th route or NULL. */
const struct route *router_route(const struct router *r, size_t i);

/* Fill rs with problem+json (RFC 9457) for e and rs->fault: type, title, status, detail,
 * instance, errors; Retry-After, WWW-Authenticate. */
void problem_write(struct resp *rs, const struct req *rq, enum err e);

#endif
