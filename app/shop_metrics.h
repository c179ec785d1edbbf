/* What the shop counts. */
#ifndef SOUK_SHOP_METRICS_H
#define SOUK_SHOP_METRICS_H

#include "base/metric.h"
#include "base/watch.h"
#include "http/req.h"
#include "http/resp.h"

enum {
    METRIC_REQUESTS, /* by route and status */
    METRIC_REQUEST_TIME, /* by route */
    METRIC_REQUEST_ERRORS, /* 5xx; always there, for alerts */
    METRIC_IN_FLIGHT,
    METRIC_CACHE,          /* answers, by the layer they came from */
    METRIC_DB_TIME,        /* by what was waited for */
    METRIC_DB_RETRIES,     /* of transactions, of batches */
    METRIC_DB_FAILURES,
    METRIC_DB_LOCKS,       /* deadlocks, timeouts */
    METRIC_DB_DOWN,        /* pools that cannot reach it */
    METRIC_REDIS_DOWN,     /* processes whose breaker is open */
    METRIC_BATCH,          /* orders committed together */
    METRIC_BATCH_SPLITS,
    METRIC_STOCK_REFUSALS, /* lines that met too little */
    METRIC_REPLAYS,        /* by Idempotency-Key */
    METRIC_EXPIRY_LAG_S,
    METRIC_DB_CONNECTIONS, /* of the server: open, most */
    METRIC_VERIFY,         /* rounds of souk verify */
    METRIC_PROCESSES,      /* of a program */
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
enum { CACHE_MEMORY, CACHE_REDIS, CACHE_DATABASE, CACHE_WAITED };
enum { DB_TIME_STATEMENT, DB_TIME_COMMIT, DB_TIME_CONNECTION };
enum { RETRIES_TRANSACTION, RETRIES_BATCH };
enum { LOCKS_DEADLOCK, LOCKS_TIMEOUT };
enum { CONNECTIONS_OPEN, CONNECTIONS_MOST };
enum { VERIFY_RIGHT, VERIFY_BROKEN, VERIFY_FAILED };
enum { ORDERS_PLACED, ORDERS_REPLAYED, ORDERS_REFUSED };
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
enum { PROGRAM_WORKER, PROGRAM_JOBS, PROGRAM_PAY, PROGRAM__MAX };
enum { NOTIFY_SENT, NOTIFY_FAILED, NOTIFY_DEAD };
enum { NOTIFY_MAIL, NOTIFY_HOOK };

struct route_book;

/* The metrics of one shop: the file, what its cells mean, the routes they are counted by. */
struct shop_meter {
    struct metrics *metrics; /* NULL: nothing is counted */
    struct metric_def *defs;
    struct route_book *routes;
};
/* STATE/run/metrics, or for `state` NULL private memory. */
enum err shop_meter_open(struct shop_meter *sm, const char *state) MUST_CHECK;
/* The same for reading; ERR_NOT_FOUND: no shop ran there, or one of another version. */
enum err shop_meter_look(struct shop_meter *sm, const char *state) MUST_CHECK;
void shop_meter_close(struct shop_meter *sm);
/* This process is one of these from now on. */
void shop_meter_start(struct shop_meter *sm, size_t program);
const char *shop_program(size_t program);

/* The routers' hooks around each request. */
void shop_meter_begin(struct shop_meter *sm);
void shop_meter_done(
    struct shop_meter *sm, const struct req *rq, struct resp *rs, int64_t us);
/* Which label of METRIC_ORDERS tells how an order was refused. */
size_t shop_order_refused(enum err e, const char *slug);
/* Requests since ever by status class (1 to 5). */
void shop_requests_by_class(const struct shop_meter *sm, int64_t by_class[6]);

/* What the library's parts are to tell. */
struct watch shop_watch_db(struct metrics *m);
struct watch shop_watch_cache(struct metrics *m);
struct watch shop_watch_kv(struct metrics *m);

#endif
