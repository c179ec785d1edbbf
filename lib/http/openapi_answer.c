/* What an operation may answer: its success, and every problem that its route can meet by
 * who may call it, what it takes and what it says of itself. */
#include <stdio.h>
#include <string.h>

#include "http/openapi_priv.h"

#define STATUS_MIN 400
#define STATUS_MAX 599

const struct problem_type *
openapi_problem(const struct openapi_info *info, struct str slug)
{
    for (const struct problem_type *p = info->problems; p->slug != NULL; p++)
        if (str_eq_c(slug, p->slug))
            return p;
    return NULL;
}

static bool
is_listed(const struct route *rt, const char *slug)
{
    struct str rest = str_c(rt->errors), one;

    while (str_next(&rest, ' ', &one))
        if (str_eq_c(one, slug))
            return true;
    return false;
}

static bool
is_possible(const struct route *rt, const struct problem_type *p)
{
    if (is_listed(rt, p->slug))
        return true;
    switch (p->when) {
    case PROBLEM_ALWAYS:
        return true;
    case PROBLEM_AUTH:
        return rt->auth != AUTH_NONE;
    case PROBLEM_ROLE:
        return rt->auth == AUTH_STAFF || rt->auth == AUTH_ADMIN;
    case PROBLEM_PATH:
        return strchr(rt->pattern, '{') != NULL;
    case PROBLEM_CHANGE:
        return rt->method != M_GET;
    case PROBLEM_IF_MATCH:
        return (rt->flags & ROUTE_IF_MATCH) != 0;
    case PROBLEM_KEY:
        return (rt->flags & ROUTE_KEY) != 0;
    case PROBLEM_KEY_NEEDED:
        return (rt->flags & ROUTE_KEY_NEEDED) == ROUTE_KEY_NEEDED;
    case PROBLEM_LISTED:
    case PROBLEM_NEVER:
        break;
    }
    return false;
}

/* The problems of one status that a route may meet, "slug.slug"; false: none. */
static bool
slugs_of(const struct openapi_info *info, const struct route *rt, int status,
    char out[OPENAPI_NAME_N])
{
    size_t n = 0;

    out[0] = '\0';
    for (const struct problem_type *p = info->problems; p->slug != NULL; p++) {
        if (err_status(p->err) != status || !is_possible(rt, p))
            continue;
        if (n + strlen(p->slug) + 2 > OPENAPI_NAME_N)
            break;
        n += (size_t)snprintf(
            out + n, OPENAPI_NAME_N - n, "%s%s", n > 0 ? "." : "", p->slug);
    }
    return n > 0;
}

static const struct openapi_answer *
share(struct openapi_doc *d, int status, const char *slugs)
{
    struct openapi_answer *an;

    for (size_t i = 0; i < d->answer_n; i++)
        if (d->answer[i].status == status && strcmp(d->answer[i].slugs, slugs) == 0)
            return &d->answer[i];
    if (d->answer_n == OPENAPI_NAMES_MAX)
        return &d->answer[0];
    an = &d->answer[d->answer_n++];
    an->status = status;
    (void)snprintf(an->slugs, sizeof(an->slugs), "%s", slugs);
    return an;
}

static void
ref(struct openapi_doc *d, const char *to)
{
    jout_obj(d->j);
    jout_kstr(d->j, "$ref", arena_printf(d->a, "#/components/%s", to));
    jout_obj_end(d->j);
}

static void
ref_header(struct openapi_doc *d, const char *name)
{
    jout_key(d->j, name);
    ref(d, arena_printf(d->a, "headers/%s", name).p);
}

/* What the router puts on every answer. */
static void
common_headers(struct openapi_doc *d)
{
    ref_header(d, "X-Request-Id");
    ref_header(d, "RateLimit-Policy");
    ref_header(d, "RateLimit");
}

/* A list that is always shown whole has no other pages to link to. */
static bool
has_pages(const struct route *rt)
{
    for (const struct field *f = rt->query; f != NULL && f->name != NULL; f++)
        if (strcmp(f->name, "page") == 0)
            return (rt->flags & ROUTE_LIST) != 0;
    return false;
}

