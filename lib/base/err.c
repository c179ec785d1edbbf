/* The meanings of failure and the detail for the client.  Knows no HTTP but the status
 * numbers, and nothing of who will write the problem document. */
#include "base/err.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static const struct {
    int status;
    const char *slug, *title;
} errs[ERR__MAX] = {
    [ERR_OK] = {200, "ok", "OK"},
    [ERR_BAD] = {400, "malformed_request", "Malformed request"},
    [ERR_AUTH] = {401, "unauthorized", "Sign in first"},
    [ERR_DECLINED] = {402, "payment_declined", "Payment declined"},
    [ERR_FORBIDDEN] = {403, "forbidden", "Not allowed"},
    [ERR_NOT_FOUND] = {404, "not_found", "Not found"},
    [ERR_METHOD] = {405, "method_not_allowed", "Method not allowed"},
    [ERR_ACCEPT] = {406, "not_acceptable", "Not acceptable"},
    [ERR_CONFLICT] = {409, "conflict", "Conflict"},
    [ERR_PRECONDITION] = {412, "precondition_failed", "Changed in the meantime"},
    [ERR_TOO_LARGE] = {413, "too_large", "Too large"},
    [ERR_MEDIA] = {415, "unsupported_media_type", "Media type not supported"},
    [ERR_INVALID] = {422, "validation_failed", "Not acceptable"},
    [ERR_NO_CONDITION] = {428, "if_match_required", "If-Match required"},
    [ERR_LIMIT] = {429, "too_many_requests", "Too many requests"},
    [ERR_INTERNAL] = {500, "internal_error", "Something went wrong"},
    [ERR_BUSY] = {503, "busy", "Busy, try again"},
    [ERR_UPSTREAM] = {503, "unavailable", "Not available at the moment"},
};

static size_t
err_index(enum err e)
{
    return (unsigned)e < ERR__MAX ? (size_t)e : (size_t)ERR_INTERNAL;
}

int
err_status(enum err e)
{
    return errs[err_index(e)].status;
}

const char *
err_slug(enum err e)
{
    return errs[err_index(e)].slug;
}

const char *
err_title(enum err e)
{
    return errs[err_index(e)].title;
}

/* What does not fit is cut, between code points. */
static void
copy_cut(char *out, size_t cap, struct str s)
{
    s = str_utf8_cut(s, cap - 1);
    if (s.n > 0)
        memcpy(out, s.p, s.n);
    out[s.n] = '\0';
}

static void __attribute__((format(printf, 3, 0)))
format_cut(char *out, size_t cap, const char *fmt, va_list ap)
{
    char text[512];
    int n = vsnprintf(text, sizeof(text), fmt, ap);

    copy_cut(out, cap, n < 0 ? STR("") : str_c(text));
}

void
fault_clear(struct fault *f)
{
    if (f == NULL)
        return;
    f->slug[0] = '\0';
    f->detail[0] = '\0';
    f->retry_after = 0;
    f->n = 0;
}

enum err
fault_set(struct fault *f, enum err e, const char *slug, const char *fmt, ...)
{
    va_list ap;

    if (f == NULL)
        return e;
    copy_cut(f->slug, sizeof(f->slug), str_c(slug));
    va_start(ap, fmt);
    format_cut(f->detail, sizeof(f->detail), fmt, ap);
    va_end(ap);
    return e;
}

enum err
fault_field(struct fault *f, const char *pointer, const char *code, const char *fmt, ...)
{
    struct fault_field *ff;
    va_list ap;

    if (f == NULL || f->n >= FAULT_FIELDS_MAX)
        return ERR_INVALID;
    ff = &f->field[f->n++];
    copy_cut(ff->pointer, sizeof(ff->pointer), str_c(pointer));
    copy_cut(ff->code, sizeof(ff->code), str_c(code));
    va_start(ap, fmt);
    format_cut(ff->detail, sizeof(ff->detail), fmt, ap);
    va_end(ap);
    ff->extra[0] = '\0';
    return ERR_INVALID;
}

/* The last field's extra text begins `name`, or NULL when there is no field. */
static struct fault_field *
extra_begin(struct fault *f, struct buf *b, const char *name)
{
    struct fault_field *ff;

    if (f == NULL || f->n == 0)
        return NULL;
    ff = &f->field[f->n - 1];
    buf_init(b, sizeof(ff->extra) - 1);
    buf_c(b, ff->extra);
    if (b->n > 0)
        buf_char(b, ',');
    buf_char(b, '"');
    buf_json(b, str_c(name));
    buf_c(b, "\":");
    return ff;
}

/* A member that does not fit whole is left out: half of one would not be JSON. */
static void
extra_end(struct fault_field *ff, struct buf *b)
{
    if (!b->overflow)
        copy_cut(ff->extra, sizeof(ff->extra), buf_view(b));
    buf_done(b);
}

void
fault_extra_str(struct fault *f, const char *name, struct str s)
{
    struct buf b;
    struct fault_field *ff = extra_begin(f, &b, name);

    if (ff == NULL)
        return;
    buf_char(&b, '"');
    buf_json(&b, s);
    buf_char(&b, '"');
    extra_end(ff, &b);
}

void
fault_extra_i64(struct fault *f, const char *name, int64_t v)
{
    struct buf b;
    struct fault_field *ff = extra_begin(f, &b, name);

    if (ff == NULL)
        return;
    buf_i64(&b, v);
    extra_end(ff, &b);
}
