/* The provider's API, for the shop that has its key. Every call that makes something is
 * repeatable by its Idempotency-Key. */
#include "auth/token.h"
#include "provider/provider.h"

#define REFERENCE_MIN 8
#define KEY_MAX 120
#define LATE_MAX_MS 600000
#define COPIES_MAX 20

static struct provider *
provider_of(const struct req *rq)
{
    return rq->app;
}

static struct str
body_hash(struct req *rq)
{
    unsigned char h[SHA256_N];

    sha256(rq->body.p, rq->body.n, h);
    return hex(rq->arena, h, sizeof(h));
}

static enum err
once_of(struct req *rq, struct prov_once *out, struct fault *flt)
{
    struct str key = req_header(rq, "Idempotency-Key");

    if (key.n == 0 || key.n > KEY_MAX)
        return fault_set(flt, ERR_BAD, "idempotency_key_required",
            "Send an Idempotency-Key of at most %d bytes.", KEY_MAX);
    *out = (struct prov_once){key, body_hash(rq)};
    return ERR_OK;
}

static enum err
answer(struct resp *rs, int status, const struct prov_payment *p)
{
    prov_jout(resp_json(rs, status), p);
    return ERR_OK;
}

/* It stands in an address as it is. */
static bool
reference_ok(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                c == '-' || c == '_'))
            return false;
    }
    return s.n >= REFERENCE_MIN && s.n <= PROVIDER_REFERENCE_MAX;
}

static enum err
create(struct req *rq, struct resp *rs)
{
    struct prov_create c = {.reference = jin_str(rq->in, "reference"),
        .currency = jin_str(rq->in, "currency"),
        .return_to = jin_str(rq->in, "return_to"),
        .outcome = jin_str(rq->in, "outcome"),
        .amount = jin_i64(rq->in, "amount", 0)};
    struct prov_payment p;
    enum err e = once_of(rq, &c.once, &rs->fault);

    if (!reference_ok(c.reference))
        return fault_field(&rs->fault, "/reference", "bad_text",
            "must be of letters, digits, - and _");
    /* The page sends the buyer back into the shop, not anywhere. */
    if (e == ERR_OK && c.return_to.n > 0 &&
        (c.return_to.p[0] != '/' || str_starts(c.return_to, STR("//"))))
        return fault_field(&rs->fault, "/return_to", "bad_choice", "must be a path");
    if (e == ERR_OK)
        e = prov_create(provider_of(rq), rq->arena, &c, &p, &rs->fault);
    return e == ERR_OK ? answer(rs, 200, &p) : e;
}

static enum err
get(struct req *rq, struct resp *rs)
{
    struct prov_payment p;
    enum err e = prov_get(provider_of(rq), rq->arena, rq->param[0], &p);

    return e == ERR_OK ? answer(rs, 200, &p) : e;
}

static enum err
capture(struct req *rq, struct resp *rs)
{
    struct str outcome = jin_str(rq->in, "outcome");
    struct prov_payment p;
    enum err e = prov_end(provider_of(rq), rq->arena, rq->param[0],
        str_eq_c(outcome, "approve") ? PROV_SUCCEEDED : PROV_DECLINED, &p);

    return e == ERR_OK ? answer(rs, 200, &p) : e;
}

/* Its key is that of the call that would make the payment. */
static enum err
cancel(struct req *rq, struct resp *rs)
{
    struct prov_create c = {.reference = rq->param[0],
        .currency = jin_str(rq->in, "currency"),
        .amount = jin_i64(rq->in, "amount", 0)};
    struct prov_payment p;
    enum err e = once_of(rq, &c.once, &rs->fault);

    if (!reference_ok(c.reference))
        return ERR_NOT_FOUND;
    c.once.body_hash = STR("");
    if (e == ERR_OK)
        e = prov_cancel(provider_of(rq), rq->arena, &c, &p, &rs->fault);
    return e == ERR_OK ? answer(rs, 200, &p) : e;
}

static enum err
refund(struct req *rq, struct resp *rs)
{
    struct prov_refund r = {
        .reference = rq->param[0], .amount = jin_i64(rq->in, "amount", 0)};
    struct prov_payment p;
    enum err e = once_of(rq, &r.once, &rs->fault);

    if (e == ERR_OK)
        e = prov_refund(provider_of(rq), rq->arena, &r, &p, &rs->fault);
    return e == ERR_OK ? answer(rs, 200, &p) : e;
}

