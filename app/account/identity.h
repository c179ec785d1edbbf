/* What an account's owner can prove and change: the address, the password. All links are made
 * of 32 random bytes, stored as a hash, sent by mail and good once. */
#ifndef SOUK_ACCOUNT_IDENTITY_H
#define SOUK_ACCOUNT_IDENTITY_H

#include "account/account.h"

#define VERIFY_MS (24 * 3600 * INT64_C(1000))
#define RESET_MS (30 * 60 * INT64_C(1000))
#define LINK_BYTES 32
#define LINK_TEXT_MAX 64

enum link_kind { LINK_VERIFY, LINK_RESET, LINK_EMAIL, LINK__MAX };

struct link {
    enum link_kind kind;
    int64_t account_id;
    struct str email;
};
/* Make a link for `email` and have it sent, in the caller's transaction. `what` is the mail's
 * occasion: "verify", "reset", "invite", "email". */
enum err link_send(struct db *db, struct arena *a, enum link_kind kind,
    const struct account *acc, struct str email, const char *what, int64_t now_ms) MUST_CHECK;
/* The same work for nobody: the time of an answer does not tell whether an address has an
 * account. What it leaves opens nothing and goes with the other links. */
enum err link_pretend(struct db *db, enum link_kind kind, struct str email, int64_t now_ms)
    MUST_CHECK;
/* Use a link up, in the caller's transaction, which also locks its account (*acc). Of two at
 * once one gets it. ERR_NOT_FOUND: unknown, used, over. */
enum err link_take(struct db *db, struct arena *a, struct str token, unsigned kinds,
    int64_t now_ms, struct link *out, struct account *acc) MUST_CHECK;

/* Send the link that proves an address again. ERR_CONFLICT "already_verified"; ERR_LIMIT. */
enum err identity_send_verify(struct app *app, struct db *db, struct arena *a, int64_t id,
    struct fault *flt) MUST_CHECK;
/* Open a link of the mail: proves the account's address, or makes the new one count and tells
 * the old one. ERR_NOT_FOUND "link_invalid"; ERR_CONFLICT "email_taken". */
enum err identity_verify(struct app *app, struct db *db, struct arena *a, struct str token,
    struct account *out, struct fault *flt) MUST_CHECK;
/* Ask for a link that sets a new password. The same answer, and the same work, whether or not
 * the address has an account. ERR_LIMIT. */
enum err identity_forgot(struct app *app, struct db *db, struct arena *a, struct str email,
    struct str ip, struct fault *flt) MUST_CHECK;
/* Set a password with such a link; every session of the account ends. Takes its own
 * connections. ERR_INVALID at /password; ERR_NOT_FOUND "link_invalid". */
enum err identity_reset(struct app *app, struct arena *a, struct str token,
    struct str password, struct fault *flt) MUST_CHECK;
/* Is it worth asking for a password? As identity_reset() would say, and changes nothing. */
enum err identity_link_ok(struct db *db, struct arena *a, struct str token, unsigned kinds)
    MUST_CHECK;
/* Change the password, the old one being right; every session but `session_id` ends. */
enum err identity_set_password(struct app *app, struct arena *a, int64_t id,
    int64_t session_id, struct str old, struct str password, struct fault *flt) MUST_CHECK;
/* Ask for another address, the password being right: it counts when its link was opened. The
 * same answer whether or not somebody has it already. */
enum err identity_set_email(struct app *app, struct arena *a, int64_t id, struct str password,
    struct str email, struct fault *flt) MUST_CHECK;

#endif
