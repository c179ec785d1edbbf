/* Paying at the provider's page: away with the buyer, and back. What was decided there may
 * have been heard of already; if not, the provider is asked. */
#include "http/front.h"
#include "order/order_http.h"
#include "routes.h"
#include "web/page.h"

enum err
order_http_pay_away(struct req *rq, struct resp *rs, const struct shopper *who, int64_t id)
{
    struct order_pay p = {.who = who, .id = id, .asked = PAY_PAGE};
    enum err e = order_http_pay(rq, &p, &rs->fault);

    if (e != ERR_OK)
        return e;
    if (!p.paid && p.told.status == PAY_PENDING && p.told.page.n > 0)
        resp_redirect(rs, "%.*s", STR_F(p.told.page));
    else
        resp_redirect(rs, "/orders/%lld/payment", (long long)id);
    return ERR_OK;
}

/* One open attempt: what the provider says of it now. Without it nothing changes: the
 * message or the sweep will tell. */
static enum err
look(struct req *rq, const struct payment *pm, const char *actor, struct order_settled *out)
{
    struct app *app = app_of(rq);
    const struct pay_provider *p = pay_find(&app->pay, pm->provider);
    struct order_settle_in in = {.provider = p, .payment = pm, .actor = actor};
    struct pay_told told;
    struct fault flt;
    struct db *db;
    enum err e;

    if (p == NULL)
        return ERR_OK;
    app_db_done(rq);
    front_blocking_begin();
    e = p->get(p->self, rq->arena, pm, &told);
    front_blocking_end();
    if (e != ERR_OK)
        return ERR_OK;
    in.told = &told;
    if ((e = app_db(rq, &db)) == ERR_OK)
        e = order_settle(db, rq->arena, app->cache, &in, out, &flt);
    if (e == ERR_OK)
        order_http_settled(app, out);
    return e;
}

/* By the newest payment: a message may have been here before the buyer. */
static void
say(struct req *rq, struct resp *rs, const struct order *o, struct str newest)
{
    if (str_eq_c(newest, "late"))
        page_flash(rq, rs, "warn", "The order could not take this payment. It goes back to you.");
    else if (!str_eq_c(o->payment_status, "unpaid"))
        page_flash(rq, rs, "success", "Thank you: it is paid.");
    else if (str_eq_c(newest, "declined"))
        page_flash(rq, rs, "error", "The payment was declined. Nothing was charged.");
    else
        page_flash(rq, rs, "info", "The order is not paid yet. You can go on with it here.");
}

/* Back from the provider: 303 to the order. */
static enum err
back(struct req *rq, struct resp *rs)
{
    struct order_settled s;
    struct order_payment *all = NULL;
    const char *actor = rq->who.user_id != 0 ? app_actor(rq) : "guest";
    struct payment *pm = NULL;
    struct shopper who;
    struct order o;
    struct db *db = NULL;
    size_t n = 0;
    int64_t id;
    enum err e = req_param_id(rq, 0, &id);

    if (e == ERR_OK)
        e = app_shopper(rq, rs, false, STR_NULL, &who);
    if (e == ERR_OK && (e = app_db(rq, &db)) == ERR_OK)
        e = order_pay_open(db, rq->arena, &who, id, &pm, &n);
    for (size_t i = 0; i < n && e == ERR_OK; i++)
        e = look(rq, &pm[i], actor, &s);
    if (e == ERR_OK && (e = app_db(rq, &db)) == ERR_OK)
        e = order_get(db, rq->arena, &who, id, &o);
    if (e == ERR_OK)
        e = order_payments(db, rq->arena, id, &all, &n);
    if (e != ERR_OK)
        return e;
    say(rq, rs, &o, n > 0 ? all[n - 1].status : STR_NULL);
    resp_redirect(rs, "/orders/%lld", (long long)id);
    return ERR_OK;
}

const struct route order_payment_page_routes[] = {
    {M_GET, "/orders/{id}/payment", back, AUTH_OPTIONAL, ROUTE_PAGE, NULL, NULL,
        "orderPaymentBack", "Back from the payment provider's page"},
    {.pattern = NULL},
};
