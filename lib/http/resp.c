/* Building answers.  Whatever a caller puts into a header value, it stays one header:
 * line breaks are dropped here, in one place.  Writes nothing to anyone: front.c does. */
#include "http/resp.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "http/etag.h"

#define HEAD_MAX ((size_t)32 << 10)

void
resp_init(struct resp *rs, struct arena *a)
{
    rs->status = 200;
    rs->type = NULL;
    rs->arena = a;
    buf_init_arena(&rs->head, a, HEAD_MAX);
    buf_init_arena(&rs->body, a, RESP_BODY_MAX);
    jout_init(&rs->json, &rs->body);
    fault_clear(&rs->fault);
}

struct jout *
resp_json(struct resp *rs, int status)
{
    rs->status = status;
    rs->type = "application/json";
    buf_clear(&rs->body);
    jout_init(&rs->json, &rs->body);
    return &rs->json;
}

void
resp_bytes(struct resp *rs, int status, const char *type, struct str body)
{
    rs->status = status;
    rs->type = type;
    buf_clear(&rs->body);
    buf_str(&rs->body, body);
}

void
resp_empty(struct resp *rs, int status)
{
    rs->status = status;
    rs->type = NULL;
    buf_clear(&rs->body);
}

static void
header_put(struct resp *rs, const char *name, struct str value)
{
    size_t i;

    buf_c(&rs->head, name);
    buf_c(&rs->head, ": ");
    for (i = 0; i < value.n; i++)
        if (value.p[i] != '\r' && value.p[i] != '\n' && value.p[i] != '\0')
            buf_char(&rs->head, value.p[i]);
    buf_c(&rs->head, "\r\n");
}

static struct str __attribute__((format(printf, 2, 0)))
format_text(struct arena *a, const char *fmt, va_list ap)
{
    struct buf b;

    buf_init_arena(&b, a, HEAD_MAX);
    buf_vprintf(&b, fmt, ap);
    return buf_view(&b);
}

void
resp_header(struct resp *rs, const char *name, const char *fmt, ...)
{
    struct str value;
    va_list ap;

    va_start(ap, fmt);
    value = format_text(rs->arena, fmt, ap);
    va_end(ap);
    header_put(rs, name, value);
}

bool
resp_has(const struct resp *rs, const char *name)
{
    struct str rest = buf_view(&rs->head), line, key, value;

    while (str_next(&rest, '\n', &line))
        if (str_cut(line, ':', &key, &value) && str_eq_nocase(key, str_c(name)))
            return true;
    return false;
}

/* Bytes that may stand in an address as they are; the others are percent-encoded, so that
 * whatever nginx passed on cannot break out of a quoted or bracketed place. */
static bool
address_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~%&=+:@!$()*/?#", c) != NULL);
}

static void
address_put(struct buf *b, struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (address_byte(s.p[i]))
            buf_char(b, s.p[i]);
        else
            buf_printf(b, "%%%02X", (unsigned)(unsigned char)s.p[i]);
    }
}

void
resp_redirect(struct resp *rs, const char *fmt, ...)
{
    struct str path;
    struct buf b;
    va_list ap;

    va_start(ap, fmt);
    path = format_text(rs->arena, fmt, ap);
    va_end(ap);
    /* "//host" and "/\host" lead elsewhere. */
    if (path.n == 0 || path.p[0] != '/' ||
        (path.n > 1 && (path.p[1] == '/' || path.p[1] == '\\')))
        path = STR("/");
    buf_init_arena(&b, rs->arena, HEAD_MAX);
    address_put(&b, path);
    resp_empty(rs, 303);
    header_put(rs, "Location", buf_view(&b));
}

const char *
resp_cookie_name(const struct req *rq, const char *name)
{
    if (!rq->secure)
        return name;
    return arena_printf(rq->arena, "__Host-%s", name).p;
}

/* cookie-octet of RFC 6265. */
static bool
cookie_byte(char c)
{
    return c > 0x20 && c < 0x7f && strchr("\",;\\", c) == NULL;
}

