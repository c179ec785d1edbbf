/* Handing events to brokers, in rounds: each has at most one event of a subject, for one that
 * has to be sent again would come behind those after it. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/crash.h"
#include "broker/broker_priv.h"
#include "notify/notify.h"
#include "order/order.h"
#include "shop_metrics.h"

#define PLACED "order.placed"

struct sending {
    struct broker *b;
    struct db *db;
    struct arena *a;
    const struct event *ev;
    size_t n;
    bool *handed; /* each by all brokers */
};

/* What accounts' events carry (links with secrets) is for the shop's own readers. */
static bool
is_own(const struct event *ev)
{
    return str_starts(ev->type, STR("account."));
}

static struct mq_msg
message(struct arena *a, const struct event *ev)
{
    struct buf t;

    buf_init_arena(&t, a, EVENT_TEXT_MAX);
    event_write(&t, ev);
    return (struct mq_msg){.id = ev->id,
        .topic = ev->type,
        .subject = arena_printf(a, "%" PRId64, ev->subject_id),
        .body = buf_view(&t),
        .own = is_own(ev)};
}

/* The first of each subject that is not handed yet; at[] says which. */
static size_t
pick(const struct sending *s, size_t *at)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        size_t j = 0;

        if (s->handed[i])
            continue;
        while (j < n && s->ev[at[j]].subject_id != s->ev[i].subject_id)
            j++;
        if (j == n)
            at[n++] = i;
    }
    return n;
}

/* A message for each new order that comes back when its time to pay is over. It makes expiry
 * punctual and nothing else: one that is lost costs the wait for the sweep. */
static size_t
holds(const struct sending *s, const size_t *at, size_t at_n, struct mq_msg *m)
{
    int64_t *ids = arena_calloc(s->a, at_n + 1, sizeof(*ids));
    struct order_hold *h;
    size_t n = 0;

    for (size_t i = 0; i < at_n; i++)
        if (str_eq_c(s->ev[at[i]].type, PLACED))
            ids[n++] = s->ev[at[i]].subject_id;
    if (n == 0 || order_holds(s->db, s->a, ids, n, &h, &n) != ERR_OK)
        return 0;
    for (size_t i = 0; i < n; i++) {
        struct str id = arena_printf(s->a, "%" PRId64, h[i].id);

        m[i] = (struct mq_msg){.id = h[i].id,
            .topic = STR("order.due"),
            .subject = id,
            .body = id,
            .delay_ms = h[i].hold_ms};
    }
    return n;
}

/* To one broker, RabbitMQ or one that others read too; at[] keeps those that it has. */
static enum err
send_to(const struct sending *s, struct mq *q, size_t *at, size_t *n)
{
    const bool own = q == s->b->amqp;
    struct mq_msg *m = arena_calloc(s->a, 2 * *n + 1, sizeof(*m));
    size_t sent = 0, kept = 0;
    enum err e;

    for (size_t i = 0; i < *n; i++)
        if (own || !is_own(&s->ev[at[i]]))
            m[sent++] = message(s->a, &s->ev[at[i]]);
    if (own)
        sent += holds(s, at, *n, m + sent);
    e = mq_publish(q, m, sent);
    sent = 0;
    for (size_t i = 0; i < *n; i++)
        if ((!own && is_own(&s->ev[at[i]])) || m[sent++].handed)
            at[kept++] = at[i];
    *n = kept;
    return e;
}

static enum err
round_of(const struct sending *s, size_t *at, size_t n)
{
    enum err e = ERR_OK, e2 = ERR_OK;

    if (s->b->kafka != NULL)
        e = send_to(s, s->b->kafka, at, &n);
    CRASH_POINT("broker.sending");
    if (s->b->amqp != NULL && n > 0)
        e2 = send_to(s, s->b->amqp, at, &n);
    CRASH_POINT("broker.sent");
    for (size_t i = 0; i < n; i++)
        s->handed[at[i]] = true;
    return e == ERR_OK ? e2 : e;
}

static void
told(const struct sending *s, size_t n)
{
    const int64_t now = clock_ms();

    for (size_t i = 0; i < n; i++)
        metric_observe(s->b->c.metrics, METRIC_EVENT_DELAY, 0,
            now > s->ev[i].at_ms ? (now - s->ev[i].at_ms) * 1000 : 0);
}

struct consuming {
    struct arena *a;
    const struct event *ev;
    size_t n;
};

static enum err
consume_tx(struct db *db, void *arg)
{
    const struct consuming *c = arg;

    return notify_consume_many(db, c->a, c->ev, c->n, clock_ms());
}

enum err
broker_take(void *arg, struct db *db, struct arena *a, const struct event *ev, size_t n,
    size_t *taken)
{
    struct sending s = {.b = arg, .db = db, .a = a, .ev = ev, .n = n};
    size_t *at = arena_calloc(a, n + 1, sizeof(*at)), picked;
    struct consuming c = {.a = a, .ev = ev};
    enum err e = ERR_OK, consumed = ERR_OK;

    s.handed = arena_calloc(a, n + 1, sizeof(*s.handed));
    while (e == ERR_OK && (picked = pick(&s, at)) > 0)
        e = round_of(&s, at, picked);
    while (c.n < n && s.handed[c.n])
        c.n++;
    told(&s, c.n);
    /* Without RabbitMQ the shop's readers stand here. */
    if (s.b->amqp == NULL && c.n > 0)
        consumed = db_tx(db, consume_tx, &c);
    *taken = consumed == ERR_OK ? c.n : 0;
    return consumed == ERR_OK ? e : consumed;
}
