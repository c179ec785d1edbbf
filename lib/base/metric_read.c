/* Reading the metrics of all processes: sums over the slots, histograms, who lives.  Changes
 * nothing. */
#include "base/metric.h"

#include "base/metric_priv.h"

#define BOUNDS (METRIC_BUCKETS - 1)

static const int64_t bounds_us[BOUNDS] = {100, 250, 500, 1000, 2500, 5000, 10000, 25000,
    50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};
static const int64_t bounds_n[BOUNDS] = {
    1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256};

struct metric_view
metric_look(struct metrics *m)
{
    struct metric_view v = {.m = m, .used = metric_map_used(&m->map)};

    for (size_t i = 0; i < v.used; i++)
        v.alive[i] = metric_slot_pid(metric_map_slot(&m->map, i)) != 0;
    return v;
}

int64_t
metric_sum(const struct metric_view *v, const struct metric_def *d, size_t at)
{
    int64_t total = 0;

    for (size_t i = 0; i < v->used; i++)
        if (d->type != METRIC_GAUGE || v->alive[i])
            total += atomic_load_explicit(
                &metric_map_slot(&v->m->map, i)->cells[at], memory_order_relaxed);
    return total;
}

int64_t
metric_get(struct metrics *m, size_t def, size_t label)
{
    struct metric_view v;

    if (!metric_known(m, def, label))
        return 0;
    v = metric_look(m);
    return metric_sum(&v, &m->defs[def], metric_cell_at(m, def, label));
}

int64_t
metric_count(struct metrics *m, size_t def, size_t label)
{
    struct metric_view v;

    if (!metric_known(m, def, label) || m->defs[def].type != METRIC_COUNTER)
        return 0;
    v = (struct metric_view){.m = m, .used = metric_map_used(&m->map)};
    return metric_sum(&v, &m->defs[def], metric_cell_at(m, def, label));
}

size_t
metric_labels(const struct metrics *m, size_t def)
{
    return m != NULL && def < m->n ? m->labels[def] : 1;
}

void
metric_buckets(
    struct metrics *m, size_t def, size_t label, int64_t out[METRIC_BUCKETS])
{
    struct metric_view v;

    if (!metric_known(m, def, label) || !metric_is_histogram(&m->defs[def]))
        return;
    v = (struct metric_view){.m = m, .used = metric_map_used(&m->map)};
    for (size_t i = 0; i < METRIC_BUCKETS; i++)
        out[i] += metric_sum(&v, &m->defs[def], metric_cell_at(m, def, label) + i);
}

int64_t
metric_total(struct metrics *m, size_t def, size_t label)
{
    struct metric_view v;

    if (!metric_known(m, def, label) || !metric_is_histogram(&m->defs[def]))
        return 0;
    v = (struct metric_view){.m = m, .used = metric_map_used(&m->map)};
    return metric_sum(&v, &m->defs[def], metric_cell_at(m, def, label) + METRIC_BUCKETS);
}

const int64_t *
metric_bounds(enum metric_type type)
{
    return type == METRIC_SIZES ? bounds_n : bounds_us;
}

int64_t
metric_bound(enum metric_type type, size_t i)
{
    if (i >= BOUNDS)
        return INT64_MAX;
    return metric_bounds(type)[i];
}

size_t
metrics_processes(struct metrics *m, struct metric_process out[METRIC_SLOTS_MAX])
{
    size_t n = 0, used = m != NULL ? metric_map_used(&m->map) : 0;

    for (size_t i = 0; i < used; i++) {
        pid_t pid = metric_slot_pid(metric_map_slot(&m->map, i));

        if (pid != 0)
            out[n++] = (struct metric_process){pid, i};
    }
    return n;
}

int64_t
metric_get_of(struct metrics *m, size_t slot, size_t def, size_t label)
{
    if (!metric_known(m, def, label) || slot >= metric_map_used(&m->map))
        return 0;
    return atomic_load_explicit(
        &metric_map_slot(&m->map, slot)->cells[metric_cell_at(m, def, label)],
        memory_order_relaxed);
}
