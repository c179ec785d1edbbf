/* Orders on pages: what the shopper's page, the checkout and the back office share. */
#ifndef SOUK_WEB_ORDER_VIEW_H
#define SOUK_WEB_ORDER_VIEW_H

#include "order/order.h"
#include "web/view.h"

/* The partial "totals". refunded 0: none so far. */
struct totals_view {
    int64_t subtotal, discount, shipping, tax, tax_included, total, refunded;
    struct str currency, coupon;
    struct str shipping_method; /* its name; STR_NULL: not known yet */
};
void view_totals(struct arena *a, struct tval *t, const struct totals_view *v);
/* What the shop calls the order's delivery, for goods to this country. */
struct str view_order_method(struct arena *a, const struct price_rules *rules,
    struct str country, const struct order *o);
void view_order_totals(
    struct arena *a, struct tval *t, const struct order *o, struct str method);
/* The list "countries" of a select, the first one "choose". */
void view_countries(struct arena *a, struct tval *t, struct str chosen);
/* A country's name; an unknown code stays what it is. */
struct str view_country(struct str code);
/* The object "address" of the partial address_block. */
void view_address(struct arena *a, struct tval *t, const struct address *ad);
/* The list "items". `admin`: lines link to the product's page in the back office. */
void view_order_lines(struct arena *a, struct tval *t, const struct assets *as,
    const struct order *o, bool admin);
/* The list "events", newest first, in words. */
void view_order_events(struct arena *a, struct tval *t, const struct order_event *ev, size_t n,
    bool admin);
/* id, number, status, status_label, placed_at, email, title. */
void view_order_head(struct arena *a, struct tval *t, const struct order *o);
/* The lists "shipments" (with what is in each) and "given_back" (returns and refunds), and has_shipments, has_given_back. */
void view_shipments(struct arena *a, struct tval *t, const struct order *o);

/* An address in a form's table of fields: only sizes, what is good is said beside the field by
 * whoever takes it. */
#define ADDRESS_FORM_FIELDS                                                              \
    {.name = "name", .type = F_STR, .flags = FIELD_TRIM, .max = 200},                    \
        {.name = "line1", .type = F_STR, .flags = FIELD_TRIM, .max = 200},               \
        {.name = "line2", .type = F_STR, .flags = FIELD_TRIM, .max = 200},               \
        {.name = "city", .type = F_STR, .flags = FIELD_TRIM, .max = 120},                \
        {.name = "region", .type = F_STR, .flags = FIELD_TRIM, .max = 120},              \
        {.name = "postal_code", .type = F_STR, .flags = FIELD_TRIM, .max = 40},          \
    {                                                                                    \
        .name = "country", .type = F_STR, .flags = FIELD_TRIM, .max = 2                  \
    }

#endif
