/* The document as a whole: paths, operations, their parameters and bodies, components. */
#include "http/openapi.h"

#include <stdio.h>
#include <string.h>

#include "http/openapi_priv.h"

static const struct field id_path[] = {
    {.name = "id", .type = F_ID, .help = "its id"},
    {.name = NULL},
};

static const struct field problem_error_fields[] = {
    {.name = "pointer", .type = F_STR, .example = "\"/quantity\"",
        .help = "JSON pointer into the body, or ?name for a query parameter"},
    {.name = "code", .type = F_STR, .help = "stable", .example = "\"out_of_range\""},
    {.name = "detail", .type = F_STR, .example = "\"From 1 to 9999.\""},
    {.name = "sku", .type = F_STR, .flags = FIELD_OPTIONAL},
    {.name = "available", .type = F_I64, .flags = FIELD_OPTIONAL,
        .help = "units that can be ordered"},
    {.name = "left", .type = F_I64, .flags = FIELD_OPTIONAL,
        .help = "units of the line that are left for this"},
    {.name = "amount", .type = F_I64, .flags = FIELD_OPTIONAL,
        .help = "the total as it is now, minor units"},
    {.name = "currency", .type = F_STR, .flags = FIELD_OPTIONAL},
    {.name = NULL},
};
static const struct schema problem_error_schema = {
    "ProblemError", "One thing that is wrong.", problem_error_fields};
static const struct field problem_fields[] = {
    {.name = "type", .type = F_STR, .help = "a stable slug below /problems/"},
    {.name = "title", .type = F_STR},
    {.name = "status", .type = F_I64},
    {.name = "detail", .type = F_STR, .flags = FIELD_OPTIONAL},
    {.name = "instance", .type = F_STR, .help = "the request's id"},
    {.name = "errors", .type = F_ARRAY, .flags = FIELD_OPTIONAL,
        .of = &problem_error_schema},
    {.name = NULL},
};
static const struct schema problem_schema = {
    "Problem", "Why a request was refused (RFC 9457).", problem_fields};

static bool
is_described(const struct openapi_info *info, const struct route *rt)
{
    return str_starts(str_c(rt->pattern), str_c(info->prefix)) &&
           (rt->flags & ROUTE_PAGE) == 0;
}

/* The group of a route, or NULL. */
static const struct openapi_tag *
tag_of(const struct openapi_info *info, const struct route *rt)
{
    struct str path = str_c(rt->pattern + strlen(info->prefix) + 1), list, part;

    for (const struct openapi_tag *t = info->tags; t->name != NULL; t++)
        for (list = str_c(t->parts); str_next(&list, '|', &part);)
            if (str_starts(path, part) &&
                (path.n == part.n || path.p[part.n] == '/'))
                return t;
    return NULL;
}

/* --- what is missing --- */

struct lacks {
    const struct route *rt;
    struct buf *why;
    size_t n;
};

static void
lack(struct lacks *l, const char *what, struct str more)
{
    l->n++;
    buf_printf(l->why, "%s %s: %s%.*s\n", method_text(l->rt->method), l->rt->pattern, what,
        STR_F(more));
}

static void
check_problems(struct lacks *l, const struct openapi_info *info)
{
    struct str rest = str_c(l->rt->errors), slug;

    while (str_next(&rest, ' ', &slug))
        if (openapi_problem(info, slug) == NULL)
            lack(l, "no such problem: ", slug);
}

size_t
openapi_lacks(const struct router *r, const struct openapi_info *info, struct buf *why)
{
    struct lacks l = {.why = why};
    const struct route *rt, *other;

    for (size_t i = 0; (rt = router_route(r, i)) != NULL; i++) {
        if (!is_described(info, rt))
            continue;
        l.rt = rt;
        if (rt->id == NULL || rt->summary == NULL)
            lack(&l, "no id or summary", STR_NULL);
        if (rt->status < 200 || rt->status > 299)
            lack(&l, "no status of success", STR_NULL);
        if ((rt->out == NULL) != (rt->status == 204))
            lack(&l, "an answer has a schema, 204 has none", STR_NULL);
        if (tag_of(info, rt) == NULL)
            lack(&l, "no tag has its path", STR_NULL);
        check_problems(&l, info);
        for (size_t k = 0; k < i; k++) {
            other = router_route(r, k);
            if (is_described(info, other) && strcmp(other->id, rt->id) == 0)
                lack(&l, "its id is another's too", STR_NULL);
        }
    }
    return l.n;
}

/* --- operations --- */

static void
parameter(struct openapi_doc *d, const char *in, const struct field *f, bool required)
{
    struct field bare = *f;

    bare.help = NULL;
    bare.example = NULL;
    bare.flags &= ~FIELD_NULL;
    jout_obj(d->j);
    jout_kc(d->j, "name", f->name);
    jout_kc(d->j, "in", in);
    if (f->help != NULL)
        jout_kc(d->j, "description", f->help);
    if (required)
        jout_kbool(d->j, "required", true);
    jout_key(d->j, "schema");
    openapi_value(d, &bare, WAY_IN);
    if (f->example != NULL) {
        jout_key(d->j, "example");
        jout_raw(d->j, str_c(f->example));
    }
    jout_obj_end(d->j);
}

