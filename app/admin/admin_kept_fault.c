/* What the API's rules have against a form, beside the form's fields and in words for
 * people. */
#include <stdio.h>
#include <string.h>

#include "admin/admin_kept.h"

static const struct kept_field *
field_named(const struct kept *c, struct str name)
{
    for (const struct kept_field *f = c->k->fields; f->name != NULL; f++)
        if (str_eq_c(name, f->name))
            return f;
    return NULL;
}

/* "/charge/currency" is of the field that all amounts have their currency from,
 * "/countries/3" of countries. */
static const struct kept_field *
field_of(const struct kept *c, const char *pointer)
{
    struct str first, rest;

    if (str_ends(str_c(pointer), STR("/currency")))
        return field_named(c, STR("currency"));
    (void)str_cut(str_sub(str_c(pointer), 1, SIZE_MAX), '/', &first, &rest);
    return field_named(c, first);
}

static bool
is_empty(const struct kept_field *f, const struct jval *form)
{
    return f != NULL && f->input != IN_CURRENCY && admin_row(form, f->name, 0).n == 0;
}

static struct str
words(struct arena *a, const struct kept_field *f, const struct fault_field *at,
    const struct jval *form)
{
    const enum kept_input in = f != NULL ? f->input : IN_TEXT;

    if (is_empty(f, form))
        return in == IN_COUNTRIES ? STR("Choose at least one.") : STR("This is needed.");
    if (strcmp(at->code, "taken") == 0)
        return arena_printf(a, "There is one already: %s.", at->detail);
    if (strcmp(at->code, "out_of_range") == 0 && in == IN_TIME)
        return STR("It must end after it begins.");
    if (strcmp(at->code, "out_of_range") == 0 && in == IN_PERCENT)
        return STR("More than 0, at most 100.");
    if (strcmp(at->code, "out_of_range") == 0 && in == IN_MINUTES)
        return STR("From one second (0:01) to seven days (10080).");
    return admin_sentence(a, str_c(at->detail));
}

void
kept_faults(struct kept *c, const struct jval *form, struct fault *flt)
{
    for (size_t i = 0; i < flt->n; i++) {
        struct fault_field *at = &flt->field[i];
        const struct kept_field *f = field_of(c, at->pointer);
        struct str s = arena_str(c->rq->arena, words(c->rq->arena, f, at, form));

        (void)snprintf(at->detail, sizeof(at->detail), "%.*s", STR_F(s));
        if (f != NULL)
            (void)snprintf(at->pointer, sizeof(at->pointer), "/%s", f->name);
    }
}