void
resp_cookie(struct resp *rs, const struct req *rq, const char *name, struct str value,
    int64_t max_age_s)
{
    struct buf b;
    size_t i;

    buf_init_arena(&b, rs->arena, HEAD_MAX);
    buf_c(&b, resp_cookie_name(rq, name));
    buf_char(&b, '=');
    for (i = 0; max_age_s != 0 && i < value.n; i++)
        if (cookie_byte(value.p[i]))
            buf_char(&b, value.p[i]);
    buf_c(&b, "; Path=/; HttpOnly; SameSite=Lax");
    if (rq->secure)
        buf_c(&b, "; Secure");
    if (max_age_s >= 0)
        buf_printf(&b, "; Max-Age=%" PRId64, max_age_s);
    header_put(rs, "Set-Cookie", buf_view(&b));
}

bool
resp_not_modified(struct resp *rs, const struct req *rq, const char *tag)
{
    struct str list = req_header(rq, "If-None-Match");

    resp_header(rs, "ETag", "\"%s\"", tag);
    if (rq->method != M_GET && rq->method != M_HEAD)
        return false;
    if (!etag_listed(list, str_c(tag), false))
        return false;
    resp_empty(rs, 304);
    return true;
}

const char *
resp_tag(const struct resp *rs, struct str body)
{
    return arena_printf(rs->arena, "%016" PRIx64, str_hash(body)).p;
}

struct paging
req_paging(const struct req *rq, int64_t per_page_default)
{
    return (struct paging){.page = jin_i64(rq->query, "page", 1),
        .per_page = jin_i64(rq->query, "per_page", per_page_default)};
}

bool
req_after(const struct req *rq, int64_t *after)
{
    *after = 0;
    return str_i64(jin_str(rq->query, "after"), after);
}

/* <the request's address elsewhere in the list>; rel="rel" */
static void
link_put(struct buf *b, const struct req *rq, const char *rel, const char *name, int64_t at)
{
    struct str rest = rq->query_text, pair, key, value;
    char sep = '?';

    if (b->n > 0)
        buf_c(b, ", ");
    buf_char(b, '<');
    address_put(b, rq->path);
    while (str_next(&rest, '&', &pair)) {
        str_cut(pair, '=', &key, &value);
        if (pair.n == 0 || str_eq_c(key, "page") || str_eq_c(key, "after"))
            continue;
        buf_char(b, sep);
        address_put(b, pair);
        sep = '&';
    }
    buf_printf(b, "%c%s=%" PRId64 ">; rel=\"%s\"", sep, name, at, rel);
}

void
resp_link_after(struct resp *rs, const struct req *rq, int64_t next)
{
    struct buf b;

    buf_init_arena(&b, rs->arena, HEAD_MAX);
    link_put(&b, rq, "first", "after", 0);
    if (next != 0)
        link_put(&b, rq, "next", "after", next);
    if (!b.overflow)
        header_put(rs, "Link", buf_view(&b));
}

void
resp_list_end(struct resp *rs, const struct req *rq, struct jout *j, struct paging pg,
    int64_t total, int64_t next)
{
    int64_t after;
    bool walks = req_after(rq, &after);

    jout_ki64(j, "page", pg.page);
    jout_ki64(j, "per_page", pg.per_page);
    jout_key(j, "total");
    if (!walks)
        jout_i64(j, total);
    else
        jout_null(j);
    if (!walks) {
        resp_link_pages(rs, rq, pg, total);
        return;
    }
    jout_kid(j, "next_after", next);
    resp_link_after(rs, rq, next);
}

int64_t
paging_last(struct paging pg, int64_t total)
{
    int64_t last = pg.per_page > 0 && total > 0 ? (total - 1) / pg.per_page + 1 : 1;

    return last < LIST_PAGE_MAX ? last : LIST_PAGE_MAX;
}

void
resp_link_pages(struct resp *rs, const struct req *rq, struct paging pg, int64_t total)
{
    int64_t last = paging_last(pg, total);
    struct buf b;

    buf_init_arena(&b, rs->arena, HEAD_MAX);
    link_put(&b, rq, "first", "page", 1);
    if (pg.page > 1)
        link_put(&b, rq, "prev", "page", pg.page - 1 < last ? pg.page - 1 : last);
    if (pg.page < last)
        link_put(&b, rq, "next", "page", pg.page + 1);
    link_put(&b, rq, "last", "page", last);
    if (!b.overflow)
        header_put(rs, "Link", buf_view(&b));
}
