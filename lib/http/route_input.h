/* What a route takes in, checked; inside lib/http only. */
#ifndef SOUK_HTTP_ROUTE_INPUT_H
#define SOUK_HTTP_ROUTE_INPUT_H

#include "http/route.h"

/* Fill rq->query and rq->in by the route's tables, then require of what changes something
 * that it comes from our own pages (forms, and API calls that a cookie signs). */
enum err route_input(
    struct req *rq, const struct router_hooks *h, struct fault *flt) MUST_CHECK;

#endif
