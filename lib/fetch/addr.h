/* Which addresses are the public Internet's. Whoever lets strangers name a server to call
 * must not let them name the servers beside it. */
#ifndef SOUK_FETCH_ADDR_H
#define SOUK_FETCH_ADDR_H

#include <sys/socket.h>

#include "base/str.h"

/* False for loopback, private, link-local, shared, documentation, multicast and reserved
 * ranges, for IPv6 forms that hold such an IPv4 address, and for other families. */
bool addr_public(const struct sockaddr *sa, socklen_t n);
/* "http://" or "https://" with a host, no user or password, no fragment; as the library
 * that will call it reads it. At most `max` bytes of printable ASCII. */
bool url_callable(struct str url, size_t max);

#endif
