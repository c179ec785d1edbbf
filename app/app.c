/* Opening what a program needs: servers, templates, keys. Nothing is connected here: the
 * pools connect when they are first used, so a shop starts while its database does. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/ended.h"
#include "app.h"
#include "base/log.h"
#include "base/rate.h"
#include "cart/cart_desk.h"
#include "order/order_committer.h"
#include "pay_keys.h"
#include "order/order_hint.h"
#include "order/order_till.h"
#include "price/money.h"
#include "price/rules.h"
#include "routes.h"
#include "shop_metrics.h"
#include "web/assets.h"
#include "web/page_guest.h"

#define PATH_N 600
#define STATEMENT_MS 2000
#define BCRYPT_COST_MIN 10
#define LONG_STATEMENT_MS 600000
/* Who waits for a password holds a spare thread. At the default cost each one before it takes a
 * quarter of a second: the last of these is answered before nginx gives up on a sign-in. */
#define PASSWORD_WAITERS 64
/* Access tokens a worker remembers: 200 kB. */
#define TOKENS_SEEN 2048

/* "DIR/tail" into out; the settings' bounds keep it within PATH_N. */
static const char *
join(char out[PATH_N], const char *dir, const char *tail)
{
    (void)snprintf(out, PATH_N, "%s/%s", dir, tail);
    return out;
}

static enum err
no_room(const char *file)
{
    const int no = errno;

    return app_refuse("state", "%s cannot be made or mapped there (%s): is the disk full, the"
                               " folder another user's, or the file another version's?",
        file, strerrordesc_np(no));
}

static void
open_db(struct app *app, unsigned parts)
{
    const struct settings *s = &app->set;
    char sock[PATH_N];
    struct db_conf c = {
        .socket = s->db_socket,
        .host = s->db_host,
        .port = (int)s->db_port,
        .user = s->db_user,
        .password = s->db_password,
        .name = s->db_name,
        .size = (int)s->db_pool,
        .connect_timeout_ms = 1000,
        .statement_timeout_ms = (parts & APP_LONG) != 0 ? LONG_STATEMENT_MS : STATEMENT_MS,
        .wait_timeout_ms = 1000,
        .watch = shop_watch_db(app->metrics),
    };

    if (s->db_socket[0] == '\0' && s->db_host[0] == '\0')
        c.socket = join(sock, s->state_dir, "run/mariadb.sock");
    app->db = db_pool_new(&c);
    if ((parts & APP_WEB) != 0) {
        app->committer = committer_new(&c);
        app->till = till_new(app->db);
        app->carts = cart_desk_new(&c);
        committer_count(app->committer, app->metrics);
        app->hints = order_hints_new();
    }
}

static enum err
open_cache(struct app *app)
{
    const struct settings *s = &app->set;
    char sock[PATH_N], shared[PATH_N];
    struct kv_conf c = {
        .socket = s->redis_socket,
        .host = s->redis_host,
        .port = (int)s->redis_port,
        .size = (int)s->redis_pool,
        .timeout_ms = 50,
        .prefix = s->redis_prefix,
        .watch = shop_watch_kv(app->metrics),
    };
    const struct cache_conf cc = {
        .shared_path = join(shared, s->state_dir, "run/cache.gen"),
        .memory_max = (size_t)s->cache_mb << 20,
        .memory_ttl_ms = 1000,
        .ttl_ms = s->cache_ttl_s * 1000,
        .absent_ttl_ms = 2000,
        .watch = shop_watch_cache(app->metrics),
    };

    if (s->redis_socket[0] == '\0' && s->redis_host[0] == '\0')
        c.socket = join(sock, s->state_dir, "run/redis.sock");
    app->kv = kv_new(&c);
    if (cache_new(&app->cache, &cc, app->kv) != ERR_OK)
        return no_room("run/cache.gen");
    app->rules = price_book_new(app->cache);
    return ERR_OK;
}

static enum err
open_auth(struct app *app)
{
    const struct settings *s = &app->set;
    const int hashers = (int)s->bcrypt_threads, queue = PASSWORD_WAITERS - hashers;
    char path[PATH_N], msg[256] = "";

    if (s->bcrypt_cost < BCRYPT_COST_MIN && !s->testing)
        return app_refuse("bcrypt_cost", "below 10 is for tests (testing = true) alone");
    if (s->key_file[0] == '\0')
        (void)join(path, s->state_dir, "keys");
    else
        (void)snprintf(path, sizeof(path), "%s", s->key_file);
    if (access(path, F_OK) != 0)
        return app_refuse("key_file", "%s is not there: souk keys rotate makes one", path);
    if (token_keys_load(&app->keys, path, msg, sizeof(msg)) != ERR_OK)
        return app_refuse("key_file", "%s", msg);
    app->keys.iss = "souk";
    app->keys.aud = "souk";
    app->tokens = token_seen_new(TOKENS_SEEN);
    app->ended = ended_new();
    app->passwords = password_pool_new(hashers, queue > 0 ? queue : 1, (int)s->bcrypt_cost);
    if (app->passwords == NULL)
        return app_refuse("bcrypt_threads", "so many hashers cannot be started");
    return ERR_OK;
}

