/* Address books in and out of requests. */
#ifndef SOUK_ADDRESS_ADDRESS_JSON_H
#define SOUK_ADDRESS_ADDRESS_JSON_H

#include "address/address.h"
#include "json/jin.h"
#include "json/jout.h"

/* An array of entries. */
void book_jout(struct jout *j, const struct book_entry *e, size_t n);
/* What a body or form says; not looked at yet. */
struct book_entry book_read(const struct jval *in);

#endif
