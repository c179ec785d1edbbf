/* The provider in memory; no tests here. */
#include "it_pay.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "it.h"

#define PAYMENTS_MAX 200000
#define REFUNDS_MAX 4096

struct fake {
    char reference[64], currency[4];
    int64_t order_id, amount, refunded;
    enum pay_status status;
};

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static struct fake *all;
static size_t all_n;
static int64_t refund_keys[REFUNDS_MAX];
static size_t refund_n;
static enum pay_mood mood;

/* Newest first: that is the one that is asked for. */
static struct fake *
find(struct str reference)
{
    for (size_t i = all_n; i > 0; i--)
        if (str_eq_c(reference, all[i - 1].reference))
            return &all[i - 1];
    return NULL;
}

static struct fake *
add(const struct payment *p)
{
    struct fake *f;

    if (all == NULL)
        all = calloc(PAYMENTS_MAX, sizeof(*all));
    if (all == NULL || all_n == PAYMENTS_MAX)
        abort();
    f = &all[all_n++];
    *f = (struct fake){.order_id = p->order_id, .amount = p->amount};
    (void)snprintf(f->reference, sizeof(f->reference), "%.*s", STR_F(p->reference));
    (void)snprintf(f->currency, sizeof(f->currency), "%.*s", STR_F(p->currency));
    return f;
}

static struct pay_told
told_of(struct arena *a, const struct fake *f)
{
    bool lies = mood == PAY_LYING, foreign = mood == PAY_FOREIGN;

    return (struct pay_told){.reference = arena_str(a, str_c(f->reference)),
        .currency = foreign ? STR("XTS") : arena_str(a, str_c(f->currency)),
        .page = arena_printf(a, "/page/%s", f->reference),
        .amount = f->amount + (lies ? 1 : 0),
        .refunded = f->refunded,
        .status = f->status};
}

static enum err
answer(struct arena *a, const struct fake *f, struct pay_told *out)
{
    if (mood == PAY_MUTE)
        return ERR_UPSTREAM;
    *out = told_of(a, f);
    return ERR_OK;
}

static enum err
create(void *self, struct arena *a, const struct payment *p, struct str return_to,
    struct pay_told *out)
{
    struct fake *f;
    enum err e = ERR_UPSTREAM;

    (void)self;
    (void)return_to;
    pthread_mutex_lock(&mu);
    if (mood != PAY_AWAY) {
        f = find(p->reference);
        if (f == NULL) {
            f = add(p);
            if (p->asked != PAY_PAGE)
                f->status = p->asked == PAY_APPROVE ? PAY_SUCCEEDED : PAY_DECLINED;
        }
        e = answer(a, f, out);
    }
    pthread_mutex_unlock(&mu);
    return e;
}

static enum err
get(void *self, struct arena *a, const struct payment *p, struct pay_told *out)
{
    const struct fake *f;
    enum err e = ERR_UPSTREAM;

    (void)self;
    pthread_mutex_lock(&mu);
    if (mood != PAY_AWAY) {
        f = find(p->reference);
        e = f != NULL ? answer(a, f, out) : ERR_NOT_FOUND;
    }
    pthread_mutex_unlock(&mu);
    return e;
}

static enum err
cancel(void *self, struct arena *a, const struct payment *p, struct pay_told *out)
{
    struct fake *f;
    enum err e = ERR_UPSTREAM;

    (void)self;
    pthread_mutex_lock(&mu);
    if (mood != PAY_AWAY) {
        f = find(p->reference);
        if (f == NULL)
            f = add(p);
        if (f->status == PAY_PENDING)
            f->status = PAY_CANCELLED;
        e = answer(a, f, out);
    }
    pthread_mutex_unlock(&mu);
    return e;
}

static bool
refunded_before(int64_t key)
{
    for (size_t i = 0; i < refund_n; i++)
        if (refund_keys[i] == key)
            return true;
    return false;
}

static enum err
refund(void *self, struct arena *a, const struct refund_due *r)
{
    struct fake *f;
    enum err e = ERR_UPSTREAM;

    (void)self;
    (void)a;
    pthread_mutex_lock(&mu);
    f = find(r->reference);
    if (mood == PAY_AWAY) {
        e = ERR_UPSTREAM;
    } else if (f == NULL) {
        e = ERR_NOT_FOUND;
    } else if (refunded_before(r->id)) {
        e = ERR_OK;
    } else if (f->status != PAY_SUCCEEDED || f->refunded + r->amount > f->amount) {
        e = ERR_INVALID;
    } else {
        f->refunded += r->amount;
        refund_keys[refund_n++ % REFUNDS_MAX] = r->id;
        e = mood == PAY_MUTE ? ERR_UPSTREAM : ERR_OK;
    }
    pthread_mutex_unlock(&mu);
    return e;
}

static struct pay_provider fake_provider = {.name = PAYMENT_PROVIDER,
    .create = create,
    .get = get,
    .cancel = cancel,
    .refund = refund};
const struct pay_desk pay_test_desk = {.p = {&fake_provider}, .n = 1};

enum err
pay_now(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    bool approve, struct fault *flt)
{
    struct order_pay p = {
        .who = who, .id = id, .asked = approve ? PAY_APPROVE : PAY_DECLINE};

    return order_pay(db, a, &pay_test_desk, &p, NULL, flt);
}

struct str
pay_away(struct db *db, struct arena *a, int64_t id)
{
    struct order_pay p = {.id = id, .asked = PAY_PAGE};
    struct fault flt;

    CU_ASSERT_EQUAL(order_pay(db, a, &pay_test_desk, &p, NULL, &flt), ERR_OK);
    return p.pm.reference;
}

void
pay_test_mood(enum pay_mood m)
{
    pthread_mutex_lock(&mu);
    mood = m;
    pthread_mutex_unlock(&mu);
}

void
pay_test_decide(struct str reference, bool approve)
{
    struct fake *f;

    pthread_mutex_lock(&mu);
    f = find(reference);
    if (f == NULL)
        abort();
    if (f->status == PAY_PENDING)
        f->status = approve ? PAY_SUCCEEDED : PAY_DECLINED;
    pthread_mutex_unlock(&mu);
}

struct pay_told
pay_test_told(struct arena *a, struct str reference)
{
    struct pay_told t;
    const struct fake *f;

    pthread_mutex_lock(&mu);
    f = find(reference);
    if (f == NULL)
        abort();
    t = told_of(a, f);
    pthread_mutex_unlock(&mu);
    return t;
}

int64_t
pay_test_money(int64_t order_id)
{
    int64_t sum = 0;

    pthread_mutex_lock(&mu);
    for (size_t i = 0; i < all_n; i++)
        if (all[i].order_id == order_id && all[i].status == PAY_SUCCEEDED)
            sum += all[i].amount - all[i].refunded;
    pthread_mutex_unlock(&mu);
    return sum;
}

int
pay_test_taken(int64_t order_id)
{
    int n = 0;

    pthread_mutex_lock(&mu);
    for (size_t i = 0; i < all_n; i++)
        n += all[i].order_id == order_id && all[i].status == PAY_SUCCEEDED;
    pthread_mutex_unlock(&mu);
    return n;
}
