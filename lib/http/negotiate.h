/* What a client accepts, and which other sites may call; inside lib/http only. */
#ifndef SOUK_HTTP_NEGOTIATE_H
#define SOUK_HTTP_NEGOTIATE_H

#include "http/route.h"

/* Does Accept (RFC 9110, 12.5.1) allow application/json? */
bool accept_json(struct str accept);
/* CORS (Fetch, 3.2) for an answer of the API: nothing unless `origins` ("https://a.example
 * https://b.example", or "*") has the asker's. `methods`, a bit per enum method, are those
 * of the path that is asked about in advance. */
void cors_put(
    const char *origins, const struct req *rq, struct resp *rs, unsigned methods);

#endif
