/* A kind's form for its template: each field with its value, its choices and what is
 * wrong with it. */
#include <string.h>

#include "admin/admin_kept.h"
#include "notify/notify.h"
#include "order/order.h"

static struct arena *
arena_of(const struct kept *c)
{
    return c->rq->arena;
}

/* How an input of one line is made. */
static const struct {
    const char *type, *mode; /* of the element; mode NULL: as the type has it */
    int max;
    bool mono;
} lines[] = {
    [IN_TEXT] = {"text", NULL, 200, false},
    [IN_CODE] = {"text", NULL, 40, true},
    [IN_MONEY] = {"text", "decimal", 20, false},
    [IN_CURRENCY] = {"text", NULL, 3, true},
    [IN_PERCENT] = {"text", "decimal", 10, false},
    [IN_TIME] = {"datetime-local", NULL, 30, false},
    [IN_COUNT] = {"text", "numeric", 12, false},
    [IN_MINUTES] = {"text", NULL, 8, false},
};

struct options {
    struct arena *a;
    struct tval *list;
    const struct jval *form;
    const char *name;
};

static bool
is_chosen(const struct options *o, struct str value)
{
    struct str s;

    for (size_t i = 0; (s = admin_row(o->form, o->name, i)).p != NULL; i++)
        if (str_eq(s, value))
            return true;
    return false;
}

static void
option(const struct options *o, struct str value, struct str label, struct str note)
{
    struct tval *t = tval_push_obj(o->a, o->list);

    tval_set_str(o->a, t, "value", value);
    tval_set_str(o->a, t, "label", label);
    view_text(o->a, t, "note", note);
    tval_set_bool(o->a, t, "chosen",
        value.n > 0 ? is_chosen(o, value) : admin_row(o->form, o->name, 0).n == 0);
}

/* "percent=A share|fixed=An amount" */
static void
choices(const struct options *o, const char *text)
{
    struct str rest = str_c(text), one, value, label;

    while (str_next(&rest, '|', &one)) {
        (void)str_cut(one, '=', &value, &label);
        option(o, value, label, STR_NULL);
    }
}

static void
country(const struct options *o)
{
    struct str code, name;

    option(o, STR(""), STR("Choose a country"), STR_NULL);
    for (size_t i = 0; country_at(i, &code, &name); i++)
        option(o, code, arena_printf(o->a, "%.*s (%.*s)", STR_F(name), STR_F(code)),
            STR_NULL);
}

/* Those that are chosen stand first: nobody looks for them among 249. */
static void
countries(const struct options *o)
{
    struct str code, name;

    option(o, STR("*"), STR("All that no other zone has"), STR("*"));
    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; country_at(i, &code, &name); i++)
            if (is_chosen(o, code) == (first == 1))
                option(o, code, name, code);
}

static enum err
zones(struct kept *c, const struct options *o)
{
    enum err e = kept_zones(c);

    option(o, STR(""), STR("Choose a zone"), STR_NULL);
    for (size_t i = 0; i < c->zones_n; i++)
        option(o, c->zones[i].id, c->zones[i].name, STR_NULL);
    return e;
}

static enum err
categories(struct kept *c, const struct options *o)
{
    enum err e = kept_cats(c);

    for (size_t i = 0; i < c->cats_n; i++)
        option(o, c->cats[i].path, admin_category_label(o->a, c->cats, i), STR_NULL);
    return e;
}

static void
events(const struct options *o)
{
    struct str type;

    option(o, STR("*"), STR("Everything"), STR_NULL);
    for (size_t i = 0; (type = endpoint_event_at(i)).p != NULL; i++)
        option(o, type, type, STR_NULL);
}

static enum err
options_fill(struct kept *c, const struct kept_field *f, const struct options *o)
{
    if (f->input == IN_CHOICE)
        choices(o, f->choices);
    else if (f->input == IN_COUNTRY)
        country(o);
    else if (f->input == IN_COUNTRIES)
        countries(o);
    else if (f->input == IN_EVENTS)
        events(o);
    else if (f->input == IN_ZONE)
        return zones(c, o);
    else if (f->input == IN_CATEGORIES)
        return categories(c, o);
    if (f->input != IN_CATEGORY)
        return ERR_OK;
    option(o, STR(""), STR("All that no other rate covers"), STR_NULL);
    return categories(c, o);
}

