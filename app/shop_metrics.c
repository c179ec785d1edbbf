/* The table of the shop's metrics; names follow Prometheus' conventions. */
#include "shop_metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kv/cache.h"
#include "db/db.h"
#include "routes.h"

/* Those the shop answers with; the most frequent first. */
static const char *const statuses[] = {"200", "304", "201", "303", "204", "404", "409", "401",
    "403", "400", "422", "429", "402", "405", "406", "412", "413", "415", "428", "301", "302",
    "308", "500", "503", "502", "504", "other", NULL};
static const char *const cache_layer[] = {"memory", "redis", "database", "another_request", NULL};
static const char *const db_waited[] = {"statement", "commit", "connection", NULL};
static const char *const retried[] = {"transaction", "batch", NULL};
static const char *const lock_end[] = {"deadlock", "timeout", NULL};
static const char *const connections[] = {"open", "most", NULL};
static const char *const verified[] = {"right", "broken", "failed", NULL};
/* After the first three the problems' slugs that an order may meet. */
static const char *const order_result[] = {"placed", "replayed", "refused", "out_of_stock",
    "cart_changed", "empty_cart", "too_many_pending", "request_in_progress",
    "idempotency_key_reused", "busy", "unavailable", NULL};
static const char *const payment_result[] = {"approved", "declined", "refused", "unavailable",
    NULL};
static const char *const message_result[] = {"acted", "known", "unsigned", "old", "unreadable",
    "unknown", "mismatch", "failed", NULL};
static const char *const settled_as[] = {"paid", "declined", "late", "mismatch", NULL};
static const char *const events_result[] = {"handed_on", "failed", "dead", NULL};
static const char *const programs[] = {"worker", "jobs", "pay", NULL};
static const char *const notify_result[] = {"sent", "failed", "dead", NULL};
static const char *const notify_queue[] = {"mail", "webhook", NULL};

