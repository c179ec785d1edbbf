/* Access tokens that were verified before: a client sends the same one with every request,
 * and libjwt's work on it is a fifth of an order's. What is remembered is the token's
 * SHA-256 and what it claims; it is asked for its end each time, as ever. */
#ifndef SOUK_AUTH_TOKEN_SEEN_H
#define SOUK_AUTH_TOKEN_SEEN_H

#include "auth/token.h"

struct token_seen;

/* Remembers about `slots` tokens, at least 1. Any number of threads may ask. */
struct token_seen *token_seen_new(size_t slots);
void token_seen_free(struct token_seen *s);
/* token_verify(), or what it answered before. The keys are always the same ones. */
enum err token_seen_verify(struct token_seen *s, const struct token_keys *k, struct str jwt,
    int64_t now_ms, struct token_claims *out) MUST_CHECK;

#endif
