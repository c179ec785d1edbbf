/* Accounts as the shop's admins see them: who is there, which role, open or closed. */
#ifndef SOUK_ACCOUNT_PEOPLE_HTTP_H
#define SOUK_ACCOUNT_PEOPLE_HTTP_H

#include "account/account.h"

struct people_filter {
    struct str role; /* STR_NULL: any */
    struct str q;    /* the beginning of an e-mail address */
    int64_t page, per_page, after;
    bool walk; /* from `after` on (0: the newest), whatever page; *total is -1 then */
};
enum err people_list(struct db *db, struct arena *a, const struct people_filter *f,
    struct account **out, size_t *n, int64_t *total) MUST_CHECK;
/* An account for one of the shop's people (or a customer), who gets a link to set a password
 * with. ERR_CONFLICT "email_taken"; ERR_INVALID. */
enum err people_invite(struct app *app, struct db *db, struct arena *a, struct str email,
    struct str name, const char *role, struct account *out, struct fault *flt) MUST_CHECK;

struct people_change {
    int64_t id, version; /* version 0: any */
    struct str role;     /* STR_NULL: as it is */
    int disabled;        /* -1: as it is */
};
/* Its sessions end, so that the new role counts at once. ERR_PRECONDITION: changed since;
 * ERR_CONFLICT "last_admin"; ERR_FORBIDDEN "email_unverified": for a role in the shop the
 * address must be proven. */
enum err people_change(struct db *db, struct arena *a, const struct people_change *c,
    struct account *out, struct fault *flt) MUST_CHECK;

#endif
