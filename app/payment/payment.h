/* Payments: attempts at providers. An attempt is a row, committed, before the provider is
 * asked, so that a crash between the two leaves something to find; so is a refund. Knows no
 * order rules: who may pay and what follows is the order's. */
#ifndef SOUK_PAYMENT_PAYMENT_H
#define SOUK_PAYMENT_PAYMENT_H

#include "db/db.h"

#define PAYMENT_PROVIDER "simulated"

/* What the buyer decided beforehand; PAY_PAGE: it is decided on the provider's page. */
enum pay_asked { PAY_PAGE, PAY_APPROVE, PAY_DECLINE };

struct payment {
    int64_t id, order_id, amount, refunded, created_at, settles_by;
    struct str provider, reference, currency;
    struct str status; /* started, succeeded, declined, late, mismatch */
    enum pay_asked asked;
};

/* --- providers --- */

/* How a provider says that a payment stands. Only a pending one changes. */
enum pay_status { PAY_PENDING, PAY_SUCCEEDED, PAY_DECLINED, PAY_CANCELLED, PAY_STATUS__MAX };
struct pay_told {
    struct str reference, currency;
    struct str page; /* where the buyer decides; STR_NULL: nowhere */
    int64_t amount, refunded;
    enum pay_status status;
};
/* What a provider tells; `about` false: not of a payment, or of a kind we do not know. */
struct pay_event {
    struct str id, type;
    struct pay_told told;
    bool about;
};
#define PAY_EVENTS_MAX 100
struct pay_message {
    struct pay_event *ev;
    size_t n; /* 1..PAY_EVENTS_MAX */
};
struct refund_due {
    int64_t id, amount;
    struct str provider, reference, currency;
};
/* One provider. Each call waits for its server, for a bounded time: hold no connection
 * meanwhile. ERR_UPSTREAM: nobody knows what came of it, ask again with the same; ERR_BUSY:
 * not asked; others: it refused. create and cancel may be repeated, refund too (its id is
 * the key). cancel: it shall not be paid any more, whether the provider knows it or not; the
 * answer may be that it was. */
struct pay_provider {
    const char *name;
    void *self;
    enum err (*create)(void *self, struct arena *a, const struct payment *p,
        struct str return_to, struct pay_told *out);
    enum err (*get)(
        void *self, struct arena *a, const struct payment *p, struct pay_told *out);
    enum err (*cancel)(
        void *self, struct arena *a, const struct payment *p, struct pay_told *out);
    enum err (*refund)(void *self, struct arena *a, const struct refund_due *r);
    /* Is this message the provider's, and what does it tell? ERR_BAD with a fault if not. */
    const char *signature; /* its header */
    enum err (*message)(void *self, struct arena *a, struct str signature, struct str body,
        int64_t now_ms, struct pay_message *out, struct fault *flt);
};
/* The one place that says who takes payments. */
#define PAY_PROVIDERS_MAX 4
struct pay_desk {
    struct pay_provider *p[PAY_PROVIDERS_MAX];
    size_t n;
};
/* NULL: there is none of that name. */
const struct pay_provider *pay_find(const struct pay_desk *d, struct str name);

/* payment_simulated.c: the provider that souk-pay is. `base` empty: through `socket`. */
struct pay_simulated_conf {
    const char *base, *socket;
    const char *api_key, *webhook_secret; /* copied */
    int calls; /* at a time */
};
struct pay_provider *pay_simulated_new(const struct pay_simulated_conf *c);
void pay_simulated_free(struct pay_provider *p);

/* --- attempts; each function a step in the caller's transaction, or alone --- */

/* Write the attempt 'started' under a fresh reference; *out is the row. settles_by 0: it is
 * decided at once. */
struct payment_new {
    int64_t order_id, amount, settles_by, now;
    struct str currency;
    enum pay_asked asked;
};
enum err payment_start(struct db *db, struct arena *a, const struct payment_new *in,
    struct payment *out) MUST_CHECK;
/* The same for many: of each of p[i] order_id, amount, currency and asked, which is decided at
 * once, are read, all else is made. */
enum err payment_start_many(struct db *db, struct arena *a, struct payment *p, size_t n,
    int64_t now) MUST_CHECK;
/* open[i]: the order has an attempt that is not decided. */
enum err payment_open_among(struct db *db, struct arena *a, const int64_t *order_id,
    size_t n, bool *open) MUST_CHECK;
/* The newest attempt of an order that is still open and was asked so; a page's only if its
 * money may still come at `now`. ERR_NOT_FOUND. */
