/* Mails, webhooks and dead letters, for the shop's people. */
#include <stddef.h>

#include "admin/watch.h"
#include "http/field.h"
#include "notify/notify.h"

static struct notify_filter
filter_of(const struct watch_ask *ask)
{
    return (struct notify_filter){.status = ask->status.n > 0 ? ask->status : STR_NULL,
        .subject_id = ask->subject_id,
        .after = ask->after,
        .limit = ask->limit};
}

static void
when_jout(struct jout *j, const char *name, int64_t ms)
{
    jout_ktime(j, name, ms > 0 ? ms : -1);
}

/* 0: there was no answer. */
static void
code_jout(struct jout *j, int64_t code)
{
    jout_key(j, "last_code");
    if (code > 0)
        jout_i64(j, code);
    else
        jout_null(j);
}

/* --- mails --- */

static enum err
mails(struct db *db, struct arena *a, const struct watch_ask *ask, void **out, size_t *n)
{
    const struct notify_filter f = filter_of(ask);
    struct mail *m = NULL;
    enum err e = mail_list(db, a, &f, &m, n);

    *out = m;
    return e;
}

static enum err
mail_one(struct db *db, struct arena *a, int64_t id, void *out)
{
    return mail_get(db, a, id, out);
}

static void
mail_jout(struct jout *j, const void *obj, bool whole)
{
    const struct mail *m = obj;

    jout_obj(j);
    jout_kid(j, "id", m->id);
    jout_kid(j, "event_id", m->event_id);
    jout_kid(j, "subject_id", m->subject_id);
    jout_kstr(j, "type", m->kind);
    jout_kstr(j, "status", m->status);
    jout_kstr(j, "recipient", m->recipient.n > 0 ? m->recipient : STR_NULL);
    jout_kstr(j, "subject", m->subject.n > 0 ? m->subject : STR_NULL);
    jout_ki64(j, "tries", m->tries);
    code_jout(j, m->last_code);
    jout_kstr(j, "last_error", m->last_error.n > 0 ? m->last_error : STR_NULL);
    when_jout(j, "next_at", m->next_at);
    when_jout(j, "sent_at", m->sent_at);
    jout_ktime(j, "created_at", m->created_at);
    if (whole) {
        jout_kstr(j, "text", m->text);
        jout_kstr(j, "html", m->html);
    }
    jout_obj_end(j);
}

const struct watch_kind mail_watch = {.name = "mails",
    .statuses = MAIL_STATUSES,
    .size = sizeof(struct mail),
    .id_at = offsetof(struct mail, id),
    .list = mails,
    .get = mail_one,
    .jout = mail_jout};

/* --- webhooks --- */

static enum err
deliveries(
    struct db *db, struct arena *a, const struct watch_ask *ask, void **out, size_t *n)
{
    const struct notify_filter f = filter_of(ask);
    struct delivery *d = NULL;
    enum err e = delivery_list(db, a, &f, &d, n);

    *out = d;
    return e;
}

static enum err
delivery_one(struct db *db, struct arena *a, int64_t id, void *out)
{
    return delivery_get(db, a, id, out);
}

static void
delivery_jout(struct jout *j, const void *obj, bool whole)
{
    const struct delivery *d = obj;

    jout_obj(j);
    jout_kid(j, "id", d->id);
    jout_kid(j, "event_id", d->event_id);
    jout_kid(j, "subject_id", d->subject_id);
    jout_kid(j, "endpoint_id", d->endpoint_id);
    jout_kstr(j, "type", d->type);
    jout_kstr(j, "url", d->url);
    jout_kstr(j, "status", d->status);
    jout_ki64(j, "tries", d->tries);
    code_jout(j, d->last_code);
    jout_kstr(j, "last_error", d->last_error.n > 0 ? d->last_error : STR_NULL);
    when_jout(j, "next_at", d->next_at);
    when_jout(j, "sent_at", d->sent_at);
    jout_ktime(j, "created_at", d->created_at);
    if (whole)
        jout_kstr(j, "body", d->body);
    jout_obj_end(j);
}

const struct watch_kind delivery_watch = {.name = "webhook-deliveries",
    .statuses = DELIVERY_STATUSES,
    .size = sizeof(struct delivery),
    .id_at = offsetof(struct delivery, id),
    .list = deliveries,
    .get = delivery_one,
    .jout = delivery_jout};

/* --- dead letters --- */

static enum err
dead(struct db *db, struct arena *a, const struct watch_ask *ask, void **out, size_t *n)
{
    const struct notify_filter f = filter_of(ask);
    struct dead_letter *d = NULL;
    enum err e = notify_dead_list(db, a, &f, &d, n);

    *out = d;
    return e;
}

