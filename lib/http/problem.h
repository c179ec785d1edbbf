/* The head of every error answer, problem document or page; inside lib/http only. */
#ifndef SOUK_HTTP_PROBLEM_H
#define SOUK_HTTP_PROBLEM_H

#include "http/route.h"

/* Cache-Control, Retry-After and WWW-Authenticate as `e` and rs->fault ask for them. */
void problem_head(struct resp *rs, const struct req *rq, enum err e);

#endif
