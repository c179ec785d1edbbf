/* Carts as the API shows them. */
#ifndef SOUK_CART_CART_JSON_H
#define SOUK_CART_CART_JSON_H

#include "cart/cart.h"
#include "http/field.h"
#include "json/jout.h"

extern const struct schema cart_schema, cart_item_schema;
void cart_item_jout(struct jout *j, const struct cart_item *it);
void cart_jout(struct jout *j, const struct cart *c);

#endif
