/* The outside of a token, checked before any library looks at it: libjwt takes the
 * algorithm from the header and is lax about base64, so both are pinned down here.
 * Knows nothing of claims. */
#include "auth/token_int.h"
#include "json/jin.h"

/* Exactly three parts, none empty. */
static bool
split(struct str s, struct str part[3])
{
    struct str rest;

    if (!str_cut(s, '.', &part[0], &rest) || !str_cut(rest, '.', &part[1], &part[2]))
        return false;
    return part[0].n > 0 && part[1].n > 0 && part[2].n > 0 &&
           str_chr(part[2], '.') == SIZE_MAX;
}

static bool
key_find(const struct token_keys *k, struct str kid, size_t *key)
{
    size_t i;

    for (i = 0; i < k->n; i++) {
        if (kid.n > 0 && str_eq_c(kid, k->k[i].kid)) {
            *key = i;
            return true;
        }
    }
    return false;
}

/* alg, kid and perhaps typ; anything else (crit, jwk, jku, x5c, b64, zip) would ask us
 * to treat the token in a way we do not. jin_parse() refuses duplicates. */
static bool
header_ok(const struct token_keys *k, struct arena *a, struct str json, size_t *key)
{
    struct jval *h;
    size_t members = 2;

    if (jin_parse(a, json, &h, NULL) != ERR_OK || h->type != J_OBJECT)
        return false;
    if (jin_get(h, "typ") != NULL) {
        members++;
        if (!str_eq(jin_str(h, "typ"), STR("JWT")))
            return false;
    }
    return h->n == members && str_eq(jin_str(h, "alg"), STR("HS256")) &&
           key_find(k, jin_str(h, "kid"), key);
}

enum err
token_open(const struct token_keys *k, struct str jws, struct arena *a, size_t *key,
    struct str *payload)
{
    struct str part[3], header, mac, signed_part;
    unsigned char want[SHA256_N];

    if (jws.n > TOKEN_TEXT_MAX || !split(jws, part))
        return ERR_AUTH;
    if (!b64url_decode(a, part[0], &header) || !b64url_decode(a, part[1], payload) ||
        !b64url_decode(a, part[2], &mac))
        return ERR_AUTH;
    if (!header_ok(k, a, header, key))
        return ERR_AUTH;
    signed_part = str_sub(jws, 0, part[0].n + 1 + part[1].n);
    hmac_sha256(k->k[*key].key, k->k[*key].n, &signed_part, 1, want);
    return secret_eq(mac, (struct str){(const char *)want, sizeof(want)}) ? ERR_OK
                                                                          : ERR_AUTH;
}
