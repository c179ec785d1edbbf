/* Rows of the outbox; inside app/outbox only. */
#ifndef SOUK_OUTBOX_OUTBOX_STORE_H
#define SOUK_OUTBOX_OUTBOX_STORE_H

#include "outbox/outbox.h"

/* The oldest `limit` events, *seq their rows; both in the arena. Rows that are not
 * committed yet are not seen, whatever their number: they come later. */
enum err outbox_store_oldest(struct db *db, struct arena *a, int64_t limit,
    struct event **ev, int64_t **seq, size_t *n) MUST_CHECK;
/* The batch under way; until_seq 0: none is. */
struct outbox_trial {
    int64_t seq, until_seq, events, tries;
};
enum err outbox_store_trial(
    struct db *db, struct arena *a, struct outbox_trial *out) MUST_CHECK;
enum err outbox_store_trial_set(struct db *db, const struct outbox_trial *t) MUST_CHECK;
/* ERR_CONFLICT: one of them is gone already. */
enum err outbox_store_drop(
    struct db *db, struct arena *a, const int64_t *seq, size_t n) MUST_CHECK;

#endif
