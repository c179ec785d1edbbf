/* The back office: its route table and what all its pages show. Reading, orders and stock
 * are open to the staff; products and refunds are the admin's alone. */
#include "admin/admin_page.h"

#include <string.h>

#include "admin/admin_store.h"
#include "base/clock.h"
#include "base/rand.h"
#include "routes.h"

#define KEY_BYTES 18

enum err
admin_send(
    struct req *rq, struct resp *rs, int status, const char *name, struct tval *data)
{
    struct account acc;
    struct db *db;
    int64_t waiting = 0;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = account_get(db, rq->arena, rq->who.user_id, &acc);
    if (e == ERR_OK)
        e = admin_store_waiting(db, rq->arena, &waiting);
    if (e != ERR_OK)
        return e;
    tval_set_bool(rq->arena, data, "is_admin", admin_may_change(rq));
    tval_set_str(rq->arena, data, "admin_name", acc.name.n > 0 ? acc.name : acc.email);
    view_text(rq->arena, data, "orders_waiting",
        waiting > 0 ? admin_capped(rq->arena, waiting) : STR_NULL);
    return page_send(rq, rs, status, name, data);
}

bool
admin_may_change(const struct req *rq)
{
    return strcmp(rq->who.role, "admin") == 0;
}

struct str
admin_form_key(struct req *rq)
{
    char key[RAND_TOKEN_N(KEY_BYTES)];

    return arena_str(rq->arena, rand_token(key, sizeof(key), KEY_BYTES));
}

/* The pieces of "3 May 2025, 14:05 UTC". */
static void
time_parts(struct arena *a, int64_t ms, struct str out[4])
{
    struct str rest = view_time_text(a, ms);
    size_t i;

    for (i = 0; i < 4; i++)
        (void)str_cut(rest, ' ', &out[i], &rest);
    out[1] = str_sub(out[1], 0, 3);
    out[2] = str_sub(out[2], 0, 4);
}

struct str
admin_day_text(struct arena *a, int64_t ms)
{
    struct str part[4];

    time_parts(a, ms, part);
    return arena_printf(a, "%.*s %.*s", STR_F(part[0]), STR_F(part[1]));
}

void
admin_time(struct arena *a, struct tval *t, const char *name, int64_t ms)
{
    struct str part[4], now[4];

    time_parts(a, ms, part);
    time_parts(a, clock_ms(), now);
    if (str_eq(part[2], now[2]))
        tval_set_fmt(a, t, name, "%.*s %.*s, %.*s", STR_F(part[0]), STR_F(part[1]),
            STR_F(part[3]));
    else
        tval_set_fmt(
            a, t, name, "%.*s %.*s %.*s", STR_F(part[0]), STR_F(part[1]), STR_F(part[2]));
}

struct str
admin_sentence(struct arena *a, struct str s)
{
    char *p;

    if (s.n == 0 || s.p[0] < 'a' || s.p[0] > 'z')
        return s;
    p = arena_cstr(a, s);
    p[0] = (char)(p[0] - 'a' + 'A');
    return (struct str){p, s.n};
}

struct str
admin_count(struct arena *a, int64_t n, const char *one, const char *many)
{
    struct str digits = arena_printf(a, "%lld", (long long)n);
    struct buf b;
    size_t i;

    buf_init_arena(&b, a, 100);
    for (i = 0; i < digits.n; i++) {
        if (i > 0 && (digits.n - i) % 3 == 0)
            buf_char(&b, ',');
        buf_char(&b, digits.p[i]);
    }
    buf_printf(&b, " %s", n == 1 ? one : many);
    return buf_view(&b);
}

struct str
admin_capped(struct arena *a, int64_t n)
{
    return arena_printf(a, n < ADMIN_COUNT_MAX ? "%lld" : "%lld+",
        (long long)(n < ADMIN_COUNT_MAX ? n : ADMIN_COUNT_MAX - 1));
}

