/* What the shop's people watch, over the API. */
#include <string.h>

#include "admin/watch.h"
#include "base/clock.h"
#include "http/route.h"
#include "routes.h"

#define PREFIX STR("/api/v1/admin/")
#define PER_PAGE 20

const struct watch_kind *
watch_kind_at(size_t i)
{
    static const struct watch_kind *const kinds[] = {
        &payment_watch, &mail_watch, &delivery_watch, &dead_watch};

    return i < NELEM(kinds) ? kinds[i] : NULL;
}

const struct watch_kind *
watch_kind_of(const struct req *rq, struct str prefix)
{
    struct str name = str_sub(str_c(rq->route->pattern), prefix.n, SIZE_MAX), rest;
    const struct watch_kind *k;

    (void)str_cut(name, '/', &name, &rest);
    for (size_t i = 0; (k = watch_kind_at(i)) != NULL; i++)
        if (str_eq_c(name, k->name))
            return k;
    return NULL;
}

int64_t
watch_id(const struct watch_kind *k, const void *obj)
{
    int64_t id;

    memcpy(&id, (const char *)obj + k->id_at, sizeof(id));
    return id;
}

struct watch_ask
watch_ask_of(const struct req *rq, int64_t limit)
{
    struct watch_ask ask = {.status = jin_str(rq->query, "status"), .limit = limit};

    (void)str_i64(jin_str(rq->query, "order_id"), &ask.subject_id);
    (void)str_i64(jin_str(rq->query, "after"), &ask.after);
    return ask;
}

static enum err
list(struct req *rq, struct resp *rs)
{
    const struct watch_kind *k = watch_kind_of(rq, PREFIX);
    const struct watch_ask ask =
        watch_ask_of(rq, jin_i64(rq->query, "per_page", PER_PAGE));
    void *objs = NULL;
    struct jout *j;
    struct db *db;
    size_t n = 0;
    enum err e;

    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = k->list(db, rq->arena, &ask, &objs, &n)) != ERR_OK)
        return e;
    j = resp_json(rs, 200);
    jout_obj(j);
    jout_key(j, "items");
    jout_arr(j);
    for (size_t i = 0; i < n; i++)
        k->jout(j, (const char *)objs + i * k->size, false);
    jout_arr_end(j);
    jout_kid(j, "next_after",
        (int64_t)n == ask.limit ? watch_id(k, (const char *)objs + (n - 1) * k->size)
                                : 0);
    jout_obj_end(j);
    return ERR_OK;
}

static enum err
get(struct req *rq, struct resp *rs)
{
    const struct watch_kind *k = watch_kind_of(rq, PREFIX);
    void *obj = arena_calloc(rq->arena, 1, k->size);
    struct db *db;
    int64_t id;
    enum err e;

    if ((e = req_param_id(rq, 0, &id)) != ERR_OK)
        return e;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = k->get(db, rq->arena, id, obj)) == ERR_OK)
        k->jout(resp_json(rs, 200), obj, true);
    return e;
}

static enum err
outbox_get(struct req *rq, struct resp *rs)
{
    struct outbox_watched w;
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = outbox_watch(db, rq->arena, &w);
    if (e == ERR_OK)
        outbox_watch_jout(resp_json(rs, 200), &w);
    return e;
}

/* POST /admin/dead-letters/{id}/retry: 204; 404; 409 not dead any more, still bad. */
static enum err
retry(struct req *rq, struct resp *rs)
{
    struct db *db;
    int64_t id;
    enum err e;

    if ((e = req_param_id(rq, 0, &id)) != ERR_OK)
        return e;
    if ((e = app_db(rq, &db)) != ERR_OK)
        return e;
    if ((e = dead_watch_retry(db, rq->arena, id, clock_ms(), &rs->fault)) == ERR_OK)
        resp_empty(rs, 204);
    return e;
}

#define KEYSET                                                                           \
    {.name = "per_page", .type = F_I64, .min = 1, .max = 100, .help = "default 20"},     \
    {                                                                                    \
        .name = "after", .type = F_ID, .help = "next_after of the page before"           \
    }
static const struct field payments_query[] = {
    {.name = "status", .type = F_ENUM, .choices = PAYMENT_LISTS,
        .help = "needs_a_person: another sum than was asked, or a refund of it failed"},
    {.name = "order_id", .type = F_ID},
    KEYSET,
    {.name = NULL},
};
static const struct field mails_query[] = {
    {.name = "status", .type = F_ENUM, .choices = MAIL_STATUSES},
    {.name = "order_id", .type = F_ID},
    KEYSET,
    {.name = NULL},
};
static const struct field deliveries_query[] = {
    {.name = "status", .type = F_ENUM, .choices = DELIVERY_STATUSES},
    {.name = "order_id", .type = F_ID},
    KEYSET,
    {.name = NULL},
};
static const struct field dead_query[] = {KEYSET, {.name = NULL}};

const struct route watch_routes[] = {
    {M_GET, "/api/v1/admin/payments", list, AUTH_STAFF, 0, payments_query, NULL,
        "adminListPayments", "Payments, the newest first", 200,
        &payment_watch_list_schema},
    {M_GET, "/api/v1/admin/payments/{id}", get, AUTH_STAFF, 0, NULL, NULL,
        "adminGetPayment", "One payment and its refunds", 200, &payment_watch_schema},
    {M_GET, "/api/v1/admin/mails", list, AUTH_STAFF, 0, mails_query, NULL,
        "adminListMails", "Mails, the newest first", 200, &mail_watch_list_schema},
    {M_GET, "/api/v1/admin/mails/{id}", get, AUTH_STAFF, 0, NULL, NULL, "adminGetMail",
        "One mail and what it says", 200, &mail_watch_schema},
    {M_GET, "/api/v1/admin/webhook-deliveries", list, AUTH_STAFF, 0, deliveries_query,
        NULL, "adminListWebhookDeliveries", "Webhooks, the newest first", 200,
        &delivery_watch_list_schema},
    {M_GET, "/api/v1/admin/webhook-deliveries/{id}", get, AUTH_STAFF, 0, NULL, NULL,
        "adminGetWebhookDelivery", "One webhook and its body", 200,
        &delivery_watch_schema},
    {M_GET, "/api/v1/admin/dead-letters", list, AUTH_STAFF, 0, dead_query, NULL,
        "adminListDeadLetters", "What could not be done in three days, the newest first",
        200, &dead_watch_list_schema},
    {M_POST, "/api/v1/admin/dead-letters/{id}/retry", retry, AUTH_ADMIN, 0, NULL, NULL,
        "adminRetryDeadLetter", "Try a dead letter again, for three days from now on",
        204, NULL, "not_dead still_bad"},
    {M_GET, "/api/v1/admin/outbox", outbox_get, AUTH_STAFF, 0, NULL, NULL, "adminOutbox",
        "How much news waits to be handed on", 200, &outbox_watch_schema},
    {.pattern = NULL},
};
