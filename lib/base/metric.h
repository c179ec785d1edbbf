/* Counters and histograms over all processes of a shop: a file mapped by each, one
 * slot a process.  A slot whose process died is taken over with its figures, so a
 * counter never falls.  Updating is one relaxed atomic add. */
#ifndef SOUK_BASE_METRIC_H
#define SOUK_BASE_METRIC_H

#include "base/buf.h"
#include "base/err.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define METRIC_SLOTS_MAX 64
#define METRIC_CELLS_MAX 4096

struct metric_def {
    const char *name; /* "souk_http_requests_total" */
    enum metric_type type;
    const char *help;
    const char *label;         /* label name, or NULL */
    const char *const *values; /* label values, NULL-terminated, or NULL */
};

struct metrics;

/* Map `path` (made if missing; made anew if its layout differs) and take a slot.
 * `path` NULL: private memory, for tests and tools. */
enum err metrics_open(struct metrics **out, const char *path, const struct metric_def *defs,
    size_t n) MUST_CHECK;
void metrics_close(struct metrics *m);
/* `def` indexes the table, `label` its values (0 without label).  m may be NULL. */
void metric_add(struct metrics *m, size_t def, size_t label, int64_t v);
void metric_set(struct metrics *m, size_t def, size_t label, int64_t v);
/* Histogram in microseconds, exponential buckets 100 us .. 10 s. */
void metric_observe(struct metrics *m, size_t def, size_t label, int64_t us);
/* All slots summed, Prometheus text format 0.0.4. */
void metrics_write(struct metrics *m, struct buf *out);
/* Sum of one counter over all slots. */
int64_t metric_get(struct metrics *m, size_t def, size_t label);

#endif
