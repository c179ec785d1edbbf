/* The checkout: address, totals, and the one button that makes an order. The form carries
 * an idempotency key and the total it showed, so a second click or a changed price is
 * harmless without JavaScript too. */

#include <inttypes.h>

#include "account/account.h"
#include "address/address.h"
#include "auth/token.h"
#include "base/rand.h"
#include "cart/cart_page.h"
#include "order/order_http.h"
#include "web/order_view.h"
#include "web/page.h"

#define KEY_BYTES 18
#define MINUTE_S 60

struct checkout {
    struct cart cart;
    struct shopper who;
    struct account acc; /* id 0: a guest */
    struct book_entry *book; /* the account's addresses, to choose from */
    size_t book_n;
    int64_t chosen;
    struct str key;
    struct order_quote quote; /* what the form as it is comes to ... */
    struct fault refused;     /* ... and what of it could not be kept to */
};

static const char *const error_names[] = {"email", "name", "line1", "line2", "city",
    "region", "postal_code", "country", "shipping_method", "coupon", NULL};

/* What the shopper has in the cart, and who that is. */
static enum err
checkout_load(struct req *rq, struct resp *rs, struct checkout *c)
{
    struct db *db;
    enum err e = cart_of(rq, rs, &c->cart, &c->who);

    if (e == ERR_OK && rq->who.user_id != 0) {
        e = app_db(rq, &db);
        if (e == ERR_OK)
            e = account_get(db, rq->arena, rq->who.user_id, &c->acc);
    }
    return e;
}

/* What it comes to with the coupon, method and country of the form. What cannot be is left
 * out, one after the other, and said: a page with sums there must be. */
static enum err
checkout_quote(struct req *rq, struct checkout *c)
{
    const struct jval *f = rq->in;
    struct order_in in = {.who = c->who,
        .email = c->who.account_id == 0 ? jin_str(f, "email") : c->acc.email,
        .address = {.country = jin_str(f, "country")},
        .shipping_method = jin_str(f, "shipping_method"),
        .coupon = jin_str(f, "coupon"),
        .default_currency = c->cart.currency};
    struct str *const doubtful[] = {
        &in.coupon, &in.shipping_method, &in.address.country};
    struct db *db = NULL;
    enum err e = app_rules(rq, &in.rules);

    if (e == ERR_OK)
        e = app_db(rq, &db);
    if (e != ERR_OK)
        return e;
    e = order_quote(db, rq->arena, &in, &c->cart, &c->quote, &c->refused);
    for (size_t i = 0; e == ERR_INVALID && i < NELEM(doubtful); i++) {
        *doubtful[i] = STR_NULL;
        e = order_quote(db, rq->arena, &in, &c->cart, &c->quote, NULL);
    }
    return e;
}

static void
address_fill(struct arena *a, struct tval *t, const struct jval *typed)
{
    static const char *const names[] = {
        "name", "line1", "line2", "city", "region", "postal_code"};
    struct tval *v = tval_add_obj(a, t, "address");
    size_t i;

    for (i = 0; i < NELEM(names); i++)
        view_text(a, v, names[i], jin_str(typed, names[i]));
    view_countries(a, t, jin_str(typed, "country"));
}

static struct str
line_problem(struct arena *a, const struct cart_item *it)
{
    if (!it->sku.active)
        return STR("Not sold any more");
    return it->sku.available < it->quantity ? view_stock_text(a, it->sku.available)
                                            : STR_NULL;
}

static void
items_fill(struct req *rq, struct tval *t, const struct cart *c)
{
    struct arena *a = rq->arena;
    struct tval *list = tval_add_arr(a, t, "items");
    size_t i;

    for (i = 0; i < c->n; i++) {
        const struct cart_item *it = &c->items[i];
        struct tval *v = tval_push_obj(a, list);

        tval_set_str(a, v, "name", it->sku.name);
        view_null(a, v, "variant");
        view_image(a, v, "image", app_of(rq)->assets, it->sku.image);
        tval_set_i64(a, v, "quantity", it->quantity);
        view_money(a, v, "line_total", it->line_total, c->currency);
        view_text(a, v, "problem", line_problem(a, it));
    }
}

static void
methods_fill(struct req *rq, struct tval *t, const struct checkout *c)
{
    struct tval *list = tval_add_arr(rq->arena, t, "shipping_methods");
    const struct order *o = &c->quote.o;

    for (size_t i = 0; i < c->quote.methods_n; i++) {
        const struct price_method *m = &c->quote.methods[i];
        struct tval *v = tval_push_obj(rq->arena, list);

        tval_set_str(rq->arena, v, "value", m->code);
        tval_set_str(rq->arena, v, "label", m->name);
        view_null(rq->arena, v, "text");
        if (m->charge > 0)
            view_money(rq->arena, v, "price", m->charge, o->currency);
        else
            tval_set_c(rq->arena, v, "price", "Free");
        tval_set_bool(rq->arena, v, "checked", str_eq(m->code, o->shipping_method));
    }
    tval_set_bool(rq->arena, t, "has_methods", c->quote.methods_n > 0);
}

