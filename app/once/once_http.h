/* Idempotency keys for handlers. */
#ifndef SOUK_ONCE_ONCE_HTTP_H
#define SOUK_ONCE_ONCE_HTTP_H

#include "app.h"
#include "once/once.h"

/* The Idempotency-Key header. ERR_BAD: missing though required, or not 1..255 characters
 * of printable text; STR_NULL when it is not there and need not be. */
enum err once_http_key(
    const struct req *rq, bool required, struct str *key, struct fault *flt) MUST_CHECK;
/* A key for one `call` ("refund") of the person's; what is sent with it is the path's object
 * and the body. */
struct once once_http_of(const struct req *rq, const char *call, struct str key);
/* An answer that may be a repeat's: its status and bytes as they were the first time. */
void once_http_answer(struct resp *rs, const struct once_answer *an);

#endif
