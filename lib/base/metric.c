/* Counters and histograms in shared memory: this file updates and prints them; taking a
 * slot of the shared file is metric_map.c's.  Keeps no names in the file: the table is
 * the program's, and a file laid out by another table is replaced. */
#include "base/metric.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/metric_map.h"

#define BOUNDS (METRIC_BUCKETS - 1)
#define HISTOGRAM_CELLS (METRIC_BUCKETS + 1) /* the sum follows the buckets */

static const int64_t bounds_us[BOUNDS] = {100, 250, 500, 1000, 2500, 5000, 10000, 25000,
    50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};
static const char *const le_s[METRIC_BUCKETS] = {"0.0001", "0.00025", "0.0005", "0.001",
    "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10",
    "+Inf"};
static const int64_t bounds_n[BOUNDS] = {
    1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256};
static const char *const le_n[METRIC_BUCKETS] = {"1", "2", "3", "4", "6", "8", "12", "16",
    "24", "32", "48", "64", "96", "128", "192", "256", "+Inf"};

struct metrics {
    const struct metric_def *defs;
    size_t n;
    size_t *first;  /* cell of each definition's first label */
    size_t *labels; /* how many each has, of both kinds together, at least 1 */
    size_t *inner;  /* of those the second kind, at least 1 */
    struct metric_map map;
};

/* The slots as they are when a reader comes: asking the system who lives is done once. */
struct view {
    struct metrics *m;
    size_t used;
    bool alive[METRIC_SLOTS_MAX];
};

static size_t
count_values(const char *const *values)
{
    size_t n = 0;

    while (values != NULL && values[n] != NULL)
        n++;
    return n > 0 ? n : 1;
}

static bool
is_histogram(const struct metric_def *d)
{
    return d->type == METRIC_HISTOGRAM || d->type == METRIC_SIZES;
}

