/* A request from FastCGI parameters.  Everything a header can get wrong before routing is
 * refused here: values that contradict each other, paths that cannot be.  Decides nothing
 * about who asks or what for. */
#include "http/req.h"

#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "http/field_text.h"
#include "http/form.h"
#include "http/front.h"
#include "http/multipart.h"

#define PATH_BYTES_MAX 2048
#define QUERY_BYTES_MAX 8192
#define ID_BYTES_MAX 64
#define ID_RANDOM_BYTES 12

static const char *const method_names[M__MAX] = {
    [M_GET] = "GET",
    [M_HEAD] = "HEAD",
    [M_POST] = "POST",
    [M_PUT] = "PUT",
    [M_PATCH] = "PATCH",
    [M_DELETE] = "DELETE",
    [M_OPTIONS] = "OPTIONS",
    [M_OTHER] = "OTHER",
};

/* Headers with two values that disagree let two readers see two requests.  '-' and '_'
 * fall together in FastCGI, and nginx sends Content-* under two names. */
static const struct {
    struct str name;
    const char *other;
} single[] = {
    {STR_INIT("CONTENT_LENGTH"), "HTTP_CONTENT_LENGTH"},
    {STR_INIT("CONTENT_TYPE"), "HTTP_CONTENT_TYPE"},
    {STR_INIT("HTTP_AUTHORIZATION"), NULL},
    {STR_INIT("HTTP_CONTENT_LENGTH"), NULL},
    {STR_INIT("HTTP_CONTENT_TYPE"), NULL},
    {STR_INIT("HTTP_COOKIE"), NULL},
    {STR_INIT("HTTP_HOST"), NULL},
    {STR_INIT("HTTP_IDEMPOTENCY_KEY"), NULL},
    {STR_INIT("HTTP_IF_MATCH"), NULL},
    {STR_INIT("HTTP_IF_NONE_MATCH"), NULL},
    {STR_INIT("HTTP_X_CART_TOKEN"), NULL},
    {STR_INIT("HTTP_X_CSRF_TOKEN"), NULL},
    {STR_INIT("HTTP_X_REQUEST_ID"), NULL},
};

enum method
method_parse(struct str s)
{
    size_t m;

    for (m = 0; m < M_OTHER; m++)
        if (str_eq_c(s, method_names[m]))
            return (enum method)m;
    return M_OTHER;
}

const char *
method_text(enum method m)
{
    return (unsigned)m < M__MAX ? method_names[m] : method_names[M_OTHER];
}

static struct str
env_get(char *const *env, const char *name)
{
    size_t n = strlen(name);

    for (; *env != NULL; env++)
        if ((*env)[0] == name[0] && strncmp(*env, name, n) == 0 && (*env)[n] == '=')
            return str_c(*env + n + 1);
    return STR_NULL;
}

struct str
req_env(const struct req *rq, const char *name)
{
    return rq->env != NULL ? env_get(rq->env, name) : STR_NULL;
}

struct str
req_header(const struct req *rq, const char *name)
{
    char key[64] = "HTTP_";
    size_t i, n = strlen("HTTP_");

    for (i = 0; name[i] != '\0'; i++) {
        if (n + 1 >= sizeof(key))
            return STR_NULL;
        if (name[i] >= 'a' && name[i] <= 'z')
            key[n++] = (char)(name[i] - 'a' + 'A');
        else
            key[n++] = name[i] == '-' ? '_' : name[i];
    }
    key[n] = '\0';
    return req_env(rq, key);
}

struct str
req_cookie(const struct req *rq, const char *name)
{
    return cookie_find(req_header(rq, "Cookie"), name);
}

enum err
req_param_id(const struct req *rq, size_t i, int64_t *out)
{
    if (i >= REQ_PARAMS_MAX || !field_id_parse(rq->param[i], out))
        return ERR_NOT_FOUND;
    return ERR_OK;
}

int64_t
req_in_id(const struct req *rq, const char *name)
{
    int64_t id;

    return field_id_parse(jin_str(rq->in, name), &id) ? id : 0;
}

const struct part *
req_file(const struct req *rq, const char *name)
{
    size_t i;

    for (i = 0; i < rq->file_n; i++)
        if (str_eq_c(rq->file[i].name, name) && rq->file[i].filename.n > 0)
            return &rq->file[i];
    return NULL;
}

