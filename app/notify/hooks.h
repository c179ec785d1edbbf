/* The sender of webhooks, for souk-jobs: many at a time on one thread, at most two to the
 * same endpoint, so that a slow one holds up nobody. One thread's; any number of
 * processes may have one.
 *
 * A delivery is a POST of {"id","type","version","time","subject","data"}, data an order
 * as the API shows it, as of the first try; every try sends the same bytes, signed anew:
 *     Souk-Signature: t=<seconds>,v1=<hex HMAC-SHA-256(secret, t "." body)>
 *     Souk-Event-Id: <the event's id, by which a repeat is known>
 * Only a 2xx is success. */
#ifndef SOUK_NOTIFY_HOOKS_H
#define SOUK_NOTIFY_HOOKS_H

#include "db/db.h"

struct hooks_conf {
    bool private_too; /* endpoints at private addresses */
    int64_t retry_ms; /* the first pause after a failure */
};

struct hooks;

struct hooks_did {
    int64_t sent, failed, dead;
};

struct hooks *hooks_new(const struct hooks_conf *c);
/* Those under way are broken off; they are sent again when their claims end. */
void hooks_free(struct hooks *h);
/* Start those that are due at `now`, and work for at most wait_ms. An error is the
 * database's. */
enum err hooks_run(struct hooks *h, struct db_pool *pool, struct arena *a, int64_t now,
    int wait_ms, struct hooks_did *did) MUST_CHECK;

#endif