static size_t
width(const struct metric_def *d)
{
    return is_histogram(d) ? HISTOGRAM_CELLS : 1;
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
        *cells += m->labels[i] * width(&defs[i]);
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

static bool
known(const struct metrics *m, size_t def, size_t label)
{
    return m != NULL && def < m->n && label < m->labels[def];
}

static size_t
cell_at(const struct metrics *m, size_t def, size_t label)
{
    return m->first[def] + label * width(&m->defs[def]);
}

/* The first cell of a definition's label in our slot, or NULL. */
static _Atomic int64_t *
cell(struct metrics *m, size_t def, size_t label)
{
    if (!known(m, def, label) || m->map.own == NULL)
        return NULL;
    return &m->map.own->cells[cell_at(m, def, label)];
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

    if (c == NULL || is_histogram(&m->defs[def]))
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

    if (c == NULL || !is_histogram(&m->defs[def]))
        return;
    bounds = m->defs[def].type == METRIC_SIZES ? bounds_n : bounds_us;
    if (v < 0)
        v = 0;
    while (bucket < BOUNDS && v > bounds[bucket])
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

/* --- reading --- */

static struct view
look(struct metrics *m)
{
    struct view v = {.m = m, .used = metric_map_used(&m->map)};

    for (size_t i = 0; i < v.used; i++)
        v.alive[i] = metric_slot_pid(metric_map_slot(&m->map, i)) != 0;
    return v;
}

/* A cell over all slots; of gauges only those whose process lives. */
static int64_t
sum(const struct view *v, const struct metric_def *d, size_t at)
{
    int64_t total = 0;

    for (size_t i = 0; i < v->used; i++)
        if (d->type != METRIC_GAUGE || v->alive[i])
            total += atomic_load_explicit(
                &metric_map_slot(&v->m->map, i)->cells[at], memory_order_relaxed);
    return total;
}

static void
write_labels(struct view *v, size_t def, size_t label, const char *le, struct buf *out)
{
    const struct metric_def *d = &v->m->defs[def];
    const size_t i = label / v->m->inner[def], j = label % v->m->inner[def];
    char mark = '{';

    if (d->values != NULL) {
        buf_char(out, mark);
        mark = ',';
        if (d->label != NULL)
            buf_printf(out, "%s=\"%s\"", d->label, d->values[i]);
        else
            buf_c(out, d->values[i]);
    }
    if (d->values2 != NULL) {
        buf_printf(out, "%c%s=\"%s\"", mark, d->label2, d->values2[j]);
        mark = ',';
    }
    if (le != NULL) {
        buf_printf(out, "%cle=\"%s\"", mark, le);
        mark = ',';
    }
    if (mark == ',')
        buf_char(out, '}');
}

static void
write_name(struct view *v, size_t def, size_t label, const char *tail, struct buf *out)
{
    buf_c(out, v->m->defs[def].name);
    buf_c(out, tail);
    write_labels(v, def, label, NULL, out);
    buf_char(out, ' ');
}

static void
write_histogram(struct view *v, size_t def, size_t label, struct buf *out)
{
    const struct metric_def *d = &v->m->defs[def];
    const char *const *le = d->type == METRIC_SIZES ? le_n : le_s;
    const size_t at = cell_at(v->m, def, label);
    int64_t n[METRIC_BUCKETS], count = 0, total;

    for (size_t i = 0; i < METRIC_BUCKETS; i++)
        n[i] = count += sum(v, d, at + i);
    if (d->sparse && count == 0)
        return;
    for (size_t i = 0; i < METRIC_BUCKETS; i++) {
        buf_c(out, d->name);
        buf_c(out, "_bucket");
        write_labels(v, def, label, le[i], out);
        buf_char(out, ' ');
        buf_i64(out, n[i]);
        buf_char(out, '\n');
    }
    total = sum(v, d, at + METRIC_BUCKETS);
    write_name(v, def, label, "_sum", out);
    if (d->type == METRIC_SIZES)
        buf_printf(out, "%" PRId64 "\n", total);
    else
        buf_printf(out, "%" PRId64 ".%06" PRId64 "\n", total / 1000000, total % 1000000);
    write_name(v, def, label, "_count", out);
    buf_i64(out, count);
    buf_char(out, '\n');
}

static void
write_number(struct view *v, size_t def, size_t label, struct buf *out)
{
    const struct metric_def *d = &v->m->defs[def];
    const int64_t n = sum(v, d, cell_at(v->m, def, label));

    if (d->sparse && n == 0)
        return;
    write_name(v, def, label, "", out);
    buf_i64(out, n);
    buf_char(out, '\n');
}

void
metrics_write(struct metrics *m, struct buf *out)
{
    static const char *const types[] = {"counter", "gauge", "histogram", "histogram"};
    struct view v;

    if (m == NULL)
        return;
    v = look(m);
    for (size_t i = 0; i < m->n; i++) {
        const struct metric_def *d = &m->defs[i];

        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", d->name, d->help, d->name,
            types[d->type]);
        for (size_t j = 0; j < m->labels[i]; j++) {
            if (is_histogram(d))
                write_histogram(&v, i, j, out);
            else
                write_number(&v, i, j, out);
        }
    }
}

int64_t
metric_get(struct metrics *m, size_t def, size_t label)
{
    struct view v;

    if (!known(m, def, label))
        return 0;
    v = look(m);
    return sum(&v, &m->defs[def], cell_at(m, def, label));
}

int64_t
metric_count(struct metrics *m, size_t def, size_t label)
{
    struct view v;

    if (!known(m, def, label) || m->defs[def].type != METRIC_COUNTER)
        return 0;
    v = (struct view){.m = m, .used = metric_map_used(&m->map)};
    return sum(&v, &m->defs[def], cell_at(m, def, label));
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
    struct view v;

    if (!known(m, def, label) || !is_histogram(&m->defs[def]))
        return;
    v = (struct view){.m = m, .used = metric_map_used(&m->map)};
    for (size_t i = 0; i < METRIC_BUCKETS; i++)
        out[i] += sum(&v, &m->defs[def], cell_at(m, def, label) + i);
}

int64_t
metric_total(struct metrics *m, size_t def, size_t label)
{
    struct view v;

    if (!known(m, def, label) || !is_histogram(&m->defs[def]))
        return 0;
    v = (struct view){.m = m, .used = metric_map_used(&m->map)};
    return sum(&v, &m->defs[def], cell_at(m, def, label) + METRIC_BUCKETS);
}

int64_t
metric_bound(enum metric_type type, size_t i)
{
    if (i >= BOUNDS)
        return INT64_MAX;
    return type == METRIC_SIZES ? bounds_n[i] : bounds_us[i];
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
    if (!known(m, def, label) || slot >= metric_map_used(&m->map))
        return 0;
    return atomic_load_explicit(
        &metric_map_slot(&m->map, slot)->cells[cell_at(m, def, label)],
        memory_order_relaxed);
}
