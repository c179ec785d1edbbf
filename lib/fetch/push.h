/* Messages pushed to servers that others name: many at a time on one thread, each with a
 * time of its own, so that a slow server holds up nobody. Only http and https; redirects
 * are not followed; of an answer no more than its status and a bounded part is read; by
 * default no server but those of the public Internet, looked at when the connection is
 * made, whatever a name said before. */
#ifndef SOUK_FETCH_PUSH_H
#define SOUK_FETCH_PUSH_H

#include "base/arena.h"
#include "base/err.h"

struct push;

struct push_conf {
    int calls; /* under way at most */
    int connect_ms, total_ms;
    size_t answer_max; /* bytes read of an answer */
    bool private_too;  /* any address */
};

#define PUSH_HEADERS_MAX 6
#define PUSH_WHY_N 256

struct push_call {
    const char *url;
    const char *header[PUSH_HEADERS_MAX]; /* "Name: value", NULL ends */
    struct str body;                      /* must stay until the call has ended */
    void *arg;                            /* the caller's */
};

struct push_end {
    void *arg;
    int status;           /* 0: no answer */
    char why[PUSH_WHY_N]; /* when there is none: in a line */
};

struct push *push_new(const struct push_conf *c);
/* What is under way is broken off. */
void push_free(struct push *p);
int push_busy(const struct push *p);
/* ERR_BUSY: `calls` are under way. */
enum err push_start(struct push *p, const struct push_call *call) MUST_CHECK;
/* Works on them for at most wait_ms, less when one ends; how many of `end` were filled.
 */
size_t push_wait(struct push *p, int wait_ms, struct push_end *end, size_t max);

#endif
