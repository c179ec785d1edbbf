/* Events as webhooks tell them: the order as its buyer may see it, never more. */
#include "notify/hook_body.h"

#include <stdio.h>

#include "order/order_json.h"

#define BODY_MAX ((size_t)2 << 20)

static const char *
noun(const struct event_kind *k)
{
    return k->about == ABOUT_SKU ? "sku" : "order";
}

static void
body_jout(struct jout *j, const struct event *ev, const char *what, const struct order *o)
{
    char subject[64];

    (void)snprintf(subject, sizeof(subject), "%s/%lld", what, (long long)ev->subject_id);
    jout_obj(j);
    jout_kid(j, "id", ev->id);
    jout_kstr(j, "type", ev->type);
    jout_ki64(j, "version", ev->version);
    jout_ktime(j, "time", ev->at_ms);
    jout_kc(j, "subject", subject);
    jout_key(j, "data");
    if (o != NULL)
        order_jout(j, o);
    else if (ev->data.p != NULL)
        jout_raw(j, ev->data);
    else
        jout_raw(j, STR("{}"));
    jout_obj_end(j);
}

enum err
hook_body(struct db *db, struct arena *a, struct due *d, struct str *why)
{
    const struct event_kind *k = event_kind_of(d->ev.type);
    const bool order = k != NULL && k->about == ABOUT_ORDER;
    struct order o;
    struct jout j;
    struct buf b;
    enum err e = ERR_OK;

    *why = STR_NULL;
    if (k == NULL || !k->hook) {
        *why = STR("there is no such event for webhooks");
        return ERR_OK;
    }
    if (order)
        e = order_get_plain(db, a, NULL, d->ev.subject_id, &o);
    if (e == ERR_NOT_FOUND) {
        *why = STR("there is no such order");
        return ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    buf_init_arena(&b, a, BODY_MAX);
    jout_init(&j, &b);
    body_jout(&j, &d->ev, noun(k), order ? &o : NULL);
    if (b.overflow)
        *why = STR("it is too long");
    d->text = buf_view(&b);
    return ERR_OK;
}
