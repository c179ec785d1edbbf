/* What comes over the FastCGI socket: the guard before libfcgi reads any byte of it, and
 * requests built from arbitrary parameters, one a line, then the body. */
#include <stdlib.h>

#include "http/fcgi_guard.h"
#include "http/front.h"
#include "target.h"

#define ENV_MAX 64

FUZZ_TARGET(fcgi_params)
{
    struct arena *a = arena_new(4096);
    struct str rest = arena_str(a, (struct str){(const char *)data, size}), line;
    char *env[ENV_MAX + 1];
    struct req rq;
    struct fault flt;
    size_t n = 0;

    fcgi_guard(data, size);
    while (n < ENV_MAX && str_next(&rest, '\n', &line) && line.n > 0)
        env[n++] = arena_cstr(a, line);
    env[n] = NULL;
    if (req_build(&rq, a, env, rest, &flt) == ERR_OK && rq.path.p[0] != '/')
        abort();
    if (rq.id.n < 1 || rq.id.n > 64)
        abort();
    (void)req_header(&rq, "If-Match");
    (void)req_cookie(&rq, "s");
    arena_free(a);
    return 0;
}
