/* The simulated provider as the shop sees it: calls to its API and messages from it. All it
 * says is read strictly; what cannot be read is an answer that was not given. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/sign.h"
#include "base/log.h"
#include "fetch/fetch.h"
#include "json/jin.h"
#include "json/jout.h"
#include "payment/payment.h"

#define CONNECT_MS 1000
#define TOTAL_MS 3000
#define BODY_MAX ((size_t)16 << 10)
#define SECRET_MAX 200
#define ID_MAX 80
#define TYPE_MAX 40

struct simulated {
    struct pay_provider p;
    struct fetch *http;
    char authorization[SECRET_MAX], secret[SECRET_MAX];
};

static const char *const statuses[PAY_STATUS__MAX] = {
    [PAY_PENDING] = "pending",
    [PAY_SUCCEEDED] = "succeeded",
    [PAY_DECLINED] = "declined",
    [PAY_CANCELLED] = "cancelled",
};

static bool
told_parse(const struct jval *v, struct pay_told *out)
{
    struct str status = jin_str(v, "status");
    int s = 0;

    *out = (struct pay_told){.reference = jin_str(v, "reference"),
        .currency = jin_str(v, "currency"),
        .page = jin_str(v, "page"),
        .amount = jin_i64(v, "amount", -1),
        .refunded = jin_i64(v, "refunded", -1)};
    while (s < PAY_STATUS__MAX && !str_eq_c(status, statuses[s]))
        s++;
    out->status = (enum pay_status)s;
    return s < PAY_STATUS__MAX && out->reference.n > 0 && out->reference.n <= ID_MAX &&
           out->currency.n == 3 && out->amount >= 0 && out->refunded >= 0;
}

static enum err
meaning(int status)
{
    if (status >= 500 || status == 429 || status == 408)
        return ERR_UPSTREAM;
    if (status == 404)
        return ERR_NOT_FOUND;
    return status == 409 ? ERR_CONFLICT : ERR_INVALID;
}

/* `key` STR_NULL: it makes nothing. *told (may be NULL) is what was answered. */
static enum err
ask(struct simulated *s, struct arena *a, const struct fetch_call *call, struct str key,
    struct pay_told *told)
{
    struct fetch_call c = *call;
    struct fetch_answer an;
    struct pay_told unused;
    struct jval *v;
    enum err e;

    c.header[0] = s->authorization;
    c.header[1] = "Content-Type: application/json";
    if (key.p != NULL)
        c.header[2] = arena_printf(a, "Idempotency-Key: %.*s", STR_F(key)).p;
    if ((e = fetch_do(s->http, a, &c, &an)) != ERR_OK)
        return e;
    if (an.status != 200) {
        log_warn("payment", "event=provider_refused path=%s status=%d", c.path, an.status);
        return meaning(an.status);
    }
    if (jin_parse(a, an.body, &v, NULL) != ERR_OK ||
        !told_parse(v, told != NULL ? told : &unused)) {
        log_error("payment", "event=provider_unreadable path=%s", c.path);
        return ERR_UPSTREAM;
    }
    return ERR_OK;
}

static struct jout *
body_begin(struct arena *a, struct buf *b, struct jout *j)
{
    buf_init_arena(b, a, BODY_MAX);
    jout_init(j, b);
    jout_obj(j);
    return j;
}

static enum err
create(void *self, struct arena *a, const struct payment *p, struct str return_to,
    struct pay_told *out)
{
    struct jout j;
    struct buf b;

    (void)body_begin(a, &b, &j);
    jout_kstr(&j, "reference", p->reference);
    jout_ki64(&j, "amount", p->amount);
    jout_kstr(&j, "currency", p->currency);
    jout_kstr(&j, "return_to", return_to);
    if (p->asked != PAY_PAGE)
        jout_kc(&j, "outcome", p->asked == PAY_APPROVE ? "approve" : "decline");
    jout_obj_end(&j);
    return ask(self, a,
        &(struct fetch_call){
            .method = "POST", .path = "/v1/payments", .body = buf_view(&b)},
        p->reference, out);
}

/* References are ours: of letters, digits, '-' and '_'. */
static const char *
path_of(struct arena *a, struct str reference, const char *tail)
{
    return arena_printf(a, "/v1/payments/%.*s%s", STR_F(reference), tail).p;
}

static enum err
get(void *self, struct arena *a, const struct payment *p, struct pay_told *out)
{
    return ask(self, a,
        &(struct fetch_call){.method = "GET", .path = path_of(a, p->reference, "")},
        STR_NULL, out);
}

