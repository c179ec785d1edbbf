/* What the three programs share: the settings, the servers they talk to, and how a handler
 * gets at them. */
#ifndef SOUK_APP_H
#define SOUK_APP_H

#include "account/shopper.h"
#include "auth/password.h"
#include "auth/token_seen.h"
#include "base/conf.h"
#include "base/metric.h"
#include "db/db.h"
#include "html/tmpl.h"
#include "http/resp.h"
#include "kv/cache.h"
#include "payment/payment.h"
#include "shop_metrics.h"

/* Every setting; settings.c has the table with defaults and bounds. */
struct settings {
    char *state_dir, *share_dir;
    char *db_socket, *db_host, *db_user, *db_password, *db_name;
    int64_t db_port, db_pool;
    char *redis_socket, *redis_host, *redis_prefix;
    int64_t redis_port, redis_pool;
    char *currency; /* ISO 4217, of the shop's own prices where none is given */
    char *shop_name;
    char *public_url, *staff_email;
    char *mail_from, *smtp_url, *smtp_user, *smtp_password, *smtp_starttls;
    int64_t mail_rate, notify_retry_ms, notify_keep_days;
    bool webhook_private;
    char *log_level;
    char *key_file; /* signing keys, see token_keys_load() */
    char *pay_url, *pay_key_file; /* the payment provider, as the shop calls it */
    char *pay_webhook_url;        /* and the shop, as the provider does */
    int64_t pay_wait_s;           /* longer than a request that pays can take */
    int64_t threads;
    int64_t bcrypt_cost, bcrypt_threads;
    bool testing;
    int64_t access_token_s, refresh_token_s;
    int64_t login_tries;  /* of one account from one address in 15 minutes */
    int64_t hold_s;       /* an unpaid order is kept for this long */
    int64_t settle_s;     /* one with a payment under way, by a method that settles later */
    int64_t pending_orders, pending_units; /* of an account, unpaid; 0: any number */
    int64_t guest_pending_orders, guest_pending_units; /* of a guests' address */
    int64_t body_max;     /* bytes */
    int64_t grace_s;
    int64_t cache_mb;     /* per worker */
    int64_t cache_ttl_s;
    char *amqp, *amqp_password; /* RabbitMQ; "": none */
    char *kafka, *kafka_topic;
    int64_t low_stock; /* a SKU with so many left is told as low; 0: none is */
    int64_t guest_days;   /* a guest's cookie and cart */
    int64_t api_requests; /* of one caller a minute; 0: any number */
    char *cors_origins;   /* sites whose pages may call the API */
    bool admin_totp;      /* the back office is for two-step sign-in alone */
};

struct app {
    struct settings set;
    struct db_pool *db;
    struct committer *committer; /* of orders; NULL: the program places them one by one */
    struct till *till; /* of payments; a worker's */
    struct cart_desk *carts; /* their changes; NULL: the program makes them one by one */
    struct order_hints *hints; /* what is sold out; NULL: the database is asked */
    struct rate *rate; /* who may send how many requests; a worker's */
    const struct api_doc *api_doc; /* a worker's description of its API */
    struct kv *kv;
    struct cache *cache;
    struct price_book *rules; /* what is charged besides prices; NULL without a cache */
    struct tmpl_set *tmpl;
    struct page_guest *guest; /* what a page shows to the unknown */
    struct token_keys keys;
    struct ended *ended;       /* sessions whose tokens count no more; NULL: none is asked for */
    struct token_seen *tokens; /* those verified before */
    struct password_pool *passwords;
    struct shop_meter meter;
    struct metrics *metrics; /* the meter's */
    struct pay_desk pay; /* empty without APP_PAY */
    struct assets *assets;
};

/* settings.c: file STATE/souk.conf, environment SOUK_*, flags. On failure prints the one line
 * and returns ERR_INVALID. */
enum err settings_load(struct settings *s, int argc, char **argv, int *rest_n) MUST_CHECK;
void settings_help(FILE *out);
void settings_markdown(FILE *out); /* README's table */
void settings_free(struct settings *s);

/* What a program needs of the app. */
#define APP_DB 1u
#define APP_KV 2u   /* Redis and the cache */
#define APP_WEB 4u  /* templates, assets, keys, passwords, metrics */
#define APP_AUTH 8u /* keys and passwords without the pages */
#define APP_PAY 32u  /* the payment provider */
#define APP_COUNT 64u /* metrics alone */
#define APP_LONG 16u /* statements may run for minutes: the operator's tool */
/* Payments of one process that wait for the provider at a time: each holds a spare thread. */
#define APP_PAY_CALLS 32
/* Open it; on failure one line on stderr that names the setting or file. */
enum err app_open(struct app *app, unsigned parts) MUST_CHECK;
void app_close(struct app *app);
/* Give back what a rush took; to be called now and then. */
void app_tidy(void *app);

/* app_check.c: may it start? Each says no in one line on stderr, and returns ERR_INVALID. */
enum err app_refuse(const char *setting, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Descriptor 0 is a listening socket, as spawn-fcgi hands it over. */
enum err app_check_socket(void) MUST_CHECK;
/* The database answers, and has us. */
enum err app_check_reachable(struct app *app) MUST_CHECK;
/* ... and is at this program's version. */
enum err app_check_database(struct app *app) MUST_CHECK;
/* The same, for programs that somebody starts again when they end: not at once. Once they
 * run, a database that goes away is outlived: it comes back by itself. */
enum err app_start_database(struct app *app) MUST_CHECK;

/* --- for handlers --- */

static inline struct app *
app_of(const struct req *rq)
{
    return rq->app;
}

/* This request's database connection: acquired at the first call, released with the
 * request's arena. ERR_UPSTREAM or ERR_BUSY become 503 with Retry-After. */
enum err app_db(struct req *rq, struct db **out) MUST_CHECK;
/* Give it back now. */
void app_db_done(struct req *rq);

/* What the second half of a request that is answered later finds of its first half. */
void app_later_set(struct req *rq, void *what);
void *app_later(struct req *rq);

/* Units in this shopper's cart, when a handler has read them for its page: its header need not
 * ask again. -1: nobody has. */
void app_cart_units_set(struct req *rq, int64_t units);
int64_t app_cart_units(struct req *rq);

struct price_rules;
/* Tax, delivery: as of now, until the request's end. Seldom takes a database connection. */
enum err app_rules(struct req *rq, const struct price_rules **out) MUST_CHECK;

/* The shopper of this request. For a guest without a token `make` true makes one (from
 * `seed` and the body if not STR_NULL, so that a repeated request, and nobody who knows only
 * the seed, gets the same; else random), sets the
 * cookie and the X-Cart-Token header on rs; `make` false answers ERR_NOT_FOUND. */
enum err app_shopper(struct req *rq, struct resp *rs, bool make, struct str seed,
    struct shopper *out) MUST_CHECK;
/* The guest token of this request even when signed in (for merging), STR_NULL if none. */
struct str app_guest_token(const struct req *rq);
/* The same, made (and its cookie set) when there is none. `seed` as for app_shopper(). */
struct str app_guest_token_make(struct req *rq, struct resp *rs, struct str seed);
/* Whose idempotency keys these are, for one `call` ("orders"): the account's, or the guest's,
 * whom all tokens made from one seed are. */
struct str app_key_scope(const struct req *rq, const char *call);
/* Who did it, for ledgers and events: "admin:42", "customer:7", "guest". In the arena. */
const char *app_actor(const struct req *rq);
/* SHA-256 of a guest token, in the arena. */
struct str guest_hash(struct arena *a, struct str token);

#endif
