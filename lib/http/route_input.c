/* Media type, body and query of a request against its route's tables, and the defence
 * against requests that another site makes a browser send. */
#include "http/route_input.h"

#include <string.h>

#include "http/field_priv.h"
#include "http/form.h"
#include "http/multipart.h"

#define CSRF_FIELD "csrf"

static bool
changes_state(enum method m)
{
    return m == M_POST || m == M_PUT || m == M_PATCH || m == M_DELETE || m == M_OTHER;
}

/* "type/subtype; charset=utf-8": the type as asked, no other charset. */
static bool
media_is(struct str header, const char *type)
{
    struct str part, key, value;

    if (!str_next(&header, ';', &part) || !str_eq_nocase(str_trim(part), str_c(type)))
        return false;
    while (str_next(&header, ';', &part)) {
        str_cut(str_trim(part), '=', &key, &value);
        if (!str_eq_nocase(key, STR("charset")))
            continue;
        if (!str_eq_nocase(value, STR("utf-8")) &&
            !str_eq_nocase(value, STR("\"utf-8\"")))
            return false;
    }
    return true;
}

static bool
json_media_ok(const struct req *rq)
{
    struct str coding = req_header(rq, "Content-Encoding");

    if (coding.n > 0 && !str_eq_nocase(coding, STR("identity")))
        return false;
    if (media_is(rq->content_type, "application/json"))
        return true;
    return (rq->route->flags & ROUTE_MERGE_PATCH) != 0 &&
           media_is(rq->content_type, "application/merge-patch+json");
}

static enum err
input_query(struct req *rq, struct fault *flt)
{
    bool page = (rq->route->flags & ROUTE_PAGE) != 0;
    struct jval *raw, *checked;
    enum err e = form_parse(rq->arena, rq->query_text, &raw, flt);

    if (e != ERR_OK)
        return e;
    e = field_check(
        rq->arena, rq->route->query, raw, FIELD_TEXT, "?", page, &checked, flt);
    rq->query = checked;
    return e;
}

static enum err
input_json(struct req *rq, struct fault *flt)
{
    const struct route *rt = rq->route;
    struct jval *raw, *checked;
    enum err e;

    /* Also where no body is wanted: nothing is read as something else than it says it is.
     */
    if (rq->body.n > 0 && changes_state(rq->method) && !json_media_ok(rq))
        return fault_set(
            flt, ERR_MEDIA, "", "Send the body as application/json, not compressed.");
    if (rt->in == NULL)
        return ERR_OK;
    if (rq->body.n == 0 && !field_any_required(rt->in)) {
        raw = jin_new_object(rq->arena, 0);
    } else {
        if (rq->body.n == 0)
            return fault_set(
                flt, ERR_BAD, "", "The body is empty; a JSON object is needed.");
        e = jin_parse(rq->arena, rq->body, &raw, flt);
        if (e != ERR_OK)
            return e;
    }
    e = field_check_mode(rq->arena, rt->in, raw, FIELD_JSON, "",
        (rt->flags & ROUTE_MERGE_PATCH) != 0 ? FIELD_KEEP_NULL : 0, &checked, flt);
    rq->in = checked;
    return e;
}

/* `form` without its token, which no table lists. */
static struct jval *
without_csrf(struct arena *a, const struct jval *form, struct str *token)
{
    struct jval *out = jin_new_object(a, form->n);
    size_t i;

    *token = jin_str(form, CSRF_FIELD);
    for (i = 0; i < form->n; i++) {
        if (str_eq_c(form->key[i], CSRF_FIELD))
            continue;
        out->key[out->n] = form->key[i];
        out->v[out->n++] = form->v[i];
    }
    return out;
}

/* Fields into *raw, files aside. */
static enum err
form_with_files(struct req *rq, struct str boundary, struct jval **raw, struct fault *flt)
{
    struct part *part, *file;
    size_t i, n;
    enum err e = multipart_parse(rq->arena, boundary, rq->body, &part, &n, flt);

    if (e != ERR_OK)
        return e;
    *raw = jin_new_object(rq->arena, n);
    rq->file = file = arena_calloc(rq->arena, n + 1, sizeof(*file));
    for (i = 0; i < n; i++)
        if (part[i].filename.p != NULL)
            file[rq->file_n++] = part[i];
        else
            form_add(rq->arena, *raw, part[i].name, part[i].data);
    return ERR_OK;
}

