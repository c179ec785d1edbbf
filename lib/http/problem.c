/* problem+json (RFC 9457) from an error and its fault.  Of a failure of ours (5xx) the
 * client learns the kind and the request's id, never the detail. */
#include "http/problem.h"

#include <string.h>

static const char *
server_detail(int status)
{
    return status == 503 ? "Try again in a moment."
                         : "The failure was logged under the request's id.";
}

/* WWW-Authenticate (RFC 6750): whether a token was sent decides if it was a bad one. */
static void
put_authenticate(struct resp *rs, const struct req *rq)
{
    struct str auth = req_header(rq, "Authorization");
    bool bearer = str_eq_nocase(str_sub(auth, 0, strlen("Bearer ")), STR("Bearer "));

    resp_header(rs, "WWW-Authenticate", "Bearer realm=\"souk\"%s",
        bearer ? ", error=\"invalid_token\"" : "");
}

static void
put_errors(struct jout *j, const struct fault *flt)
{
    size_t i;

    jout_key(j, "errors");
    jout_arr(j);
    for (i = 0; i < flt->n; i++) {
        const struct fault_field *f = &flt->field[i];

        jout_obj(j);
        jout_kc(j, "pointer", f->pointer);
        jout_kc(j, "code", f->code);
        jout_kc(j, "detail", f->detail);
        if (f->extra[0] != '\0') {
            buf_char(j->b, ',');
            buf_c(j->b, f->extra);
        }
        jout_obj_end(j);
    }
    jout_arr_end(j);
}

void
problem_head(struct resp *rs, const struct req *rq, enum err e)
{
    int status = err_status(e), retry = rs->fault.retry_after;

    resp_header(rs, "Cache-Control", "no-store");
    if (retry == 0 && (status == 503 || status == 429))
        retry = 1;
    if (retry > 0)
        resp_header(rs, "Retry-After", "%d", retry);
    if (status == 401)
        put_authenticate(rs, rq);
}

void
problem_write(struct resp *rs, const struct req *rq, enum err e)
{
    const struct fault *flt = &rs->fault;
    int status = err_status(e);
    const char *slug = flt->slug[0] != '\0' ? flt->slug : err_slug(e);
    const char *detail = status >= 500 ? server_detail(status) : flt->detail;
    struct jout *j = resp_json(rs, status);

    rs->type = "application/problem+json";
    problem_head(rs, rq, e);
    jout_obj(j);
    jout_kstr(j, "type", arena_printf(rs->arena, "/problems/%s", slug));
    jout_kc(j, "title", err_title(e));
    jout_ki64(j, "status", status);
    if (detail[0] != '\0')
        jout_kc(j, "detail", detail);
    jout_kstr(j, "instance", rq->id);
    if (flt->n > 0 && status < 500)
        put_errors(j, flt);
    jout_obj_end(j);
}
