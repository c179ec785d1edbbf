/* The API of the address book. */
#include <inttypes.h>

#include "address/address_json.h"
#include "app.h"
#include "routes.h"

static void
entry_jout(struct jout *j, const struct book_entry *e)
{
    jout_obj(j);
    jout_kid(j, "id", e->id);
    jout_kstr(j, "name", e->to.name);
    jout_kstr(j, "line1", e->to.line1);
    jout_kstr(j, "line2", e->to.line2);
    jout_kstr(j, "city", e->to.city);
    jout_kstr(j, "region", e->to.region);
    jout_kstr(j, "postal_code", e->to.postal_code);
    jout_kstr(j, "country", e->to.country);
    jout_kbool(j, "default", e->is_default);
    jout_ktime(j, "created_at", e->created_at);
    jout_ktime(j, "updated_at", e->updated_at);
    jout_obj_end(j);
}

void
book_jout(struct jout *j, const struct book_entry *e, size_t n)
{
    size_t i;

    jout_arr(j);
    for (i = 0; i < n; i++)
        entry_jout(j, &e[i]);
    jout_arr_end(j);
}

static struct str
text(const struct jval *in, const char *name)
{
    struct str s = jin_str(in, name);

    return s.p != NULL ? s : STR("");
}

struct book_entry
book_read(const struct jval *in)
{
    const struct jval *is_default = jin_get_type(in, "default", J_BOOL);

    return (struct book_entry){
        .to = {text(in, "name"), text(in, "line1"), text(in, "line2"), text(in, "city"),
            text(in, "region"), text(in, "postal_code"), text(in, "country")},
        .is_default = is_default != NULL && is_default->b,
    };
}

static void
entry_send(struct resp *rs, int status, const struct book_entry *e)
{
    entry_jout(resp_json(rs, status), e);
    resp_header(rs, "Cache-Control", "no-store");
}

static enum err
list_get(struct req *rq, struct resp *rs)
{
    struct book_entry *e = NULL;
    struct jout *j;
    struct db *db = NULL;
    size_t n = 0;
    enum err err = app_db(rq, &db);

    if (err == ERR_OK)
        err = book_list(db, rq->arena, rq->who.user_id, &e, &n);
    if (err != ERR_OK)
        return err;
    j = resp_json(rs, 200);
    jout_obj(j);
    jout_key(j, "items");
    book_jout(j, e, n);
    jout_ki64(j, "page", 1);
    jout_ki64(j, "per_page", ADDRESSES_MAX);
    jout_ki64(j, "total", (int64_t)n);
    jout_obj_end(j);
    resp_header(rs, "Cache-Control", "no-store");
    return ERR_OK;
}

static enum err
one_get(struct req *rq, struct resp *rs)
{
    struct book_entry e;
    struct db *db = NULL;
    int64_t id;
    enum err err = req_param_id(rq, 0, &id);

    if (err == ERR_OK)
        err = app_db(rq, &db);
    if (err == ERR_OK)
        err = book_get(db, rq->arena, rq->who.user_id, id, &e);
    if (err == ERR_OK)
        entry_send(rs, 200, &e);
    return err;
}

/* POST: 201; 409 too many; 422. PUT: 200; 404; 422. */
static enum err
put(struct req *rq, struct resp *rs)
{
    struct book_entry e = book_read(rq->in);
    bool adds = rq->method == M_POST;
    struct db *db = NULL;
    enum err err = adds ? ERR_OK : req_param_id(rq, 0, &e.id);

    if (err == ERR_OK)
        err = app_db(rq, &db);
    if (err == ERR_OK)
        err = book_put(db, rq->arena, rq->who.user_id, &e, &rs->fault);
    if (err != ERR_OK)
        return err;
    if (adds)
        resp_header(rs, "Location", "/api/v1/me/addresses/%" PRId64, e.id);
    entry_send(rs, adds ? 201 : 200, &e);
    return ERR_OK;
}

static enum err
one_delete(struct req *rq, struct resp *rs)
{
    struct db *db = NULL;
    int64_t id;
    enum err err = req_param_id(rq, 0, &id);

    if (err == ERR_OK)
        err = app_db(rq, &db);
    if (err == ERR_OK)
        err = book_remove(db, rq->arena, rq->who.user_id, id);
    if (err == ERR_OK)
        resp_empty(rs, 204);
    return err;
}

#define NEEDED (FIELD_REQUIRED | FIELD_TRIM)
static const struct field entry_in[] = {
    {.name = "name", .type = F_STR, .flags = NEEDED, .min = 1, .max = 200},
    {.name = "line1", .type = F_STR, .flags = NEEDED, .min = 1, .max = 200},
    {.name = "line2", .type = F_STR, .flags = FIELD_TRIM | FIELD_NULL, .max = 200},
    {.name = "city", .type = F_STR, .flags = NEEDED, .min = 1, .max = 120},
    {.name = "region", .type = F_STR, .flags = FIELD_TRIM | FIELD_NULL, .max = 120},
    {.name = "postal_code", .type = F_STR, .flags = NEEDED, .min = 1, .max = 40},
    {.name = "country",
        .type = F_STR,
        .flags = NEEDED,
        .min = 2,
        .max = 2,
        .help = "ISO 3166-1 alpha-2",
        .example = "\"MA\""},
    {.name = "default", .type = F_BOOL, .help = "checkout begins with it"},
    {.name = NULL},
};
static const struct field entry_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "name", .type = F_STR},
    {.name = "line1", .type = F_STR},
    {.name = "line2", .type = F_STR},
    {.name = "city", .type = F_STR},
    {.name = "region", .type = F_STR},
    {.name = "postal_code", .type = F_STR},
    {.name = "country", .type = F_STR, .example = "\"MA\""},
    {.name = "default", .type = F_BOOL},
    {.name = "created_at", .type = F_TIME},
    {.name = "updated_at", .type = F_TIME},
    {.name = NULL},
};
const struct schema book_schema = {
    "BookAddress", "An address of the account's address book.", entry_fields};
#define EXAMPLE                                                                          \
    "{\"name\":\"Amina Idrissi\",\"line1\":\"12 Rue des Teinturiers\",\"city\":\"Fes\"," \
    "\"postal_code\":\"30000\",\"country\":\"MA\",\"default\":true}"

const struct route address_routes[] = {
    {M_GET, "/api/v1/me/addresses", list_get, AUTH_USER, ROUTE_LIST, NULL, NULL,
        "listAddresses", "The account's addresses, the default first", .status = 200,
        .out = &book_schema},
    {M_POST, "/api/v1/me/addresses", put, AUTH_USER, ROUTE_CREATES, NULL, entry_in,
        "addAddress", "Add an address", .status = 201, .out = &book_schema,
        .errors = "too_many_addresses", .example = EXAMPLE},
    {M_GET, "/api/v1/me/addresses/{id}", one_get, AUTH_USER, 0, NULL, NULL, "getAddress",
        "One address", .status = 200, .out = &book_schema},
    {M_PUT, "/api/v1/me/addresses/{id}", put, AUTH_USER, 0, NULL, entry_in,
        "replaceAddress", "Replace an address", .status = 200, .out = &book_schema,
        .example = EXAMPLE},
    {M_DELETE, "/api/v1/me/addresses/{id}", one_delete, AUTH_USER, 0, NULL, NULL,
        "removeAddress", "Remove an address", .status = 204},
    {.pattern = NULL},
};