static enum err
input_form(struct req *rq, struct str *token, struct fault *flt)
{
    const struct route *rt = rq->route;
    struct jval *raw = NULL, *checked;
    struct str boundary;
    enum err e;

    *token = STR_NULL;
    if ((rt->flags & ROUTE_UPLOAD) != 0 &&
        multipart_boundary(rq->content_type, &boundary))
        e = form_with_files(rq, boundary, &raw, flt);
    else if (rq->body.n > 0 &&
             !media_is(rq->content_type, "application/x-www-form-urlencoded"))
        e = fault_set(flt, ERR_MEDIA, "", "Send the fields as a form.");
    else
        e = form_parse(rq->arena, rq->body, &raw, flt);
    if (e != ERR_OK || raw == NULL)
        return e;
    raw = without_csrf(rq->arena, raw, token);
    if (rt->in == NULL)
        return ERR_OK;
    e = field_check(rq->arena, rt->in, raw, FIELD_TEXT, "", false, &checked, flt);
    rq->in = checked;
    return e;
}

/* Does Origin name the host this request was sent to? */
static bool
origin_is_ours(const struct req *rq, struct str origin)
{
    static const struct str schemes[] = {STR_INIT("https://"), STR_INIT("http://")};
    size_t i;

    for (i = 0; i < NELEM(schemes); i++)
        if (str_starts(origin, schemes[i]))
            return rq->host.n > 0 &&
                   str_eq_nocase(str_sub(origin, schemes[i].n, origin.n), rq->host);
    return false;
}

/* What the browser itself says about where a request comes from. */
enum origin { ORIGIN_OURS, ORIGIN_FOREIGN, ORIGIN_UNSAID };

static enum origin
origin_of(const struct req *rq)
{
    struct str site = req_header(rq, "Sec-Fetch-Site"), origin = req_header(rq, "Origin");

    if (str_eq_c(site, "cross-site"))
        return ORIGIN_FOREIGN;
    if (str_eq_c(site, "same-origin") || str_eq_c(site, "none"))
        return ORIGIN_OURS;
    if (origin.n == 0)
        return ORIGIN_UNSAID;
    return origin_is_ours(rq, origin) ? ORIGIN_OURS : ORIGIN_FOREIGN;
}

static enum err
refuse_csrf(struct fault *flt)
{
    return fault_set(flt, ERR_FORBIDDEN, "csrf",
        "The request does not come from our own page; load the page again.");
}

/* A page without the token check still refuses what the browser calls foreign: a login
 * form filled in by another site would sign the visitor in as somebody else. */
static enum err
check_page_origin(
    struct req *rq, const struct router_hooks *h, struct str token, struct fault *flt)
{
    if (origin_of(rq) == ORIGIN_FOREIGN)
        return refuse_csrf(flt);
    if ((rq->route->flags & ROUTE_NO_CSRF) != 0)
        return ERR_OK;
    return h->csrf_ok != NULL && h->csrf_ok(rq, token) ? ERR_OK : refuse_csrf(flt);
}

static enum err
check_api_origin(struct req *rq, const struct router_hooks *h, struct fault *flt)
{
    struct str token = req_header(rq, "X-CSRF-Token");
    enum origin origin = origin_of(rq);

    if (origin == ORIGIN_OURS)
        return ERR_OK;
    /* A guest is no principal, but the browser has its cookie all the same. A program
     * that says who it is in Authorization is nobody's browser. */
    if (!rq->who.by_cookie)
        return origin == ORIGIN_FOREIGN && req_header(rq, "Cookie").n > 0 &&
                       req_header(rq, "Authorization").n == 0
                   ? refuse_csrf(flt)
                   : ERR_OK;
    return token.n > 0 && h->csrf_ok != NULL && h->csrf_ok(rq, token) ? ERR_OK
                                                                      : refuse_csrf(flt);
}

enum err
route_input(struct req *rq, const struct router_hooks *h, struct fault *flt)
{
    bool page = (rq->route->flags & ROUTE_PAGE) != 0, changes = changes_state(rq->method);
    struct str token = STR_NULL;
    enum err e = input_query(rq, flt);

    if (e != ERR_OK)
        return e;
    if (page && changes)
        e = input_form(rq, &token, flt);
    else if (!page)
        e = input_json(rq, flt);
    if (e != ERR_OK || !changes)
        return e;
    return page ? check_page_origin(rq, h, token, flt) : check_api_origin(rq, h, flt);
}
