/* What the front's files share. */
#ifndef SOUK_HTTP_FRONT_PRIV_H
#define SOUK_HTTP_FRONT_PRIV_H

#include "http/front.h"
#include "http/front_serve.h"
#include "http/front_threads.h"

#define FDS_MAX 1024

struct front {
    const struct front_conf *conf;
    int epoll, wake;
    atomic_bool stopping;
    atomic_llong linger_until_us; /* set before stopping */
    atomic_int conns;
    atomic_bool queued;        /* more may wait to be accepted */
    atomic_bool paused;        /* the listener is out of the set: CONNS_MAX reached */
    atomic_bool idle[FDS_MAX]; /* armed and in nobody's hands */
    struct front_threads threads;
    struct front_calls calls;
};

/* epoll_ctl() on the front's set. */
bool front_watch(const struct front *f, int op, int fd, uint32_t events);
/* Wait for a connection's next request; it is in nobody's hands any more. `op`:
 * EPOLL_CTL_ADD of a new one, else EPOLL_CTL_MOD. */
void front_park(struct front *f, int fd, int op);
/* A connection is ready, or new, and in this thread's hands: serve it. */
void front_event(struct front *f, struct front_serve *s, int fd, int op);

/* --- the listening socket (front_listen.c) --- */

/* Put it into the set. */
bool front_listen(struct front *f);
/* It is ready: accept one, and serve it. */
void front_listen_event(struct front *f, struct front_serve *s);
/* After each event: accept one more, if any may wait. */
void front_listen_look(struct front *f);

#endif
