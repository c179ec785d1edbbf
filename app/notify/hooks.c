/* Sending webhooks. Each endpoint has slots of its own, so that none can take another's
 * turn. A delivery is claimed, written, sent and marked; one whose mark is lost to a
 * crash is sent again when its claim has ended. */
#include "notify/hooks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/sign.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "fetch/push.h"
#include "notify/hook_body.h"

#define CALLS (ENDPOINTS_MAX * ENDPOINT_CALLS)
#define CONNECT_MS 5000
#define TOTAL_MS 10000
#define CLAIM_MS 20000 /* well after the slowest call */
#define ANSWER_MAX ((size_t)64 << 10)
/* An endpoint that answered within QUICK_MS has more claimed at once: fewer transactions.
 */
#define QUICK_MS 300
#define QUICK_CLAIM 16
#define SLOTS (ENDPOINTS_MAX * QUICK_CLAIM)

enum slot_state { SLOT_FREE, SLOT_WAITING, SLOT_CALLED, SLOT_ENDED };

/* A claimed delivery, with all it needs in memory of its own. */
struct slot {
    enum slot_state state;
    struct arena *a;
    struct due d;
    struct str url, secret;
    int64_t claimed_at_us, called_at_us;
    struct due_mark mark; /* once it has ended */
};

struct hooks {
    struct hooks_conf c;
    struct push *push;
    struct slot slot[SLOTS];
    int64_t quick[ENDPOINTS_MAX]; /* ids of endpoints, 0: none */
};

struct hooks *
hooks_new(const struct hooks_conf *c)
{
    struct hooks *h = calloc(1, sizeof(*h));
    const struct push_conf p = {.calls = CALLS,
        .connect_ms = CONNECT_MS,
        .total_ms = TOTAL_MS,
        .answer_max = ANSWER_MAX,
        .private_too = c->private_too};

    if (h == NULL)
        abort();
    h->c = *c;
    h->push = push_new(&p);
    return h;
}

void
hooks_free(struct hooks *h)
{
    if (h == NULL)
        return;
    push_free(h->push);
    for (size_t i = 0; i < SLOTS; i++)
        if (h->slot[i].a != NULL)
            arena_free(h->slot[i].a);
    free(h);
}

/* --- who is quick --- */

static bool
is_quick(const struct hooks *h, int64_t endpoint_id)
{
    for (size_t i = 0; i < ENDPOINTS_MAX; i++)
        if (h->quick[i] == endpoint_id)
            return true;
    return false;
}

static void
quick_note(struct hooks *h, int64_t endpoint_id, bool quick)
{
    const int64_t from = quick ? 0 : endpoint_id, to = quick ? endpoint_id : 0;

    if (is_quick(h, endpoint_id) == quick)
        return;
    for (size_t i = 0; i < ENDPOINTS_MAX; i++) {
        if (h->quick[i] != from)
            continue;
        h->quick[i] = to;
        return;
    }
}

/* --- slots --- */

static size_t
slots_of(const struct hooks *h, int64_t endpoint_id, bool called_only)
{
    size_t n = 0;

    for (size_t i = 0; i < SLOTS; i++)
        n += h->slot[i].state != SLOT_FREE && h->slot[i].d.endpoint_id == endpoint_id &&
             (!called_only || h->slot[i].state == SLOT_CALLED);
    return n;
}

static bool
any_in(const struct hooks *h, enum slot_state state)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (h->slot[i].state == state)
            return true;
    return false;
}

/* Without a free one it is left until its claim ends. */
static void
slot_take(struct hooks *h, const struct due *d, const struct endpoint *p)
{
    struct slot *s = NULL;

    for (size_t i = 0; i < SLOTS && s == NULL; i++)
        if (h->slot[i].state == SLOT_FREE)
            s = &h->slot[i];
    if (s == NULL)
        return;
    if (s->a == NULL)
        s->a = arena_new((size_t)16 << 10);
    s->d = *d;
    s->d.ev.type = arena_str(s->a, d->ev.type);
    s->d.ev.data = STR_NULL;
    s->d.text = arena_str(s->a, d->text);
    s->url = arena_str(s->a, p->url);
    s->secret = arena_str(s->a, p->secret);
    s->claimed_at_us = clock_mono_us();
    s->state = SLOT_WAITING;
}

