/* Coupons: which may be used now, giving them back, and what the shop's people may make
 * of them. */
#include "coupon/coupon_store.h"

#include <inttypes.h>

#include "auth/token.h"
#include "base/clock.h"
#include "base/rand.h"

static const char *const kinds[] = {
    [COUPON_PERCENT] = "percent",
    [COUPON_FIXED] = "fixed",
    [COUPON_FREE_SHIPPING] = "free_shipping",
};

const char *
coupon_kind_text(enum coupon_kind k)
{
    return kinds[k];
}

struct str
coupon_code(struct arena *a, struct str typed)
{
    struct str s = str_trim(typed);
    char *p;

    if (s.n == 0 || s.n > COUPON_CODE_MAX)
        return STR_NULL;
    p = arena_cstr(a, s);
    for (size_t i = 0; i < s.n; i++) {
        if (p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
        if (!((p[i] >= 'A' && p[i] <= 'Z') || (p[i] >= '0' && p[i] <= '9') ||
                p[i] == '-' || p[i] == '_'))
            return STR_NULL;
    }
    return (struct str){p, s.n};
}

struct str
coupon_who(struct arena *a, const struct shopper *who, struct str email)
{
    unsigned char *sum = arena_alloc(a, SHA256_N);
    struct str s;
    char *p;

    if (who->account_id != 0) {
        s = arena_printf(a, "account %" PRId64, who->account_id);
    } else {
        p = arena_cstr(a, email);
        for (size_t i = 0; i < email.n; i++)
            if (p[i] >= 'A' && p[i] <= 'Z')
                p[i] = (char)(p[i] - 'A' + 'a');
        s = arena_printf(a, "email %s", p);
    }
    sha256(s.p, s.n, sum);
    return (struct str){(const char *)sum, SHA256_N};
}

enum err
coupon_open(const struct coupon *c, int64_t now, struct fault *flt)
{
    if (c == NULL || !c->active)
        return fault_field(flt, "/coupon", "unknown_coupon", "there is no such coupon");
    if (c->starts_at >= 0 && now < c->starts_at)
        return fault_field(flt, "/coupon", "coupon_not_started", "cannot be used yet");
    if (c->ends_at >= 0 && now >= c->ends_at)
        return fault_field(flt, "/coupon", "coupon_over", "cannot be used any more");
    return ERR_OK;
}

enum err
coupon_used_up(struct fault *flt)
{
    return fault_field(
        flt, "/coupon", "coupon_used_up", "has been used as often as it may be");
}

enum err
coupon_look(struct db *db, struct arena *a, struct str typed, struct str who, int64_t now,
    struct coupon *out, struct fault *flt)
{
    struct str code = coupon_code(a, typed);
    const struct coupon_holders h = {&out->id, 1, &who, 1};
    struct coupon_held *held;
    enum err e = ERR_NOT_FOUND;
    size_t n = 0;

    if (code.p != NULL)
        e = coupon_store_code(db, a, code, out);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    if ((e = coupon_open(e == ERR_OK ? out : NULL, now, flt)) != ERR_OK)
        return e;
    if (out->limit_per_account > 0 && who.p != NULL)
        e = coupon_store_held(db, a, &h, &held, &n);
    if (e != ERR_OK)
        return e;
    if ((out->limit_total > 0 && out->used >= out->limit_total) ||
        (out->limit_per_account > 0 && (int64_t)n >= out->limit_per_account))
        return coupon_used_up(flt);
    return ERR_OK;
}

enum err
coupon_give_back(
    struct db *db, struct arena *a, const int64_t *order_ids, size_t n, int64_t now)
{
    struct redemption *r = NULL;
    size_t i, k, held = 0;
    enum err e = ERR_OK;

    if (n > 0)
        e = coupon_store_of_orders(db, a, order_ids, n, &r, &held);
    if (e != ERR_OK || held == 0)
        return e;
    /* They come by coupon, in id order: each coupon's row is locked by its own UPDATE. */
    for (i = 0; i < held && e == ERR_OK; i = k) {
        for (k = i; k < held && r[k].coupon_id == r[i].coupon_id;)
            k++;
        e = coupon_store_used(db, r[i].coupon_id, -(int64_t)(k - i));
    }
    return e == ERR_OK ? coupon_store_release(db, a, r, held, now) : e;
}

/* --- for the shop's people --- */

static bool
amounts_ok(const struct coupon *c, struct fault *flt)
{
    const int64_t most = c->p.kind == COUPON_PERCENT ? PRICE_PPM : MONEY_MAX;
    const char *ptr = c->p.kind == COUPON_PERCENT ? "/rate_ppm" : "/amount";

    if (c->p.kind != COUPON_FREE_SHIPPING && (c->p.value < 1 || c->p.value > most)) {
        (void)fault_field(flt, ptr, c->p.value == 0 ? "required" : "out_of_range",
            "must be 1 to %" PRId64, most);
        return false;
    }
    if (c->p.minimum < 0 || c->p.minimum > MONEY_MAX) {
        (void)fault_field(flt, "/minimum", "out_of_range", "is not an amount");
        return false;
    }
    if (c->p.currency.p != NULL && currency_digits(c->p.currency) < 0) {
        (void)fault_field(flt, c->p.kind == COUPON_FIXED ? "/amount" : "/minimum",
            "unknown_currency", "must be an ISO 4217 code");
        return false;
    }
    return true;
}

enum err
coupon_check(struct arena *a, struct coupon *c, struct fault *flt)
{
    struct str code = coupon_code(a, c->p.code);
    bool ok = amounts_ok(c, flt);

    if (code.p == NULL) {
        (void)fault_field(flt, "/code", c->p.code.n == 0 ? "required" : "bad_text",
            "must be 1 to %d of A-Z 0-9 - _", COUPON_CODE_MAX);
        ok = false;
    }
    if (c->starts_at >= 0 && c->ends_at >= 0 && c->starts_at >= c->ends_at) {
        (void)fault_field(flt, "/ends_at", "out_of_range", "must be after starts_at");
        ok = false;
    }
    c->p.code = code;
    if (c->p.kind == COUPON_FREE_SHIPPING)
        c->p.value = 0;
    if (c->p.kind != COUPON_FIXED && c->p.minimum == 0)
        c->p.currency = STR_NULL; /* it needs none */
    return ok ? ERR_OK : ERR_INVALID;
}

static enum err
taken(struct fault *flt)
{
    (void)fault_field(flt, "/code", "taken", "another coupon has it");
    return fault_set(
        flt, ERR_CONFLICT, "coupon_taken", "There is a coupon with this code.");
}

enum err
coupon_add(struct db *db, struct coupon *c, struct fault *flt)
{
    enum err e;

    c->id = id_next();
    c->created_at = c->updated_at = clock_ms();
    c->used = 0;
    e = coupon_store_add(db, c);
    return e == ERR_CONFLICT ? taken(flt) : e;
}

enum err
coupon_change(struct db *db, struct arena *a, struct coupon *c, struct fault *flt)
{
    int64_t most = 0;
    enum err e = ERR_OK;

    if (c->limit_total > 0 && c->limit_total < c->used)
        return fault_field(flt, "/limit_total", "limit_below_uses",
            "%" PRId64 " orders hold it already", c->used);
    if (c->limit_per_account > 0)
        e = coupon_store_most(db, a, c->id, &most);
    if (e != ERR_OK)
        return e;
    if (c->limit_per_account > 0 && c->limit_per_account < most)
        return fault_field(flt, "/limit_per_account", "limit_below_uses",
            "somebody holds it %" PRId64 " times already", most);
    c->updated_at = clock_ms();
    e = coupon_store_change(db, c);
    return e == ERR_CONFLICT ? taken(flt) : e;
}

enum err
coupon_remove(struct db *db, int64_t id, struct fault *flt)
{
    enum err e = coupon_store_remove(db, id);

    if (e != ERR_CONFLICT)
        return e;
    return fault_set(flt, ERR_CONFLICT, "in_use",
        "Orders were placed with this coupon: make it inactive instead.");
}
