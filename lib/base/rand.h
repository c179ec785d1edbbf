/* Random bytes from the kernel, and the identifiers made from them. */
#ifndef SOUK_BASE_RAND_H
#define SOUK_BASE_RAND_H

#include "base/str.h"

/* getrandom(2); aborts if the kernel refuses. */
void rand_bytes(void *p, size_t n);
/* Uniform in [0, bound), bound > 0. */
uint64_t rand_below(uint64_t bound);
/* `bytes` random bytes as base64url without padding into out[cap]; returns the text.
 * cap must be at least RAND_TOKEN_N(bytes). */
#define RAND_TOKEN_N(bytes) (((bytes)*4 + 2) / 3 + 1)
struct str rand_token(char *out, size_t cap, size_t bytes);
/* A positive 63-bit id, increasing with time within a process, unique across
 * processes but for a vanishing chance that the primary key catches: 42 bits of
 * milliseconds since 2024-01-01, 21 bits: 9 random per process, 12 counter. */
int64_t id_next(void);
#define ID_PER_MS (INT64_C(1) << 21)
/* The smallest id that can be made at a time (milliseconds since 1970); 0 before 2024. */
int64_t id_at_ms(int64_t ms);

#endif
