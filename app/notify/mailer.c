/* Sending mails. A mail is claimed, written, sent and marked, in this order, each its own
 * step: a process that dies after the send and before the mark sends it once more when
 * the claim has ended, with the same Message-ID, by which mail programs know it again. */
#include "notify/mailer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "mail/mime.h"
#include "notify/mail_sink.h"
#include "notify/mail_write.h"

/* A claim ends well after the slowest send, so that nobody takes a mail that is on its
 * way. */
#define CLAIM_MS 60000
#define FILE_CLAIM_MS 10000 /* a file is not waited for */
#define SMTP_MS 25000
#define CONNECT_MS 10000
#define BATCH_MAX 32
#define MAIL_MAX ((size_t)8 << 20)
#define RECIPIENT_MAX 254

struct mailer {
    struct mailer_conf c;
    struct smtp *smtp; /* NULL: files */
    size_t batch;      /* as many as were sent in time lately */
    int64_t tokens;    /* mails that may be sent at once, thousandths */
    int64_t at_us;     /* when they were counted */
};

struct mailer *
mailer_new(const struct mailer_conf *c)
{
    struct mailer *m = calloc(1, sizeof(*m));
    struct smtp_conf s = c->smtp;

    if (m == NULL)
        abort();
    m->c = *c;
    m->batch = BATCH_MAX;
    m->at_us = clock_mono_us();
    m->tokens = c->rate * 1000;
    s.connect_ms = CONNECT_MS;
    s.total_ms = SMTP_MS;
    if (s.url != NULL && s.url[0] != '\0')
        m->smtp = smtp_new(&s);
    return m;
}

void
mailer_free(struct mailer *m)
{
    if (m == NULL)
        return;
    smtp_free(m->smtp);
    free(m);
}

/* How many may go now: at most a second's worth is saved up. */
static size_t
allowance(struct mailer *m)
{
    const int64_t now = clock_mono_us(), full = m->c.rate * 1000;
    int64_t n;

    m->tokens += (now - m->at_us) * m->c.rate / 1000;
    m->at_us = now;
    if (m->tokens > full)
        m->tokens = full;
    n = m->tokens / 1000;
    return n < (int64_t)m->batch ? (size_t)n : m->batch;
}

static struct str
message(struct mailer *m, struct arena *a, const struct due *d)
{
    struct str from = str_c(m->c.from), local, host;
    struct mime_mail mail = {.from_name = str_c(m->c.shop.name),
        .from = from,
        .to = d->recipient,
        .subject = d->subject,
        .text = d->text,
        .html = d->html,
        .date_ms = d->created_at};
    struct buf b;

    (void)str_cut(from, '@', &local, &host);
    mail.message_id = arena_printf(a, "souk.%" PRId64 "@%.*s", d->id, STR_F(host));
    buf_init_arena(&b, a, MAIL_MAX);
    mime_write(&b, &mail);
    return b.overflow ? STR_NULL : buf_view(&b);
}

/* Hand it over; what to note of it. *away: the server did not answer at all. */
static struct due_mark
hand_over(struct mailer *m, struct arena *a, const struct due *d, int64_t now, bool *away)
{
    struct str bytes = message(m, a, d);
    struct smtp_end end;

    if (bytes.p == NULL)
        return (struct due_mark){.end = DUE_DEAD, .why = STR("it is too long")};
    if (m->smtp == NULL) {
        enum err e = mail_sink_put(m->c.folder, d->id, bytes);

        return e == ERR_OK ? (struct due_mark){.end = DUE_SENT, .why = STR("")}
                           : due_failed(d, 0, STR("its file cannot be written"),
                                 m->c.retry_ms, now);
    }
    smtp_send(m->smtp, m->c.from, arena_cstr(a, d->recipient), bytes, &end);
    *away = end.verdict == SMTP_LATER && end.code == 0;
    if (end.verdict == SMTP_SENT)
        return (struct due_mark){.end = DUE_SENT, .code = end.code, .why = STR("")};
    if (end.verdict == SMTP_NEVER)
        return (struct due_mark){
            .end = DUE_DEAD, .code = end.code, .why = notify_why(a, str_c(end.why))};
    return due_failed(d, end.code, notify_why(a, str_c(end.why)), m->c.retry_ms, now);
}

static void
count(struct mailer_did *did, enum due_end end)
{
    switch (end) {
    case DUE_SENT:
        did->sent++;
        break;
    case DUE_AGAIN:
        did->failed++;
        break;
    case DUE_DEAD:
        did->dead++;
        break;
    case DUE_SKIPPED:
        did->skipped++;
        break;
    }
}

/* A batch on its way. */
struct round {
    struct mailer *m;
    struct arena *a;
    struct due *d;
    struct due_mark *k; /* what to note of each */
    size_t n;           /* as many as are marked together */
    int64_t now;
    struct mailer_did *did;
};

/* Its text, if it has none yet: kept, so that every try sends the same, unless it opens
 * an account. One that cannot be written is noted with whom it was for. */
