/* Sealing secrets: kid length, kid, nonce, ciphertext, tag. Whatever cannot be done safely
 * ends the process; a text that was tampered with is refused. */
#include "auth/seal.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token_int.h"
#include "base/rand.h"

#define NONCE_N 12
#define TAG_N 16
#define SECRET_MAX 1024

/* A key of its own for each purpose, from the signing key. */
static void
key_of(const struct token_keys *k, size_t i, const char *purpose, unsigned char out[SHA256_N])
{
    const struct str part[] = {STR("souk-seal-v1"), {purpose, strlen(purpose) + 1}};

    hmac_sha256(k->k[i].key, k->k[i].n, part, NELEM(part), out);
}

/* What is authenticated beside the text. */
static void
bind(EVP_CIPHER_CTX *c, struct str owner)
{
    int n;

    if (EVP_CipherUpdate(c, NULL, &n, (const unsigned char *)owner.p, (int)owner.n) != 1)
        abort();
}

static EVP_CIPHER_CTX *
cipher(const unsigned char *key, const unsigned char *nonce, int encrypt)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

    if (c == NULL
        || EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce, encrypt) != 1)
        abort();
    return c;
}

enum err
seal(const struct token_keys *k, struct arena *a, const char *purpose, struct str owner,
    struct str secret, struct str *out)
{
    size_t kid_n = strlen(k->k[0].kid);
    unsigned char *p, key[SHA256_N], *nonce, *text;
    EVP_CIPHER_CTX *c;
    int n, last;

    if (k->n == 0 || secret.n > SECRET_MAX || owner.n == 0)
        return ERR_INTERNAL;
    p = arena_alloc(a, secret.n + SEAL_MORE);
    p[0] = (unsigned char)kid_n;
    memcpy(p + 1, k->k[0].kid, kid_n);
    nonce = p + 1 + kid_n;
    text = nonce + NONCE_N;
    rand_bytes(nonce, NONCE_N);
    key_of(k, 0, purpose, key);
    c = cipher(key, nonce, 1);
    bind(c, owner);
    if (EVP_CipherUpdate(c, text, &n, (const unsigned char *)secret.p, (int)secret.n) != 1
        || EVP_CipherFinal_ex(c, text + n, &last) != 1
        || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_N, text + secret.n) != 1)
        abort();
    EVP_CIPHER_CTX_free(c);
    explicit_bzero(key, sizeof(key));
    *out = (struct str){(const char *)p, 1 + kid_n + NONCE_N + secret.n + TAG_N};
    return ERR_OK;
}

static bool
kid_find(const struct token_keys *k, struct str kid, size_t *i)
{
    for (*i = 0; *i < k->n; (*i)++)
        if (str_eq_c(kid, k->k[*i].kid))
            return true;
    return false;
}

/* The text behind kid and nonce; false: not ours. */
static bool
text_open(const unsigned char *key, const unsigned char *nonce, struct str owner,
    struct str text, unsigned char *out)
{
    unsigned char tag[TAG_N];
    size_t len = text.n - TAG_N;
    EVP_CIPHER_CTX *c = cipher(key, nonce, 0);
    int n, last;
    bool ok;

    memcpy(tag, text.p + len, TAG_N);
    bind(c, owner);
    ok = EVP_CipherUpdate(c, out, &n, (const unsigned char *)text.p, (int)len) == 1
         && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_N, tag) == 1
         && EVP_CipherFinal_ex(c, out + n, &last) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok;
}

enum err
unseal(const struct token_keys *k, struct arena *a, const char *purpose, struct str owner,
    struct str sealed, struct str *out, bool *old)
{
    unsigned char key[SHA256_N], *p;
    struct str kid, rest;
    size_t i, kid_n = sealed.n > 0 ? (unsigned char)sealed.p[0] : 0;
    bool ok;

    if (kid_n == 0 || owner.n == 0 || sealed.n < 1 + kid_n + NONCE_N + TAG_N
        || sealed.n > SECRET_MAX + SEAL_MORE)
        return ERR_BAD;
    kid = str_sub(sealed, 1, kid_n);
    rest = str_sub(sealed, 1 + kid_n, sealed.n);
    if (!kid_find(k, kid, &i))
        return ERR_NOT_FOUND;
    p = arena_alloc(a, rest.n);
    key_of(k, i, purpose, key);
    ok = text_open(key, (const unsigned char *)rest.p, owner,
        str_sub(rest, NONCE_N, rest.n), p);
    explicit_bzero(key, sizeof(key));
    if (!ok)
        return ERR_BAD;
    *out = (struct str){(const char *)p, rest.n - NONCE_N - TAG_N};
    *old = i != 0;
    return ERR_OK;
}
