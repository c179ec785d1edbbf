/* souk top: what a shop does now, from the file its processes count in; nothing is asked of
 * the shop, so that it works when the shop does not answer. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ops/ops_metrics.h"
#include "tool.h"

#define EVERY_MS 1000
#define TEXT_MAX ((size_t)64 << 10)

/* Set by SIGINT and SIGTERM. */
static volatile sig_atomic_t ended;

static void
on_signal(int sig)
{
    (void)sig;
    ended = 1;
}

/* All counters that are shown, at one moment. */
struct sample {
    int64_t at_us, by_class[6], placed, refusals, memory, cached, batches, batched;
    int64_t buckets[METRIC_BUCKETS];
};
/* What is shown: between two samples, and as it is now. */
struct figures {
    double by_class[6], orders, refusals, hit_percent, batch;
    int64_t p50_us, p99_us; /* -1: nothing was asked; INT64_MAX: above all bounds */
    int64_t in_flight, outbox, outbox_age_s;
    struct ops_process p[METRIC_SLOTS_MAX];
    size_t n;
};

static struct sample
sample(struct shop_meter *sm)
{
    struct metrics *m = sm->metrics;
    struct sample s = {.at_us = clock_mono_us()};
    int64_t sizes[METRIC_BUCKETS] = {0};

    shop_requests_by_class(sm, s.by_class);
    s.placed = metric_count(m, METRIC_ORDERS, ORDERS_PLACED);
    s.refusals = metric_count(m, METRIC_STOCK_REFUSALS, 0);
    s.memory = metric_count(m, METRIC_CACHE, CACHE_MEMORY);
    for (size_t i = 0; i < metric_labels(m, METRIC_CACHE); i++)
        s.cached += metric_count(m, METRIC_CACHE, i);
    for (size_t i = 0; i < metric_labels(m, METRIC_REQUEST_TIME); i++)
        metric_buckets(m, METRIC_REQUEST_TIME, i, s.buckets);
    metric_buckets(m, METRIC_BATCH, 0, sizes);
    for (size_t i = 0; i < METRIC_BUCKETS; i++)
        s.batches += sizes[i];
    s.batched = metric_total(m, METRIC_BATCH, 0);
    return s;
}

/* The bound below which `share` of what came between the two is. */
static int64_t
quantile(const struct sample *a, const struct sample *b, double share)
{
    int64_t all = 0, seen = 0;

    for (size_t i = 0; i < METRIC_BUCKETS; i++)
        all += b->buckets[i] - a->buckets[i];
    if (all == 0)
        return -1;
    for (size_t i = 0; i < METRIC_BUCKETS; i++) {
        seen += b->buckets[i] - a->buckets[i];
        if ((double)seen >= share * (double)all)
            return metric_bound(METRIC_HISTOGRAM, i);
    }
    return INT64_MAX;
}

static double
ratio(int64_t a, int64_t b)
{
    return b > 0 ? (double)a / (double)b : 0;
}

static struct figures
between(struct metrics *m, const struct sample *a, const struct sample *b)
{
    const int64_t us = b->at_us > a->at_us ? b->at_us - a->at_us : 1;
    struct figures f = {.orders = ratio(b->placed - a->placed, us) * 1e6,
        .refusals = ratio(b->refusals - a->refusals, us) * 1e6,
        .hit_percent = 100 * ratio(b->memory - a->memory, b->cached - a->cached),
        .batch = ratio(b->batched - a->batched, b->batches - a->batches),
        .p50_us = quantile(a, b, 0.5),
        .p99_us = quantile(a, b, 0.99),
        .in_flight = metric_get(m, METRIC_IN_FLIGHT, 0),
        .outbox = metric_get(m, METRIC_OUTBOX, 0),
        .outbox_age_s = metric_get(m, METRIC_OUTBOX_AGE_S, 0)};

    for (size_t c = 0; c < NELEM(f.by_class); c++)
        f.by_class[c] = ratio(b->by_class[c] - a->by_class[c], us) * 1e6;
    f.n = ops_processes(m, f.p);
    return f;
}

static void
put_ms(struct buf *b, const char *name, int64_t us)
{
    if (us < 0)
        buf_printf(b, "  %s -", name);
    else if (us == INT64_MAX)
        buf_printf(b, "  %s > 10 s", name);
    else
        buf_printf(b, "  %s <= %g ms", name, (double)us / 1000);
}

static const char *
name_of(const struct ops_process *p)
{
    return p->program < PROGRAM__MAX ? shop_program(p->program) : "tool";
}