static enum err
write_one(struct round *r, struct db *db, struct due *d, struct due_mark *k)
{
    const struct event_kind *kind = event_kind_of(d->ev.type);
    enum err e;

    *k = (struct due_mark){.end = DUE_SENT};
    if (d->lapses >= DUE_LAPSES_MAX)
        *k = (struct due_mark){.end = DUE_DEAD, .why = STR(DUE_DEADLY)};
    if (d->written || k->end == DUE_DEAD)
        return ERR_OK;
    if ((e = mail_write(&r->m->c.shop, db, r->a, d, k)) != ERR_OK)
        return e;
    if (d->recipient.p == NULL || !str_utf8_valid(d->recipient))
        d->recipient = STR("");
    d->recipient = str_utf8_cut(d->recipient, RECIPIENT_MAX);
    if (d->subject.p == NULL)
        d->subject = STR("");
    e = mail_store_write(db, d, k->end == DUE_SENT && kind != NULL && !kind->secret);
    return e == ERR_CONFLICT ? ERR_OK : e; /* its mark will find that out, too */
}

static enum err
write_tx(struct db *db, void *arg)
{
    struct round *r = arg;
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < r->n; i++)
        e = write_one(r, db, &r->d[i], &r->k[i]);
    return e;
}

static enum err
mark_one(struct round *r, struct db *db, size_t i)
{
    const struct due *d = &r->d[i];
    enum err e = mail_store_mark(db, d, &r->k[i], r->now);

    if (e != ERR_CONFLICT)
        return e;
    log_warn("notify", "event=claim_lost mail=%" PRId64, d->id);
    return ERR_OK;
}

/* Files that were written are noted by one statement, what failed one by one. */
static enum err
mark_tx(struct db *db, void *arg)
{
    struct round *r = arg;
    const struct due **sent = arena_calloc(r->a, r->n + 1, sizeof(struct due *));
    size_t sent_n = 0, lost = 0;
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < r->n; i++) {
        if (r->k[i].end == DUE_SENT)
            sent[sent_n++] = &r->d[i];
        else
            e = mark_one(r, db, i);
    }
    if (e == ERR_OK && sent_n > 0)
        e = mail_store_sent(db, r->a, sent, sent_n, r->now, &lost);
    if (lost > 0)
        log_warn("notify", "event=claim_lost mails=%zu", lost);
    return e;
}

static void
told(struct round *r, size_t i)
{
    count(r->did, r->k[i].end);
    if (r->k[i].end == DUE_DEAD) /* why is with the mail: it may quote an address */
        log_warn("notify", "event=mail_dead mail=%" PRId64 " kind=%.*s code=%" PRId64,
            r->d[i].id, STR_F(r->d[i].ev.type), r->k[i].code);
}

/* Hand over those that are written, as many as there is time for. A mail server's answer
 * is noted at once; of files, which may be put twice, all together. */
static enum err
send_all(struct round *r, struct db *db, int64_t most_ms)
{
    const int64_t t0 = clock_mono_us(), first = r->now;
    struct str away = STR_NULL;
    enum err e = ERR_OK;
    size_t i = 0;

    for (; e == ERR_OK && i < r->n; i++) {
        bool silent = false;

        if ((clock_mono_us() - t0) / 1000 > most_ms)
            break; /* the rest is left until its claim ends */
        if (r->k[i].end == DUE_SENT && away.p != NULL)
            r->k[i] = due_failed(&r->d[i], 0, away, r->m->c.retry_ms, r->now);
        else if (r->k[i].end == DUE_SENT)
            r->k[i] = hand_over(r->m, r->a, &r->d[i], r->now, &silent);
        if (silent)
            away = r->k[i].why;
        CRASH_POINT("notify.mail.sent");
        r->now = first + (clock_mono_us() - t0) / 1000;
        if (r->m->smtp != NULL)
            e = mark_one(r, db, i);
    }
    r->n = i;
    if (r->m->smtp == NULL && e == ERR_OK)
        e = db_tx(db, mark_tx, r);
    for (i = 0; e == ERR_OK && i < r->n; i++)
        told(r, i);
    return e;
}

enum err
mailer_run(
    struct mailer *m, struct db *db, struct arena *a, int64_t now, struct mailer_did *did)
{
    const int64_t claim_ms = m->smtp != NULL ? CLAIM_MS : FILE_CLAIM_MS;
    const int64_t slowest_ms = m->smtp != NULL ? SMTP_MS + CONNECT_MS : FILE_CLAIM_MS / 2;
    const size_t most = allowance(m);
    struct round r = {.m = m, .a = a, .now = now, .did = did};
    size_t n = 0;
    enum err e;

    *did = (struct mailer_did){.more = false};
    if (most == 0)
        return ERR_OK;
    if ((e = mail_store_claim(db, a, now, claim_ms, most, &r.d, &n)) != ERR_OK || n == 0)
        return e;
    CRASH_POINT("notify.mail.claimed");
    m->tokens -= (int64_t)n * 1000;
    r.n = n;
    r.k = arena_calloc(a, n, sizeof(*r.k));
    if ((e = db_tx(db, write_tx, &r)) != ERR_OK)
        return e;
    CRASH_POINT("notify.mail.written");
    e = send_all(&r, db, claim_ms - slowest_ms);
    if (r.n < n)
        m->batch = r.n / 2 + 1;
    else if (m->batch < BATCH_MAX)
        m->batch++;
    did->more = n == most || (n == 1 && r.d[0].lapses > 0);
    return e;
}
