/* What follows from events, and what people may do about what failed. An event is claimed
 * by a row in the transaction that writes its consequences, so that both are there once
 * or not at all; UNIQUE keys on the mail and the delivery say so again. */
#include "notify/notify_parts.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/rand.h"
#include "json/jin.h"
#include "notify/mail_sink.h"

#define PAUSE_MAX_MS (6 * INT64_C(3600000))
#define BATCH_MAX 512
#define RAW_MAX ((size_t)64 << 10) /* of a message that is no event */

/* --- kinds --- */

static const struct event_kind kinds[] = {
    {"order.placed", ABOUT_ORDER, true, true, false},
    {"order.paid", ABOUT_ORDER, true, true, false},
    {"order.shipped", ABOUT_ORDER, true, true, false},
    {"order.cancelled", ABOUT_ORDER, true, true, false},
    {"order.expired", ABOUT_ORDER, true, true, false},
    {"order.refunded", ABOUT_ORDER, true, true, false},
    {"order.returned", ABOUT_ORDER, true, true, false},
    {"order.completed", ABOUT_ORDER, false, true, false},
    {"payment.late_refunded", ABOUT_ORDER, true, true, false},
    {"stock.low", ABOUT_SKU, true, true, false},
    {"account.verify", ABOUT_ACCOUNT, true, false, true},
    {"account.reset", ABOUT_ACCOUNT, true, false, true},
    {"account.changed", ABOUT_ACCOUNT, true, false, false},
};

const struct event_kind *
event_kind_at(size_t i)
{
    return i < NELEM(kinds) ? &kinds[i] : NULL;
}

const struct event_kind *
event_kind_of(struct str type)
{
    for (size_t i = 0; i < NELEM(kinds); i++)
        if (str_eq_c(type, kinds[i].type))
            return &kinds[i];
    return NULL;
}

/* --- pauses --- */

int64_t
notify_pause_max(int64_t tries, int64_t base_ms)
{
    int64_t ms = base_ms;

    for (int64_t i = 1; i < tries && ms < PAUSE_MAX_MS; i++)
        ms *= 2;
    return ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
}

int64_t
notify_next(int64_t now, int64_t tries, int64_t base_ms)
{
    int64_t most = notify_pause_max(tries, base_ms);

    return now + most - (int64_t)rand_below((uint64_t)(most / 2 + 1));
}

struct str
notify_why(struct arena *a, struct str s)
{
    char *p = arena_cstr(a, s);

    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
            p[i] = ' ';
    s = str_utf8_cut((struct str){p, s.n}, NOTIFY_WHY_MAX);
    return str_utf8_valid(s) ? s : STR("a message that is not UTF-8");
}

struct due_mark
due_failed(
    const struct due *d, int64_t code, struct str why, int64_t base_ms, int64_t now)
{
    struct due_mark m = {.end = DUE_AGAIN, .code = code, .why = why};

    m.next_at = notify_next(now, d->tries, base_ms);
    if (m.next_at >= d->give_up_at)
        m.end = DUE_DEAD;
    return m;
}

/* --- consuming --- */

/* Why an event cannot be handled; NULL: it can. */
static const char *
fault_of(struct arena *a, const struct event *ev, const struct event_kind *k)
{
    struct jval *v;

    if (k == NULL)
        return "unknown type of event";
    if (ev->version != 1)
        return "unknown version of the event";
    if (ev->id <= 0 || ev->subject_id <= 0)
        return "an event without id or subject";
    if (ev->data.n > EVENT_DATA_MAX)
        return "its data are too long";
    if (ev->data.p != NULL &&
        (jin_parse(a, ev->data, &v, NULL) != ERR_OK || v->type != J_OBJECT))
        return "its data are no JSON object";
    if (k->about == ABOUT_ACCOUNT && ev->data.p == NULL)
        return "an account's event without data";
    return NULL;
}

/* Its data may be anything: what the database would refuse is written as it can be read.
 */
