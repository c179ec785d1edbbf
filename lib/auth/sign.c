/* Signatures of messages between servers. Refuses whatever it cannot read in full: a header
 * without a time, with two, or with one that is not a plain number. */
#include "auth/sign.h"

#include <openssl/crypto.h>

#include "auth/token_int.h"

#define HEX_N ((size_t)2 * SHA256_N)
/* More than any clock will show; keeps the sum below from overflowing. */
#define TIME_MAX_S INT64_C(100000000000)
#define HEADER_MAX 1024

static void
mac_hex(struct str secret, struct str time, struct str body, char out[HEX_N])
{
    static const char digits[] = "0123456789abcdef";
    const struct str part[] = {time, STR("."), {body.p != NULL ? body.p : "", body.n}};
    unsigned char mac[SHA256_N];

    hmac_sha256(secret.p, secret.n, part, NELEM(part), mac);
    for (size_t i = 0; i < SHA256_N; i++) {
        out[2 * i] = digits[mac[i] >> 4];
        out[2 * i + 1] = digits[mac[i] & 15];
    }
}

struct str
sign_header(struct arena *a, struct str secret, int64_t now_s, struct str body)
{
    struct str t = arena_printf(a, "%lld", (long long)now_s);
    char mac[HEX_N];

    mac_hex(secret, t, body, mac);
    return arena_printf(
        a, "t=%.*s,v1=%.*s", STR_F(t), STR_F(((struct str){mac, HEX_N})));
}

/* The time, which must be there once. */
static bool
find_time(struct str header, struct str *text, int64_t *t)
{
    struct str part, name, value;
    int found = 0;

    while (str_next(&header, ',', &part)) {
        if (!str_cut(str_trim(part), '=', &name, &value))
            return false;
        if (!str_eq_c(name, "t"))
            continue;
        *text = value;
        found++;
    }
    return found == 1 && str_i64(*text, t) && *t >= 0 && *t <= TIME_MAX_S;
}

/* 1: one of the signatures is this one; 0: none is; -1: there is none to look at. Each is
 * compared in constant time. */
static int
find_mac(struct str header, const char mac[HEX_N])
{
    struct str part, name, value;
    int found = -1;

    while (str_next(&header, ',', &part)) {
        if (!str_cut(str_trim(part), '=', &name, &value) || !str_eq_c(name, "v1"))
            continue;
        if (found < 0)
            found = 0;
        if (value.n == HEX_N && CRYPTO_memcmp(value.p, mac, HEX_N) == 0)
            found = 1;
    }
    return found;
}

enum sign_verdict
sign_check(struct str secret, struct str header, struct str body, int64_t now_s,
    int64_t tolerance_s)
{
    struct str text = STR_NULL;
    char mac[HEX_N];
    int64_t t;
    int found;

    if (header.n == 0 || header.n > HEADER_MAX || !find_time(header, &text, &t))
        return SIGN_MALFORMED;
    mac_hex(secret, text, body, mac);
    found = find_mac(header, mac);
    if (found < 0)
        return SIGN_MALFORMED;
    if (found == 0)
        return SIGN_WRONG;
    return t > now_s + tolerance_s || t < now_s - tolerance_s ? SIGN_OLD : SIGN_OK;
}
