/* Webhook endpoints in the back office's API. A secret is shown by the answer that made
 * it and never again. */
#include <stddef.h>
#include <stdio.h>

#include "admin/rest_http.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/rand.h"
#include "fetch/addr.h"
#include "notify/notify_parts.h"

#define SECRET_BYTES 32
#define EVENTS_MAX 20

const struct field webhook_endpoint_rest_fields[] = {
    {.name = "url",
        .type = F_STR,
        .flags = FIELD_TRIM,
        .min = 1,
        .max = ENDPOINT_URL_MAX,
        .help = "http or https, without user, password and fragment; required"},
    {.name = "events",
        .type = F_ARRAY,
        .min = 1,
        .max = EVENTS_MAX,
        .item = F_STR,
        .help = "types such as order.paid; default [\"*\"]: all"},
    {.name = "active", .type = F_BOOL, .help = "default true"},
    {.name = "rotate_secret",
        .type = F_BOOL,
        .help = "true: a new secret, shown in this answer alone"},
    {.name = NULL},
};

static const struct field out_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "version", .type = F_I64},
    {.name = "url", .type = F_STR, .example = "\"https://example.com/souk\""},
    {.name = "events", .type = F_ARRAY, .item = F_STR, .example = "[\"order.paid\"]"},
    {.name = "active", .type = F_BOOL},
    {.name = "secret",
        .type = F_STR,
        .flags = FIELD_OPTIONAL,
        .help = "in the answer that made it alone: the key of Souk-Signature"},
    {.name = "created_at", .type = F_TIME},
    {.name = "updated_at", .type = F_TIME},
    {.name = NULL},
};
const struct schema webhook_endpoint_rest_schema = {
    "WebhookEndpoint", "A server that is told of events.", out_fields};

static void
init(void *obj)
{
    *(struct endpoint *)obj = (struct endpoint){.events = STR_INIT("*"), .active = true};
}

static bool
may_want(struct str type)
{
    const struct event_kind *k = event_kind_of(type);

    return str_eq_c(type, "*") || (k != NULL && k->hook);
}

struct str
endpoint_event_at(size_t i)
{
    const struct event_kind *k;

    for (size_t at = 0; (k = event_kind_at(at)) != NULL; at++)
        if (k->hook && i-- == 0)
            return str_c(k->type);
    return STR_NULL;
}

/* The list as one text, "*" alone when it is in it. */
static enum err
events_read(struct arena *a, const struct jval *in, struct endpoint *p, struct fault *flt)
{
    const struct jval *list = jin_get_type(in, "events", J_ARRAY);
    enum err e = ERR_OK;
    bool all = false;
    struct buf b;
    char ptr[40];

    if (list == NULL)
        return ERR_OK;
    buf_init_arena(&b, a, ENDPOINT_EVENTS_MAX);
    for (size_t i = 0; i < list->n; i++) {
        struct str type = list->v[i].s;

        (void)snprintf(ptr, sizeof(ptr), "/events/%zu", i);
        if (!may_want(type))
            e = fault_field(flt, ptr, "unknown", "there is no such event for webhooks");
        all = all || str_eq_c(type, "*");
        buf_printf(&b, "%s%.*s", i > 0 ? " " : "", STR_F(type));
    }
    p->events = all ? STR("*") : buf_view(&b);
    return e;
}

static enum err
read_json(
    struct db *db, struct arena *a, const struct jval *in, void *obj, struct fault *flt)
{
    struct endpoint *p = obj;
    enum err e;

    (void)db;
    rest_str(in, "url", &p->url);
    rest_bool(in, "active", &p->active);
    rest_bool(in, "rotate_secret", &p->rotate);
    e = events_read(a, in, p, flt);
    if (!url_callable(p->url, ENDPOINT_URL_MAX))
        e = fault_field(flt, "/url", "bad_url",
            "must be an http or https address without user, password and fragment");
    return e;
}

static void
write_json(struct jout *j, const void *obj)
{
    const struct endpoint *p = obj;
    const struct rest_head h = {p->id, p->version, p->created_at, p->updated_at};
    struct str rest = p->events, type;

    jout_obj(j);
    rest_head_jout(j, &h);
    jout_kstr(j, "url", p->url);
    jout_key(j, "events");
    jout_arr(j);
    while (str_next(&rest, ' ', &type))
        jout_str(j, type);
    jout_arr_end(j);
    jout_kbool(j, "active", p->active);
    if (p->told)
        jout_kstr(j, "secret", p->secret);
    rest_times_jout(j, &h);
    jout_obj_end(j);
}

static enum err
list(struct db *db, struct arena *a, int64_t limit, int64_t skip, void **out, size_t *n,
    int64_t *total)
{
    struct endpoint *p = NULL;
    enum err e = endpoint_store_list(db, a, limit, skip, &p, n, total);

    *out = p;
    return e;
}

static enum err
walk(struct db *db, struct arena *a, int64_t limit, int64_t after, void **out, size_t *n)
{
    struct endpoint *p = NULL;
    enum err e = endpoint_store_walk(db, a, limit, after, &p, n);

    *out = p;
    return e;
}

/* Read back after a change, it still tells the secret that the change made. */
static enum err
get(struct db *db, struct arena *a, int64_t id, bool lock, void *obj)
{
    struct endpoint *p = obj;
    const bool told = p->told && !lock;
    enum err e = endpoint_store_get(db, a, id, lock, p);

    p->told = told;
    return e;
}

static void
new_secret(struct arena *a, struct endpoint *p)
{
    char text[RAND_TOKEN_N(SECRET_BYTES)];

    p->secret = arena_printf(
        a, "whsec_%.*s", STR_F(rand_token(text, sizeof(text), SECRET_BYTES)));
    p->told = true;
}

static enum err
add(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    struct endpoint *p = obj;
    int64_t there = 0;
    enum err e;

    if ((e = endpoint_store_count(db, a, &there)) != ERR_OK)
        return e;
    if (there >= ENDPOINTS_MAX)
        return fault_set(flt, ERR_CONFLICT, "too_many_endpoints",
            "There are %d endpoints already.", ENDPOINTS_MAX);
    new_secret(a, p);
    p->id = id_next();
    p->created_at = p->updated_at = clock_ms();
    return endpoint_store_add(db, p);
}

static enum err
change(struct db *db, struct arena *a, void *obj, struct fault *flt)
{
    struct endpoint *p = obj;

    (void)flt;
    if (p->rotate)
        new_secret(a, p);
    p->updated_at = clock_ms();
    return endpoint_store_change(db, p);
}

static enum err
drop(struct db *db, int64_t id, struct fault *flt)
{
    (void)flt;
    return endpoint_store_remove(db, id, clock_ms());
}

const struct rest_kind webhook_endpoint_rest = {.name = "webhook-endpoints",
    .size = sizeof(struct endpoint),
    .id_at = offsetof(struct endpoint, id),
    .version_at = offsetof(struct endpoint, version),
    .init = init,
    .read = read_json,
    .jout = write_json,
    .list = list,
    .walk = walk,
    .get = get,
    .add = add,
    .change = change,
    .remove = drop};
