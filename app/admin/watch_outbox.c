/* How much news waits to be handed on, and for how long. */
#include "admin/watch.h"
#include "base/clock.h"
#include "http/field.h"
#include "outbox/outbox.h"

static const struct field fields[] = {
    {.name = "waiting", .type = F_I64, .help = "events, counted to 100,000"},
    {.name = "oldest_at", .type = F_TIME, .flags = FIELD_NULL},
    {.name = "age_ms", .type = F_I64, .help = "of the oldest; 0: none waits"},
    {.name = NULL},
};
const struct schema outbox_watch_schema = {
    "Outbox", "What waits to be handed on.", fields};

enum err
outbox_watch(struct db *db, struct arena *a, struct outbox_watched *out)
{
    int64_t now = clock_ms();
    enum err e;

    *out = (struct outbox_watched){.waiting = 0};
    e = outbox_figures(db, a, &out->waiting, &out->oldest_at);
    if (out->oldest_at > 0 && out->oldest_at < now)
        out->age_ms = now - out->oldest_at;
    return e;
}

void
outbox_watch_jout(struct jout *j, const struct outbox_watched *w)
{
    jout_obj(j);
    jout_ki64(j, "waiting", w->waiting);
    jout_ktime(j, "oldest_at", w->oldest_at > 0 ? w->oldest_at : -1);
    jout_ki64(j, "age_ms", w->age_ms);
    jout_obj_end(j);
}
