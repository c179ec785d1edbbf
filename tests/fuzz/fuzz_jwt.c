/* Tokens of any bytes; and, so that more than the MAC check is reached, any header and
 * any claims (parted by a NUL) properly signed. */
#include <stdlib.h>
#include <string.h>

#include "auth/token_int.h"
#include "target.h"

FUZZ_TARGET(jwt)
{
    struct token_keys k = {.n = 1, .iss = "i", .aud = "a", .k = {{.kid = "k", .n = 32}}};
    struct arena *a = arena_new(65536);
    struct str head, body, in;
    unsigned char mac[SHA256_N];
    struct token_claims c;

    if (token_verify(&k, (struct str){(const char *)data, size}, 1000, &c) == ERR_OK)
        abort();
    (void)str_cut((struct str){(const char *)data, size}, '\0', &head, &body);
    head = b64url(a, head.p, head.n);
    body = b64url(a, body.p, body.n);
    in = arena_printf(a, "%.*s.%.*s", STR_F(head), STR_F(body));
    hmac_sha256(k.k[0].key, 32, &in, 1, mac);
    head = b64url(a, mac, sizeof(mac));
    in = arena_printf(a, "%.*s.%.*s", STR_F(in), STR_F(head));
    if (token_verify(&k, in, 1000, &c) == ERR_OK &&
        (c.user_id <= 0 || c.session_id <= 0 || c.exp_ms <= 1000 || c.role[0] == '\0'))
        abort();
    arena_free(a);
    return 0;
}
