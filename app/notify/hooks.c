/* Sending webhooks. Each endpoint has slots of its own, so that none can take another's turn.
 * A delivery is claimed, written, sent and marked; one whose mark is lost to a crash is sent
 * again when its claim has ended. */
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
#define CLAIM_MS 30000 /* well after the slowest call */
#define ANSWER_MAX ((size_t)64 << 10)

/* A delivery under way, with all it needs in memory of its own. */
struct slot {
    struct arena *a;
    struct due d;
    struct str url, secret;
    bool busy;
};

struct hooks {
    struct hooks_conf c;
    struct push *push;
    struct slot slot[CALLS];
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
    for (size_t i = 0; i < CALLS; i++)
        if (h->slot[i].a != NULL)
            arena_free(h->slot[i].a);
    free(h);
}

static size_t
busy_with(const struct hooks *h, int64_t endpoint_id)
{
    size_t n = 0;

    for (size_t i = 0; i < CALLS; i++)
        n += h->slot[i].busy && h->slot[i].d.endpoint_id == endpoint_id;
    return n;
}

/* A free one with the delivery and its endpoint in it; NULL: all are busy. */
static struct slot *
slot_take(struct hooks *h, const struct due *d, const struct endpoint *p)
{
    struct slot *s = NULL;

    for (size_t i = 0; i < CALLS && s == NULL; i++)
        if (!h->slot[i].busy)
            s = &h->slot[i];
    if (s == NULL)
        return NULL;
    if (s->a == NULL)
        s->a = arena_new((size_t)16 << 10);
    s->d = *d;
    s->d.ev.type = arena_str(s->a, d->ev.type);
    s->d.ev.data = STR_NULL;
    s->d.text = arena_str(s->a, d->text);
    s->url = arena_str(s->a, p->url);
    s->secret = arena_str(s->a, p->secret);
    s->busy = true;
    return s;
}

static void
slot_give(struct slot *s)
{
    arena_reset(s->a);
    s->busy = false;
}

static enum err
mark(struct db *db, const struct due *d, const struct due_mark *m, int64_t now,
    struct hooks_did *did)
{
    enum err e = hook_store_mark(db, d, m, now);

    if (e == ERR_CONFLICT) {
        log_warn("notify", "event=claim_lost delivery=%" PRId64, d->id);
        return ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    did->sent += m->end == DUE_SENT;
    did->failed += m->end == DUE_AGAIN;
    did->dead += m->end == DUE_DEAD;
    if (m->end == DUE_DEAD)
        log_warn("notify", "event=delivery_dead delivery=%" PRId64 " type=%.*s"
            " reason=\"%.*s\"", d->id, STR_F(d->ev.type), STR_F(m->why));
    return ERR_OK;
}

/* --- starting --- */

static void
call_start(struct hooks *h, struct slot *s, int64_t now)
{
    struct str sign = sign_header(s->a, s->secret, now / 1000, s->d.text);
    const struct push_call call = {.url = s->url.p,
        .header = {"Content-Type: application/json", "User-Agent: Souk",
            arena_printf(s->a, "Souk-Signature: %.*s", STR_F(sign)).p,
            arena_printf(s->a, "Souk-Event-Id: %" PRId64, s->d.ev.id).p,
            arena_printf(s->a, "Souk-Event-Type: %.*s", STR_F(s->d.ev.type)).p},
        .body = s->d.text,
        .arg = s};

    /* There are as many calls as slots; its claim would end else. */
    if (push_start(h->push, &call) != ERR_OK)
        slot_give(s);
}

static enum err
start_one(struct hooks *h, struct db *db, struct arena *a, struct due *d,
    const struct endpoint *p, int64_t now, struct hooks_did *did)
{
    struct str why = STR_NULL;
    struct slot *s;
    enum err e = ERR_OK;

    if (!d->written) {
        if ((e = hook_body(db, a, d, &why)) != ERR_OK)
            return e;
        if (why.p != NULL)
            return mark(db, d, &(struct due_mark){.end = DUE_DEAD, .why = why}, now, did);
        if ((e = hook_store_write(db, d)) != ERR_OK)
            return e == ERR_CONFLICT ? ERR_OK : e;
    }
    CRASH_POINT("notify.hook.written");
    if ((s = slot_take(h, d, p)) != NULL)
        call_start(h, s, now);
    return ERR_OK;
}

static enum err
start_for(struct hooks *h, struct db *db, struct arena *a, const struct endpoint *p,
    int64_t now, struct hooks_did *did)
{
    const size_t busy = busy_with(h, p->id);
    struct due *d;
    size_t n = 0;
    enum err e;

    if (busy >= ENDPOINT_CALLS)
        return ERR_OK;
    e = hook_store_claim(
        db, a, p->id, now, CLAIM_MS, ENDPOINT_CALLS - busy, &d, &n);
    if (n > 0)
        CRASH_POINT("notify.hook.claimed");
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        e = start_one(h, db, a, &d[i], p, now, did);
    return e;
}

static enum err
start_due(struct hooks *h, struct db *db, struct arena *a, int64_t now,
    struct hooks_did *did)
{
    struct endpoint *p;
    size_t n;
    enum err e = hook_store_endpoints(db, a, now, &p, &n);

    for (size_t i = 0; e == ERR_OK && i < n; i++)
        e = start_for(h, db, a, &p[i], now, did);
    return e;
}

/* --- ending --- */

static struct due_mark
judge(const struct hooks *h, struct arena *a, const struct slot *s,
    const struct push_end *end, int64_t now)
{
    struct str why;

    if (end->status >= 200 && end->status < 300)
        return (struct due_mark){.end = DUE_SENT, .code = end->status, .why = STR("")};
    why = end->status > 0 ? arena_printf(a, "answered %d", end->status)
                          : notify_why(a, str_c(end->why));
    return due_failed(&s->d, end->status, why, h->c.retry_ms, now);
}

/* Without a database what came of them is not noted: they are sent again. */
static enum err
finish(struct hooks *h, struct db_pool *pool, struct arena *a, struct push_end *end,
    size_t n, int64_t now, struct hooks_did *did)
{
    struct db *db = NULL;
    enum err e = db_acquire(pool, &db);

    for (size_t i = 0; i < n; i++) {
        struct slot *s = end[i].arg;
        struct due_mark m = judge(h, a, s, &end[i], now);

        CRASH_POINT("notify.hook.answered");
        if (e == ERR_OK)
            e = mark(db, &s->d, &m, now, did);
        slot_give(s);
    }
    db_release(db);
    return e;
}

/* No connection is kept while others are waited for. */
enum err
hooks_run(struct hooks *h, struct db_pool *pool, struct arena *a, int64_t now,
    int wait_ms, struct hooks_did *did)
{
    const int64_t t0 = clock_mono_us();
    struct push_end end[CALLS];
    struct db *db = NULL;
    size_t n;
    enum err e;

    *did = (struct hooks_did){.sent = 0};
    if ((e = db_acquire(pool, &db)) == ERR_OK)
        e = start_due(h, db, a, now, did);
    db_release(db);
    if (e != ERR_OK)
        wait_ms = 0;
    n = push_wait(h->push, wait_ms, end, CALLS);
    if (n > 0) {
        enum err ended = finish(h, pool, a, end, n,
            now + (clock_mono_us() - t0) / 1000, did);

        e = e == ERR_OK ? ended : e;
    }
    return e;
}
