/* What the token files share; also for their tests. */
#ifndef SOUK_AUTH_TOKEN_INT_H
#define SOUK_AUTH_TOKEN_INT_H

#include "auth/token.h"

#define TOKEN_TEXT_MAX 4096

void hmac_sha256(const void *key, size_t key_n, const struct str *part, size_t n,
    unsigned char out[SHA256_N]);
/* Strict base64url: no padding, no other characters, no bits left over.  In the arena;
 * false when it is not that. */
bool b64url_decode(struct arena *a, struct str s, struct str *out);
/* Open a compact JWS: its form, its header (HS256, a known kid, nothing else) and its
 * MAC.  The payload may be anything and lies in the arena. */
enum err token_open(const struct token_keys *k, struct str jws, struct arena *a,
    size_t *key, struct str *payload) MUST_CHECK;

#endif
