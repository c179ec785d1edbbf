/* What the files of the metrics share: the table as it is laid out in a slot, and the slots
 * as a reader finds them.  Only for metric*.c. */
#ifndef SOUK_BASE_METRIC_PRIV_H
#define SOUK_BASE_METRIC_PRIV_H

#include "base/metric.h"
#include "base/metric_map.h"

#define HISTOGRAM_CELLS (METRIC_BUCKETS + 1) /* the sum follows the buckets */

struct metrics {
    const struct metric_def *defs;
    size_t n;
    size_t *first;  /* cell of each definition's first label */
    size_t *labels; /* how many each has, of both kinds together, at least 1 */
    size_t *inner;  /* of those the second kind, at least 1 */
    struct metric_map map;
};

/* The slots as they are when a reader comes: asking the system who lives is done once. */
struct metric_view {
    struct metrics *m;
    size_t used;
    bool alive[METRIC_SLOTS_MAX];
};

static inline bool
metric_is_histogram(const struct metric_def *d)
{
    return d->type == METRIC_HISTOGRAM || d->type == METRIC_SIZES;
}

static inline size_t
metric_width(const struct metric_def *d)
{
    return metric_is_histogram(d) ? HISTOGRAM_CELLS : 1;
}

static inline bool
metric_known(const struct metrics *m, size_t def, size_t label)
{
    return m != NULL && def < m->n && label < m->labels[def];
}

static inline size_t
metric_cell_at(const struct metrics *m, size_t def, size_t label)
{
    return m->first[def] + label * metric_width(&m->defs[def]);
}

/* Upper bounds of all buckets but the last. */
const int64_t *metric_bounds(enum metric_type type);
/* Which slots there are, and whose processes live. */
struct metric_view metric_look(struct metrics *m);
/* A cell over all slots; of gauges only those whose process lives. */
int64_t metric_sum(const struct metric_view *v, const struct metric_def *d, size_t at);

#endif