static const struct metric_def shop_metric_defs[SHOP_METRIC__MAX] = {
    [METRIC_REQUESTS] = {"souk_http_requests_total", METRIC_COUNTER, "Requests answered.",
        NULL, NULL, "status", statuses, true},
    [METRIC_REQUEST_TIME] = {"souk_http_request_duration_seconds", METRIC_HISTOGRAM,
        "Time from a request's arrival to its answer.", NULL, NULL, NULL, NULL, true},
    [METRIC_REQUEST_ERRORS] = {"souk_http_server_errors_total", METRIC_COUNTER,
        "Requests answered with 5xx.", NULL, NULL},
    [METRIC_IN_FLIGHT] = {"souk_http_requests_in_flight", METRIC_GAUGE,
        "Requests that are being worked on.", NULL, NULL},
    [METRIC_CACHE] = {"souk_cache_answers_total", METRIC_COUNTER,
        "What the cache was asked for, by where the answer came from.", "layer", cache_layer},
    [METRIC_DB_TIME] = {"souk_database_wait_seconds", METRIC_HISTOGRAM,
        "Time of statements and commits, and of waits for a free connection.", "for", db_waited},
    [METRIC_DB_RETRIES] = {"souk_database_retries_total", METRIC_COUNTER,
        "Work that was done again after a deadlock, a lock wait or a lost connection.", "of",
        retried},
    [METRIC_DB_FAILURES] = {"souk_database_failures_total", METRIC_COUNTER,
        "Statements that were lost, refused or timed out.", NULL, NULL},
    [METRIC_DB_LOCKS] = {"souk_database_lock_waits_total", METRIC_COUNTER,
        "Waits for a row lock that ended badly.", "end", lock_end},
    [METRIC_DB_DOWN] = {"souk_database_pools_down", METRIC_GAUGE,
        "Connection pools that cannot reach the database.", NULL, NULL},
    [METRIC_REDIS_DOWN] = {"souk_redis_breakers_open", METRIC_GAUGE,
        "Processes that go on without Redis.", NULL, NULL},
    [METRIC_BATCH] = {"souk_order_batch_size", METRIC_SIZES,
        "Orders taken into one group commit.", NULL, NULL},
    [METRIC_BATCH_SPLITS] = {"souk_order_batch_splits_total", METRIC_COUNTER,
        "Batches that were halved for one order's sake.", NULL, NULL},
    [METRIC_STOCK_REFUSALS] = {"souk_stock_refusals_total", METRIC_COUNTER,
        "Lines of orders that met too little stock.", NULL, NULL},
    [METRIC_REPLAYS] = {"souk_idempotent_replays_total", METRIC_COUNTER,
        "Repeats answered with what the first request was answered.", NULL, NULL},
    [METRIC_EXPIRY_LAG_S] = {"souk_expiry_lag_seconds", METRIC_GAUGE,
        "How long the oldest unpaid order is past its deadline.", NULL, NULL},
    [METRIC_DB_CONNECTIONS] = {"souk_database_server_connections", METRIC_GAUGE,
        "Connections of the database server: open now, and the most it allows.", "is",
        connections},
    [METRIC_VERIFY] = {"souk_verify_rounds_total", METRIC_COUNTER,
        "Rounds of souk verify, by what it found.", "books", verified},
    [METRIC_PROCESSES] = {"souk_processes", METRIC_GAUGE, "Processes that run.", "program",
        programs},
    [METRIC_ORDERS] = {"souk_order_requests_total", METRIC_COUNTER,
        "Requests to place an order.", "result", order_result},
    [METRIC_PAYMENTS] = {"souk_payments_total", METRIC_COUNTER, "Payment attempts.", "result",
        payment_result},
    [METRIC_PAYMENT_MESSAGES] = {"souk_payment_messages_total", METRIC_COUNTER,
        "Messages of payment providers.", "result", message_result},
    [METRIC_SETTLED] = {"souk_payments_settled_total", METRIC_COUNTER,
        "Payments that a message or the sweep settled.", "as", settled_as},
    [METRIC_REFUNDS_SENT] = {"souk_refunds_sent_total", METRIC_COUNTER,
        "Refunds that a provider was asked for.", NULL, NULL},
    [METRIC_EXPIRED] = {"souk_orders_expired_total", METRIC_COUNTER,
        "Unpaid orders closed at their deadline.", NULL, NULL},
    [METRIC_STARTS] = {"souk_process_starts_total", METRIC_COUNTER, "Starts of a program.",
        "program", programs},
    [METRIC_MAILS] = {"souk_mails_total", METRIC_COUNTER, "Tries to send a mail.", "result",
        notify_result},
    [METRIC_DELIVERIES] = {"souk_webhooks_total", METRIC_COUNTER,
        "Tries to deliver an event to a webhook endpoint.", "result", notify_result},
    [METRIC_DEAD_LETTERS] = {"souk_dead_letters", METRIC_GAUGE,
        "Mails, webhooks and events that were given up.", NULL, NULL},
    [METRIC_NOTIFY_WAITING] = {"souk_notify_waiting", METRIC_GAUGE,
        "Mails and webhooks that are still to be sent.", "queue", notify_queue},
    [METRIC_NOTIFY_AGE_S] = {"souk_notify_oldest_seconds", METRIC_GAUGE,
        "Age of the oldest of them.", "queue", notify_queue},
    [METRIC_EVENTS] = {"souk_events_total", METRIC_COUNTER,
        "Events handed on from the outbox; rounds of it that failed; messages refused.",
        "result", events_result},
    [METRIC_EVENT_DELAY] = {"souk_event_delay_seconds", METRIC_HISTOGRAM,
        "Time from a change to a broker having its event.", NULL, NULL},
    [METRIC_OUTBOX] = {"souk_outbox_events", METRIC_GAUGE,
        "Events that wait in the outbox, counted to 100000.", NULL, NULL},
    [METRIC_OUTBOX_AGE_S] = {"souk_outbox_age_seconds", METRIC_GAUGE,
        "Age of the oldest event in the outbox.", NULL, NULL},
};

const char *
shop_program(size_t program)
{
    return program < PROGRAM__MAX ? programs[program] : "";
}

static void
lay_out(struct shop_meter *sm)
{
    sm->routes = route_book_new();
    sm->defs = malloc(sizeof(shop_metric_defs));
    if (sm->defs == NULL)
        abort();
    memcpy(sm->defs, shop_metric_defs, sizeof(shop_metric_defs));
    sm->defs[METRIC_REQUESTS].values = route_book_labels(sm->routes);
    sm->defs[METRIC_REQUEST_TIME].values = route_book_labels(sm->routes);
}

static const char *
path_of(char out[600], const char *state)
{
    (void)snprintf(out, 600, "%s/run/metrics", state);
    return out;
}

enum err
shop_meter_open(struct shop_meter *sm, const char *state)
{
    char path[600];

    lay_out(sm);
    return metrics_open(&sm->metrics, state != NULL ? path_of(path, state) : NULL, sm->defs,
        SHOP_METRIC__MAX);
}

enum err
shop_meter_look(struct shop_meter *sm, const char *state)
{
    char path[600];

    lay_out(sm);
    return metrics_look(&sm->metrics, path_of(path, state), sm->defs, SHOP_METRIC__MAX);
}

void
shop_meter_close(struct shop_meter *sm)
{
    metrics_close(sm->metrics);
    free(sm->defs);
    route_book_free(sm->routes);
    *sm = (struct shop_meter){.metrics = NULL};
}

