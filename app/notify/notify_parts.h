/* What the files of app/notify share: the kinds of events, the rows they become, and the
 * statements on them. */
#ifndef SOUK_NOTIFY_NOTIFY_PARTS_H
#define SOUK_NOTIFY_NOTIFY_PARTS_H

#include "db/db.h"
#include "outbox/outbox.h"
#include "notify/notify.h"

#define NOTIFY_GIVE_UP_MS (3 * INT64_C(86400000))
#define EVENT_TYPE_MAX 40
#define EVENT_DATA_MAX 4000
#define NOTIFY_WHY_MAX 300 /* bytes of a reason that is kept */

/* What an event is about, and who hears of it. */
enum event_about { ABOUT_ORDER, ABOUT_ACCOUNT, ABOUT_SKU };
struct event_kind {
    const char *type;
    enum event_about about;
    bool mail;   /* somebody gets one */
    bool hook;   /* endpoints may want it */
    bool secret; /* its text opens an account: never kept */
};
/* NULL: there is no such event. */
const struct event_kind *event_kind_of(struct str type);
/* The i-th kind, NULL past the end. */
const struct event_kind *event_kind_at(size_t i);

/* --- pauses --- */

/* When the next try is due after `tries` have failed: the first pause doubled each time,
 * at most six hours, less a random part of up to a half of it. `base_ms` is the first. */
int64_t notify_next(int64_t now, int64_t tries, int64_t base_ms);
/* The longest and the shortest it can be. */
int64_t notify_pause_max(int64_t tries, int64_t base_ms);
/* A message of others as it may be kept and shown: one line, valid UTF-8, not too long.
 */
struct str notify_why(struct arena *a, struct str s);

/* --- an endpoint --- */

#define ENDPOINT_URL_MAX 500
#define ENDPOINT_EVENTS_MAX 1000
#define ENDPOINTS_MAX 32
#define ENDPOINT_CALLS 2 /* at a time */

struct endpoint {
    int64_t id, version, created_at, updated_at;
    struct str url, events; /* events: types with a blank between, or "*" */
    struct str secret;
    bool active;
    bool told;   /* its secret is shown: it was made just now */
    bool rotate; /* a change makes a new secret */
};
/* Does it want events of this type? */
bool endpoint_wants(const struct endpoint *e, struct str type);

/* --- events (notify_store.c, notify_list_store.c) --- */

/* Of `id`, those the consumer has seen: seen[i]. */
enum err notify_store_seen(
    struct db *db, struct arena *a, const int64_t *id, size_t n, bool *seen) MUST_CHECK;
/* ERR_CONFLICT: one of them is seen by now. */
enum err notify_store_see(
    struct db *db, struct arena *a, const int64_t *id, size_t n, int64_t now) MUST_CHECK;
enum err notify_store_mails(struct db *db, struct arena *a, const struct event *ev,
    size_t n, int64_t now) MUST_CHECK;
/* endpoint_id[i] is for ev[i]. */
enum err notify_store_deliveries(struct db *db, struct arena *a, const struct event *ev,
    const int64_t *endpoint_id, size_t n, int64_t now) MUST_CHECK;
enum err notify_store_bad(
    struct db *db, const struct event *ev, struct str reason, int64_t now) MUST_CHECK;
/* The bad event, its row kept; ERR_NOT_FOUND. */
enum err notify_store_bad_get(
    struct db *db, struct arena *a, int64_t id, struct event *out) MUST_CHECK;
enum err notify_store_bad_drop(struct db *db, int64_t id) MUST_CHECK;
/* A dead mail or delivery is due again: ERR_NOT_FOUND, ERR_CONFLICT when it is not dead.
 */
enum err notify_store_again(struct db *db, struct arena *a, enum dead_kind kind,
    int64_t id, int64_t now) MUST_CHECK;

/* Mails from before that nothing is due of, the oldest first. */
enum err notify_store_old_mails(struct db *db, struct arena *a, int64_t before,
    int64_t limit, int64_t **id, size_t *n) MUST_CHECK;
enum err notify_store_forget_mails(
    struct db *db, struct arena *a, const int64_t *id, size_t n) MUST_CHECK;
