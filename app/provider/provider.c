/* The provider's rules: each call is one transaction of its books, and whatever ends a payment
 * or gives some of it back leaves an event for the shop in that transaction. A payment that
 * has ended never changes its end. */
#include "provider/provider.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/rand.h"
#include "http/front.h"
#include "provider/provider_store.h"

#define EVENT_BYTES 16
#define EVENT_MAX 2048
#define CODE_BELOW 1000000

void
prov_jout(struct jout *j, const struct prov_payment *p)
{
    char page[sizeof(PROVIDER_PAGES) + PROVIDER_REFERENCE_MAX];

    (void)snprintf(page, sizeof(page), "%s%.*s", PROVIDER_PAGES, STR_F(p->reference));
    jout_obj(j);
    jout_kstr(j, "reference", p->reference);
    jout_ki64(j, "amount", p->amount);
    jout_kstr(j, "currency", p->currency);
    jout_kc(j, "status", prov_status_text(p->status));
    jout_ki64(j, "refunded", p->refunded);
    jout_kc(j, "page", page);
    jout_ktime(j, "created_at", p->created_at);
    jout_obj_end(j);
}

struct work {
    struct provider *p;
    struct arena *a;
    int64_t now;
    struct fault *flt;
    struct prov_payment *out;
    bool told; /* an event was left */
    /* of each: */
    const struct prov_create *create;
    const struct prov_refund *refund;
    struct str reference, code;
    enum prov_status to;
};

static struct str
event_body(struct work *w, struct str id, const char *type)
{
    struct jout j;
    struct buf b;

    buf_init_arena(&b, w->a, EVENT_MAX);
    jout_init(&j, &b);
    jout_obj(&j);
    jout_kstr(&j, "id", id);
    jout_kc(&j, "type", type);
    jout_ktime(&j, "created_at", w->now);
    jout_key(&j, "payment");
    prov_jout(&j, w->out);
    jout_obj_end(&j);
    return buf_view(&b);
}

static enum err
tell(struct lite *l, struct work *w, const char *what)
{
    char token[RAND_TOKEN_N(EVENT_BYTES)];
    struct str t = rand_token(token, sizeof(token), EVENT_BYTES);
    struct prov_event ev = {.created_at = w->now};
    int late = atomic_load(&w->p->delivery.late_ms);

    ev.id = arena_printf(w->a, "evt_%.*s", STR_F(t));
    ev.body = event_body(w, ev.id, what);
    w->told = true;
    return prov_store_event(l, &ev, w->now + late);
}

static enum err
run(struct work *w, enum err (*fn)(struct lite *l, void *arg))
{
    enum err e;

    w->now = clock_ms();
    front_blocking_begin(); /* others' come meanwhile and are committed with it */
    e = lite_tx(w->p->books, fn, w);
    front_blocking_end();
    CRASH_POINT("provider.committed");
    if (e == ERR_OK && w->told && w->p->hooks != NULL)
        hooks_wake(w->p->hooks);
    return e;
}

static enum err
end(struct lite *l, struct work *w, struct str reference, enum prov_status to)
{
    int64_t n = 0;
    enum err e = prov_store_end(l, reference, to, w->now, &n);

    if (e == ERR_OK)
        e = prov_store_get(l, w->a, reference, w->out, NULL);
    if (e != ERR_OK || n == 0)
        return e;
    return tell(l, w, arena_printf(w->a, "payment.%s", prov_status_text(to)).p);
}

/* The reference is known: a repeat of the call that made it, or somebody else's. */
static enum err
create_again(struct work *w, const struct prov_create *c, const struct prov_once *was)
{
    if (!str_eq(was->key, c->once.key))
        return fault_set(w->flt, ERR_CONFLICT, "reference_taken",
            "There is a payment of that reference.");
    if (was->body_hash.n == 0 || str_eq(was->body_hash, c->once.body_hash))
        return ERR_OK;
    return fault_set(w->flt, ERR_INVALID, "idempotency_key_reused",
        "The key was used for another payment.");
}

static enum err
create_tx(struct lite *l, void *arg)
{
    struct work *w = arg;
    const struct prov_create *c = w->create;
    struct prov_once was;
    enum err e = prov_store_get(l, w->a, c->reference, w->out, &was);

    w->told = false;
    if (e == ERR_OK)
        return create_again(w, c, &was);
    if (e != ERR_NOT_FOUND)
        return e;
    e = prov_store_add(l, c, PROV_PENDING, w->now);
    if (e == ERR_CONFLICT)
        return fault_set(w->flt, ERR_INVALID, "idempotency_key_reused",
            "The key was used for another payment.");
    if (e == ERR_OK && c->outcome.p == NULL)
        return prov_store_get(l, w->a, c->reference, w->out, NULL);
    if (e == ERR_OK)
        e = end(l, w, c->reference,
            str_eq_c(c->outcome, "approve") ? PROV_SUCCEEDED : PROV_DECLINED);
    return e;
}

enum err
prov_create(struct provider *p, struct arena *a, const struct prov_create *c,
    struct prov_payment *out, struct fault *flt)
{
    struct work w = {.p = p, .a = a, .create = c, .out = out, .flt = flt};

    return run(&w, create_tx);
}