static enum err
put_aside(struct db *db, struct arena *a, const struct event *ev, struct str reason,
    int64_t now)
{
    struct event bad = *ev;
    struct buf b;

    buf_init_arena(&b, a, 8 * RAW_MAX);
    if (!str_utf8_valid(ev->type))
        bad.type = STR("?");
    if (ev->data.p != NULL && (ev->data.n > RAW_MAX || !str_utf8_valid(ev->data))) {
        buf_json(&b, str_sub(ev->data, 0, RAW_MAX));
        bad.data = buf_view(&b);
    }
    log_warn("notify", "event=put_aside id=%" PRId64 " reason=\"%.*s\"", ev->id,
        STR_F(reason));
    return notify_store_bad(db, &bad, reason, now);
}

/* What a batch of new events becomes. */
struct batch {
    struct event *mail, *hook; /* hook: one for each endpoint that wants it */
    int64_t *endpoint;
    size_t mail_n, hook_n;
};

static void
sort_out(struct batch *b, const struct event *ev, const struct event_kind *k,
    const struct endpoint *ep, size_t ep_n)
{
    if (k->mail)
        b->mail[b->mail_n++] = *ev;
    for (size_t i = 0; k->hook && i < ep_n; i++) {
        if (!endpoint_wants(&ep[i], ev->type))
            continue;
        b->hook[b->hook_n] = *ev;
        b->endpoint[b->hook_n++] = ep[i].id;
    }
}

static enum err
follow(struct db *db, struct arena *a, const struct event *ev, size_t n, int64_t now)
{
    struct batch b = {.mail_n = 0};
    struct endpoint *ep;
    size_t ep_n;
    enum err e = endpoint_store_active(db, a, &ep, &ep_n);

    if (e != ERR_OK)
        return e;
    b.mail = arena_calloc(a, n + 1, sizeof(*b.mail));
    b.hook = arena_calloc(a, n * ep_n + 1, sizeof(*b.hook));
    b.endpoint = arena_calloc(a, n * ep_n + 1, sizeof(*b.endpoint));
    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        const struct event_kind *k = event_kind_of(ev[i].type);
        const char *fault = fault_of(a, &ev[i], k);

        if (fault == NULL)
            sort_out(&b, &ev[i], k, ep, ep_n);
        else
            e = put_aside(db, a, &ev[i], str_c(fault), now);
    }
    if (e == ERR_OK)
        e = notify_store_mails(db, a, b.mail, b.mail_n, now);
    CRASH_POINT("notify.consume.mails");
    if (e == ERR_OK)
        e = notify_store_deliveries(db, a, b.hook, b.endpoint, b.hook_n, now);
    return e;
}

/* Those of `ev` not seen before, each once. */
static enum err
only_new(struct db *db, struct arena *a, const struct event *ev, size_t n,
    struct event *out, int64_t *id, size_t *out_n)
{
    bool *seen = arena_calloc(a, n, sizeof(*seen));
    int64_t *all = arena_calloc(a, n, sizeof(*all));
    enum err e;

    *out_n = 0;
    for (size_t i = 0; i < n; i++)
        all[i] = ev[i].id;
    if ((e = notify_store_seen(db, a, all, n, seen)) != ERR_OK)
        return e;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < *out_n && !seen[i]; k++)
            seen[i] = id[k] == all[i];
        if (seen[i])
            continue;
        id[*out_n] = all[i];
        out[(*out_n)++] = ev[i];
    }
    return ERR_OK;
}

static enum err
consume_some(
    struct db *db, struct arena *a, const struct event *ev, size_t n, int64_t now)
{
    struct event *fresh = arena_calloc(a, n, sizeof(*fresh));
    int64_t *id = arena_calloc(a, n, sizeof(*id));
    size_t fresh_n;
    enum err e = only_new(db, a, ev, n, fresh, id, &fresh_n);

    if (e != ERR_OK || fresh_n == 0)
        return e;
    if ((e = notify_store_see(db, a, id, fresh_n, now)) != ERR_OK)
        /* Another has just seen one of them: anew, and it is not new any more. */
        return e == ERR_CONFLICT ? ERR_BUSY : e;
    CRASH_POINT("notify.consume.seen");
    return follow(db, a, fresh, fresh_n, now);
}

