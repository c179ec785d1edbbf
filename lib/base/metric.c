/* Counters and histograms in shared memory: this file updates and prints them; taking a
 * slot of the shared file is metric_map.c's.  Keeps no names in the file: the table is
 * the program's, and a file laid out by another table is replaced. */
#include "base/metric.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/metric_map.h"

/* Upper bounds in microseconds; one bucket more has what is above, and the sum follows.
 */
static const int64_t bounds_us[] = {100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};

#define BUCKETS (NELEM(bounds_us) + 1)
#define HISTOGRAM_CELLS (BUCKETS + 1)

struct metrics {
    const struct metric_def *defs;
    size_t n;
    size_t *first;  /* cell of each definition's first label */
    size_t *labels; /* how many each has, at least 1 */
    struct metric_map map;
};

static size_t
label_count(const struct metric_def *d)
{
    size_t n = 0;

    while (d->values != NULL && d->values[n] != NULL)
        n++;
    return n > 0 ? n : 1;
}

static size_t
width(const struct metric_def *d)
{
    return d->type == METRIC_HISTOGRAM ? HISTOGRAM_CELLS : 1;
}

/* A number that differs when the cells mean something else. */
static uint64_t
layout_of(const struct metric_def *defs, size_t n)
{
    struct buf b;
    uint64_t h;
    size_t i, j;

    buf_init(&b, (size_t)1 << 20);
    buf_printf(&b, "1 %d %zu\n", METRIC_SLOTS_MAX, HISTOGRAM_CELLS);
    for (i = 0; i < n; i++) {
        buf_printf(&b, "%s %d\n", defs[i].name, (int)defs[i].type);
        for (j = 0; defs[i].values != NULL && defs[i].values[j] != NULL; j++)
            buf_printf(&b, " %s\n", defs[i].values[j]);
    }
    h = str_hash(buf_view(&b));
    buf_done(&b);
    return h;
}

/* What a slot must not inherit from a dead process: it has no queue, no threads. */
static void
clear_gauges(struct metrics *m)
{
    size_t i, j;

    for (i = 0; i < m->n; i++)
        for (j = 0; m->defs[i].type == METRIC_GAUGE && j < m->labels[i]; j++)
            metric_set(m, i, j, 0);
}

enum err
metrics_open(
    struct metrics **out, const char *path, const struct metric_def *defs, size_t n)
{
    struct metrics *m = calloc(1, sizeof(*m));
    size_t i, cells = 0;
    enum err e;

    if (m == NULL)
        abort();
    m->defs = defs;
    m->n = n;
    m->first = calloc(n + 1, sizeof(*m->first));
    m->labels = calloc(n + 1, sizeof(*m->labels));
    if (m->first == NULL || m->labels == NULL)
        abort();
    for (i = 0; i < n; i++) {
        m->first[i] = cells;
        m->labels[i] = label_count(&defs[i]);
        cells += m->labels[i] * width(&defs[i]);
    }
    e = cells <= METRIC_CELLS_MAX
            ? metric_map_open(&m->map, path, layout_of(defs, n), cells)
            : ERR_LIMIT;
    if (e != ERR_OK) {
        metrics_close(m);
        return e;
    }
    clear_gauges(m);
    *out = m;
    return ERR_OK;
}

void
metrics_close(struct metrics *m)
{
    if (m == NULL)
        return;
    if (m->map.own != NULL)
        clear_gauges(m);
    metric_map_close(&m->map);
    free(m->first);
    free(m->labels);
    free(m);
}

/* The first cell of a definition's label in our slot, or NULL. */
static _Atomic int64_t *
cell(struct metrics *m, size_t def, size_t label)
{
    if (m == NULL || def >= m->n || label >= m->labels[def])
        return NULL;
    return &m->map.own->cells[m->first[def] + label * width(&m->defs[def])];
}

static void
add(_Atomic int64_t *c, int64_t v)
{
    atomic_fetch_add_explicit(c, v, memory_order_relaxed);
}

