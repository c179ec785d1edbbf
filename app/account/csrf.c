/* Cross-site request forgery: a form carries a keyed hash of its browser's guest cookie,
 * which no other site can read. */
#include "account/account_http.h"

#define CSRF_BYTES 24

static struct str
token_of(const struct req *rq, struct arena *a, struct str guest)
{
    unsigned char mac[SHA256_N];

    token_mac(&app_of(rq)->keys, "csrf", guest, mac);
    return b64url(a, mac, CSRF_BYTES);
}

struct str
csrf_token(struct req *rq, struct resp *rs)
{
    return token_of(rq, rq->arena, app_guest_token_make(rq, rs, STR_NULL));
}

bool
csrf_ok(struct req *rq, struct str token)
{
    struct str guest = app_guest_token(rq);

    return guest.p != NULL && token.p != NULL
        && secret_eq(token, token_of(rq, rq->arena, guest));
}