static void
success_headers(struct openapi_doc *d, const struct route *rt)
{
    jout_key(d->j, "headers");
    jout_obj(d->j);
    common_headers(d);
    jout_key(d->j, "Cache-Control");
    jout_obj(d->j);
    jout_key(d->j, "schema");
    jout_obj(d->j);
    jout_kc(d->j, "type", "string");
    jout_kc(d->j, "const", rt->cache != NULL ? rt->cache : "no-store");
    jout_obj_end(d->j);
    jout_obj_end(d->j);
    if ((rt->flags & ROUTE_ETAG) != 0)
        ref_header(d, "ETag");
    if (has_pages(rt))
        ref_header(d, "Link");
    if ((rt->flags & ROUTE_CREATES) != 0)
        ref_header(d, "Location");
    if ((rt->flags & ROUTE_KEY) != 0)
        ref_header(d, "Idempotent-Replayed");
    jout_obj_end(d->j);
}

static void
success_body(struct openapi_doc *d, const struct route *rt)
{
    bool list = (rt->flags & ROUTE_LIST) != 0 && !openapi_is_list(rt->out);

    jout_key(d->j, "content");
    jout_obj(d->j);
    jout_key(d->j, "application/json");
    jout_obj(d->j);
    jout_key(d->j, "schema");
    if (list)
        openapi_ref_list(d, rt->out);
    else
        openapi_ref_schema(d, rt->out);
    jout_key(d->j, "example");
    if (!list) {
        openapi_example(d, rt->out->fields, WAY_OUT, 0);
    } else {
        jout_obj(d->j);
        jout_key(d->j, "items");
        jout_arr(d->j);
        openapi_example(d, rt->out->fields, WAY_OUT, 1);
        jout_arr_end(d->j);
        jout_ki64(d->j, "page", 1);
        jout_ki64(d->j, "per_page", 20);
        jout_ki64(d->j, "total", 1);
        jout_obj_end(d->j);
    }
    jout_obj_end(d->j);
    jout_obj_end(d->j);
}

static const char *
success_text(const struct route *rt)
{
    if (rt->out == NULL)
        return "Done; there is nothing to say.";
    if ((rt->flags & ROUTE_LIST) != 0)
        return "A page of the list.";
    return rt->status == 201 ? "Made." : "Done.";
}

static void
put_success(struct openapi_doc *d, const struct route *rt)
{
    char status[16];

    (void)snprintf(status, sizeof(status), "%d", rt->status);
    jout_key(d->j, status);
    jout_obj(d->j);
    jout_kc(d->j, "description", success_text(rt));
    success_headers(d, rt);
    if (rt->out != NULL)
        success_body(d, rt);
    jout_obj_end(d->j);
    if (rt->method != M_GET || (rt->flags & ROUTE_ETAG) == 0)
        return;
    jout_key(d->j, "304");
    ref(d, "responses/NotModified");
}

void
openapi_answers(struct openapi_doc *d, const struct route *rt)
{
    char slugs[OPENAPI_NAME_N], text[16];

    jout_key(d->j, "responses");
    jout_obj(d->j);
    put_success(d, rt);
    for (int status = STATUS_MIN; status <= STATUS_MAX; status++) {
        if (!slugs_of(d->info, rt, status, slugs))
            continue;
        (void)share(d, status, slugs);
        (void)snprintf(text, sizeof(text), "%d", status);
        jout_key(d->j, text);
        ref(d, arena_printf(d->a, "responses/%d.%s", status, slugs).p);
    }
    jout_obj_end(d->j);
}

/* --- components --- */

static void
problem_headers(struct openapi_doc *d, int status)
{
    jout_key(d->j, "headers");
    jout_obj(d->j);
    common_headers(d);
    if (status == 401)
        ref_header(d, "WWW-Authenticate");
    if (status == 429 || status == 503)
        ref_header(d, "Retry-After");
    jout_obj_end(d->j);
}

/* Problem, with one of the types that are possible here. */
static void
problem_schema(struct openapi_doc *d, const char *slugs)
{
    struct str rest = str_c(slugs), slug;

    jout_key(d->j, "schema");
    jout_obj(d->j);
    jout_key(d->j, "allOf");
    jout_arr(d->j);
    ref(d, "schemas/Problem");
    jout_obj(d->j);
    jout_key(d->j, "properties");
    jout_obj(d->j);
    jout_key(d->j, "type");
    jout_obj(d->j);
    jout_key(d->j, "enum");
    jout_arr(d->j);
    while (str_next(&rest, '.', &slug))
        jout_str(d->j, arena_printf(d->a, "/problems/%.*s", STR_F(slug)));
    jout_arr_end(d->j);
    jout_obj_end(d->j);
    jout_obj_end(d->j);
    jout_obj_end(d->j);
    jout_arr_end(d->j);
    jout_obj_end(d->j);
}

