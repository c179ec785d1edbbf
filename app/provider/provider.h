/* The simulated payment provider: another party, with books of its own (a SQLite file), that
 * takes payments by API or on a page of its own, gives them back, and tells the shop what
 * happened by signed messages, each at least once. It moves no money. It knows nothing of
 * orders, and the shop nothing of how it works inside: app/payment talks to it as it would to
 * one on the internet. */
#ifndef SOUK_PROVIDER_PROVIDER_H
#define SOUK_PROVIDER_PROVIDER_H

#include <stdatomic.h>

#include "app.h"
#include "auth/token.h"
#include "fetch/fetch.h"
#include "http/route.h"
#include "lite/lite.h"
#include "pay_keys.h"

#define PROVIDER_PAGES "/simulated-provider/pay/"
#define PROVIDER_CODE_TRIES 3
#define PROVIDER_REFERENCE_MAX 80

enum prov_status {
    PROV_PENDING,
    PROV_SUCCEEDED,
    PROV_DECLINED,
    PROV_CANCELLED,
    PROV_STATUS__MAX
};
const char *prov_status_text(enum prov_status s);

struct prov_payment {
    struct str reference, currency, return_to, code; /* code STR_NULL: none was sent */
    int64_t amount, refunded, tries, created_at;
    enum prov_status status;
};

/* How messages are delivered, for tests: everything a network may do to them. */
struct prov_delivery {
    atomic_int late_ms, copies, wrong_percent;
    atomic_bool shuffle;
};

struct hooks;
struct provider {
    struct settings set;
    struct pay_keys keys;
    struct lite *books;
    struct tmpl_set *tmpl;
    struct prov_delivery delivery;
    struct hooks *hooks;
    struct shop_meter meter; /* one file of metrics for all programs of a machine */
};

/* A call that may be repeated: the same key with the same body does nothing again. */
struct prov_once {
    struct str key, body_hash;
};
struct prov_create {
    struct prov_once once;
    struct str reference, currency, return_to, outcome; /* STR_NULL: on the page */
    int64_t amount;
};
/* ERR_INVALID "idempotency_key_reused"; ERR_CONFLICT "reference_taken". A reference that was
 * cancelled before it was known stays cancelled: *out says so. */
enum err prov_create(struct provider *p, struct arena *a, const struct prov_create *c,
    struct prov_payment *out, struct fault *flt) MUST_CHECK;
enum err prov_get(struct provider *p, struct arena *a, struct str reference,
    struct prov_payment *out) MUST_CHECK;
/* A pending payment comes to this end; one that has ended stays as it is. *out is how it
 * stands then. */
enum err prov_end(struct provider *p, struct arena *a, struct str reference,
    enum prov_status to, struct prov_payment *out) MUST_CHECK;
/* It shall not be paid any more, even if it is not known yet. */
enum err prov_cancel(struct provider *p, struct arena *a, const struct prov_create *c,
    struct prov_payment *out, struct fault *flt) MUST_CHECK;
struct prov_refund {
    struct prov_once once;
    struct str reference;
    int64_t amount;
};
/* ERR_NOT_FOUND; ERR_CONFLICT "not_refundable"; ERR_INVALID "refund_too_large",
 * "idempotency_key_reused". */
enum err prov_refund(struct provider *p, struct arena *a, const struct prov_refund *r,
    struct prov_payment *out, struct fault *flt) MUST_CHECK;
/* The second step: a code is sent, and must come back. The third wrong one declines. */
enum err prov_step(struct provider *p, struct arena *a, struct str reference,
    struct prov_payment *out) MUST_CHECK;
enum err prov_code(struct provider *p, struct arena *a, struct str reference,
    struct str code, struct prov_payment *out) MUST_CHECK;

/* As the API and the messages show it. */
void prov_jout(struct jout *j, const struct prov_payment *p);

/* --- provider_hook.c: the messages' way to the shop --- */
struct hooks *hooks_start(struct provider *p);
/* Tell it that there is one more. */
void hooks_wake(struct hooks *h);
void hooks_stop(struct hooks *h);

extern const struct route provider_api_routes[], provider_page_routes[];

#endif