static void
path_parameters(struct openapi_doc *d, const struct route *rt)
{
    struct str rest = str_c(rt->pattern), part;
    struct field f;

    while (str_next(&rest, '/', &part)) {
        if (part.n < 3 || part.p[0] != '{')
            continue;
        part = str_sub(part, 1, part.n - 2);
        f = id_path[0];
        f.name = arena_cstr(d->a, part);
        for (const struct field *t = rt->path; t != NULL && t->name != NULL; t++)
            if (str_eq_c(part, t->name))
                f = *t;
        parameter(d, "path", &f, true);
    }
}

static void
header_parameters(struct openapi_doc *d, const struct route *rt)
{
    static const struct field match = {.name = "If-Match", .type = F_STR, .min = 1,
        .max = 200, .help = "the ETag of what is changed, as you last saw it; * for any",
        .example = "\"*\""};
    static const struct field none_match = {.name = "If-None-Match", .type = F_STR,
        .max = 1000, .help = "the ETag of what you have: 304 if it is still right"};
    static const struct field key = {.name = "Idempotency-Key", .type = F_STR, .min = 1,
        .max = 255, .help = "any text of your own; the same request with the same key is "
                            "done once and answered alike, for 24 hours",
        .example = "\"my-first-order\""};

    if ((rt->flags & ROUTE_IF_MATCH) != 0)
        parameter(d, "header", &match, true);
    if ((rt->flags & ROUTE_ETAG) != 0 && rt->method == M_GET)
        parameter(d, "header", &none_match, false);
    if ((rt->flags & ROUTE_KEY) != 0)
        parameter(d, "header", &key, (rt->flags & ROUTE_KEY_NEEDED) == ROUTE_KEY_NEEDED);
}

static void
put_parameters(struct openapi_doc *d, const struct route *rt)
{
    jout_key(d->j, "parameters");
    jout_arr(d->j);
    path_parameters(d, rt);
    for (const struct field *f = rt->query; f != NULL && f->name != NULL; f++)
        parameter(d, "query", f, (f->flags & FIELD_REQUIRED) != 0);
    header_parameters(d, rt);
    jout_arr_end(d->j);
}

static bool
any_required(const struct field *t)
{
    for (; t->name != NULL; t++)
        if ((t->flags & FIELD_REQUIRED) != 0)
            return true;
    return false;
}

static void
body_media(struct openapi_doc *d, const struct route *rt, const char *type)
{
    bool patch = (rt->flags & ROUTE_MERGE_PATCH) != 0;

    jout_key(d->j, type);
    jout_obj(d->j);
    jout_key(d->j, "schema");
    openapi_ref_body(d, rt);
    jout_key(d->j, "example");
    if (rt->example != NULL)
        jout_raw(d->j, str_c(rt->example));
    else
        openapi_example(d, rt->in, patch ? WAY_PATCH : WAY_IN, 0);
    jout_obj_end(d->j);
}

static void
put_body(struct openapi_doc *d, const struct route *rt)
{
    bool patch = (rt->flags & ROUTE_MERGE_PATCH) != 0;

    jout_key(d->j, "requestBody");
    jout_obj(d->j);
    jout_kbool(d->j, "required", !patch && any_required(rt->in));
    jout_key(d->j, "content");
    jout_obj(d->j);
    body_media(d, rt, "application/json");
    if (patch)
        body_media(d, rt, "application/merge-patch+json");
    jout_obj_end(d->j);
    jout_obj_end(d->j);
}

static const struct {
    const char *name, *who;
} roles[] = {
    [AUTH_NONE] = {"anyone", "Open to anyone."},
    [AUTH_OPTIONAL] = {"guest", "Open to guests and customers; what belongs to somebody "
                                "else is not found."},
    [AUTH_USER] = {"user", "For those who have signed in."},
    [AUTH_STAFF] = {"staff", "For the shop's people."},
    [AUTH_ADMIN] = {"admin", "For admins."},
};

static void
security_one(struct jout *j, const char *name)
{
    jout_obj(j);
    if (name != NULL) {
        jout_key(j, name);
        jout_arr(j);
        jout_arr_end(j);
    }
    jout_obj_end(j);
}

static void
put_security(struct openapi_doc *d, const struct route *rt)
{
    jout_key(d->j, "security");
    jout_arr(d->j);
    if (rt->auth == AUTH_OPTIONAL) {
        security_one(d->j, NULL);
        security_one(d->j, "cartToken");
    }
    if (rt->auth != AUTH_NONE) {
        security_one(d->j, "bearer");
        security_one(d->j, "cookie");
    }
    jout_arr_end(d->j);
    jout_kc(d->j, "x-role", roles[rt->auth].name);
}

