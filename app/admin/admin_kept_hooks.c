/* Endpoints of webhooks as the back office's pages keep them. */
#include "admin/admin_kept.h"

#include "base/buf.h"

#define EVENTS_TEXT_MAX 2000

static enum err
cell_url(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    (void)c;
    out->text = jin_str(o, "url");
    return ERR_OK;
}

/* "order.paid, order.shipped" */
static enum err
cell_events(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    const struct jval *list = jin_get_type(o, "events", J_ARRAY);
    struct buf b;

    buf_init_arena(&b, c->rq->arena, EVENTS_TEXT_MAX);
    for (size_t i = 0; list != NULL && i < list->n; i++)
        buf_printf(&b, "%s%.*s", i > 0 ? ", " : "", STR_F(list->v[i].s));
    out->text = str_eq_c(buf_view(&b), "*") ? STR("Everything") : buf_view(&b);
    return ERR_OK;
}

static enum err
cell_active(struct kept *c, const struct jval *o, struct kept_cell *out)
{
    const struct jval *v = jin_get_type(o, "active", J_BOOL);

    (void)c;
    out->text = v != NULL && v->b ? STR("Active") : STR("Switched off");
    out->badge = v != NULL && v->b ? "active" : "archived";
    return ERR_OK;
}

const struct kept_field kept_endpoint_fields[] = {
    {"url", "Address", "http or https, without user, password and fragment.", IN_CODE,
        KEPT_WIDE, 500, NULL, NULL},
    {"events", "What it is told", NULL, IN_EVENTS, KEPT_WIDE, 0, NULL, NULL},
    {"active", "The shop tells it", NULL, IN_CHECK, KEPT_WIDE, 0, NULL, NULL},
    {"rotate_secret", "Make a new key for its signatures; the old one ends at once", NULL,
        IN_CHECK, KEPT_WIDE | KEPT_STORED, 0, NULL, NULL},
    {.name = NULL},
};
const struct kept_column kept_endpoint_columns[] = {
    {"Address", false, cell_url},
    {"Told", false, cell_events},
    {"State", false, cell_active},
    {.label = NULL},
};