static void
book_fill(struct arena *a, struct tval *t, const struct checkout *c)
{
    struct tval *list = tval_add_arr(a, t, "book");

    for (size_t i = 0; i < c->book_n; i++) {
        const struct book_entry *e = &c->book[i];
        struct tval *v = tval_push_obj(a, list);

        tval_set_fmt(a, v, "url", "/checkout?address=%" PRId64, e->id);
        tval_set_fmt(a, v, "label", "%.*s, %.*s, %.*s", STR_F(e->to.name),
            STR_F(e->to.line1), STR_F(e->to.city));
        tval_set_bool(a, v, "current", e->id == c->chosen);
    }
    tval_set_bool(a, t, "has_book", c->book_n > 1);
}

static enum err
checkout_show(struct req *rq, struct resp *rs, int status, struct checkout *c)
{
    struct arena *a = rq->arena;
    struct tval *t = tval_obj(a);
    int64_t hold_s = app_of(rq)->set.hold_s;
    const struct price_rules *rules;
    enum err e = checkout_quote(rq, c);

    if (e == ERR_OK)
        e = app_rules(rq, &rules);
    if (e != ERR_OK)
        return e;
    tval_set_c(a, t, "title", "Checkout");
    tval_set_bool(a, t, "signed_in", c->acc.id != 0);
    view_text(a, t, "account_email", c->acc.email);
    view_text(a, t, "email", jin_str(rq->in, "email"));
    address_fill(a, t, rq->in);
    book_fill(a, t, c);
    methods_fill(rq, t, c);
    items_fill(rq, t, &c->cart);
    view_order_totals(a, t, &c->quote.o,
        view_order_method(a, rules, jin_str(rq->in, "country"), &c->quote.o));
    view_text(a, t, "coupon", jin_str(rq->in, "coupon"));
    tval_set_i64(a, t, "expected_total", c->quote.o.total);
    tval_set_str(a, t, "idempotency_key", c->key);
    if (hold_s >= 2 * MINUTE_S)
        tval_set_fmt(a, t, "hold_text",
            "We keep the pieces for you for %lld minutes while you"
            " pay.",
            (long long)(hold_s / MINUTE_S));
    else
        tval_set_fmt(a, t, "hold_text",
            "We keep the pieces for you for %lld seconds while you"
            " pay.",
            (long long)hold_s);
    if (rs->fault.n == 0 && rs->fault.detail[0] == '\0' && c->refused.n > 0) {
        rs->fault = c->refused;
        status = err_status(ERR_INVALID);
    }
    view_errors(a, t, &rs->fault, error_names);
    return page_send(rq, rs, status, "checkout", t);
}

static struct str
key_new(struct arena *a)
{
    char key[RAND_TOKEN_N(KEY_BYTES)];

    return arena_str(a, rand_token(key, sizeof(key), KEY_BYTES));
}

/* The form begins with an address of the account's book: the one that was asked for, else the
 * default. */
static void
address_begin(struct req *rq, const struct book_entry *e)
{
    const struct {
        struct str name, value;
    } parts[] = {{STR("name"), e->to.name}, {STR("line1"), e->to.line1},
        {STR("line2"), e->to.line2}, {STR("city"), e->to.city},
        {STR("region"), e->to.region}, {STR("postal_code"), e->to.postal_code},
        {STR("country"), e->to.country}};
    struct jval *typed = jin_new_object(rq->arena, NELEM(parts));

    for (size_t i = 0; i < NELEM(parts); i++)
        jin_add_str(typed, parts[i].name, parts[i].value);
    rq->in = typed;
}

static enum err
book_begin(struct req *rq, struct checkout *c)
{
    const struct book_entry *chosen = NULL;
    struct db *db;
    int64_t id = 0;
    enum err e;

    if (rq->who.user_id == 0)
        return ERR_OK;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    e = book_list(db, rq->arena, rq->who.user_id, &c->book, &c->book_n);
    if (e != ERR_OK)
        return e;
    (void)str_i64(jin_str(rq->query, "address"), &id);
    for (size_t i = 0; i < c->book_n; i++)
        if (c->book[i].id == id || (c->book[i].is_default && chosen == NULL))
            chosen = &c->book[i];
    if (chosen != NULL) {
        c->chosen = chosen->id;
        address_begin(rq, chosen);
    }
    return ERR_OK;
}

static enum err
checkout_get(struct req *rq, struct resp *rs)
{
    struct checkout *c = arena_calloc(rq->arena, 1, sizeof(*c));
    enum err e = checkout_load(rq, rs, c);

    if (e != ERR_OK)
        return e;
    if (!cart_buyable(&c->cart)) {
        resp_redirect(rs, "/cart");
        return ERR_OK;
    }
    if ((e = book_begin(rq, c)) != ERR_OK)
        return e;
    c->key = key_new(rq->arena);
    return checkout_show(rq, rs, 200, c);
}