static enum err
cancel(void *self, struct arena *a, const struct payment *p, struct pay_told *out)
{
    struct jout j;
    struct buf b;

    (void)body_begin(a, &b, &j);
    jout_ki64(&j, "amount", p->amount);
    jout_kstr(&j, "currency", p->currency);
    jout_obj_end(&j);
    return ask(self, a,
        &(struct fetch_call){.method = "POST",
            .path = path_of(a, p->reference, "/cancel"),
            .body = buf_view(&b)},
        p->reference, out);
}

static enum err
refund(void *self, struct arena *a, const struct refund_due *r)
{
    struct jout j;
    struct buf b;

    (void)body_begin(a, &b, &j);
    jout_ki64(&j, "amount", r->amount);
    jout_obj_end(&j);
    return ask(self, a,
        &(struct fetch_call){.method = "POST",
            .path = path_of(a, r->reference, "/refunds"),
            .body = buf_view(&b)},
        arena_printf(a, "refund-%" PRId64, r->id), NULL);
}

static enum err
verify(const struct simulated *s, struct str signature, struct str body, int64_t now_ms,
    struct fault *flt)
{
    switch (sign_check(str_c(s->secret), signature, body, now_ms / 1000, SIGN_TOLERANCE_S)) {
    case SIGN_MALFORMED:
        return fault_set(flt, ERR_BAD, "signature_missing",
            "The message has no signature that can be read.");
    case SIGN_WRONG:
        return fault_set(
            flt, ERR_BAD, "signature_wrong", "The message is not signed with our secret.");
    case SIGN_OLD:
        return fault_set(flt, ERR_BAD, "signature_old",
            "The message was signed too long ago, or by a clock that is wrong.");
    case SIGN_OK:
        break;
    }
    return ERR_OK;
}

static bool
event_parse(const struct jval *v, struct pay_event *out)
{
    *out = (struct pay_event){.id = jin_str(v, "id"), .type = jin_str(v, "type")};
    if (out->id.n == 0 || out->id.n > ID_MAX || out->type.n == 0 || out->type.n > TYPE_MAX)
        return false;
    if (!str_starts(out->type, STR("payment.")))
        return true; /* not of a kind that changes anything here */
    out->about = told_parse(jin_get(v, "payment"), &out->told);
    return out->about;
}

/* The signature first: of a stranger's message nothing is read. It is an event, or several as
 * "events"; one that cannot be read makes the message so. */
static enum err
message(void *self, struct arena *a, struct str signature, struct str body, int64_t now_ms,
    struct pay_message *out, struct fault *flt)
{
    const struct jval *all, *v;
    struct jval *root = NULL;
    enum err e = verify(self, signature, body, now_ms, flt);

    if (e == ERR_OK)
        e = jin_parse(a, body, &root, flt);
    if (e != ERR_OK)
        return e;
    all = jin_get_type(root, "events", J_ARRAY);
    v = all != NULL ? all->v : root;
    out->n = all != NULL ? all->n : 1;
    if (out->n == 0 || out->n > PAY_EVENTS_MAX)
        return fault_set(
            flt, ERR_BAD, "", "A message has 1 to %d events.", PAY_EVENTS_MAX);
    out->ev = arena_calloc(a, out->n, sizeof(*out->ev));
    for (size_t i = 0; i < out->n; i++)
        if (!event_parse(&v[i], &out->ev[i]))
            return fault_set(flt, ERR_BAD, "",
                "An event has no id, no type, or a payment that cannot be read.");
    return ERR_OK;
}

struct pay_provider *
pay_simulated_new(const struct pay_simulated_conf *c)
{
    const struct fetch_conf fc = {.base = c->base[0] != '\0' ? c->base : "http://provider",
        .socket = c->base[0] != '\0' ? NULL : c->socket,
        .connect_ms = CONNECT_MS,
        .total_ms = TOTAL_MS,
        .calls = c->calls,
        .body_max = BODY_MAX};
    struct simulated *s = calloc(1, sizeof(*s));

    if (s == NULL)
        abort();
    s->p = (struct pay_provider){.name = PAYMENT_PROVIDER,
        .self = s,
        .create = create,
        .get = get,
        .cancel = cancel,
        .refund = refund,
        .signature = "Souk-Signature",
        .message = message};
    (void)snprintf(s->authorization, sizeof(s->authorization), "Authorization: Bearer %s",
        c->api_key);
    (void)snprintf(s->secret, sizeof(s->secret), "%s", c->webhook_secret);
    s->http = fetch_new(&fc);
    return &s->p;
}

void
pay_simulated_free(struct pay_provider *p)
{
    struct simulated *s;

    if (p == NULL)
        return;
    s = p->self;
    fetch_free(s->http);
    explicit_bzero(s, sizeof(*s));
    free(s);
}