void
metric_add(struct metrics *m, size_t def, size_t label, int64_t v)
{
    _Atomic int64_t *c = cell(m, def, label);

    if (c == NULL || m->defs[def].type == METRIC_HISTOGRAM)
        return;
    if (v < 0 && m->defs[def].type == METRIC_COUNTER)
        return;
    add(c, v);
}

void
metric_set(struct metrics *m, size_t def, size_t label, int64_t v)
{
    _Atomic int64_t *c = cell(m, def, label);

    if (c != NULL && m->defs[def].type == METRIC_GAUGE)
        atomic_store_explicit(c, v, memory_order_relaxed);
}

void
metric_observe(struct metrics *m, size_t def, size_t label, int64_t us)
{
    _Atomic int64_t *c = cell(m, def, label);
    size_t bucket = 0;

    if (c == NULL || m->defs[def].type != METRIC_HISTOGRAM)
        return;
    if (us < 0)
        us = 0;
    while (bucket < NELEM(bounds_us) && us > bounds_us[bucket])
        bucket++;
    add(&c[bucket], 1);
    add(&c[BUCKETS], us);
}

/* A cell over all slots; of gauges only those whose process lives. */
static int64_t
sum(struct metrics *m, const struct metric_def *d, size_t at)
{
    int64_t total = 0;
    size_t i;

    for (i = 0; i < METRIC_SLOTS_MAX; i++) {
        struct metric_slot *s = metric_map_slot(&m->map, i);

        if (d->type != METRIC_GAUGE || metric_slot_alive(s))
            total += atomic_load_explicit(&s->cells[at], memory_order_relaxed);
    }
    return total;
}

static void
write_label(struct buf *out, const struct metric_def *d, size_t label, const char *le)
{
    bool own = d->label != NULL && d->values != NULL;

    if (!own && le == NULL)
        return;
    buf_char(out, '{');
    if (own)
        buf_printf(out, "%s=\"%s\"%s", d->label, d->values[label], le != NULL ? "," : "");
    if (le != NULL)
        buf_printf(out, "le=\"%s\"", le);
    buf_char(out, '}');
}

static void
write_histogram(struct metrics *m, const struct metric_def *d, size_t label, size_t at,
    struct buf *out)
{
    int64_t count = 0, us;
    char le[32];
    size_t i;

    for (i = 0; i < BUCKETS; i++) {
        count += sum(m, d, at + i);
        if (i < NELEM(bounds_us))
            (void)snprintf(le, sizeof(le), "%g", (double)bounds_us[i] / 1e6);
        else
            (void)snprintf(le, sizeof(le), "+Inf");
        buf_printf(out, "%s_bucket", d->name);
        write_label(out, d, label, le);
        buf_printf(out, " %" PRId64 "\n", count);
    }
    us = sum(m, d, at + BUCKETS);
    buf_printf(out, "%s_sum", d->name);
    write_label(out, d, label, NULL);
    buf_printf(
        out, " %" PRId64 ".%06" PRId64 "\n%s_count", us / 1000000, us % 1000000, d->name);
    write_label(out, d, label, NULL);
    buf_printf(out, " %" PRId64 "\n", count);
}

static void
write_label_value(struct metrics *m, size_t def, size_t label, struct buf *out)
{
    const struct metric_def *d = &m->defs[def];
    size_t at = m->first[def] + label * width(d);

    if (d->type == METRIC_HISTOGRAM) {
        write_histogram(m, d, label, at, out);
        return;
    }
    buf_c(out, d->name);
    write_label(out, d, label, NULL);
    buf_printf(out, " %" PRId64 "\n", sum(m, d, at));
}

void
metrics_write(struct metrics *m, struct buf *out)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    size_t i, j;

    for (i = 0; m != NULL && i < m->n; i++) {
        const struct metric_def *d = &m->defs[i];

        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", d->name, d->help, d->name,
            types[d->type]);
        for (j = 0; j < m->labels[i]; j++)
            write_label_value(m, i, j, out);
    }
}

int64_t
metric_get(struct metrics *m, size_t def, size_t label)
{
    if (cell(m, def, label) == NULL)
        return 0;
    return sum(m, &m->defs[def], m->first[def] + label * width(&m->defs[def]));
}
