/* From a catalog_query to the condition of its statements. */
#ifndef SOUK_CATALOG_CATALOG_QUERY_H
#define SOUK_CATALOG_CATALOG_QUERY_H

#include "base/buf.h"
#include "catalog/catalog.h"

#define SEARCH_WORDS_MAX 12
/* Condition, relevance and limits together. */
#define QUERY_VALUES_MAX 96

/* What a search text comes to, and what must be known to put the statement together. */
struct search_words {
    struct str all; /* "+brass* +lamp*", STR_NULL: no word the index can find */
    struct str any; /* "brass* lamp*", for the order */
    struct str like[SEARCH_WORDS_MAX]; /* patterns for words the index does not hold */
    struct str plain[SEARCH_WORDS_MAX];
    size_t like_n;
    bool few_in_stock; /* it is short to begin with what can be sold */
};
void search_words(struct arena *a, struct str q, struct search_words *out);

/* A statement under construction: text made of our own pieces, values bound. */
struct query {
    struct buf sql;
    struct db_val v[QUERY_VALUES_MAX];
    size_t n;
};
void query_init(struct query *q, struct arena *a, const char *head);
void query_add(struct query *q, const char *piece);
void query_value(struct query *q, struct db_val v);
/* What query_where() needs to know of the query. */
enum err query_words(struct db *db, struct arena *a, const struct catalog_query *cq,
    struct search_words *out) MUST_CHECK;
/* " WHERE ..." for table alias p. */
void query_where(struct query *q, struct arena *a, const struct catalog_query *cq,
    const struct search_words *w);
/* Does it ask for the whole shop, but for the status? */
bool query_is_all(const struct catalog_query *cq);
enum err query_run(
    struct query *q, struct db *db, struct arena *a, struct db_rows *out) MUST_CHECK;

#endif
