/* The built-in list of the most common passwords. */
#ifndef SOUK_AUTH_COMMON_PASSWORDS_H
#define SOUK_AUTH_COMMON_PASSWORDS_H

#include "base/str.h"

#define COMMON_PASSWORD_MAX 24 /* bytes of the longest one in the list, and then some */

/* Whether it is in the list, without regard to ASCII case. */
bool password_is_common(struct str password);

#endif
