/* Between the files that write the API's description only. */
#ifndef SOUK_HTTP_OPENAPI_PRIV_H
#define SOUK_HTTP_OPENAPI_PRIV_H

#include "http/openapi.h"
#include "json/jout.h"

#define OPENAPI_NAMES_MAX 256
#define OPENAPI_NAME_N 200

/* A body as it is sent, one that says only what is to change, and an answer. */
enum openapi_way { WAY_IN, WAY_PATCH, WAY_OUT };

/* A schema with a name, written among the components once. */
struct openapi_named {
    const struct field *fields;
    const char *help;
    enum openapi_way way;
    bool list; /* a page of what `fields` describe, which has the name `item` */
    char item[OPENAPI_NAME_N];
    char name[OPENAPI_NAME_N];
};

/* An answer that many operations share: one status, some types of problem. */
struct openapi_answer {
    int status;
    char slugs[OPENAPI_NAME_N]; /* "out_of_stock.cart_changed" */
};

struct openapi_doc {
    struct jout *j;
    struct arena *a;
    const struct router *router;
    const struct openapi_info *info;
    struct openapi_named named[OPENAPI_NAMES_MAX];
    size_t named_n;
    struct openapi_answer answer[OPENAPI_NAMES_MAX];
    size_t answer_n;
};

/* --- schemas --- */

/* The schema of one value. */
void openapi_value(struct openapi_doc *d, const struct field *f, enum openapi_way way);
/* {"$ref": ...} to a table's schema, which gets the name unless it has one. */
void openapi_ref_schema(struct openapi_doc *d, const struct schema *s);
/* Have it among the components without a reference. */
void openapi_name(struct openapi_doc *d, const struct schema *s);
void openapi_ref_list(struct openapi_doc *d, const struct schema *item);
void openapi_ref_body(struct openapi_doc *d, const struct route *rt);
/* All that were referred to, as members. */
void openapi_schemas(struct openapi_doc *d);
/* Is `s` a list itself? */
bool openapi_is_list(const struct schema *s);
/* Must a member be there, in this direction? */
bool openapi_is_required(const struct field *f, enum openapi_way way);

/* --- examples --- */

/* A value that the schema accepts. */
void openapi_example(
    struct openapi_doc *d, const struct field *t, enum openapi_way way, int depth);

/* --- answers --- */

void openapi_answers(struct openapi_doc *d, const struct route *rt);
/* The components that they refer to, as members. */
void openapi_shared_answers(struct openapi_doc *d);
void openapi_headers(struct openapi_doc *d);
const struct problem_type *openapi_problem(
    const struct openapi_info *info, struct str slug);

#endif
