/* Checking one value of the configuration, by type.  Each is checked where it is read, so
 * that the message can say which source was wrong; a secret's value is never repeated. */
#include "base/conf_value.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum err
conf_refuse(const struct conf_loader *l, const char *fmt, ...)
{
    va_list ap;
    char *p;

    if (l->msg_n == 0)
        return ERR_INVALID;
    va_start(ap, fmt);
    if (vsnprintf(l->msg, l->msg_n, fmt, ap) < 0)
        l->msg[0] = '\0';
    va_end(ap);
    /* What was given is repeated; it must not make two lines of one. */
    for (p = l->msg; *p != '\0'; p++)
        if (iscntrl((unsigned char)*p))
            *p = '?';
    return ERR_INVALID;
}

static enum err
refuse_value(const struct conf_loader *l, const struct conf_def *d, struct str v,
    struct conf_origin o, const char *allowed)
{
    char line[32] = "";

    if (o.line > 0)
        (void)snprintf(line, sizeof(line), " line %zu", o.line);
    v = d->secret ? STR("(secret)") : str_utf8_cut(v, 80);
    return conf_refuse(
        l, "%s: \"%.*s\" in %s%s: %s", d->name, STR_F(v), o.where, line, allowed);
}

char **
conf_text(const struct conf_loader *l, const struct conf_def *d)
{
    return (char **)(void *)(l->base + d->offset);
}

void
conf_set_text(const struct conf_loader *l, const struct conf_def *d, struct str v)
{
    char **field = conf_text(l, d);
    char *copy = malloc(v.n + 1);

    if (copy == NULL)
        abort();
    if (v.n > 0)
        memcpy(copy, v.p, v.n);
    copy[v.n] = '\0';
    if (*field != NULL && d->secret)
        explicit_bzero(*field, strlen(*field));
    free(*field);
    *field = copy;
}

static enum err
set_int(const struct conf_loader *l, const struct conf_def *d, struct str v,
    struct conf_origin o)
{
    char allowed[96];
    int64_t i;

    if (str_i64(v, &i) && i >= d->min && i <= d->max) {
        *(int64_t *)(void *)(l->base + d->offset) = i;
        return ERR_OK;
    }
    (void)snprintf(allowed, sizeof(allowed),
        "must be a whole number from %" PRId64 " to %" PRId64, d->min, d->max);
    return refuse_value(l, d, v, o, allowed);
}

static enum err
set_bool(const struct conf_loader *l, const struct conf_def *d, struct str v,
    struct conf_origin o)
{
    static const struct str yes[] = {
        STR_INIT("true"), STR_INIT("yes"), STR_INIT("on"), STR_INIT("1")};
    static const struct str no[] = {
        STR_INIT("false"), STR_INIT("no"), STR_INIT("off"), STR_INIT("0")};
    size_t i;

    for (i = 0; i < NELEM(yes); i++)
        if (str_eq_nocase(v, yes[i]) || str_eq_nocase(v, no[i])) {
            *(bool *)(void *)(l->base + d->offset) = str_eq_nocase(v, yes[i]);
            return ERR_OK;
        }
    return refuse_value(l, d, v, o, "must be true or false");
}

static enum err
set_enum(const struct conf_loader *l, const struct conf_def *d, struct str v,
    struct conf_origin o)
{
    struct str rest = str_c(d->choices), one;
    char allowed[256];

    while (str_next(&rest, '|', &one))
        if (str_eq(one, v)) {
            conf_set_text(l, d, v);
            return ERR_OK;
        }
    (void)snprintf(allowed, sizeof(allowed), "must be one of %s", d->choices);
    return refuse_value(l, d, v, o, allowed);
}

static enum err
set_str(const struct conf_loader *l, const struct conf_def *d, struct str v,
    struct conf_origin o)
{
    char allowed[96];

    if (str_utf8_valid(v) && v.n <= INT64_MAX && (int64_t)v.n >= d->min &&
        (int64_t)v.n <= d->max) {
        conf_set_text(l, d, v);
        return ERR_OK;
    }
    (void)snprintf(allowed, sizeof(allowed),
        "must be UTF-8 text of %" PRId64 " to %" PRId64 " bytes", d->min, d->max);
    return refuse_value(l, d, v, o, allowed);
}

enum err
conf_set(const struct conf_loader *l, const struct conf_def *d, struct str v,
    struct conf_origin o)
{
    switch (d->type) {
    case CONF_INT:
        return set_int(l, d, v, o);
    case CONF_BOOL:
        return set_bool(l, d, v, o);
    case CONF_ENUM:
        return set_enum(l, d, v, o);
    case CONF_STR:
        return set_str(l, d, v, o);
    }
    return ERR_INTERNAL;
}