void
shop_meter_start(struct shop_meter *sm, size_t program)
{
    metric_add(sm->metrics, METRIC_STARTS, program, 1);
    metric_set(sm->metrics, METRIC_PROCESSES, program, 1);
}

/* --- requests --- */

static size_t
status_label(int status)
{
    size_t i = 0;

    while (statuses[i + 1] != NULL && (statuses[i][0] - '0') * 100 +
            (statuses[i][1] - '0') * 10 + (statuses[i][2] - '0') != status)
        i++;
    return i;
}

void
shop_meter_begin(struct shop_meter *sm)
{
    metric_add(sm->metrics, METRIC_IN_FLIGHT, 0, 1);
}

void
shop_meter_done(struct shop_meter *sm, const struct req *rq, struct resp *rs, int64_t us)
{
    struct metrics *m = sm->metrics;
    size_t route = route_book_number(sm->routes, rq->route);

    metric_add(m, METRIC_IN_FLIGHT, 0, -1);
    metric_add(m, METRIC_REQUESTS,
        metric_pair(m, METRIC_REQUESTS, route, status_label(rs->status)), 1);
    metric_observe(m, METRIC_REQUEST_TIME, route, us);
    if (rs->status >= 500)
        metric_add(m, METRIC_REQUEST_ERRORS, 0, 1);
    if (rq->method == M_POST && resp_has(rs, "Idempotent-Replayed"))
        metric_add(m, METRIC_REPLAYS, 0, 1);
}

void
shop_requests_by_class(const struct shop_meter *sm, int64_t by_class[6])
{
    const size_t each = NELEM(statuses) - 1;
    size_t n = metric_labels(sm->metrics, METRIC_REQUESTS);

    for (size_t i = 0; i < n; i++) {
        const int c = statuses[i % each][0] - '0';

        by_class[c >= 1 && c <= 5 ? c : 0] += metric_count(sm->metrics, METRIC_REQUESTS, i);
    }
}

size_t
shop_order_refused(enum err e, const char *slug)
{
    const char *why = slug[0] != '\0' ? slug : err_slug(e);

    for (size_t i = ORDERS_REFUSED + 1; order_result[i] != NULL; i++)
        if (strcmp(order_result[i], why) == 0)
            return i;
    return ORDERS_REFUSED;
}

/* --- what the library tells --- */

static void
db_told(void *m, unsigned what, int64_t n)
{
    switch ((enum db_told)what) {
    case DB_TOLD_STATEMENT:
        metric_observe(m, METRIC_DB_TIME, DB_TIME_STATEMENT, n);
        break;
    case DB_TOLD_COMMIT:
        metric_observe(m, METRIC_DB_TIME, DB_TIME_COMMIT, n);
        break;
    case DB_TOLD_WAIT:
        metric_observe(m, METRIC_DB_TIME, DB_TIME_CONNECTION, n);
        break;
    case DB_TOLD_DEADLOCK:
        metric_add(m, METRIC_DB_LOCKS, LOCKS_DEADLOCK, n);
        break;
    case DB_TOLD_LOCK_TIMEOUT:
        metric_add(m, METRIC_DB_LOCKS, LOCKS_TIMEOUT, n);
        break;
    case DB_TOLD_RETRY:
        metric_add(m, METRIC_DB_RETRIES, RETRIES_TRANSACTION, n);
        break;
    case DB_TOLD_FAILED:
        metric_add(m, METRIC_DB_FAILURES, 0, n);
        break;
    case DB_TOLD_DOWN:
        metric_add(m, METRIC_DB_DOWN, 0, n);
        break;
    }
}

static void
cache_told(void *m, unsigned what, int64_t n)
{
    static const size_t layer[] = {[CACHE_TOLD_MEMORY] = CACHE_MEMORY,
        [CACHE_TOLD_REDIS] = CACHE_REDIS,
        [CACHE_TOLD_LOAD] = CACHE_DATABASE,
        [CACHE_TOLD_WAITED] = CACHE_WAITED};

    metric_add(m, METRIC_CACHE, layer[what], n);
}

static void
kv_told(void *m, unsigned what, int64_t n)
{
    (void)what; /* there is but one thing */
    metric_add(m, METRIC_REDIS_DOWN, 0, n);
}

struct watch
shop_watch_db(struct metrics *m)
{
    return (struct watch){db_told, m};
}

struct watch
shop_watch_cache(struct metrics *m)
{
    return (struct watch){cache_told, m};
}

struct watch
shop_watch_kv(struct metrics *m)
{
    return (struct watch){kv_told, m};
}