static struct order_in
order_in_of(struct req *rq, const struct checkout *c)
{
    const struct jval *in = rq->in;
    unsigned char *sum = arena_alloc(rq->arena, SHA256_N);
    bool guest = c->who.account_id == 0;

    sha256(rq->body.p, rq->body.n, sum);
    return (struct order_in){
        .who = c->who,
        .email = guest ? jin_str(in, "email") : c->acc.email,
        .address = {jin_str(in, "name"), jin_str(in, "line1"), jin_str(in, "line2"),
            jin_str(in, "city"), jin_str(in, "region"), jin_str(in, "postal_code"),
            jin_str(in, "country")},
        .shipping_method = jin_str(in, "shipping_method"),
        .coupon = jin_str(in, "coupon"),
        .expected_total = jin_i64(in, "expected_total", -1),
        .expected_currency = c->cart.currency,
        .idem_scope = guest ? arena_printf(rq->arena, "g:%.*s:checkout",
                                  STR_F(hex(rq->arena, c->who.guest_hash.p, SHA256_N)))
                            : arena_printf(rq->arena, "u:%lld:checkout",
                                  (long long)c->who.account_id),
        .idem_key = c->key,
        .body_hash = {(const char *)sum, SHA256_N},
        .hold_ms = app_of(rq)->set.hold_s * 1000,
        .default_currency = str_c(app_of(rq)->set.currency),
    };
}

/* The form again with what is wrong, as far as the shopper can mend it. One that is sent
 * again after it made an order (the browser's way back) asks for a look first. */
static enum err
checkout_refused(struct req *rq, struct resp *rs, enum err e, struct checkout *c)
{
    const bool sent = str_eq_c(STR("idempotency_key_reused"), rs->fault.slug);

    if (e != ERR_INVALID && e != ERR_CONFLICT && e != ERR_LIMIT)
        return e;
    if (c->cart.n == 0) {
        page_flash(rq, rs, "error", "%s",
            sent ? "That form has made its order already." : "Your cart is empty.");
        resp_redirect(rs, "/cart");
        return ERR_OK;
    }
    if (sent) {
        c->key = key_new(rq->arena);
        (void)fault_set(&rs->fault, e, "idempotency_key_reused",
            "This form has made an order already. Below is what is in your cart now.");
    }
    if (rs->fault.retry_after > 0)
        resp_header(rs, "Retry-After", "%d", rs->fault.retry_after);
    return checkout_show(rq, rs, err_status(e), c);
}

/* Orders, or shows the form again with what is wrong. An order that this key made before
 * is simply shown: the second click lands on the same page as the first. */
static enum err
checkout_place(struct req *rq, struct resp *rs, struct checkout *c)
{
    struct order_in in = order_in_of(rq, c);
    struct order_answer an;
    enum err e = order_http_place(rq, &in, &an, &rs->fault);

    if (e == ERR_OK) {
        resp_redirect(rs, "/orders/%lld?placed=1", (long long)an.order_id);
        return ERR_OK;
    }
    return checkout_refused(rq, rs, e, c);
}

static enum err
checkout_form(struct req *rq, struct resp *rs)
{
    struct checkout *c = arena_calloc(rq->arena, 1, sizeof(*c));
    enum err e = checkout_load(rq, rs, c);

    if (e != ERR_OK)
        return e;
    c->key = jin_str(rq->in, "idempotency_key");
    if (c->who.account_id == 0 && c->who.guest_hash.p == NULL) {
        resp_redirect(rs, "/cart");
        return ERR_OK;
    }
    if (str_eq_c(jin_str(rq->in, "action"), "preview")) {
        if (c->cart.n == 0)
            resp_redirect(rs, "/cart");
        return c->cart.n == 0 ? ERR_OK : checkout_show(rq, rs, 200, c);
    }
    return checkout_place(rq, rs, c);
}

/* What is good is order_http_place()'s to say, beside the field; here only sizes. */
static const struct field checkout_in[] = {
    {.name = "idempotency_key",
        .type = F_STR,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = 255},
    {.name = "expected_total", .type = F_I64, .min = 0, .max = MONEY_MAX},
    {.name = "email", .type = F_STR, .flags = FIELD_TRIM, .max = 254},
    ADDRESS_FORM_FIELDS,
    {.name = "shipping_method", .type = F_STR, .flags = FIELD_TRIM, .max = 40},
    {.name = "coupon", .type = F_STR, .flags = FIELD_TRIM, .max = 64},
    {.name = "action", .type = F_ENUM, .choices = "place|preview"},
    {.name = NULL},
};

static const struct field checkout_query[] = {
    {.name = "address", .type = F_ID},
    {.name = NULL},
};

const struct route checkout_page_routes[] = {
    {M_GET, "/checkout", checkout_get, AUTH_OPTIONAL, ROUTE_PAGE, checkout_query, NULL,
        "checkoutPage", "Checkout"},
    {M_POST, "/checkout", checkout_form, AUTH_OPTIONAL, ROUTE_PAGE, NULL, checkout_in,
        "checkoutForm", "Place the order"},
    {.pattern = NULL},
};
