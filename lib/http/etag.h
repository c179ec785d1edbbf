/* Entity tags of objects that count their changes: "<version>-<hash of what is shown>". The
 * whole tag changes with every byte that is shown (If-None-Match); what a change is held
 * against is the version alone (If-Match), so that a figure that moves by itself, a coupon's
 * uses for one, refuses nobody's edit. */
#ifndef SOUK_HTTP_ETAG_H
#define SOUK_HTTP_ETAG_H

#include "http/req.h"
#include "http/resp.h"

/* The object's JSON has been written to rs as its answer: puts the tag on it and, when
 * If-None-Match has it, turns a GET into 304. */
void etag_put(struct resp *rs, const struct req *rq, int64_t version);
/* Does If-Match ("*", or a list) name this version? */
bool etag_matches(const struct req *rq, int64_t version);
/* Is one of a list's tags `want`, or (`stem`) does one begin with it?  "*" is any.  RFC 9110
 * asks for strong comparison in If-Match; but a proxy that compresses an answer (our own
 * nginx does) makes its tag weak on the way out, and it still names one version. */
bool etag_listed(struct str list, struct str want, bool stem);

#endif