static void
slot_give(struct slot *s)
{
    arena_reset(s->a);
    s->state = SLOT_FREE;
}

/* --- claiming --- */

/* What an endpoint gets of this round. */
struct batch {
    struct arena *a;
    struct due *d;
    size_t n;
    int64_t now;
    struct hooks_did *did;
};

/* A delivery that cannot be written, or is another's by now, is nobody's to send. */
static enum err
write_one(struct batch *b, struct db *db, struct due *d)
{
    struct due_mark dead = {.end = DUE_DEAD};
    enum err e;

    if (d->lapses >= DUE_LAPSES_MAX) {
        d->written = false;
        dead.why = STR(DUE_DEADLY);
    }
    if (d->written)
        return ERR_OK;
    if (dead.why.p == NULL && (e = hook_body(db, b->a, d, &dead.why)) != ERR_OK)
        return e;
    if (dead.why.p == NULL) {
        e = hook_store_write(db, d);
        d->written = e == ERR_OK;
    } else {
        e = hook_store_mark(db, d, &dead, b->now);
        b->did->dead += e == ERR_OK;
        log_warn("notify", "event=delivery_dead delivery=%" PRId64 " reason=\"%.*s\"",
            d->id, STR_F(dead.why));
    }
    return e == ERR_CONFLICT ? ERR_OK : e;
}

static enum err
write_tx(struct db *db, void *arg)
{
    struct batch *b = arg;
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < b->n; i++)
        e = write_one(b, db, &b->d[i]);
    return e;
}

static enum err
claim_for(struct hooks *h, struct db *db, struct arena *a, const struct endpoint *p,
    int64_t now, struct hooks_did *did)
{
    const size_t held = slots_of(h, p->id, false);
    const size_t most = is_quick(h, p->id) ? QUICK_CLAIM : ENDPOINT_CALLS;
    struct batch b = {.a = a, .now = now, .did = did};
    enum err e;

    if (held >= most)
        return ERR_OK;
    e = hook_store_claim(db, a, p->id, now, CLAIM_MS, most - held, &b.d, &b.n);
    if (e != ERR_OK || b.n == 0)
        return e;
    CRASH_POINT("notify.hook.claimed");
    if ((e = db_tx(db, write_tx, &b)) != ERR_OK)
        return e;
    CRASH_POINT("notify.hook.written");
    for (size_t i = 0; i < b.n; i++)
        if (b.d[i].written)
            slot_take(h, &b.d[i], p);
    return ERR_OK;
}

static enum err
claim_due(
    struct hooks *h, struct db *db, struct arena *a, int64_t now, struct hooks_did *did)
{
    struct endpoint *p;
    size_t n;
    enum err e = hook_store_endpoints(db, a, now, &p, &n);

    for (size_t i = 0; e == ERR_OK && i < n; i++)
        e = claim_for(h, db, a, &p[i], now, did);
    return e;
}

/* --- calling --- */

static void
call_start(struct hooks *h, struct slot *s)
{
    struct str sign = sign_header(s->a, s->secret, clock_ms() / 1000, s->d.text);
    const struct push_call call = {.url = s->url.p,
        .header = {"Content-Type: application/json", "User-Agent: Souk",
            arena_printf(s->a, "Souk-Signature: %.*s", STR_F(sign)).p,
            arena_printf(s->a, "Souk-Event-Id: %" PRId64, s->d.ev.id).p,
            arena_printf(s->a, "Souk-Event-Type: %.*s", STR_F(s->d.ev.type)).p},
        .body = s->d.text,
        .arg = s};

    s->state = SLOT_CALLED;
    s->called_at_us = clock_mono_us();
    if (push_start(h->push, &call) != ERR_OK)
        slot_give(s); /* until its claim ends */
}

/* Those that wait, as far as their endpoints may be called. One that waited so long that
 * its claim might end meanwhile is let go. */
static void
call_waiting(struct hooks *h)
{
    const int64_t late_us = (CLAIM_MS - TOTAL_MS - CONNECT_MS) * INT64_C(1000);

    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *s = &h->slot[i];

        if (s->state != SLOT_WAITING)
            continue;
        if (clock_mono_us() - s->claimed_at_us > late_us)
            slot_give(s);
        else if (slots_of(h, s->d.endpoint_id, true) < ENDPOINT_CALLS)
            call_start(h, s);
    }
}

