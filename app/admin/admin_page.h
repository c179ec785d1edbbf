/* The back office's pages: what their files share. Nobody else includes it. */
#ifndef SOUK_ADMIN_ADMIN_PAGE_H
#define SOUK_ADMIN_ADMIN_PAGE_H

#include "http/route.h"
#include "web/page.h"
#include "web/view.h"

/* page_send() with what admin_layout wants besides. */
enum err admin_send(struct req *rq, struct resp *rs, int status, const char *name,
    struct tval *data) MUST_CHECK;
/* May this person change products and move money? Staff may not. */
bool admin_may_change(const struct req *rq);
/* A fresh key for a form that must not work twice. */
struct str admin_form_key(struct req *rq);
/* "3 May, 14:05", of another year "3 May 2025": UTC, for tables. */
void admin_time(struct arena *a, struct tval *t, const char *name, int64_t ms);
/* "3 May" */
struct str admin_day_text(struct arena *a, int64_t ms);
/* "1,204 orders", "1 order"; "999+" for a count that ended at its cap. */
struct str admin_count(struct arena *a, int64_t n, const char *one, const char *many);
struct str admin_capped(struct arena *a, int64_t n);

/* With a capital letter, as a sentence beside a field begins; STR_NULL stays. */
struct str admin_sentence(struct arena *a, struct str s);

/* "Light / Lanterns" for the i-th of the whole tree. */
struct str admin_category_label(struct arena *a, const struct category *c, size_t i);

/* admin_home.c */
enum err admin_home_get(struct req *rq, struct resp *rs);

/* admin_products.c */
extern const struct field admin_products_query[];
enum err admin_products_get(struct req *rq, struct resp *rs);

/* admin_import.c: a file of products, from the browser */
extern const struct field admin_import_in[];
enum err admin_import_get(struct req *rq, struct resp *rs);
enum err admin_import_form(struct req *rq, struct resp *rs);

/* admin_product.c: the page of one product, as stored or as somebody typed it. */
struct admin_product {
    int64_t id;               /* 0: a new one */
    const struct jval *typed; /* a refused form of the product, NULL: as it is stored */
    const struct jval *stock_typed; /* a refused form of its stock */
    int64_t variant;                /* whose ledger is shown, 0: the first one's */
    int64_t moves;                  /* rows of the ledger, 0: a few */
};
extern const struct field admin_product_query[];
enum err admin_product_show(struct req *rq, struct resp *rs, int status,
    const struct admin_product *v) MUST_CHECK;
enum err admin_product_get(struct req *rq, struct resp *rs);
enum err admin_product_new_get(struct req *rq, struct resp *rs);

/* admin_product_form.c */
extern const struct field admin_product_new_in[], admin_product_in[], admin_stock_in[],
    admin_archive_in[];
enum err admin_product_create_form(struct req *rq, struct resp *rs);
enum err admin_product_save_form(struct req *rq, struct resp *rs);
enum err admin_stock_form(struct req *rq, struct resp *rs);
enum err admin_archive_form(struct req *rq, struct resp *rs);

/* admin_draft.c: the product's form as a draft; `cur` NULL: of a new product. ERR_INVALID
 * with every fault, ERR_PRECONDITION: it is about a variant that is no longer there. */
enum err admin_draft(struct req *rq, const struct product *cur,
    const struct category *cats, size_t cats_n, struct product_draft *d,
    struct fault *flt) MUST_CHECK;
/* Faults point at the API's members: let them point at the form's fields. */
void admin_draft_faults(
    struct arena *a, const struct product_draft *d, bool is_new, struct fault *flt);
/* The i-th of a field that stands in the form once a row; STR_NULL past the last. */
struct str admin_row(const struct jval *in, const char *name, size_t i);

/* admin_orders.c */
extern const struct field admin_orders_query[];
enum err admin_orders_get(struct req *rq, struct resp *rs);

/* admin_order.c: the page, also as the answer to a form that was refused. */
enum err admin_order_open(struct req *rq, struct db **db, int64_t *id) MUST_CHECK;
enum err admin_order_show(struct req *rq, struct resp *rs, int status, struct db *db,
    int64_t id) MUST_CHECK;
enum err admin_order_get(struct req *rq, struct resp *rs);
enum err admin_invoice_get(struct req *rq, struct resp *rs);

/* admin_order_forms.c */
extern const struct field admin_ship_in[], admin_refund_in[], admin_return_in[],
    admin_cancel_in[];
enum err admin_ship_form(struct req *rq, struct resp *rs);
enum err admin_refund_form(struct req *rq, struct resp *rs);
enum err admin_return_form(struct req *rq, struct resp *rs);
enum err admin_complete_form(struct req *rq, struct resp *rs);
enum err admin_cancel_form(struct req *rq, struct resp *rs);

/* admin_users.c */
extern const struct field admin_users_query[], admin_user_invite_in[], admin_user_in[];
enum err admin_users_get(struct req *rq, struct resp *rs);
enum err admin_user_invite_form(struct req *rq, struct resp *rs);
enum err admin_user_form(struct req *rq, struct resp *rs);

#endif