static enum err
open_web(struct app *app)
{
    char path[PATH_N], msg[512] = "";

    if (tmpl_load(&app->tmpl, join(path, app->set.share_dir, "app/web/templates"), msg,
            sizeof(msg)) != ERR_OK)
        return app_refuse("share", "%s", msg);
    if (rate_open(&app->rate, join(path, app->set.state_dir, "run/rate")) != ERR_OK)
        return no_room("run/rate");
    if (assets_load(&app->assets, join(path, app->set.share_dir, "app/web/static"), msg,
            sizeof(msg)) != ERR_OK)
        return app_refuse("share", "%s", msg);
    app->guest = page_guest_new(app->tmpl, &app->keys);
    return app->guest != NULL ? ERR_OK
                              : app_refuse("share", "a guest's templates have a fault");
}

static enum err
open_pay(struct app *app)
{
    const struct settings *s = &app->set;
    char path[PATH_N], sock[PATH_N], msg[256] = "";
    struct pay_keys keys;
    struct pay_simulated_conf c = {.base = s->pay_url,
        .socket = join(sock, s->state_dir, "run/pay-http.sock"),
        .api_key = keys.api,
        .webhook_secret = keys.webhook,
        .calls = APP_PAY_CALLS};

    if (s->pay_key_file[0] == '\0')
        (void)join(path, s->state_dir, "pay.keys");
    else
        (void)snprintf(path, sizeof(path), "%s", s->pay_key_file);
    if (pay_keys_load(&keys, path, msg, sizeof(msg)) != ERR_OK)
        return app_refuse("pay_key_file", "%s", msg);
    app->pay.p[app->pay.n++] = pay_simulated_new(&c);
    explicit_bzero(&keys, sizeof(keys));
    return ERR_OK;
}

static enum log_level
level_of(const char *name)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    size_t i;

    for (i = 0; i < NELEM(names); i++)
        if (strcmp(name, names[i]) == 0)
            return (enum log_level)i;
    return LOG_LVL_INFO;
}

static enum err
open_metrics(struct app *app)
{
    if (shop_meter_open(&app->meter, app->set.state_dir) != ERR_OK)
        return no_room("run/metrics");
    app->metrics = app->meter.metrics;
    return ERR_OK;
}

enum err
app_open(struct app *app, unsigned parts)
{
    enum err e = ERR_OK;

    log_init(level_of(app->set.log_level), 2);
    if (currency_digits(str_c(app->set.currency)) < 0)
        return app_refuse("currency", "not an ISO 4217 code");
    /* First, since the others tell it what they do. */
    if ((parts & (APP_KV | APP_COUNT)) != 0)
        e = open_metrics(app);
    if ((parts & APP_DB) != 0)
        open_db(app, parts);
    if (e == ERR_OK && (parts & APP_KV) != 0)
        e = open_cache(app);
    if (e == ERR_OK && (parts & (APP_WEB | APP_AUTH)) != 0)
        e = open_auth(app);
    if (e == ERR_OK && (parts & APP_WEB) != 0)
        e = open_web(app);
    if (e == ERR_OK && (parts & APP_PAY) != 0)
        e = open_pay(app);
    return e;
}

void
app_tidy(void *arg)
{
    struct app *app = arg;

    db_pool_trim(app->db);
    if (app->committer != NULL)
        committer_trim(app->committer);
    if (app->carts != NULL)
        cart_desk_trim(app->carts);
}

void
app_close(struct app *app)
{
    if (app->assets != NULL)
        assets_free(app->assets);
    page_guest_free(app->guest);
    if (app->tmpl != NULL)
        tmpl_free(app->tmpl);
    if (app->passwords != NULL)
        password_pool_free(app->passwords);
    price_book_free(app->rules);
    if (app->cache != NULL)
        cache_free(app->cache);
    if (app->kv != NULL)
        kv_free(app->kv);
    committer_free(app->committer);
    till_free(app->till);
    cart_desk_free(app->carts);
    order_hints_free(app->hints);
    if (app->db != NULL)
        db_pool_free(app->db);
    shop_meter_close(&app->meter);
    if (app->pay.n > 0)
        pay_simulated_free(app->pay.p[0]);
    rate_close(app->rate);
    token_seen_free(app->tokens);
    ended_free(app->ended);
    explicit_bzero(&app->keys, sizeof(app->keys));
    settings_free(&app->set);
}
