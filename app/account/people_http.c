/* The admins' API of accounts: list, invite, change a role, close and open. */
#include <inttypes.h>

#include "account/ended.h"
#include "account/people_http.h"
#include "http/etag.h"
#include "routes.h"

#define PER_PAGE 20

static void
member_jout(struct jout *j, const struct account *acc)
{
    jout_obj(j);
    jout_kid(j, "id", acc->id);
    jout_kstr(j, "email", acc->email);
    jout_kstr(j, "name", acc->name);
    jout_kstr(j, "role", acc->role);
    jout_kbool(j, "active", acc->disabled_at == 0);
    jout_kbool(j, "email_verified", acc->verified_at != 0);
    jout_kbool(j, "totp", acc->totp);
    jout_ktime(j, "created_at", acc->created_at);
    jout_ki64(j, "version", acc->version);
    jout_obj_end(j);
}

static void
member_send(const struct req *rq, struct resp *rs, int status, const struct account *acc)
{
    member_jout(resp_json(rs, status), acc);
    etag_put(rs, rq, acc->version);
}

static enum err
list_get(struct req *rq, struct resp *rs)
{
    struct paging pg = req_paging(rq, PER_PAGE);
    int64_t after, total = 0;
    const bool walks = req_after(rq, &after);
    const struct people_filter f = {.role = jin_str(rq->query, "role"),
        .q = jin_str(rq->query, "q"), .walk = walks, .after = after,
        .page = pg.page, .per_page = pg.per_page};
    struct account *acc = NULL;
    struct jout *j;
    struct db *db = NULL;
    size_t n = 0, i;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = people_list(db, rq->arena, &f, &acc, &n, &total);
    if (e != ERR_OK)
        return e;
    j = resp_json(rs, 200);
    jout_obj(j);
    jout_key(j, "items");
    jout_arr(j);
    for (i = 0; i < n; i++)
        member_jout(j, &acc[i]);
    jout_arr_end(j);
    resp_list_end(rs, rq, j, pg, total, (int64_t)n == pg.per_page ? acc[n - 1].id : 0);
    jout_obj_end(j);
    return ERR_OK;
}

static enum err
one_get(struct req *rq, struct resp *rs)
{
    struct account acc;
    struct db *db = NULL;
    int64_t id;
    enum err e = req_param_id(rq, 0, &id);

    if (e == ERR_OK)
        e = app_db(rq, &db);
    if (e == ERR_OK)
        e = account_get(db, rq->arena, id, &acc);
    if (e == ERR_OK)
        member_send(rq, rs, 200, &acc);
    return e;
}

/* 201: a link to set a password with is on its way; 409 taken; 422. */
static enum err
post(struct req *rq, struct resp *rs)
{
    struct str role = jin_str(rq->in, "role");
    struct account acc;
    struct db *db = NULL;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = people_invite(app_of(rq), db, rq->arena, jin_str(rq->in, "email"),
            jin_str(rq->in, "name"), role.p != NULL ? arena_cstr(rq->arena, role) : "staff",
            &acc, &rs->fault);
    if (e != ERR_OK)
        return e;
    resp_header(rs, "Location", "/api/v1/admin/users/%" PRId64, acc.id);
    member_send(rq, rs, 201, &acc);
    return ERR_OK;
}

/* 200; 404; 409 the last admin; 412; 428. Its sessions are over. */
static enum err
patch(struct req *rq, struct resp *rs)
{
    const struct jval *active = jin_get_type(rq->in, "active", J_BOOL);
    struct people_change c = {.role = jin_str(rq->in, "role"),
        .disabled = active == NULL ? -1 : active->b ? 0 : 1};
    struct account acc;
    struct db *db = NULL;
    enum err e = req_param_id(rq, 0, &c.id);

    if (e == ERR_OK)
        e = app_db(rq, &db);
    if (e == ERR_OK)
        e = account_get(db, rq->arena, c.id, &acc);
    if (e == ERR_OK && !etag_matches(rq, acc.version))
        return ERR_PRECONDITION;
    if (e == ERR_OK && !str_eq_c(str_trim(req_header(rq, "If-Match")), "*"))
        c.version = acc.version;
    if (e == ERR_OK)
        e = people_change(db, rq->arena, &c, &acc, &rs->fault);
    if (e != ERR_OK)
        return e;
    ended_tell(app_of(rq));
    member_send(rq, rs, 200, &acc);
    return e;
}

#define ROLES "customer|staff|admin"
static const struct field list_query[] = {
    {.name = "role", .type = F_ENUM, .choices = ROLES},
    {.name = "q", .type = F_STR, .max = 254, .help = "the beginning of an e-mail address"},
    PAGING_FIELDS,
    {.name = NULL},
};
static const struct field post_fields[] = {
    {.name = "email", .type = F_EMAIL, .flags = FIELD_REQUIRED | FIELD_TRIM, .max = 254},
    {.name = "name", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM, .min = 1, .max = 200},
    {.name = "role", .type = F_ENUM, .choices = ROLES, .help = "staff, if it is not said"},
    {.name = NULL},
};
static const struct field patch_fields[] = {
    {.name = "role", .type = F_ENUM, .choices = ROLES},
    {.name = "active", .type = F_BOOL, .help = "false: its owner cannot sign in any more"},
    {.name = NULL},
};
static const struct field member_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "email", .type = F_STR, .example = "\"amina@example.com\""},
    {.name = "name", .type = F_STR},
    {.name = "role", .type = F_ENUM, .choices = ROLES},
    {.name = "active", .type = F_BOOL},
    {.name = "email_verified", .type = F_BOOL},
    {.name = "totp", .type = F_BOOL},
    {.name = "created_at", .type = F_TIME},
    {.name = "version", .type = F_I64},
    {.name = NULL},
};
static const struct schema member_schema = {
    "Member", "An account as admins see it.", member_fields};

const struct route people_routes[] = {
    {M_GET, "/api/v1/admin/users", list_get, AUTH_ADMIN, ROUTE_LIST, list_query, NULL,
        "adminListUsers", "Accounts, the newest first", .status = 200, .out = &member_schema},
    {M_POST, "/api/v1/admin/users", post, AUTH_ADMIN, ROUTE_ETAG | ROUTE_CREATES, NULL, post_fields,
        "adminCreateUser", "An account for one of the shop's people, who gets a link",
        .status = 201, .out = &member_schema, .errors = "email_taken",
        .example = "{\"email\":\"amina@example.com\",\"name\":\"Amina Idrissi\","
                   "\"role\":\"staff\"}"},
    {M_GET, "/api/v1/admin/users/{id}", one_get, AUTH_ADMIN, ROUTE_ETAG, NULL, NULL,
        "adminGetUser", "One account", .status = 200, .out = &member_schema,
        .cache = "private, no-cache"},
    {M_PATCH, "/api/v1/admin/users/{id}", patch, AUTH_ADMIN,
        ROUTE_IF_MATCH | ROUTE_MERGE_PATCH | ROUTE_ETAG, NULL, patch_fields, "adminPatchUser",
        "Change a role, close or open an account; its sessions end", .status = 200,
        .out = &member_schema, .errors = "last_admin email_unverified",
        .example = "{\"role\":\"staff\"}"},
    {.pattern = NULL},
};
