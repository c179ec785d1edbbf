/* One question to a FastCGI server, as nginx would ask it: for "does it answer?". No body, no
 * kept connection, nothing of the answer but its status. */
#ifndef SOUK_HTTP_FCGI_ASK_H
#define SOUK_HTTP_FCGI_ASK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* GET `path` (up to 120 characters) of the server at `at`: a unix socket's path, or
 * host:port. ERR_UPSTREAM: nobody there, or no answer in timeout_ms, and why in msg. */
enum err fcgi_ask(const char *at, const char *path, int64_t timeout_ms, int *status,
    char *msg, size_t msg_n) MUST_CHECK;

#endif
