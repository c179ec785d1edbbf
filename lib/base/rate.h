/* How often something may be done, counted for all processes of a machine in one mapping.
 * It forgets nobody and needs no clearing: a caller is one number, the time at which all
 * that was taken is paid back (the generic cell rate algorithm).  Two callers may share a
 * number, one time in many thousands: a limit for fairness, not for safety. */
#ifndef SOUK_BASE_RATE_H
#define SOUK_BASE_RATE_H

#include "base/err.h"

struct rate;

struct rate_left {
    int64_t left;    /* more that may be taken at once */
    int64_t full_s;  /* until all are there again */
    int64_t retry_s; /* refused: until one more may be taken */
};

/* `path` NULL: for this process alone. */
enum err rate_open(struct rate **out, const char *path) MUST_CHECK;
void rate_close(struct rate *r);
/* Take one of `most` that are paid back evenly over window_us.  `key` names the caller;
 * make it with a keyed hash, or somebody may look for one who shares it. */
bool rate_take(struct rate *r, uint64_t key, int64_t most, int64_t window_us, int64_t now_us,
    struct rate_left *left);

#endif
