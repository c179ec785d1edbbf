/* What the shop and its payment provider both know: the key the shop's calls carry, and the
 * secret the provider's messages are signed with. */
#ifndef SOUK_PAY_KEYS_H
#define SOUK_PAY_KEYS_H

#include "base/err.h"

#define PAY_KEY_MAX 128

struct pay_keys {
    char api[PAY_KEY_MAX + 1], webhook[PAY_KEY_MAX + 1];
};

/* Read "api KEY" and "webhook KEY", a line each, of 32 to 128 printable characters. Refuses
 * a file that others may read, with one line in msg. */
enum err pay_keys_load(struct pay_keys *k, const char *path, char *msg, size_t msg_n) MUST_CHECK;

#endif
