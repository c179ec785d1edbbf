/* Placing an order: one transaction that claims the idempotency key, copies prices and
 * names, writes the order and its lines, stores the answer and takes the stock, all lines
 * or none. The stock comes last, so that a hot SKU's row is locked for two round trips
 * and COMMIT. */
#include "order/order_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "cart/cart.h"
#include "order/order_json.h"

#define NUMBER_TRIES 3
#define ANSWER_MAX ((size_t)1 << 20)

struct placing {
    struct arena *a;
    const struct order_in *in;
    struct order_idem once;
    struct order_answer *out;
    struct fault *flt;
    struct order od;
    struct sku_info *sku; /* of od.lines, same order */
    size_t short_n;       /* lines there is too little of */
};

/* "S-7K3M-9QXD": Crockford's alphabet has no letter that reads like a digit. */
static struct str
number_new(struct arena *a)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    unsigned char r[8];
    char t[] = "S-0000-0000";

    rand_bytes(r, sizeof(r));
    for (size_t i = 0; i < sizeof(r); i++)
        t[i < 4 ? i + 2 : i + 3] = digits[r[i] % 32];
    return arena_str(a, str_c(t));
}

static enum err
gather_want(struct db *db, struct placing *p)
{
    const struct order_in *in = p->in;
    struct str *codes = arena_calloc(p->a, in->n, sizeof(*codes));

    for (size_t i = 0; i < in->n; i++) {
        codes[i] = in->want[i].sku;
        p->od.lines[i].quantity = in->want[i].quantity;
    }
    p->od.n = in->n;
    return catalog_skus(db, p->a, codes, in->n, p->sku);
}

/* The cart is locked first: two orders at once cannot both have its lines. */
static enum err
gather_cart(struct db *db, struct placing *p)
{
    struct cart *c = arena_calloc(p->a, 1, sizeof(*c));
    int64_t cart_id;
    enum err e;

    if ((e = cart_lock(db, p->a, &p->in->who, &cart_id)) != ERR_OK)
        return e;
    if ((e = cart_get(db, p->a, &p->in->who, p->in->default_currency, c)) != ERR_OK)
        return e;
    if (c->n == 0) {
        (void)fault_field(
            p->flt, "/items", "empty_cart", "is missing and the cart is empty");
        return fault_set(p->flt, ERR_INVALID, "empty_cart", "There is nothing to order.");
    }
    for (size_t i = 0; i < c->n; i++) {
        p->sku[i] = c->items[i].sku;
        p->od.lines[i].quantity = c->items[i].quantity;
    }
    p->od.n = c->n;
    return ERR_OK;
}

static enum err
sku_check(const struct placing *p, size_t i)
{
    const struct sku_info *s = &p->sku[i];
    char ptr[48];

    (void)snprintf(ptr, sizeof(ptr), "/items/%zu/sku", i);
    if (s->sku_id == 0 || !s->active)
        return fault_field(p->flt, ptr, "unknown_sku", "is not for sale");
    if (!str_eq(s->currency, p->sku[0].currency))
        return fault_field(p->flt, ptr, "currency_mismatch",
            "is sold in %.*s, not in %.*s", STR_F(s->currency),
            STR_F(p->sku[0].currency));
    return ERR_OK;
}

/* Copy what the catalogue says at this moment into the lines. */
static enum err
lines_fill(struct placing *p)
{
    enum err e, worst = ERR_OK;
    size_t i;

    for (i = 0; i < p->od.n; i++) {
        const struct sku_info *s = &p->sku[i];
        struct order_line *l = &p->od.lines[i];

        if ((e = sku_check(p, i)) != ERR_OK) {
            worst = e;
            continue;
        }
        l->id = id_next();
        l->product_id = s->product_id;
        l->sku_id = s->sku_id;
        l->sku = s->sku;
        l->name = s->name;
        l->unit_price = s->unit_price;
    }
    return worst;
}

