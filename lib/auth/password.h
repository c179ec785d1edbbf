/* Passwords: bcrypt ($2b$, libxcrypt) over base64(HMAC-SHA-256(pepper-free key
 * "souk-password-v1", password)), so that bcrypt's 72-byte limit and its stop at NUL
 * never truncate.  Hashing runs in its own small bounded pool of threads, so that
 * logins cannot occupy the request threads' CPUs. */
#ifndef SOUK_AUTH_PASSWORD_H
#define SOUK_AUTH_PASSWORD_H

#include "base/err.h"

#define PASSWORD_HASH_N 64
#define PASSWORD_MIN 8 /* characters */
#define PASSWORD_MAX 1024 /* bytes */

struct password_pool;

/* `threads` hashers, at most `queue` waiting; cost 4..16. */
struct password_pool *password_pool_new(int threads, int queue, int cost);
void password_pool_free(struct password_pool *p);
/* Call these around each wait for a hash, in the thread that waits: begin() once the wait
 * is certain, so not for a call that is turned away, then end().  Either may be called
 * from many threads at once.  Set them before the pool is used. */
void password_pool_waiting(struct password_pool *p, void (*begin)(void), void (*end)(void));
/* How many callers can be between begin() and end() at one time: one for each hasher,
 * and the queue. */
int password_pool_waiters(const struct password_pool *p);
/* Hash into out (NUL-terminated). ERR_LIMIT when the queue is full. */
enum err password_hash(struct password_pool *p, struct str password,
    char out[PASSWORD_HASH_N]) MUST_CHECK;
/* ERR_OK, ERR_AUTH on a mismatch, ERR_LIMIT when the queue is full.  `hash` empty: an
 * account that does not exist; costs the same time and answers ERR_AUTH. */
enum err password_verify(struct password_pool *p, struct str password, struct str hash)
    MUST_CHECK;
/* Refuses: under PASSWORD_MIN characters, over PASSWORD_MAX bytes, or (any case) in the
 * built-in list of the most common ones. ERR_INVALID with a field fault at `pointer`. */
enum err password_acceptable(struct str password, const char *pointer, struct fault *flt)
    MUST_CHECK;
/* One bcrypt of the pre-hashed password with a given setting; for tests' vectors. */
enum err password_crypt_raw(struct str key, const char *setting, char out[PASSWORD_HASH_N])
    MUST_CHECK;

#endif
