/* A look at a FastCGI request before libfcgi reads it; inside lib/http only. */
#ifndef SOUK_HTTP_FCGI_GUARD_H
#define SOUK_HTTP_FCGI_GUARD_H

#include <stddef.h>

/* More parameters than this are refused; nginx takes 32 kB of headers by default. */
#define FCGI_GUARD_BYTES ((size_t)64 << 10)

enum fcgi_guard {
    FCGI_GUARD_OK,      /* begin and parameters are complete and well-formed */
    FCGI_GUARD_PARTIAL, /* well-formed so far */
    FCGI_GUARD_BAD
};

enum fcgi_guard fcgi_guard(const unsigned char *p, size_t n);

#endif
