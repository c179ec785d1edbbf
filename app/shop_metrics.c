/* The table of the shop's metrics; names follow Prometheus' conventions. */
#include "shop_metrics.h"

#include <stdlib.h>
#include <string.h>

static const char *const status_class[] = {"1xx", "2xx", "3xx", "4xx", "5xx", NULL};
static const char *const order_result[] = {"placed", "replayed", "out_of_stock", "refused",
    NULL};
static const char *const payment_result[] = {"approved", "declined", "refused", "unavailable",
    NULL};
static const char *const message_result[] = {"acted", "known", "unsigned", "old", "unreadable",
    "unknown", "mismatch", "failed", NULL};
static const char *const settled_as[] = {"paid", "declined", "late", "mismatch", NULL};
static const char *const events_result[] = {"handed_on", "failed", "dead", NULL};
static const char *const programs[] = {"worker", "jobs", NULL};
static const char *const notify_result[] = {"sent", "failed", "dead", NULL};
static const char *const notify_queue[] = {"mail", "webhook", NULL};

static const struct metric_def shop_metric_defs[SHOP_METRIC__MAX] = {
    [METRIC_REQUESTS] = {"souk_http_requests_total", METRIC_COUNTER, "Requests answered.",
        "status", status_class},
    [METRIC_REQUEST_TIME] = {"souk_http_request_duration_seconds", METRIC_HISTOGRAM,
        "Time from a request's arrival to its answer.", NULL, NULL},
    [METRIC_ROUTES] = {"souk_route_requests_total", METRIC_COUNTER,
        "Requests by what was asked for.", "route", NULL},
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

struct metric_def *
shop_metrics_new(const char *const *routes)
{
    struct metric_def *defs = malloc(sizeof(shop_metric_defs));

    if (defs == NULL)
        abort();
    memcpy(defs, shop_metric_defs, sizeof(shop_metric_defs));
    defs[METRIC_ROUTES].values = routes;
    return defs;
}
