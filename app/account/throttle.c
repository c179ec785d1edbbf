/* The kinds of tries that are counted, and how many of each are too many. */
#include "account/throttle.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "account/throttle_store.h"
#include "base/clock.h"

#define MINUTE_MS (60 * INT64_C(1000))
#define HASH_BYTES 24

/* `limit` is in tenths of the setting login_tries, which is 10 unless the operator says
 * otherwise. No window is longer than an hour: nobody is kept out for long by somebody else's
 * guessing. */
static const struct {
    const char *name;
    int64_t limit, window_ms;
    bool net; /* the subject is an address of the net */
} kinds[THROTTLE__MAX] = {
    [THROTTLE_LOGIN] = {"login", 10, 15 * MINUTE_MS, false},
    [THROTTLE_LOGIN_MAIL] = {"mail", 50, 15 * MINUTE_MS, false},
    [THROTTLE_LOGIN_IP] = {"ip", 200, 15 * MINUTE_MS, true},
    [THROTTLE_REGISTER_IP] = {"reg", 40, 60 * MINUTE_MS, true},
    [THROTTLE_FORGOT] = {"forgot", 4, 30 * MINUTE_MS, false},
    [THROTTLE_FORGOT_IP] = {"forgotip", 40, 60 * MINUTE_MS, true},
    [THROTTLE_MAIL] = {"send", 5, 30 * MINUTE_MS, false},
    [THROTTLE_PROVE] = {"prove", 10, 15 * MINUTE_MS, false},
    [THROTTLE_TOTP] = {"totp", 5, 15 * MINUTE_MS, false},
};

/* This machine's own address, or none at all: nothing that could tell one from another. */
static bool
is_own(struct arena *a, struct str ip)
{
    static const unsigned char own[16] = {[15] = 1}, mapped[12] = {[10] = 0xff, [11] = 0xff};
    unsigned char b[16];

    if (ip.n == 0)
        return true;
    if (inet_pton(AF_INET, arena_cstr(a, ip), b) == 1)
        return b[0] == 127;
    if (inet_pton(AF_INET6, arena_cstr(a, ip), b) != 1)
        return true;
    return memcmp(b, own, 16) == 0 || (memcmp(b, mapped, 12) == 0 && b[12] == 127);
}

/* An IPv6 customer has a whole network: its first half is what counts. */
static struct str
net_of(struct arena *a, struct str ip)
{
    unsigned char b[16];

    if (str_chr(ip, ':') == SIZE_MAX || inet_pton(AF_INET6, arena_cstr(a, ip), b) != 1)
        return ip;
    return arena_str(a, (struct str){(const char *)b, 8});
}

static struct str
bucket_of(const struct app *app, struct arena *a, enum throttle kind, struct str subject)
{
    unsigned char mac[SHA256_N];

    if (kinds[kind].net)
        subject = net_of(a, subject);
    token_mac(&app->keys, "throttle", subject, mac);
    return arena_printf(
        a, "%s:%.*s", kinds[kind].name, STR_F(b64url(a, mac, HASH_BYTES)));
}

static int64_t
limit_of(const struct app *app, enum throttle kind)
{
    int64_t limit = kinds[kind].limit * app->set.login_tries / 10;

    return limit > 0 ? limit : 1;
}

struct counting {
    struct arena *a;
    struct str bucket;
    int64_t window_ms, now_ms, tries, until_ms;
};

/* In a transaction for the sake of its retries: first tries at the same instant deadlock. */
static enum err
count_tx(struct db *db, void *arg)
{
    struct counting *c = arg;

    return throttle_store_add(
        db, c->a, c->bucket, c->window_ms, c->now_ms, &c->tries, &c->until_ms);
}

enum err
throttle_take(struct app *app, struct db *db, struct arena *a, enum throttle kind,
    struct str subject, struct fault *flt)
{
    struct counting c = {.a = a, .window_ms = kinds[kind].window_ms, .now_ms = clock_ms()};
    enum err e;

    if (kinds[kind].net && is_own(a, subject))
        return ERR_OK;
    c.bucket = bucket_of(app, a, kind, subject);
    e = db_tx(db, count_tx, &c);
    if (e != ERR_OK || c.tries <= limit_of(app, kind))
        return e;
    if (flt != NULL)
        flt->retry_after =
            c.until_ms > c.now_ms ? (int)((c.until_ms - c.now_ms) / 1000 + 1) : 1;
    return fault_set(flt, ERR_LIMIT, "too_many_tries",
        "That was too often. Wait a while, then try again.");
}

enum err
throttle_give(struct app *app, struct db *db, struct arena *a, enum throttle kind,
    struct str subject)
{
    if (kinds[kind].net && is_own(a, subject))
        return ERR_OK;
    return throttle_store_sub(db, bucket_of(app, a, kind, subject));
}

enum err
throttle_clear(struct app *app, struct db *db, struct arena *a, enum throttle kind,
    struct str subject)
{
    return throttle_store_drop(db, bucket_of(app, a, kind, subject));
}

struct str
throttle_id(struct arena *a, int64_t account_id)
{
    return arena_printf(a, "%" PRId64, account_id);
}
