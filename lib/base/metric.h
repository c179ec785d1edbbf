/* Counters and histograms over all processes of a shop: a file mapped by each, one slot a
 * process.  A slot whose process died is taken over with its figures as they stand, so
 * there is no moment at which a reader sees them twice or not at all, and a counter never
 * falls.  Updating is one relaxed atomic add in memory that no other process writes. */
#ifndef SOUK_BASE_METRIC_H
#define SOUK_BASE_METRIC_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum metric_type {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_HISTOGRAM, /* of microseconds, 100 us .. 10 s; printed in seconds */
    METRIC_SIZES      /* a histogram of plain numbers, 1 .. 256 */
};

#define METRIC_SLOTS_MAX 64
#define METRIC_CELLS_MAX 32768
#define METRIC_BUCKETS 17 /* of either histogram; the last has what is above all bounds */

struct metric_def {
    const char *name; /* "souk_http_requests_total" */
    enum metric_type type;
    const char *help;
    /* Label name, or NULL: then the values are ready-made, `method="GET",route="/"`. */
    const char *label;
    const char *const *values; /* label values, NULL-terminated, or NULL */
    const char *label2;        /* a second one; both: see metric_pair() */
    const char *const *values2;
    bool sparse; /* what is 0 is not printed */
};

struct metrics;

/* Map `path` (made if missing; made anew if its layout differs) and take a slot.
 * `path` NULL: private memory, for tests and tools. */
enum err metrics_open(struct metrics **out, const char *path, const struct metric_def *defs,
    size_t n) MUST_CHECK;
/* The same file for reading alone, without a slot.  ERR_NOT_FOUND: there is none, or
 * another version of the program made it; nothing is changed then. */
enum err metrics_look(struct metrics **out, const char *path, const struct metric_def *defs,
    size_t n) MUST_CHECK;
void metrics_close(struct metrics *m);
/* `def` indexes the table, `label` its values (0 without label).  m may be NULL. */
void metric_add(struct metrics *m, size_t def, size_t label, int64_t v);
void metric_set(struct metrics *m, size_t def, size_t label, int64_t v);
/* Into a histogram. */
void metric_observe(struct metrics *m, size_t def, size_t label, int64_t v);
/* The label of two. */
size_t metric_pair(const struct metrics *m, size_t def, size_t label, size_t label2);
/* All slots summed, Prometheus text format 0.0.4. */
void metrics_write(struct metrics *m, struct buf *out);
/* Sum of one counter or gauge over all slots. */
int64_t metric_get(struct metrics *m, size_t def, size_t label);
/* The same of a counter alone, without asking the system who lives. */
int64_t metric_count(struct metrics *m, size_t def, size_t label);
/* How many values its label has (or its labels together), at least 1. */
size_t metric_labels(const struct metrics *m, size_t def);
/* Add what a histogram's buckets hold to out; and the upper bound of the i-th. */
void metric_buckets(struct metrics *m, size_t def, size_t label,
    int64_t out[METRIC_BUCKETS]);
int64_t metric_total(struct metrics *m, size_t def, size_t label); /* all that was observed */
int64_t metric_bound(enum metric_type type, size_t i);

/* A process that lives and has a slot, and one of its own figures. */
struct metric_process {
    pid_t pid;
    size_t slot;
};
size_t metrics_processes(struct metrics *m, struct metric_process out[METRIC_SLOTS_MAX]);
int64_t metric_get_of(struct metrics *m, size_t slot, size_t def, size_t label);

#endif
