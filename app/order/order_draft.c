/* One order before it is written: its lines with the names and prices of the moment, its
 * total, number and answer, and the words for what it lacks. Asks no database. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/rand.h"
#include "cart/cart.h"
#include "order/order_batch.h"
#include "order/order_hint.h"
#include "order/order_json.h"
#include "sale/sale.h"

#define ANSWER_MAX ((size_t)1 << 20)

_Static_assert(ORDER_LINES_MAX <= FAULT_FIELDS_MAX, "each line that is short is named");

/* "S-7K3M-9QXD": Crockford's alphabet has no letter that reads like a digit. 40 random
 * bits: a number is taken once in a million orders or so, and then drawn again. */
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

/* The schema compares without trailing spaces; so must we. */
struct str
order_idem_key(const struct order_in *in)
{
    struct str k = in->idem_key;

    while (k.n > 0 && k.p[k.n - 1] == ' ')
        k.n--;
    return k;
}

enum err
placing_init(struct placing *p, struct arena *a, const struct order_in *in,
    struct order_answer *out, struct fault *flt)
{
    const size_t n = in->want != NULL ? in->n : CART_LINES_MAX;
    enum err e;

    *p = (struct placing){.a = a,
        .in = *in,
        .once = {in->idem_scope, order_idem_key(in), in->body_hash},
        .out = out,
        .flt = flt};
    if ((e = order_check(a, &p->in, flt)) != ERR_OK)
        return e;
    if (in->coupon.n > 0)
        p->use = (struct coupon_ask){.code = coupon_code(a, in->coupon),
            .who = coupon_who(a, &in->who, p->in.email)};
    p->od.lines = arena_calloc(a, n, sizeof(*p->od.lines));
    p->sku = arena_calloc(a, n, sizeof(*p->sku));
    return ERR_OK;
}

void
placing_begin(struct placing *p)
{
    struct order_line *lines = p->od.lines;
    int64_t now = clock_ms();

    fault_clear(p->flt);
    p->od = (struct order){.id = id_next(),
        .account_id = p->in.who.account_id,
        .email = p->in.email,
        .status = ORDER_PENDING,
        .address = p->in.address,
        .payment_status = str_c(order_payment_status_of(ORDER_PENDING)),
        .fulfilment_status = str_c(order_fulfilment_status_of(ORDER_PENDING)),
        .created_at = now,
        .updated_at = now,
        .expires_at = now + p->in.hold_ms,
        .lines = lines};
    if (p->od.account_id == 0)
        p->od.guest_hash = p->in.who.guest_hash;
    *p->out = (struct order_answer){.order_id = 0};
    p->coupon = NULL;
    p->e = p->priced = ERR_OK;
    p->open = true;
    p->put_off = false;
}

void
placing_close(struct placing *p, enum err e)
{
    p->e = e;
    p->open = false;
}

static enum err
expected_check(const struct placing *p)
{
    const struct order_in *in = &p->in;
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

/* Whatever is wrong with the coupon and with the rest is said together. */
static enum err
price(struct placing *p)
{
    const struct price_coupon *c = NULL;
    enum err e = ERR_OK, e2;

    if (p->use.who.p != NULL)
        e = coupon_desk_find(
            p->desk, p->use.code, p->od.created_at, &p->coupon, p->flt);
    if (e == ERR_OK && p->coupon != NULL)
        c = &p->coupon->p;
    if ((e2 = placing_price(p, c)) != ERR_OK)
        return e2;
    return e == ERR_OK ? expected_check(p) : e;
}

static enum err
answer(struct placing *p)
{
    struct jout j;
    struct buf b;

    p->od.number = number_new(p->a);
    buf_init_arena(&b, p->a, ANSWER_MAX);
    jout_init(&j, &b);
    order_jout(&j, &p->od);
    if (b.overflow)
        return ERR_TOO_LARGE;
    *p->out = (struct order_answer){
        .order_id = p->od.id, .http_status = 201, .body = buf_view(&b)};
    return ERR_OK;
}

/* What the sales that run say to it. */
static enum err
sales(struct placing *p)
{
    struct sale_line *l;
    struct sale_terms t;

    if (p->in.sales.n == 0)
        return ERR_OK;
    l = arena_calloc(p->a, p->od.n, sizeof(*l));
    for (size_t i = 0; i < p->od.n; i++)
        l[i] = (struct sale_line){.product_id = p->sku[i].product_id,
            .category_id = p->sku[i].category_id,
            .quantity = p->od.lines[i].quantity};
    sale_terms(p->in.sales, p->od.created_at, l, p->od.n, &t);
    if (t.hold_ms > 0)
        p->od.expires_at = p->od.created_at + t.hold_ms;
    if (t.max_units > 0)
        return fault_field(p->flt, "/items", "sale_limit",
            "at most %" PRId64 " units of this sale in one order", t.max_units);
    return ERR_OK;
}

void
placing_draft(struct placing *p)
{
    enum err e = placing_lines(p);

    if (e == ERR_OK)
        e = sales(p);
    if (e != ERR_OK) {
        placing_close(p, e);
        return;
    }
    p->priced = price(p);
    if (p->priced == ERR_OK)
        p->priced = answer(p);
}

void
placing_short_line(struct placing *p, size_t i, int64_t available)
{
    char ptr[48];

    (void)snprintf(ptr, sizeof(ptr), "/items/%zu/quantity", i);
    (void)fault_field(p->flt, ptr, "out_of_stock", "%s: only %" PRId64 " left",
        arena_cstr(p->a, str_utf8_cut(p->sku[i].sku, 64)), available);
    fault_extra_str(p->flt, "sku", p->sku[i].sku);
    fault_extra_i64(p->flt, "available", available);
    if (available == 0 && p->in.hints != NULL)
        order_hints_note(p->in.hints, &p->sku[i]);
}

void
placing_short(struct placing *p, size_t n)
{
    placing_close(p,
        fault_set(p->flt, ERR_CONFLICT, "out_of_stock",
            "There is not enough left of %zu of the lines; nothing was ordered.", n));
}
