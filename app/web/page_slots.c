/* Slots: account link, cart count, message and CSRF token of one shopper. */
#include "account/account_http.h"
#include "auth/token.h"
#include "base/log.h"
#include "http/form.h"
#include "web/page_guest.h"
#include "web/page_parts.h"

#define SLOT_MAX ((size_t)16 << 10)
#define FLASH_MAX 400
#define FLASH_MAC_BYTES 12

static struct str
partial(struct req *rq, const char *name, const struct tval *data)
{
    struct buf b;

    buf_init_arena(&b, rq->arena, SLOT_MAX);
    if (tmpl_render(app_of(rq)->tmpl, name, data, rq->arena, &b) != ERR_OK) {
        log_error("page", "event=slot_failed template=%s", name);
        return STR("");
    }
    return buf_view(&b);
}

static struct str
account_slot(struct req *rq)
{
    struct tval *t = tval_obj(rq->arena);
    struct account acc = {.name = STR("Account")};
    struct db *db;

    if (rq->who.user_id == 0)
        return app_of(rq)->guest->account;
    tval_set_bool(rq->arena, t, "signed_in", true);
    if (app_db(rq, &db) == ERR_OK
        && account_get(db, rq->arena, rq->who.user_id, &acc) != ERR_OK)
        acc.name = STR("Account");
    tval_set_str(rq->arena, t, "name", acc.name);
    tval_set_bool(rq->arena, t, "is_admin",
        str_eq_c(str_c(rq->who.role), "admin") || str_eq_c(str_c(rq->who.role), "staff"));
    return partial(rq, "nav_account", t);
}

/* A browser that came without a cookie has no cart: no look-up. */
static int64_t
cart_units(struct req *rq, struct resp *rs)
{
    int64_t n = app_cart_units(rq);
    struct shopper who;
    struct db *db;

    if (n >= 0)
        return n;
    if (app_shopper(rq, rs, false, STR_NULL, &who) != ERR_OK || app_db(rq, &db) != ERR_OK)
        return 0;
    return cart_count(db, rq->arena, &who, &n) == ERR_OK ? n : 0;
}

static struct str
cart_slot(struct req *rq, struct resp *rs)
{
    struct tval *t = tval_obj(rq->arena);
    int64_t count = cart_units(rq, rs);

    if (count == 0)
        return app_of(rq)->guest->cart;
    tval_set_i64(rq->arena, t, "count", count);
    return partial(rq, "nav_cart", t);
}

static struct str
flash_mac(struct req *rq, struct str text)
{
    unsigned char mac[SHA256_N];

    token_mac(&app_of(rq)->keys, "flash", text, mac);
    return hex(rq->arena, mac, FLASH_MAC_BYTES);
}

void
page_flash(struct req *rq, struct resp *rs, const char *kind, const char *fmt, ...)
{
    struct buf b;
    struct str text;
    va_list ap;

    buf_init_arena(&b, rq->arena, FLASH_MAX);
    buf_printf(&b, "%s:", kind);
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    text = buf_view(&b);
    resp_cookie(rs, rq, "flash",
        arena_printf(rq->arena, "%.*s.%.*s", STR_F(flash_mac(rq, text)),
            STR_F(percent_encode(rq->arena, text))),
        60);
}

static struct str
flash_slot(struct req *rq, struct resp *rs)
{
    struct str cookie = req_cookie(rq, resp_cookie_name(rq, "flash")), mac, text, kind;
    struct tval *t = tval_obj(rq->arena);

    if (cookie.n == 0)
        return STR("");
    resp_cookie(rs, rq, "flash", STR(""), 0);
    if (!str_cut(cookie, '.', &mac, &text)
        || !percent_decode(rq->arena, text, false, &text)
        || !secret_eq(mac, flash_mac(rq, text)) || !str_cut(text, ':', &kind, &text))
        return STR("");
    tval_set_str(rq->arena, t, "kind", kind);
    tval_set_str(rq->arena, t, "text", text);
    return partial(rq, "flash", t);
}

void
page_slots(struct req *rq, struct resp *rs, struct str out[SLOT__MAX])
{
    /* The cart's slot before the token: csrf_token() gives every browser a guest cookie,
     * and one that is made now cannot have a cart. */
    out[SLOT_CART] = cart_slot(rq, rs);
    out[SLOT_ACCOUNT] = account_slot(rq);
    out[SLOT_FLASH] = flash_slot(rq, rs);
    out[SLOT_CSRF] = csrf_token(rq, rs);
}

/* All marks start with the same secret text; the last letter tells the slot. */
struct str
page_slot_mark(struct req *rq, enum page_slot s)
{
    return arena_printf(rq->arena, "%.*s%c", STR_F(app_of(rq)->guest->mark), 'A' + (int)s);
}

void
page_fill_slots(struct req *rq, struct str page, const struct str slots[SLOT__MAX],
    struct buf *out)
{
    struct str stem = app_of(rq)->guest->mark;
    size_t from = 0, i;

    while ((i = str_chr(str_sub(page, from, page.n), '\x01')) != SIZE_MAX) {
        struct str at = str_sub(page, from + i, page.n);
        size_t slot;

        buf_str(out, str_sub(page, from, i));
        from += i;
        slot = at.n > stem.n && str_starts(at, stem) ? (size_t)(at.p[stem.n] - 'A')
                                                     : (size_t)SLOT__MAX;
        if (slot < SLOT__MAX) {
            buf_str(out, slots[slot]);
            from += stem.n + 1;
        } else {
            from += 1; /* a stray control character of somebody's text */
        }
    }
    buf_str(out, str_sub(page, from, page.n));
}
