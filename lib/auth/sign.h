/* Messages between servers, signed: "t=SECONDS,v1=HEX", where HEX is the HMAC-SHA-256 of
 * "SECONDS.BODY" under a secret that both know. The time keeps a message that somebody
 * recorded from being played again later; what is played again sooner is the receiver's to
 * recognise. */
#ifndef SOUK_AUTH_SIGN_H
#define SOUK_AUTH_SIGN_H

#include "base/arena.h"

#define SIGN_TOLERANCE_S INT64_C(300)

enum sign_verdict {
    SIGN_OK,
    SIGN_MALFORMED, /* no header, or not of this form */
    SIGN_WRONG,     /* not signed with this secret */
    SIGN_OLD        /* signed, but more than the tolerance before or after now */
};

/* The header's value, in the arena. */
struct str sign_header(struct arena *a, struct str secret, int64_t now_s, struct str body);
/* Several v1 may stand in a header (a sender that changes its secret); parts of other
 * names are passed over. Looks at the time only when the signature is right, so that a
 * stranger learns nothing from the answer. */
enum sign_verdict sign_check(struct str secret, struct str header, struct str body,
    int64_t now_s, int64_t tolerance_s);

#endif
