/* How many requests one caller may send to the API. */
#ifndef SOUK_OPS_API_RATE_H
#define SOUK_OPS_API_RATE_H

#include "http/route.h"

/* The router's hook: ERR_LIMIT with Retry-After, and what is left in RateLimit and
 * RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers). */
enum err api_rate_admit(struct req *rq, struct resp *rs);

#endif
