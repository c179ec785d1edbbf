/* Secrets at rest: AES-256-GCM under a key derived from the key file's. A sealed text names
 * its key by kid, so that keys rotate, and is bound to what it belongs to. */
#ifndef SOUK_AUTH_SEAL_H
#define SOUK_AUTH_SEAL_H

#include "auth/token.h"

#define SEAL_MORE 46 /* a sealed text is at most so much longer */

/* Seal `secret` for `purpose` ("totp") and `owner` (whoever it belongs to). */
enum err seal(const struct token_keys *k, struct arena *a, const char *purpose,
    struct str owner, struct str secret, struct str *out) MUST_CHECK;
/* ERR_NOT_FOUND: sealed with a key that is not in the file any more; ERR_BAD: not sealed by
 * us for this purpose and owner. *old: a newer key signs by now, seal it anew. */
enum err unseal(const struct token_keys *k, struct arena *a, const char *purpose,
    struct str owner, struct str sealed, struct str *out, bool *old) MUST_CHECK;

#endif
