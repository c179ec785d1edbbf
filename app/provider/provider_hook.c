/* Delivery of events: one thread takes what is due, sends it, and strikes out what was
 * accepted. A crash between the two sends it again, so each comes at least once; one that is
 * refused or not answered waits twice as long each time, for three days. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "auth/sign.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/rand.h"
#include "provider/provider_store.h"

#define HOOK_PATH "/api/v1/payments/webhooks/simulated"
#define BATCH 96
#define BUNDLE 24 /* events of one message */
#define MESSAGE_MAX ((size_t)60 << 10)
#define COPIES_MAX 20
#define IDLE_MS 500
#define GATHER_MS 20 /* when they come fast they go together */
#define FIRST_WAIT_MS 500
#define WAIT_MAX_MS INT64_C(3600000)
#define GIVE_UP_MS (3 * INT64_C(86400000))

struct hooks {
    struct provider *p;
    struct fetch *shop;
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t more;
    bool woken, ending;
};

/* One delivery to make: of an event, perhaps one of several of it. */
struct drop {
    const struct prov_event *ev;
    bool *done; /* the event's */
};

struct batch {
    struct hooks *h;
    struct arena *a;
    struct prov_event *ev;
    bool *done;
    size_t n;
    int64_t now;
};

/* An event's own text, or several's as one. */
static struct str
body_of(struct arena *a, const struct drop *d, size_t n)
{
    struct buf b;

    if (n == 1)
        return d->ev->body;
    buf_init_arena(&b, a, MESSAGE_MAX);
    buf_str(&b, STR("{\"events\":["));
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_char(&b, ',');
        buf_str(&b, d[i].ev->body);
    }
    buf_str(&b, STR("]}"));
    return buf_view(&b);
}

static bool
accepted(struct hooks *h, struct arena *a, const struct drop *d, size_t n, bool wrong)
{
    struct str body = body_of(a, d, n);
    struct str secret = wrong ? STR("not the secret") : str_c(h->p->keys.webhook);
    struct str sig = sign_header(a, secret, clock_ms() / 1000, body);
    const struct fetch_call call = {.method = "POST",
        .path = HOOK_PATH,
        .header = {arena_printf(a, "Souk-Signature: %.*s", STR_F(sig)).p,
            "Content-Type: application/json"},
        .body = body};
    struct fetch_answer an;

    return fetch_do(h->shop, a, &call, &an) == ERR_OK && an.status >= 200 &&
           an.status < 300;
}

static void
shuffle(struct drop *d, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)rand_below(i);
        struct drop was = d[i - 1];

        d[i - 1] = d[k];
        d[k] = was;
    }
}

/* How many of these go as one message. One that was refused may have been refused for what
 * came with it: it goes alone. */
static size_t
bundle(const struct drop *d, size_t n)
{
    size_t k = 1;

    while (d->ev->tries == 0 && k < n && k < BUNDLE && d[k].ev->tries == 0)
        k++;
    return k;
}

static void
deliver(struct batch *b)
{
    const struct prov_delivery *how = &b->h->p->delivery;
    int wanted = atomic_load(&how->copies), wrong = atomic_load(&how->wrong_percent);
    size_t copies = wanted < 1 ? 1 : wanted > COPIES_MAX ? COPIES_MAX : (size_t)wanted;
    struct drop *d = arena_calloc(b->a, b->n * copies + 1, sizeof(*d));
    size_t n = 0, k;

    for (size_t c = 0; c < copies; c++)
        for (size_t i = 0; i < b->n; i++)
            d[n++] = (struct drop){&b->ev[i], &b->done[i]};
    if (atomic_load(&how->shuffle))
        shuffle(d, n);
    for (size_t i = 0; i < n; i += k) {
        bool forged = wrong > 0 && rand_below(100) < (uint64_t)wrong;

        k = copies == 1 && wrong == 0 ? bundle(&d[i], n - i) : 1;
        if (accepted(b->h, b->a, &d[i], k, forged))
            for (size_t j = i; j < i + k; j++)
                *d[j].done = true;
    }
}

