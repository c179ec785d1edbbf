/* The address book's pages: the list, and one form for adding and changing. */
#include <inttypes.h>

#include "address/address_json.h"
#include "app.h"
#include "routes.h"
#include "web/order_view.h"
#include "web/page.h"
#include "web/view.h"

static const char *const names[] = {"name", "line1", "line2", "city", "region",
    "postal_code", "country", NULL};

static enum err
book_get_page(struct req *rq, struct resp *rs)
{
    struct tval *t = tval_obj(rq->arena), *list = tval_add_arr(rq->arena, t, "addresses");
    struct book_entry *e = NULL;
    struct db *db;
    size_t n = 0, i;
    enum err err = app_db(rq, &db);

    if (err == ERR_OK)
        err = book_list(db, rq->arena, rq->who.user_id, &e, &n);
    if (err != ERR_OK)
        return err;
    for (i = 0; i < n; i++) {
        struct tval *v = tval_push_obj(rq->arena, list);

        tval_set_fmt(rq->arena, v, "id", "%" PRId64, e[i].id);
        tval_set_bool(rq->arena, v, "is_default", e[i].is_default);
        view_address(rq->arena, v, &e[i].to);
    }
    tval_set_c(rq->arena, t, "title", "Your addresses");
    tval_set_bool(rq->arena, t, "has_addresses", n > 0);
    tval_set_bool(rq->arena, t, "may_add", n < ADDRESSES_MAX);
    return page_send(rq, rs, 200, "addresses", t);
}

/* The form; id 0: of a new one. */
static enum err
form_page(struct req *rq, struct resp *rs, int status, const struct book_entry *e)
{
    struct tval *t = tval_obj(rq->arena), *v = tval_add_obj(rq->arena, t, "address");

    tval_set_c(rq->arena, t, "title", e->id != 0 ? "Change an address" : "A new address");
    if (e->id != 0)
        tval_set_fmt(rq->arena, t, "id", "%" PRId64, e->id);
    else
        view_null(rq->arena, t, "id");
    view_text(rq->arena, v, "name", e->to.name);
    view_text(rq->arena, v, "line1", e->to.line1);
    view_text(rq->arena, v, "line2", e->to.line2);
    view_text(rq->arena, v, "city", e->to.city);
    view_text(rq->arena, v, "region", e->to.region);
    view_text(rq->arena, v, "postal_code", e->to.postal_code);
    view_countries(rq->arena, t, e->to.country);
    tval_set_bool(rq->arena, t, "is_default", e->is_default);
    view_errors(rq->arena, t, &rs->fault, names);
    return page_send(rq, rs, status, "address_edit", t);
}

static enum err
form_get(struct req *rq, struct resp *rs)
{
    struct book_entry e = {.id = 0};
    struct str id_text = jin_str(rq->query, "id");
    struct db *db;
    enum err err = app_db(rq, &db);

    if (err == ERR_OK && id_text.p != NULL)
        err = str_i64(id_text, &e.id)
                  ? book_get(db, rq->arena, rq->who.user_id, e.id, &e)
                  : ERR_NOT_FOUND;
    return err == ERR_OK ? form_page(rq, rs, 200, &e) : err;
}

static enum err
form_post(struct req *rq, struct resp *rs)
{
    struct book_entry e = book_read(rq->in);
    struct db *db;
    enum err err = app_db(rq, &db);

    e.id = req_in_id(rq, "id");
    if (err == ERR_OK)
        err = book_put(db, rq->arena, rq->who.user_id, &e, &rs->fault);
    if (err == ERR_INVALID || err == ERR_CONFLICT) {
        e.id = req_in_id(rq, "id");
        return form_page(rq, rs, err_status(err), &e);
    }
    if (err != ERR_OK)
        return err;
    page_flash(rq, rs, "success", "The address is kept.");
    resp_redirect(rs, "/account/addresses");
    return ERR_OK;
}

static enum err
remove_post(struct req *rq, struct resp *rs)
{
    struct db *db;
    enum err err = app_db(rq, &db);

    if (err == ERR_OK)
        err = book_remove(db, rq->arena, rq->who.user_id, req_in_id(rq, "id"));
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    page_flash(rq, rs, "success", "The address is removed.");
    resp_redirect(rs, "/account/addresses");
    return ERR_OK;
}

/* What is good is book_put()'s to say, beside the field; here only sizes. */
static const struct field form_in[] = {
    {.name = "id", .type = F_ID},
    ADDRESS_FORM_FIELDS,
    {.name = "default", .type = F_BOOL},
    {.name = NULL},
};
static const struct field id_in[] = {
    {.name = "id", .type = F_ID, .flags = FIELD_REQUIRED},
    {.name = NULL},
};
static const struct field id_query[] = {
    {.name = "id", .type = F_ID},
    {.name = NULL},
};

const struct route address_page_routes[] = {
    {M_GET, "/account/addresses", book_get_page, AUTH_USER, ROUTE_PAGE, NULL, NULL,
        "addressesPage", "The address book"},
    {M_GET, "/account/addresses/edit", form_get, AUTH_USER, ROUTE_PAGE, id_query, NULL,
        "addressPage", "An address"},
    {M_POST, "/account/addresses/edit", form_post, AUTH_USER, ROUTE_PAGE, NULL, form_in,
        "addressForm", "Keep an address"},
    {M_POST, "/account/addresses/remove", remove_post, AUTH_USER, ROUTE_PAGE, NULL, id_in,
        "addressRemoveForm", "Remove an address"},
    {.pattern = NULL},
};
