/* The table of the shop's metrics; names follow Prometheus' conventions. */
#include "shop_metrics.h"

#include <stddef.h>

static const char *const status_class[] = {"1xx", "2xx", "3xx", "4xx", "5xx", NULL};
static const char *const order_result[] = {"placed", "replayed", "out_of_stock", "refused",
    NULL};
static const char *const payment_result[] = {"approved", "declined", "refused", "unavailable",
    NULL};
static const char *const message_result[] = {"acted", "known", "unsigned", "old", "unreadable",
    "unknown", "mismatch", "failed", NULL};
static const char *const settled_as[] = {"paid", "declined", "late", "mismatch", NULL};
static const char *const programs[] = {"worker", "jobs", NULL};

const struct metric_def shop_metric_defs[SHOP_METRIC__MAX] = {
    [METRIC_REQUESTS] = {"souk_http_requests_total", METRIC_COUNTER, "Requests answered.",
        "status", status_class},
    [METRIC_REQUEST_TIME] = {"souk_http_request_duration_seconds", METRIC_HISTOGRAM,
        "Time from a request's arrival to its answer.", NULL, NULL},
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
};
