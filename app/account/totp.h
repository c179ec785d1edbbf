/* Two-step sign-in: a device that makes codes, and recovery codes for when it is lost. */
#ifndef SOUK_ACCOUNT_TOTP_H
#define SOUK_ACCOUNT_TOTP_H

#include "account/account.h"

#define RECOVERY_CODES 10
#define TOTP_CODE_MAX 40

struct totp_setup {
    struct str secret; /* base32, for typing */
    struct str uri;    /* otpauth://, for scanning */
};

/* A new secret, not asked for until totp_confirm(). ERR_FORBIDDEN "email_unverified";
 * ERR_CONFLICT "totp_on". The password is the caller's to have asked. */
enum err totp_begin(struct app *app, struct db *db, struct arena *a, int64_t id,
    struct totp_setup *out, struct fault *flt) MUST_CHECK;
/* The secret that waits for its first code, again. ERR_NOT_FOUND: none waits. */
enum err totp_waiting(struct app *app, struct db *db, struct arena *a, int64_t id,
    struct totp_setup *out) MUST_CHECK;
/* The device makes the right codes: it is asked for from now on. codes[RECOVERY_CODES], to be
 * shown once. ERR_AUTH "totp_invalid"; ERR_NOT_FOUND; ERR_LIMIT. */
enum err totp_confirm(struct app *app, struct db *db, struct arena *a, int64_t id,
    struct str code, struct str codes[RECOVERY_CODES], struct fault *flt) MUST_CHECK;
/* Use a code of the device or a recovery code up. ERR_AUTH "totp_invalid", also for a code
 * that was used before; ERR_LIMIT. */
enum err totp_use(struct app *app, struct db *db, struct arena *a, int64_t id, struct str code,
    struct fault *flt) MUST_CHECK;
/* New recovery codes in the place of the old ones, after totp_use(). */
enum err totp_codes(struct db *db, struct arena *a, int64_t id,
    struct str codes[RECOVERY_CODES]) MUST_CHECK;
enum err totp_codes_left(struct db *db, struct arena *a, int64_t id, int64_t *n) MUST_CHECK;
/* Off, after totp_use(); the owner is told. */
enum err totp_off(struct db *db, struct arena *a, int64_t id) MUST_CHECK;
/* Seal every secret with the key that signs now, after the key file has changed. */
enum err totp_reseal(struct app *app, struct db *db, struct arena *a) MUST_CHECK;

#endif