const struct route admin_page_routes[] = {
    {M_GET, "/admin/", admin_home_get, AUTH_STAFF, ROUTE_PAGE, NULL, NULL,
        "adminHomePage", "The day at a glance"},
    {M_GET, "/admin/products", admin_products_get, AUTH_STAFF, ROUTE_PAGE,
        admin_products_query, NULL, "adminProductsPage", "All products"},
    {M_GET, "/admin/products/new", admin_product_new_get, AUTH_ADMIN, ROUTE_PAGE, NULL,
        NULL, "adminProductNewPage", "A new product"},
    {M_GET, "/admin/products/import", admin_import_get, AUTH_ADMIN, ROUTE_PAGE, NULL, NULL,
        "adminImportPage", "Choose a file of products"},
    {M_POST, "/admin/products/import", admin_import_form, AUTH_ADMIN,
        ROUTE_PAGE | ROUTE_UPLOAD, NULL, admin_import_in, "adminImportForm",
        "Import a file of products"},
    {M_POST, "/admin/products", admin_product_create_form, AUTH_ADMIN, ROUTE_PAGE, NULL,
        admin_product_new_in, "adminProductCreateForm", "Create a product"},
    {M_GET, "/admin/products/{id}", admin_product_get, AUTH_STAFF, ROUTE_PAGE,
        admin_product_query, NULL, "adminProductPage", "One product and its stock"},
    {M_POST, "/admin/products/{id}", admin_product_save_form, AUTH_ADMIN, ROUTE_PAGE,
        NULL, admin_product_in, "adminProductForm", "Change a product"},
    {M_POST, "/admin/products/{id}/stock", admin_stock_form, AUTH_STAFF, ROUTE_PAGE, NULL,
        admin_stock_in, "adminStockForm", "Enter a stock movement"},
    {M_POST, "/admin/products/{id}/archive", admin_archive_form, AUTH_ADMIN, ROUTE_PAGE,
        NULL, admin_archive_in, "adminArchiveForm", "Archive a product"},
    {M_GET, "/admin/orders", admin_orders_get, AUTH_STAFF, ROUTE_PAGE, admin_orders_query,
        NULL, "adminOrdersPage", "All orders"},
    {M_GET, "/admin/orders/{id}", admin_order_get, AUTH_STAFF, ROUTE_PAGE, NULL, NULL,
        "adminOrderPage", "One order"},
    {M_GET, "/admin/orders/{id}/invoice", admin_invoice_get, AUTH_STAFF, ROUTE_PAGE, NULL,
        NULL, "adminInvoicePage", "The invoice of an order"},
    {M_POST, "/admin/orders/{id}/ship", admin_ship_form, AUTH_STAFF, ROUTE_PAGE, NULL,
        admin_ship_in, "adminShipForm", "Mark an order as shipped"},
    {M_POST, "/admin/orders/{id}/refund", admin_refund_form, AUTH_ADMIN, ROUTE_PAGE, NULL,
        admin_refund_in, "adminRefundForm", "Give money back"},
    {M_POST, "/admin/orders/{id}/return", admin_return_form, AUTH_STAFF, ROUTE_PAGE, NULL,
        admin_return_in, "adminReturnForm", "Take goods back"},
    {M_POST, "/admin/orders/{id}/complete", admin_complete_form, AUTH_STAFF, ROUTE_PAGE,
        NULL, admin_cancel_in, "adminCompleteForm", "Be done with an order"},
    {M_POST, "/admin/orders/{id}/cancel", admin_cancel_form, AUTH_STAFF, ROUTE_PAGE, NULL,
        admin_cancel_in, "adminCancelForm", "Cancel an order"},
    {M_GET, "/admin/users", admin_users_get, AUTH_ADMIN, ROUTE_PAGE, admin_users_query,
        NULL, "adminUsersPage", "Accounts and roles"},
    {M_POST, "/admin/users", admin_user_invite_form, AUTH_ADMIN, ROUTE_PAGE, NULL,
        admin_user_invite_in, "adminUserInviteForm", "Invite somebody"},
    {M_POST, "/admin/users/change", admin_user_form, AUTH_ADMIN, ROUTE_PAGE, NULL,
        admin_user_in, "adminUserForm", "Change a role, close or open an account"},
    {.pattern = NULL},
};
