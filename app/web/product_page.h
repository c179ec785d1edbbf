/* The page of one product. */
#ifndef SOUK_WEB_PRODUCT_PAGE_H
#define SOUK_WEB_PRODUCT_PAGE_H

#include "http/resp.h"

/* GET /products/{slug}: 404 when there is none or it is archived. */
enum err product_page_get(struct req *rq, struct resp *rs) MUST_CHECK;

#endif
