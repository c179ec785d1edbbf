/* What the shop's people watch: payments, mails, webhooks, dead letters; newest first, by
 * key, never counted. One engine for the API (watch_http.c) and for the pages
 * (admin_watch.c), which show what the API's JSON holds. */
#ifndef SOUK_ADMIN_WATCH_H
#define SOUK_ADMIN_WATCH_H

#include "app.h"
#include "json/jout.h"

struct watch_ask {
    struct str status;  /* STR_NULL: any */
    int64_t subject_id; /* an order's, 0: any */
    int64_t after;      /* the last id seen, or 0 */
    int64_t limit;
};
struct watch_kind {
    const char *name;     /* of its address: "payments" */
    const char *statuses; /* "started|succeeded", NULL: it has none */
    size_t size, id_at;   /* of an object, and where its id stands */
    enum err (*list)(struct db *db, struct arena *a, const struct watch_ask *ask,
        void **out, size_t *n);
    /* One, with what the list leaves out; NULL: nothing is. */
    enum err (*get)(struct db *db, struct arena *a, int64_t id, void *out);
    void (*jout)(struct jout *j, const void *obj, bool whole);
};
/* The i-th, NULL past the end. */
const struct watch_kind *watch_kind_at(size_t i);
/* The one whose name stands in the route's pattern behind `prefix`. */
const struct watch_kind *watch_kind_of(const struct req *rq, struct str prefix);
int64_t watch_id(const struct watch_kind *k, const void *obj);
/* What the request's query asks for. */
struct watch_ask watch_ask_of(const struct req *rq, int64_t limit);

/* watch_payment.c */
#define PAYMENT_STATUSES "started|succeeded|declined|late|mismatch"
/* What a list can be asked for. */
#define PAYMENT_LISTS "needs_a_person|" PAYMENT_STATUSES
extern const struct watch_kind payment_watch;
extern const struct schema payment_watch_schema, payment_watch_list_schema;

/* watch_news.c */
#define MAIL_STATUSES "queued|sending|failed|sent|skipped|dead"
#define DELIVERY_STATUSES "queued|sending|failed|sent|dead"
extern const struct watch_kind mail_watch, delivery_watch, dead_watch;
extern const struct schema mail_watch_schema, mail_watch_list_schema,
    delivery_watch_schema, delivery_watch_list_schema, dead_watch_list_schema;
/* ERR_NOT_FOUND; ERR_CONFLICT "not_dead", "still_bad". */
enum err dead_watch_retry(struct db *db, struct arena *a, int64_t id, int64_t now,
    struct fault *flt) MUST_CHECK;

/* watch_outbox.c: what waits to be handed on, and to be sent. */
struct outbox_watched {
    int64_t waiting, oldest_at, age_ms;
    int64_t mails_waiting, mail_age_ms, deliveries_waiting, delivery_age_ms, dead;
};
enum err outbox_watch(
    struct db *db, struct arena *a, struct outbox_watched *out) MUST_CHECK;
extern const struct schema outbox_watch_schema;
void outbox_watch_jout(struct jout *j, const struct outbox_watched *w);

#endif
