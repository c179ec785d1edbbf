/* A table of fixed size: a token has one place, and the last one there stays. Tokens that
 * were refused are not remembered, so that nobody fills it without a signature. */
#include "auth/token_seen.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LOCKS 16

struct slot {
    unsigned char digest[SHA256_N];
    struct token_claims claims; /* exp_ms 0: empty */
};

struct token_seen {
    pthread_mutex_t lock[LOCKS]; /* slot i has lock i % LOCKS */
    size_t n;
    struct slot slot[];
};

struct token_seen *
token_seen_new(size_t slots)
{
    struct token_seen *s = calloc(1, sizeof(*s) + slots * sizeof(s->slot[0]));

    if (s == NULL || slots == 0)
        abort();
    s->n = slots;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_init(&s->lock[i], NULL);
    return s;
}

void
token_seen_free(struct token_seen *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&s->lock[i]);
    free(s);
}

static size_t
place_of(const struct token_seen *s, const unsigned char digest[SHA256_N])
{
    uint64_t h;

    memcpy(&h, digest, sizeof(h));
    return (size_t)(h % s->n);
}

enum err
token_seen_verify(struct token_seen *s, const struct token_keys *k, struct str jwt,
    int64_t now_ms, struct token_claims *out)
{
    unsigned char digest[SHA256_N];
    struct slot *at;
    pthread_mutex_t *lock;
    bool known;
    enum err e;

    sha256(jwt.p, jwt.n, digest);
    at = &s->slot[place_of(s, digest)];
    lock = &s->lock[(size_t)(at - s->slot) % LOCKS];
    pthread_mutex_lock(lock);
    known = at->claims.exp_ms > now_ms && memcmp(at->digest, digest, SHA256_N) == 0;
    if (known)
        *out = at->claims;
    pthread_mutex_unlock(lock);
    if (known)
        return ERR_OK;
    if ((e = token_verify(k, jwt, now_ms, out)) != ERR_OK)
        return e;
    pthread_mutex_lock(lock);
    memcpy(at->digest, digest, SHA256_N);
    at->claims = *out;
    pthread_mutex_unlock(lock);
    return ERR_OK;
}