static struct due_mark
judge(
    const struct hooks *h, const struct slot *s, const struct push_end *end, int64_t now)
{
    struct str why;

    if (end->status >= 200 && end->status < 300)
        return (struct due_mark){.end = DUE_SENT, .code = end->status, .why = STR("")};
    why = end->status > 0 ? arena_printf(s->a, "answered %d", end->status)
                          : notify_why(s->a, str_c(end->why));
    return due_failed(&s->d, end->status, why, h->c.retry_ms, now);
}

/* Works until something has ended and nothing waits for a turn, or the time is over. */
static void
call_all(struct hooks *h, int64_t now, int wait_ms)
{
    const int64_t t0 = clock_mono_us();
    int64_t ms = 0;
    bool ended = false;

    do {
        struct push_end end[CALLS];
        size_t n;

        call_waiting(h);
        n = push_wait(h->push, wait_ms - (int)ms, end, CALLS);
        ms = (clock_mono_us() - t0) / 1000;
        for (size_t i = 0; i < n; i++) {
            struct slot *s = end[i].arg;
            bool quick = clock_mono_us() - s->called_at_us < QUICK_MS * INT64_C(1000);

            s->mark = judge(h, s, &end[i], now + ms);
            s->state = SLOT_ENDED;
            quick_note(h, s->d.endpoint_id, quick && s->mark.end == DUE_SENT);
            ended = true;
        }
    } while (ms < wait_ms && (!ended || any_in(h, SLOT_WAITING)));
}

/* --- marking --- */

struct marking {
    struct hooks *h;
    int64_t now;
    struct hooks_did did;
};

static enum err
mark_one(struct marking *m, struct db *db, const struct slot *s)
{
    enum err e = hook_store_mark(db, &s->d, &s->mark, m->now);

    if (e == ERR_CONFLICT) {
        log_warn("notify", "event=claim_lost delivery=%" PRId64, s->d.id);
        return ERR_OK;
    }
    m->did.sent += s->mark.end == DUE_SENT;
    m->did.failed += s->mark.end == DUE_AGAIN;
    m->did.dead += s->mark.end == DUE_DEAD;
    if (e == ERR_OK && s->mark.end == DUE_DEAD)
        log_warn("notify", "event=delivery_dead delivery=%" PRId64 " reason=\"%.*s\"",
            s->d.id, STR_F(s->mark.why));
    return e;
}

static enum err
mark_tx(struct db *db, void *arg)
{
    struct marking *m = arg;
    enum err e = ERR_OK;

    m->did = (struct hooks_did){.sent = 0};
    for (size_t i = 0; e == ERR_OK && i < SLOTS; i++)
        if (m->h->slot[i].state == SLOT_ENDED)
            e = mark_one(m, db, &m->h->slot[i]);
    return e;
}

/* Without a database what came of them is not noted: they are sent again. */
static enum err
mark_ended(struct hooks *h, struct db_pool *pool, int64_t now, struct hooks_did *did)
{
    struct marking m = {.h = h, .now = now};
    struct db *db = NULL;
    enum err e = db_acquire(pool, &db);

    CRASH_POINT("notify.hook.answered");
    if (e == ERR_OK)
        e = db_tx(db, mark_tx, &m);
    db_release(db);
    for (size_t i = 0; i < SLOTS; i++)
        if (h->slot[i].state == SLOT_ENDED)
            slot_give(&h->slot[i]);
    if (e != ERR_OK)
        return e;
    did->sent += m.did.sent;
    did->failed += m.did.failed;
    did->dead += m.did.dead;
    return ERR_OK;
}

/* No connection is kept while others are waited for. */
enum err
hooks_run(struct hooks *h, struct db_pool *pool, struct arena *a, int64_t now,
    int wait_ms, struct hooks_did *did)
{
    const int64_t t0 = clock_mono_us();
    struct db *db = NULL;
    enum err e, ended;

    *did = (struct hooks_did){.sent = 0};
    if ((e = db_acquire(pool, &db)) == ERR_OK)
        e = claim_due(h, db, a, now, did);
    db_release(db);
    call_all(h, now, e == ERR_OK ? wait_ms : 0);
    if (!any_in(h, SLOT_ENDED))
        return e;
    ended = mark_ended(h, pool, now + (clock_mono_us() - t0) / 1000, did);
    return e == ERR_OK ? ended : e;
}
