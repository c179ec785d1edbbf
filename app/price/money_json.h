/* Money as the API writes and reads it. */
#ifndef SOUK_PRICE_MONEY_JSON_H
#define SOUK_PRICE_MONEY_JSON_H

#include "http/field.h"
#include "json/jout.h"
#include "price/money.h"

/* {"amount": 1999, "currency": "USD"} */
void money_jout(struct jout *j, int64_t amount, struct str currency);
void money_kjout(struct jout *j, const char *name, int64_t amount, struct str currency);
/* The fields of a money object in a route's table. */
extern const struct field money_fields[];
extern const struct schema money_schema;

#endif