static void
as_text(const struct figures *f, struct buf *b)
{
    buf_printf(b, "requests/s  2xx %.1f  3xx %.1f  4xx %.1f  5xx %.1f  in flight %" PRId64,
        f->by_class[2], f->by_class[3], f->by_class[4], f->by_class[5], f->in_flight);
    buf_c(b, "\ntime      ");
    put_ms(b, "p50", f->p50_us);
    put_ms(b, "p99", f->p99_us);
    buf_printf(b, "\ncache       %.1f %% from memory\n", f->hit_percent);
    buf_printf(b, "orders/s    %.1f  in a commit %.1f  lines short of stock/s %.1f\n",
        f->orders, f->batch, f->refusals);
    buf_printf(b, "outbox      %" PRId64 " events, the oldest %" PRId64 " s\n\n", f->outbox,
        f->outbox_age_s);
    for (size_t i = 0; i < f->n; i++)
        buf_printf(b, "%-8s %7d %8.1f MB\n", name_of(&f->p[i]), (int)f->p[i].pid,
            (double)f->p[i].resident_bytes / 1e6);
    if (f->n == 0)
        buf_c(b, "the shop is down: none of its processes runs\n");
}

static void
json_us(struct buf *b, const char *name, int64_t us)
{
    if (us < 0 || us == INT64_MAX)
        buf_printf(b, "\"%s\":null,", name);
    else
        buf_printf(b, "\"%s\":%" PRId64 ",", name, us);
}

static void
as_json(const struct figures *f, struct buf *b)
{
    buf_printf(b, "{\"up\":%s,\"requests_per_s\":{", f->n > 0 ? "true" : "false");
    for (size_t c = 1; c <= 5; c++)
        buf_printf(b, "%s\"%zuxx\":%.3f", c > 1 ? "," : "", c, f->by_class[c]);
    buf_printf(b, "},\"in_flight\":%" PRId64 ",", f->in_flight);
    json_us(b, "p50_us", f->p50_us);
    json_us(b, "p99_us", f->p99_us);
    buf_printf(b, "\"cache_memory_percent\":%.1f,\"orders_per_s\":%.3f,\"batch\":%.2f,",
        f->hit_percent, f->orders, f->batch);
    buf_printf(b, "\"stock_refusals_per_s\":%.3f,\"outbox_events\":%" PRId64, f->refusals,
        f->outbox);
    buf_printf(b, ",\"outbox_age_s\":%" PRId64 ",\"processes\":[", f->outbox_age_s);
    for (size_t i = 0; i < f->n; i++)
        buf_printf(b,
            "%s{\"program\":\"%s\",\"pid\":%d,\"resident_bytes\":%" PRId64 "}",
            i > 0 ? "," : "", name_of(&f->p[i]), (int)f->p[i].pid,
            f->p[i].resident_bytes);
    buf_c(b, "]}\n");
}

/* A new shop's file may have replaced the one that is read: look anew each time. */
static bool
look(struct tool *t, struct shop_meter *sm)
{
    shop_meter_close(sm);
    return shop_meter_look(sm, t->app->set.state_dir) == ERR_OK;
}

static int
show(struct tool *t, bool once, bool json)
{
    struct shop_meter sm = {.metrics = NULL};
    struct sample was, now;
    struct figures f;
    struct buf b;
    bool there = look(t, &sm), up = false;

    if (there)
        was = sample(&sm);
    while (there && ended == 0) {
        clock_sleep_ms(EVERY_MS);
        if (!(there = look(t, &sm)))
            break;
        now = sample(&sm);
        f = between(sm.metrics, &was, &now);
        was = now;
        up = f.n > 0;
        buf_init(&b, TEXT_MAX);
        if (!once) /* to the top left, and clear what is below */
            buf_c(&b, "\033[H\033[J");
        (json ? as_json : as_text)(&f, &b);
        (void)fputs(buf_cstr(&b), stdout);
        (void)fflush(stdout);
        buf_done(&b);
        if (once)
            break;
    }
    shop_meter_close(&sm);
    if (!there)
        return tool_fail("no shop of this version has run on --state %s",
            t->app->set.state_dir);
    return up || !once ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
tool_top(struct tool *t)
{
    const struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    bool once = false, json = false;

    for (int i = 1; i < t->argc; i++) {
        if (strcmp(t->argv[i], "--once") == 0)
            once = true;
        else if (strcmp(t->argv[i], "--json") == 0)
            once = json = true;
        else
            return tool_fail("top does not know %s; see souk --help", t->argv[i]);
    }
    (void)sigaction(SIGINT, &sa, NULL);
    (void)sigaction(SIGTERM, &sa, NULL);
    return show(t, once, json);
}
