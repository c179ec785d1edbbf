/* The API's own description, made once at a worker's start. */
#ifndef SOUK_OPS_API_DOC_H
#define SOUK_OPS_API_DOC_H

#include "http/openapi.h"

extern const struct openapi_info api_info;

struct api_doc {
    struct buf text;
    char tag[17]; /* its validator */
};

struct api_doc *api_doc_new(const struct router *r);
void api_doc_free(struct api_doc *doc);

#endif
