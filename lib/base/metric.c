/* Counters and histograms in shared memory: this file lays the table out and updates them.
 * Taking a slot of the shared file is metric_map.c's, reading metric_read.c's, printing
 * metric_text.c's.  Keeps no names in the file: the table is the program's, and a file laid
 * out by another table is replaced. */
#include "base/metric.h"

#include <stdlib.h>

#include "base/metric_priv.h"

static size_t
count_values(const char *const *values)
{
    size_t n = 0;

    while (values != NULL && values[n] != NULL)
        n++;
    return n > 0 ? n : 1;
}

static void
print_values(struct buf *b, const char *const *values)
{
    for (size_t j = 0; values != NULL && values[j] != NULL; j++)
        buf_printf(b, " %s\n", values[j]);
}

/* A number that differs when the cells mean something else. */
static uint64_t
layout_of(const struct metric_def *defs, size_t n)
{
    struct buf b;
    uint64_t h;

    buf_init(&b, (size_t)1 << 20);
    buf_printf(&b, "2 %d %d\n", METRIC_SLOTS_MAX, HISTOGRAM_CELLS);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&b, "%s %d\n", defs[i].name, (int)defs[i].type);
        print_values(&b, defs[i].values);
        buf_c(&b, "x\n");
        print_values(&b, defs[i].values2);
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

/* Lay the table out; *cells is what a slot of it takes. */
static struct metrics *
metrics_new(const struct metric_def *defs, size_t n, size_t *cells)
{
    struct metrics *m = calloc(1, sizeof(*m));

    if (m == NULL)
        abort();
    m->defs = defs;
    m->n = n;
    m->first = calloc(n + 1, sizeof(*m->first));
    m->labels = calloc(n + 1, sizeof(*m->labels));
    m->inner = calloc(n + 1, sizeof(*m->inner));
    if (m->first == NULL || m->labels == NULL || m->inner == NULL)
        abort();
    *cells = 0;
    for (size_t i = 0; i < n; i++) {
        m->first[i] = *cells;
        m->inner[i] = count_values(defs[i].values2);
        m->labels[i] = count_values(defs[i].values) * m->inner[i];
        *cells += m->labels[i] * metric_width(&defs[i]);
    }
    return m;
}

enum err
metrics_open(
    struct metrics **out, const char *path, const struct metric_def *defs, size_t n)
{
    size_t cells;
    struct metrics *m = metrics_new(defs, n, &cells);
    enum err e = cells <= METRIC_CELLS_MAX
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

enum err
metrics_look(
    struct metrics **out, const char *path, const struct metric_def *defs, size_t n)
{
    size_t cells;
    struct metrics *m = metrics_new(defs, n, &cells);
    enum err e = metric_map_look(&m->map, path, layout_of(defs, n), cells);

    if (e != ERR_OK)
        metrics_close(m);
    else
        *out = m;
    return e;
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
    free(m->inner);
    free(m);
}

/* The first cell of a definition's label in our slot, or NULL. */
static _Atomic int64_t *
cell(struct metrics *m, size_t def, size_t label)
{
    if (!metric_known(m, def, label) || m->map.own == NULL)
        return NULL;
    return &m->map.own->cells[metric_cell_at(m, def, label)];
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

    if (c == NULL || metric_is_histogram(&m->defs[def]))
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
metric_observe(struct metrics *m, size_t def, size_t label, int64_t v)
{
    _Atomic int64_t *c = cell(m, def, label);
    const int64_t *bounds;
    size_t bucket = 0;

    if (c == NULL || !metric_is_histogram(&m->defs[def]))
        return;
    bounds = metric_bounds(m->defs[def].type);
    if (v < 0)
        v = 0;
    while (bucket < METRIC_BUCKETS - 1 && v > bounds[bucket])
        bucket++;
    add(&c[bucket], 1);
    add(&c[METRIC_BUCKETS], v);
}

size_t
metric_pair(const struct metrics *m, size_t def, size_t label, size_t label2)
{
    if (m == NULL || def >= m->n)
        return 0;
    return label * m->inner[def] + label2;
}
