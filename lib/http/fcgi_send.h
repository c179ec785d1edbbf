/* A whole answer to nginx in one system call; inside lib/http only. */
#ifndef SOUK_HTTP_FCGI_SEND_H
#define SOUK_HTTP_FCGI_SEND_H

#include <stdbool.h>

#include "base/str.h"

/* Send all of a request's standard output, its end and the request's end (FastCGI
 * specification 1.0, sections 3.3 and 5.5) on a blocking socket. False: the peer is gone, or
 * has not taken it within the socket's time; errno says which. */
bool fcgi_send(int fd, int request_id, struct str content);

#endif
