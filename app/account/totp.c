/* The rules of two-step sign-in. Secrets are sealed with the shop's key file, codes of a device
 * are good once, by their time step; recovery codes have 80 bits and are stored as hashes. */
#include "account/totp.h"

#include <inttypes.h>

#include "account/account_store.h"
#include "account/throttle.h"
#include "account/totp_store.h"
#include "auth/seal.h"
#include "auth/totp.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "http/form.h"

#define PURPOSE "totp"
#define RECOVERY_BYTES 10
#define RECOVERY_CHARS 16
#define RESEAL_STEP 100

static enum err
invalid(struct fault *flt)
{
    return fault_set(flt, ERR_AUTH, "totp_invalid",
        "This code is not right, or was used already. Each code works once.");
}

static enum err
secret_open(struct app *app, struct db *db, struct arena *a, int64_t id, struct str sealed,
    struct str *key)
{
    struct str owner = throttle_id(a, id), anew;
    bool old = false;
    enum err e = unseal(&app->keys, a, PURPOSE, owner, sealed, key, &old);

    if (e != ERR_OK) {
        log_error("account", "event=totp_sealed account=%" PRId64 " why=%s", id,
            e == ERR_NOT_FOUND ? "key_gone" : "damaged");
        return ERR_INTERNAL;
    }
    if (!old)
        return ERR_OK;
    e = seal(&app->keys, a, PURPOSE, owner, *key, &anew);
    return e == ERR_OK ? totp_store_reseal(db, id, sealed, anew) : e;
}

static struct totp_setup
setup_of(struct app *app, struct arena *a, const struct account *acc, struct str key)
{
    struct str shop = percent_encode(a, str_c(app->set.shop_name));
    struct str secret = base32(a, key);

    return (struct totp_setup){
        .secret = secret,
        .uri = arena_printf(a, "otpauth://totp/%.*s:%.*s?secret=%.*s&issuer=%.*s",
            STR_F(shop), STR_F(percent_encode(a, acc->email)), STR_F(secret), STR_F(shop)),
    };
}

struct work {
    struct app *app;
    struct arena *a;
    int64_t id, step, now_ms;
    struct str sealed; /* or the hash of a recovery code */
    struct str *codes;
    struct account acc;
    struct fault *flt;
};

static enum err
begin_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    enum err e = account_lock(db, w->a, w->id, &w->acc);

    if (e != ERR_OK)
        return e;
    if (w->acc.verified_at == 0)
        return fault_set(w->flt, ERR_FORBIDDEN, "email_unverified",
            "Confirm your e-mail address first: it is the way back in.");
    e = totp_store_put(db, w->id, w->sealed, w->now_ms);
    if (e == ERR_CONFLICT)
        return fault_set(w->flt, e, "totp_on", "Two-step sign-in is on already.");
    return e;
}

enum err
totp_begin(struct app *app, struct db *db, struct arena *a, int64_t id,
    struct totp_setup *out, struct fault *flt)
{
    struct work w = {.app = app, .a = a, .id = id, .now_ms = clock_ms(), .flt = flt};
    char bytes[TOTP_KEY_N];
    struct str key = {bytes, sizeof(bytes)};
    enum err e;

    rand_bytes(bytes, sizeof(bytes));
    e = seal(&app->keys, a, PURPOSE, throttle_id(a, id), key, &w.sealed);
    if (e == ERR_OK)
        e = db_tx(db, begin_tx, &w);
    if (e == ERR_OK)
        *out = setup_of(app, a, &w.acc, key);
    return e;
}

enum err
totp_waiting(struct app *app, struct db *db, struct arena *a, int64_t id,
    struct totp_setup *out)
{
    struct totp_row row;
    struct account acc;
    struct str key = STR_NULL;
    enum err e = totp_store_get(db, a, id, &row);

    if (e == ERR_OK && row.confirmed_at != 0)
        return ERR_NOT_FOUND;
    if (e == ERR_OK)
        e = account_get(db, a, id, &acc);
    if (e == ERR_OK)
        e = secret_open(app, db, a, id, row.secret, &key);
    if (e == ERR_OK)
        *out = setup_of(app, a, &acc, key);
    return e;
}

/* Its characters alone, small letters as capitals: however it was typed. */
static struct str
recovery_hash(struct arena *a, int64_t id, struct str code)
{
    unsigned char *h = arena_alloc(a, SHA256_N);
    struct buf b;
    size_t i;

    buf_init_arena(&b, a, 100);
    buf_printf(&b, "%" PRId64 ":", id);
    for (i = 0; i < code.n; i++)
        if (code.p[i] >= 'a' && code.p[i] <= 'z')
            buf_char(&b, (char)(code.p[i] - 'a' + 'A'));
        else if (code.p[i] != '-' && code.p[i] != ' ')
            buf_char(&b, code.p[i]);
    sha256(b.p, b.n, h);
    return (struct str){(const char *)h, SHA256_N};
}

static struct str
recovery_new(struct arena *a)
{
    char bytes[RECOVERY_BYTES];
    struct str s;

    rand_bytes(bytes, sizeof(bytes));
    s = base32(a, (struct str){bytes, sizeof(bytes)});
    return arena_printf(a, "%.4s-%.4s-%.4s-%.4s", s.p, s.p + 4, s.p + 8, s.p + 12);
}

static enum err
codes_put(struct db *db, struct arena *a, int64_t id, struct str codes[RECOVERY_CODES])
{
    enum err e = recovery_store_drop(db, id);
    int i;

    for (i = 0; i < RECOVERY_CODES && e == ERR_OK; i++) {
        codes[i] = recovery_new(a);
        e = recovery_store_add(db, id, recovery_hash(a, id, codes[i]));
    }
    return e;
}

