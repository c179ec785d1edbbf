/* The text form of an event, as brokers carry it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "json/jin.h"
#include "json/jout.h"
#include "outbox/outbox.h"

#define TYPE_MAX 40
#define SUBJECT_N 80

/* "order.paid" is about an order. */
static struct str
noun_of(struct str type)
{
    struct str noun, rest;

    (void)str_cut(type, '.', &noun, &rest);
    if (str_eq_c(noun, "stock"))
        return STR("sku");
    return str_eq_c(noun, "payment") ? STR("order") : noun;
}

void
event_write(struct buf *b, const struct event *ev)
{
    char subject[SUBJECT_N];
    struct jout j;

    (void)snprintf(subject, sizeof(subject), "%.*s/%" PRId64, STR_F(noun_of(ev->type)),
        ev->subject_id);
    jout_init(&j, b);
    jout_obj(&j);
    jout_kid(&j, "id", ev->id);
    jout_kstr(&j, "type", ev->type);
    jout_ki64(&j, "version", ev->version);
    jout_ktime(&j, "time", ev->at_ms);
    jout_kc(&j, "subject", subject);
    jout_key(&j, "data");
    jout_raw(&j, ev->data.p != NULL ? ev->data : STR("{}"));
    jout_obj_end(&j);
}

static bool
type_ok(struct str s)
{
    if (s.n == 0 || s.n > TYPE_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < 'a' || s.p[i] > 'z') && s.p[i] != '.' && s.p[i] != '_')
            return false;
    return true;
}

static bool
subject_read(struct str subject, struct str type, int64_t *id)
{
    struct str noun, rest;

    return str_cut(subject, '/', &noun, &rest) && str_eq(noun, noun_of(type)) &&
           str_i64(rest, id);
}

static struct str
data_text(struct arena *a, const struct jval *data)
{
    struct jout j;
    struct buf b;

    buf_init_arena(&b, a, EVENT_TEXT_MAX);
    jout_init(&j, &b);
    jin_write(&j, data);
    return buf_view(&b);
}

enum err
event_read(struct arena *a, struct str text, struct event *ev)
{
    const struct jval *data;
    struct jval *j;
    int64_t version;

    *ev = (struct event){.id = 0};
    if (text.n > EVENT_TEXT_MAX || jin_parse(a, text, &j, NULL) != ERR_OK)
        return ERR_BAD;
    ev->type = jin_str(j, "type");
    version = jin_i64(j, "version", 0);
    data = jin_get_type(j, "data", J_OBJECT);
    if (!type_ok(ev->type) || !str_i64(jin_str(j, "id"), &ev->id) || ev->id <= 0 ||
        version < 1 || version > EVENT_VERSION || data == NULL ||
        !time_rfc3339_parse(jin_str(j, "time"), &ev->at_ms) ||
        !subject_read(jin_str(j, "subject"), ev->type, &ev->subject_id))
        return ERR_BAD;
    ev->version = (int)version;
    if (data->n > 0)
        ev->data = data_text(a, data);
    return ERR_OK;
}
