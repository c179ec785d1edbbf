/* Orders as the API shows them. */
#ifndef SOUK_ORDER_ORDER_JSON_H
#define SOUK_ORDER_ORDER_JSON_H

#include "http/field.h"
#include "json/jout.h"
#include "order/order.h"

/* What these write. */
extern const struct schema order_schema, order_summary_schema, order_admin_schema,
    quote_schema;

/* The whole order; without "items" when it has no lines read (lists). */
void order_jout(struct jout *j, const struct order *o);
/* The same for the shop's people, with what happened to it. */
void order_admin_jout(struct jout *j, const struct order_full *f);
/* Its lines and sums alone, as members of an object: a quote has them too. */
void order_sums_jout(struct jout *j, const struct order *o);
/* Its parcels, refunds and returns, as members of the object being written. */
void order_history_jout(struct jout *j, const struct order *o, bool admin);

#endif
