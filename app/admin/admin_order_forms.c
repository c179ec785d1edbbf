/* What the page of an order sends: ship, refund, take back, complete, cancel. A refusal
 * that can be mended is the page again with what was typed. */
#include "admin/admin_page.h"
#include "order/order_http.h"
#include "price/money.h"

/* Back to the order with a message, or the order with what is wrong. */
static enum err
order_done(struct req *rq, struct resp *rs, struct db *db, int64_t id, enum err e,
    const char *message)
{
    /* The form's key makes a second click do nothing more. */
    if (e == ERR_INVALID && str_eq_c(str_c(rs->fault.slug), "idempotency_key_reused"))
        (void)fault_set(&rs->fault, e, "",
            "This form was sent before, with other figures: look below at what it did.");
    if (e == ERR_INVALID || e == ERR_CONFLICT)
        return admin_order_show(rq, rs, err_status(e), db, id);
    if (e != ERR_OK)
        return e;
    page_flash(rq, rs, "success", "%s", message);
    resp_redirect(rs, "/admin/orders/%lld", (long long)id);
    return ERR_OK;
}

/* The lines of a form with their quantities; those left empty or at 0 are not meant. */
static enum err
items_read(struct req *rq, struct order_deed *d, struct fault *flt)
{
    struct order_item *it = arena_calloc(rq->arena, ORDER_LINES_MAX, sizeof(*it));
    enum err e = ERR_OK;
    struct str sku;

    for (size_t i = 0; i < ORDER_LINES_MAX; i++) {
        struct str typed = str_trim(admin_row(rq->in, "quantity", i));
        int64_t n = 0;

        if ((sku = admin_row(rq->in, "sku", i)).p == NULL)
            break;
        if (typed.n > 0 && (!str_i64(typed, &n) || n < 0))
            e = fault_field(
                flt, "/quantity", "out_of_range", "A whole number of pieces, please.");
        if (n > 0)
            it[d->n++] = (struct order_item){.sku = sku, .quantity = n, .amount = -1};
    }
    d->items = it;
    if (e == ERR_OK && d->n == 0)
        return fault_field(
            flt, "/quantity", "required", "Say of which line, and how many pieces.");
    return e;
}

static enum err
deed_open(struct req *rq, const char *call, struct order_deed *d, struct db **db)
{
    *d = (struct order_deed){.actor = app_actor(rq),
        .cache = app_of(rq)->cache,
        .once = once_http_of(rq, call, jin_str(rq->in, "idempotency_key"))};
    return admin_order_open(rq, db, &d->id);
}

/* POST /admin/orders/{id}/ship: 303; 409 not paid, or nothing left to send; 422. */
enum err
admin_ship_form(struct req *rq, struct resp *rs)
{
    struct str tracking = jin_str(rq->in, "tracking");
    struct order_ship_in in = {.carrier = jin_str(rq->in, "carrier"),
        .tracking = tracking.p != NULL ? tracking : STR("")};
    struct order_answer an;
    struct db *db;
    enum err e = deed_open(rq, "ship", &in.deed, &db);

    if (e != ERR_OK)
        return e;
    if (jin_get(rq->in, "sku") != NULL)
        e = items_read(rq, &in.deed, &rs->fault);
    if (e == ERR_OK)
        e = order_ship_once(db, rq->arena, &in, &an, &rs->fault);
    return order_done(rq, rs, db, in.deed.id, e, "It is marked as shipped.");
}

static enum err
amount_read(struct req *rq, struct db *db, struct order_refund_in *in, struct fault *flt)
{
    struct order o;
    enum err e = order_get(db, rq->arena, NULL, in->deed.id, &o);

    if (e != ERR_OK)
        return e;
    if (money_parse_decimal(jin_str(rq->in, "amount"), o.currency, &in->amount) == ERR_OK)
        return ERR_OK;
    return fault_field(flt, "/amount", "bad_price",
        "Not an amount in %.*s: write it as 1999.00", STR_F(o.currency));
}

static struct str
reason_of(const struct req *rq)
{
    struct str reason = jin_str(rq->in, "reason");

    return reason.n > 0 ? reason : STR("by the shop");
}

