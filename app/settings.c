/* The one table of settings: name, bounds, default, help. Everything a program can be told
 * stands here and nowhere else. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"

#define AT(field) offsetof(struct settings, field)

static const struct conf_def defs[] = {
    {"state", CONF_STR, AT(state_dir), 1, 200, SOUK_STATE_DIR, NULL, false,
        "folder of the shop's data and sockets"},
    {"share", CONF_STR, AT(share_dir), 1, 400, SOUK_SHARE_DIR, NULL, false,
        "folder of sql/, app/web/ and nginx/ as installed"},
    {"db_socket", CONF_STR, AT(db_socket), 0, 100, "", NULL, false,
        "the socket of MariaDB or MySQL; empty and no db_host: STATE/run/mariadb.sock"},
    {"db_host", CONF_STR, AT(db_host), 0, 255, "", NULL, false, "its host, for TCP"},
    {"db_port", CONF_INT, AT(db_port), 1, 65535, "3306", NULL, false, "its port"},
    {"db_user", CONF_STR, AT(db_user), 1, 80, "souk", NULL, false, "database account"},
    {"db_password", CONF_STR, AT(db_password), 0, 200, "", NULL, true, "its password"},
    {"db_name", CONF_STR, AT(db_name), 1, 64, "souk", NULL, false, "database"},
    {"db_pool", CONF_INT, AT(db_pool), 1, 64, "4", NULL, false,
        "database connections of one process at most; souk-jobs has at least 8"},
    {"redis_socket", CONF_STR, AT(redis_socket), 0, 100, "", NULL, false,
        "Redis' socket; empty and no redis_host: STATE/run/redis.sock"},
    {"redis_host", CONF_STR, AT(redis_host), 0, 255, "", NULL, false, "Redis' host, for TCP"},
    {"redis_port", CONF_INT, AT(redis_port), 1, 65535, "6379", NULL, false, "Redis' port"},
    {"redis_pool", CONF_INT, AT(redis_pool), 1, 64, "8", NULL, false,
        "Redis connections of one process"},
    {"redis_prefix", CONF_STR, AT(redis_prefix), 0, 40, "souk:", NULL, false,
        "what every Redis key starts with"},
    {"currency", CONF_STR, AT(currency), 3, 3, "USD", NULL, false,
        "ISO 4217 code of prices that name none"},
    {"shop_name", CONF_STR, AT(shop_name), 1, 80, "Souk", NULL, false,
        "the shop's name on every page"},
    {"public_url", CONF_STR, AT(public_url), 0, 200, "http://127.0.0.1:8080", NULL, false,
        "where people reach the shop, without a slash at the end: links in mails"},
    {"staff_email", CONF_STR, AT(staff_email), 0, 254, "", NULL, false,
        "who gets mail of low stock; empty: nobody"},
    {"mail_from", CONF_STR, AT(mail_from), 3, 254, "shop@souk.invalid", NULL, false,
        "the sender's address of every mail"},
    {"mail_rate", CONF_INT, AT(mail_rate), 1, 10000, "100", NULL, false,
        "mails sent in a second, at most"},
    {"smtp_url", CONF_STR, AT(smtp_url), 0, 300, "", NULL, false,
        "mail server, smtp://host:port or smtps://host:port; empty: files in STATE/mail"},
    {"smtp_user", CONF_STR, AT(smtp_user), 0, 200, "", NULL, false, "account there"},
    {"smtp_password", CONF_STR, AT(smtp_password), 0, 200, "", NULL, true, "its password"},
    {"smtp_starttls", CONF_ENUM, AT(smtp_starttls), 0, 0, "required", "required|try|never",
        false, "encryption of smtp:// connections"},
    {"notify_retry_ms", CONF_INT, AT(notify_retry_ms), 10, 3600000, "30000", NULL, false,
        "first pause after a mail or webhook failed; it doubles, for three days"},
    {"notify_keep_days", CONF_INT, AT(notify_keep_days), 7, 3650, "90", NULL, false,
        "how long mails and webhooks that are done with can be looked at"},
    {"webhook_private", CONF_BOOL, AT(webhook_private), 0, 0, "false", NULL, false,
        "call webhook endpoints at private addresses too"},
    {"log_level", CONF_ENUM, AT(log_level), 0, 0, "info", "error|warn|info|debug", false,
        "what is logged"},
    {"key_file", CONF_STR, AT(key_file), 0, 400, "", NULL, false,
        "signing keys, \"kid hex\" a line, the first signs; empty: STATE/keys"},
    {"worker_threads", CONF_INT, AT(threads), 1, 64, "4", NULL, false,
        "request threads of one worker process"},
    {"bcrypt_cost", CONF_INT, AT(bcrypt_cost), 4, 16, "12", NULL, false,
        "cost of a password hash"},
    {"bcrypt_threads", CONF_INT, AT(bcrypt_threads), 1, 16, "1", NULL, false,
        "password hashers of one process"},
    {"testing", CONF_BOOL, AT(testing), 0, 0, "false", NULL, false,
        "allow what only tests may: a bcrypt_cost below 10"},
    {"access_token_s", CONF_INT, AT(access_token_s), 5, 86400, "900", NULL, false,
        "life of an access token, seconds"},
    {"refresh_token_s", CONF_INT, AT(refresh_token_s), 60, 31536000, "2592000", NULL, false,
        "life of a refresh token, seconds"},
    {"login_tries", CONF_INT, AT(login_tries), 1, 1000000, "10", NULL, false,
        "wrong passwords for one account from one address in 15 minutes; other limits follow"},
    {"hold_s", CONF_INT, AT(hold_s), 1, 604800, "900", NULL, false,
        "how long an unpaid order keeps its stock, seconds; a sale can say otherwise"},
    {"pay_url", CONF_STR, AT(pay_url), 0, 255, "", NULL, false,
        "the payment provider's API; empty: that of souk-pay, below STATE/run"},
    {"pay_key_file", CONF_STR, AT(pay_key_file), 0, 400, "", NULL, false,
        "\"api KEY\" and \"webhook KEY\", a line each; empty: STATE/pay.keys"},
    {"pay_wait_s", CONF_INT, AT(pay_wait_s), 4, 3600, "10", NULL, false,
        "after how long a payment without an answer is called off, seconds"},
    {"pay_webhook_url", CONF_STR, AT(pay_webhook_url), 0, 255, "", NULL, false,
        "the shop, as souk-pay calls it; empty: through STATE/run"},
    {"settle_s", CONF_INT, AT(settle_s), 0, 5184000, "0", NULL, false,
        "how long an order waits for a payment that settles later; 0: none does"},
    {"pending_orders", CONF_INT, AT(pending_orders), 0, 1000000, "100", NULL, false,
        "unpaid orders an account may have at a time; 0: any number"},
    {"pending_units", CONF_INT, AT(pending_units), 0, 1000000000, "10000", NULL, false,
        "units they may hold together; 0: any number"},
    {"guest_pending_orders", CONF_INT, AT(guest_pending_orders), 0, 1000000, "20", NULL,
        false, "unpaid orders guests of one address may have (this machine's aside); 0: any number"},
    {"guest_pending_units", CONF_INT, AT(guest_pending_units), 0, 1000000000, "2000", NULL,
        false, "units they may hold together; 0: any number"},
    {"body_max", CONF_INT, AT(body_max), 4096, 16777216, "1048576", NULL, false,
        "largest request body, bytes"},
    {"grace_s", CONF_INT, AT(grace_s), 0, 300, "10", NULL, false,
        "time running requests get at a stop, seconds"},
    {"cache_mb", CONF_INT, AT(cache_mb), 1, 4096, "16", NULL, false,
        "finished answers kept in the memory of one process, MiB"},
    {"cache_ttl_s", CONF_INT, AT(cache_ttl_s), 1, 86400, "60", NULL, false,
        "life of a finished answer in Redis, seconds"},
    {"amqp", CONF_STR, AT(amqp), 0, 400, "", NULL, true,
        "RabbitMQ for events, amqp://user:password@host:port/vhost; empty: none"},
    {"amqp_password", CONF_STR, AT(amqp_password), 0, 200, "", NULL, true,
        "its password, instead of the address's"},
    {"kafka", CONF_STR, AT(kafka), 0, 400, "", NULL, false,
        "Kafka brokers that get the events too, host:port,...; empty: none"},
    {"kafka_topic", CONF_STR, AT(kafka_topic), 1, 200, "souk.events", NULL, false,
        "the topic they go to"},
    {"low_stock", CONF_INT, AT(low_stock), 0, 5, "3", NULL, false,
        "tell the shop's people when so many are left of a SKU; 0: never"},
    {"guest_days", CONF_INT, AT(guest_days), 1, 365, "30", NULL, false,
        "life of a guest's cookie, days"},
    {"api_requests", CONF_INT, AT(api_requests), 0, 1000000, "1200", NULL, false,
        "requests to the API that one account or address may send a minute; 0: any number"},
    {"cors_origins", CONF_STR, AT(cors_origins), 0, 2000, "", NULL, false,
        "sites whose pages may call the API, \"https://a.example https://b.example\" or *"},
    {"admin_totp", CONF_BOOL, AT(admin_totp), 0, 0, "false", NULL, false,
        "the back office opens to accounts with two-step sign-in alone"},
};

/* STATE decides where the file is read from, so it is looked up before all else. */
static const char *
find_state(int argc, char **argv)
{
    const char *s = getenv("SOUK_STATE"); /* NOLINT(concurrency-mt-unsafe): no thread yet */
    int i;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--state=", 8) == 0)
            s = argv[i] + 8;
        else if (strcmp(argv[i], "--state") == 0 && i + 1 < argc)
            s = argv[i + 1];
    }
    return s != NULL && s[0] != '\0' ? s : SOUK_STATE_DIR;
}

enum err
settings_load(struct settings *s, int argc, char **argv, int *rest_n)
{
    char msg[512] = "", path[512];
    enum err e;
    int n;

    memset(s, 0, sizeof(*s));
    n = snprintf(path, sizeof(path), "%s/souk.conf", find_state(argc, argv));
    if (n < 0 || (size_t)n >= sizeof(path)) {
        (void)fprintf(stderr, "souk: state: the path is too long\n");
        return ERR_INVALID;
    }
    e = conf_load(defs, NELEM(defs), s, "SOUK", access(path, F_OK) == 0 ? path : NULL, argc,
        argv, rest_n, msg, sizeof(msg));
    if (e != ERR_OK)
        (void)fprintf(stderr, "souk: %s\n", msg);
    return e;
}

void
settings_help(FILE *out)
{
    conf_help(defs, NELEM(defs), "SOUK", out);
}

void
settings_markdown(FILE *out)
{
    conf_markdown(defs, NELEM(defs), out);
}

void
settings_free(struct settings *s)
{
    conf_free(defs, NELEM(defs), s);
}
