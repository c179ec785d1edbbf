/* The admins' page of accounts: who is there, invite somebody, change a role, close and open. */
#include <inttypes.h>

#include "account/account_http.h"
#include "account/people_http.h"
#include "admin/admin_page.h"

#define PER_PAGE 50

static enum err
show(struct req *rq, struct resp *rs, int status)
{
    static const char *const names[] = {"email", "name", NULL};
    struct paging pg = req_paging(rq, PER_PAGE);
    struct str role = jin_str(rq->query, "role");
    const struct people_filter f = {.role = role, .page = pg.page, .per_page = pg.per_page};
    struct tval *t = tval_obj(rq->arena), *list = tval_add_arr(rq->arena, t, "users");
    struct account *acc = NULL;
    struct db *db;
    int64_t total = 0;
    size_t n = 0, i;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = people_list(db, rq->arena, &f, &acc, &n, &total);
    if (e != ERR_OK)
        return e;
    for (i = 0; i < n; i++) {
        struct tval *v = tval_push_obj(rq->arena, list);

        tval_set_fmt(rq->arena, v, "id", "%" PRId64, acc[i].id);
        tval_set_i64(rq->arena, v, "version", acc[i].version);
        tval_set_str(rq->arena, v, "name", acc[i].name);
        tval_set_str(rq->arena, v, "email", acc[i].email);
        tval_set_str(rq->arena, v, "role", acc[i].role);
        admin_time(rq->arena, v, "since", acc[i].created_at);
        tval_set_bool(rq->arena, v, "active", acc[i].disabled_at == 0);
        tval_set_bool(rq->arena, v, "totp", acc[i].totp);
        tval_set_bool(rq->arena, v, "verified", acc[i].verified_at != 0);
        tval_set_bool(rq->arena, v, "is_customer", str_eq_c(acc[i].role, "customer"));
        tval_set_bool(rq->arena, v, "is_staff", str_eq_c(acc[i].role, "staff"));
        tval_set_bool(rq->arena, v, "is_admin", str_eq_c(acc[i].role, "admin"));
    }
    tval_set_c(rq->arena, t, "title", "Accounts");
    view_text(rq->arena, t, "typed_email", jin_str(rq->in, "email"));
    view_text(rq->arena, t, "typed_name", jin_str(rq->in, "name"));
    view_pager(rq->arena, t,
        role.p != NULL ? arena_printf(rq->arena, "/admin/users?role=%.*s&", STR_F(role))
                       : STR("/admin/users?"),
        pg, total);
    view_errors(rq->arena, t, &rs->fault, names);
    return admin_send(rq, rs, status, "admin_users", t);
}

enum err
admin_users_get(struct req *rq, struct resp *rs)
{
    return show(rq, rs, 200);
}

static enum err
done(struct req *rq, struct resp *rs, enum err e, const char *said)
{
    if (e == ERR_INVALID || e == ERR_CONFLICT || e == ERR_PRECONDITION || e == ERR_FORBIDDEN)
        return show(rq, rs, err_status(e));
    if (e != ERR_OK)
        return e;
    page_flash(rq, rs, "success", "%s", said);
    resp_redirect(rs, "/admin/users");
    return ERR_OK;
}

enum err
admin_user_invite_form(struct req *rq, struct resp *rs)
{
    struct account acc;
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = people_invite(app_of(rq), db, rq->arena, jin_str(rq->in, "email"),
            jin_str(rq->in, "name"), arena_cstr(rq->arena, jin_str(rq->in, "role")), &acc,
            &rs->fault);
    return done(rq, rs, e, "A link to set a password is on its way.");
}

enum err
admin_user_form(struct req *rq, struct resp *rs)
{
    const struct jval *active = jin_get_type(rq->in, "active", J_BOOL);
    struct people_change c = {.id = req_in_id(rq, "id"),
        .version = jin_i64(rq->in, "version", 0),
        .role = jin_str(rq->in, "role"),
        .disabled = active == NULL ? -1 : active->b ? 0 : 1};
    struct account acc;
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = people_change(db, rq->arena, &c, &acc, &rs->fault);
    account_sessions_ended(rq);
    return done(rq, rs, e, "Done. The account has to sign in again.");
}

const struct field admin_users_query[] = {
    {.name = "role", .type = F_ENUM, .choices = "customer|staff|admin"},
    PAGE_FIELD,
    {.name = NULL},
};
const struct field admin_user_invite_in[] = {
    {.name = "email", .type = F_STR, .flags = FIELD_TRIM, .max = 254},
    {.name = "name", .type = F_STR, .flags = FIELD_TRIM, .max = 200},
    {.name = "role",
        .type = F_ENUM,
        .flags = FIELD_REQUIRED,
        .choices = "customer|staff|admin"},
    {.name = NULL},
};
const struct field admin_user_in[] = {
    {.name = "id", .type = F_ID, .flags = FIELD_REQUIRED},
    {.name = "version", .type = F_I64, .flags = FIELD_REQUIRED, .min = 1, .max = INT64_MAX},
    {.name = "role", .type = F_ENUM, .choices = "customer|staff|admin"},
    {.name = "active", .type = F_BOOL},
    {.name = NULL},
};
