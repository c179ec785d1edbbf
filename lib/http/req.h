/* A request as handlers see it. Made by the front, completed by the router. */
#ifndef SOUK_HTTP_REQ_H
#define SOUK_HTTP_REQ_H

#include "json/jin.h"

struct resp;
struct part;

enum method { M_GET, M_HEAD, M_POST, M_PUT, M_PATCH, M_DELETE, M_OPTIONS, M_OTHER, M__MAX };

#define REQ_PARAMS_MAX 4

/* Who asks; user_id 0: a guest. */
struct principal {
    int64_t user_id, session_id;
    char role[16]; /* "customer", "staff", "admin"; "" for a guest */
    bool by_cookie; /* a browser: its state-changing requests need the CSRF token */
};

struct req {
    struct arena *arena;
    enum method method;
    struct str method_name;
    struct str path;  /* as sent, before '?', still encoded */
    struct str query_text;
    struct str content_type; /* STR_NULL if none */
    struct str body;
    struct str id; /* request id: the client's X-Request-Id if it is 1..64 of [A-Za-z0-9._-] */
    struct str ip; /* the client's address as nginx knows it */
    struct str host; /* Host header as nginx passes it */
    bool secure;   /* the client speaks TLS */
    int64_t start_us; /* clock_mono_us() at arrival */
    char *const *env; /* the FastCGI parameters, "NAME=value", NULL-terminated */

    /* set by the router */
    const struct route *route;
    struct str param[REQ_PARAMS_MAX]; /* decoded path parameters in order */
    const struct jval *query; /* validated; never NULL after routing */
    const struct jval *in;    /* validated body, never NULL after routing */
    const struct part *file;  /* of a ROUTE_UPLOAD form: http/multipart.h */
    size_t file_n;
    struct principal who;
    void *app;   /* the program's context */
    void *local; /* the program's per-request state */

    /* set by the front, NULL without one: see req_answer_later() */
    void (*resume)(struct req *rq);
    /* set by req_answer_later() */
    void (*later_start)(struct req *rq, struct resp *rs);
    enum err (*later_finish)(struct req *rq, struct resp *rs);
    size_t later_kept; /* the router's own */
};

/* A handler whose answer is up to another thread calls this and returns ERR_OK: the front
 * then calls `start` as the last thing its thread does with the request, and is free for
 * others. When the work is done, whoever did it calls req_resume(), once and from any
 * thread, also from within `start`: there `finish` writes the answer, or returns why there
 * is none, as a handler does. What is tied to the arena is kept until then: give database
 * connections back before. False: nobody is there who could wait (a test without a front);
 * do the work at once. */
bool req_answer_later(struct req *rq, void (*start)(struct req *rq, struct resp *rs),
    enum err (*finish)(struct req *rq, struct resp *rs));
void req_resume(struct req *rq);

/* The file of a ROUTE_UPLOAD form's input of that name; NULL if none was chosen. */
const struct part *req_file(const struct req *rq, const char *name);
/* A header by its HTTP name ("If-Match"), STR_NULL if absent. */
struct str req_header(const struct req *rq, const char *name);
struct str req_env(const struct req *rq, const char *name);
struct str req_cookie(const struct req *rq, const char *name);
/* Path parameter i as an id; ERR_NOT_FOUND when it cannot be one (so no look-up is made). */
enum err req_param_id(const struct req *rq, size_t i, int64_t *out) MUST_CHECK;
/* A validated F_ID field of the body as a number; 0 when missing. */
int64_t req_in_id(const struct req *rq, const char *name);
enum method method_parse(struct str s);
const char *method_text(enum method m);

#endif
