/* One-time codes by time (RFC 6238, HMAC-SHA-1, 30 s, as every authenticator app makes them)
 * and the base32 (RFC 4648) that secrets are written in. */
#ifndef SOUK_AUTH_TOTP_H
#define SOUK_AUTH_TOTP_H

#include "base/arena.h"

#define TOTP_KEY_N 20
#define TOTP_DIGITS 6
#define TOTP_STEP_MS 30000

/* The code of a time step, with so many digits (6 to 8). */
uint32_t totp_code(struct str key, int64_t step, int digits);
/* Which step `code` (six digits, spaces aside) belongs to: now's, the one before or the one
 * after, for clocks that differ; 0: none. All three are compared, in constant time. */
int64_t totp_match(struct str key, struct str code, int64_t now_ms);
/* Base32 without padding. */
struct str base32(struct arena *a, struct str s);

#endif
