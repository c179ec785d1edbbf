/* What the shop counts. */
#ifndef SOUK_SHOP_METRICS_H
#define SOUK_SHOP_METRICS_H

#include "base/metric.h"

enum {
    METRIC_REQUESTS, /* by status class */
    METRIC_REQUEST_TIME,
    METRIC_ROUTES, /* by the route's id */
    METRIC_ORDERS,   /* by what became of the request */
    METRIC_PAYMENTS, /* by outcome */
    METRIC_PAYMENT_MESSAGES, /* of providers, by what became of them */
    METRIC_SETTLED,          /* payments, by what they became */
    METRIC_REFUNDS_SENT,
    METRIC_EXPIRED,
    METRIC_STARTS,   /* of a program */
    METRIC_MAILS,      /* by outcome of a try */
    METRIC_DELIVERIES, /* of webhooks, likewise */
    METRIC_DEAD_LETTERS,
    METRIC_NOTIFY_WAITING, /* mails, webhooks */
    METRIC_NOTIFY_AGE_S,
    METRIC_EVENTS,        /* handed on from the outbox, or what became of them */
    METRIC_EVENT_DELAY,
    METRIC_OUTBOX,        /* rows that wait */
    METRIC_OUTBOX_AGE_S,
    SHOP_METRIC__MAX
};
/* Labels, in the order of the tables in shop_metrics.c. */
enum { REQ_1XX, REQ_2XX, REQ_3XX, REQ_4XX, REQ_5XX };
enum { ORDERS_PLACED, ORDERS_REPLAYED, ORDERS_OUT_OF_STOCK, ORDERS_REFUSED };
enum { PAYMENTS_APPROVED, PAYMENTS_DECLINED, PAYMENTS_REFUSED, PAYMENTS_UNAVAILABLE };
enum {
    MESSAGES_ACTED,
    MESSAGES_KNOWN,
    MESSAGES_UNSIGNED,
    MESSAGES_OLD,
    MESSAGES_UNREADABLE,
    MESSAGES_UNKNOWN,
    MESSAGES_MISMATCH,
    MESSAGES_FAILED
};
enum { SETTLED_PAID, SETTLED_DECLINED, SETTLED_LATE, SETTLED_MISMATCH };
enum { EVENTS_HANDED, EVENTS_FAILED, EVENTS_DEAD };
enum { STARTS_WORKER, STARTS_JOBS };
enum { NOTIFY_SENT, NOTIFY_FAILED, NOTIFY_DEAD };
enum { NOTIFY_MAIL, NOTIFY_HOOK };

/* All SHOP_METRIC__MAX of them, with `routes`, NULL at the end, as labels; the caller frees
 * the table. */
struct metric_def *shop_metrics_new(const char *const *routes);

#endif
