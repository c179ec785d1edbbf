/* The metrics as Prometheus reads them: text format 0.0.4, all slots summed.  Chooses
 * nothing: what is in the table is printed, but a sparse one's zeros. */
#include "base/metric.h"

#include <inttypes.h>

#include "base/metric_priv.h"

/* The bounds of metric_bound() as they are printed. */
static const char *const le_s[METRIC_BUCKETS] = {"0.0001", "0.00025", "0.0005", "0.001",
    "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10",
    "+Inf"};
static const char *const le_n[METRIC_BUCKETS] = {"1", "2", "3", "4", "6", "8", "12", "16",
    "24", "32", "48", "64", "96", "128", "192", "256", "+Inf"};

static void
write_labels(struct metric_view *v, size_t def, size_t label, const char *le, struct buf *out)
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
write_name(struct metric_view *v, size_t def, size_t label, const char *tail, struct buf *out)
{
    buf_c(out, v->m->defs[def].name);
    buf_c(out, tail);
    write_labels(v, def, label, NULL, out);
    buf_char(out, ' ');
}

static void
write_histogram(struct metric_view *v, size_t def, size_t label, struct buf *out)
{
    const struct metric_def *d = &v->m->defs[def];
    const char *const *le = d->type == METRIC_SIZES ? le_n : le_s;
    const size_t at = metric_cell_at(v->m, def, label);
    int64_t n[METRIC_BUCKETS], count = 0, total;

    for (size_t i = 0; i < METRIC_BUCKETS; i++)
        n[i] = count += metric_sum(v, d, at + i);
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
    total = metric_sum(v, d, at + METRIC_BUCKETS);
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
write_number(struct metric_view *v, size_t def, size_t label, struct buf *out)
{
    const struct metric_def *d = &v->m->defs[def];
    const int64_t n = metric_sum(v, d, metric_cell_at(v->m, def, label));

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
    struct metric_view v;

    if (m == NULL)
        return;
    v = metric_look(m);
    for (size_t i = 0; i < m->n; i++) {
        const struct metric_def *d = &m->defs[i];

        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", d->name, d->help, d->name,
            types[d->type]);
        for (size_t j = 0; j < m->labels[i]; j++) {
            if (metric_is_histogram(d))
                write_histogram(&v, i, j, out);
            else
                write_number(&v, i, j, out);
        }
    }
}