static void
problem_example(struct openapi_doc *d, const struct problem_type *p)
{
    if (p == NULL)
        return;
    jout_key(d->j, p->slug);
    jout_obj(d->j);
    jout_kc(d->j, "summary", p->meaning);
    jout_key(d->j, "value");
    jout_obj(d->j);
    jout_kstr(d->j, "type", arena_printf(d->a, "/problems/%s", p->slug));
    jout_kc(d->j, "title", err_title(p->err));
    jout_ki64(d->j, "status", err_status(p->err));
    jout_kc(d->j, "detail", p->meaning);
    jout_kc(d->j, "instance", "c0ffee00c0ffee00c0ffee00c0ffee00");
    if (p->err == ERR_INVALID) {
        jout_key(d->j, "errors");
        jout_raw(d->j, STR("[{\"pointer\":\"/quantity\",\"code\":\"out_of_range\","
                           "\"detail\":\"From 1 to 9999.\"}]"));
    }
    jout_obj_end(d->j);
    jout_obj_end(d->j);
}

static void
put_problem(struct openapi_doc *d, const struct openapi_answer *an)
{
    struct str rest = str_c(an->slugs), slug;
    const struct problem_type *p;
    struct buf b;

    buf_init_arena(&b, d->a, (size_t)16 << 10);
    while (str_next(&rest, '.', &slug))
        if ((p = openapi_problem(d->info, slug)) != NULL)
            buf_printf(&b, "%s`%s`: %s", b.n > 0 ? "\n\n" : "", p->slug, p->meaning);
    jout_key(d->j, arena_printf(d->a, "%d.%s", an->status, an->slugs).p);
    jout_obj(d->j);
    jout_kstr(d->j, "description", buf_view(&b));
    problem_headers(d, an->status);
    jout_key(d->j, "content");
    jout_obj(d->j);
    jout_key(d->j, "application/problem+json");
    jout_obj(d->j);
    problem_schema(d, an->slugs);
    jout_key(d->j, "examples");
    jout_obj(d->j);
    for (rest = str_c(an->slugs); str_next(&rest, '.', &slug);)
        problem_example(d, openapi_problem(d->info, slug));
    jout_obj_end(d->j);
    jout_obj_end(d->j);
    jout_obj_end(d->j);
    jout_obj_end(d->j);
}

void
openapi_shared_answers(struct openapi_doc *d)
{
    jout_key(d->j, "NotModified");
    jout_obj(d->j);
    jout_kc(d->j, "description", "What you have is still right.");
    jout_key(d->j, "headers");
    jout_obj(d->j);
    common_headers(d);
    ref_header(d, "ETag");
    jout_obj_end(d->j);
    jout_obj_end(d->j);
    for (size_t i = 0; i < d->answer_n; i++)
        put_problem(d, &d->answer[i]);
}

void
openapi_headers(struct openapi_doc *d)
{
    static const struct {
        const char *name, *help, *example;
    } t[] = {
        {"X-Request-Id", "The request's id: yours, if it was 1 to 64 of A-Z a-z 0-9 . _ -.",
            "c0ffee00c0ffee00c0ffee00c0ffee00"},
        {"RateLimit-Policy", "How many requests you may send in how many seconds.",
            "\"api\";q=600;w=60"},
        {"RateLimit", "How many are left, and the seconds until all are there again.",
            "\"api\";r=599;t=1"},
        {"ETag", "A strong validator, for If-Match and If-None-Match.", "\"3\""},
        {"Link", "The pages first, prev, next and last (RFC 8288).",
            "</api/v1/products?page=2>; rel=\"next\""},
        {"Location", "Where what was made is from now on.", "/api/v1/products/1"},
        {"Idempotent-Replayed", "true: this is the first answer again.", "true"},
        {"WWW-Authenticate", "RFC 6750.", "Bearer realm=\"souk\""},
        {"Retry-After", "Seconds to wait.", "2"},
    };

    for (size_t i = 0; i < NELEM(t); i++) {
        jout_key(d->j, t[i].name);
        jout_obj(d->j);
        jout_kc(d->j, "description", t[i].help);
        jout_key(d->j, "schema");
        jout_obj(d->j);
        jout_kc(d->j, "type", "string");
        jout_obj_end(d->j);
        jout_kc(d->j, "example", t[i].example);
        jout_obj_end(d->j);
    }
}
