/* The FastCGI front: libfcgi without its traps. One epoll set holds the listening socket
 * and every kept connection from nginx; a few threads wait on it. A readable connection is
 * handed to libfcgi through request.ipcFd, so that an idle connection holds no thread.
 * The only folder that includes fcgiapp.h. */
#ifndef SOUK_HTTP_FRONT_H
#define SOUK_HTTP_FRONT_H

#include "http/resp.h"

struct front_conf {
    int listen_fd; /* a listening unix or TCP socket; 0 under spawn-fcgi */
    int threads;
    int spares;       /* threads more, for front_blocking_begin(); started when needed */
    size_t body_max;  /* bytes of request body; more answers 413 and is drained */
    int64_t grace_ms; /* after SIGTERM: finish what runs, then leave */
    size_t arena_chunk;
    void (*handle)(void *arg, struct req *rq, struct resp *rs);
    /* The second half of those that are answered later; NULL: none is. */
    void (*resume)(void *arg, struct req *rq, struct resp *rs);
    void *arg;
    void *app; /* rq->app */
    /* Called every ten seconds, for tidying up; may be NULL. */
    void (*tidy)(void *app);
};

/* Serve until SIGTERM, SIGINT or SIGQUIT; 0 after a clean drain, -1 when it could not start or a
 * request outlived grace_ms: its thread still runs then, so leave with _exit() and tear
 * nothing down that a handler may use. */
int front_run(const struct front_conf *c);
/* Around a long wait in a handler that uses no processor of its own: while it lasts a
 * spare thread serves in the caller's place, so that the rest of the world need not wait
 * too; without one left it is a wait as any other.  Each begin has its end, in the same
 * thread, and none within another.  In a thread that is no front's both do nothing. */
void front_blocking_begin(void);
void front_blocking_end(void);
/* Build a request from FastCGI parameters and a body, without a connection: the front's own
 * way in, tests and fuzzers. ERR_BAD: parameters that cannot be (two values of a header that
 * may stand once, e.g. after '-' and '_' fell together). */
enum err req_build(struct req *rq, struct arena *a, char *const *env, struct str body,
    struct fault *flt) MUST_CHECK;

#endif