enum err payment_open(struct db *db, struct arena *a, int64_t order_id,
    enum pay_asked asked, int64_t now, struct payment *out) MUST_CHECK;
/* All open attempts of an order. */
enum err payment_open_all(struct db *db, struct arena *a, int64_t order_id,
    struct payment **out, size_t *n) MUST_CHECK;
/* By its reference, not locked. ERR_NOT_FOUND. */
enum err payment_find(struct db *db, struct arena *a, struct str provider,
    struct str reference, struct payment *out) MUST_CHECK;
/* All of these that there are. */
enum err payment_find_many(struct db *db, struct arena *a, struct str provider,
    const struct str *reference, size_t refs, struct payment **out, size_t *n) MUST_CHECK;
/* Again, its row locked (the order's is before). */
enum err payment_lock_id(
    struct db *db, struct arena *a, int64_t id, struct payment *out) MUST_CHECK;
/* A locked attempt that has not succeeded now has. ERR_CONFLICT: the order has a
 * successful payment already (the schema's UNIQUE, whatever callers do). */
enum err payment_succeed(struct db *db, int64_t id, int64_t now) MUST_CHECK;
/* All of these, or ERR_CONFLICT. */
enum err payment_succeed_many(struct db *db, struct arena *a, const int64_t *id, size_t n,
    int64_t now) MUST_CHECK;
/* 'started' becomes 'declined'; one that is closed already stays as it is. */
enum err payment_decline(struct db *db, int64_t id, int64_t now) MUST_CHECK;
/* The provider tells another sum than was asked: left to a person. */
enum err payment_mismatch(struct db *db, int64_t id, int64_t now) MUST_CHECK;
/* Its money came and is not wanted: all of it goes back. *refund_id is the refund. */
enum err payment_late(
    struct db *db, const struct payment *p, int64_t now, int64_t *refund_id) MUST_CHECK;
/* Attempts that should have ended: decided at once and older than `before`, or past their
 * settles_by. The oldest first. */
enum err payment_overdue(struct db *db, struct arena *a, int64_t before, int64_t now,
    int64_t limit, struct payment **out, size_t *n) MUST_CHECK;
/* A message was acted on. ERR_CONFLICT: it was before. */
enum err payment_event_seen(struct db *db, const struct pay_provider *p,
    const struct pay_event *ev, int64_t payment_id, int64_t now) MUST_CHECK;
enum err payment_forget_events(
    struct db *db, int64_t now, int64_t limit, int64_t *n) MUST_CHECK;

/* --- what the shop's people see: newest first, by key --- */

/* Instead of a status: those that need a person, whose sum is another than was asked or of
 * which a refund failed. */
#define PAYMENT_NEEDY "needs_a_person"
struct payment_filter {
    struct str status; /* STR_NULL: any */
    int64_t order_id;  /* 0: any */
    int64_t after;     /* the last id seen, or 0 */
    int64_t limit;
};
enum err payment_list(struct db *db, struct arena *a, const struct payment_filter *f,
    struct payment **out, size_t *n) MUST_CHECK;
enum err payment_get(
    struct db *db, struct arena *a, int64_t id, struct payment *out) MUST_CHECK;
/* How many need a person. */
enum err payment_needy(struct db *db, struct arena *a, int64_t *n) MUST_CHECK;
struct refund {
    int64_t id, amount, created_at;
    struct str reason, actor, status; /* started, succeeded, failed */
};
enum err payment_refunds(struct db *db, struct arena *a, int64_t payment_id,
    struct refund **out, size_t *n) MUST_CHECK;

/* --- giving back --- */

/* The successful payment of an order, its row locked. ERR_NOT_FOUND: none. */
enum err payment_lock(
    struct db *db, struct arena *a, int64_t order_id, struct payment *out) MUST_CHECK;
/* Give back part of a locked payment, as the refund `refund_id` (a fresh one of the
 * caller's). ERR_CONFLICT: more than is left of it. The provider is asked later, by
 * payment_send_refunds(). */
enum err payment_refund(struct db *db, const struct payment *p, int64_t refund_id,
    int64_t amount, struct str reason, const char *actor, int64_t now) MUST_CHECK;
/* Ask providers for refunds that are written and not confirmed, oldest first. *n of them
 * were; the first that is not answered ends it with ERR_UPSTREAM. */
enum err payment_send_refunds(struct db *db, struct arena *a, const struct pay_desk *desk,
    int64_t limit, int64_t *n) MUST_CHECK;

#endif
