/* One request on one connection, through libfcgi; inside lib/http only. */
#ifndef SOUK_HTTP_FRONT_SERVE_H
#define SOUK_HTTP_FRONT_SERVE_H

#include <fcgiapp.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/fcgi_guard.h"
#include "http/front.h"

#define FRONT_IO_TIMEOUT_S 5
#define FRONT_OUT_MAX (((size_t)64 << 10) + RESP_BODY_MAX)

enum front_conn {
    FRONT_KEPT,   /* answered, or nothing there yet: wait for it */
    FRONT_CLOSED, /* libfcgi has closed it, or there was nothing more to come */
    FRONT_LATER   /* it is in other hands, and comes back through `settled` */
};

struct front_calls;

/* One request with all it needs: it may go from one thread to another as a whole. */
struct front_call {
    struct front_calls *of;
    struct front_call *next;
    struct arena *arena;
    FCGX_Request fcgi;
    struct req rq; /* the first thing that leads back here */
    struct resp rs;
    struct buf out; /* the answer, head and body */
    int fd, op; /* the connection, and what is to be done to have it watched */
};

/* Those not in use, and how many are in other hands. */
struct front_calls {
    const struct front_conf *conf;
    /* A request that was answered later is through: FRONT_KEPT or FRONT_CLOSED. */
    void (*settled)(void *arg, int fd, int op, enum front_conn is);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t back;
    struct front_call *unused;
    int unused_n, least_unused; /* least: since the last front_calls_trim() */
    int away;
};

void front_calls_init(struct front_calls *c, const struct front_conf *conf,
    void (*settled)(void *arg, int fd, int op, enum front_conn is), void *arg);
/* Until none is in other hands any more; false when time is up. */
bool front_calls_wait(struct front_calls *c, int64_t grace_ms);
/* Let go of those that nobody has needed since the last call: what a rush left behind. */
void front_calls_trim(struct front_calls *c);
void front_calls_done(struct front_calls *c);
/* One nobody uses, and back. */
struct front_call *front_call_take(struct front_calls *c);
void front_call_give(struct front_call *k);
/* Count those in other hands. */
void front_calls_away(struct front_calls *c, int by);

/* What one thread needs to serve; no two threads share one. */
struct front_serve {
    struct front_calls *calls;
    struct front_call *call;
    unsigned char peeked[FCGI_GUARD_BYTES];
};

/* libfcgi's global state; call once, before threads. */
int front_serve_global(void);
void front_serve_init(struct front_serve *s, struct front_calls *calls);
void front_serve_done(struct front_serve *s);
/* Serve the request that has arrived on fd, if one has. `op` comes back with a connection
 * that is answered later. */
enum front_conn front_serve(struct front_serve *s, int fd, int op);
/* Ask nginx to close this connection, which is between two requests. */
void front_dismiss(int fd);

#endif
