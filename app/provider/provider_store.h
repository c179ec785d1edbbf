/* The provider's books; for its rules and its deliveries alone. Each in the caller's
 * transaction. */
#ifndef SOUK_PROVIDER_PROVIDER_STORE_H
#define SOUK_PROVIDER_PROVIDER_STORE_H

#include "provider/provider.h"

extern const char prov_schema[];

/* ERR_CONFLICT: the reference or the key is there already. */
enum err prov_store_add(struct lite *l, const struct prov_create *c, enum prov_status s,
    int64_t now) MUST_CHECK;
/* *once (may be NULL): what it was made with. ERR_NOT_FOUND. */
enum err prov_store_get(struct lite *l, struct arena *a, struct str reference,
    struct prov_payment *out, struct prov_once *once) MUST_CHECK;
/* *n: 1 if it was pending. */
enum err prov_store_end(struct lite *l, struct str reference, enum prov_status to,
    int64_t now, int64_t *n) MUST_CHECK;
enum err prov_store_code(struct lite *l, struct str reference, struct str code,
    int64_t tries, int64_t now) MUST_CHECK;
/* The refund a key was used for. ERR_NOT_FOUND. */
enum err prov_store_refund_of(struct lite *l, struct arena *a, struct str key,
    struct str *reference, struct str *body_hash) MUST_CHECK;
/* *n: 1 if that much was left. */
enum err prov_store_take(struct lite *l, struct str reference, int64_t amount,
    int64_t now, int64_t *n) MUST_CHECK;
enum err prov_store_refund(
    struct lite *l, const struct prov_refund *r, int64_t now) MUST_CHECK;

struct prov_event {
    struct str id, body;
    int64_t tries, created_at;
};
enum err prov_store_event(
    struct lite *l, const struct prov_event *ev, int64_t due_at) MUST_CHECK;
enum err prov_store_due(struct lite *l, struct arena *a, int64_t now, int64_t limit,
    struct prov_event **out, size_t *n) MUST_CHECK;
enum err prov_store_delivered(struct lite *l, struct str id) MUST_CHECK;
enum err prov_store_retry(struct lite *l, struct str id, int64_t due_at) MUST_CHECK;

#endif
