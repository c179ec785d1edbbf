/* For the tests of lib/auth alone. */
#ifndef SOUK_AUTH_PASSWORD_INT_H
#define SOUK_AUTH_PASSWORD_INT_H

#include "auth/password.h"

/* How many hashes the pool's threads have begun. */
uint64_t password_pool_jobs(struct password_pool *p);

#endif