static void
short_line(struct placing *p, size_t i, int64_t available)
{
    char ptr[48];

    (void)snprintf(ptr, sizeof(ptr), "/items/%zu/quantity", i);
    (void)fault_field(p->flt, ptr, "out_of_stock", "%s: only %" PRId64 " left",
        arena_cstr(p->a, str_utf8_cut(p->sku[i].sku, 64)), available);
    fault_extra_str(p->flt, "sku", p->sku[i].sku);
    fault_extra_i64(p->flt, "available", available);
    p->short_n++;
}

static enum err
short_verdict(const struct placing *p)
{
    if (p->short_n == 0)
        return ERR_OK;
    return fault_set(p->flt, ERR_CONFLICT, "out_of_stock",
        "There is not enough left of %zu of the lines; nothing was ordered.", p->short_n);
}

/* What is plainly short needs no lock to be refused; stock_take() has the last word. */
static enum err
stock_look(struct placing *p)
{
    for (size_t i = 0; i < p->od.n; i++)
        if (p->sku[i].available < p->od.lines[i].quantity)
            short_line(p, i, p->sku[i].available);
    return short_verdict(p);
}

static enum err
expected_check(const struct placing *p)
{
    const struct order_in *in = p->in;
    const struct order *o = &p->od;
    struct str total;

    if (in->expected_total < 0)
        return ERR_OK;
    if (in->expected_total == o->total &&
        (in->expected_currency.p == NULL || str_eq(in->expected_currency, o->currency)))
        return ERR_OK;
    total = money_format(p->a, o->total, o->currency);
    (void)fault_field(
        p->flt, "/expected_total", "cart_changed", "is now %.*s", STR_F(total));
    fault_extra_i64(p->flt, "amount", o->total);
    fault_extra_str(p->flt, "currency", o->currency);
    return fault_set(
        p->flt, ERR_CONFLICT, "cart_changed", "The total is now %.*s.", STR_F(total));
}

static enum err
price(struct placing *p)
{
    struct price_line *pl = arena_calloc(p->a, p->od.n, sizeof(*pl));
    struct price_in pi = {.lines = pl,
        .n = p->od.n,
        .currency = p->sku[0].currency,
        .country = p->in->address.country,
        .shipping_method = p->in->shipping_method,
        .coupon = p->in->coupon};
    struct price_totals t;
    enum err e;
    size_t i;

    for (i = 0; i < p->od.n; i++)
        pl[i] = (struct price_line){
            .unit_price = p->od.lines[i].unit_price, .quantity = p->od.lines[i].quantity};
    if ((e = price_quote(&pi, &t, p->flt)) != ERR_OK)
        return e;
    for (i = 0; i < p->od.n; i++)
        p->od.lines[i].line_total = pl[i].line_total;
    p->od.currency = pi.currency;
    p->od.subtotal = t.subtotal;
    p->od.discount = t.discount;
    p->od.shipping = t.shipping;
    p->od.tax = t.tax;
    p->od.total = t.total;
    p->od.shipping_method = t.shipping_method;
    return expected_check(p);
}

static enum err
add_order(struct db *db, struct placing *p)
{
    enum err e = ERR_CONFLICT;

    /* 40 random bits: a number is taken once in a million orders or so. */
    for (int i = 0; i < NUMBER_TRIES && e == ERR_CONFLICT; i++) {
        p->od.number = number_new(p->a);
        e = order_store_add(db, &p->od);
    }
    if (e == ERR_CONFLICT) {
        log_error("order", "event=insert_refused tries=%d", NUMBER_TRIES);
        return ERR_INTERNAL;
    }
    if (e == ERR_OK)
        e = order_store_add_lines(db, p->a, &p->od);
    if (e == ERR_OK)
        e = order_store_event(db, p->od.id, "", order_status_text(p->od.status),
            order_actor(p->a, &p->in->who), STR(""), p->od.created_at);
    return e;
}

static enum err
answer(struct db *db, struct placing *p)
{
    struct jout j;
    struct buf b;

    buf_init_arena(&b, p->a, ANSWER_MAX);
    jout_init(&j, &b);
    order_jout(&j, &p->od);
    if (b.overflow)
        return ERR_TOO_LARGE;
    *p->out = (struct order_answer){
        .order_id = p->od.id, .http_status = 201, .body = buf_view(&b)};
    return order_idem_answer(db, &p->once, p->out);
}

