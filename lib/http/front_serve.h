/* One request on one connection, through libfcgi; inside lib/http only. */
#ifndef SOUK_HTTP_FRONT_SERVE_H
#define SOUK_HTTP_FRONT_SERVE_H

#include <fcgiapp.h>
#include <stdatomic.h>

#include "http/fcgi_guard.h"
#include "http/front.h"

#define FRONT_IO_TIMEOUT_S 5

/* What one thread needs to serve; no two threads share one. */
struct front_serve {
    const struct front_conf *conf;
    const atomic_bool *stopping; /* then no connection is kept */
    struct arena *arena;
    FCGX_Request fcgi;
    unsigned char peeked[FCGI_GUARD_BYTES];
};

enum front_conn {
    FRONT_KEPT,  /* answered, or nothing there yet: wait for it */
    FRONT_CLOSED /* libfcgi has closed it, or there was nothing more to come */
};

/* libfcgi's global state; call once, before threads. */
int front_serve_global(void);
void front_serve_init(
    struct front_serve *s, const struct front_conf *conf, const atomic_bool *stopping);
void front_serve_done(struct front_serve *s);
/* Serve the request that has arrived on fd, if one has. */
enum front_conn front_serve(struct front_serve *s, int fd);

#endif