/* Deliveries, claims and bad events. */
enum err notify_store_forget(
    struct db *db, int64_t before, int64_t limit, int64_t *n) MUST_CHECK;

/* --- endpoints (endpoint.c, endpoint_store.c) --- */

enum err endpoint_store_active(
    struct db *db, struct arena *a, struct endpoint **out, size_t *n) MUST_CHECK;
/* The newest first, from before the id `after` (0: the newest) on. */
enum err endpoint_store_walk(struct db *db, struct arena *a, int64_t limit, int64_t after,
    struct endpoint **out, size_t *n) MUST_CHECK;
enum err endpoint_store_list(struct db *db, struct arena *a, int64_t limit, int64_t skip,
    struct endpoint **out, size_t *n, int64_t *total) MUST_CHECK;
/* All but `told`; ERR_NOT_FOUND when it is removed too. */
enum err endpoint_store_get(struct db *db, struct arena *a, int64_t id, bool lock,
    struct endpoint *out) MUST_CHECK;
enum err endpoint_store_add(struct db *db, const struct endpoint *p) MUST_CHECK;
enum err endpoint_store_change(struct db *db, const struct endpoint *p) MUST_CHECK;
enum err endpoint_store_remove(struct db *db, int64_t id, int64_t now) MUST_CHECK;
/* Deliveries that wait for an endpoint that was removed, or for one that is not active
 * until their time is over. */
enum err endpoint_store_give_up(struct db *db, int64_t now, int64_t limit) MUST_CHECK;
enum err endpoint_store_count(struct db *db, struct arena *a, int64_t *n) MUST_CHECK;

/* --- mails and deliveries that are due (due_store.c) --- */

/* So many claims that were not ended are enough: its sending ends the program. */
#define DUE_LAPSES_MAX 3
#define DUE_DEADLY "the program ended each time it was to be sent"
/* One that this process has until its claim ends. */
struct due {
    int64_t id, claim, tries, give_up_at, created_at;
    int64_t endpoint_id; /* of a delivery */
    int64_t lapses;      /* claims in a row that nobody ended */
    struct event ev;
    bool written; /* its text is there */
    struct str recipient, subject, text,
        html; /* a mail's; of a delivery text: the body */
};
/* Claim at most `limit` of those due, the longest due first, until now + lease_ms. Own
 * transaction. */
enum err mail_store_claim(struct db *db, struct arena *a, int64_t now, int64_t lease_ms,
    size_t limit, struct due **out, size_t *n) MUST_CHECK;
enum err hook_store_claim(struct db *db, struct arena *a, int64_t endpoint_id,
    int64_t now, int64_t lease_ms, size_t limit, struct due **out, size_t *n) MUST_CHECK;
/* Active endpoints that something is due for. */
enum err hook_store_endpoints(struct db *db, struct arena *a, int64_t now,
    struct endpoint **out, size_t *n) MUST_CHECK;
/* Keep what was written, before it is sent for the first time. ERR_CONFLICT: the claim is
 * another's by now. */
enum err mail_store_write(struct db *db, const struct due *d, bool keep) MUST_CHECK;
enum err hook_store_write(struct db *db, const struct due *d) MUST_CHECK;

enum due_end { DUE_SENT, DUE_AGAIN, DUE_DEAD, DUE_SKIPPED };
struct due_mark {
    enum due_end end;
    int64_t next_at; /* of DUE_AGAIN */
    int64_t code;
    struct str why;
};
/* What became of it; nothing when the claim is another's by now (ERR_CONFLICT). */
enum err mail_store_mark(
    struct db *db, const struct due *d, const struct due_mark *m, int64_t now) MUST_CHECK;
/* All of these, which one claim has, are sent; of how many the claim was lost. n >= 1. */
enum err mail_store_sent(struct db *db, struct arena *a, const struct due *const *d,
    size_t n, int64_t now, size_t *lost) MUST_CHECK;
enum err hook_store_mark(
    struct db *db, const struct due *d, const struct due_mark *m, int64_t now) MUST_CHECK;
/* What to do with one that did not get through: again after a pause, or dead once its
 * three days are over. */
struct due_mark due_failed(
    const struct due *d, int64_t code, struct str why, int64_t base_ms, int64_t now);

#endif