static bool
id_ok(struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return s.n >= 1 && s.n <= ID_BYTES_MAX;
}

static struct str
id_choose(struct arena *a, struct str sent)
{
    size_t cap = RAND_TOKEN_N(ID_RANDOM_BYTES);

    return id_ok(sent) ? sent : rand_token(arena_alloc(a, cap), cap, ID_RANDOM_BYTES);
}

/* The index in single[], or SIZE_MAX. */
static size_t
single_find(struct str name)
{
    size_t i;

    for (i = 0; i < NELEM(single); i++)
        if (str_eq(single[i].name, name))
            return i;
    return SIZE_MAX;
}

/* Does every header that may stand once do so, and agree with its other name? */
static bool
single_ok(char *const *env)
{
    struct str seen[NELEM(single)] = {{0}}, name, value, other;
    size_t i;

    for (; *env != NULL; env++) {
        /* Most parameters are no headers; cutting each one was seen in the profile. */
        if (((*env)[0] != 'H' && (*env)[0] != 'C') ||
            !str_cut(str_c(*env), '=', &name, &value))
            continue;
        i = single_find(name);
        if (i == SIZE_MAX)
            continue;
        if (seen[i].p != NULL)
            return false;
        seen[i] = value;
    }
    for (i = 0; i < NELEM(single); i++) {
        if (single[i].other == NULL || seen[i].n == 0)
            continue;
        other = seen[single_find(str_c(single[i].other))];
        if (other.p != NULL && !str_eq(other, seen[i]))
            return false;
    }
    return true;
}

static enum err
path_check(struct req *rq, struct fault *flt)
{
    struct str decoded;

    if (rq->path.n == 0 || rq->path.p[0] != '/')
        return fault_set(flt, ERR_BAD, "", "The path must begin with a slash.");
    if (rq->path.n > PATH_BYTES_MAX || rq->query_text.n > QUERY_BYTES_MAX)
        return fault_set(flt, ERR_BAD, "", "The address is too long.");
    if (!percent_decode(rq->arena, rq->path, false, &decoded))
        return fault_set(flt, ERR_BAD, "",
            "The path has a broken percent escape, a NUL or invalid UTF-8.");
    return ERR_OK;
}

enum err
req_build(
    struct req *rq, struct arena *a, char *const *env, struct str body, struct fault *flt)
{
    struct str uri = env_get(env, "REQUEST_URI"), after;

    memset(rq, 0, sizeof(*rq));
    rq->arena = a;
    rq->env = env;
    rq->body = body;
    rq->start_us = clock_mono_us();
    rq->id = id_choose(a, env_get(env, "HTTP_X_REQUEST_ID"));
    rq->method_name = env_get(env, "REQUEST_METHOD");
    rq->method = method_parse(rq->method_name);
    str_cut(uri, '?', &rq->path, &after);
    rq->query_text = env_get(env, "QUERY_STRING");
    if (rq->query_text.p == NULL)
        rq->query_text = after;
    rq->content_type = env_get(env, "CONTENT_TYPE");
    if (rq->content_type.n == 0)
        rq->content_type = STR_NULL;
    rq->ip = env_get(env, "REMOTE_ADDR");
    rq->host = env_get(env, "HTTP_HOST");
    rq->secure = str_eq_nocase(env_get(env, "HTTPS"), STR("on"));
    rq->query = jin_new_object(a, 0);
    rq->in = jin_new_object(a, 0);
    if (rq->method_name.n == 0)
        return fault_set(flt, ERR_BAD, "", "There is no method.");
    if (!single_ok(env))
        return fault_set(
            flt, ERR_BAD, "", "A header that may stand once has two values.");
    return path_check(rq, flt);
}

bool
req_answer_later(struct req *rq, void (*start)(struct req *rq, struct resp *rs),
    enum err (*finish)(struct req *rq, struct resp *rs))
{
    if (rq->resume == NULL)
        return false;
    rq->later_start = start;
    rq->later_finish = finish;
    return true;
}

void
req_resume(struct req *rq)
{
    rq->resume(rq);
}
