/* The ceiling of everything behind nginx: the shop's own front and router, and one route
 * that answers the same bytes each time. scripts/bench runs it in the shop's worker pool
 * (same nginx, same multiwatch, same threads). Refuses to know anything of a shop. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "http/front.h"
#include "http/route.h"

#define BODY_MAX ((size_t)1 << 20)
#define ARENA_CHUNK ((size_t)256 << 10)
#define GRACE_MS 5000
#define THREADS_MAX 64

static enum err
hello(struct req *rq, struct resp *rs)
{
    const struct str *answer = rq->app;

    resp_bytes(rs, 200, "application/json", *answer);
    return ERR_OK;
}

static const struct route routes[] = {
    {M_GET, "/hello", hello, AUTH_NONE, ROUTE_QUIET, NULL, NULL, "hello", "The same bytes"},
    {.pattern = NULL},
};
static const struct route *const tables[] = {routes};

static enum err
guest(struct req *rq, struct resp *rs, struct fault *flt)
{
    (void)rq;
    (void)rs;
    (void)flt;
    return ERR_OK;
}

static bool
no_forms(struct req *rq, struct str token)
{
    (void)rq;
    (void)token;
    return false;
}

static void
error_page(struct req *rq, struct resp *rs, enum err e)
{
    problem_write(rs, rq, e);
}

/* The whole file, at most BODY_MAX bytes; false when there is none. */
static bool
slurp(const char *name, char *to, struct str *out)
{
    FILE *f = name != NULL ? fopen(name, "rbe") : NULL;

    if (f == NULL)
        return false;
    *out = (struct str){to, fread(to, 1, BODY_MAX, f)};
    return fclose(f) == 0 && out->n > 0;
}

static int
threads(void)
{
    const char *s = getenv("HELLO_THREADS");
    long n = s != NULL ? strtol(s, NULL, 10) : 0;

    return n >= 1 && n <= THREADS_MAX ? (int)n : 4;
}

int
main(void)
{
    static char bytes[BODY_MAX];
    const struct router_hooks hooks = {
        .authenticate = guest, .csrf_ok = no_forms, .error_page = error_page};
    struct str answer;
    struct front_conf fc = {.listen_fd = 0,
        .threads = threads(),
        .body_max = BODY_MAX,
        .grace_ms = GRACE_MS,
        .arena_chunk = ARENA_CHUNK,
        .handle = router_handle,
        .app = &answer};
    struct router *r;
    int rc;

    if (!slurp(getenv("HELLO_FILE"), bytes, &answer)) {
        log_error("hello", "HELLO_FILE cannot be read");
        return EXIT_FAILURE;
    }
    r = router_new(tables, NELEM(tables), &hooks, &answer);
    fc.arg = r;
    rc = front_run(&fc);
    if (rc != 0)
        _Exit(EXIT_FAILURE); /* a handler still runs: nothing is torn down under it */
    router_free(r);
    return EXIT_SUCCESS;
}
