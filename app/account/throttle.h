/* Slowing down guessing: so many tries of a kind by one subject in a window of time. A try is
 * counted before it is made, so that many at once are not one, and given back when it was
 * right. In the database, so that all processes count together; without the database nobody
 * signs in anyway. Subjects are stored as keyed hashes. */
#ifndef SOUK_ACCOUNT_THROTTLE_H
#define SOUK_ACCOUNT_THROTTLE_H

#include "app.h"

enum throttle {
    THROTTLE_LOGIN,      /* an address of mail from an address of the net */
    THROTTLE_LOGIN_MAIL, /* an address of mail from wherever it never signed in */
    THROTTLE_LOGIN_IP,
    THROTTLE_REGISTER_IP,
    THROTTLE_FORGOT, /* an address of mail */
    THROTTLE_FORGOT_IP,
    THROTTLE_MAIL, /* links that an account has sent to itself */
    THROTTLE_PROVE, /* an account's password asked of who is signed in */
    THROTTLE_TOTP,
    THROTTLE__MAX
};

/* Count a try. ERR_LIMIT with Retry-After when there were too many. Subjects that are no
 * address of the net but this machine's own are not counted for the kinds named _IP. */
enum err throttle_take(struct app *app, struct db *db, struct arena *a, enum throttle kind,
    struct str subject, struct fault *flt) MUST_CHECK;
/* It was right: one try less, or none at all. */
enum err throttle_give(struct app *app, struct db *db, struct arena *a, enum throttle kind,
    struct str subject) MUST_CHECK;
enum err throttle_clear(struct app *app, struct db *db, struct arena *a, enum throttle kind,
    struct str subject) MUST_CHECK;
/* The subject of an account. */
struct str throttle_id(struct arena *a, int64_t account_id);

#endif
