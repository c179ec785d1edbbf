/* Messages of payment providers. Whose they are is said by their signature alone; what they
 * say is settled like any answer of the provider's. Every refusal is counted and logged with
 * its request and changes nothing; the provider sends again what was not accepted. */
#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "order/order_http.h"
#include "routes.h"
#include "shop_metrics.h"

#define MESSAGE_MAX ((size_t)64 << 10)

static size_t
refused_as(enum err e, const struct fault *flt)
{
    struct str slug = str_c(flt->slug);

    if (str_starts(slug, STR("signature_old")))
        return MESSAGES_OLD;
    if (str_starts(slug, STR("signature_")))
        return MESSAGES_UNSIGNED;
    if (str_eq_c(slug, "payment_mismatch"))
        return MESSAGES_MISMATCH;
    if (e == ERR_NOT_FOUND)
        return MESSAGES_UNKNOWN;
    return e == ERR_BAD || e == ERR_TOO_LARGE ? MESSAGES_UNREADABLE : MESSAGES_FAILED;
}

static enum err
refused(struct req *rq, struct resp *rs, enum err e)
{
    metric_add(app_of(rq)->metrics, METRIC_PAYMENT_MESSAGES, refused_as(e, &rs->fault), 1);
    log_warn("payment", "event=message_refused request=%.*s status=%d why=%s",
        STR_F(rq->id), err_status(e), rs->fault.slug[0] != '\0' ? rs->fault.slug : "-");
    return e;
}

void
order_http_settled(struct app *app, const struct order_settled *s)
{
    static const size_t labels[] = {[ORDER_SETTLED_PAID] = SETTLED_PAID,
        [ORDER_SETTLED_DECLINED] = SETTLED_DECLINED,
        [ORDER_SETTLED_LATE] = SETTLED_LATE,
        [ORDER_SETTLED_MISMATCH] = SETTLED_MISMATCH};

    if (s->became != ORDER_SETTLED_NOTHING)
        metric_add(app->metrics, METRIC_SETTLED, labels[s->became], 1);
}

static enum err
act(struct req *rq, const struct pay_provider *p, const struct pay_event *ev,
    struct order_settled *s, struct fault *flt)
{
    const struct order_settle_in in = {
        .provider = p, .told = &ev->told, .event = ev, .actor = "payment"};
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = order_settle(db, rq->arena, app_of(rq)->cache, &in, s, flt);
    CRASH_POINT("order.message.settled");
    if (e == ERR_NOT_FOUND)
        return fault_set(flt, e, "payment_unknown", "There is no payment of that reference.");
    if (e == ERR_OK && s->became == ORDER_SETTLED_MISMATCH)
        return fault_set(flt, ERR_INVALID, "payment_mismatch",
            "The amount or the currency is not what was asked.");
    return e;
}

/* One that most often tells what is known. The first that is refused is the answer: what was
 * acted on before it stays so, and is known when it comes again. */
static enum err
act_on_all(struct req *rq, const struct pay_provider *p, const struct pay_message *m,
    struct fault *flt)
{
    bool *known = arena_calloc(rq->arena, m->n, sizeof(*known));
    struct db *db;
    enum err e = ERR_OK;

    known[0] = !m->ev[0].about;
    if (m->n > 1 && (e = app_db(rq, &db)) == ERR_OK)
        e = order_settle_known(db, rq->arena, p, m->ev, m->n, known);
    for (size_t i = 0; i < m->n && e == ERR_OK; i++) {
        struct order_settled s = {.became = ORDER_SETTLED_NOTHING};

        if (!known[i])
            e = act(rq, p, &m->ev[i], &s, flt);
        if (e != ERR_OK)
            break;
        order_http_settled(app_of(rq), &s);
        metric_add(app_of(rq)->metrics, METRIC_PAYMENT_MESSAGES,
            s.became == ORDER_SETTLED_NOTHING ? MESSAGES_KNOWN : MESSAGES_ACTED, 1);
    }
    return e;
}

/* 204; 400 not signed, too old or unreadable; 404 unknown provider or reference; 413; 422
 * another amount or currency; 503 try again. */
static enum err
receive(struct req *rq, struct resp *rs)
{
    const struct pay_provider *p = pay_find(&app_of(rq)->pay, rq->param[0]);
    struct pay_message m;
    enum err e;

    if (p == NULL)
        return refused(rq, rs, ERR_NOT_FOUND);
    if (rq->body.n > MESSAGE_MAX)
        return refused(rq, rs, ERR_TOO_LARGE);
    e = p->message(p->self, rq->arena, req_header(rq, p->signature), rq->body, clock_ms(),
        &m, &rs->fault);
    CRASH_POINT("order.message.read");
    if (e == ERR_OK)
        e = act_on_all(rq, p, &m, &rs->fault);
    if (e != ERR_OK)
        return refused(rq, rs, e);
    resp_empty(rs, 204);
    return ERR_OK;
}

static const struct field provider_path[] = {
    {.name = "provider", .type = F_STR, .min = 1, .max = 20, .help = "\"simulated\""},
    {.name = NULL},
};

const struct route order_message_routes[] = {
    {.method = M_POST,
        .pattern = "/api/v1/payments/webhooks/{provider}",
        .fn = receive,
        .auth = AUTH_NONE,
        .flags = ROUTE_QUIET,
        .id = "paymentMessage",
        .summary = "A signed message of a payment provider",
        .about = "For providers alone: an event, or up to 100 as \"events\". Souk-Signature is t=SECONDS,v1=HEX, the HMAC-SHA-256 of "
                 "SECONDS.BODY under the secret that both know.",
        .path = provider_path,
        .status = 204,
        .errors = "signature_missing signature_wrong signature_old payment_unknown "
                  "payment_mismatch too_large"},
    {.pattern = NULL},
};
