/* Clocks and their text forms.  All wall time is UTC. */
#ifndef SOUK_BASE_CLOCK_H
#define SOUK_BASE_CLOCK_H

#include "base/str.h"

/* Wall clock: milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_ms(void);
/* Monotonic microseconds, for durations only. */
int64_t clock_mono_us(void);

#define TIME_RFC3339_N 25 /* "2026-11-22T20:30:00.123Z" and the NUL */
#define TIME_HTTP_N 30    /* "Sun, 22 Nov 2026 20:30:00 GMT" and the NUL */
/* RFC 3339 with milliseconds; RFC 9110 IMF-fixdate.  Return `out`. */
char *time_rfc3339(char out[TIME_RFC3339_N], int64_t ms);
char *time_http(char out[TIME_HTTP_N], int64_t ms);
/* RFC 3339 with any offset and fraction (beyond milliseconds dropped), years 1970 to 9999;
 * false: not one. */
bool time_rfc3339_parse(struct str s, int64_t *ms);
/* Sleep; used for backoff between bounded retries and in the job runner's idle wait.
 * A signal ends it early, so that SIGTERM is not waited out. */
void clock_sleep_ms(int64_t ms);

#endif
