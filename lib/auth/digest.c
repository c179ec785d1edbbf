/* Hashes, MACs and the text forms of bytes.  Without a working OpenSSL nothing here can
 * be answered safely, so its failures end the process. */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token_int.h"

static const EVP_MD *sha256_md;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

/* Found once: OpenSSL looks through its providers each time that it is asked by name. */
static void
sha256_find(void)
{
    sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (sha256_md == NULL)
        abort();
}

void
sha256(const void *p, size_t n, unsigned char out[SHA256_N])
{
    unsigned len = 0;

    pthread_once(&sha256_once, sha256_find);
    if (EVP_Digest(p, n, out, &len, sha256_md, NULL) != 1 || len != SHA256_N)
        abort();
}

/* Only a name for OpenSSL's own, which never shows itself outside this folder. */
static EVP_MD_CTX *
md(struct sha256 *s)
{
    return (EVP_MD_CTX *)(void *)s;
}

struct sha256 *
sha256_new(void)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();

    if (c == NULL || EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1)
        abort();
    return (struct sha256 *)(void *)c;
}

void
sha256_add(struct sha256 *s, const void *p, size_t n)
{
    if (EVP_DigestUpdate(md(s), p, n) != 1)
        abort();
}

void
sha256_end(struct sha256 *s, unsigned char out[SHA256_N])
{
    unsigned len = 0;

    if (EVP_DigestFinal_ex(md(s), out, &len) != 1 || len != SHA256_N)
        abort();
    EVP_MD_CTX_free(md(s));
}

void
hmac_sha256(const void *key, size_t key_n, const struct str *part, size_t n,
    unsigned char out[SHA256_N])
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    size_t i, len = 0;

    if (ctx == NULL || EVP_MAC_init(ctx, key, key_n, params) != 1)
        abort();
    for (i = 0; i < n; i++) {
        if (EVP_MAC_update(ctx, (const unsigned char *)part[i].p, part[i].n) != 1)
            abort();
    }
    if (EVP_MAC_final(ctx, out, &len, SHA256_N) != 1 || len != SHA256_N)
        abort();
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
}

void
token_mac(const struct token_keys *k, const char *purpose, struct str data,
    unsigned char out[SHA256_N])
{
    /* The NUL goes with the purpose: no purpose and data read as another pair. */
    const struct str part[] = {
        {purpose, strlen(purpose) + 1}, {data.p != NULL ? data.p : "", data.n}};

    hmac_sha256(k->k[0].key, k->k[0].n, part, NELEM(part), out);
}

bool
secret_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

struct str
b64url(struct arena *a, const void *p, size_t n)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *in = p;
    char *out = arena_alloc(a, n / 3 * 4 + 5);
    unsigned bits = 0, have = 0;
    size_t i, len = 0;

    for (i = 0; i < n; i++) {
        bits = (bits << 8 | in[i]) & 0xffff;
        for (have += 8; have >= 6; have -= 6)
            out[len++] = digits[bits >> (have - 6) & 63];
    }
    if (have > 0)
        out[len++] = digits[bits << (6 - have) & 63];
    out[len] = '\0';
    return (struct str){out, len};
}

static int
b64url_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

bool
b64url_decode(struct arena *a, struct str s, struct str *out)
{
    char *p = arena_alloc(a, s.n / 4 * 3 + 4);
    unsigned bits = 0, have = 0;
    size_t i, len = 0;

    for (i = 0; i < s.n; i++) {
        int d = b64url_digit(s.p[i]);

        if (d < 0)
            return false;
        bits = (bits << 6 | (unsigned)d) & 0xffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            p[len++] = (char)(unsigned char)(bits >> have & 0xff);
        }
    }
    p[len] = '\0';
    *out = (struct str){p, len};
    return have < 6 && (bits & ((1U << have) - 1)) == 0;
}

struct str
hex(struct arena *a, const void *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *in = p;
    char *out = arena_alloc(a, n * 2 + 1);
    size_t i;

    for (i = 0; i < n; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * n] = '\0';
    return (struct str){out, 2 * n};
}
