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
    struct str regexp[SEARCH_WORDS_MAX]; /* the words of `all`, for one product's text */
    size_t regexp_n;                     /* 0 unless these say all that the index would */
    int64_t common; /* about how many match, when so many do that a walk is cheaper; or 0 */
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
/* Sets `common` (catalog_common_store.c). */
enum err query_common(struct db *db, struct arena *a, const struct catalog_query *cq,
    struct search_words *w) MUST_CHECK;
void query_regexps(struct query *q, const struct search_words *w);
/* By more than status and stock? */
bool query_is_filtered(const struct catalog_query *cq);
/* Is the page among the newest matches that are put in order by their names? */
bool query_in_window(const struct catalog_query *cq);
#define QUERY_WINDOW 100
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