static void
dead_jout(struct jout *j, const void *obj, bool whole)
{
    const struct dead_letter *d = obj;

    (void)whole;
    jout_obj(j);
    jout_kid(j, "id", d->id);
    jout_kc(j, "kind", dead_kind_text(d->kind));
    jout_kid(j, "subject_id", d->subject_id);
    jout_kstr(j, "type", d->type);
    jout_kstr(j, "to", d->to.n > 0 ? d->to : STR_NULL);
    jout_kstr(j, "reason", d->reason);
    code_jout(j, d->last_code);
    jout_ki64(j, "tries", d->tries);
    jout_ktime(j, "created_at", d->created_at);
    jout_obj_end(j);
}

const struct watch_kind dead_watch = {.name = "dead-letters",
    .size = sizeof(struct dead_letter),
    .id_at = offsetof(struct dead_letter, id),
    .list = dead,
    .jout = dead_jout};

/* An id is of one of the three: ids are given out once. */
enum err
dead_watch_retry(
    struct db *db, struct arena *a, int64_t id, int64_t now, struct fault *flt)
{
    enum err e = ERR_NOT_FOUND;

    for (int k = 0; k < DEAD__MAX && e == ERR_NOT_FOUND; k++)
        e = notify_retry(db, a, (enum dead_kind)k, id, now, flt);
    return e;
}

/* --- what they are for the API's description --- */

#define SENDING_FIELDS                                                                   \
    {.name = "tries", .type = F_I64},                                                    \
        {.name = "last_code", .type = F_I64, .flags = FIELD_NULL},                       \
        {.name = "last_error", .type = F_STR, .flags = FIELD_NULL},                      \
        {.name = "next_at", .type = F_TIME, .flags = FIELD_NULL},                        \
        {.name = "sent_at", .type = F_TIME, .flags = FIELD_NULL},                        \
    {                                                                                    \
        .name = "created_at", .type = F_TIME                                             \
    }
#define OPEN_TEXT(what)                                                                  \
    {                                                                                    \
        .name = (what), .type = F_STR, .flags = FIELD_OPTIONAL | FIELD_NULL,             \
        .help = "of a single one; null: not written yet, or never kept"                  \
    }
static const struct field mail_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "event_id", .type = F_ID},
    {.name = "subject_id", .type = F_ID, .flags = FIELD_NULL},
    {.name = "type", .type = F_STR},
    {.name = "status", .type = F_ENUM, .choices = MAIL_STATUSES},
    {.name = "recipient", .type = F_STR, .flags = FIELD_NULL},
    {.name = "subject", .type = F_STR, .flags = FIELD_NULL},
    SENDING_FIELDS,
    OPEN_TEXT("text"),
    OPEN_TEXT("html"),
    {.name = NULL},
};
static const struct field delivery_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "event_id", .type = F_ID},
    {.name = "subject_id", .type = F_ID, .flags = FIELD_NULL},
    {.name = "endpoint_id", .type = F_ID},
    {.name = "type", .type = F_STR},
    {.name = "url", .type = F_STR},
    {.name = "status", .type = F_ENUM, .choices = DELIVERY_STATUSES},
    SENDING_FIELDS,
    OPEN_TEXT("body"),
    {.name = NULL},
};
static const struct field dead_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "kind", .type = F_ENUM, .choices = "mail|webhook|event"},
    {.name = "subject_id", .type = F_ID, .flags = FIELD_NULL},
    {.name = "type", .type = F_STR},
    {.name = "to", .type = F_STR, .flags = FIELD_NULL},
    {.name = "reason", .type = F_STR},
    {.name = "last_code", .type = F_I64, .flags = FIELD_NULL},
    {.name = "tries", .type = F_I64},
    {.name = "created_at", .type = F_TIME},
    {.name = NULL},
};
const struct schema mail_watch_schema = {"Mail", "A mail of the shop's.", mail_fields};
const struct schema delivery_watch_schema = {
    "WebhookDelivery", "An event for an endpoint.", delivery_fields};
static const struct schema dead_schema = {
    "DeadLetter", "What could not be done in three days.", dead_fields};

#define LIST_OF(schema)                                                                  \
    {                                                                                    \
        {.name = "items", .type = F_ARRAY, .of = (schema), .item = F_OBJECT},            \
            {.name = "next_after", .type = F_ID, .flags = FIELD_NULL},                   \
        {                                                                                \
            .name = NULL                                                                 \
        }                                                                                \
    }
static const struct field mail_list_fields[] = LIST_OF(&mail_watch_schema);
static const struct field delivery_list_fields[] = LIST_OF(&delivery_watch_schema);
static const struct field dead_list_fields[] = LIST_OF(&dead_schema);
const struct schema mail_watch_list_schema = {
    "Mails", "Mails, the newest first.", mail_list_fields};
const struct schema delivery_watch_list_schema = {
    "WebhookDeliveries", "Webhooks, the newest first.", delivery_list_fields};
const struct schema dead_watch_list_schema = {
    "DeadLetters", "Dead letters, the newest first.", dead_list_fields};