static enum err
due_tx(struct lite *l, void *arg)
{
    struct batch *b = arg;

    return prov_store_due(l, b->a, b->now, BATCH, &b->ev, &b->n);
}

static int64_t
wait_ms(int64_t tries)
{
    int64_t ms = FIRST_WAIT_MS << (tries < 20 ? tries : 20);

    ms = ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
    return ms / 2 + (int64_t)rand_below((uint64_t)ms / 2 + 1);
}

static enum err
strike_tx(struct lite *l, void *arg)
{
    struct batch *b = arg;
    enum err e = ERR_OK;

    for (size_t i = 0; i < b->n && e == ERR_OK; i++) {
        const struct prov_event *ev = &b->ev[i];

        if (b->done[i] || b->now - ev->created_at > GIVE_UP_MS)
            e = prov_store_delivered(l, ev->id);
        else
            e = prov_store_retry(l, ev->id, b->now + wait_ms(ev->tries));
    }
    return e;
}

/* How many there were. */
static size_t
round_of(struct hooks *h, struct arena *a)
{
    struct batch b = {.h = h, .a = a, .now = clock_ms()};
    size_t failed = 0;

    if (lite_tx(h->p->books, due_tx, &b) != ERR_OK || b.n == 0)
        return 0;
    b.done = arena_calloc(a, b.n, sizeof(*b.done));
    deliver(&b);
    CRASH_POINT("provider.delivered");
    b.now = clock_ms();
    if (lite_tx(h->p->books, strike_tx, &b) != ERR_OK)
        return 0;
    for (size_t i = 0; i < b.n; i++)
        failed += !b.done[i];
    if (failed > 0)
        log_info("provider", "event=refused messages=%zu of=%zu", failed, b.n);
    return b.n;
}

/* False: the end. */
static bool
wait_more(struct hooks *h)
{
    struct timespec until;
    bool go_on;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += IDLE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&h->mu);
    if (!h->woken && !h->ending)
        (void)pthread_cond_timedwait(&h->more, &h->mu, &until);
    h->woken = false;
    go_on = !h->ending;
    pthread_mutex_unlock(&h->mu);
    return go_on;
}

static void *
hooks_main(void *arg)
{
    struct hooks *h = arg;
    struct arena *a = arena_new((size_t)256 << 10);
    size_t n;

    while (wait_more(h)) {
        do {
            n = round_of(h, a);
            arena_reset(a);
        } while (n == BATCH);
        if (n > 1)
            clock_sleep_ms(GATHER_MS);
    }
    arena_free(a);
    return NULL;
}

struct hooks *
hooks_start(struct provider *p)
{
    struct fetch_conf c = {.base = p->set.pay_webhook_url,
        .connect_ms = 1000,
        .total_ms = 5000,
        .calls = 1,
        .body_max = (size_t)64 << 10};
    struct hooks *h = calloc(1, sizeof(*h));
    sigset_t all, old;
    char sock[600];

    if (h == NULL)
        abort();
    if (p->set.pay_webhook_url[0] == '\0') {
        (void)snprintf(sock, sizeof(sock), "%s/run/pay-http.sock", p->set.state_dir);
        c.base = "http://shop";
        c.socket = sock;
    }
    h->p = p;
    h->shop = fetch_new(&c);
    pthread_mutex_init(&h->mu, NULL);
    pthread_cond_init(&h->more, NULL);
    /* Signals are the front's. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &old);
    if (pthread_create(&h->thread, NULL, hooks_main, h) != 0)
        abort();
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return h;
}

void
hooks_wake(struct hooks *h)
{
    pthread_mutex_lock(&h->mu);
    h->woken = true;
    pthread_cond_signal(&h->more);
    pthread_mutex_unlock(&h->mu);
}

void
hooks_stop(struct hooks *h)
{
    pthread_mutex_lock(&h->mu);
    h->ending = true;
    pthread_cond_signal(&h->more);
    pthread_mutex_unlock(&h->mu);
    (void)pthread_join(h->thread, NULL);
    fetch_free(h->shop);
    pthread_cond_destroy(&h->more);
    pthread_mutex_destroy(&h->mu);
    free(h);
}
