/* One-time codes. Knows no accounts: that a code is used once is for who stores the step. */
#include "auth/totp.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#define SHA1_N 20

uint32_t
totp_code(struct str key, int64_t step, int digits)
{
    unsigned char mac[SHA1_N], at[8];
    unsigned n = 0, from;
    uint32_t code, end = 1;
    int i;

    for (i = 0; i < 8; i++)
        at[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i) & 0xff);
    if (HMAC(EVP_sha1(), key.p, (int)key.n, at, sizeof(at), mac, &n) == NULL || n != SHA1_N)
        abort();
    from = mac[SHA1_N - 1] & 15U;
    code = (uint32_t)(mac[from] & 0x7fU) << 24 | (uint32_t)mac[from + 1] << 16
           | (uint32_t)mac[from + 2] << 8 | (uint32_t)mac[from + 3];
    for (i = 0; i < digits; i++)
        end *= 10;
    return code % end;
}

/* The digits of what was typed; false: not six of them. */
static bool
digits_of(struct str s, char out[TOTP_DIGITS])
{
    size_t i, n = 0;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] == ' ')
            continue;
        if (s.p[i] < '0' || s.p[i] > '9' || n == TOTP_DIGITS)
            return false;
        out[n++] = s.p[i];
    }
    return n == TOTP_DIGITS;
}

int64_t
totp_match(struct str key, struct str code, int64_t now_ms)
{
    char typed[TOTP_DIGITS], want[TOTP_DIGITS + 5];
    int64_t now = now_ms / TOTP_STEP_MS, step, found = 0;

    if (!digits_of(code, typed))
        return 0;
    for (step = now - 1; step <= now + 1; step++) {
        (void)snprintf(want, sizeof(want), "%0*u", TOTP_DIGITS,
            totp_code(key, step, TOTP_DIGITS) % 1000000U);
        if (CRYPTO_memcmp(typed, want, TOTP_DIGITS) == 0)
            found = step;
    }
    return found;
}

struct str
base32(struct arena *a, struct str s)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char *out = arena_alloc(a, s.n * 8 / 5 + 2);
    unsigned bits = 0, have = 0;
    size_t i, n = 0;

    for (i = 0; i < s.n; i++) {
        bits = (bits << 8 | (unsigned char)s.p[i]) & 0xffff;
        for (have += 8; have >= 5; have -= 5)
            out[n++] = letters[bits >> (have - 5) & 31];
    }
    if (have > 0)
        out[n++] = letters[bits << (5 - have) & 31];
    out[n] = '\0';
    return (struct str){out, n};
}