static enum err
get_tx(struct lite *l, void *arg)
{
    struct work *w = arg;

    return prov_store_get(l, w->a, w->reference, w->out, NULL);
}

enum err
prov_get(
    struct provider *p, struct arena *a, struct str reference, struct prov_payment *out)
{
    struct work w = {.p = p, .a = a, .reference = reference, .out = out};

    return run(&w, get_tx);
}

static enum err
end_tx(struct lite *l, void *arg)
{
    struct work *w = arg;

    w->told = false;
    return end(l, w, w->reference, w->to);
}

enum err
prov_end(struct provider *p, struct arena *a, struct str reference, enum prov_status to,
    struct prov_payment *out)
{
    struct work w = {.p = p, .a = a, .reference = reference, .to = to, .out = out};

    return run(&w, end_tx);
}

/* A call to make it may still be on its way: what it will find is a payment that ended. */
static enum err
cancel_tx(struct lite *l, void *arg)
{
    struct work *w = arg;
    const struct prov_create *c = w->create;
    enum err e;

    w->told = false;
    e = end(l, w, c->reference, PROV_CANCELLED);
    if (e != ERR_NOT_FOUND)
        return e;
    e = prov_store_add(l, c, PROV_CANCELLED, w->now);
    if (e == ERR_CONFLICT)
        return fault_set(w->flt, ERR_INVALID, "idempotency_key_reused",
            "The key was used for another payment.");
    return e == ERR_OK ? prov_store_get(l, w->a, c->reference, w->out, NULL) : e;
}

enum err
prov_cancel(struct provider *p, struct arena *a, const struct prov_create *c,
    struct prov_payment *out, struct fault *flt)
{
    struct work w = {.p = p, .a = a, .create = c, .out = out, .flt = flt};

    return run(&w, cancel_tx);
}

static enum err
refund_again(struct work *w, struct lite *l, struct str reference, struct str hash)
{
    if (!str_eq(hash, w->refund->once.body_hash) || !str_eq(reference, w->refund->reference))
        return fault_set(w->flt, ERR_INVALID, "idempotency_key_reused",
            "The key was used for another refund.");
    return prov_store_get(l, w->a, reference, w->out, NULL);
}

static enum err
refund_tx(struct lite *l, void *arg)
{
    struct work *w = arg;
    const struct prov_refund *r = w->refund;
    struct str reference, hash;
    int64_t n = 0;
    enum err e = prov_store_refund_of(l, w->a, r->once.key, &reference, &hash);

    w->told = false;
    if (e != ERR_NOT_FOUND)
        return e == ERR_OK ? refund_again(w, l, reference, hash) : e;
    if ((e = prov_store_get(l, w->a, r->reference, w->out, NULL)) != ERR_OK)
        return e;
    if (w->out->status != PROV_SUCCEEDED)
        return fault_set(
            w->flt, ERR_CONFLICT, "not_refundable", "The payment was not taken.");
    if ((e = prov_store_take(l, r->reference, r->amount, w->now, &n)) != ERR_OK)
        return e;
    if (n == 0)
        return fault_set(w->flt, ERR_INVALID, "refund_too_large",
            "That is more than is left of the payment.");
    if ((e = prov_store_refund(l, r, w->now)) != ERR_OK)
        return e;
    w->out->refunded += r->amount;
    return tell(l, w, "refund.succeeded");
}

enum err
prov_refund(struct provider *p, struct arena *a, const struct prov_refund *r,
    struct prov_payment *out, struct fault *flt)
{
    struct work w = {.p = p, .a = a, .refund = r, .out = out, .flt = flt};

    return run(&w, refund_tx);
}

static enum err
step_tx(struct lite *l, void *arg)
{
    struct work *w = arg;
    struct str code = arena_printf(w->a, "%06u", (unsigned)rand_below(CODE_BELOW));
    enum err e = prov_store_get(l, w->a, w->reference, w->out, NULL);

    if (e != ERR_OK || w->out->code.p != NULL || w->out->status != PROV_PENDING)
        return e;
    w->out->code = code;
    return prov_store_code(l, w->reference, code, 0, w->now);
}

enum err
prov_step(
    struct provider *p, struct arena *a, struct str reference, struct prov_payment *out)
{
    struct work w = {.p = p, .a = a, .reference = reference, .out = out};

    return run(&w, step_tx);
}

static enum err
code_tx(struct lite *l, void *arg)
{
    struct work *w = arg;
    enum err e = prov_store_get(l, w->a, w->reference, w->out, NULL);

    w->told = false;
    if (e != ERR_OK || w->out->status != PROV_PENDING || w->out->code.p == NULL)
        return e;
    if (secret_eq(w->code, w->out->code))
        return end(l, w, w->reference, PROV_SUCCEEDED);
    w->out->tries++;
    if (w->out->tries >= PROVIDER_CODE_TRIES)
        return end(l, w, w->reference, PROV_DECLINED);
    return prov_store_code(l, w->reference, w->out->code, w->out->tries, w->now);
}

enum err
prov_code(struct provider *p, struct arena *a, struct str reference, struct str code,
    struct prov_payment *out)
{
    struct work w = {.p = p, .a = a, .reference = reference, .code = code, .out = out};

    return run(&w, code_tx);
}