static void
put_operation(struct openapi_doc *d, const struct route *rt)
{
    const char *name = method_text(rt->method);
    const struct openapi_tag *tag = tag_of(d->info, rt);
    struct buf lower;

    buf_init_arena(&lower, d->a, 16);
    for (; *name != '\0'; name++)
        buf_char(&lower, (char)(*name - 'A' + 'a'));
    jout_key(d->j, buf_cstr(&lower));
    jout_obj(d->j);
    jout_kc(d->j, "operationId", rt->id);
    jout_kc(d->j, "summary", rt->summary);
    jout_kstr(d->j, "description",
        arena_printf(d->a, "%s%s%s", rt->about != NULL ? rt->about : "",
            rt->about != NULL ? "\n\n" : "", roles[rt->auth].who));
    jout_key(d->j, "tags");
    jout_arr(d->j);
    jout_str(d->j, str_c(tag != NULL ? tag->name : "other"));
    jout_arr_end(d->j);
    put_security(d, rt);
    put_parameters(d, rt);
    if (rt->in != NULL)
        put_body(d, rt);
    openapi_answers(d, rt);
    jout_obj_end(d->j);
}

/* One path with all its methods, where the first of its routes stands. */
static void
put_path(struct openapi_doc *d, size_t first)
{
    const struct route *rt = router_route(d->router, first), *other;

    for (size_t i = 0; i < first; i++)
        if (strcmp(router_route(d->router, i)->pattern, rt->pattern) == 0)
            return;
    jout_key(d->j, rt->pattern + strlen(d->info->prefix));
    jout_obj(d->j);
    for (size_t i = first; (other = router_route(d->router, i)) != NULL; i++)
        if (strcmp(other->pattern, rt->pattern) == 0 && other->status != 0)
            put_operation(d, other);
    jout_obj_end(d->j);
}

/* --- the whole --- */

static void
put_info(struct openapi_doc *d)
{
    jout_kc(d->j, "openapi", "3.1.0");
    jout_key(d->j, "info");
    jout_obj(d->j);
    jout_kc(d->j, "title", d->info->title);
    jout_kc(d->j, "version", d->info->version);
    jout_kc(d->j, "description", d->info->description);
    jout_key(d->j, "contact");
    jout_obj(d->j);
    jout_kc(d->j, "name", "The shop's people");
    jout_obj_end(d->j);
    jout_obj_end(d->j);
    jout_key(d->j, "servers");
    jout_arr(d->j);
    jout_obj(d->j);
    jout_kc(d->j, "url", d->info->prefix);
    jout_kc(d->j, "description", "The shop that serves this document");
    jout_obj_end(d->j);
    jout_arr_end(d->j);
    jout_key(d->j, "tags");
    jout_arr(d->j);
    for (const struct openapi_tag *t = d->info->tags; t->name != NULL; t++) {
        jout_obj(d->j);
        jout_kc(d->j, "name", t->name);
        jout_kc(d->j, "description", t->help);
        jout_obj_end(d->j);
    }
    jout_arr_end(d->j);
}

static void
put_components(struct openapi_doc *d)
{
    jout_key(d->j, "components");
    jout_obj(d->j);
    jout_key(d->j, "securitySchemes");
    jout_raw(d->j,
        STR("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
            "\"description\":\"The access_token of a sign-in.\"},"
            "\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"access\","
            "\"description\":\"What the shop's own pages use; changes need X-CSRF-Token "
            "unless the browser says that they come from this site.\"},"
            "\"cartToken\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-Cart-Token\","
            "\"description\":\"A guest: the token that came back with the first item or "
            "order.\"}}"));
    jout_key(d->j, "headers");
    jout_obj(d->j);
    openapi_headers(d);
    jout_obj_end(d->j);
    jout_key(d->j, "responses");
    jout_obj(d->j);
    openapi_shared_answers(d);
    jout_obj_end(d->j);
    jout_key(d->j, "schemas");
    jout_obj(d->j);
    openapi_name(d, &problem_schema);
    openapi_schemas(d);
    jout_obj_end(d->j);
    jout_obj_end(d->j);
}

void
openapi_write(const struct router *r, const struct openapi_info *info, struct arena *a,
    struct buf *out)
{
    struct openapi_doc *d = arena_calloc(a, 1, sizeof(*d));
    const struct route *rt;
    struct jout j;

    jout_init(&j, out);
    d->j = &j;
    d->a = a;
    d->router = r;
    d->info = info;
    jout_obj(&j);
    put_info(d);
    jout_key(&j, "paths");
    jout_obj(&j);
    for (size_t i = 0; (rt = router_route(r, i)) != NULL; i++)
        if (is_described(info, rt))
            put_path(d, i);
    jout_obj_end(&j);
    put_components(d);
    jout_obj_end(&j);
}