/* A line by its SKU, for sorting. */
struct taking {
    int64_t sku_id;
    size_t line;
};

static int
by_sku_id(const void *x, const void *y)
{
    const struct taking *a = x, *b = y;

    return (a->sku_id > b->sku_id) - (a->sku_id < b->sku_id);
}

static enum err
take_line(struct db *db, struct placing *p, size_t i)
{
    const struct order_line *l = &p->od.lines[i];
    int64_t left = 0;
    enum err e = stock_sell(db, l->sku_id, l->quantity, l->id);

    if (e != ERR_CONFLICT)
        return e;
    if ((e = stock_available(db, p->a, l->sku_id, &left)) == ERR_OK)
        short_line(p, i, left);
    return e;
}

/* In sku_id order, so that orders of the same SKUs queue for their rows instead of
 * deadlocking. A short line does not stop the rest: each short one is to be named. */
static enum err
stock_take(struct db *db, struct placing *p)
{
    struct taking *t = arena_calloc(p->a, p->od.n, sizeof(*t));
    enum err e = ERR_OK;
    size_t i;

    for (i = 0; i < p->od.n; i++)
        t[i] = (struct taking){.sku_id = p->od.lines[i].sku_id, .line = i};
    qsort(t, p->od.n, sizeof(*t), by_sku_id);
    for (i = 0; i < p->od.n && e == ERR_OK; i++)
        e = take_line(db, p, t[i].line);
    return e == ERR_OK ? short_verdict(p) : e;
}

static void
order_begin(struct placing *p)
{
    const struct order_in *in = p->in;
    int64_t now = clock_ms();

    p->od = (struct order){.id = id_next(),
        .account_id = in->who.account_id,
        .email = in->email,
        .status = ORDER_PENDING,
        .address = in->address,
        .payment_status = str_c(order_payment_status_of(ORDER_PENDING)),
        .fulfilment_status = str_c(order_fulfilment_status_of(ORDER_PENDING)),
        .created_at = now,
        .updated_at = now,
        .expires_at = now + in->hold_ms};
    if (in->who.account_id == 0)
        p->od.guest_hash = in->who.guest_hash;
    p->od.lines = arena_calloc(p->a, ORDER_LINES_MAX, sizeof(*p->od.lines));
    p->sku = arena_calloc(p->a, ORDER_LINES_MAX, sizeof(*p->sku));
    p->short_n = 0;
    *p->out = (struct order_answer){.order_id = 0};
}

static enum err
place_tx(struct db *db, void *arg)
{
    struct placing *p = arg;
    const struct order_in *in = p->in;
    enum err e;

    fault_clear(p->flt);
    order_begin(p);
    e = order_idem_claim(db, p->a, &p->once, p->od.id, p->out, p->flt);
    if (e != ERR_OK || p->out->replayed)
        return e;
    e = in->want != NULL ? gather_want(db, p) : gather_cart(db, p);
    if (e == ERR_OK)
        e = lines_fill(p);
    if (e == ERR_OK)
        e = stock_look(p);
    if (e == ERR_OK)
        e = price(p);
    if (e == ERR_OK)
        e = add_order(db, p);
    if (e == ERR_OK)
        e = answer(db, p);
    if (e == ERR_OK && in->want == NULL)
        e = cart_clear(db, &in->who);
    return e == ERR_OK ? stock_take(db, p) : e;
}

enum err
order_place(struct db *db, struct arena *a, struct cache *cache,
    const struct order_in *in, struct order_answer *out, struct fault *flt)
{
    struct order_in checked = *in;
    struct placing p = {.a = a,
        .in = &checked,
        .once = {in->idem_scope, in->idem_key, in->body_hash},
        .out = out,
        .flt = flt};
    enum err e;

    if ((e = order_check(a, &checked, flt)) != ERR_OK)
        return e;
    if ((e = db_tx(db, place_tx, &p)) != ERR_OK)
        return e;
    if (!out->replayed)
        order_products_changed(cache, p.od.lines, p.od.n);
    return ERR_OK;
}