enum err
notify_consume_many(
    struct db *db, struct arena *a, const struct event *ev, size_t n, int64_t now)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < n && e == ERR_OK; i += BATCH_MAX)
        e = consume_some(db, a, ev + i, n - i < BATCH_MAX ? n - i : BATCH_MAX, now);
    return e;
}

enum err
notify_consume(struct db *db, struct arena *a, const struct event *ev, int64_t now)
{
    return notify_consume_many(db, a, ev, 1, now);
}

enum err
notify_put_aside(struct db *db, struct arena *a, const struct event *ev, const char *reason,
    int64_t now)
{
    return put_aside(db, a, ev, str_c(reason), now);
}

enum err
notify_refuse(
    struct db *db, struct arena *a, struct str raw, const char *reason, int64_t now)
{
    const struct event ev = {.type = STR_INIT(""), .data = raw};

    return put_aside(db, a, &ev, str_c(reason), now);
}

/* --- trying again --- */

struct again {
    struct arena *a;
    int64_t id, now;
    struct fault *flt;
};

/* The bad event as if it had just come: it leaves the dead letters when it can be handled
 * now, which it can after the program has learnt its type. */
static enum err
event_again(struct db *db, void *arg)
{
    struct again *g = arg;
    struct event ev;
    const char *fault;
    enum err e = notify_store_bad_get(db, g->a, g->id, &ev);

    if (e != ERR_OK)
        return e;
    if ((fault = fault_of(g->a, &ev, event_kind_of(ev.type))) != NULL)
        return fault_set(
            g->flt, ERR_CONFLICT, "still_bad", "It still cannot be handled: %s.", fault);
    if ((e = notify_store_bad_drop(db, g->id)) != ERR_OK)
        return e;
    return follow(db, g->a, &ev, 1, g->now);
}

enum err
notify_retry(struct db *db, struct arena *a, enum dead_kind kind, int64_t id, int64_t now,
    struct fault *flt)
{
    struct again g = {.a = a, .id = id, .now = now, .flt = flt};
    enum err e;

    if (kind == DEAD_EVENT)
        return db_tx(db, event_again, &g);
    e = notify_store_again(db, a, kind, id, now);
    if (e == ERR_CONFLICT)
        return fault_set(flt, e, "not_dead", "It is not, or no longer, a dead letter.");
    return e;
}

static const char *const dead_names[DEAD__MAX] = {
    [DEAD_MAIL] = "mail", [DEAD_DELIVERY] = "webhook", [DEAD_EVENT] = "event"};

const char *
dead_kind_text(enum dead_kind k)
{
    return (unsigned)k < DEAD__MAX ? dead_names[k] : "";
}

bool
dead_kind_parse(struct str s, enum dead_kind *out)
{
    for (int i = 0; i < DEAD__MAX; i++) {
        if (str_eq_c(s, dead_names[i])) {
            *out = (enum dead_kind)i;
            return true;
        }
    }
    return false;
}

/* Their files first: a crash between the two leaves rows, by which the rest is found. */
static enum err
forget_mails(
    struct db *db, struct arena *a, const struct notify_old *old, int64_t limit, int64_t *n)
{
    int64_t *id;
    size_t found;
    enum err e = notify_store_old_mails(db, a, old->before, limit, &id, &found);

    for (size_t i = 0; e == ERR_OK && old->folder != NULL && i < found; i++)
        e = mail_sink_drop(old->folder, id[i]);
    if (e == ERR_OK && found > 0)
        e = notify_store_forget_mails(db, a, id, found);
    *n = e == ERR_OK ? (int64_t)found : 0;
    return e;
}

enum err
notify_tidy(
    struct db *db, int64_t now, const struct notify_old *old, int64_t limit, int64_t *n)
{
    struct arena *a = arena_new((size_t)16 << 10);
    int64_t mails = 0;
    enum err e = endpoint_store_give_up(db, now, limit);

    *n = 0;
    if (e == ERR_OK)
        e = forget_mails(db, a, old, limit, &mails);
    if (e == ERR_OK)
        e = notify_store_forget(db, old->before, limit, n);
    *n += mails;
    arena_free(a);
    return e;
}