static enum err
confirm_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    enum err e = account_lock(db, w->a, w->id, &w->acc);

    if (e == ERR_OK)
        e = totp_store_confirm(db, w->id, w->step, w->now_ms);
    if (e == ERR_OK)
        e = codes_put(db, w->a, w->id, w->codes);
    return e == ERR_OK ? account_tell(db, w->a, &w->acc, "two-step sign-in is on", w->now_ms) : e;
}

enum err
totp_confirm(struct app *app, struct db *db, struct arena *a, int64_t id, struct str code,
    struct str codes[RECOVERY_CODES], struct fault *flt)
{
    struct work w = {.a = a, .id = id, .now_ms = clock_ms(), .codes = codes};
    struct str subject = throttle_id(a, id), key = STR_NULL;
    struct totp_row row;
    enum err e = totp_store_get(db, a, id, &row);

    if (e == ERR_NOT_FOUND || (e == ERR_OK && row.confirmed_at != 0))
        return fault_set(flt, ERR_NOT_FOUND, "", "No device is waiting for its first code.");
    if (e == ERR_OK)
        e = throttle_take(app, db, a, THROTTLE_TOTP, subject, flt);
    if (e == ERR_OK)
        e = secret_open(app, db, a, id, row.secret, &key);
    if (e != ERR_OK)
        return e;
    w.step = totp_match(key, code, w.now_ms);
    if (w.step == 0)
        return invalid(flt);
    e = db_tx(db, confirm_tx, &w);
    return e == ERR_OK ? throttle_clear(app, db, a, THROTTLE_TOTP, subject) : e;
}

/* The row count of one statement decides, whoever else tries the same code now; they wait for
 * the account's row before. step 0: it is a recovery code. */
static enum err
use_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    enum err e = account_lock(db, w->a, w->id, &w->acc);

    if (e != ERR_OK)
        return e;
    return w->step != 0 ? totp_store_step(db, w->id, w->step)
                        : recovery_store_use(db, w->id, w->sealed);
}

static enum err
use(struct app *app, struct db *db, struct arena *a, int64_t id, const struct totp_row *row,
    struct str code)
{
    struct work w = {.a = a, .id = id};
    struct str key = STR_NULL;
    enum err e;

    if (code.n >= RECOVERY_CHARS) {
        w.sealed = recovery_hash(a, id, code);
        return db_tx(db, use_tx, &w);
    }
    if ((e = secret_open(app, db, a, id, row->secret, &key)) != ERR_OK)
        return e;
    w.step = totp_match(key, code, clock_ms());
    return w.step != 0 ? db_tx(db, use_tx, &w) : ERR_NOT_FOUND;
}

enum err
totp_use(struct app *app, struct db *db, struct arena *a, int64_t id, struct str code,
    struct fault *flt)
{
    struct str subject = throttle_id(a, id);
    struct totp_row row;
    enum err e;

    if (code.n == 0 || code.n > TOTP_CODE_MAX)
        return invalid(flt);
    e = totp_store_get(db, a, id, &row);
    if (e == ERR_NOT_FOUND || (e == ERR_OK && row.confirmed_at == 0))
        return invalid(flt);
    if (e == ERR_OK)
        e = throttle_take(app, db, a, THROTTLE_TOTP, subject, flt);
    if (e != ERR_OK)
        return e;
    e = use(app, db, a, id, &row, code);
    if (e == ERR_NOT_FOUND)
        return invalid(flt);
    return e == ERR_OK ? throttle_give(app, db, a, THROTTLE_TOTP, subject) : e;
}

static enum err
codes_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    enum err e = account_lock(db, w->a, w->id, &w->acc);

    return e == ERR_OK ? codes_put(db, w->a, w->id, w->codes) : e;
}

enum err
totp_codes(struct db *db, struct arena *a, int64_t id, struct str codes[RECOVERY_CODES])
{
    struct work w = {.a = a, .id = id, .codes = codes};

    return db_tx(db, codes_tx, &w);
}

enum err
totp_codes_left(struct db *db, struct arena *a, int64_t id, int64_t *n)
{
    return recovery_store_left(db, a, id, n);
}

static enum err
off_tx(struct db *db, void *arg)
{
    struct work *w = arg;
    enum err e = account_lock(db, w->a, w->id, &w->acc);

    if (e == ERR_OK)
        e = totp_store_drop(db, w->id);
    return e == ERR_OK ? account_tell(db, w->a, &w->acc, "two-step sign-in is off", w->now_ms) : e;
}

enum err
totp_off(struct db *db, struct arena *a, int64_t id)
{
    struct work w = {.a = a, .id = id, .now_ms = clock_ms()};

    return db_tx(db, off_tx, &w);
}

enum err
totp_reseal(struct app *app, struct db *db, struct arena *a)
{
    struct totp_row row;
    struct db_rows ids;
    struct str key;
    int64_t after = 0;
    size_t i;
    enum err e;

    do {
        e = totp_store_ids(db, a, after, RESEAL_STEP, &ids);
        for (i = 0; e == ERR_OK && i < ids.n; i++) {
            after = db_i64(&ids, i, 0);
            e = totp_store_get(db, a, after, &row);
            if (e == ERR_OK)
                e = secret_open(app, db, a, after, row.secret, &key);
            else if (e == ERR_NOT_FOUND)
                e = ERR_OK; /* turned off meanwhile */
        }
    } while (e == ERR_OK && ids.n == RESEAL_STEP);
    return e;
}