/* Which of the template's pieces a field is. */
static const char *const pieces[] = {
    [IN_TEXT] = "is_line",
    [IN_CODE] = "is_line",
    [IN_MONEY] = "is_line",
    [IN_CURRENCY] = "is_line",
    [IN_PERCENT] = "is_line",
    [IN_TIME] = "is_line",
    [IN_COUNT] = "is_line",
    [IN_MINUTES] = "is_line",
    [IN_CHECK] = "is_check",
    [IN_CHOICE] = "is_select",
    [IN_COUNTRY] = "is_select",
    [IN_ZONE] = "is_select",
    [IN_CATEGORY] = "is_select",
    [IN_COUNTRIES] = "is_boxes",
    [IN_CATEGORIES] = "is_boxes",
    [IN_EVENTS] = "is_boxes",
    [IN_SKUS] = "is_area",
};

static void
line_fill(struct kept *c, struct tval *t, const struct kept_field *f, bool fixed)
{
    struct arena *a = arena_of(c);

    tval_set_c(a, t, "type", lines[f->input].type);
    tval_set_c(a, t, "mode", lines[f->input].mode);
    tval_set_bool(a, t, "mono", lines[f->input].mono);
    tval_set_i64(a, t, "max", f->max > 0 ? f->max : lines[f->input].max);
    tval_set_bool(a, t, "fixed", fixed);
}

static enum err
field_fill(struct kept *c, struct tval *t, const struct kept_field *f,
    const struct jval *form, bool stored)
{
    struct arena *a = arena_of(c);
    const char *piece = pieces[f->input];
    const struct str value = admin_row(form, f->name, 0);
    const struct options o = {a, tval_add_arr(a, t, "options"), form, f->name};

    tval_set_c(a, t, "name", f->name);
    tval_set_c(a, t, "label", f->label);
    tval_set_c(a, t, "hint", f->hint);
    tval_set_c(a, t, "when", f->when);
    tval_set_bool(a, t, "optional", (f->flags & KEPT_OPTIONAL) != 0);
    /* What one choice alone needs may be hidden: a browser must not insist on it. */
    tval_set_bool(a, t, "required", kept_required(f) && f->when == NULL);
    tval_set_bool(a, t, "wide", (f->flags & KEPT_WIDE) != 0);
    tval_set_bool(a, t, piece, true);
    view_text(a, t, "value", value);
    if (strcmp(piece, "is_line") == 0)
        line_fill(c, t, f, stored && f->input == IN_CURRENCY && value.n > 0);
    if (f->input == IN_CURRENCY && value.n == 0)
        tval_set_c(a, t, "value", app_of(c->rq)->set.currency);
    return options_fill(c, f, &o);
}

enum err
kept_fields_fill(struct kept *c, struct tval *data, const struct jval *form, bool stored,
    const struct fault *flt)
{
    struct arena *a = arena_of(c);
    struct tval *list = tval_add_arr(a, data, "fields");
    bool named = false;

    for (const struct kept_field *f = c->k->fields; f->name != NULL; f++) {
        struct str wrong = arena_str(a, view_fault(flt, f->name));
        struct tval *t;
        enum err e;

        if (!stored && (f->flags & KEPT_STORED) != 0)
            continue;
        t = tval_push_obj(a, list);
        if ((e = field_fill(c, t, f, form, stored)) != ERR_OK)
            return e;
        named = named || wrong.n > 0;
        view_text(a, t, "error", wrong);
    }
    if (named)
        view_null(a, data, "form_error");
    else
        view_text(a, data, "form_error",
            arena_str(a, str_c(flt->detail[0] != '\0' ? flt->detail
                               : flt->n > 0           ? flt->field[0].detail
                                                      : "")));
    return ERR_OK;
}
