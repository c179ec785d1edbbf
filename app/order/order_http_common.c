/* What handlers of orders share: placing, paying, lists, answers that may be repeats. */
#include "order/order_http.h"

#include <inttypes.h>
#include <string.h>

#include "http/front.h"
#include "order/order_committer.h"
#include "order/order_json.h"
#include "order/order_till.h"
#include "shop_metrics.h"

static enum err
place(
    struct req *rq, const struct order_in *in, struct order_answer *an, struct fault *flt)
{
    struct app *app = app_of(rq);
    struct db *db;
    enum err e;

    if (app->committer != NULL) {
        app_db_done(rq); /* others may need it meanwhile */
        front_blocking_begin();
        e = committer_place(app->committer, rq->arena, app->cache, in, an, flt);
        front_blocking_end();
        return e;
    }
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    return order_place(db, rq->arena, app->cache, in, an, flt);
}

static enum err
counted(struct req *rq, enum err e, const struct order_answer *an, const struct fault *flt)
{
    size_t result = ORDERS_REFUSED;

    if (e == ERR_OK)
        result = an->replayed ? ORDERS_REPLAYED : ORDERS_PLACED;
    else
        result = shop_order_refused(e, flt->slug);
    if (e == ERR_CONFLICT && strcmp(flt->slug, "out_of_stock") == 0)
        metric_add(app_of(rq)->metrics, METRIC_STOCK_REFUSALS, 0, (int64_t)flt->n);
    metric_add(app_of(rq)->metrics, METRIC_ORDERS, result, 1);
    return e;
}

enum err
order_http_place(
    struct req *rq, const struct order_in *in, struct order_answer *an, struct fault *flt)
{
    struct order_in ready = *in;
    enum err e = order_http_prepare(rq, &ready, flt);

    if (e == ERR_OK)
        e = place(rq, &ready, an, flt);
    return counted(rq, e, an, flt);
}

/* An order on its way, between the two halves of its request. */
struct placement {
    struct order_in in;
    struct order_answer an;
    enum err e;
};

static void
settled(void *arg, enum err e)
{
    struct req *rq = arg;
    struct placement *pm = app_later(rq);

    pm->e = e;
    req_resume(rq);
}

static void
submit(struct req *rq, struct resp *rs)
{
    struct app *app = app_of(rq);
    struct placement *pm = app_later(rq);

    committer_submit(app->committer,
        &(struct order_submit){
            rq->arena, app->cache, &pm->in, &pm->an, &rs->fault, settled, rq});
}

enum err
order_http_place_later(struct req *rq, struct resp *rs, const struct order_in *in,
    enum err (*done)(struct req *rq, struct resp *rs))
{
    struct placement *pm = arena_calloc(rq->arena, 1, sizeof(*pm));

    pm->in = *in;
    app_later_set(rq, pm);
    pm->e = order_http_prepare(rq, &pm->in, &rs->fault);
    app_db_done(rq);
    if (pm->e != ERR_OK)
        return done(rq, rs);
    if (app_of(rq)->committer != NULL && req_answer_later(rq, submit, done))
        return ERR_OK;
    pm->e = place(rq, &pm->in, &pm->an, &rs->fault);
    return done(rq, rs);
}

enum err
order_http_placed(struct req *rq, struct resp *rs, struct order_answer *an)
{
    const struct placement *pm = app_later(rq);

    *an = pm->an;
    return counted(rq, pm->e, an, &rs->fault);
}

static void
count_pay(struct app *app, enum err e)
{
    size_t as = PAYMENTS_REFUSED;

    if (e == ERR_OK)
        as = PAYMENTS_APPROVED;
    else if (e == ERR_DECLINED)
        as = PAYMENTS_DECLINED;
    else if (e == ERR_UPSTREAM || e == ERR_BUSY)
        as = PAYMENTS_UNAVAILABLE;
    metric_add(app->metrics, METRIC_PAYMENTS, as, 1);
}

static enum err
pay_begin(struct req *rq, struct order_pay *p, struct fault *flt)
{
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = order_pay_begin(db, rq->arena, p, flt);
    app_db_done(rq);
    return e;
}

/* While it is one of several, and while the provider is asked, this request has no
 * connection, and another thread serves. */
static enum err
pay(struct req *rq, struct order_pay *p, struct fault *flt)
{
    struct app *app = app_of(rq);
    bool begun, ended = false;
    enum err e = ERR_OK;
    struct db *db;

    app_db_done(rq);
    front_blocking_begin();
    begun = till_begin(app->till, rq->arena, p);
    if (!begun)
        e = pay_begin(rq, p, flt);
    if (e == ERR_OK && !p->paid)
        e = order_pay_ask(&app->pay, rq->arena, p, flt);
    if (e == ERR_OK && !p->paid)
        ended = till_end(app->till, rq->arena, p);
    front_blocking_end();
    if (e != ERR_OK || p->paid || ended)
        return e;
    e = app_db(rq, &db);
    return e == ERR_OK ? order_pay_end(db, rq->arena, &app->pay, p, app->cache, flt) : e;
}

enum err
order_http_pay(struct req *rq, struct order_pay *p, struct fault *flt)
{
    enum err e = pay(rq, p, flt);

    if (p->asked != PAY_PAGE || e != ERR_OK)
        count_pay(app_of(rq), e);
    return e;
}

void
order_http_answer(struct resp *rs, const struct order_answer *an)
{
    once_http_answer(rs,
        &(struct once_answer){an->order_id, an->http_status, an->body, an->replayed});
}

void
order_http_list(struct req *rq, struct resp *rs, const struct order *os, size_t n,
    struct paging pg, int64_t total)
{
    struct jout *j = resp_json(rs, 200);

    jout_obj(j);
    jout_key(j, "items");
    jout_arr(j);
    for (size_t i = 0; i < n; i++)
        order_jout(j, &os[i]);
    jout_arr_end(j);
    resp_list_end(rs, rq, j, pg, total, (int64_t)n == pg.per_page ? os[n - 1].id : 0);
    jout_obj_end(j);
}
