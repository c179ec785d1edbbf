/* Access tokens: JWT, HS256 through libjwt with the algorithm pinned; `iss`, `aud`,
 * `exp`, `iat`, `sub`, `role`, `sid` checked; keys found by `kid`, so that they rotate.
 * Also the keyed hashes for everything else that must not be forged. */
#ifndef SOUK_AUTH_TOKEN_H
#define SOUK_AUTH_TOKEN_H

#include "base/arena.h"
#include "base/err.h"

#define TOKEN_KEYS_MAX 4
#define TOKEN_KEY_MIN 32

struct token_keys {
    struct { char kid[17]; unsigned char key[64]; size_t n; } k[TOKEN_KEYS_MAX];
    size_t n; /* k[0] signs, all verify */
    const char *iss, *aud;
};

struct token_claims {
    int64_t user_id;
    int64_t session_id; /* the refresh family */
    char role[16];
    int64_t exp_ms;
};

/* Read keys from `path`: one per line "kid hex-key" (32 to 64 bytes), the first signs.
 * Refuses a file that others may read. `iss` and `aud` stay as they are: the caller's. */
enum err token_keys_load(struct token_keys *k, const char *path, char *msg, size_t msg_n)
    MUST_CHECK;
/* Sign; the text lives in the arena. */
enum err token_sign(const struct token_keys *k, const struct token_claims *c, struct arena *a,
    struct str *out) MUST_CHECK;
/* ERR_AUTH for anything but a token we signed that is valid at now_ms (30 s leeway on
 * none: exp is exact). At most 4 KiB are looked at. */
enum err token_verify(const struct token_keys *k, struct str jwt, int64_t now_ms,
    struct token_claims *out) MUST_CHECK;

#define SHA256_N 32
void sha256(const void *p, size_t n, unsigned char out[SHA256_N]);
/* The same, piece after piece; the end frees it. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *s, const void *p, size_t n);
void sha256_end(struct sha256 *s, unsigned char out[SHA256_N]);
/* HMAC-SHA-256 of "purpose\0data" under the signing key: cookies, CSRF, guests. */
void token_mac(const struct token_keys *k, const char *purpose, struct str data,
    unsigned char out[SHA256_N]);
/* Constant time; false when the lengths differ. */
bool secret_eq(struct str a, struct str b);
/* base64url without padding; hex.  In the arena. */
struct str b64url(struct arena *a, const void *p, size_t n);
struct str hex(struct arena *a, const void *p, size_t n);

#endif
