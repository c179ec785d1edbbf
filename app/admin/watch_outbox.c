/* How much news waits to be handed on and to be sent, and for how long. */
#include "admin/watch.h"
#include "base/clock.h"
#include "http/field.h"
#include "notify/notify.h"
#include "outbox/outbox.h"

static const struct field fields[] = {
    {.name = "waiting", .type = F_I64, .help = "events, counted to 100,000"},
    {.name = "oldest_at", .type = F_TIME, .flags = FIELD_NULL},
    {.name = "age_ms", .type = F_I64, .help = "of the oldest; 0: none waits"},
    {.name = "mails_waiting", .type = F_I64, .help = "counted to 10,000"},
    {.name = "mail_age_ms", .type = F_I64},
    {.name = "deliveries_waiting", .type = F_I64, .help = "counted to 10,000"},
    {.name = "delivery_age_ms", .type = F_I64},
    {.name = "dead_letters", .type = F_I64, .help = "counted to 10,000"},
    {.name = NULL},
};
const struct schema outbox_watch_schema = {
    "Outbox", "What waits to be handed on.", fields};

enum err
outbox_watch(struct db *db, struct arena *a, struct outbox_watched *out)
{
    struct notify_figures f;
    int64_t now = clock_ms();
    enum err e;

    *out = (struct outbox_watched){.waiting = 0};
    e = outbox_figures(db, a, &out->waiting, &out->oldest_at);
    if (e == ERR_OK)
        e = notify_figures(db, a, now, &f);
    if (e != ERR_OK)
        return e;
    if (out->oldest_at > 0 && out->oldest_at < now)
        out->age_ms = now - out->oldest_at;
    out->mails_waiting = f.mails_waiting;
    out->mail_age_ms = f.mail_age_ms;
    out->deliveries_waiting = f.deliveries_waiting;
    out->delivery_age_ms = f.delivery_age_ms;
    out->dead = f.dead;
    return ERR_OK;
}

void
outbox_watch_jout(struct jout *j, const struct outbox_watched *w)
{
    jout_obj(j);
    jout_ki64(j, "waiting", w->waiting);
    jout_ktime(j, "oldest_at", w->oldest_at > 0 ? w->oldest_at : -1);
    jout_ki64(j, "age_ms", w->age_ms);
    jout_ki64(j, "mails_waiting", w->mails_waiting);
    jout_ki64(j, "mail_age_ms", w->mail_age_ms);
    jout_ki64(j, "deliveries_waiting", w->deliveries_waiting);
    jout_ki64(j, "delivery_age_ms", w->delivery_age_ms);
    jout_ki64(j, "dead_letters", w->dead);
    jout_obj_end(j);
}