static bool
ticked(const struct req *rq, const char *name)
{
    return jin_str(rq->in, name).n > 0;
}

/* POST /admin/orders/{id}/refund, of lines or of an amount: 303, also when it was sent
 * before; 409 more than is left; 422. */
enum err
admin_refund_form(struct req *rq, struct resp *rs)
{
    struct order_refund_in in = {
        .amount = -1, .reason = reason_of(rq), .restock = ticked(rq, "restock")};
    struct order_answer an;
    struct db *db;
    enum err e = deed_open(rq, "refund", &in.deed, &db);

    if (e != ERR_OK)
        return e;
    if (jin_get(rq->in, "sku") != NULL)
        e = items_read(rq, &in.deed, &rs->fault);
    else
        e = amount_read(rq, db, &in, &rs->fault);
    if (e == ERR_OK)
        e = order_refund_once(db, rq->arena, &in, &an, &rs->fault);
    return order_done(rq, rs, db, in.deed.id, e, "The money is given back.");
}

/* POST /admin/orders/{id}/return: 303; 403 a refund by staff; 409 more than was sent;
 * 422.
 */
enum err
admin_return_form(struct req *rq, struct resp *rs)
{
    struct order_return_in in = {.restock = ticked(rq, "restock"),
        .refund = ticked(rq, "refund"),
        .reason = reason_of(rq)};
    struct order_answer an;
    struct db *db;
    enum err e = deed_open(rq, "return", &in.deed, &db);

    if (e != ERR_OK)
        return e;
    if (in.refund && !admin_may_change(rq))
        return ERR_FORBIDDEN;
    if ((e = items_read(rq, &in.deed, &rs->fault)) == ERR_OK)
        e = order_return_once(db, rq->arena, &in, &an, &rs->fault);
    return order_done(rq, rs, db, in.deed.id, e, "The goods are taken back.");
}

/* POST /admin/orders/{id}/complete: 303; 409 not shipped in whole. */
enum err
admin_complete_form(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = admin_order_open(rq, &db, &id);

    if (e != ERR_OK)
        return e;
    e = order_complete(db, rq->arena, id, app_actor(rq), &rs->fault);
    return order_done(rq, rs, db, id, e, "The order is completed.");
}

/* POST /admin/orders/{id}/cancel: 303; 409 shipped, or over. */
enum err
admin_cancel_form(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e = admin_order_open(rq, &db, &id);

    if (e != ERR_OK)
        return e;
    e = order_cancel(
        db, rq->arena, NULL, id, app_actor(rq), app_of(rq)->cache, &rs->fault);
    return order_done(rq, rs, db, id, e, "The order is cancelled.");
}

/* What is good is for the order's rules to say; here only sizes. */
#define KEY(more)                                                                        \
    {                                                                                    \
        .name = "idempotency_key", .type = F_STR, .flags = (more), .min = 1, .max = 64   \
    }
#define LINES                                                                            \
    {.name = "sku", .type = F_ARRAY, .item = F_STR, .max = ORDER_LINES_MAX},             \
    {                                                                                    \
        .name = "quantity", .type = F_ARRAY, .item = F_STR, .max = ORDER_LINES_MAX       \
    }
#define TEXT(id, most)                                                                   \
    {                                                                                    \
        .name = (id), .type = F_STR, .flags = FIELD_TRIM, .max = (most)                  \
    }

const struct field admin_ship_in[] = {
    KEY(0),
    LINES,
    TEXT("carrier", 400),
    TEXT("tracking", 400),
    {.name = NULL},
};
const struct field admin_refund_in[] = {
    KEY(FIELD_REQUIRED),
    LINES,
    TEXT("amount", 100),
    TEXT("restock", 10),
    TEXT("reason", 300),
    {.name = NULL},
};
const struct field admin_return_in[] = {
    KEY(FIELD_REQUIRED),
    LINES,
    TEXT("restock", 10),
    TEXT("refund", 10),
    TEXT("reason", 300),
    {.name = NULL},
};
const struct field admin_cancel_in[] = {
    {.name = NULL},
};