/* For tests of the shop: deliver late, in copies, shuffled, with wrong signatures. */
static enum err
delivery(struct req *rq, struct resp *rs)
{
    struct provider *p = provider_of(rq);
    const struct jval *shuffle = jin_get_type(rq->in, "shuffle", J_BOOL);

    if (!p->set.testing)
        return ERR_NOT_FOUND;
    atomic_store(&p->delivery.late_ms, (int)jin_i64(rq->in, "late_ms", 0));
    atomic_store(&p->delivery.copies, (int)jin_i64(rq->in, "copies", 1));
    atomic_store(&p->delivery.wrong_percent, (int)jin_i64(rq->in, "wrong_percent", 0));
    atomic_store(&p->delivery.shuffle, shuffle != NULL && shuffle->b);
    resp_empty(rs, 204);
    return ERR_OK;
}

#define MONEY_FIELDS                                                                     \
    {.name = "amount", .type = F_I64, .flags = FIELD_REQUIRED, .max = INT64_C(1) << 50}, \
    {                                                                                    \
        .name = "currency", .type = F_STR, .flags = FIELD_REQUIRED, .min = 3, .max = 3   \
    }
static const struct field create_fields[] = {
    {.name = "reference",
        .type = F_STR,
        .flags = FIELD_REQUIRED,
        .min = REFERENCE_MIN,
        .max = PROVIDER_REFERENCE_MAX},
    MONEY_FIELDS,
    {.name = "return_to", .type = F_STR, .flags = FIELD_NULL, .max = 200},
    {.name = "outcome", .type = F_ENUM, .flags = FIELD_NULL, .choices = "approve|decline"},
    {.name = NULL},
};
static const struct field capture_fields[] = {
    {.name = "outcome", .type = F_ENUM, .flags = FIELD_REQUIRED, .choices = "approve|decline"},
    {.name = NULL},
};
static const struct field cancel_fields[] = {
    MONEY_FIELDS,
    {.name = NULL},
};
static const struct field refund_fields[] = {
    {.name = "amount",
        .type = F_I64,
        .flags = FIELD_REQUIRED,
        .min = 1,
        .max = INT64_C(1) << 50},
    {.name = NULL},
};
static const struct field delivery_fields[] = {
    {.name = "late_ms", .type = F_I64, .max = LATE_MAX_MS},
    {.name = "copies", .type = F_I64, .min = 1, .max = COPIES_MAX},
    {.name = "wrong_percent", .type = F_I64, .max = 100},
    {.name = "shuffle", .type = F_BOOL},
    {.name = NULL},
};

const struct route provider_api_routes[] = {
    {.method = M_POST,
        .pattern = "/v1/payments",
        .fn = create,
        .auth = AUTH_USER,
        .in = create_fields,
        .id = "create",
        .summary = "Make a payment, decided at once or on its page"},
    {.method = M_GET,
        .pattern = "/v1/payments/{reference}",
        .fn = get,
        .auth = AUTH_USER,
        .id = "get",
        .summary = "How a payment stands"},
    {.method = M_POST,
        .pattern = "/v1/payments/{reference}/capture",
        .fn = capture,
        .auth = AUTH_USER,
        .in = capture_fields,
        .id = "capture",
        .summary = "Decide a pending payment"},
    {.method = M_POST,
        .pattern = "/v1/payments/{reference}/cancel",
        .fn = cancel,
        .auth = AUTH_USER,
        .in = cancel_fields,
        .id = "cancel",
        .summary = "It shall not be paid any more, known or not"},
    {.method = M_POST,
        .pattern = "/v1/payments/{reference}/refunds",
        .fn = refund,
        .auth = AUTH_USER,
        .in = refund_fields,
        .id = "refund",
        .summary = "Give some of it back"},
    {.method = M_PUT,
        .pattern = "/v1/test/delivery",
        .fn = delivery,
        .auth = AUTH_USER,
        .in = delivery_fields,
        .id = "delivery",
        .summary = "How messages go out, for tests"},
    {.pattern = NULL},
};
