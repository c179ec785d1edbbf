/* News that always arrives: what follows from an event. notify_consume() writes down,
 * once for each event whatever is delivered again, the mail it asks for and a delivery
 * for each webhook endpoint that wants it; souk-jobs sends both (mailer.h, hooks.h), with
 * pauses that grow, for at most three days. What could not be done ends as a dead letter,
 * which people can try again. Sending is at least once: a process that dies between a
 * send and its mark sends again, with the same Message-ID or Souk-Event-Id. */
#ifndef SOUK_NOTIFY_NOTIFY_H
#define SOUK_NOTIFY_NOTIFY_H

#include "db/db.h"

struct event;

/* --- events come in --- */

/* In the caller's transaction. An event seen before, or one that nothing follows from, is
 * ERR_OK; one that cannot be handled is noted as a dead letter and ERR_OK too, so that it
 * holds up no other. ERR_BUSY: another consumer has the same event just now, run the
 * transaction anew. Any other error: nothing may be kept of the transaction. */
enum err notify_consume(
    struct db *db, struct arena *a, const struct event *ev, int64_t now) MUST_CHECK;
/* The same for many in few statements. */
enum err notify_consume_many(struct db *db, struct arena *a, const struct event *ev,
    size_t n, int64_t now) MUST_CHECK;
/* An event that shall not be handled, kept to be looked at; in the caller's transaction. */
enum err notify_put_aside(struct db *db, struct arena *a, const struct event *ev,
    const char *reason, int64_t now) MUST_CHECK;
/* A message that is no event, as it came: a dead letter that is kept to be looked at. */
enum err notify_refuse(struct db *db, struct arena *a, struct str raw, const char *reason,
    int64_t now) MUST_CHECK;

/* --- what the shop's people see: newest first, by key --- */

struct notify_filter {
    struct str status;  /* STR_NULL: all */
    int64_t subject_id; /* an order's, or 0: all */
    int64_t after;      /* the last id seen, or 0 */
    int64_t limit;      /* 1 to 100 */
};

/* status: queued, sending (a process has it), failed (will be tried again), sent, skipped
 * (there is nobody to send it to), dead. */
struct mail {
    int64_t id, event_id, subject_id, tries, created_at;
    int64_t next_at, sent_at;      /* 0: none */
    int64_t last_code;             /* of SMTP, 0: none */
    struct str kind;               /* the event's type */
    struct str recipient, subject; /* empty until it is written */
    struct str status, last_error;
    struct str text, html; /* mail_get() alone; STR_NULL: not written yet, or secret */
};
enum err mail_list(struct db *db, struct arena *a, const struct notify_filter *f,
    struct mail **out, size_t *n) MUST_CHECK;
enum err mail_get(
    struct db *db, struct arena *a, int64_t id, struct mail *out) MUST_CHECK;

/* status: queued, sending, failed, sent, dead. */
struct delivery {
    int64_t id, event_id, subject_id, endpoint_id, tries, created_at;
    int64_t next_at, sent_at; /* 0: none */
    int64_t last_code;        /* of HTTP, 0: no answer */
    struct str type, url, status, last_error;
    struct str body; /* delivery_get() alone; STR_NULL: not written yet */
};
enum err delivery_list(struct db *db, struct arena *a, const struct notify_filter *f,
    struct delivery **out, size_t *n) MUST_CHECK;
enum err delivery_get(
    struct db *db, struct arena *a, int64_t id, struct delivery *out) MUST_CHECK;

/* The i-th type of events that webhook endpoints may want, STR_NULL past the end. */
struct str endpoint_event_at(size_t i);

/* --- dead letters --- */

enum dead_kind { DEAD_MAIL, DEAD_DELIVERY, DEAD_EVENT, DEAD__MAX };
/* "mail", "webhook", "event". */
const char *dead_kind_text(enum dead_kind k);
bool dead_kind_parse(struct str s, enum dead_kind *out);

struct dead_letter {
    enum dead_kind kind;
    int64_t id, subject_id, tries, created_at, last_code;
    struct str type; /* of the event */
    struct str to;   /* an address of either sort; empty for an event */
    struct str reason;
};
/* Of all kinds, newest first. Of `f` after and limit alone. */
enum err notify_dead_list(struct db *db, struct arena *a, const struct notify_filter *f,
    struct dead_letter **out, size_t *n) MUST_CHECK;
/* How many, at most 10,000. */
enum err notify_dead_count(struct db *db, struct arena *a, int64_t *n) MUST_CHECK;
/* Try again, for three days from now on; own transaction. ERR_NOT_FOUND: no such letter;
 * ERR_CONFLICT "not_dead": somebody did so already; for an event that still cannot be
 * handled ERR_CONFLICT "still_bad". */
enum err notify_retry(struct db *db, struct arena *a, enum dead_kind kind, int64_t id,
    int64_t now, struct fault *flt) MUST_CHECK;

/* --- figures, and forgetting --- */

struct notify_figures {
    int64_t mails_waiting, deliveries_waiting; /* counted to 10,000 */
    int64_t mail_age_ms, delivery_age_ms;      /* of the oldest that waits; 0: none */
    int64_t dead;
};
enum err notify_figures(
    struct db *db, struct arena *a, int64_t now, struct notify_figures *out) MUST_CHECK;
/* Give up at most `limit` deliveries whose endpoint was removed, or was not active for
 * all of their time; remove at most `limit` of each: mails, deliveries and marks of
 * events that are old and done with, a mail's file along with it. *n counts what was
 * removed. */
struct notify_old {
    int64_t before;
    const char *folder; /* of mails as files; NULL: there is none */
};
enum err notify_tidy(struct db *db, int64_t now, const struct notify_old *old,
    int64_t limit, int64_t *n) MUST_CHECK;

#endif
