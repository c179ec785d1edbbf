/* Calls to another server over HTTP: a bounded number of kept-alive connections, every
 * wait and every answer bounded, no redirects. After a server did not answer in time,
 * calls within the next moment fail at once, so that waiting for it does not become what
 * this process does. The only folder that includes curl's headers. */
#ifndef SOUK_FETCH_FETCH_H
#define SOUK_FETCH_FETCH_H

#include "base/arena.h"
#include "base/err.h"

struct fetch;

struct fetch_conf {
    const char *base;   /* "http://host:port", without a slash at the end */
    const char *socket; /* a unix socket instead of base's host, or NULL/"" */
    int connect_ms, total_ms;
    int calls;       /* at most so many at a time; more wait, for connect_ms */
    size_t body_max; /* of an answer; more is ERR_UPSTREAM */
};

#define FETCH_HEADERS_MAX 6

struct fetch_call {
    const char *method; /* "GET", "POST", "PUT" */
    const char *path;   /* from the slash on, encoded */
    const char *header[FETCH_HEADERS_MAX]; /* "Name: value", NULL ends */
    struct str body;                       /* STR_NULL: none */
};

struct fetch_answer {
    int status;
    struct str body; /* in the arena */
};

struct fetch *fetch_new(const struct fetch_conf *c);
void fetch_free(struct fetch *f);
/* ERR_OK with whatever status was answered; ERR_BUSY: not sent; ERR_UPSTREAM: no answer, or
 * none that can be read, and what became of the call is not known. */
enum err fetch_do(struct fetch *f, struct arena *a, const struct fetch_call *call,
    struct fetch_answer *out) MUST_CHECK;

#endif
