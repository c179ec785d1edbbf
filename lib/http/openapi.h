/* The API's description, an OpenAPI 3.1 document, from the route table alone: what is not
 * in the table is not in the document.  Knows no shop; the words about it come with
 * struct openapi_info. */
#ifndef SOUK_HTTP_OPENAPI_H
#define SOUK_HTTP_OPENAPI_H

#include "http/route.h"

/* Which routes may answer with a problem. */
enum problem_when {
    PROBLEM_LISTED, /* those that name it in `errors` */
    PROBLEM_ALWAYS,
    PROBLEM_AUTH,       /* that look at credentials */
    PROBLEM_ROLE,       /* for the shop's people */
    PROBLEM_PATH,       /* with a parameter in their path */
    PROBLEM_CHANGE,     /* that change something */
    PROBLEM_IF_MATCH,   /* ROUTE_IF_MATCH */
    PROBLEM_KEY,        /* ROUTE_KEY */
    PROBLEM_KEY_NEEDED, /* ROUTE_KEY_NEEDED */
    PROBLEM_NEVER       /* none: the path has no such method, or nothing is there */
};

/* A type of problem; its slug is stable, so that programs may tell by it what happened. */
struct problem_type {
    const char *slug; /* NULL ends the table */
    enum err err;     /* its status */
    enum problem_when when;
    const char *meaning;
    const char *mend; /* what the caller can do; NULL: nothing */
};

/* The routes of a group, by the first parts of their paths: "account", "admin/orders". */
struct openapi_tag {
    const char *name; /* NULL ends the table */
    const char *parts; /* "login|register|me" */
    const char *help;
};

struct openapi_info {
    const char *title, *version, *description;
    const char *prefix; /* "/api/v1": what lies below is described */
    const struct problem_type *problems;
    const struct openapi_tag *tags;
};

/* What keeps the routes below `prefix` from being described, a line each, into `why`;
 * returns how many lines.  0 is needed for openapi_write(). */
size_t openapi_lacks(
    const struct router *r, const struct openapi_info *info, struct buf *why);
/* The document.  `a` for what is needed on the way. */
void openapi_write(const struct router *r, const struct openapi_info *info,
    struct arena *a, struct buf *out);

#endif
